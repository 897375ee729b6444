"""Progress of a run."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from odoo_sync_tui.core.result import Counts, EntityState


class Phase(StrEnum):
    """Phase of an entity's sync."""

    CENSUS = "census"
    FETCH = "fetch"
    RETIRE = "retire"


@dataclass(frozen=True, slots=True)
class EntityProgress:
    """Progress of one entity.

    ``done`` rows of ``total`` are finished; ``total`` is ``None`` before the census. ``rate`` is rows a second over the
    last seconds, ``eta`` the seconds left at that rate; both ``None`` while unknown.
    """

    name: str
    state: EntityState = EntityState.WAITING
    phase: Phase | None = None
    done: int = 0
    total: int | None = None
    counts: Counts = Counts()
    rate: float | None = None
    eta: float | None = None
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Trouble:
    """A server that a run cannot reach for the moment.

    Attributes:
        server: "Odoo" or "MongoDB".
        message: what happens, in a sentence.
        attempt: the number of the next try, from 2; ``None``: the driver tries without counting.
        next_at: when it is tried again; ``None``: all the time.
        gives_up_at: from when on no further try is made.
    """

    server: str
    message: str
    attempt: int | None = None
    next_at: datetime | None = None
    gives_up_at: datetime | None = None


def describe_trouble(trouble: Trouble, now: datetime | None = None) -> str:
    """Describe a trouble in one line, in the operator's time zone: what, which try, when again, until when.

    ``now``: the operator's local time; ``None``: this moment.
    """
    now = now or datetime.now().astimezone()
    parts = [trouble.message.rstrip(".")]
    if trouble.attempt:
        parts.append(f"try {trouble.attempt}")
    if trouble.next_at:
        seconds = max(0, round((trouble.next_at - now).total_seconds()))
        parts[-1] += f" in {seconds} s" if seconds else " now"
    if trouble.gives_up_at:
        parts.append(f"gives up at {trouble.gives_up_at.astimezone(now.tzinfo):%H:%M:%S}")
    return ", ".join(parts)


@dataclass(frozen=True, slots=True)
class RunProgress:
    """Snapshot of a whole run for a live view. ``trouble``: what it waits for at this moment."""

    run_id: str
    action: str
    operator: str
    host: str
    mode: str
    started_at: datetime
    seconds: float
    entities: tuple[EntityProgress, ...]
    retries: int = 0
    stopping: bool = False
    trouble: Trouble | None = None

    @property
    def counts(self) -> Counts:
        """Sum of the counts of all entities so far."""
        return sum((entity.counts for entity in self.entities), Counts())


@dataclass(frozen=True, slots=True)
class Forecast:
    """How far a whole run is.

    Attributes:
        share: the done share of all its rows, from 0 to 1; ``None`` while unknown.
        eta: seconds left; ``None`` while unknown.
    """

    share: float | None = None
    eta: float | None = None


def forecast(progress: RunProgress, expected: Mapping[str, int], rate: float) -> Forecast:
    """Forecast the end of a run.

    Where the number of rows of a waiting entity is unknown, all entities count alike, and no time is told.

    Args:
        progress: its progress.
        expected: the likely number of rows of entities that are not counted yet, by name.
        rate: rows a second of the whole run.
    """
    if all(entity.state is EntityState.WAITING for entity in progress.entities):
        return Forecast()
    totals = [_likely_total(entity, expected) for entity in progress.entities]
    known = [total for total in totals if total is not None]
    if len(known) < len(totals) or not sum(known):
        pairs = zip(progress.entities, totals, strict=True)
        return Forecast(sum(_share_of(entity, total) for entity, total in pairs) / len(totals))
    done, total = sum(entity.done for entity in progress.entities), sum(known)
    is_moving = rate > 0 and progress.trouble is None
    return Forecast(min(1.0, done / total), max(0.0, (total - done) / rate) if is_moving else None)


def _likely_total(entity: EntityProgress, expected: Mapping[str, int]) -> int | None:
    if _is_ended(entity):
        return entity.done
    total = expected.get(entity.name) if entity.total is None else entity.total
    return None if total is None else max(total, entity.done)


def _share_of(entity: EntityProgress, total: int | None) -> float:
    return 1.0 if _is_ended(entity) else entity.done / total if total else 0.0


def _is_ended(entity: EntityProgress) -> bool:
    return entity.state not in {EntityState.WAITING, EntityState.RUNNING}


ProgressListener = Callable[[RunProgress], None]
"""Called from the run's thread, at most some times a second and once at the end. Must return at once."""


class RateEstimator:
    """Estimator of rows a second over a sliding window.

    A window, not the whole run, because a server's speed changes with its load and the current speed is of interest.
    """

    def __init__(self, window_seconds: float = 10.0) -> None:
        self._window = window_seconds
        self._samples: deque[tuple[float, int]] = deque()

    def add(self, at: float, done: int) -> None:
        """Record ``done`` finished rows at monotonic time ``at`` (seconds)."""
        if self._samples and done < self._samples[-1][1]:
            self._samples.clear()
        self._samples.append((at, done))
        while len(self._samples) > 2 and at - self._samples[1][0] >= self._window:
            self._samples.popleft()

    def rate(self) -> float | None:
        """Return rows a second; ``None`` before the samples span a second."""
        if len(self._samples) < 2:
            return None
        (start, first), (end, last) = self._samples[0], self._samples[-1]
        return (last - first) / (end - start) if end - start >= 1.0 else None

    def eta(self, total: int | None) -> float | None:
        """Return the seconds until ``total`` rows are finished; ``None`` while unknown."""
        rate = self.rate()
        if not rate or total is None:
            return None
        return max(0.0, (total - self._samples[-1][1]) / rate)
