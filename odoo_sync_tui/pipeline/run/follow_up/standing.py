"""How all syncs stand by their newest runs: what one run alone cannot tell."""

from __future__ import annotations

from collections.abc import Sequence

from odoo_sync_tui.core.actions import Action
from odoo_sync_tui.core.reports.assessment import assess_sync, combine
from odoo_sync_tui.core.reports.health import HealthLevel, SyncHealth
from odoo_sync_tui.core.run import RunRecord
from odoo_sync_tui.entities.catalog import EntityCatalog
from odoo_sync_tui.store.database import Store

MAX_RUNS = 100
"""How many of the newest runs of a sync tell since when it is as it is. What is older is not forgotten: an entity that
none of them began is looked for among all of them."""


def read_sync_runs(store: Store, catalog: EntityCatalog, action: Action) -> Sequence[RunRecord]:
    """Read the newest unfiltered runs that have ended or died, and for each entity the newest one that began it.

    Raises:
        StoreError: the runs cannot be read.
    """
    runs = [run for run in store.runs.list_unfiltered(action, MAX_RUNS) if not run.live]
    if len(runs) < MAX_RUNS:
        return runs
    missing = [name for name in catalog.ids(action) if not _is_begun(name, runs)]
    older = (store.runs.find_latest_of_entity(action, name) for name in missing)
    return runs + sorted((run for run in older if run), key=lambda run: run.started_at, reverse=True)


def find_open_trouble(store: Store, catalog: EntityCatalog) -> str | None:
    """Find what is not in step of any sync, in a sentence; ``None`` where all entities that were ever begun are.

    Raises:
        StoreError: the runs cannot be read.
    """
    syncs: list[SyncHealth] = []
    for action in Action:
        runs = read_sync_runs(store, catalog, action)
        begun = {name: entity_id for name, entity_id in catalog.ids(action).items() if _is_begun(name, runs)}
        syncs.append(assess_sync(action, begun, runs, {})[0])
    health = combine(syncs, ())
    return health.reason if health.level in {HealthLevel.ATTENTION, HealthLevel.WRONG} else None


def _is_begun(name: str, runs: Sequence[RunRecord]) -> bool:
    return any(result.is_begun for run in runs if (result := run.entities.get(name)))
