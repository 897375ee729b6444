"""The sync service for the dashboard, the command line and scripts."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial

from odoo_sync_tui.core.actions import PAUSE, RESUME, Action, Outcome
from odoo_sync_tui.core.audit.events import AuditEvent
from odoo_sync_tui.core.cursor import FieldDrift
from odoo_sync_tui.core.entity import Entity
from odoo_sync_tui.core.errors import ConfigurationError, LeaseHeld, RunCancelled, StoreUnavailable, SyncError
from odoo_sync_tui.core.progress import Trouble
from odoo_sync_tui.core.reports.details import QuarantinedRow
from odoo_sync_tui.core.reports.differences import DifferenceListener
from odoo_sync_tui.core.reports.overview import DroppedEntity
from odoo_sync_tui.core.result import SyncResult
from odoo_sync_tui.core.run import Lease, LeaseState, OdooSource, SyncStatus
from odoo_sync_tui.core.schedule import Pause
from odoo_sync_tui.core.scope import Scope, Selection
from odoo_sync_tui.odoo.config import OdooConfig
from odoo_sync_tui.odoo.connector import OdooConnector, ServerInfo
from odoo_sync_tui.pipeline.catalog import build_change_policy
from odoo_sync_tui.pipeline.entity.context import RetirementLimit, RunSettings
from odoo_sync_tui.pipeline.entity.plan.selection import SelectionListener, check_selection_form, resolve_selection
from odoo_sync_tui.pipeline.run.audit_trail import make_drift_seen_event
from odoo_sync_tui.pipeline.run.dismissals import dismiss_rows, reopen_rows
from odoo_sync_tui.pipeline.run.follow_up.alerts import Announcer
from odoo_sync_tui.pipeline.run.follow_up.evidence import keep_expiries, verify_history_once_a_day
from odoo_sync_tui.pipeline.run.lease.dead_runs import operator_lease
from odoo_sync_tui.pipeline.run.lease.free_lease import free_lease
from odoo_sync_tui.pipeline.run.removal.drop_entity import drop_entity
from odoo_sync_tui.pipeline.run.request import RunRequest
from odoo_sync_tui.pipeline.run.store_guard import ensure_mask_key, ensure_same_source
from odoo_sync_tui.pipeline.run.sync_run import ServiceHooks, SyncRun
from odoo_sync_tui.pipeline.task import PipelineTask, make_connector
from odoo_sync_tui.pipeline.verifier import Verifier
from odoo_sync_tui.runtime.cancel import CancelToken
from odoo_sync_tui.settings.identity import current_operator
from odoo_sync_tui.store.documents.bulk_write import lease_taken_over

LOG = logging.getLogger(__name__)


class OdooSyncPipelineService(PipelineTask):
    """Keep the store in step with Odoo."""

    def sync_departments(self, user_id: str, scope: Scope = Scope()) -> SyncResult:
        """Sync ``hr.department`` into ``departments``. See :meth:`sync`."""
        return self.sync(Action.DEPARTMENTS, user_id, scope)

    def sync_users(self, user_id: str, scope: Scope = Scope()) -> SyncResult:
        """Sync ``hr.employee`` into ``users``. See :meth:`sync`."""
        return self.sync(Action.USERS, user_id, scope)

    def sync_data_lake(self, user_id: str, scope: Scope = Scope()) -> SyncResult:
        """Sync the entities of the data lake into ``data_lake_serving``. See :meth:`sync`."""
        return self.sync(Action.DATA_LAKE, user_id, scope)

    def sync(
        self,
        action: Action,
        user_id: str,
        scope: Scope = Scope(),
        *,
        on_selected: SelectionListener | None = None,
        on_difference: DifferenceListener | None = None,
    ) -> SyncResult:
        """Run one sync and return its result.

        Of a selection, Odoo is asked first: what is wrong with it is raised before anything is written.

        An error that stops a run on the way is in the result (outcome, errors), in the status and in the audit log.

        Args:
            action: the sync.
            user_id: the operator.
            scope: what it covers.
            on_selected: takes the number of selected rows of each entity before the run begins.
            on_difference: in a dry run, takes each document that would be changed. The run keeps none of them.

        Raises:
            ConfigurationError: a ``RuntimeError``: something has to be set right first.
            LeaseHeld: another run is at work.
            StoreUnavailable: MongoDB cannot be reached.
            OdooError: Odoo cannot be asked about the selection.
        """
        self._settings.ensure_writable()
        entities = self._catalog.select(action, scope.entities)
        if not entities:
            raise ConfigurationError(
                f"{action} has no entity that is switched on.", "Set enabled to true in its table of the settings."
            )
        announcer = self._make_announcer(user_id)
        try:
            return self._sync(action, user_id, scope, entities, announcer, on_selected, on_difference)
        except (LeaseHeld, RunCancelled, StoreUnavailable):
            raise
        except SyncError as error:
            if not (scope.dry_run or scope.is_filtered):
                announcer.announce_refusal(action, error)
            raise

    def announce_standing(self, user_id: str) -> None:
        """Tell the receivers of alerts which syncs are late and what ends soon, once.

        Raises:
            ConfigurationError: the settings say that nothing is written.
            StoreError: the store cannot be read.
        """
        self._settings.ensure_writable()
        if self._settings.alerts:
            self._make_announcer(user_id).announce_standing(self._read_standing())

    def _sync(
        self,
        action: Action,
        user_id: str,
        scope: Scope,
        entities: Sequence[Entity],
        announcer: Announcer,
        on_selected: SelectionListener | None,
        on_difference: DifferenceListener | None,
    ) -> SyncResult:
        selection = check_selection_form(scope.selection, entities) if scope.selection else None
        if not self._store.integrations.is_enabled():
            raise ConfigurationError(
                "The integration is switched off.", 'Set "enabled" to true in its document of "integrations".'
            )
        if scope.accept_mask_key and scope.is_filtered:
            raise ConfigurationError(
                "Another key for masks is accepted for all rows of an entity only.", "Leave the selection out."
            )
        ensure_mask_key(self._store, entities, accepts_other=scope.accept_mask_key)
        config = self._get_odoo_config()  # what is missing is refused before anything of a run is recorded
        if not scope.adopt_source:
            ensure_same_source(self._store.integrations.source(), OdooSource.of(config.url, config.database))
        selected: Mapping[str, int] = {}
        if selection:
            scope, selected = self._resolve(entities, scope, selection)
            if on_selected:
                on_selected(selected)
        operator, settings = current_operator(user_id), self._run_settings()
        request = RunRequest(action, entities, operator, scope, settings, self._catalog, selected)
        hooks = ServiceHooks(
            self._create_connector,
            self._update_integration_status,
            self._log_sync_event,
            on_difference,
            lambda connector: None if scope.dry_run else keep_expiries(self._store, connector.read_expiries),
            partial(self._follow_up, announcer, request),
        )
        with self._around_run():
            return SyncRun(request, self._store, hooks, self._cancel, self._on_progress).execute()

    def _make_announcer(self, user_id: str) -> Announcer:
        targets, operator = self._settings.alert_targets, current_operator(user_id)
        stored = self._store.integrations.config() if targets else None
        database = self._settings.odoo.database or (stored or {}).get("database", "")
        return Announcer(self._store, targets, self._log_sync_event, operator, database, self._cancel)

    def _follow_up(self, announcer: Announcer, request: RunRequest, result: SyncResult) -> None:
        announcer.announce_run(request, result, self._read_standing)
        self._verify_slice(request, result)
        verify_history_once_a_day(self._store, self._cancel)

    def _verify_slice(self, request: RunRequest, result: SyncResult) -> None:
        """Verify another slice of the contents, if the settings say so. The run is over, and does not fail of it."""
        percent, scope = self._settings.sync.verify_percent, request.scope
        is_whole = result.outcome in {Outcome.SUCCESS, Outcome.PARTIAL} and not (scope.dry_run or scope.is_filtered)
        verifier = Verifier(self._store, self._settings, catalog=self._catalog, cancel=self._cancel)
        try:
            if percent and is_whole:
                verifier.verify(request.entities, None, percent)
        except SyncError as error:
            LOG.warning("The store could not be verified after run %s: %s", result.run_id, error)

    def _resolve(
        self, entities: Sequence[Entity], scope: Scope, selection: Selection
    ) -> tuple[Scope, Mapping[str, int]]:
        """Resolve a selection over a connection of its own."""
        connector = self._create_connector(self._cancel)
        try:
            connector.connect()
            return resolve_selection(connector, self._store.erasures.leave_out(entities), scope, selection)
        finally:
            connector.disconnect()

    def close_dead_runs(self, user_id: str) -> None:
        """Record the end of runs that died or could not record it; while a run is at work, that one has done it.

        Raises:
            StoreError: the store cannot be read or written.
        """
        operator, seconds = current_operator(user_id), self._run_settings().lease_seconds
        if any(not run.live for run in self._store.runs.list_unfinished()):
            with suppress(LeaseHeld), operator_lease(self._store, self._log_sync_event, operator, seconds):
                return  # who takes the lease has closed them by now

    def free_lease(self, user_id: str, reason: str, holder: LeaseState | None) -> int:
        """Free the lease from the holder that the operator has seen; return its new fence. See :func:`free_lease`.

        Raises:
            ConfigurationError: the settings say that nothing is written.
            LeaseHeld: somebody else holds the lease by now; nothing was changed.
            StoreError: the store cannot be read or written.
        """
        self._settings.ensure_writable()
        operator, seconds = current_operator(user_id), self._run_settings().lease_seconds
        return free_lease(self._store, self._catalog, self._log_sync_event, operator, reason, holder, seconds)

    def drop_entity(
        self, user_id: str, name: str, reason: str, on_deleted: Callable[[int], None] = lambda _number: None
    ) -> DroppedEntity:
        """Delete what is left of an entity that is synced no more. See :func:`drop_entity`.

        Raises:
            ConfigurationError: the settings say that nothing is written, or the entity is none that may be dropped.
            LeaseHeld: a run is at work; nothing was changed.
            LeaseLost: another run took over; what was deleted stays deleted.
            StoreError: the store cannot be read or written.
        """
        self._settings.ensure_writable()
        what = current_operator(user_id), name, reason, self._run_settings().lease_seconds, on_deleted
        return drop_entity(self._store, self._catalog, self._log_sync_event, *what)

    def acknowledge_drift(
        self, user_id: str, entity_id: str, keys: Collection[str] | None = None
    ) -> tuple[FieldDrift, ...]:
        """Acknowledge what became of an entity's fields; return the changes that nobody had seen before.

        Args:
            user_id: the operator.
            entity_id: the entity.
            keys: the keys of what the operator has seen: a run may have found more meanwhile. ``None``: all of them.

        Raises:
            ConfigurationError: the settings say that nothing is written, or there is no such entity.
            StoreError: the store cannot be read or written.
        """
        self._settings.ensure_writable()
        operator, entity = current_operator(user_id), self._catalog.get(entity_id)
        known = self._store.integrations.drift(entity_id).values()
        unseen = [each for each in known if each.seen_by is None and (keys is None or each.key in keys)]
        seen = tuple(sorted(unseen, key=lambda each: (each.found_at, each.field)))
        if seen:
            self._log_sync_event(make_drift_seen_event(operator, entity, seen))
            self._store.integrations.acknowledge_drift(entity_id, [each.key for each in seen], user_id)
        return seen

    def dismiss_rows(
        self, user_id: str, entity_id: str, rows: Sequence[QuarantinedRow], reason: str, *, undo: bool = False
    ) -> tuple[QuarantinedRow, ...]:
        """Dismiss rows from the quarantine until they change, or take them back; return those that were.

        Raises:
            ConfigurationError, LeaseHeld, StoreError: as :func:`dismiss_rows` and :func:`reopen_rows` tell.
        """
        self._settings.ensure_writable()
        operator, seconds = current_operator(user_id), self._run_settings().lease_seconds
        entity, change = self._catalog.get(entity_id), reopen_rows if undo else dismiss_rows
        return change(self._store, self._log_sync_event, operator, seconds, entity, rows, reason)

    def pause(self, user_id: str, action: Action, reason: str, until: datetime | None = None) -> Pause:
        """Stop the scheduled runs of a sync, on every machine; return the pause. A run at work goes on.

        Args:
            user_id: the operator.
            action: the sync.
            reason: why, in the operator's words.
            until: when they go on by themselves; ``None``: when somebody calls :meth:`resume`.

        Raises:
            ConfigurationError: the settings say that nothing is written.
            StoreError: the store cannot be written.
        """
        self._settings.ensure_writable()
        pause = Pause(current_operator(user_id).name, datetime.now(UTC), until, reason)
        self._log_pause(user_id, PAUSE, action, {"event": "paused", "until": until, "reason": reason})
        self._store.pauses.save(action, pause)
        return pause

    def resume(self, user_id: str, action: Action) -> bool:
        """Let the scheduled runs of a sync go on; ``False``: it was not paused, and nothing was done.

        Raises:
            ConfigurationError: the settings say that nothing is written.
            StoreError: the store cannot be read or written.
        """
        self._settings.ensure_writable()
        if action not in self._store.pauses.read(datetime.now(UTC)):
            return False
        self._log_pause(user_id, RESUME, action, {"event": "resumed"})
        self._store.pauses.remove(action)
        return True

    def _log_pause(self, user_id: str, event: str, action: Action, details: Mapping[str, object]) -> None:
        operator, moment = current_operator(user_id), datetime.now(UTC)
        origin = {"sync": str(action), "host": operator.host, "pid": operator.pid}
        self._log_sync_event(AuditEvent(str(uuid.uuid4()), event, operator.name, moment, {**details, **origin}))

    def _get_odoo_config(self) -> OdooConfig:
        """Build the Odoo config from the settings, with the integration's document for what they leave open.

        Raises:
            ConfigurationError: something is missing.
        """
        return self._settings.build_odoo_config(self._store.integrations.config())

    def _create_connector(
        self, cancel: CancelToken, on_trouble: Callable[[Trouble | None], None] | None = None
    ) -> OdooConnector:
        """Create a connector that is not connected yet."""
        return make_connector(self._settings, self._store, cancel, on_trouble)

    def _update_integration_status(
        self,
        status: SyncStatus,
        lease: Lease,
        error_message: str | None = None,
        server: ServerInfo | None = None,
        covers_all: bool = True,
    ) -> None:
        """Record the state of the integration in its document; ``covers_all``: the run is not one of some rows only."""
        server_facts = (server.version, server.protocol) if server else None
        if not self._store.integrations.set_status(
            status, fence=lease.fence, error_message=error_message, server=server_facts, covers_all=covers_all
        ):
            raise lease_taken_over("the integration")

    def _log_sync_event(self, event: AuditEvent) -> None:
        """Append to the audit log."""
        self._store.audit.append(event)

    def _run_settings(self) -> RunSettings:
        sync = self._settings.sync
        return RunSettings(
            RetirementLimit(sync.retire_min, sync.retire_percent),
            timedelta(minutes=sync.overlap_minutes),
            sync.lease_seconds,
            sync.block_size,
            timedelta(hours=sync.census_hours),
            build_change_policy(self._settings, self._catalog),
            *self._settings.retention.keep,
        )
