"""The checked settings of the dashboard, available after its first picture."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from odoo_sync_tui.core.actions import Action
from odoo_sync_tui.core.audit.events import AuditPage, AuditQuery, Order
from odoo_sync_tui.core.changes.entry import LoggedChange
from odoo_sync_tui.core.changes.reading import DocumentHistory
from odoo_sync_tui.core.entity import Entity
from odoo_sync_tui.core.progress import ProgressListener
from odoo_sync_tui.core.reports.details import (
    DocumentPage,
    EntityReport,
    QuarantinedRow,
    QuarantinePage,
    RunPage,
    RunReport,
    StoredDocument,
)
from odoo_sync_tui.core.reports.diagnosis import Check
from odoo_sync_tui.core.reports.differences import DifferenceListener
from odoo_sync_tui.core.reports.discovery import ModelDetails, ModelList, ModelReport
from odoo_sync_tui.core.reports.overview import Overview
from odoo_sync_tui.core.reports.verification import Verification
from odoo_sync_tui.core.result import SyncResult
from odoo_sync_tui.core.run import Operator
from odoo_sync_tui.core.scope import Scope
from odoo_sync_tui.entities.catalog import EntityCatalog
from odoo_sync_tui.entities.declaration import EntityTable
from odoo_sync_tui.runtime.cancel import CancelToken
from odoo_sync_tui.tui.commands.command import Command
from odoo_sync_tui.tui.model.state import SetupOffer

CountListener = Callable[[ModelReport, int, int], None]
"""Takes each model whose rows are counted, how many are, and how many there are."""


@dataclass(frozen=True, slots=True)
class Setup:
    """The checked settings of the dashboard.

    Attributes:
        connect: opens the backend; called in a worker thread, and again when the operator retries after a failure.
        ui, operator: options of the dashboard, and the operator at this terminal.
        catalog: all entities.
        commands: the registry, with the operator's own keys.
        examine, discover: runs the doctor's checks, in a worker thread; finds what could be synced.
        odoo_counts_seconds: interval of counting rows in Odoo while nothing runs; 0: only on command.
        exposure: the weakness of the way to MongoDB, in some words for the top line; empty without one.
        notices: sentences for the operator about the settings.
        own_settings: the operator's settings files; ``None`` where none are read, as in the demo.
        start_detached: starts runs in processes of their own; ``None``: runs are at work in the dashboard only.
        program: the name of the program, with the options that every command needs to work on the same.
        source, can_go_back: the name of the source, one of many; whether it was opened from the list of all of them.
    """

    connect: Callable[[], DashboardBackend]
    ui: UiOptions
    operator: Operator
    catalog: EntityCatalog
    commands: tuple[Command, ...]
    examine: CheckRunner
    discover: DiscoveryFactory
    odoo_counts_seconds: float = 0.0
    exposure: str = ""
    notices: tuple[str, ...] = ()
    own_settings: OwnSettings | None = None
    start_detached: DetachedStart | None = None
    program: tuple[str, ...] = ()
    source: str = ""
    can_go_back: bool = False


class OwnSettings(Protocol):
    """The operator's settings files: makes a first one, and new ones beside it. Names are those of settings, dotted."""

    @property
    def path(self) -> str:
        """The path of the settings file."""
        ...

    @property
    def asked(self) -> tuple[str, ...]:
        """The settings to ask for: those that nothing stronger than the file sets."""
        ...

    @property
    def lines(self) -> tuple[str, ...]:
        """The lines that the file needs, with example values."""
        ...

    @property
    def is_written(self) -> bool:
        """Whether there is a file already, which is never touched."""
        ...

    def check(self, answers: Mapping[str, str]) -> tuple[Check, ...]:
        """Try to reach both servers with these answers; raises ``ConfigurationError`` for a wrong answer."""
        ...

    def save(self, answers: Mapping[str, str]) -> None:
        """Write the file; raises ``ConfigurationError``. The settings that are loaded next hold the answers."""
        ...

    def save_table(self, table: EntityTable) -> Path:
        """Write the table of an entity to a new file, and return its path; raises ``ConfigurationError``.

        The settings that are loaded next hold the table; all others stay as they were read.
        """
        ...


class SyncService(Protocol):
    """Service for one run of a sync."""

    def sync(
        self, action: Action, user_id: str, scope: Scope = ..., *, on_difference: DifferenceListener | None = ...
    ) -> SyncResult:
        """Run a sync; raises ``ConfigurationError``, ``LeaseHeld`` or ``StoreUnavailable`` when it cannot begin.

        In a dry run ``on_difference`` takes what would change.
        """
        ...

    def acknowledge_drift(self, user_id: str, entity_id: str, keys: Collection[str] | None = ...) -> object:
        """Acknowledge changes of an entity's fields; raises ``SyncError``."""
        ...

    def dismiss_rows(
        self, user_id: str, entity_id: str, rows: Sequence[QuarantinedRow], reason: str, *, undo: bool = ...
    ) -> Sequence[QuarantinedRow]:
        """Dismiss rows from the quarantine, or take them back; return those that were; raises ``SyncError``."""
        ...


class DashboardOverviewQueries(Protocol):
    """Queries of the integration as a whole. Called from worker threads; raises ``SyncError``."""

    def get_overview(self, events: int = ...) -> Overview:
        """Return the integration's figures and its newest audit events."""
        ...

    def list_events(self, query: AuditQuery, limit: int, after: str | None = ..., order: Order = ...) -> AuditPage:
        """Return a page of audit events."""
        ...

    def count_events(self, query: AuditQuery, at_most: int) -> int:
        """Count the audit events, no further than ``at_most``."""
        ...

    def refresh_odoo_counts(self, cancel: CancelToken) -> None:
        """Count each entity's rows in Odoo, and keep the counts in the store."""
        ...

    def request_cancel(self, run_id: str, by: str, reason: str = ...) -> bool:
        """Request any run to stop at its next page; false when the run has ended."""
        ...


class DashboardDetailQueries(Protocol):
    """Queries of single runs, entities and documents. Called from worker threads; raises ``SyncError``."""

    def list_runs(self, limit: int, after: str | None = ...) -> RunPage:
        """Return a page of runs, newest first."""
        ...

    def get_run(self, run_id: str) -> RunReport | None:
        """Return a run with all its details; ``None`` when there is no such run."""
        ...

    def get_entity(self, entity_id: str) -> EntityReport:
        """Return the store's figures of an entity."""
        ...

    def list_quarantine(
        self, entity_id: str, limit: int, after: int = ..., *, dismissed: bool | None = ...
    ) -> QuarantinePage:
        """Return rows in quarantine, by Odoo id; ``dismissed`` ones, others, or with ``None`` both."""
        ...

    def list_documents(self, entity_id: str, search: str, limit: int, after: int | None = ...) -> DocumentPage:
        """Return documents, the highest Odoo id first: all of them, or the matches of the search."""
        ...

    def get_document(self, entity_id: str, odoo_id: int) -> StoredDocument | None:
        """Return a document in full; ``None`` when there is none with this Odoo id."""
        ...


class DashboardChangeQueries(Protocol):
    """Queries of the change log. Called from worker threads; raises ``SyncError``."""

    def get_history(self, name: str, odoo_id: int) -> DocumentHistory:
        """Return all logged versions of a document of the entity with this id."""
        ...

    def list_run_page(self, run_id: str, limit: int, after: int = ...) -> Sequence[LoggedChange]:
        """Return changes of a run with numbers above ``after``, in their order."""
        ...


class DashboardVerifier(Protocol):
    """Verifier for one verification."""

    def verify(self, entities: Sequence[Entity], sample: int | None) -> Verification:
        """Compare these entities; of ``sample`` rows of each, or of all, also the content. Raises ``SyncError``."""
        ...


class VerifierFactory(Protocol):
    """Factory of verifiers, each for one verification."""

    def __call__(self, *, on_progress: ProgressListener, cancel: CancelToken) -> DashboardVerifier:
        """Create a verifier; ``cancel`` stops the verification at its next page."""
        ...


DetachedStart = Callable[[Sequence[tuple[Action, Scope]]], None]
"""Starts runs in processes of their own, one run after the other, and returns once the first has begun.

Called in a worker thread; raises ``SyncError`` when it cannot begin.
"""


class DiscoverySession(Protocol):
    """Connection to Odoo that finds out what it holds. Used in one worker thread; raises ``SyncError``."""

    def __enter__(self) -> Self:
        """Connect."""
        ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Disconnect."""
        ...

    def list_models(self, *, on_counted: CountListener | None = ...) -> ModelList:
        """List the models that the Odoo user may read; with ``on_counted`` the rows of each are counted too."""
        ...

    def describe_model(self, model: str) -> ModelDetails:
        """Describe a model with its fields."""
        ...

    def list_tables(self, model: str) -> Sequence[EntityTable]:
        """List what the settings say of the entities of a model."""
        ...


DiscoveryFactory = Callable[[CancelToken], DiscoverySession]
"""Creates a connection for a discovery; the token stops it. Called in a worker thread; raises ``SyncError``."""

CheckRunner = Callable[[], Iterator[Check]]
"""Yields the doctor's checks, each made when it is requested; findings are never raised."""


class DashboardBackend(Protocol):
    """The dashboard's open backend: queries, verifier and sync service."""

    @property
    def overview_queries(self) -> DashboardOverviewQueries:
        """Queries of the integration as a whole."""
        ...

    @property
    def detail_queries(self) -> DashboardDetailQueries:
        """Queries of single runs, entities and documents."""
        ...

    @property
    def change_queries(self) -> DashboardChangeQueries:
        """Queries of the change log."""
        ...

    @property
    def verifier(self) -> VerifierFactory:
        """Factory of verifiers, which compare the store with Odoo and write no document."""
        ...

    def service(self, *, on_progress: ProgressListener, cancel: CancelToken) -> SyncService:
        """Create a service for one run."""
        ...


class EarlySettings(Protocol):
    """Settings of ``ui`` that the first picture needs: badge, theme, character set, read-only."""

    @property
    def environment(self) -> str:
        """The text of the environment badge."""
        ...

    @property
    def environment_color(self) -> str:
        """The badge's colour by its name in the theme; empty: chosen by the text."""
        ...

    @property
    def theme(self) -> str:
        """The colour theme."""
        ...

    @property
    def ascii(self) -> bool:
        """Whether to draw with ASCII characters only."""
        ...

    @property
    def read_only(self) -> bool:
        """Whether every writing action is off."""
        ...


class UiOptions(Protocol):
    """Settings of ``ui`` that are known once the settings are checked."""

    @property
    def keymap(self) -> Mapping[str, str]:
        """The operator's own keys of commands, by command id."""
        ...

    @property
    def detach(self) -> bool:
        """Whether syncs are started in processes of their own."""
        ...

    @property
    def refresh_seconds(self) -> float:
        """Seconds between two reads of the store."""
        ...

    @property
    def audit_rows(self) -> int:
        """Number of audit events on the dashboard."""
        ...


def offer_setup(setup: Setup) -> SetupOffer | None:
    """Build what the screen says of a first settings file; ``None`` where none is to be made."""
    own_settings = setup.own_settings
    if own_settings is None:
        return None
    return SetupOffer(own_settings.path, own_settings.lines, "mongo.uri" in own_settings.asked, own_settings.is_written)
