"""Everything that the dashboard shows, as one frozen value.

Workers and timers change it in one place (the application's message handlers); widgets only draw it. So a picture of
the screen follows from one value, and a test can draw any moment.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from odoo_sync_tui.core.errors import SyncError
from odoo_sync_tui.core.overview import Overview
from odoo_sync_tui.core.progress import RunProgress
from odoo_sync_tui.core.result import SyncResult
from odoo_sync_tui.core.run import Operator, RunRecord
from odoo_sync_tui.core.scope import Mode, Scope
from odoo_sync_tui.core.words import Action
from odoo_sync_tui.tui.glyphs import Glyphs


class Connection(StrEnum):
    """Whether the store is open."""

    STARTING = "starting"
    """The settings are not checked yet."""
    CONNECTING = "connecting"
    READY = "ready"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that went wrong, in the operator's words: what happened, and what to do."""

    message: str
    hint: str = ""

    @classmethod
    def of(cls, error: SyncError) -> Problem:
        """The problem that an error tells."""
        return cls(error.message, error.hint)

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


@dataclass(frozen=True, slots=True)
class OwnRun:
    """A run that this dashboard started. ``progress`` is ``None`` until it first tells how far it is."""

    action: Action
    scope: Scope
    started_at: datetime
    progress: RunProgress | None = None
    stopping: bool = False


@dataclass(frozen=True, slots=True)
class EndedRun:
    """How a run that this dashboard started came to its end: with a result, or refused before it began."""

    action: Action
    scope: Scope
    started_at: datetime
    ended_at: datetime
    result: SyncResult | None = None
    refused: Problem | None = None


@dataclass(frozen=True, slots=True)
class DashboardState:
    """The dashboard at one moment.

    Attributes:
        now: the operator's local time, aware; every age is counted from it.
        operator: who sits here; nobody as long as the settings are not checked.
        problem: why connecting, or the last reading of the store, failed.
        stale_since: when ``overview`` was last known to be true, while readings fail.
        odoo_problem: why Odoo could not be asked for its counts.
        odoo_problem_after: the run that had ended last by then.
        counting: Odoo is being asked for its counts.
        moved_at: when the shown run was last seen to come further.
        own: the run of this dashboard that is at work.
        ended: the last run of this dashboard that is over.
        rates: rows a second of the shown run, oldest first.
        mode: what the next run reads.
        leaving: the dashboard closes when the own run is over.
        note: a sentence about this environment ("demo data, thrown away at the end").
        keys: the keys of commands that the operator has given others than the usual ones, as people write them.
    """

    now: datetime
    operator: Operator
    glyphs: Glyphs
    environment: str = ""
    note: str = ""
    read_only: bool = False
    connection: Connection = Connection.STARTING
    problem: Problem | None = None
    stale_since: datetime | None = None
    odoo_problem: Problem | None = None
    odoo_problem_after: str | None = None
    counting: bool = False
    moved_at: datetime | None = None
    overview: Overview | None = None
    own: OwnRun | None = None
    ended: EndedRun | None = None
    rates: tuple[float, ...] = ()
    mode: Mode = Mode.INCREMENTAL
    leaving: bool = False
    keys: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def production(self) -> bool:
        """Whether the badge names a production environment: there, what writes more than usual is confirmed."""
        return self.environment.strip().lower().startswith("prod")

    @property
    def foreign_run(self) -> RunRecord | None:
        """The run at work that is not ours. The store may still call a run of ours live that has just ended."""
        live = self.overview.live_run if self.overview and self.own is None else None
        ours = self.ended.result.run_id if self.ended and self.ended.result else None
        return live if live and live.id != ours else None
