"""One run from acquiring the lease to its release: every end is recorded, returned and cleaned up."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import UTC, datetime

from odoo_sync_tui.core.actions import Outcome
from odoo_sync_tui.core.audit.events import AuditEvent
from odoo_sync_tui.core.entity import Entity
from odoo_sync_tui.core.errors import (
    LeaseLost,
    OdooAccessError,
    OdooError,
    OdooMissingModelError,
    OdooSetupError,
    OdooTransientError,
    RunCancelled,
    StoreError,
    SyncError,
)
from odoo_sync_tui.core.progress import ProgressListener, Trouble
from odoo_sync_tui.core.reports.differences import DifferenceListener
from odoo_sync_tui.core.result import EntityResult, EntityState, SyncResult
from odoo_sync_tui.core.run import INTERRUPTED_BY_PERSON, Checkpoint, Lease, RunRecord, SyncStatus
from odoo_sync_tui.odoo.connector import OdooConnector, ServerInfo
from odoo_sync_tui.pipeline.entity.context import Context
from odoo_sync_tui.pipeline.entity.entity_sync import EntityBeginning, EntitySync
from odoo_sync_tui.pipeline.entity.writes import LeasedWrites
from odoo_sync_tui.pipeline.heartbeat import Heartbeat, lease_lost
from odoo_sync_tui.pipeline.run.audit_trail import RunAuditTrail
from odoo_sync_tui.pipeline.run.follow_up.standing import find_open_trouble
from odoo_sync_tui.pipeline.run.lease.dead_runs import acquire_lease, close_dead_run
from odoo_sync_tui.pipeline.run.removal.clear_out import clear_out
from odoo_sync_tui.pipeline.run.request import RunRequest, find_resumable_run
from odoo_sync_tui.pipeline.run.result import ResultCollector
from odoo_sync_tui.pipeline.run.store_guard import ensure_proven_source, ensure_same_source, keep_mask_key
from odoo_sync_tui.pipeline.tracker import Tracker, empty_progress
from odoo_sync_tui.runtime.cancel import CancelToken
from odoo_sync_tui.runtime.prefetch import Prefetcher
from odoo_sync_tui.store.change_log.recorder import ChangeRecorder
from odoo_sync_tui.store.database import Store

STATUS_BY_OUTCOME = {
    Outcome.SUCCESS: SyncStatus.SUCCESS,
    Outcome.PARTIAL: SyncStatus.PARTIAL,
    Outcome.FAILED: SyncStatus.FAILED,
    Outcome.CANCELLED: SyncStatus.PARTIAL,
    Outcome.INTERRUPTED: SyncStatus.FAILED,
}
"""``sync_status`` has fewer values than a run's outcome: a cancelled run is partly done."""

STATE_BY_ERROR: dict[type[SyncError], EntityState] = {
    OdooMissingModelError: EntityState.UNAVAILABLE,
    RunCancelled: EntityState.CANCELLED,
    LeaseLost: EntityState.INTERRUPTED,
}

FATAL_ERRORS = (OdooSetupError, OdooTransientError, RunCancelled, LeaseLost, StoreError)
"""Errors that all other entities would meet as well."""


@dataclass(frozen=True, slots=True)
class ServiceHooks:
    """Helpers of the service that a run calls; their names are part of the service's contract.

    ``on_difference`` is the caller's: it takes what a dry run would change. ``on_connected`` is called once the source
    is known to be the store's, ``on_recorded`` with the result once the end is recorded and the lease is free.
    """

    create_connector: Callable[[CancelToken, Callable[[Trouble | None], None]], OdooConnector]
    update_status: Callable[[SyncStatus, Lease, str | None, ServerInfo | None, bool], None]
    log_event: Callable[[AuditEvent], None]
    on_difference: DifferenceListener | None = None
    on_connected: Callable[[OdooConnector], None] = lambda _: None
    on_recorded: Callable[[SyncResult], None] = lambda _: None


class SyncRun:
    """One execution of a sync. Made for one use."""

    def __init__(
        self,
        request: RunRequest,
        store: Store,
        hooks: ServiceHooks,
        cancel: CancelToken,
        listener: ProgressListener | None,
    ) -> None:
        self.id = uuid.uuid4().hex
        self._request = request
        self._store = store
        self._hooks = hooks
        self._cancel = cancel
        self._started = self._requested_at = time.monotonic()
        self._seconds = 0.0
        self._is_recorded = False
        self._server: ServerInfo | None = None
        self._checkpoints: Mapping[str, Checkpoint] = {}
        action, operator, mode = str(request.action), request.operator, str(request.scope.mode)
        progress = empty_progress(self.id, action, operator.name, operator.host, mode, datetime.now(UTC))
        self._tracker = Tracker(progress, [entity.name for entity in request.entities], cancel, listener)
        self._audit_trail = RunAuditTrail(hooks.log_event, self.id, request)
        self._collector = ResultCollector(self.id, request)

    def execute(self) -> SyncResult:
        """Execute the sync and return its result.

        Raises:
            LeaseHeld: another run is at work; nothing was done.
            ConfigurationError: a setting is wrong, recorded like every other failure; or an index cannot be made.
            StoreError: the lease could not be requested from MongoDB.
        """
        changes = self._request.settings.changes
        self._collector.warnings += self._store.indexes.ensure(on_build=self._tracker.set_index_build)
        if changes.enabled and not self._request.scope.dry_run:
            self._store.indexes.keep_changes(changes.keep)
        self._requested_at = time.monotonic()
        lease = acquire_lease(self._store, self._request.operator, self.id, self._request.settings.lease_seconds)
        try:
            return self._execute(lease)
        finally:
            self._collect_error(lambda: self._store.leases.release(lease))
            if self._is_recorded:
                self._hooks.on_recorded(self._result())

    def _execute(self, lease: Lease) -> SyncResult:
        try:
            self._open(lease)
            with self._store.watch.listen(self._tracker.set_store_trouble), self._heartbeat(lease) as heartbeat:
                self._sync_entities(lease, heartbeat)
        except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - recorded below, and raised again if unforeseen
            self._stop(error)
        self._seconds = time.monotonic() - self._started
        self._close(lease)
        self._collector.raise_unexpected()
        return self._result()  # not the recorded one: it also holds an error of the recording

    # ---------------------------------------------------------------------------------------------- beginning

    def _open(self, lease: Lease) -> None:
        for run in self._store.runs.list_unfinished():
            self._ensure_held(lease)
            close_dead_run(self._store, self._hooks.log_event, run, lease, self.id)
        earlier = find_resumable_run(self._store, self._request, lease.since)
        self._checkpoints = earlier.checkpoints if earlier else {}
        continues = earlier.id if self._checkpoints and earlier else None
        self._store.runs.start(self._record(lease, continues), lease.fence)
        self._audit_trail.record_start(continues)
        if not self._request.scope.dry_run:
            self._hooks.update_status(SyncStatus.RUNNING, lease, None, None, not self._request.scope.is_filtered)
        self._tracker.report(force=True)

    def _record(self, lease: Lease, continues: str | None) -> RunRecord:
        return RunRecord(
            id=self.id,
            action=str(self._request.action),
            operator=self._request.operator,
            scope=self._request.scope,
            started_at=lease.since,
            heartbeat_at=lease.since,
            continues=continues,
        )

    def _heartbeat(self, lease: Lease) -> Heartbeat:
        parts = self._request.settings.lease_seconds, self._tracker.snapshot, self._cancel, self._requested_at
        return Heartbeat(self._store, lease, self.id, *parts)

    # ---------------------------------------------------------------------------------------------- the middle

    def _sync_entities(self, lease: Lease, heartbeat: Heartbeat) -> None:
        connector = self._hooks.create_connector(self._cancel, self._tracker.set_odoo_trouble)
        try:
            self._server = connector.connect()
            self._check_source(connector, lease)
            keep_mask_key(self._store, self._request, self._audit_trail, lease.fence)
            self._hooks.on_connected(connector)
            parts = lease, heartbeat.ensure_held, self._hooks.log_event
            request = self._request = clear_out(self._store, self._request, self.id, *parts)
            parts = connector, self._store, self._tracker, self._cancel
            context = Context(self.id, request.scope, request.settings, *parts)
            with ExitStack() as opened:
                tasks = self._list_tasks(context, lease, heartbeat, opened)
                beginnings = opened.enter_context(closing(Prefetcher(_begin_ahead(tasks), self._cancel)))
                for task in tasks:
                    self._cancel.raise_if_requested()
                    result = self._sync_entity(task, beginnings, heartbeat)
                    self._save_facts(task.entity, result, lease)
        except RunCancelled as error:
            raise heartbeat.find_cause(error) from error
        finally:
            connector.disconnect()
            self._collector.warnings += connector.warnings

    def _check_source(self, connector: OdooConnector, lease: Lease) -> None:
        """Check that the rows to come are of the Odoo whose records the store holds, and let the store know it."""
        stored, source = self._store.integrations.source(), connector.read_source()
        scope = self._request.scope
        if not scope.adopt_source:
            ensure_same_source(stored, source)
            if stored is None:
                ensure_proven_source(self._store, connector, source, self._request.catalog)
        if scope.dry_run or source == stored or (stored and stored.is_same_as(source) and source.uuid is None):
            return
        is_adopted = scope.adopt_source and not (stored and stored.is_same_as(source))
        if is_adopted:
            self._audit_trail.record_adoption(stored, source)
        self._store.integrations.save_source(source, lease.fence, distrust_cursors=is_adopted)

    def _list_tasks(self, context: Context, lease: Lease, heartbeat: Heartbeat, opened: ExitStack) -> list[_EntityTask]:
        """List what is to be done, with the fields that operators chose; a hidden model's entity fails alone.

        Raises:
            ConfigurationError: the settings name what Odoo does not have.
        """
        cursors, listener = self._store.integrations.cursors(), self._hooks.on_difference
        recorder = ChangeRecorder(self._store.change_log, self._request.settings.changes, self.id, lease.fence)
        tasks: list[_EntityTask] = []
        for chosen in self._request.entities:
            cursor, error = cursors.get(chosen.id), None
            try:
                entity = context.connector.models.resolve(chosen, cursor)
            except (OdooMissingModelError, OdooAccessError) as hidden:
                entity, error = chosen, hidden
            parts = self._store, entity, self.id, lease, heartbeat
            writes = LeasedWrites(*parts, dry_run=context.scope.dry_run, on_difference=listener, recorder=recorder)
            sync = EntitySync(entity, context, writes, cursor, self._checkpoints.get(entity.id))
            tasks.append(_EntityTask(entity, opened.enter_context(closing(sync)), error))
        return tasks

    def _sync_entity(
        self, task: _EntityTask, beginnings: Iterator[EntityBeginning | SyncError], heartbeat: Heartbeat
    ) -> EntityResult:
        entity, sync = task.entity, task.sync
        self._tracker.begin(entity.name)
        try:
            with closing(sync):
                result = sync.run(lambda: _raise_or_return(next(beginnings)))
            self._collector.add_entity(result)
        except (OdooError, StoreError, RunCancelled, LeaseLost) as error:
            cause = heartbeat.find_cause(error)
            result = self._unfinished_result(sync, entity, STATE_BY_ERROR.get(type(cause), EntityState.FAILED))
            self._collector.add_failed_entity(result, cause)
            if isinstance(error, FATAL_ERRORS):
                self._tracker.end(entity.name, EntityState(result.state), result.counts)
                raise
        finally:
            self._collector.warnings += sync.report.warnings
        self._tracker.end(entity.name, EntityState(result.state), result.counts)
        return result

    def _unfinished_result(self, sync: EntitySync, entity: Entity, state: EntityState) -> EntityResult:
        seconds = self._tracker.elapsed_seconds(entity.name)
        return EntityResult(
            entity.name,
            state,
            sync.report.counts,
            sync.census_size,
            seconds=seconds,
            cursor_before=sync.cursor_before,
        )

    def _save_facts(self, entity: Entity, result: EntityResult, lease: Lease) -> None:
        complete = result.state in (EntityState.SUCCESS, EntityState.PARTIAL)
        if complete and not self._request.scope.is_filtered and not self._request.scope.dry_run:
            facts = (result.census, result.counts.changed)
            self._store.integrations.save_entity_statistics(entity.id, *facts, lease.fence)

    # ---------------------------------------------------------------------------------------------- the end

    def _stop(self, error: BaseException) -> None:
        if isinstance(error, KeyboardInterrupt):
            self._cancel.request(INTERRUPTED_BY_PERSON)
        self._collector.stop(error)

    def _result(self) -> SyncResult:
        return self._collector.result(self._seconds, self._tracker.snapshot().retries, self._cancel.reason)

    def _close(self, lease: Lease) -> None:
        """Record the end everywhere, each record on its own: a failed one must not prevent the others.

        The audit log comes first, because the next run looks there for the end of a run that has none in its own
        record. After a lost lease the next run records the end.
        """
        self._collect_error(lambda: self._ensure_held(lease))
        if self._collector.is_lease_lost:
            return
        result = self._result()
        # Without its event the record stays open, so that whoever comes next closes both.
        if self._collect_error(lambda: self._audit_trail.record_end(result)):
            self._is_recorded = self._collect_error(lambda: self._store.runs.finish(self.id, result, lease.fence))
        if not self._request.scope.dry_run:
            self._collect_error(lambda: self._update_status(result, lease))
        self._tracker.report(force=True)

    def _update_status(self, result: SyncResult, lease: Lease) -> None:
        """Set the status of the integration: of a success only where no other sync or entity is out of step."""
        status, message = STATUS_BY_OUTCOME[result.outcome], result.problem and str(result.problem)
        trouble = find_open_trouble(self._store, self._request.catalog) if status is SyncStatus.SUCCESS else None
        if trouble:
            status, message = SyncStatus.PARTIAL, trouble
        self._hooks.update_status(status, lease, message, self._server, not self._request.scope.is_filtered)

    def _collect_error(self, record: Callable[[], object]) -> bool:
        """Write one record of the end, and return whether it was written.

        An error is added to the result, which is no success then.
        """
        try:
            record()
        except (StoreError, LeaseLost) as error:
            self._stop(error)
            return False
        return True

    def _ensure_held(self, lease: Lease) -> None:
        requested_at = time.monotonic()
        if not self._store.leases.renew(lease, self._request.settings.lease_seconds):
            raise lease_lost()
        self._requested_at = requested_at


@dataclass(frozen=True, slots=True)
class _EntityTask:
    """One entity of a run; ``error``: why it cannot be synced."""

    entity: Entity
    sync: EntitySync
    error: SyncError | None


def _begin_ahead(tasks: Iterable[_EntityTask]) -> Iterator[EntityBeginning | SyncError]:
    """Begin each entity while the one before is at work; an error takes the place of its result."""
    before: EntitySync | None = None
    for task in tasks:
        try:
            yield task.error or task.sync.begin(before)
        except SyncError as error:
            yield error
        before = task.sync


def _raise_or_return(result: EntityBeginning | SyncError) -> EntityBeginning:
    if isinstance(result, SyncError):
        raise result
    return result
