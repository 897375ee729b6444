"""The state of the dashboard, as one frozen value.

Workers and timers change the state in one place (the application's message handlers); widgets only draw it. So the
whole screen follows from one value, and a test can draw any state.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from odoo_sync_tui.core.actions import Action
from odoo_sync_tui.core.errors import SyncError
from odoo_sync_tui.core.progress import RunProgress
from odoo_sync_tui.core.reports.health import Decision
from odoo_sync_tui.core.reports.overview import Overview
from odoo_sync_tui.core.result import SyncResult
from odoo_sync_tui.core.run import Operator, RunRecord
from odoo_sync_tui.core.scope import Mode, Scope
from odoo_sync_tui.entities.catalog import EntityCatalog
from odoo_sync_tui.tui.model.glyphs import Glyphs
from odoo_sync_tui.tui.model.web_client import WebClient, find_web_client


@dataclass(frozen=True, slots=True)
class SetupOffer:
    """A first settings file that the operator may make.

    Attributes:
        path: the file.
        lines: the lines that it needs to name an Odoo, with example values.
        asks_mongo: whether nothing names a MongoDB, so that the embedded one is used.
        is_written: whether there is a file already, which the operator alone changes.
    """

    path: str
    lines: tuple[str, ...]
    asks_mongo: bool
    is_written: bool


class ConnectionState(StrEnum):
    """State of the connection to the store."""

    STARTING = "starting"
    """The settings are not checked yet."""
    CONNECTING = "connecting"
    READY = "ready"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem in sentences for the operator: what happened, and what to do."""

    message: str
    hint: str = ""

    @classmethod
    def from_error(cls, error: SyncError) -> Problem:
        """Build the problem of an error."""
        return cls(error.message, error.hint)

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


@dataclass(frozen=True, slots=True)
class OwnRun:
    """A run started by this dashboard. ``progress`` is ``None`` until the first report."""

    action: Action
    scope: Scope
    started_at: datetime
    progress: RunProgress | None = None
    stopping: bool = False


@dataclass(frozen=True, slots=True)
class EndedRun:
    """End of a run of this dashboard: a result, or a refusal before the start."""

    action: Action
    scope: Scope
    started_at: datetime
    ended_at: datetime
    result: SyncResult | None = None
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class DashboardState:
    """The state of the dashboard at one moment.

    Attributes:
        now: the operator's local time, aware; ages are computed from it.
        operator: the operator at this terminal; empty until the settings are checked.
        catalog: all entities; none until the settings are checked.
        problem: why connecting, or the last reading of the store, failed.
        stale_since: the time of the last successful reading, while readings fail.
        odoo_problem: why counting the rows in Odoo failed.
        odoo_problem_after: id of the last finished run at the time of that failure.
        counting: rows are being counted in Odoo.
        last_progress_at: time of the shown run's last progress.
        own_run: this dashboard's run at work.
        ended_run: this dashboard's last finished run.
        difference_count: how many documents the last dry runs of this dashboard would change.
        rates: rows per second of the shown run, oldest first.
        mode: mode of the next run.
        leaving: the dashboard closes when its own run has ended.
        note: a sentence about this environment ("demo data, thrown away at the end").
        exposure: the weakness of the way to MongoDB, in some words.
        keys: keys other than the defaults, by command id, in the form for people.
        program: the name of the program, with the options that every command needs to work on the same.
        source: the name of the source, where it is one of many.
        setup: the first settings file that may be made here; ``None`` where none is to be made.
    """

    now: datetime
    operator: Operator
    glyphs: Glyphs
    catalog: EntityCatalog = field(default_factory=EntityCatalog)
    environment: str = ""
    note: str = ""
    read_only: bool = False
    connection: ConnectionState = ConnectionState.STARTING
    problem: Problem | None = None
    stale_since: datetime | None = None
    odoo_problem: Problem | None = None
    odoo_problem_after: str | None = None
    counting: bool = False
    last_progress_at: datetime | None = None
    overview: Overview | None = None
    own_run: OwnRun | None = None
    ended_run: EndedRun | None = None
    difference_count: int = 0
    rates: tuple[float, ...] = ()
    mode: Mode = Mode.INCREMENTAL
    leaving: bool = False
    exposure: str = ""
    keys: Mapping[str, str] = field(default_factory=dict[str, str])
    program: tuple[str, ...] = ()
    source: str = ""
    setup: SetupOffer | None = None

    @property
    def is_production(self) -> bool:
        """Whether the badge names a production environment, where full syncs and retirements need a confirmation."""
        return self.environment.strip().lower().startswith("prod")

    @property
    def pending_retirements(self) -> Mapping[str, Mapping[str, int]]:
        """Numbers of documents that wait for a confirmation to be retired, by action and entity name."""
        pending: dict[str, dict[str, int]] = {}
        for decision in self.overview.health.decisions if self.overview else ():
            if decision.kind == "retire" and decision.entity:
                pending.setdefault(decision.action, {})[decision.entity] = decision.count
        return pending

    @property
    def source_decision(self) -> Decision | None:
        """The decision about another Odoo than the one whose records the store holds."""
        decisions = self.overview.health.decisions if self.overview else ()
        return next((decision for decision in decisions if decision.kind == "source"), None)

    @property
    def web_client(self) -> WebClient | None:
        """Odoo's web client, which shows the records that the store holds; ``None`` while no Odoo is known."""
        odoo = self.overview.integration if self.overview else None
        return find_web_client(odoo.url, odoo.database, odoo.server_version) if odoo else None

    @property
    def foreign_run(self) -> RunRecord | None:
        """Another dashboard's run at work. The store may still show our own run as live just after its end."""
        live = self.overview.live_run if self.overview and self.own_run is None else None
        own_id = self.ended_run.result.run_id if self.ended_run and self.ended_run.result else None
        return live if live and live.id != own_id else None


def needs_setup(state: DashboardState) -> bool:
    """Whether a setting is missing that a first settings file would hold: one of Odoo, or a MongoDB that is there."""
    if state.setup is None:
        return False
    if state.connection is ConnectionState.FAILED:
        return state.setup.asks_mongo
    return state.overview is not None and state.overview.integration.settings_problem is not None
