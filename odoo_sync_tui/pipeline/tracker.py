"""Progress of a run: written by its threads, read by listeners and the heartbeat."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from odoo_sync_tui.core.progress import EntityProgress, Phase, ProgressListener, RateEstimator, RunProgress, Trouble
from odoo_sync_tui.core.result import Counts, EntityState
from odoo_sync_tui.runtime.cancel import CancelToken

REPORT_INTERVAL_SECONDS = 0.2


@dataclass(slots=True)
class _EntityTrack:
    progress: EntityProgress
    rate: RateEstimator = field(default_factory=RateEstimator)
    started: float | None = None


class Tracker:
    """The progress of one run. Every method may be called from any thread."""

    def __init__(
        self,
        base: RunProgress,
        names: Sequence[str],
        cancel: CancelToken,
        listener: ProgressListener | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._base = base
        self._entities = {name: _EntityTrack(EntityProgress(name)) for name in names}
        self._cancel = cancel
        self._listener = listener
        self._clock = clock
        self._started = clock()
        self._last_report = float("-inf")
        self._odoo_trouble: Trouble | None = None
        self._store_trouble: Trouble | None = None
        self._lock = threading.Lock()

    def begin(self, name: str) -> None:
        """Start an entity."""
        with self._lock:
            entity = self._entities[name]
            entity.started = self._clock()
            entity.progress = replace(entity.progress, state=EntityState.RUNNING, phase=Phase.CENSUS)
        self.report()

    def set_phase(self, name: str, phase: Phase) -> None:
        """Set the phase of an entity."""
        self._change(name, phase=phase)

    def set_total(self, name: str, total: int) -> None:
        """Set the expected number of rows of an entity."""
        self._change(name, total=total)

    def advance(self, name: str, rows: int, counts: Counts) -> None:
        """Add ``rows`` that are done, and their counts."""
        with self._lock:
            entity = self._entities[name]
            old = entity.progress
            done = old.done + rows
            entity.rate.add(self._clock(), done)
            total = max(old.total, done) if old.total is not None else None
            entity.progress = replace(
                old,
                done=done,
                total=total,
                counts=old.counts + counts,
                rate=entity.rate.rate(),
                eta=entity.rate.eta(total),
            )
        self.report()

    def end(self, name: str, state: EntityState, counts: Counts) -> None:
        """End an entity with its final state and counts."""
        seconds = self.elapsed_seconds(name)
        self._change(name, state=state, phase=None, counts=counts, rate=None, eta=None, seconds=seconds)
        self.report(force=True)

    def set_odoo_trouble(self, trouble: Trouble | None) -> None:
        """Set what hinders the calls to Odoo, each time that one is repeated; ``None``: Odoo answers again."""
        with self._lock:
            self._odoo_trouble = trouble
            self._base = replace(self._base, retries=self._base.retries + (trouble is not None))
        self.report(force=True)

    def set_store_trouble(self, trouble: Trouble | None) -> None:
        """Set what hinders the way to MongoDB; ``None``: it is in sight again."""
        with self._lock:
            self._store_trouble = trouble
        self.report(force=True)

    def set_index_build(self, text: str | None) -> None:
        """Set which index is built before the run begins; ``None``: none any more."""
        self.set_store_trouble(Trouble("MongoDB", text) if text else None)

    def elapsed_seconds(self, name: str) -> float:
        """Return the seconds since an entity was started."""
        started = self._entities[name].started
        return 0.0 if started is None else self._clock() - started

    def snapshot(self) -> RunProgress:
        """Take a snapshot of the progress of the whole run."""
        with self._lock:
            return self._snapshot(self._clock())

    def report(self, *, force: bool = False) -> None:
        """Call the listener, unless it was called a moment ago; ``force``: in any case."""
        if self._listener is None:
            return
        with self._lock:
            now = self._clock()
            if not force and now - self._last_report < REPORT_INTERVAL_SECONDS:
                return
            self._last_report = now
            snapshot = self._snapshot(now)
        self._listener(snapshot)

    def _change(self, name: str, **changes: object) -> None:
        with self._lock:
            entity = self._entities[name]
            entity.progress = replace(entity.progress, **changes)  # pyright: ignore[reportArgumentType]
        self.report()

    def _snapshot(self, now: float) -> RunProgress:
        trouble = self._store_trouble or self._odoo_trouble
        return replace(
            self._base,
            seconds=now - self._started,
            entities=tuple(self._at(entity, now, in_trouble=trouble is not None) for entity in self._entities.values()),
            stopping=self._cancel.is_requested,
            trouble=trouble,
        )

    @staticmethod
    def _at(entity: _EntityTrack, now: float, *, in_trouble: bool) -> EntityProgress:
        """Return the progress at this moment: in trouble nothing moves, and nobody knows for how long."""
        progress = entity.progress
        if entity.started is None or progress.state is not EntityState.RUNNING:
            return progress
        if in_trouble:
            progress = replace(progress, rate=None, eta=None)
        return replace(progress, seconds=now - entity.started)


def empty_progress(run_id: str, action: str, operator: str, host: str, mode: str, started_at: datetime) -> RunProgress:
    """Create the progress of a run that has just started."""
    return RunProgress(run_id, action, operator, host, mode, started_at, seconds=0.0, entities=())
