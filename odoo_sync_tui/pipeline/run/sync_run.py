"""One run from acquiring the lease to its release: every end is recorded, returned and cleaned up."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime

from odoo_sync_tui.core.actions import Action, Outcome
from odoo_sync_tui.core.audit.events import AuditEvent, AuditQuery
from odoo_sync_tui.core.entity import Entity
from odoo_sync_tui.core.errors import (
    ConfigurationError,
    LeaseLost,
    OdooError,
    OdooMissingModelError,
    OdooSetupError,
    OdooTransientError,
    RunCancelled,
    StoreError,
    SyncError,
)
from odoo_sync_tui.core.progress import ProgressListener
from odoo_sync_tui.core.result import Counts, EntityResult, EntityState, Notice, SyncResult
from odoo_sync_tui.core.run import Checkpoint, Lease, Operator, RunRecord, SyncStatus
from odoo_sync_tui.core.scope import Scope
from odoo_sync_tui.odoo.connector import OdooConnector, ServerInfo
from odoo_sync_tui.pipeline.entity.context import Context, RunSettings
from odoo_sync_tui.pipeline.entity.entity_sync import EntityPreflight, EntitySync, preflight
from odoo_sync_tui.pipeline.heartbeat import Heartbeat, lease_lost
from odoo_sync_tui.pipeline.run.audit_trail import RunAuditTrail
from odoo_sync_tui.pipeline.run.resume import find_resumable_run
from odoo_sync_tui.pipeline.tracker import Tracker, empty_progress
from odoo_sync_tui.runtime.cancel import CancelToken
from odoo_sync_tui.runtime.prefetch import Prefetcher
from odoo_sync_tui.store.database import Store

INTEGRATION = "odoo"
MAX_RUN_EVENTS = 10
"""More than a run ever writes."""

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
    """Helpers of the service that a run calls; their names are part of the service's contract."""

    create_connector: Callable[[CancelToken, Callable[[Exception, float], None]], OdooConnector]
    update_status: Callable[[SyncStatus, Lease, str | None, ServerInfo | None], None]
    log_event: Callable[[AuditEvent], None]


@dataclass(slots=True)
class _RunLog:
    """Results and errors that a run collects for its end."""

    entities: dict[str, EntityResult] = field(default_factory=dict[str, EntityResult])
    errors: list[Notice] = field(default_factory=list[Notice])
    warnings: list[Notice] = field(default_factory=list[Notice])
    stopped_by: BaseException | None = None
    lost: bool = False  # the lease is lost, so another run records the end
    server: ServerInfo | None = None
    seconds: float = 0.0


class SyncRun:
    """One execution of a sync. Made for one use."""

    def __init__(
        self,
        action: Action,
        entities: Sequence[Entity],
        operator: Operator,
        scope: Scope,
        store: Store,
        settings: RunSettings,
        hooks: ServiceHooks,
        cancel: CancelToken,
        listener: ProgressListener | None,
    ) -> None:
        self.id = uuid.uuid4().hex
        self._action = action
        self._entities = entities
        self._operator = operator
        self._scope = scope
        self._store = store
        self._settings = settings
        self._hooks = hooks
        self._cancel = cancel
        self._started = self._requested_at = time.monotonic()
        now = datetime.now(UTC)
        progress = empty_progress(self.id, str(action), operator.name, operator.host, str(scope.mode), now)
        self._tracker = Tracker(progress, [entity.name for entity in entities], cancel, listener)
        self._journal = RunAuditTrail(hooks.log_event, self.id, action, operator, scope)
        self._checkpoints: Mapping[str, Checkpoint] = {}
        self._log = _RunLog(warnings=list(store.notices))

    def execute(self) -> SyncResult:
        """Execute the sync and return its result.

        Raises:
            LeaseHeld: another run is at work; nothing was done.
            ConfigurationError: a setting is wrong; recorded like every other failure.
            StoreError: the lease could not be requested from MongoDB.
        """
        written = max(self._store.integrations.fence(), self._store.runs.newest_fence())
        self._requested_at = time.monotonic()
        lease = self._store.leases.acquire(INTEGRATION, self._operator, self.id, self._settings.lease_seconds, written)
        try:
            return self._execute(lease)
        finally:
            self._collect_error(lambda: self._store.leases.release(lease))

    def _execute(self, lease: Lease) -> SyncResult:
        try:
            self._open(lease)
            with self._heartbeat(lease) as heartbeat:
                self._sync_entities(lease, heartbeat)
        except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - recorded below, and raised again if unforeseen
            self._stop(error)
        self._log.seconds = time.monotonic() - self._started
        self._close(lease)
        self._raise_expected_error()
        return self._result()  # not the recorded one: it also holds an error of the recording

    # ---------------------------------------------------------------------------------------------- beginning

    def _open(self, lease: Lease) -> None:
        for run in self._store.runs.list_unfinished():
            self._close_dead_run(run, lease)
        earlier = find_resumable_run(self._store, self._action, self._scope, lease.since)
        self._checkpoints = earlier.checkpoints if earlier else {}
        continues = earlier.id if self._checkpoints and earlier else None
        self._store.runs.start(self._record(lease, continues), lease.fence)
        self._journal.record_start(self._entities, continues)
        if not self._scope.dry_run:
            self._hooks.update_status(SyncStatus.RUNNING, lease, None, None)
        self._tracker.report(force=True)

    def _close_dead_run(self, run: RunRecord, lease: Lease) -> None:
        """Record the end of a dead run: first in the audit log, where nothing is removed, then in its record."""
        self._ensure_held(lease)
        events = self._store.audit.page(AuditQuery(run_id=run.id), MAX_RUN_EVENTS).events
        outcome = next((event.outcome for event in events if event.outcome), None)
        if outcome is None:
            self._journal.record_interruption(run)
        self._store.runs.interrupt(run.id, self.id, lease.fence, outcome or Outcome.INTERRUPTED)

    def _record(self, lease: Lease, continues: str | None) -> RunRecord:
        return RunRecord(
            id=self.id,
            action=str(self._action),
            operator=self._operator,
            scope=self._scope,
            started_at=lease.since,
            heartbeat_at=lease.since,
            continues=continues,
        )

    def _heartbeat(self, lease: Lease) -> Heartbeat:
        seconds = self._settings.lease_seconds
        return Heartbeat(self._store, lease, self.id, seconds, self._tracker.snapshot, self._cancel, self._requested_at)

    # ---------------------------------------------------------------------------------------------- the middle

    def _sync_entities(self, lease: Lease, heartbeat: Heartbeat) -> None:
        connector = self._hooks.create_connector(self._cancel, lambda _error, _delay: self._tracker.count_retry())
        try:
            self._log.server = connector.connect()
            context = Context(
                self.id,
                self._scope,
                self._settings,
                connector,
                self._store,
                lease,
                heartbeat,
                self._tracker,
                self._cancel,
            )
            with closing(Prefetcher(self._preflights(connector), self._cancel)) as preflights:
                for entity in self._entities:
                    self._cancel.raise_if_requested()
                    sync = EntitySync(entity, context, self._checkpoints.get(entity.id))
                    self._sync_entity(sync, entity, preflights, context)
        except RunCancelled as error:
            raise heartbeat.find_cause(error) from error
        finally:
            connector.disconnect()
            self._log.warnings += connector.warnings

    def _preflights(self, connector: OdooConnector) -> Iterator[EntityPreflight | SyncError]:
        """Run the preflight of each entity, one ahead of the entity at work; an error takes the place of its result."""
        cursors = self._store.integrations.cursors()
        for entity in self._entities:
            try:
                yield preflight(connector, entity, self._scope.domain, cursors.get(entity.id))
            except SyncError as error:
                yield error

    def _sync_entity(
        self, sync: EntitySync, entity: Entity, preflights: Iterator[EntityPreflight | SyncError], context: Context
    ) -> None:
        self._tracker.begin(entity.name)
        try:
            result = sync.run(lambda: _raise_or_return(next(preflights)))
        except (OdooError, StoreError, RunCancelled, LeaseLost) as error:
            result = self._failed_entity(sync, entity, context.heartbeat.find_cause(error))
            if isinstance(error, FATAL_ERRORS):
                raise
        finally:
            self._log.warnings += sync.warnings
        self._log.entities[entity.name] = result
        self._tracker.end(entity.name, EntityState(result.state), result.counts)
        self._save_facts(entity, result, context.lease)

    def _failed_entity(self, sync: EntitySync, entity: Entity, error: SyncError) -> EntityResult:
        state = STATE_BY_ERROR.get(type(error), EntityState.FAILED)
        seconds = self._tracker.elapsed_seconds(entity.name)
        before = sync.cursor_before
        result = EntityResult(entity.name, state, sync.counts, sync.census_size, seconds=seconds, cursor_before=before)
        self._log.entities[entity.name] = result
        self._tracker.end(entity.name, state, result.counts)
        if isinstance(error, OdooMissingModelError):
            self._log.warnings.append(Notice.from_error(error, entity.name))
        elif not isinstance(error, RunCancelled):
            self._log.errors.append(Notice.from_error(error, entity.name))
        return result

    def _save_facts(self, entity: Entity, result: EntityResult, lease: Lease) -> None:
        complete = result.state in (EntityState.SUCCESS, EntityState.PARTIAL)
        if complete and not self._scope.is_filtered and not self._scope.dry_run:
            facts = (result.census, count_changed_documents(result.counts))
            self._store.integrations.save_entity_statistics(entity.id, *facts, lease.fence)

    # ---------------------------------------------------------------------------------------------- the end

    def _stop(self, error: BaseException) -> None:
        """Collect an error that ends the run; the first one decides the outcome."""
        self._log.stopped_by = self._log.stopped_by or error
        self._log.lost = self._log.lost or isinstance(error, LeaseLost)
        if isinstance(error, KeyboardInterrupt):
            self._cancel.request("interrupted by SIGINT")
        if isinstance(error, SyncError) and not isinstance(error, RunCancelled):
            notice = Notice.from_error(error)
            if notice.message not in {known.message for known in self._log.errors}:
                self._log.errors.append(notice)
        elif not isinstance(error, SyncError):
            self._log.errors.append(
                Notice("unforeseen", f"An unforeseen {type(error).__name__} stopped the run.", "Please report it.")
            )

    def _result(self) -> SyncResult:
        error = self._log.stopped_by
        return SyncResult(
            run_id=self.id,
            action=str(self._action),
            outcome=self._outcome(),
            entities=self._log.entities,
            errors=tuple(self._log.errors),
            warnings=tuple(self._log.warnings),
            duration_seconds=self._log.seconds,
            retries=self._tracker.snapshot().retries,
            dry_run=self._scope.dry_run,
            retryable=self._log.lost or (isinstance(error, SyncError) and error.retryable),
        )

    def _outcome(self) -> Outcome:
        error = self._log.stopped_by
        if self._log.lost:
            return Outcome.INTERRUPTED
        if isinstance(error, RunCancelled | KeyboardInterrupt):
            return Outcome.CANCELLED
        states = {entity.state for entity in self._log.entities.values()}
        if error is None and states <= {EntityState.SUCCESS}:
            return Outcome.SUCCESS
        completed = states & {EntityState.SUCCESS, EntityState.PARTIAL}
        return Outcome.PARTIAL if completed else Outcome.FAILED

    def _close(self, lease: Lease) -> None:
        """Record the end everywhere, each record on its own: a failed one must not prevent the others.

        The audit log comes first, because the next run looks there for the end of a run that has none in its own
        record. After a lost lease the next run records the end.
        """
        self._collect_error(lambda: self._ensure_held(lease))
        if self._log.lost:
            return
        result = self._result()
        self._collect_error(lambda: self._journal.record_end(result, self._cancel.reason))
        self._collect_error(lambda: self._store.runs.finish(self.id, result, lease.fence))
        if not self._scope.dry_run:
            status, message = STATUS_BY_OUTCOME[result.outcome], select_error_message(result, self._cancel.reason)
            self._collect_error(lambda: self._hooks.update_status(status, lease, message, self._log.server))
        self._tracker.report(force=True)

    def _collect_error(self, record: Callable[[], object]) -> None:
        """Write one record of the end; an error is added to the result, which is no success then."""
        try:
            record()
        except (StoreError, LeaseLost) as error:
            self._stop(error)

    def _ensure_held(self, lease: Lease) -> None:
        requested_at = time.monotonic()
        if not self._store.leases.renew(lease, self._settings.lease_seconds):
            raise lease_lost()
        self._requested_at = requested_at

    def _raise_expected_error(self) -> None:
        error = self._log.stopped_by
        if error is not None and (isinstance(error, ConfigurationError) or not isinstance(error, SyncError)):
            raise error


def _raise_or_return(result: EntityPreflight | SyncError) -> EntityPreflight:
    if isinstance(result, SyncError):
        raise result
    return result


def count_changed_documents(counts: Counts) -> int:
    """Count the documents that were written or retired."""
    return counts.created + counts.updated + counts.reactivated + counts.deactivated


def select_error_message(result: SyncResult, cancel_reason: str) -> str | None:
    """Select the error message of the integration's status: the first error, else the first warning."""
    if result.outcome is Outcome.SUCCESS:
        return None
    if result.errors:
        return str(result.errors[0])
    if result.outcome is Outcome.CANCELLED:
        return f"The run was stopped: {cancel_reason}."
    return str(result.warnings[0]) if result.warnings else None
