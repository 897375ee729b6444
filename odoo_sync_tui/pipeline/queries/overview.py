"""Queries on the current state of the integration, for the dashboard and for ``status``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from datetime import UTC, datetime
from typing import Any

from odoo_sync_tui.core.audit.events import AuditPage, AuditQuery, ChainBreak, ChainReport, NotedHead, Order
from odoo_sync_tui.core.entity import Entity
from odoo_sync_tui.core.errors import ConfigurationError, OdooAccessError, OdooMissingModelError
from odoo_sync_tui.core.reports.assessment import list_concerns, mark_concerned, mark_late
from odoo_sync_tui.core.reports.overview import (
    DocumentCounts,
    EntityCounts,
    EntitySummary,
    ErasedRecord,
    Erasure,
    IntegrationStatus,
    Overview,
    ProofPage,
    Standing,
)
from odoo_sync_tui.core.result import EntityState
from odoo_sync_tui.core.run import INTEGRATION, LeaseReport, LeaseState, RunRecord
from odoo_sync_tui.core.schedule import ONE_DAY
from odoo_sync_tui.entities.catalog import EntityCatalog
from odoo_sync_tui.odoo.connector import OdooConnector
from odoo_sync_tui.pipeline.queries.count_cache import CountCache
from odoo_sync_tui.pipeline.queries.health import HealthQueries
from odoo_sync_tui.pipeline.queries.schedule import ScheduleQueries
from odoo_sync_tui.pipeline.run.follow_up.evidence import verify_history
from odoo_sync_tui.pipeline.run.lease.free_lease import examine_lease
from odoo_sync_tui.pipeline.run.removal.drop_entity import get_left_over, list_entities, list_left_over
from odoo_sync_tui.pipeline.run.removal.erase_record import find_erasure
from odoo_sync_tui.pipeline.task import make_connector
from odoo_sync_tui.runtime.cancel import CancelToken
from odoo_sync_tui.settings.model import Settings
from odoo_sync_tui.settings.urls import redact_value
from odoo_sync_tui.store.database import Store
from odoo_sync_tui.store.runs.integrations import EntityStatistics

NEVER = EntityStatistics()


class OverviewQueries:
    """Read the store; write only cancel requests and Odoo's counts. Every method may be called from any thread."""

    def __init__(self, store: Store, settings: Settings, catalog: EntityCatalog, schedule: ScheduleQueries) -> None:
        self._store = store
        self._schedule = schedule
        self._settings = settings
        self._catalog = catalog
        self._health = HealthQueries(store, catalog)
        self._count_cache = CountCache(lambda: store.documents.counts([entity.target for entity in catalog]))

    def get_overview(self, events: int = 50) -> Overview:
        """Get the state of the integration, with the newest audit events.

        Raises:
            StoreError: MongoDB cannot be read.
        """
        lease = self.get_lease()
        live = self._live_run(lease)
        last = live or next(iter(self._store.runs.list_latest(1)), None)
        version = _counts_version(last)
        integration = self._integration(lease)
        entities = list_entity_counts(self._store, self._catalog.entities, self._count_cache.get(version))
        health = self._health.assess(version, integration, entities)
        planned = self._schedule.list_planned(version, health)
        evidence, now = self._store.evidence.read(), datetime.now(UTC)
        concerns = tuple(list_concerns(evidence.expiries, evidence.audit, evidence.proofs, entities, now))
        synced = [each.name for each in entities if each.synced_at] if self._settings.sync.verify_percent else []
        return Overview(
            at=now,
            integration=integration,
            store=self._store.info,
            entities=entities,
            events=self._store.audit.page(AuditQuery(), events).events,
            live_run=live,
            last_run=last,
            lease=lease,
            health=mark_concerned(mark_late(health, planned), concerns),
            trends=self._health.list_trends(version),
            planned=planned,
            concerns=concerns,
            expiries=evidence.expiries,
            proofs=tuple(map(evidence.proofs.get, synced)),
        )

    def read_standing(self) -> Standing:
        """Read how all syncs stand against the clock, without counting anything.

        Raises:
            StoreError: MongoDB cannot be read.
        """
        version = _counts_version(next(iter(self._store.runs.list_latest(1)), None))
        health = self._health.assess(version, IntegrationStatus(), ())
        return Standing(self._schedule.list_planned(version, health), self._store.evidence.read().expiries)

    def read_proof(self) -> ProofPage:
        """Read what is proved of each entity that was synced, and verify the audit history.

        Raises:
            StoreError: MongoDB cannot be read.
        """
        statistics, proofs = self._store.integrations.entity_statistics(), self._store.evidence.read().proofs
        synced = {each.id for each in self._catalog if each.id in proofs or statistics.get(each.id, NEVER).synced_at}
        return ProofPage(
            datetime.now(UTC),
            self._store.integrations.source(),
            self._store.info,
            {each.id: proofs.get(each.id) for each in self._catalog if each.id in synced},
            self.verify_audit_log(lambda _: None),
        )

    def list_entities(self) -> tuple[EntitySummary, ...]:
        """List all entities that are synced, or that anything is left of."""
        return list_entities(self._store, self._catalog)

    def list_left_over(self) -> tuple[EntitySummary, ...]:
        """List the entities that are synced no more and have documents. The overview does without: it is read often."""
        return list_left_over(self._store, self._catalog)

    def get_left_over(self, name: str) -> EntitySummary:
        """Get what is left of an entity that may be dropped.

        Raises:
            ConfigurationError: there is none of this name.
        """
        return get_left_over(self._store, self._catalog, name)

    def find_erasure(self, name: str, odoo_id: int) -> Erasure:
        """Find what would be erased with a record.

        Raises:
            ConfigurationError: there is no such entity, or none whose records may be erased.
        """
        return find_erasure(self._store, self._catalog, name, odoo_id)

    def list_erased(self) -> list[ErasedRecord]:
        """List the records that were erased, by model and id."""
        return self._store.erasures.list_records()

    def list_events(
        self, query: AuditQuery, limit: int, after: str | None = None, order: Order = Order.NEWEST_FIRST
    ) -> AuditPage:
        """List a page of audit events."""
        return self._store.audit.page(query, limit, after, order)

    def count_events(self, query: AuditQuery, at_most: int) -> int:
        """Count the audit events that match; stop at ``at_most``."""
        return self._store.audit.count(query, at_most)

    def verify_audit_log(self, on_break: Callable[[ChainBreak], None], noted: NotedHead | None = None) -> ChainReport:
        """Check whether anybody has changed the history; each problem is passed to ``on_break`` at once.

        ``noted`` is the head of an earlier verification.
        """
        is_kept = not self._settings.is_read_only
        return verify_history(self._store, on_break, noted, is_kept=is_kept)

    def get_run(self, run_id: str) -> RunRecord | None:
        """Get the record of a run."""
        return self._store.runs.get(run_id)

    def list_runs(self, limit: int) -> list[RunRecord]:
        """List the runs that started last, newest first."""
        return self._store.runs.list_latest(limit)

    def list_live_runs(self) -> list[RunRecord]:
        """List the run that is at work now, on any host."""
        return [run for run in self._store.runs.list_unfinished() if run.live]

    def get_lease(self) -> LeaseState | None:
        """Get the lease with its present or last holder."""
        return self._store.leases.state(INTEGRATION)

    def examine_lease(self) -> LeaseReport:
        """Examine the lease, and look in all documents for the highest fence."""
        return examine_lease(self._store, self._catalog)

    def request_cancel(self, run_id: str, by: str, reason: str = "") -> bool:
        """Ask a run, on any host, to stop at its next page. False when the run has ended already.

        Raises:
            ConfigurationError: the settings say that nothing is written.
        """
        self._settings.ensure_writable()
        return self._store.runs.request_cancel(run_id, by, reason)

    def refresh_odoo_counts(self, cancel: CancelToken) -> None:
        """Save how many rows each entity has in Odoo, unless a run is live: a run needs the server for itself.

        Raises:
            ConfigurationError, OdooError: Odoo cannot be read.
            StoreError: the counts cannot be saved.
            RunCancelled: a stop was requested.
        """
        lease = self.get_lease()
        if lease is not None and lease.live:
            return
        with make_connector(self._settings, self._store, cancel) as connector:
            self._store.integrations.save_odoo_counts(
                _count_in_odoo(connector, self._store.erasures.leave_out(self._catalog)), datetime.now(UTC)
            )

    def _live_run(self, lease: LeaseState | None) -> RunRecord | None:
        """Find the live run by the lease: among the newest runs one with a fast clock may come first."""
        run = self._store.runs.get(lease.run_id) if lease and lease.live and lease.run_id else None
        return run if run and run.live else None

    def _integration(self, lease: LeaseState | None) -> IntegrationStatus:
        status = self._store.integrations.status(lease)
        try:
            config = self._settings.build_odoo_config(self._store.integrations.config())
        except ConfigurationError as error:
            return replace(status, url=redact_value(status.url), settings_problem=str(error))
        return replace(status, url=config.url, database=config.database, username=config.username)


def list_entity_counts(
    store: Store, entities: Sequence[Entity], documents: Sequence[DocumentCounts]
) -> tuple[EntityCounts, ...]:
    """List the numbers of the entities, whose ``documents`` are counted already.

    Raises:
        StoreError: the store cannot be read.
    """
    statistics = store.integrations.entity_statistics()
    quarantined = store.quarantine.counts(since=datetime.now(UTC) - ONE_DAY)
    dismissed = store.quarantine.dismissed_ids()
    lacking = {
        entity.id: len(ids) - len(store.documents.find_page(entity, ids, ()).states)
        for entity in entities
        if (ids := dismissed.get(entity.id))
    }
    return tuple(
        EntityCounts(
            name=entity.id,
            title=entity.title,
            **counted._asdict(),
            quarantined=quarantined.get(entity.id, (0, 0))[0],
            newly_quarantined=quarantined.get(entity.id, (0, 0))[1],
            dismissed=len(dismissed.get(entity.id, ())),
            lacking=lacking.get(entity.id, 0),
            **_get_figures(statistics.get(entity.id, EntityStatistics())),
        )
        for entity, counted in zip(entities, documents, strict=True)
    )


def _get_figures(statistics: EntityStatistics) -> dict[str, Any]:
    return {each.name: getattr(statistics, each.name) for each in fields(statistics)}


def _counts_version(run: RunRecord | None) -> str:
    """Version of counts and health: another text for each run, for each entity that has ended, and for its end."""
    if run is None:
        return ""
    entities = run.progress.entities if run.progress else ()
    ended = sum(entity.state not in {EntityState.WAITING, EntityState.RUNNING} for entity in entities)
    return f"{run.id} {ended} {run.outcome} {run.live}"


def _count_in_odoo(connector: OdooConnector, entities: Sequence[Entity]) -> dict[str, int | None]:
    """Count the rows of each entity; ``None`` where the model is missing or the Odoo user may not read it."""
    counts: dict[str, int | None] = {}
    for entity in entities:
        try:
            counts[entity.id] = connector.count(entity)
        except (OdooMissingModelError, OdooAccessError):
            counts[entity.id] = None
    return counts
