"""Trends over the newest runs of each sync: how much they changed, and how long they took. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from statistics import median

from odoo_sync_tui.core.result import Counts
from odoo_sync_tui.core.run import RunRecord

MAX_RUNS = 30
"""Number of runs in a trend."""
OUTLIER = 3
"""A run is far from usual that took, read or changed more than so many times the median."""


@dataclass(frozen=True, slots=True)
class EntityTrend:
    """What the newest runs that began an entity changed in it, one figure for each run, oldest first.

    Attributes:
        changes: numbers of changed documents.
        last: the counts of the newest of these runs.
        rows: numbers of rows.
        seconds: how long they took.
    """

    changes: tuple[int, ...] = ()
    last: Counts = Counts()
    rows: tuple[int, ...] = ()
    seconds: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class SyncTrend:
    """How the newest ended runs of a sync went.

    Attributes:
        action: the sync.
        seconds: how long they took, oldest first.
        entities: the trends of its entities, by entity id.
        last: the newest of these runs, also where it died.
        rows: numbers of their rows, oldest first.
        changes: numbers of the documents that they changed, oldest first.
    """

    action: str
    seconds: tuple[float, ...] = ()
    entities: Mapping[str, EntityTrend] = field(default_factory=dict[str, EntityTrend])
    last: RunRecord | None = None
    rows: tuple[int, ...] = ()
    changes: tuple[int, ...] = ()


def find_outliers(values: Sequence[float], least: float = 0.0) -> Sequence[bool]:
    """Find which values are more than :data:`OUTLIER` times the median, and more than ``least``."""
    limit = OUTLIER * median(values) if values else 0.0
    return [0 < limit < value and value > least for value in values]


def find_sync_trend(action: str, ids: Mapping[str, str], runs: Sequence[RunRecord]) -> SyncTrend:
    """Find the trend of a sync.

    Args:
        action: the sync.
        ids: the ids of its entities, by their names.
        runs: its runs that have ended or died, newest first.
    """
    results = [run.result for run in islice(runs, MAX_RUNS) if run.result][::-1]
    return SyncTrend(
        action,
        tuple(each.duration_seconds for each in results),
        {ids[name]: _entity_trend(name, runs) for name in ids},
        next(iter(runs), None),
        tuple(each.counts.rows for each in results),
        tuple(each.counts.changed for each in results),
    )


def _entity_trend(name: str, runs: Sequence[RunRecord]) -> EntityTrend:
    results = (run.entities.get(name) for run in runs)
    begun = [result for result in results if result is not None and result.is_begun][:MAX_RUNS][::-1]
    return EntityTrend(
        tuple(each.counts.changed for each in begun),
        begun[-1].counts if begun else Counts(),
        tuple(each.counts.rows for each in begun),
        tuple(each.seconds for each in begun),
    )
