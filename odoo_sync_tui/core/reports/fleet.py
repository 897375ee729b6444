"""Many Odoos, each a source: the state of each as one line shows it, and the limits of their hosts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from odoo_sync_tui.core.reports.health import HealthLevel

MAX_REASON_LENGTH = 200
"""Characters of a reason: two hundred sources are read each second."""


@dataclass(frozen=True, slots=True)
class HostLimit:
    """Limit of the calls to one host of Odoo, by all sources, machines and programs together.

    Attributes:
        host: name of the host in lower case, with the port where the address names one ("erp.example.com:8069").
        calls_in_flight: most calls at one moment.
        calls_per_second: most calls begun in a second; ``None``: no limit.
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
