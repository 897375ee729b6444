"""When the dashboard reads the store and asks Odoo: never two at once, rarely when nobody looks, not when covered."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import datetime

from odoo_sync_tui.core.progress import RunProgress
from odoo_sync_tui.tui.state import DashboardState

SECONDS_BETWEEN_READINGS_UNSEEN = 15.0


class Rhythm:
    """One recurring job: whether it is at work, and when it last began (monotonic seconds)."""

    def __init__(self) -> None:
        self.busy = False
        self._began = float("-inf")

    def begin(self, at: float) -> bool:
        """Begin, unless it is at work already: jobs never queue up."""
        if self.busy:
            return False
        self.busy = True
        self._began = at
        return True

    def end(self) -> None:
        """It is done, one way or another."""
        self.busy = False

    def due(self, at: float, every: float) -> bool:
        """Whether ``every`` seconds have passed since it last began. A tenth is forgiven, for timers that jitter."""
        return at - self._began >= every * 0.9


def oldest_odoo_count(state: DashboardState) -> datetime | None:
    """When the oldest of Odoo's counts on the screen was asked for; ``None`` when one never was."""
    if state.overview is None or not state.overview.entities:
        return None
    asked = [entity.odoo_at for entity in state.overview.entities]
    known = [moment for moment in asked if moment is not None]
    return min(known) if len(known) == len(asked) else None


@dataclass(slots=True)
class _Sample:
    run_id: str
    at: float


class Standstill:
    """Since when the shown run has not come further."""

    def __init__(self) -> None:
        self._seen: object = None
        self._since: datetime | None = None

    def since(self, progress: RunProgress, now: datetime) -> datetime:
        """When it was first as far as it is now; the time that passes by itself is no progress."""
        seen = (progress.run_id, *((each.state, each.phase, each.done, each.counts) for each in progress.entities))
        if self._since is None or seen != self._seen:
            self._seen, self._since = seen, now
        return self._since


class RateHistory:
    """Rows a second of the shown run, one value a second, for the little chart."""

    KEPT = 120

    def __init__(self) -> None:
        self._rates: deque[float] = deque(maxlen=self.KEPT)
        self._last: _Sample | None = None

    def note(self, progress: RunProgress) -> tuple[float, ...]:
        """The history with this moment added, if a second of the run has passed; a new run begins a new one."""
        last = self._last
        if last is None or last.run_id != progress.run_id:
            self._rates.clear()
        elif progress.seconds - last.at < 1.0:
            return tuple(self._rates)
        self._last = _Sample(progress.run_id, progress.seconds)
        self._rates.append(sum(entity.rate or 0.0 for entity in progress.entities))
        return tuple(self._rates)
