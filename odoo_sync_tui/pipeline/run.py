"""One run from lease to release: whatever happens in between is recorded, told and cleaned up after."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime

from odoo_sync_tui.core.audit import AuditEvent, AuditQuery
from odoo_sync_tui.core.cancel import CancelToken
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
from odoo_sync_tui.core.words import Action, Outcome
from odoo_sync_tui.odoo.connector import OdooConnector, Server
from odoo_sync_tui.pipeline.ahead import Ahead
from odoo_sync_tui.pipeline.context import Context, RunSettings
from odoo_sync_tui.pipeline.entity_sync import EntitySync, Outlook, look
from odoo_sync_tui.pipeline.heartbeat import Heartbeat, lease_lost
from odoo_sync_tui.pipeline.journal import Journal
from odoo_sync_tui.pipeline.resume import run_to_continue
from odoo_sync_tui.pipeline.tracker import Tracker, empty_progress
from odoo_sync_tui.store.database import Store

INTEGRATION = "odoo"
EVENTS_OF_A_RUN = 10
"""More than a run ever writes."""

STATUS_OF_OUTCOME = {
    Outcome.SUCCESS: SyncStatus.SUCCESS,
    Outcome.PARTIAL: SyncStatus.PARTIAL,
    Outcome.FAILED: SyncStatus.FAILED,
    Outcome.CANCELLED: SyncStatus.PARTIAL,
    Outcome.INTERRUPTED: SyncStatus.FAILED,
}
"""``sync_status`` knows fewer words than a run: one that was stopped early is partly done."""

STATE_OF_ERROR: dict[type[SyncError], EntityState] = {
    OdooMissingModelError: EntityState.UNAVAILABLE,
    RunCancelled: EntityState.CANCELLED,
    LeaseLost: EntityState.INTERRUPTED,
}

STOPS_THE_RUN = (OdooSetupError, OdooTransientError, RunCancelled, LeaseLost, StoreError)
"""Errors after which the other entities would only meet the same."""


@dataclass(frozen=True, slots=True)
class Hooks:
    """What the service does for its runs: the helpers under which its callers know it."""

    create_connector: Callable[[CancelToken, Callable[[Exception, float], None]], OdooConnector]
    update_status: Callable[[SyncStatus, Lease, str | None, Server | None], None]
    log_event: Callable[[AuditEvent], None]


@dataclass(slots=True)
class _Told:
    """What the run has to tell at its end."""

    entities: dict[str, EntityResult] = field(default_factory=dict[str, EntityResult])
    errors: list[Notice] = field(default_factory=list[Notice])
    warnings: list[Notice] = field(default_factory=list[Notice])
    stopped_by: BaseException | None = None
    lost: bool = False  # the lease is, and so the end is another run's to tell
    server: Server | None = None
    seconds: float = 0.0


class Run:
    """One execution of a sync. Made for one use."""

    def __init__(
        self,
        action: Action,
        entities: Sequence[Entity],
        operator: Operator,
        scope: Scope,
        store: Store,
        settings: RunSettings,
        hooks: Hooks,
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
        self._began = self._asked_at = time.monotonic()
        now = datetime.now(UTC)
        progress = empty_progress(self.id, str(action), operator.name, operator.host, str(scope.mode), now)
        self._tracker = Tracker(progress, [entity.name for entity in entities], cancel, listener)
        self._journal = Journal(hooks.log_event, self.id, action, operator, scope)
        self._checkpoints: Mapping[str, Checkpoint] = {}
        self._told = _Told(warnings=list(store.notices))

    def execute(self) -> SyncResult:
        """Sync, and tell how it went.

        Raises:
            LeaseHeld: another run is at work; nothing was done.
            ConfigurationError: the operator has to set something right; recorded like every other failure.
            StoreError: MongoDB could not even be asked for the lease.
        """
        written = max(self._store.integrations.fence(), self._store.runs.newest_fence())
        self._asked_at = time.monotonic()
        lease = self._store.leases.acquire(INTEGRATION, self._operator, self.id, self._settings.lease_seconds, written)
        try:
            return self._execute(lease)
        finally:
            self._quietly(lambda: self._store.leases.release(lease))

    def _execute(self, lease: Lease) -> SyncResult:
        try:
            self._open(lease)
            with self._heartbeat(lease) as heartbeat:
                self._sync_entities(lease, heartbeat)
        except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - recorded below, and raised again if unforeseen
            self._stop(error)
        self._told.seconds = time.monotonic() - self._began
        self._close(lease)
        self._raise_what_callers_expect()
        return self._result()  # not what was recorded: where that failed, the caller has to hear of it

    # ---------------------------------------------------------------------------------------------- beginning

    def _open(self, lease: Lease) -> None:
        for run in self._store.runs.unfinished():
            self._close_for(run, lease)
        earlier = run_to_continue(self._store, self._action, self._scope, lease.since)
        self._checkpoints = earlier.checkpoints if earlier else {}
        continues = earlier.id if self._checkpoints and earlier else None
        self._store.runs.start(self._record(lease, continues), lease.fence)
        self._journal.started(self._entities, continues)
        if not self._scope.dry_run:
            self._hooks.update_status(SyncStatus.RUNNING, lease, None, None)
        self._tracker.report(at_once=True)

    def _close_for(self, run: RunRecord, lease: Lease) -> None:
        """Record the end of a run that died: first in the audit log, which nothing removes, then in its own record."""
        self._ensure_held(lease)
        events = self._store.audit.page(AuditQuery(run_id=run.id), EVENTS_OF_A_RUN).events
        told = next((event.outcome for event in events if event.outcome), None)
        if told is None:
            self._journal.interrupted(run)
        self._store.runs.interrupt(run.id, self.id, lease.fence, told or Outcome.INTERRUPTED)

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
        return Heartbeat(self._store, lease, self.id, seconds, self._tracker.snapshot, self._cancel, self._asked_at)

    # ---------------------------------------------------------------------------------------------- the middle

    def _sync_entities(self, lease: Lease, heartbeat: Heartbeat) -> None:
        connector = self._hooks.create_connector(self._cancel, lambda _error, _delay: self._tracker.retried())
        try:
            self._told.server = connector.connect()
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
            with closing(Ahead(self._outlooks(connector), self._cancel)) as outlooks:
                for entity in self._entities:
                    self._cancel.raise_if_requested()
                    sync = EntitySync(entity, context, self._checkpoints.get(entity.id))
                    self._sync_entity(sync, entity, outlooks, context)
        except RunCancelled as error:
            raise heartbeat.cause_of(error) from error
        finally:
            connector.disconnect()
            self._told.warnings += connector.warnings

    def _outlooks(self, connector: OdooConnector) -> Iterator[Outlook | SyncError]:
        """What Odoo says of each entity, or why it does not; the next one is asked about while one is at work."""
        cursors = self._store.integrations.cursors()
        for entity in self._entities:
            try:
                yield look(connector, entity, self._scope.domain, cursors.get(entity.id))
            except SyncError as error:
                yield error

    def _sync_entity(
        self, sync: EntitySync, entity: Entity, outlooks: Iterator[Outlook | SyncError], context: Context
    ) -> None:
        self._tracker.begin(entity.name)
        try:
            result = sync.run(lambda: _told(next(outlooks)))
        except (OdooError, StoreError, RunCancelled, LeaseLost) as error:
            result = self._failed_entity(sync, entity, context.heartbeat.cause_of(error))
            if isinstance(error, STOPS_THE_RUN):
                raise
        finally:
            self._told.warnings += sync.warnings
        self._told.entities[entity.name] = result
        self._tracker.end(entity.name, result.state, result.counts)
        self._save_facts(entity, result, context.lease)

    def _failed_entity(self, sync: EntitySync, entity: Entity, error: SyncError) -> EntityResult:
        state = STATE_OF_ERROR.get(type(error), EntityState.FAILED)
        seconds = self._tracker.seconds(entity.name)
        before = sync.cursor_before
        result = EntityResult(entity.name, state, sync.counts, sync.census, seconds=seconds, cursor_before=before)
        self._told.entities[entity.name] = result
        self._tracker.end(entity.name, state, result.counts)
        if isinstance(error, OdooMissingModelError):
            self._told.warnings.append(Notice.of(error, entity.name))
        elif not isinstance(error, RunCancelled):
            self._told.errors.append(Notice.of(error, entity.name))
        return result

    def _save_facts(self, entity: Entity, result: EntityResult, lease: Lease) -> None:
        complete = result.state in (EntityState.SUCCESS, EntityState.PARTIAL)
        if complete and not self._scope.filtered and not self._scope.dry_run:
            facts = (result.census, changed(result.counts))
            self._store.integrations.save_entity_facts(entity.id, *facts, lease.fence)

    # ---------------------------------------------------------------------------------------------- the end

    def _stop(self, error: BaseException) -> None:
        """Tell an error that ends the run; the first one counts."""
        self._told.stopped_by = self._told.stopped_by or error
        self._told.lost = self._told.lost or isinstance(error, LeaseLost)
        if isinstance(error, KeyboardInterrupt):
            self._cancel.request("interrupted by SIGINT")
        if isinstance(error, SyncError) and not isinstance(error, RunCancelled):
            notice = Notice.of(error)
            if notice.message not in {told.message for told in self._told.errors}:
                self._told.errors.append(notice)
        elif not isinstance(error, SyncError):
            self._told.errors.append(
                Notice("unforeseen", f"An unforeseen {type(error).__name__} stopped the run.", "Please report it.")
            )

    def _result(self) -> SyncResult:
        error = self._told.stopped_by
        return SyncResult(
            run_id=self.id,
            action=str(self._action),
            outcome=self._outcome(),
            entities=self._told.entities,
            errors=tuple(self._told.errors),
            warnings=tuple(self._told.warnings),
            duration_seconds=self._told.seconds,
            retries=self._tracker.snapshot().retries,
            dry_run=self._scope.dry_run,
            retryable=self._told.lost or (isinstance(error, SyncError) and error.retryable),
        )

    def _outcome(self) -> Outcome:
        error = self._told.stopped_by
        if self._told.lost:
            return Outcome.INTERRUPTED
        if isinstance(error, RunCancelled | KeyboardInterrupt):
            return Outcome.CANCELLED
        states = {entity.state for entity in self._told.entities.values()}
        if error is None and states <= {EntityState.SUCCESS}:
            return Outcome.SUCCESS
        reached = states & {EntityState.SUCCESS, EntityState.PARTIAL}
        return Outcome.PARTIAL if reached else Outcome.FAILED

    def _close(self, lease: Lease) -> None:
        """Record the end everywhere, each record on its own: that one cannot be written must not cost the others.

        The audit log comes first, because the next run looks there for the end of a run that has none in its own
        record. After a lost lease the end is that run's to tell.
        """
        self._quietly(lambda: self._ensure_held(lease))
        if self._told.lost:
            return
        result = self._result()
        self._quietly(lambda: self._journal.finished(result, self._cancel.reason))
        self._quietly(lambda: self._store.runs.finish(self.id, result, lease.fence))
        if not self._scope.dry_run:
            status, message = STATUS_OF_OUTCOME[result.outcome], error_message(result, self._cancel.reason)
            self._quietly(lambda: self._hooks.update_status(status, lease, message, self._told.server))
        self._tracker.report(at_once=True)

    def _quietly(self, record: Callable[[], object]) -> None:
        """Record something at the end. What fails is told in the result, which is no success then."""
        try:
            record()
        except (StoreError, LeaseLost) as error:
            self._stop(error)

    def _ensure_held(self, lease: Lease) -> None:
        asked = time.monotonic()
        if not self._store.leases.renew(lease, self._settings.lease_seconds):
            raise lease_lost()
        self._asked_at = asked

    def _raise_what_callers_expect(self) -> None:
        error = self._told.stopped_by
        if error is not None and (isinstance(error, ConfigurationError) or not isinstance(error, SyncError)):
            raise error


def _told(outlook: Outlook | SyncError) -> Outlook:
    if isinstance(outlook, SyncError):
        raise outlook
    return outlook


def changed(counts: Counts) -> int:
    """How many documents were written or retired."""
    return counts.created + counts.updated + counts.reactivated + counts.deactivated


def error_message(result: SyncResult, cancel_reason: str) -> str | None:
    """What the integration's status says is wrong: the first error, else the first reason not to call it a success."""
    if result.outcome is Outcome.SUCCESS:
        return None
    if result.errors:
        return str(result.errors[0])
    if result.outcome is Outcome.CANCELLED:
        return f"The run was stopped: {cancel_reason}."
    return str(result.warnings[0]) if result.warnings else None
