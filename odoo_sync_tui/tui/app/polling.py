"""Decide when to poll: never concurrently, rarely without focus, never behind another screen."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import datetime

from odoo_sync_tui.core.progress import RateEstimator, RunProgress
from odoo_sync_tui.tui.model.state import DashboardState

UNFOCUSED_POLL_SECONDS = 15.0


class PollGate:
    """State of one recurring job: whether it is running, and when it last began (monotonic seconds)."""

    def __init__(self) -> None:
        self.busy = False
        self._started_at = float("-inf")

    def try_start(self, now: float) -> bool:
        """Start the job unless it is running: jobs never queue up."""
        if self.busy:
            return False
        self.busy = True
        self._started_at = now
        return True

    def finish(self) -> None:
        """Mark the job as done, whatever its outcome."""
        self.busy = False

    def is_due(self, now: float, interval: float) -> bool:
        """Whether ``interval`` seconds have passed since the last start, less a tenth for timers that jitter."""
        return now - self._started_at >= interval * 0.9


def find_oldest_odoo_count(state: DashboardState) -> datetime | None:
    """Find the request time of the oldest Odoo count on the screen; ``None`` if one was never requested."""
    if state.overview is None or not state.overview.entities:
        return None
    requested_at = [entity.odoo_at for entity in state.overview.entities]
    known = [moment for moment in requested_at if moment is not None]
    return min(known) if len(known) == len(requested_at) else None


@dataclass(slots=True)
class _Sample:
    run_id: str
    at: float


class StallDetector:
    """Detector of a run without progress."""

    def __init__(self) -> None:
        self._last_seen: object = None
        self._reached_at: datetime | None = None

    def observe(self, progress: RunProgress, now: datetime) -> datetime:
        """Return when the run first reached this progress; the passing time alone is no progress."""
        current = (progress.run_id, *((each.state, each.phase, each.done, each.counts) for each in progress.entities))
        if self._reached_at is None or current != self._last_seen:
            self._last_seen, self._reached_at = current, now
        return self._reached_at


class RateHistory:
    """Rows per second of the shown run as a whole, one value per second, oldest first."""

    MAX_SAMPLES = 120

    def __init__(self) -> None:
        self._rates: deque[float] = deque(maxlen=self.MAX_SAMPLES)
        self._estimator = RateEstimator()
        self._last: _Sample | None = None

    def add(self, progress: RunProgress) -> tuple[float, ...]:
        """Add a sample if a second of the run has passed; a new run begins a new history."""
        last = self._last
        if last is None or last.run_id != progress.run_id:
            self._rates.clear()
            self._estimator = RateEstimator()
        elif progress.seconds - last.at < 1.0:
            return tuple(self._rates)
        self._last = _Sample(progress.run_id, progress.seconds)
        if progress.trouble:  # the chart stands still
            return tuple(self._rates)
        self._estimator.add(progress.seconds, sum(entity.done for entity in progress.entities))
        rate = self._estimator.rate()
        if rate is None:  # seen for the first time: the rate of the entity at work is all that is known
            rate = sum(entity.rate or 0.0 for entity in progress.entities)
        self._rates.append(rate)
        return tuple(self._rates)
