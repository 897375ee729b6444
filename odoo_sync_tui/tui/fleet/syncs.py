"""Starts and stops syncs of sources, after a question where they are many."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from textual.content import Content

from odoo_sync_tui.core.actions import Action
from odoo_sync_tui.tui.app.ui import Ui
from odoo_sync_tui.tui.dialogs.base import ConfirmDialog
from odoo_sync_tui.tui.fleet.rows import FleetMemory, FleetRow, StartedSync
from odoo_sync_tui.tui.fleet.setup import FleetSetup, FleetSync
from odoo_sync_tui.tui.format import render
from odoo_sync_tui.tui.model.glyphs import Glyphs
from odoo_sync_tui.tui.model.state import Problem
from odoo_sync_tui.tui.screens.base import PageContext

NAMED = 6
"""Names in a question about many sources."""


@dataclass(frozen=True, slots=True)
class Stoppable:
    """What is at work in some sources.

    Attributes:
        syncs: syncs of this screen that have not ended in one of them: they are stopped as a whole.
        runs: runs that others have started, by the names of their sources.
    """

    syncs: Sequence[StartedSync]
    runs: Mapping[str, str]

    @classmethod
    def find(cls, names: Collection[str], rows: Iterable[FleetRow], syncs: Iterable[StartedSync]) -> Stoppable:
        """Find what is at work in the sources with these names."""
        chosen = [row.source for row in rows if row.name in names]
        ours = [sync for sync in syncs if any(map(sync.is_waiting, chosen))]
        covered = frozenset[str]().union(*(sync.names for sync in ours))
        runs = {each.name: each.running.run_id for each in chosen if each.running and each.name not in covered}
        return cls(ours, runs)

    @property
    def names(self) -> list[str]:
        """The names of all sources that are concerned."""
        return sorted({*self.runs, *(name for sync in self.syncs for name in sync.names)})


class FleetSyncs:
    """Starts and stops syncs.

    Args:
        context: values of the screen.
        memory: what is marked, and the syncs that were started.
        ui: shows dialogs and toasts.
        changed: called when something has begun, or was asked to stop.
    """

    def __init__(self, context: PageContext, memory: FleetMemory, ui: Ui, changed: Callable[[], None]) -> None:
        self._context = context
        self._memory = memory
        self._ui = ui
        self._changed = changed

    @property
    def _glyphs(self) -> Glyphs:
        return self._context.store.state.glyphs

    # ------------------------------------------------------------------------------------------------ starting

    def ask_to_sync(self, setup: FleetSetup, action: Action, names: Sequence[str], now: datetime) -> None:
        """Sync one source, or many after a question."""
        start = partial(self._start, setup, action, names, now)
        if len(names) == 1:
            start()
            return
        title = Content(f"Sync {render.ACTION_TITLES[action].lower()} of {len(names)} sources?")
        fate = "stop" if setup.stops_syncs else "go on"
        at_once = min(setup.processes, len(names))
        text = f"{self._name(names)}.\n\n{at_once} at the same time. They {fate} when you leave the program."
        self._ask(ConfirmDialog(title, Content(text), "Sync"), start)

    def _start(self, setup: FleetSetup, action: Action, names: Sequence[str], now: datetime) -> None:
        start, done = partial(setup.start, action, names), partial(self._started, names, now)
        self._context.tasks.run(f"start {action} {names[0]}", start, done, partial(self._failed, "Not started"))

    def _started(self, names: Sequence[str], begun: datetime, sync: FleetSync) -> None:
        self._memory.syncs.append(StartedSync(sync, begun, frozenset(names)))
        self._memory.marked -= set(names)
        self._changed()

    # ------------------------------------------------------------------------------------------------ stopping

    def ask_to_stop(self, setup: FleetSetup, names: Sequence[str], rows: Iterable[FleetRow]) -> None:
        """Stop what is at work in these sources: after a question, but for one that this screen has started alone."""
        found = Stoppable.find(names, rows, self._memory.syncs)
        stop, concerned = partial(self._stop, setup, found), found.names
        if not concerned:
            self._ui.toast(f"No run is at work in {self._name(names)}.", "Nothing to cancel", "information")
            return
        if len(concerned) == 1 and found.syncs:
            stop()
            return
        fate = "ends at its next page; what is written stays written."
        if len(concerned) == 1:
            title, text = f"Cancel the sync of {self._name(concerned)}?", f"It {fate}"
        else:
            title, text = (
                f"Cancel the syncs of {len(concerned)} sources?",
                f"{self._name(concerned)}.\n\nEach run {fate}",
            )
        waiting = " Those that wait for their turn do not begin." if found.syncs else ""
        self._ask(ConfirmDialog(Content(title), Content(f"{text}{waiting}"), "Stop"), stop)

    def _stop(self, setup: FleetSetup, found: Stoppable) -> None:
        for each in found.syncs:
            each.sync.stop()
        cancel = partial(setup.cancel, found.runs)
        self._context.tasks.run("cancel", cancel, partial(self._stopped, found), partial(self._failed, "Not cancelled"))

    def _stopped(self, found: Stoppable, asked: int) -> None:
        if found.syncs or asked:
            self._ui.toast("Each run was asked to stop at its next page.", "Cancelling", "information")
        else:
            self._ui.toast("What was at work had ended already.", "Nothing to cancel", "information")
        self._memory.marked -= set(found.names)
        self._changed()

    # ------------------------------------------------------------------------------------------------ questions

    def _ask(self, dialog: ConfirmDialog, then: Callable[[], None]) -> None:
        self._ui.ask(dialog, lambda is_sure: then() if is_sure else None)

    def _failed(self, title: str, problem: Problem) -> None:
        self._ui.toast(render.safe_text(problem, self._glyphs), title, "error")

    def _name(self, names: Sequence[str]) -> str:
        first = ", ".join(render.safe_text(name, self._glyphs, 64) for name in names[:NAMED])
        return f"{first} and {len(names) - NAMED} more" if len(names) > NAMED else first
