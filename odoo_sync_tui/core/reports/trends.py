"""Trends over the newest runs of each sync: how much they changed, and how long they took. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from odoo_sync_tui.core.result import Counts
from odoo_sync_tui.core.run import RunRecord

MAX_RUNS = 30
"""Number of runs in a trend."""


@dataclass(frozen=True, slots=True)
class EntityTrend:
    """What the newest runs that began an entity changed in it.

    Attributes:
        changes: numbers of changed documents, one for each run, oldest first.
        last: the counts of the newest of these runs.
    """

    changes: tuple[int, ...] = ()
    last: Counts = Counts()


@dataclass(frozen=True, slots=True)
class SyncTrend:
    """How the newest ended runs of a sync went.

    Attributes:
        action: the sync.
        seconds: how long they took, oldest first.
        entities: the trends of its entities, by entity id.
        last: the newest of these runs, also where it died.
    """

    action: str
    seconds: tuple[float, ...] = ()
    entities: Mapping[str, EntityTrend] = field(default_factory=dict[str, EntityTrend])
    last: RunRecord | None = None


def find_sync_trend(action: str, ids: Mapping[str, str], runs: Sequence[RunRecord]) -> SyncTrend:
    """Find the trend of a sync.

    Args:
        action: the sync.
        ids: the ids of its entities, by their names.
        runs: its runs that have ended or died, newest first.
    """
    seconds = [run.result.duration_seconds for run in islice(runs, MAX_RUNS) if run.result]
    entities = {ids[name]: _entity_trend(name, runs) for name in ids}
    return SyncTrend(action, tuple(reversed(seconds)), entities, next(iter(runs), None))


def _entity_trend(name: str, runs: Sequence[RunRecord]) -> EntityTrend:
    results = (run.entities.get(name) for run in runs)
    begun = [result.counts for result in results if result is not None and result.is_begun][:MAX_RUNS]
    return EntityTrend(tuple(counts.changed for counts in reversed(begun)), begun[0]) if begun else EntityTrend()
