"""Queries on the health of the integration and its trends, for everything that shows or reports them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from odoo_sync_tui.core.actions import Action
from odoo_sync_tui.core.reports.assessment import assess_sync, combine
from odoo_sync_tui.core.reports.health import Decision, Facts, IntegrationHealth, SyncHealth
from odoo_sync_tui.core.reports.overview import EntityCounts, IntegrationStatus
from odoo_sync_tui.core.reports.trends import SyncTrend, find_sync_trend
from odoo_sync_tui.core.run import OdooSource, RunRecord
from odoo_sync_tui.entities.catalog import EntityCatalog
from odoo_sync_tui.pipeline.run.follow_up.standing import read_sync_runs
from odoo_sync_tui.store.database import Store


class HealthQueries:
    """Assess the health. The runs are read again when one of them has ended; may be called from any thread."""

    def __init__(self, store: Store, catalog: EntityCatalog) -> None:
        self._store = store
        self._catalog = catalog
        self._cached: tuple[str, Mapping[Action, Sequence[RunRecord]]] | None = None

    def assess(self, version: str, integration: IntegrationStatus, counts: Sequence[EntityCounts]) -> IntegrationHealth:
        """Assess the integration.

        Args:
            version: another text whenever a run, or an entity of a run, has ended.
            integration: its status, with the address and database that the settings name.
            counts: the counts of all entities.

        Raises:
            StoreError: the store cannot be read.
        """
        facts = {each.name: _facts(each) for each in counts}
        runs_by_action = self._runs(version)
        syncs: list[SyncHealth] = []
        decisions = _source_decision(integration)
        for action, runs in runs_by_action.items():
            sync, waiting = assess_sync(action, self._catalog.ids(action), runs, facts)
            syncs.append(sync)
            decisions += waiting
        return combine(syncs, decisions)

    def list_trends(self, version: str) -> tuple[SyncTrend, ...]:
        """List the trends of all syncs; ``version`` is that of :meth:`assess`.

        Raises:
            StoreError: the store cannot be read.
        """
        runs = self._runs(version)
        return tuple(find_sync_trend(action, self._catalog.ids(action), runs[action]) for action in runs)

    def _runs(self, version: str) -> Mapping[Action, Sequence[RunRecord]]:
        cached = self._cached
        if cached is None or cached[0] != version:
            runs = {action: read_sync_runs(self._store, self._catalog, action) for action in Action}
            cached = self._cached = (version, runs)
        return cached[1]


def _facts(counts: EntityCounts) -> Facts:
    gap = counts.gap if counts.is_counted_by_run else None
    return Facts(counts.quarantined, max(gap, 0) if gap is not None else None)


def _source_decision(integration: IntegrationStatus) -> list[Decision]:
    """List the decision about another Odoo in the settings than the one whose records the store holds."""
    stored = integration.source
    if stored is None or not integration.url or not integration.database:
        return []
    source = OdooSource.of(integration.url, integration.database)
    if stored.is_same_as(source):
        return []
    message = f"the store holds records of {stored}, but the settings name {source}"
    return [Decision("source", "", None, message, "correct the settings, or sync WHAT --adopt-source")]
