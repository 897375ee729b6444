"""Run records, leases and checkpoints, and the Odoo whose rows a run reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from urllib.parse import urlsplit

from odoo_sync_tui.core.actions import Outcome
from odoo_sync_tui.core.progress import EntityProgress, RunProgress
from odoo_sync_tui.core.result import Counts, EntityResult, EntityState, SyncResult
from odoo_sync_tui.core.scope import Scope
from odoo_sync_tui.core.text.hosts import encode_url

INTEGRATION = "odoo"
"""``integration_type`` of the integration, and the name of its lease."""

MAX_REASON_LENGTH = 200
"""Characters of the reason of a request to stop a run; what is longer is cut off."""

STATE_AFTER_DEATH = {EntityState.RUNNING: EntityState.INTERRUPTED, EntityState.WAITING: EntityState.NOT_BEGUN}
"""Final state of an entity whose run died, by the state that its last progress shows."""

_DEFAULT_PORTS = {"http": 80, "https": 443}


class SyncStatus(StrEnum):
    """Values of an integration's ``sync_status``; other programs read them."""

    RUNNING = "running"
    SUCCESS = "success"
    PARTIAL = "partial"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Operator:
    """Operator of a run: name, host and process.

    ``client`` is the client address of the SSH session, if there is one.
    """

    name: str
    host: str
    pid: int
    client: str | None = None


@dataclass(frozen=True, slots=True)
class Lease:
    """The exclusive right to sync one integration.

    Attributes:
        fence: only grows: a smaller fence belongs to an older run.
        since: time of acquisition by the database server's clock, which alone orders the runs of all hosts.
    """

    integration: str
    owner: str
    fence: int
    since: datetime


@dataclass(frozen=True, slots=True)
class LeaseState:
    """Current or last holder of the lease.

    ``live`` is decided by the database server's clock, and ends at once with a holder's process on this machine.
    ``fence`` is 0 where another program left none that a run could have. ``at`` is the server's time of the reading.
    """

    live: bool
    run_id: str | None
    operator: str
    host: str
    since: datetime | None
    expires_at: datetime | None
    fence: int = 0
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Durably stored part of an entity: everything up to the id ``through``, with these counts.

    ``complete``: no block is left. ``newest`` is Odoo's newest ``write_date`` at the start of the entity, ``basis`` the
    fingerprint of all that the rows depend on (:class:`Cursor`): with them another run can continue from here.
    """

    through: int
    counts: Counts = Counts()
    complete: bool = False
    newest: datetime | None = None
    basis: str = ""


CUT_OFF_REASONS = frozenset({"interrupted by SIGTERM", "interrupted by SIGHUP"})
"""Reasons of runs that nobody wanted to end: a service was restarted, a terminal closed."""
INTERRUPTED_BY_PERSON = "interrupted by SIGINT"
"""Reason of a run that somebody ended by Ctrl+C."""


@dataclass(frozen=True, slots=True)
class RunRecord:
    """Stored record of a run.

    ``outcome`` is ``None`` until the run ended. ``live``: the run holds its lease right now; a run without an outcome
    and without a lease was interrupted. ``result`` too. ``continues`` names the interrupted
    run that this one resumes, ``interrupted_by`` the later run that found this one interrupted. ``cancel_reason`` is
    what ``cancel_requested_by`` said why it should stop; empty: nothing.
    """

    id: str
    action: str
    operator: Operator
    scope: Scope
    started_at: datetime
    heartbeat_at: datetime
    finished_at: datetime | None = None
    outcome: Outcome | None = None
    live: bool = False
    progress: RunProgress | None = None
    checkpoints: Mapping[str, Checkpoint] = field(default_factory=dict[str, Checkpoint])
    result: SyncResult | None = None
    cancel_requested_by: str | None = None
    continues: str | None = None
    interrupted_by: str | None = None
    cancel_reason: str = ""

    @property
    def ended_at(self) -> datetime:
        """When the run ended, or was last seen alive."""
        return self.finished_at or self.heartbeat_at

    @property
    def was_cut_off(self) -> bool:
        """Whether it ended without anybody's will: it died, or its process was told to end, as by a restart."""
        if self.live:
            return False
        if self.outcome is Outcome.CANCELLED:
            return self.result is not None and self.result.reason in CUT_OFF_REASONS
        return self.outcome in {None, Outcome.INTERRUPTED}

    @property
    def entities(self) -> Mapping[str, EntityResult]:
        """The results of its entities; of a run that died without a result, what its last progress says."""
        if self.result:
            return self.result.entities
        progress = self.progress.entities if self.progress else ()
        return {entity.name: _unfinished_result(entity) for entity in progress}


def _unfinished_result(entity: EntityProgress) -> EntityResult:
    """Make the result of an entity whose run died."""
    state = STATE_AFTER_DEATH.get(entity.state, entity.state)
    return EntityResult(entity.name, state, entity.counts, seconds=entity.seconds)


@dataclass(frozen=True, slots=True)
class OdooSource:
    """The Odoo database whose records a store holds: ids have a meaning within one source only.

    Attributes:
        address: host, with a port or path that is not the default; without scheme, so that a move to TLS is no move.
        database: name of the database.
        uuid: ``database.uuid`` of Odoo; a copy of a database keeps it. ``None``: the Odoo user may not read it.
    """

    address: str
    database: str
    uuid: str | None = None

    @classmethod
    def of(cls, url: str, database: str, uuid: str | None = None) -> OdooSource:
        """Build the source of a server's web address."""
        parts = urlsplit(url.strip())
        host = parts.hostname or parts.netloc.lower()
        try:
            port = parts.port
        except ValueError:  # not a port; the settings refuse it elsewhere
            port = None
        port_text = f":{port}" if port and port != _DEFAULT_PORTS.get(parts.scheme) else ""
        return cls(f"{host}{port_text}{parts.path.rstrip('/')}", database, uuid)

    def is_same_as(self, other: OdooSource) -> bool:
        """Whether both are one database; an unknown uuid is left out of the comparison."""
        if (_encode(self.address), self.database) != (_encode(other.address), other.database):
            return False
        return self.uuid is None or other.uuid is None or self.uuid == other.uuid

    def __str__(self) -> str:
        return f"database {self.database} at {self.address}"


def _encode(address: str) -> str:
    """Encode an address for comparison: an international host name is one name in both its forms."""
    try:
        return encode_url(f"//{address}")
    except ValueError:
        return address


@dataclass(frozen=True, slots=True)
class LeaseReport:
    """The lease, and what stands in its way.

    Attributes:
        lease: its present or last holder; ``None`` before the first run.
        silent_since: when a holder was last seen who gives no sign of life any more.
        highest_fence: the highest fence in documents and records. One above the lease's is of no run of this store.
        odd_fields: fields that hold what no run writes. The next run writes them anew.
    """

    lease: LeaseState | None
    silent_since: datetime | None
    highest_fence: int
    odd_fields: tuple[str, ...]
