"""Protocols of the dashboard's backend: queries of the store, a sync service, and a verifier.

Protocols instead of the classes themselves, so that the screen comes up before MongoDB's driver is even imported,
and so that tests can pass in a store of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Protocol

from odoo_sync_tui.core.audit import AuditPage, AuditQuery, Order
from odoo_sync_tui.core.cancel import CancelToken
from odoo_sync_tui.core.diagnosis import Check
from odoo_sync_tui.core.entity import Entity
from odoo_sync_tui.core.overview import Overview
from odoo_sync_tui.core.progress import ProgressListener
from odoo_sync_tui.core.records import DocumentPage, EntityReport, QuarantinePage, RunPage, RunReport, StoredDocument
from odoo_sync_tui.core.result import SyncResult
from odoo_sync_tui.core.scope import Scope
from odoo_sync_tui.core.verification import Verification
from odoo_sync_tui.core.words import Action


class SyncService(Protocol):
    """Service for one run of a sync."""

    def sync(self, action: Action, user_id: str, scope: Scope = ...) -> SyncResult:
        """Run a sync; raises ``ConfigurationError``, ``LeaseHeld`` or ``StoreUnavailable`` when it cannot begin."""
        ...


class DashboardMonitor(Protocol):
    """Queries of the integration as a whole. Called from worker threads; raises ``SyncError``."""

    def overview(self, events: int = ...) -> Overview:
        """Return the integration's figures and its newest audit events."""
        ...

    def audit(self, query: AuditQuery, limit: int, after: str | None = ..., order: Order = ...) -> AuditPage:
        """Return a page of audit events."""
        ...

    def count_audit(self, query: AuditQuery, at_most: int) -> int:
        """Count the audit events, no further than ``at_most``."""
        ...

    def refresh_odoo_counts(self, cancel: CancelToken) -> None:
        """Count each entity's rows in Odoo, and keep the counts in the store."""
        ...

    def request_cancel(self, run_id: str, by: str) -> bool:
        """Request any run to stop at its next page; false when the run has ended."""
        ...


class DashboardInspector(Protocol):
    """Queries of single runs, entities and documents. Called from worker threads; raises ``SyncError``."""

    def runs(self, limit: int, after: str | None = ...) -> RunPage:
        """Return a page of runs, newest first."""
        ...

    def run(self, run_id: str) -> RunReport | None:
        """Return a run with all its details; ``None`` when there is no such run."""
        ...

    def entity(self, entity_id: str) -> EntityReport:
        """Return the store's figures of an entity."""
        ...

    def quarantine(self, entity_id: str, limit: int, after: int = ...) -> QuarantinePage:
        """Return rows in quarantine, by Odoo id."""
        ...

    def documents(self, entity_id: str, search: str, limit: int, after: int | None = ...) -> DocumentPage:
        """Return documents, the highest Odoo id first: all of them, or the matches of the search."""
        ...

    def document(self, entity_id: str, odoo_id: int) -> StoredDocument | None:
        """Return a document in full; ``None`` when there is none with this Odoo id."""
        ...


class DashboardVerifier(Protocol):
    """Verifier for one verification."""

    def verify(self, entities: Sequence[Entity], sample: int | None) -> Verification:
        """Compare these entities; of ``sample`` rows of each, or of all, also the content. Raises ``SyncError``."""
        ...


class NewVerifier(Protocol):
    """Factory of verifiers, each for one verification."""

    def __call__(self, *, on_progress: ProgressListener, cancel: CancelToken) -> DashboardVerifier:
        """Create a verifier; ``cancel`` stops the verification at its next page."""
        ...


Examine = Callable[[], Iterator[Check]]
"""Yields the doctor's checks, each made when it is requested; findings are never raised."""


class DashboardBackend(Protocol):
    """The dashboard's open backend: queries, verifier and sync service."""

    @property
    def monitor(self) -> DashboardMonitor:
        """Queries of the integration as a whole."""
        ...

    @property
    def inspector(self) -> DashboardInspector:
        """Queries of single runs, entities and documents."""
        ...

    @property
    def verifier(self) -> NewVerifier:
        """Factory of verifiers, which compare the store with Odoo and write nothing."""
        ...

    def service(self, *, on_progress: ProgressListener, cancel: CancelToken) -> SyncService:
        """Create a service for one run."""
        ...


class Look(Protocol):
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
    def refresh_seconds(self) -> float:
        """Seconds between two reads of the store."""
        ...

    @property
    def audit_rows(self) -> int:
        """Number of audit events on the dashboard."""
        ...
