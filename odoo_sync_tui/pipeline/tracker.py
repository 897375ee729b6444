"""Where a run stands, kept in one place that its threads write and that listeners and the heartbeat read."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from odoo_sync_tui.core.cancel import CancelToken
from odoo_sync_tui.core.progress import EntityProgress, Phase, ProgressListener, RateEstimator, RunProgress
from odoo_sync_tui.core.result import Counts, EntityState

SECONDS_BETWEEN_REPORTS = 0.2


@dataclass(slots=True)
class _Tracked:
    progress: EntityProgress
    rate: RateEstimator = field(default_factory=RateEstimator)
    began: float | None = None


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
        self._entities = {name: _Tracked(EntityProgress(name)) for name in names}
        self._cancel = cancel
        self._listener = listener
        self._clock = clock
        self._began = clock()
        self._reported = float("-inf")
        self._lock = threading.Lock()

    def begin(self, name: str) -> None:
        """An entity's turn has come."""
        with self._lock:
            entity = self._entities[name]
            entity.began = self._clock()
            entity.progress = replace(entity.progress, state=EntityState.RUNNING, phase=Phase.CENSUS)
        self.report()

    def phase(self, name: str, phase: Phase) -> None:
        """What the entity is put through now."""
        self._change(name, phase=phase)

    def total(self, name: str, total: int) -> None:
        """How many rows the census holds, as far as is known."""
        self._change(name, total=total)

    def advance(self, name: str, rows: int, counts: Counts) -> None:
        """``rows`` more are settled, with these counts on top."""
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
        """The entity is finished, one way or another."""
        seconds = self.seconds(name)
        self._change(name, state=state, phase=None, counts=counts, rate=None, eta=None, seconds=seconds)
        self.report(at_once=True)

    def retried(self) -> None:
        """A call to Odoo had to be repeated."""
        with self._lock:
            self._base = replace(self._base, retries=self._base.retries + 1)
        self.report()

    def seconds(self, name: str) -> float:
        """How long the entity has been at work."""
        began = self._entities[name].began
        return 0.0 if began is None else self._clock() - began

    def snapshot(self) -> RunProgress:
        """The whole run as it stands."""
        with self._lock:
            return self._snapshot(self._clock())

    def report(self, *, at_once: bool = False) -> None:
        """Tell the listener, unless it has just been told."""
        if self._listener is None:
            return
        with self._lock:
            now = self._clock()
            if not at_once and now - self._reported < SECONDS_BETWEEN_REPORTS:
                return
            self._reported = now
            snapshot = self._snapshot(now)
        self._listener(snapshot)

    def _change(self, name: str, **changes: object) -> None:
        with self._lock:
            entity = self._entities[name]
            entity.progress = replace(entity.progress, **changes)  # pyright: ignore[reportArgumentType]
        self.report()

    def _snapshot(self, now: float) -> RunProgress:
        entities = tuple(self._stamped(entity, now) for entity in self._entities.values())
        return replace(self._base, seconds=now - self._began, entities=entities, stopping=self._cancel.requested)

    @staticmethod
    def _stamped(entity: _Tracked, now: float) -> EntityProgress:
        if entity.began is None or entity.progress.state is not EntityState.RUNNING:
            return entity.progress
        return replace(entity.progress, seconds=now - entity.began)


def empty_progress(run_id: str, action: str, operator: str, host: str, mode: str, started_at: datetime) -> RunProgress:
    """The progress of a run that has just begun."""
    return RunProgress(run_id, action, operator, host, mode, started_at, seconds=0.0, entities=())
