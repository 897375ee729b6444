"""The record of a run, and the lease that it holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from odoo_sync_tui.core.progress import RunProgress
from odoo_sync_tui.core.result import Counts
from odoo_sync_tui.core.scope import Scope
from odoo_sync_tui.core.words import Outcome


class SyncStatus(StrEnum):
    """``sync_status`` of an integration, as other programs read it."""

    RUNNING = "running"
    SUCCESS = "success"
    PARTIAL = "partial"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Operator:
    """Who runs something, and from where.

    ``client`` is the address that an SSH session came from, where there is one.
    """

    name: str
    host: str
    pid: int
    client: str | None = None


@dataclass(frozen=True, slots=True)
class Lease:
    """The exclusive right to sync one integration.

    Attributes:
        fence: only grows: a smaller one is an older run's.
        since: when it was taken, by the database server's clock, which alone orders the runs of all hosts.
    """

    integration: str
    owner: str
    fence: int
    since: datetime


@dataclass(frozen=True, slots=True)
class LeaseState:
    """Who holds, or last held, the lease. ``live`` is decided by the database server's clock."""

    live: bool
    run_id: str | None
    operator: str
    host: str
    since: datetime | None
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """How far an entity of a run is durably stored: everything up to the id ``through``, with these counts.

    ``complete`` says that no block is left. ``newest`` is the newest ``write_date`` that Odoo had when the run came to
    the entity, ``basis`` what the reading depended on (:class:`Cursor`): with them another run can go on from here.
    """

    through: int
    counts: Counts = Counts()
    complete: bool = False
    newest: datetime | None = None
    basis: str = ""


@dataclass(frozen=True, slots=True)
class RunRecord:
    """A run as the store knows it.

    ``outcome`` is ``None`` until it ended. ``live`` says that its lease is held right now; a run without an outcome
    whose lease is not held was interrupted. ``result`` is :meth:`SyncResult.as_dict`. ``continues`` names the run that
    was cut off and that this one goes on with, ``interrupted_by`` the later run that found this one cut off.
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
    result: Mapping[str, object] = field(default_factory=dict[str, object])
    cancel_requested_by: str | None = None
    continues: str | None = None
    interrupted_by: str | None = None
