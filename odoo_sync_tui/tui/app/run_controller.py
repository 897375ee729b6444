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

from odoo_sync_tui.core.actions import Action, Outcome
from odoo_sync_tui.core.result import SyncResult
from odoo_sync_tui.core.scope import Mode, Scope
from odoo_sync_tui.tui import messages
from odoo_sync_tui.tui.app.store_poller import ReadingApp
from odoo_sync_tui.tui.commands import command_context, get_key_display
from odoo_sync_tui.tui.dialogs.base import ConfirmDialog
from odoo_sync_tui.tui.format import render
from odoo_sync_tui.tui.model.run_summary import find_last_run
from odoo_sync_tui.tui.model.state import DashboardState, EndedRun, OwnRun
from odoo_sync_tui.tui.tasks import PROGRESS_POLL_SECONDS, SyncJob, attempt

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
        self._runner: SyncJob | None = None
        self._looks: Timer | None = None
        self._to_come: list[tuple[Action, Scope]] = []

    @property
    def running(self) -> SyncJob | None:
        """The run of this dashboard that is at work."""
        return self._runner

    def ask_to_start(self, action: Action) -> None:
        """Start a sync; a full one of production is confirmed first."""
        scope = Scope(mode=self.state.mode)
        start = partial(self._start, action, scope)
        if scope.mode is Mode.INCREMENTAL:
            start()
        else:
            self.confirm_full(f"Full sync of {render.ACTION_TITLES[action].lower()}", "Sync in full", start)

    def confirm_full(self, title: str, confirm: str, then: Callable[[], None]) -> None:
        """Go on with what reads everything anew; in production only when an operator says so."""
        if not self.state.is_production:
            then()
            return
        name = render.safe_text(self.state.environment, self.state.glyphs, 20)
        text = "Every row is read from Odoo anew. That takes long and is a load for the server."
        dialog = ConfirmDialog(Content(f"{title} in {name}"), Content(text), confirm, name)
        self.push_screen(dialog, lambda agreed: then() if agreed else None)

    def start_in_turn(self, runs: Sequence[tuple[Action, Scope]]) -> None:
        """Start the first of these runs, and each other when the one before it has ended, unless that failed."""
        (action, scope), *self._to_come = runs
        self._start(action, scope)

    def _start(self, action: Action, scope: Scope) -> None:
        if command_context(self.state).can_start:
            self._begin(action, scope)
        else:
            self._to_come = []

    def _begin(self, action: Action, scope: Scope) -> None:
        backend = self.backend
        if backend is None:
            return
        runner = SyncJob(action, scope, self.state.operator.name)
        self._runner = runner
        self._looks = self.set_interval(PROGRESS_POLL_SECONDS, self._look)
        self.change(own_run=OwnRun(action, scope, self.now()), rates=(), last_progress_at=self.now())
        self.in_thread(lambda: runner.run(backend), "run", f"run {action}")

    def _look(self) -> None:
        """See how far our run is, and tell it as a message, so that it keeps its place among the others."""
        progress = self._runner.progress.take() if self._runner else None
        if progress is not None:
            self.post_message(messages.RunProgressed(progress))

    @on(messages.RunProgressed)
    def _run_progressed(self, message: messages.RunProgressed) -> None:
        own = self.state.own_run
        if own is not None:
            progress = message.progress
            moved_at = self.standstill.observe(progress, self.now())
            self.change(
                own_run=replace(own, progress=progress), rates=self.rates.add(progress), last_progress_at=moved_at
            )

    @on(messages.RunEnded)
    def _run_ended(self, message: messages.RunEnded) -> None:
        own = self.state.own_run
        if own is None:
            return
        self._runner = None
        if self._looks is not None:
            self._looks.stop()
        ended = EndedRun(own.action, own.scope, own.started_at, self.now(), message.result, message.problem)
        self.change(own_run=None, ended_run=ended)
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
        title, glyphs = render.ACTION_TITLES[ended.action], self.state.glyphs
        if ended.result is None:
            self.toast(render.safe_text(ended.problem or "", glyphs), f"{title}: not run", "error")
            return
        counts = ended.result.counts
        words = {
            "synced": counts.synced,
            "created": counts.created,
            "updated": counts.updated,
            "retired": counts.deactivated,
        }
        figures = ", ".join(f"{render.format_number(count, glyphs)} {word}" for word, count in words.items())
        first = f"\n{render.safe_text(ended.result.errors[0], glyphs, 300)}" if ended.result.errors else ""
        outcome = ended.result.outcome
        self.toast(f"{figures}{first}", f"{title}: {outcome}", SEVERITIES.get(outcome, "error"))

    def cancel(self) -> None:
        """Ask the run at work, ours or not, to stop at its next page."""
        if self._runner is not None and self.state.own_run is not None:
            self._runner.cancel.request(f"cancelled by {self.state.operator.name}")
            self.change(own_run=replace(self.state.own_run, stopping=True))
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
            lambda: messages.CancelRequested(found=backend.overview_queries.request_cancel(run_id, by)),
            lambda problem: messages.CancelRequested(problem=problem),
        )
        self.in_thread(work, "cancel", "ask a run to stop")

    @on(messages.CancelRequested)
    def _cancel_asked(self, message: messages.CancelRequested) -> None:
        if message.problem is not None:
            self.toast(render.safe_text(message.problem, self.state.glyphs), "Not cancelled", "error")
        elif message.found:
            self.toast("The run was asked to stop at its next page.", "Cancelling", "information")
        else:
            self.toast("The run had ended already.", "Nothing to cancel", "information")
        self.read()

    def ask_to_retire(self) -> None:
        """Have an operator confirm what the last run did not retire by itself."""
        run = find_last_run(self.state)
        if run is None or not run.withheld:
            return
        glyphs = self.state.glyphs
        told = [
            f"{render.format_number(n, glyphs)} of {render.safe_text(name, glyphs, 40)}"
            for name, n in run.withheld.items()
        ]
        scope = Scope(entities=tuple(run.withheld), mode=Mode.FULL, confirm_retire=run.withheld)
        action = Action(run.action)
        text = (
            f"The last run found documents whose rows Odoo no longer shows: {', '.join(told)}. That is more than it "
            "retires by itself. Make sure that they are really gone, and not merely hidden from the Odoo user: the "
            f"run's warnings ({get_key_display(self.state, 'view.errors')}) tell what became of the first of them.\n\n"
            "Confirming reads these entities in full and retires up to that many of each. Nothing is deleted."
        )
        typed = render.safe_text(self.state.environment, glyphs, 20) if self.state.is_production else ""
        dialog = ConfirmDialog(Content("Retire what was withheld"), Content(text), "Retire", typed)
        self.push_screen(dialog, lambda agreed: self._start(action, scope) if agreed else None)
