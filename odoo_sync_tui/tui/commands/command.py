"""One command of the dashboard, and the facts that decide when it is available."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from textual.keys import format_key

from odoo_sync_tui.core.scope import Mode
from odoo_sync_tui.tui.commands.command_line import CommandLine
from odoo_sync_tui.tui.model.shown_runs import ShownRuns
from odoo_sync_tui.tui.model.state import ConnectionState, DashboardState, needs_setup

DASHBOARD, RUNS, RUN, ENTITY, AUDIT = "dashboard", "runs", "run", "entity", "audit"
VERIFICATION, DOCTOR, MANUAL, DIFFERENCES = "verification", "doctor", "manual", "differences"
DISCOVERY, VERSIONS, CHANGES, QUARANTINE = "discovery", "versions", "changes", "quarantine"
FLEET = "fleet"
"""Names of the screens with commands."""


@dataclass(frozen=True, slots=True)
class CommandContext:
    """The facts that decide which commands are available.

    Attributes:
        screen: the name of the screen in front, dialogs aside.
        ready: the store is open.
        failed: the store could not be opened.
        running: a run is at work, here or elsewhere.
        stopping: the run was asked to stop.
        writable: the dashboard may write.
        withheld: number of documents that runs did not retire by themselves; an operator has to confirm them.
        other_source: the settings name another Odoo than the one whose records the store holds.
        needs_setup: the settings lack something, and the dashboard may write a first file of them.
        has_problems: there is an error or warning to read.
        has_run: a run is shown, and the store has a record of it, or one is at work in a source of the fleet.
        full_mode: the next run reads everything.
        has_event: the cursor is on an audit event.
        has_record: the cursor is on a record, or the verification names some, and Odoo's web address is known.
        has_marked: rows are marked, or two versions of a document.
        has_row: the cursor is on a row in quarantine, or on a source.
        has_drift: fields of the entity have changed in Odoo, and nobody has seen it yet.
        comparing: the store is being compared with Odoo.
        can_repair: the verification found something out of step.
        has_differences: a dry run of this dashboard found something to change.
        asking_odoo: what Odoo has is being read, or its rows counted.
        has_model: a model of Odoo is open.
        has_filter: some sources are not shown.
    """

    screen: str = DASHBOARD
    ready: bool = False
    failed: bool = False
    running: bool = False
    stopping: bool = False
    writable: bool = True
    withheld: int = 0
    other_source: bool = False
    needs_setup: bool = False
    has_problems: bool = False
    has_run: bool = False
    full_mode: bool = False
    has_event: bool = False
    has_record: bool = False
    has_marked: bool = False
    has_row: bool = False
    has_drift: bool = False
    comparing: bool = False
    can_repair: bool = False
    has_differences: bool = False
    asking_odoo: bool = False
    has_model: bool = False
    has_filter: bool = False

    @property
    def can_start(self) -> bool:
        """Whether a run can be started."""
        return self.ready and self.writable and not self.running


@dataclass(frozen=True, slots=True)
class Command:
    """One command of the operator.

    Attributes:
        id: stable name; a keymap assigns keys to it.
        key: the key in Textual's spelling; several are separated by commas.
        label: one or two words for the footer.
        title: name in the menu.
        description: its effect, in a sentence.
        group: heading in the help of other screens.
        enabled_when: whether the command is available in a context, on one of its screens.
        command_line: lists the command lines that do the same; ``None``: it is done on the screen alone.
        in_footer: whether the footer shows it.
        wide_footer_only: whether only a wide footer shows it.
        extra_keys: further keys, for the help.
        screens: the screens that offer it; empty: all of them.
    """

    id: str
    key: str
    label: str
    title: str
    description: str
    group: str
    enabled_when: Callable[[CommandContext], bool]
    command_line: CommandLine | None
    in_footer: bool = True
    wide_footer_only: bool = False
    extra_keys: str = ""
    screens: tuple[str, ...] = (DASHBOARD,)

    def is_on(self, screen: str) -> bool:
        """Whether the screen of this name has the command."""
        return not self.screens or screen in self.screens

    def is_available(self, context: CommandContext) -> bool:
        """Whether the command is available in this context."""
        return self.is_on(context.screen) and self.enabled_when(context)

    @property
    def can_write(self) -> bool:
        """Whether the command is off in a read-only dashboard."""
        writable = CommandContext(
            ready=True,
            withheld=1,
            other_source=True,
            needs_setup=True,
            has_marked=True,
            has_row=True,
            has_drift=True,
            can_repair=True,
            comparing=True,
            has_differences=True,
            has_model=True,
        )
        situations = (writable, replace(writable, running=True), replace(writable, comparing=False))
        allowed = any(map(self.enabled_when, situations))
        return allowed and not any(self.enabled_when(replace(each, writable=False)) for each in situations)

    @property
    def key_display(self) -> str:
        """The keys in the form for people."""
        return " ".join(display_key(key) for key in self.key.split(","))


def display_key(key: str) -> str:
    """Convert a key to the form for people: "^p" for Textual's "ctrl+p"."""
    *modifiers, name = key.split("+")
    return "".join("^" if modifier == "ctrl" else f"{modifier}+" for modifier in modifiers) + format_key(name)


def always(_context: CommandContext) -> bool:
    """Offer a command whatever the context."""
    return True


def is_ready(context: CommandContext) -> bool:
    """Whether the store is open."""
    return context.ready


def can_start(context: CommandContext) -> bool:
    """Whether a run can be started."""
    return context.can_start


def command_context(state: DashboardState, runs: ShownRuns) -> CommandContext:
    """Derive the command context from the state and its runs."""
    foreign, last = state.foreign_run, runs.last
    return CommandContext(
        ready=state.connection is ConnectionState.READY,
        failed=state.connection is ConnectionState.FAILED,
        running=state.own_run is not None or foreign is not None,
        stopping=state.own_run.stopping if state.own_run else bool(foreign and foreign.cancel_requested_by),
        writable=not state.read_only,
        withheld=sum(count for counts in state.pending_retirements.values() for count in counts.values()),
        other_source=state.source_decision is not None,
        needs_setup=needs_setup(state),
        has_problems=bool(
            state.problem
            or state.odoo_problem
            or (state.overview and (state.overview.integration.settings_problem or state.overview.health.has_trouble))
            or (last and (last.errors or last.warnings))
        ),
        has_run=runs.run_id is not None,
        full_mode=state.mode is Mode.FULL,
        has_differences=state.difference_count > 0,
    )
