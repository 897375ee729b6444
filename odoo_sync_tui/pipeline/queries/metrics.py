"""Figures for a monitoring system: what they are, and the file in which another program finds them."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path

from odoo_sync_tui.core.actions import Outcome
from odoo_sync_tui.core.errors import SyncError
from odoo_sync_tui.core.reports.assessment import format_action
from odoo_sync_tui.core.reports.health import EntityHealth, HealthLevel, SyncHealth
from odoo_sync_tui.core.reports.overview import EntityCounts, Overview
from odoo_sync_tui.core.reports.trends import EntityTrend, SyncTrend
from odoo_sync_tui.core.result import Counts
from odoo_sync_tui.core.run import RunRecord
from odoo_sync_tui.core.schedule import PlannedSync, Punctuality
from odoo_sync_tui.core.text.exposition import Gauge, Sample, format_exposition, merge_expositions
from odoo_sync_tui.runtime.files import write_public

LOG = logging.getLogger(__name__)

INTERVAL_SECONDS = 60.0
MAX_JOIN_SECONDS = 5.0
"""How long the end of a run waits for a writing that hangs."""

_SYNC, _SYNC_STATE = ("sync",), ("sync", "state")
_ENTITY, _ENTITY_STATE = ("sync", "entity"), ("sync", "entity", "state")

HEALTH = Gauge(
    "odoo_sync_health_state", "1 for the word that the health of a sync is in, 0 for the others.", _SYNC_STATE
)
LAST_SUCCESS = Gauge(
    "odoo_sync_last_success_timestamp_seconds", "When all of a sync was last known to be in step.", _SYNC
)
LATE_AFTER = Gauge("odoo_sync_late_after_seconds", "How long after its last success a sync is late.", _SYNC)
LATE = Gauge("odoo_sync_late", "1 for a sync that is late, where anything is expected of it.", _SYNC)
PAUSED = Gauge("odoo_sync_paused", "1 for a sync whose scheduled runs are paused.", _SYNC)
DUE = Gauge("odoo_sync_due_timestamp_seconds", "When the next scheduled run of a sync begins.", _SYNC)
LAST_RUN = Gauge("odoo_sync_last_run_timestamp_seconds", "When the newest run of a sync ended.", _SYNC)
LAST_RUN_DURATION = Gauge("odoo_sync_last_run_duration_seconds", "How long the newest run of a sync took.", _SYNC)
LAST_RUN_STATE = Gauge(
    "odoo_sync_last_run_state", "1 for the outcome of the newest run of a sync, 0 for the others.", _SYNC_STATE
)
LAST_RUN_ROWS = Gauge(
    "odoo_sync_last_run_rows", "Rows by what the newest run of an entity did about them.", _ENTITY_STATE
)
DOCUMENTS = Gauge("odoo_sync_documents", "Documents in the store, active and inactive.", _ENTITY_STATE)
ODOO_ROWS = Gauge("odoo_sync_odoo_rows", "Rows in Odoo when they were last counted, archived ones included.", _ENTITY)
GAP = Gauge("odoo_sync_gap_rows", "Rows of Odoo that the store lacks; below 0: documents too many.", _ENTITY)
QUARANTINED = Gauge("odoo_sync_quarantined_rows", "Rows in quarantine.", _ENTITY)
WITHHELD = Gauge(
    "odoo_sync_withheld_documents", "Documents that were not retired, and wait for an operator to confirm it.", _ENTITY
)
DRIFT = Gauge("odoo_sync_drift_fields", "Changes of fields in Odoo that nobody has acknowledged.", _ENTITY)
EXPIRY = Gauge("odoo_sync_expiry_timestamp_seconds", "When what the sync needs ends, where that is known.", ("what",))
RUNNING = Gauge("odoo_sync_running", "1 for the sync that is at work.", _SYNC)
RUN_START = Gauge("odoo_sync_run_start_timestamp_seconds", "When the run that is at work began.", _SYNC)
RUN_ROWS = Gauge("odoo_sync_run_rows", "Rows that the run at work has done so far.", _ENTITY)
LEASE_HELD = Gauge("odoo_sync_lease_held", "1 while somebody holds the lease.")
LEASE_EXPIRY = Gauge("odoo_sync_lease_expiry_timestamp_seconds", "When the lease ends unless it is renewed.")
SOURCE_UP = Gauge(
    "odoo_sync_source_up",
    "1 for a source of many whose figures are here, 0 for one that could not be read.",
    ("source",),
)

GAUGES = (
    HEALTH, LAST_SUCCESS, LATE_AFTER, LATE, PAUSED, DUE, LAST_RUN, LAST_RUN_DURATION, LAST_RUN_STATE, LAST_RUN_ROWS,
    DOCUMENTS, ODOO_ROWS, GAP, QUARANTINED, WITHHELD, DRIFT, EXPIRY, RUNNING, RUN_START, RUN_ROWS, LEASE_HELD,
    LEASE_EXPIRY, SOURCE_UP,
)  # fmt: skip
"""All of them, in the order of the manual."""


def format_metrics(overview: Overview, source: str = "") -> Iterator[str]:
    """Yield the state of the integration as lines for Prometheus. They hold numbers, and no value of a record.

    Args:
        overview: the state.
        source: the name of the source, for a label; empty: there is one Odoo alone.
    """
    return format_exposition(_list_samples(overview), source)


def merge_metrics(texts: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """Yield the lines of many sources as one text, with a gauge that says of which there are none.

    Args:
        texts: the lines of each source by its name; none of one that could not be read.
    """
    up = format_exposition(SOURCE_UP.at(bool(lines), name) for name, lines in texts.items())
    return merge_expositions([*texts.values(), up])


def _list_samples(overview: Overview) -> Iterator[Sample]:
    counts = {each.name: each for each in overview.entities}
    for health in overview.health.syncs:
        sync = format_action(health.action)
        trend = next((each for each in overview.trends if each.action == health.action), SyncTrend(health.action))
        yield from (HEALTH.at(health.level is level, sync, level) for level in HealthLevel)
        yield LAST_SUCCESS.at(health.last_success, sync)
        yield from _planned_samples(sync, overview.find_planned(health.action))
        yield from _last_run_samples(sync, trend.last)
        yield from _live_samples(sync, overview.live_run, health)
        for entity in health.entities:
            yield from _entity_samples(sync, entity, counts.get(entity.id), trend.entities.get(entity.id))
    yield from (EXPIRY.at(end, thing) for thing, end in overview.expiries.ends.items())
    lease = overview.lease
    is_held = lease is not None and lease.live
    yield LEASE_HELD.at(is_held)
    yield LEASE_EXPIRY.at(lease.expires_at if lease and is_held else None)


def _planned_samples(sync: str, planned: PlannedSync | None) -> Iterator[Sample]:
    yield PAUSED.at(planned is not None and planned.pause is not None, sync)
    if planned is None:
        return
    yield DUE.at(planned.due and planned.due.at, sync)
    if planned.punctuality:
        yield LATE.at(planned.punctuality is Punctuality.LATE, sync)
    if planned.late_after:
        yield LATE_AFTER.at(planned.late_after.total_seconds(), sync)


def _last_run_samples(sync: str, run: RunRecord | None) -> Iterator[Sample]:
    if run is None:
        return
    died = (run.ended_at - run.started_at).total_seconds()
    yield LAST_RUN.at(run.ended_at, sync)
    yield LAST_RUN_DURATION.at(run.result.duration_seconds if run.result else died, sync)
    outcome = run.outcome or Outcome.INTERRUPTED
    yield from (LAST_RUN_STATE.at(outcome is each, sync, each) for each in Outcome)


def _live_samples(sync: str, run: RunRecord | None, health: SyncHealth) -> Iterator[Sample]:
    is_running = run is not None and run.action == health.action
    yield RUNNING.at(is_running, sync)
    if run is None or not is_running:
        return
    yield RUN_START.at(run.started_at, sync)
    known = {entity.name for entity in health.entities}
    for progress in run.progress.entities if run.progress else ():
        if progress.name in known:
            yield RUN_ROWS.at(progress.done, sync, progress.name)


def _entity_samples(
    sync: str, health: EntityHealth, counts: EntityCounts | None, trend: EntityTrend | None
) -> Iterator[Sample]:
    labels = (sync, health.name)
    yield WITHHELD.at(health.withheld, *labels)
    if counts:
        yield from (DOCUMENTS.at(getattr(counts, state), *labels, state) for state in ("active", "inactive"))
        yield ODOO_ROWS.at(counts.odoo, *labels)
        yield GAP.at(counts.gap, *labels)
        yield QUARANTINED.at(counts.quarantined, *labels)
        yield DRIFT.at(len(counts.drift), *labels)
    if trend and trend.changes:
        kinds = (each.name for each in fields(Counts))
        yield from (LAST_RUN_ROWS.at(getattr(trend.last, kind), *labels, kind) for kind in kinds)


class MetricsFile:
    """The file of the metrics. A file that cannot be written is logged, and nothing else suffers.

    Args:
        path: the file; ``None``: none is wanted.
        read: reads the state of the integration.
        source: the name of the source; empty: there is one Odoo alone.
        interval: seconds between two writings while a run is at work.
    """

    def __init__(
        self,
        path: Path | None,
        read: Callable[[], Overview],
        source: str = "",
        interval: float = INTERVAL_SECONDS,
    ) -> None:
        self._path = path
        self._read = read
        self._source = source
        self._interval = interval

    @contextmanager
    def keep_fresh(self) -> Generator[None]:
        """Write the file again and again during the block, and once more after it."""
        path = self._path
        if path is None:
            yield
            return
        ended = threading.Event()
        thread = threading.Thread(target=self._write_until, args=(path, ended), name="metrics", daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join(MAX_JOIN_SECONDS)
            self._write(path)

    def _write_until(self, path: Path, ended: threading.Event) -> None:
        while not ended.wait(self._interval):
            self._write(path)

    def _write(self, path: Path) -> None:
        try:
            write_public(path, (f"{line}\n" for line in format_metrics(self._read(), self._source)))
        except (SyncError, OSError) as error:
            LOG.warning("The metrics could not be written to %s: %s", path, error)
