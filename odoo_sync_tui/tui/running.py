"""The application's hands: starts, watches, cancels and confirms runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial

from textual import on
from textual.content import Content
from textual.notifications import SeverityLevel
from textual.timer import Timer

from odoo_sync_tui.core.result import SyncResult
from odoo_sync_tui.core.scope import Mode, Scope
from odoo_sync_tui.core.words import Action, Outcome
from odoo_sync_tui.tui import messages, view
from odoo_sync_tui.tui.commands import key_of, situation_of
from odoo_sync_tui.tui.reading import ReadingApp
from odoo_sync_tui.tui.runner import SECONDS_BETWEEN_LOOKS, Runner, attempt
from odoo_sync_tui.tui.screens.dialogs import ConfirmDialog
from odoo_sync_tui.tui.shown_run import last_run
from odoo_sync_tui.tui.state import DashboardState, EndedRun, OwnRun

SEVERITIES: dict[str, SeverityLevel] = {
    Outcome.SUCCESS: "information",
    Outcome.PARTIAL: "warning",
    Outcome.CANCELLED: "warning",
    Outcome.INTERRUPTED: "warning",
}


class RunningApp(ReadingApp):
    """At most one run of our own at a time; it belongs to the application, so no screen that closes can end it."""

    def __init__(self, state: DashboardState, clock: Callable[[], datetime]) -> None:
        super().__init__(state, clock)
        self._runner: Runner | None = None
        self._looks: Timer | None = None
        self._to_come: list[tuple[Action, Scope]] = []

    @property
    def running(self) -> Runner | None:
        """The run of this dashboard that is at work."""
        return self._runner

    def ask_to_start(self, action: Action) -> None:
        """Start a sync; a full one of production is confirmed first."""
        scope = Scope(mode=self.state.mode)
        start = partial(self._start, action, scope)
        if scope.mode is Mode.INCREMENTAL:
            start()
        else:
            self.confirm_full(f"Full sync of {view.ACTION_TITLES[action].lower()}", "Sync in full", start)

    def confirm_full(self, title: str, confirm: str, then: Callable[[], None]) -> None:
        """Go on with what reads everything anew; in production only when an operator says so."""
        if not self.state.production:
            then()
            return
        name = view.safe(self.state.environment, self.state.glyphs, 20)
        text = "Every row is read from Odoo anew. That takes long and is a load for the server."
        dialog = ConfirmDialog(Content(f"{title} in {name}"), Content(text), confirm, name)
        self.push_screen(dialog, lambda agreed: then() if agreed else None)

    def start_in_turn(self, runs: Sequence[tuple[Action, Scope]]) -> None:
        """Start the first of these runs, and each other when the one before it has ended, unless that failed."""
        (action, scope), *self._to_come = runs
        self._start(action, scope)

    def _start(self, action: Action, scope: Scope) -> None:
        if situation_of(self.state).can_start:
            self._begin(action, scope)
        else:
            self._to_come = []

    def _begin(self, action: Action, scope: Scope) -> None:
        backend = self.backend
        if backend is None:
            return
        runner = Runner(action, scope, self.state.operator.name)
        self._runner = runner
        self._looks = self.set_interval(SECONDS_BETWEEN_LOOKS, self._look)
        self.change(own=OwnRun(action, scope, self.now()), rates=(), moved_at=self.now())
        self.in_thread(lambda: runner.perform(backend), "run", f"run {action}")

    def _look(self) -> None:
        """See how far our run is, and tell it as a message, so that it keeps its place among the others."""
        progress = self._runner.told.news() if self._runner else None
        if progress is not None:
            self.post_message(messages.RunProgressed(progress))

    @on(messages.RunProgressed)
    def _run_progressed(self, message: messages.RunProgressed) -> None:
        own = self.state.own
        if own is not None:
            progress = message.progress
            moved_at = self.standstill.since(progress, self.now())
            self.change(own=replace(own, progress=progress), rates=self.rates.note(progress), moved_at=moved_at)

    @on(messages.RunEnded)
    def _run_ended(self, message: messages.RunEnded) -> None:
        own = self.state.own
        if own is None:
            return
        self._runner = None
        if self._looks is not None:
            self._looks.stop()
        ended = EndedRun(own.action, own.scope, own.started_at, self.now(), message.result, message.refused)
        self.change(own=None, ended=ended)
        if message.result is not None and message.result.outcome is Outcome.SUCCESS:
            self.odoo_answered(message.result.run_id)
        self._tell_end(ended)
        if self.state.leaving:
            self.exit()
        else:
            self._go_on(message.result)

    def _go_on(self, result: SyncResult | None) -> None:
        """Begin what is to come after a run that was not stopped and did not fail; else look at how things stand."""
        to_come, self._to_come = self._to_come, []
        if to_come and result is not None and result.outcome in {Outcome.SUCCESS, Outcome.PARTIAL}:
            (action, scope), *self._to_come = to_come
            self._begin(action, scope)
        else:
            self.read()

    def _tell_end(self, ended: EndedRun) -> None:
        title, glyphs = view.ACTION_TITLES[ended.action], self.state.glyphs
        if ended.result is None:
            self.toast(view.safe(ended.refused or "", glyphs), f"{title}: not run", "error")
            return
        counts = ended.result.counts
        figures = (
            f"{view.number(counts.synced, glyphs)} synced, {view.number(counts.created, glyphs)} created, "
            f"{view.number(counts.updated, glyphs)} updated, {view.number(counts.deactivated, glyphs)} retired"
        )
        first = f"\n{view.safe(ended.result.errors[0], glyphs, 300)}" if ended.result.errors else ""
        outcome = ended.result.outcome
        self.toast(f"{figures}{first}", f"{title}: {outcome}", SEVERITIES.get(outcome, "error"))

    def cancel(self) -> None:
        """Ask the run at work, ours or not, to stop at its next page."""
        if self._runner is not None and self.state.own is not None:
            self._runner.cancel.request(f"cancelled by {self.state.operator.name}")
            self.change(own=replace(self.state.own, stopping=True))
            return
        record = self.state.foreign_run
        if record is not None:
            self.ask_to_stop(record.id)

    def ask_to_stop(self, run_id: str) -> None:
        """Ask a run of somebody else to stop at its next page."""
        backend, by = self.backend, self.state.operator.name
        if backend is None:
            return
        work = partial(
            attempt,
            lambda: messages.CancelAsked(found=backend.monitor.request_cancel(run_id, by)),
            lambda problem: messages.CancelAsked(problem=problem),
        )
        self.in_thread(work, "cancel", "ask a run to stop")

    @on(messages.CancelAsked)
    def _cancel_asked(self, message: messages.CancelAsked) -> None:
        if message.problem is not None:
            self.toast(view.safe(message.problem, self.state.glyphs), "Not cancelled", "error")
        elif message.found:
            self.toast("The run was asked to stop at its next page.", "Cancelling", "information")
        else:
            self.toast("The run had ended already.", "Nothing to cancel", "information")
        self.read()

    def ask_to_retire(self) -> None:
        """Have an operator confirm what the last run did not retire by itself."""
        run = last_run(self.state)
        if run is None or not run.withheld:
            return
        glyphs = self.state.glyphs
        told = [f"{view.number(n, glyphs)} of {view.safe(name, glyphs, 40)}" for name, n in run.withheld.items()]
        scope = Scope(entities=tuple(run.withheld), mode=Mode.FULL, confirm_retire=run.withheld)
        action = Action(run.action)
        text = (
            f"The last run found documents whose rows Odoo no longer shows: {', '.join(told)}. That is more than it "
            "retires by itself. Make sure that they are really gone, and not merely hidden from the Odoo user: the "
            f"run's warnings ({key_of(self.state, 'view.errors')}) tell what became of the first of them.\n\n"
            "Confirming reads these entities in full and retires up to that many of each. Nothing is deleted."
        )
        typed = view.safe(self.state.environment, glyphs, 20) if self.state.production else ""
        dialog = ConfirmDialog(Content("Retire what was withheld"), Content(text), "Retire", typed)
        self.push_screen(dialog, lambda agreed: self._start(action, scope) if agreed else None)
