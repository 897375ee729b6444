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
from odoo_sync_tui.tui.shown_run import last_run, shown_run_id
from odoo_sync_tui.tui.state import Connection, DashboardState

DASHBOARD, RUNS, RUN, ENTITY, AUDIT = "dashboard", "runs", "run", "entity", "audit"
VERIFICATION, DOCTOR = "verification", "doctor"
"""Names of the screens with commands."""


@dataclass(frozen=True, slots=True)
class Situation:
    """The facts that decide which commands are available.

    Attributes:
        place: the name of the screen in front, dialogs aside.
        ready: the store is open.
        failed: the store could not be opened.
        running: a run is at work, here or elsewhere.
        stopping: the run was asked to stop.
        writable: the dashboard may write.
        withheld: number of documents that the last run did not retire; an operator has to confirm them.
        troubled: there is an error or warning to read.
        has_run: a run is shown, and the store has a record of it.
        full: the next run reads everything.
        chosen: the cursor is on an audit event.
        comparing: the store is being compared with Odoo.
        mendable: the verification found something out of step.
    """

    place: str = DASHBOARD
    ready: bool = False
    failed: bool = False
    running: bool = False
    stopping: bool = False
    writable: bool = True
    withheld: int = 0
    troubled: bool = False
    has_run: bool = False
    full: bool = False
    chosen: bool = False
    comparing: bool = False
    mendable: bool = False

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
        possible: whether the command is available in a context, on one of its screens.
        in_footer: whether the footer shows it.
        if_roomy: whether only a wide footer shows it.
        also: further keys, for the help.
        places: the screens that offer it; empty: all of them.
    """

    id: str
    key: str
    label: str
    title: str
    description: str
    group: str
    possible: Callable[[Situation], bool]
    in_footer: bool = True
    if_roomy: bool = False
    also: str = ""
    places: tuple[str, ...] = (DASHBOARD,)

    def available(self, situation: Situation) -> bool:
        """Whether the command is available in this context."""
        return (not self.places or situation.place in self.places) and self.possible(situation)

    @property
    def writes(self) -> bool:
        """Whether the command is off in a read-only dashboard."""
        writable = Situation(ready=True, withheld=1, mendable=True, comparing=True)
        situations = (writable, replace(writable, running=True), replace(writable, comparing=False))
        allowed = any(map(self.possible, situations))
        return allowed and not any(self.possible(replace(each, writable=False)) for each in situations)

    @property
    def key_shown(self) -> str:
        """The keys in the form for people."""
        return " ".join(as_written(key) for key in self.key.split(","))


def as_written(key: str) -> str:
    """Convert a key to the form for people: "^p" for Textual's "ctrl+p"."""
    *modifiers, name = key.split("+")
    return "".join("^" if modifier == "ctrl" else f"{modifier}+" for modifier in modifiers) + format_key(name)


def _always(_situation: Situation) -> bool:
    return True


def _can_start(situation: Situation) -> bool:
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
        "Run", lambda s: s.ready and s.writable and s.running and not s.stopping, places=(DASHBOARD, RUN),
    ),
    Command(
        "run.confirm_retire", "w", "Retire", "Retire what was withheld",
        "Confirm that the documents which the last run did not dare to retire may become inactive.",
        "Run", lambda s: s.can_start and s.withheld > 0,
    ),
    Command(
        "view.events", "a", "Audit", "Go to the audit events",
        "Move to the recent audit events; Enter opens one.", "Look", lambda s: s.ready,
    ),
    Command(
        "view.history", "A", "History", "Open the audit history",
        "Open the whole history: filter it, follow it, copy and export it.", "Look",
        lambda s: s.ready, in_footer=False, if_roomy=True,
    ),
    Command(
        "view.errors", "e", "Error", "Read the errors in full",
        "Show the last error and every warning in full.", "Look", lambda s: s.troubled,
    ),
    Command(
        "view.run", "v", "Run", "Open the run",
        "Open the run that is shown: its scope, its timeline, every entity, every error, and the rows it set aside.",
        "Look", lambda s: s.ready and s.has_run, in_footer=False,
    ),
    Command(
        "view.runs", "R", "Runs", "List all runs",
        "List all runs, the newest first; Enter opens one.", "Look", lambda s: s.ready, in_footer=False,
        if_roomy=True,
    ),
    Command(
        "view.entity", "E", "Entity", "Open the entity",
        "Open the entity under the cursor: its figures, its quarantine, and its documents.", "Look",
        lambda s: s.ready, in_footer=False,
    ),
    Command(
        "view.verification", "V", "Verify", "Compare with Odoo",
        "Compare all ids, and the content of some rows, of every entity or of the one that is open with Odoo. "
        "Writes nothing.", "Look", lambda s: s.ready, in_footer=False, if_roomy=True, places=(DASHBOARD, ENTITY),
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
        places=(DASHBOARD, RUNS, RUN, ENTITY, AUDIT, VERIFICATION, DOCTOR),
    ),
    Command(
        "odoo.count", "o", "Count", "Count in Odoo",
        "Ask Odoo now how many rows each entity has.", "Look", _can_start, in_footer=False,
    ),
    Command(
        "entity.search", "slash", "Search", "Search documents",
        "Look for a document by its Odoo id, or by how a word of its name begins.", "Runs and entities",
        lambda s: s.ready, places=(ENTITY,),
    ),
    Command(
        "entity.further", "m", "More", "Search further",
        "Go on with a search that stopped before it had looked through all documents.", "Runs and entities",
        lambda s: s.ready, in_footer=False, places=(ENTITY,),
    ),
    Command(
        "entity.next", "n", "Next", "Next entity",
        "Open the next entity.", "Runs and entities", lambda s: s.ready, places=(ENTITY,),
    ),
    Command(
        "entity.previous", "p", "Previous", "Previous entity",
        "Open the entity before this one.", "Runs and entities", lambda s: s.ready, places=(ENTITY,),
    ),
    Command(
        "verification.full", "f", "In full", "Compare in full",
        "Compare the content of every row, not only of some.", "Verification",
        lambda s: s.ready and not s.comparing, places=(VERIFICATION,),
    ),
    Command(
        "verification.mend", "m", "Mend", "Mend what is out of step",
        "Bring what was found to be out of step in step by a full sync of it.", "Verification",
        lambda s: s.can_start and s.mendable, places=(VERIFICATION,),
    ),
    Command(
        "verification.stop", "c", "Stop", "Stop comparing",
        "Stop at the next page.", "Verification", lambda s: s.comparing, places=(VERIFICATION,),
    ),
    Command(
        "audit.filter", "slash", "Filter", "Filter the history",
        "Show only some events, such as action:users user:anna outcome:failed since:2d until:2026-01-31 or any text; "
        "! in front leaves out.", "Audit history", lambda s: s.ready, places=(AUDIT,),
    ),
    Command(
        "audit.order", "s", "Sort", "Sort the history",
        "Show the oldest events first, or the newest.", "Audit history", lambda s: s.ready, places=(AUDIT,),
    ),
    Command(
        "audit.follow", "f", "Follow", "Follow the history",
        "Add new events on top as they happen; the cursor stays with its event.", "Audit history",
        lambda s: s.ready, places=(AUDIT,),
    ),
    Command(
        "audit.copy", "y", "Copy", "Copy the event",
        "Send the event under the cursor, as a line of text, to the terminal's clipboard; tells how it went.",
        "Audit history", lambda s: s.chosen, places=(AUDIT,),
    ),
    Command(
        "audit.copy_json", "Y", "Copy JSON", "Copy the event as JSON",
        "Send the event under the cursor, with all its details, to the terminal's clipboard.",
        "Audit history", lambda s: s.chosen, in_footer=False, places=(AUDIT,),
    ),
    Command(
        "audit.export", "x", "Export", "Export the history",
        "Write every event that the filter finds into a file, as CSV or JSON Lines.",
        "Audit history", lambda s: s.chosen, places=(AUDIT,),
    ),
    Command(
        "screen.back", "escape", "Back", "Back",
        "Leave a search, or go back to the screen before.", "Dashboard", _always,
        places=(RUNS, RUN, ENTITY, AUDIT, VERIFICATION, DOCTOR),
    ),
    Command(
        "app.palette", "ctrl+p", "Menu", "Command palette",
        "Find any command by typing a part of its name.", "Dashboard", _always, places=(),
    ),
    Command(
        "app.theme", "T", "Theme", "Choose the colours",
        "Choose a colour theme; it is remembered.", "Dashboard", _always, in_footer=False, places=(),
    ),
    Command(
        "app.help", "question_mark", "Help", "Help",
        "Keys, signs and figures explained.", "Dashboard", _always, places=(),
    ),
    Command(
        "app.quit", "q", "Quit", "Quit",
        "Leave. While a run of this dashboard is at work it asks whether to wait, to stop it, or to stay.",
        "Dashboard", _always, also="^q ^c", places=(),
    ),
)  # fmt: skip
"""All commands, in the order of the footer and the help."""

BY_ID = {command.id: command for command in COMMANDS}


def action_of(command: Command) -> str:
    """Build the name of the Textual action that runs the command."""
    return "command_palette" if command.id == "app.palette" else f"command('{command.id}')"


def key_of(state: DashboardState, command_id: str) -> str:
    """Return the key of a command in the form for people: the operator's own key, or the default."""
    return state.keys.get(command_id) or BY_ID[command_id].key_shown


def situation_of(state: DashboardState) -> Situation:
    """Derive the command context from the state."""
    foreign = state.foreign_run
    last = last_run(state)
    return Situation(
        ready=state.connection is Connection.READY,
        failed=state.connection is Connection.FAILED,
        running=state.own is not None or foreign is not None,
        stopping=state.own.stopping if state.own else bool(foreign and foreign.cancel_requested_by),
        writable=not state.read_only,
        withheld=sum(last.withheld.values()) if last else 0,
        troubled=_has_problems(state),
        has_run=shown_run_id(state) is not None,
        full=state.mode is Mode.FULL,
    )


def _has_problems(state: DashboardState) -> bool:
    last = last_run(state)
    return bool(
        state.problem
        or state.odoo_problem
        or (state.overview and state.overview.integration.error_message)
        or (last and (last.errors or last.warnings))
    )
