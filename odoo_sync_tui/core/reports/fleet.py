"""Many Odoos, each a source: the state of each as one line shows it, and the limits of their hosts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from odoo_sync_tui.core.progress import RunProgress
from odoo_sync_tui.core.reports.health import HealthLevel
from odoo_sync_tui.core.reports.overview import Overview

MAX_REASON_LENGTH = 200
"""Characters of a reason: two hundred sources are read each second."""

SILENCE = timedelta(minutes=1)
"""How long a run at work, which writes every other second, may be silent before what is known of it counts as old."""

PATIENCE = timedelta(minutes=10)
"""How long nothing need be heard of a source that is due."""

ARRIVAL_SECONDS = 0.1
"""How much later one call may arrive than another that began with it: a busy machine wakes a thread late."""


def space_calls(calls_per_second: float | None) -> float:
    """Seconds from the beginning of a call to that of the next one; 0 without a limit.

    What arrives within one second began within ``1 + ARRIVAL_SECONDS``: the limit holds where the calls arrive.
    """
    return (1 + ARRIVAL_SECONDS) / calls_per_second if calls_per_second else 0.0


@dataclass(frozen=True, slots=True)
class HostLimit:
    """Limit of the calls to one host of Odoo, by all sources, machines and programs together.

    Attributes:
        host: name of the host in lower case, with the port where the address names one ("erp.example.com:8069").
        calls_in_flight: most calls at one moment.
        calls_per_second: most calls that arrive within a second; ``None``: no limit.
    """

    host: str
    calls_in_flight: int
    calls_per_second: float | None = None


@dataclass(frozen=True, slots=True)
class SourceProgress:
    """The run that is at work: ``done`` of ``total`` rows; ``total`` is ``None`` while it is not known."""

    action: str
    run_id: str
    since: datetime
    done: int = 0
    total: int | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """The claim of a ``fleet run`` on a source, for the time of one run.

    Attributes:
        holder: the id of that ``fleet run``.
        host: the machine on which it runs.
        engine: the engine that executes the run.
        since: when it was taken.
        until: when it ends unless it is renewed.
        live: whether it has not ended, by the database server's clock.
    """

    holder: str
    host: str
    engine: str
    since: datetime
    until: datetime
    live: bool


@dataclass(frozen=True, slots=True)
class SourceState:
    """What is known of a source.

    Attributes:
        name: its name, that of its settings file.
        health: how well it is in step.
        reason: why it is not, in at most :data:`MAX_REASON_LENGTH` characters; empty where it is.
        last_success: the oldest last success of its syncs.
        documents: number of active documents.
        due_at: when its next scheduled run begins; ``None``: nothing is scheduled.
        late_at: from when on it is late; ``None``: nothing is expected of it.
        paused: whether a pause holds up all that is scheduled.
        running: the run that is at work.
        where: the machine of the run at work, or of the newest one.
        tags: its tags.
        zone: its zone; empty: any.
        at: when this was written, by the database server's clock; ``None``: nothing was yet.
        claim: who has taken it for one run, or had it last.
        retry_at: not to be tried again before, because a run could not begin.
    """

    name: str
    health: HealthLevel = HealthLevel.UNKNOWN
    reason: str = ""
    last_success: datetime | None = None
    documents: int | None = None
    due_at: datetime | None = None
    late_at: datetime | None = None
    paused: bool = False
    running: SourceProgress | None = None
    where: str = ""
    tags: tuple[str, ...] = ()
    zone: str = ""
    at: datetime | None = None
    claim: Claim | None = None
    retry_at: datetime | None = None

    def is_late(self, now: datetime) -> bool:
        """Whether something that was expected of it has not happened in time; never while it is paused."""
        return self.late_at is not None and self.late_at <= now and not self.paused


@dataclass(frozen=True, slots=True)
class FleetState:
    """What is known of all sources that ever ran, read at ``at`` by the database server's clock."""

    at: datetime
    sources: tuple[SourceState, ...] = ()


def summarize_source(name: str, tags: tuple[str, ...], zone: str, overview: Overview) -> SourceState:
    """Summarize what the database of a source holds into the state of that source."""
    level, reason = _find_worst(overview)
    known = [sync for sync in overview.health.syncs if sync.level is not HealthLevel.UNKNOWN]
    successes = [sync.last_success for sync in known]
    planned = [each for each in overview.planned if each.pause is None]
    dues = [each.due.at for each in planned if each.due]
    last = {sync.action: sync.last_success for sync in known}
    lates = [at + each.late_after for each in planned if each.late_after and (at := last.get(str(each.action)))]
    run = overview.live_run or overview.last_run
    return SourceState(
        name,
        health=level,
        reason=reason,
        last_success=min((each for each in successes if each), default=None) if all(successes) else None,
        documents=sum(each.active for each in overview.entities),
        due_at=min(dues, default=None),
        late_at=min(lates, default=None),
        paused=bool(overview.planned) and not planned,
        running=progress_of(overview.live_run.progress) if overview.live_run and overview.live_run.progress else None,
        where=run.operator.host if run else "",
        tags=tags,
        zone=zone,
    )


def progress_of(run: RunProgress) -> SourceProgress:
    """Summarize the progress of a run: the rows of all its entities, where the number of each is known."""
    totals = [each.total for each in run.entities if each.total is not None]
    is_known = len(totals) == len(run.entities)
    done = sum(each.done for each in run.entities)
    return SourceProgress(run.action, run.run_id, run.started_at, done, sum(totals) if is_known else None)


def _find_worst(overview: Overview) -> tuple[HealthLevel, str]:
    """Find the worst of the health and the concerns, with its reason."""
    order = list(HealthLevel)
    findings = [(overview.health.level, overview.health.reason)]
    findings += [(each.level, each.message) for each in overview.concerns]
    level, reason = max(findings, key=lambda each: order.index(each[0]))
    return level, reason if level in {HealthLevel.ATTENTION, HealthLevel.WRONG} else ""


class Standing(StrEnum):
    """How a source stands. The members are in order from worst to best."""

    WRONG = "wrong"
    LATE = "late"
    ATTENTION = "attention"
    UNKNOWN = "never synced"
    IN_STEP = "in step"


_STANDING_BY_HEALTH = {
    HealthLevel.WRONG: Standing.WRONG,
    HealthLevel.ATTENTION: Standing.ATTENTION,
    HealthLevel.UNKNOWN: Standing.UNKNOWN,
    HealthLevel.IN_STEP: Standing.IN_STEP,
}
_ORDER = {standing: index for index, standing in enumerate(Standing)}


def find_standing(source: SourceState, now: datetime) -> Standing:
    """Find how a source stands. Being late is worse than needing attention, and a wrong one is wrong."""
    standing = _STANDING_BY_HEALTH[source.health]
    return min(standing, Standing.LATE, key=_ORDER.__getitem__) if source.is_late(now) else standing


def sort_worst_first(sources: Iterable[SourceState], now: datetime) -> list[SourceState]:
    """Sort the worst first, and by name among equals: a line moves only when its standing changes."""
    return sorted(sources, key=lambda source: (_ORDER[find_standing(source, now)], source.name))


def is_old(source: SourceState, now: datetime) -> bool:
    """Whether what is known is too old to be believed.

    That is a minute of silence while a run is at work; without one two intervals of the schedule, and
    :data:`PATIENCE` at least: what was due at once may have to wait for its turn.
    """
    if source.at is None:
        return False
    if source.running is not None:
        return now - source.at > SILENCE
    return source.due_at is not None and now - source.at > max(PATIENCE, 2 * (source.due_at - source.at))
