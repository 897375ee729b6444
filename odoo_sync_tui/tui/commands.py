"""All commands of the dashboard, in one registry.

Key bindings, footer, command palette, buttons and the help screen are all built from this list, so that they always
agree. Whether a command is available is decided here too, from the command context alone; only available commands are
offered.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from textual.keys import format_key

from odoo_sync_tui.core.scope import Mode
from odoo_sync_tui.tui.model.shown_runs import ShownRuns
from odoo_sync_tui.tui.model.state import ConnectionState, DashboardState

DASHBOARD, RUNS, RUN, ENTITY, AUDIT = "dashboard", "runs", "run", "entity", "audit"
VERIFICATION, DOCTOR, MANUAL = "verification", "doctor", "manual"
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
        has_problems: there is an error or warning to read.
        has_run: a run is shown, and the store has a record of it.
        full_mode: the next run reads everything.
        has_event: the cursor is on an audit event.
        comparing: the store is being compared with Odoo.
        can_repair: the verification found something out of step.
    """

    screen: str = DASHBOARD
    ready: bool = False
    failed: bool = False
    running: bool = False
    stopping: bool = False
    writable: bool = True
    withheld: int = 0
    other_source: bool = False
    has_problems: bool = False
    has_run: bool = False
    full_mode: bool = False
    has_event: bool = False
    comparing: bool = False
    can_repair: bool = False

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
        title: name in the palette and the help.
        description: its effect, in a sentence.
        group: heading in the help.
        enabled_when: whether the command is available in a context, on one of its screens.
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
    in_footer: bool = True
    wide_footer_only: bool = False
    extra_keys: str = ""
    screens: tuple[str, ...] = (DASHBOARD,)

    def is_available(self, context: CommandContext) -> bool:
        """Whether the command is available in this context."""
        return (not self.screens or context.screen in self.screens) and self.enabled_when(context)

    @property
    def can_write(self) -> bool:
        """Whether the command is off in a read-only dashboard."""
        writable = CommandContext(ready=True, withheld=1, other_source=True, can_repair=True, comparing=True)
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


def _always(_situation: CommandContext) -> bool:
    return True


def _can_start(situation: CommandContext) -> bool:
    return situation.can_start


COMMANDS = (
    Command(
        "sync.departments", "d", "Departments", "Sync departments",
        "Bring departments in step with Odoo.", "Run", _can_start,
    ),
    Command(
        "sync.users", "u", "Users", "Sync users",
        "Bring users in step with Odoo's employees. Roles and approvals are never touched.", "Run", _can_start,
    ),
    Command(
        "sync.data_lake", "l", "Data lake", "Sync data lake",
        "Bring accounts, opportunities, invoices and users of the data lake in step with Odoo.", "Run", _can_start,
    ),
    Command(
        "run.mode", "f", "Mode", "Switch between incremental and full",
        "Incremental reads what was written since the last run and whatever is missing; full reads every row.",
        "Run", _can_start, in_footer=False,
    ),
    Command(
        "run.cancel", "c", "Cancel", "Cancel the run",
        "Ask the run at work, here or on another host, to stop at its next page. What is written stays written.",
        "Run", lambda s: s.ready and s.writable and s.running and not s.stopping, screens=(DASHBOARD, RUN),
    ),
    Command(
        "run.confirm_retire", "w", "Retire", "Retire what was withheld",
        "Confirm that the documents which the last run did not dare to retire may become inactive.",
        "Run", lambda s: s.can_start and s.withheld > 0,
    ),
    Command(
        "run.adopt_source", "O", "Adopt", "Adopt this Odoo",
        "Confirm that the records of the store are those of the Odoo that the settings name, by whatever name.",
        "Run", lambda s: s.can_start and s.other_source,
    ),
    Command(
        "view.events", "a", "Audit", "Go to the audit events",
        "Move to the recent audit events; Enter opens one.", "Look", lambda s: s.ready,
    ),
    Command(
        "view.history", "A", "History", "Open the audit history",
        "Open the whole history: filter it, follow it, copy and export it.", "Look",
        lambda s: s.ready, in_footer=False, wide_footer_only=True,
    ),
    Command(
        "view.errors", "e", "Error", "Read the errors in full",
        "Show the last error and every warning in full.", "Look", lambda s: s.has_problems,
    ),
    Command(
        "view.run", "v", "Run", "Open the run",
        "Open the run that is shown: its scope, its timeline, every entity, every error, and the rows it set aside.",
        "Look", lambda s: s.ready and s.has_run, in_footer=False,
    ),
    Command(
        "view.runs", "R", "Runs", "List all runs",
        "List all runs, the newest first; Enter opens one.", "Look", lambda s: s.ready, in_footer=False,
        wide_footer_only=True,
    ),
    Command(
        "view.entity", "E", "Entity", "Open the entity",
        "Open the entity under the cursor: its figures, its quarantine, and its documents.", "Look",
        lambda s: s.ready, in_footer=False,
    ),
    Command(
        "view.verification", "V", "Verify", "Compare with Odoo",
        "Compare all ids, and the content of some rows, of every entity or of the one that is open with Odoo. "
        "Writes nothing.", "Look",
        lambda s: s.ready, in_footer=False, wide_footer_only=True, screens=(DASHBOARD, ENTITY),
    ),
    Command(
        "view.doctor", "D", "Doctor", "Examine everything",
        "Examine settings, terminal, network, MongoDB (writes a document and removes it) and Odoo; say what to do.",
        "Look", lambda s: (s.ready or s.failed) and s.writable, in_footer=False,
    ),
    Command(
        "view.refresh", "r", "Refresh", "Read everything anew",
        "Read the store now, compare or examine again; after a failed start, try to open it again.", "Look",
        lambda s: (s.ready or s.failed) and not s.comparing, in_footer=False,
        screens=(DASHBOARD, RUNS, RUN, ENTITY, AUDIT, VERIFICATION, DOCTOR),
    ),
    Command(
        "odoo.count", "o", "Count", "Count in Odoo",
        "Ask Odoo now how many rows each entity has.", "Look", _can_start, in_footer=False,
    ),
    Command(
        "entity.search", "slash", "Search", "Search documents",
        "Look for a document by its Odoo id, or by how a word of its name begins.", "Runs and entities",
        lambda s: s.ready, screens=(ENTITY,),
    ),
    Command(
        "entity.further", "m", "More", "Search further",
        "Go on with a search that stopped before it had looked through all documents.", "Runs and entities",
        lambda s: s.ready, in_footer=False, screens=(ENTITY,),
    ),
    Command(
        "entity.next", "n", "Next", "Next entity",
        "Open the next entity.", "Runs and entities", lambda s: s.ready, screens=(ENTITY,),
    ),
    Command(
        "entity.previous", "p", "Previous", "Previous entity",
        "Open the entity before this one.", "Runs and entities", lambda s: s.ready, screens=(ENTITY,),
    ),
    Command(
        "verification.full", "f", "In full", "Compare in full",
        "Compare the content of every row, not only of some.", "Verification",
        lambda s: s.ready and not s.comparing, screens=(VERIFICATION,),
    ),
    Command(
        "verification.mend", "m", "Mend", "Mend what is out of step",
        "Bring what was found to be out of step in step by a full sync of it.", "Verification",
        lambda s: s.can_start and s.can_repair, screens=(VERIFICATION,),
    ),
    Command(
        "verification.stop", "c", "Stop", "Stop comparing",
        "Stop at the next page.", "Verification", lambda s: s.comparing, screens=(VERIFICATION,),
    ),
    Command(
        "audit.filter", "slash", "Filter", "Filter the history",
        "Show only some events, such as action:users user:anna outcome:failed since:2d until:2026-01-31 or any text; "
        "! in front leaves out.", "Audit history", lambda s: s.ready, screens=(AUDIT,),
    ),
    Command(
        "audit.order", "s", "Sort", "Sort the history",
        "Show the oldest events first, or the newest.", "Audit history", lambda s: s.ready, screens=(AUDIT,),
    ),
    Command(
        "audit.follow", "f", "Follow", "Follow the history",
        "Add new events on top as they happen; the cursor stays with its event.", "Audit history",
        lambda s: s.ready, screens=(AUDIT,),
    ),
    Command(
        "audit.copy", "y", "Copy", "Copy the event",
        "Send the event under the cursor, as a line of text, to the terminal's clipboard; tells how it went.",
        "Audit history", lambda s: s.has_event, screens=(AUDIT,),
    ),
    Command(
        "audit.copy_json", "Y", "Copy JSON", "Copy the event as JSON",
        "Send the event under the cursor, with all its details, to the terminal's clipboard.",
        "Audit history", lambda s: s.has_event, in_footer=False, screens=(AUDIT,),
    ),
    Command(
        "audit.export", "x", "Export", "Export the history",
        "Write every event that the filter finds into a file, as CSV or JSON Lines.",
        "Audit history", lambda s: s.has_event, screens=(AUDIT,),
    ),
    Command(
        "manual.next", "n", "Next", "Next page",
        "Show the next page of the manual.", "Manual", _always, screens=(MANUAL,),
    ),
    Command(
        "manual.previous", "p", "Previous", "Previous page",
        "Show the page of the manual before this one.", "Manual", _always, screens=(MANUAL,),
    ),
    Command(
        "screen.back", "escape", "Back", "Back",
        "Leave a search, or go back to the screen before.", "Dashboard", _always,
        screens=(RUNS, RUN, ENTITY, AUDIT, VERIFICATION, DOCTOR, MANUAL),
    ),
    Command(
        "app.palette", "ctrl+p", "Menu", "Command palette",
        "Find any command by typing a part of its name.", "Dashboard", _always, screens=(),
    ),
    Command(
        "app.theme", "T", "Theme", "Choose the colours",
        "Choose a colour theme; it is remembered.", "Dashboard", _always, in_footer=False, screens=(),
    ),
    Command(
        "app.help", "question_mark", "Help", "Help",
        "Keys, signs and figures explained.", "Dashboard", _always, screens=(),
    ),
    Command(
        "app.manual", "M", "Manual", "Manual",
        "Read the manual: installing, operating, commands, data, faults.", "Dashboard", _always, in_footer=False,
        screens=(),
    ),
    Command(
        "app.quit", "q", "Quit", "Quit",
        "Leave. While a run of this dashboard is at work it asks whether to wait, to stop it, or to stay.",
        "Dashboard", _always, extra_keys="^q ^c", screens=(),
    ),
)  # fmt: skip
"""All commands, in the order of the footer and the help."""

COMMANDS_BY_ID = {command.id: command for command in COMMANDS}


def build_action(command: Command) -> str:
    """Build the name of the Textual action that runs the command."""
    return "command_palette" if command.id == "app.palette" else f"command('{command.id}')"


def get_key_display(state: DashboardState, command_id: str) -> str:
    """Return the key of a command in the form for people: the operator's own key, or the default."""
    return state.keys.get(command_id) or COMMANDS_BY_ID[command_id].key_display


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
        has_problems=bool(
            state.problem
            or state.odoo_problem
            or (state.overview and (state.overview.integration.settings_problem or state.overview.health.has_trouble))
            or (last and (last.errors or last.warnings))
        ),
        has_run=runs.run_id is not None,
        full_mode=state.mode is Mode.FULL,
    )
