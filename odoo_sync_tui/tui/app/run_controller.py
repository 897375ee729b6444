"""Start, watch, cancel and confirm runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from textual.content import Content
from textual.notifications import SeverityLevel

from odoo_sync_tui.core.actions import Action, Outcome
from odoo_sync_tui.core.progress import RunProgress
from odoo_sync_tui.core.result import SyncResult
from odoo_sync_tui.core.run import RunRecord
from odoo_sync_tui.core.scope import Mode, Scope, Selection
from odoo_sync_tui.tui.app.state_store import StateStore
from odoo_sync_tui.tui.app.store_poller import StorePoller
from odoo_sync_tui.tui.app.ui import Ui
from odoo_sync_tui.tui.backend import DetachedStart
from odoo_sync_tui.tui.commands.keymap import get_key_display
from odoo_sync_tui.tui.dialogs.base import ConfirmDialog
from odoo_sync_tui.tui.dialogs.stop import StopDialog
from odoo_sync_tui.tui.dialogs.sync import SyncDialog, SyncRequest
from odoo_sync_tui.tui.format import render
from odoo_sync_tui.tui.format.run import describe_run
from odoo_sync_tui.tui.model.state import EndedRun, OwnRun, Problem
from odoo_sync_tui.tui.tasks import SyncJob, Tasks

SEVERITIES: dict[str, SeverityLevel] = {
    Outcome.SUCCESS: "information",
    Outcome.PARTIAL: "warning",
    Outcome.CANCELLED: "warning",
    Outcome.INTERRUPTED: "warning",
}


class RunController:
    """At most one run of our own at a time; it belongs to the application, so no screen that closes can end it.

    Attributes:
        job: the run of this dashboard at work; ``None`` between runs.
        dry_runs: the last dry runs that have ended, with what they would change.
        start_detached: starts runs in processes of their own; ``None``: that is not possible.
        detaches: whether syncs are started so unless the operator chooses otherwise.
    """

    def __init__(self, store: StateStore, tasks: Tasks, ui: Ui, poller: StorePoller) -> None:
        self._store = store
        self._tasks = tasks
        self._ui = ui
        self._poller = poller
        self._queue: list[tuple[Action, Scope]] = []
        self._stop_following: Callable[[], None] | None = None
        self.job: SyncJob | None = None
        self.dry_runs: list[SyncJob] = []
        self.start_detached: DetachedStart | None = None
        self.detaches = False

    def switch_mode(self) -> None:
        """Choose the other mode for the next run."""
        mode = self._store.state.mode
        self._store.change(mode=Mode.FULL if mode is Mode.INCREMENTAL else Mode.INCREMENTAL)

    def request(self, action: Action) -> None:
        """Start a sync; a full one of production is confirmed first."""
        scope = Scope(mode=self._store.state.mode)
        start = partial(self._start_chosen, SyncRequest([(action, scope)], self.detaches))
        if scope.mode is Mode.INCREMENTAL:
            start()
        else:
            self._confirm_full(f"Full sync of {render.ACTION_TITLES[action].lower()}", "Sync in full", start)

    def choose(self, entity_id: str | None) -> None:
        """Have the operator choose what to sync and how, beginning with this entity and the mode of the next run."""
        detached = None if self.start_detached is None else self.detaches
        self._ui.ask(SyncDialog(self._store.state, entity_id, detached=detached), self._chosen)

    def sync_rows(self, entity_id: str, ids: Sequence[int]) -> None:
        """Start a sync of these rows of an entity alone."""
        entity = self._store.state.catalog.find(entity_id)
        if entity is not None:
            scope = Scope(entities=(entity.name,), selection=Selection(ids=tuple(ids)))
            self._start_chosen(SyncRequest([(entity.action, scope)], self.detaches))

    def repair(self, runs: Sequence[tuple[Action, Scope]], begun: Callable[[], None]) -> None:
        """Run full syncs that repair differences; call ``begun`` once the operator has agreed."""
        names = ", ".join(name for _, scope in runs for name in scope.entities)

        def start() -> None:
            self.run_all(runs)
            begun()

        self._confirm_full(f"Repair {names}", f"Repair {names} by a full sync", start)

    def run_all(self, runs: Sequence[tuple[Action, Scope]]) -> None:
        """Start the first of these runs, and each other when the one before it has ended, unless that failed."""
        (action, scope), *self._queue = runs
        self._start(action, scope)

    def run_for_real(self) -> None:
        """Start the syncs of the last dry runs, now to write; a full one of production is confirmed first."""
        self._chosen(SyncRequest([(job.action, replace(job.scope, dry_run=False)) for job in self.dry_runs]))

    def drop_differences(self) -> None:
        """Forget what the last dry runs would change, and remove the files that hold it."""
        for job in self.dry_runs:
            if job.differences is not None:
                job.differences.close()
        self.dry_runs = []
        if self._store.state.difference_count:
            self._store.change(difference_count=0)

    def cancel(self, run: RunRecord | None = None) -> None:
        """Request the run at work to stop at its next page: our own, else this one, else any other.

        A run of another operator or host is asked about first.
        """
        state = self._store.state
        if self.job is not None and state.own_run is not None:
            self.job.cancel.request(f"cancelled by {state.operator.name}")
            self._store.change(own_run=replace(state.own_run, stopping=True))
            return
        other = run or state.foreign_run
        if other is None:
            return
        if (other.operator.name, other.operator.host) == (state.operator.name, state.operator.host):
            self._request_cancel(other.id)
            return
        text = describe_run(other, state.now, state.glyphs)
        self._ui.ask(StopDialog(Content(text)), lambda reason: self._stop_confirmed(other.id, reason))

    def stop_at_once(self, reason: str) -> None:
        """Request our own run to stop at its next page, without a change on the screen."""
        if self.job is not None:
            self.job.cancel.request(reason)

    def confirm_retirement(self) -> None:
        """Have an operator confirm what runs did not retire by themselves."""
        state = self._store.state
        pending = state.pending_retirements
        if not pending:
            return
        glyphs = state.glyphs
        withheld = [
            f"{render.format_number(count, glyphs)} of {render.safe_text(titles.get(name, name), glyphs, 40)}"
            for action, counts in pending.items()
            for titles in [state.catalog.titles(action)]
            for name, count in counts.items()
        ]
        runs = [
            (Action(action), Scope(entities=tuple(counts), mode=Mode.FULL, confirm_retire=counts))
            for action, counts in pending.items()
        ]
        text = (
            f"Runs found documents whose rows Odoo no longer shows: {', '.join(withheld)}. That is more than "
            "a run retires by itself. Make sure that they are really gone, and not merely hidden from the Odoo user: "
            f"the warnings ({get_key_display(state, 'view.errors')}) tell what became of the first of them.\n\n"
            "Confirming reads these entities in full and retires up to that many of each. Nothing is deleted."
        )
        typed = render.safe_text(state.environment, glyphs, 20) if state.is_production else ""
        dialog = ConfirmDialog(Content("Retire what was withheld"), Content(text), "Retire", typed)
        self._ask(dialog, partial(self.run_all, runs))

    def adopt_source(self) -> None:
        """Have an operator confirm that the store's records are those of the Odoo of the settings."""
        state, glyphs = self._store.state, self._store.state.glyphs
        decision = state.source_decision
        if decision is None or state.overview is None:
            return
        action = Action(decision.action) if decision.action else Action.DEPARTMENTS
        database = render.safe_text(state.overview.integration.database, glyphs, 60)
        text = (
            f"{render.safe_text(decision.message, glyphs, 500)}\n\n"
            "The same id is another record in another database: adopt it only if it is the same Odoo under a new name, "
            f"or restored from a backup. A sync of {render.ACTION_TITLES[action].lower()} follows; it reads everything "
            "and retires nothing by itself. It is audited under your name."
        )
        dialog = ConfirmDialog(Content("Adopt this Odoo"), Content(text), "Adopt", database)
        self._ask(dialog, partial(self._start, action, Scope(adopt_source=True)))

    # ----------------------------------------------------------------------------------------------- starting

    def _confirm_full(self, title: str, confirm: str, start: Callable[[], None]) -> None:
        """Start what reads everything anew; in production only when an operator agrees."""
        state = self._store.state
        if not state.is_production:
            start()
            return
        name = render.safe_text(state.environment, state.glyphs, 20)
        text = "Every row is read from Odoo anew. That takes long and is a load for the server."
        self._ask(ConfirmDialog(Content(f"{title} in {name}"), Content(text), confirm, name), start)

    def _chosen(self, request: SyncRequest | None) -> None:
        """Start what was chosen; a full sync of production is confirmed first."""
        if request is None:
            return
        start = partial(self._start_chosen, request)
        full = [action for action, scope in request.runs if scope.mode is Mode.FULL]
        if full:
            names = ", ".join(render.ACTION_TITLES[action].lower() for action in full)
            self._confirm_full(f"Full sync of {names}", "Sync in full", start)
        else:
            start()

    def _start_chosen(self, request: SyncRequest) -> None:
        """Start the runs here, or in processes of their own, which are then watched like any other run."""
        start = self.start_detached
        if start is None or not request.detached:
            self.run_all(request.runs)
        elif self._store.app_context.can_start:
            self._tasks.run("detach", partial(start, request.runs), self._detached, self._not_detached)

    def _detached(self, _: None) -> None:
        self._ui.toast("It goes on without this dashboard.", "Run started", "information")
        self._poller.poll()

    def _not_detached(self, problem: Problem) -> None:
        self._ui.toast(render.safe_text(problem, self._store.state.glyphs), "Not run", "error")
        self._poller.poll()

    def _ask(self, dialog: ConfirmDialog, agreed: Callable[[], None]) -> None:
        self._ui.ask(dialog, lambda answer: agreed() if answer else None)

    def _start(self, action: Action, scope: Scope) -> None:
        if self._store.app_context.can_start:
            self.drop_differences()
            self._begin(action, scope)
        else:
            self._queue = []

    def _begin(self, action: Action, scope: Scope) -> None:
        backend, now = self._poller.backend, self._store.now()
        if backend is None:
            return
        job = self.job = SyncJob(action, scope, self._store.state.operator.name)
        self._stop_following = job.progress.follow(self._ui.every, self._show_progress)
        self._store.change(own_run=OwnRun(action, scope, now), rates=(), last_progress_at=now)
        self._tasks.run("run", lambda: job.run(backend), self._ended, self._refused)

    def _show_progress(self, progress: RunProgress) -> None:
        own = self._store.state.own_run
        if own is not None:
            self._store.change(own_run=replace(own, progress=progress), **self._poller.observe(progress))

    # ------------------------------------------------------------------------------------------------- ending

    def _ended(self, result: SyncResult) -> None:
        self._finish(result, None)

    def _refused(self, problem: Problem) -> None:
        self._finish(None, problem)

    def _finish(self, result: SyncResult | None, problem: Problem | None) -> None:
        own = self._store.state.own_run
        if own is None:
            return
        job, self.job = self.job, None
        if job is not None and job.differences is not None:
            self.dry_runs.append(job)
        if self._stop_following is not None:
            self._stop_following()
        ended = EndedRun(own.action, own.scope, own.started_at, self._store.now(), result, problem)
        count = sum(job.differences.count for job in self.dry_runs if job.differences)
        self._store.change(own_run=None, ended_run=ended, difference_count=count)
        if result is not None and result.outcome is Outcome.SUCCESS:
            self._poller.on_run_succeeded(result.run_id)
        self._toast_end(ended)
        if self._store.state.leaving:
            self._ui.close()
        else:
            self._continue_queue(result)

    def _continue_queue(self, result: SyncResult | None) -> None:
        """Begin the next run after one that was not stopped and did not fail; else read the store."""
        queue, self._queue = self._queue, []
        if queue and result is not None and result.outcome in {Outcome.SUCCESS, Outcome.PARTIAL}:
            (action, scope), *self._queue = queue
            self._begin(action, scope)
        else:
            self._poller.poll()

    def _toast_end(self, ended: EndedRun) -> None:
        """Say how a run ended, unless the dashboard's own panel says it."""
        if self._ui.is_dashboard_uncovered:
            return
        title, glyphs = render.ACTION_TITLES[ended.action], self._store.state.glyphs
        if ended.result is None:
            self._ui.toast(render.safe_text(ended.problem or "", glyphs), f"{title}: not run", "error")
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
        dry = " (dry run: nothing was written)" if ended.scope.dry_run else ""
        if self._store.state.difference_count:
            key = get_key_display(self._store.state, "view.differences")
            figures += f"; {key} on the dashboard shows what would change"
        self._ui.toast(f"{figures}{first}", f"{title}: {outcome}{dry}", SEVERITIES.get(outcome, "error"))

    # --------------------------------------------------------------------------------------------- cancelling

    def _stop_confirmed(self, run_id: str, reason: str | None) -> None:
        if reason is not None:
            self._request_cancel(run_id, reason)

    def _request_cancel(self, run_id: str, reason: str = "") -> None:
        """Request a run of another process to stop at its next page."""
        backend, by = self._poller.backend, self._store.state.operator.name
        if backend is not None:
            request = partial(backend.overview_queries.request_cancel, run_id, by, reason)
            self._tasks.run("cancel", request, self._cancel_requested, self._cancel_failed)

    def _cancel_requested(self, found: bool) -> None:
        if not found:
            self._ui.toast("The run had ended already.", "Nothing to cancel", "information")
        elif not self._ui.is_dashboard_uncovered:  # its panel says so itself
            self._ui.toast("The run was asked to stop at its next page.", "Cancelling", "information")
        self._poller.poll()

    def _cancel_failed(self, problem: Problem) -> None:
        self._ui.toast(render.safe_text(problem, self._store.state.glyphs), "Not cancelled", "error")
        self._poller.poll()
