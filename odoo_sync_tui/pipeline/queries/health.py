"""Query on the health of the integration, for everything that shows or reports it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from odoo_sync_tui.core.actions import Action
from odoo_sync_tui.core.reports.assessment import assess_sync, combine
from odoo_sync_tui.core.reports.health import Decision, Facts, IntegrationHealth, SyncHealth
from odoo_sync_tui.core.reports.overview import EntityCounts, IntegrationStatus
from odoo_sync_tui.core.run import RunRecord
from odoo_sync_tui.core.source import OdooSource
from odoo_sync_tui.entities.registry import list_entities
from odoo_sync_tui.store.database import Store

MAX_RUNS = 100
"""How many of the newest runs of a sync tell since when it is as it is. What is older is not forgotten: an entity that
none of them began is looked for among all of them."""


class HealthQueries:
    """Assess the health. The runs are read again when one of them has ended; may be called from any thread."""

    def __init__(self, store: Store) -> None:
        self._store = store
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
            ids = {entity.name: entity.id for entity in list_entities() if entity.action is action}
            sync, waiting = assess_sync(action, ids, runs, facts)
            syncs.append(sync)
            decisions += waiting
        return combine(syncs, decisions)

    def _runs(self, version: str) -> Mapping[Action, Sequence[RunRecord]]:
        cached = self._cached
        if cached is None or cached[0] != version:
            cached = self._cached = (version, {action: self._read_runs(action) for action in Action})
        return cached[1]

    def _read_runs(self, action: Action) -> Sequence[RunRecord]:
        """Read the newest runs, and for each entity that none of them began the newest one that did."""
        runs = [run for run in self._store.runs.list_unfiltered(action, MAX_RUNS) if not run.live]
        if len(runs) < MAX_RUNS:
            return runs
        missing = [each.name for each in list_entities() if each.action is action and not _is_begun(each.name, runs)]
        older = (self._store.runs.find_latest_of_entity(action, name) for name in missing)
        return runs + sorted((run for run in older if run), key=lambda run: run.started_at, reverse=True)


def _is_begun(name: str, runs: Sequence[RunRecord]) -> bool:
    return any(result.is_begun for run in runs if (result := run.entities.get(name)))


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
