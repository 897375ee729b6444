"""What the dashboard asks of the rooms behind it: the store's view of things, and a service that runs a sync.

Protocols instead of the classes themselves, so that the screen comes up before MongoDB's driver is even imported,
and so that tests put a lake of their own behind it.
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
    """One run of a sync."""

    def sync(self, action: Action, user_id: str, scope: Scope = ...) -> SyncResult:
        """Run it; raises ``ConfigurationError``, ``LeaseHeld`` or ``StoreUnavailable`` when it cannot begin."""
        ...


class DashboardMonitor(Protocol):
    """Reads of the store. Called from worker threads; raises ``SyncError``."""

    def overview(self, events: int = ...) -> Overview:
        """The integration at one glance, with the newest audit events."""
        ...

    def audit(self, query: AuditQuery, limit: int, after: str | None = ..., order: Order = ...) -> AuditPage:
        """A page of audit events."""
        ...

    def count_audit(self, query: AuditQuery, at_most: int) -> int:
        """How many audit events there are, counted no further than ``at_most``."""
        ...

    def refresh_odoo_counts(self, cancel: CancelToken) -> None:
        """Ask Odoo how many rows each entity has, and keep the answer in the store."""
        ...

    def request_cancel(self, run_id: str, by: str) -> bool:
        """Ask a run anywhere to stop at its next page; false when it has ended."""
        ...


class DashboardInspector(Protocol):
    """Looks into single things. Called from worker threads; raises ``SyncError``."""

    def runs(self, limit: int, after: str | None = ...) -> RunPage:
        """Runs, newest first."""
        ...

    def run(self, run_id: str) -> RunReport | None:
        """A run with everything that is known of it; ``None`` when there is no such run."""
        ...

    def entity(self, entity_id: str) -> EntityReport:
        """What the store knows of an entity."""
        ...

    def quarantine(self, entity_id: str, limit: int, after: int = ...) -> QuarantinePage:
        """Rows in quarantine, by Odoo id."""
        ...

    def documents(self, entity_id: str, search: str, limit: int, after: int | None = ...) -> DocumentPage:
        """Documents, the highest Odoo id first: all of them, or those that the search is for."""
        ...

    def document(self, entity_id: str, odoo_id: int) -> StoredDocument | None:
        """A document in full; ``None`` when there is none with this Odoo id."""
        ...


class DashboardVerifier(Protocol):
    """One verification."""

    def verify(self, entities: Sequence[Entity], sample: int | None) -> Verification:
        """Compare these entities; of ``sample`` rows of each, or of all, also the content. Raises ``SyncError``."""
        ...


class NewVerifier(Protocol):
    """Makes a verifier for one verification."""

    def __call__(self, *, on_progress: ProgressListener, cancel: CancelToken) -> DashboardVerifier:
        """The verifier; ``cancel`` stops it at its next page."""
        ...


Examine = Callable[[], Iterator[Check]]
"""Makes the doctor's checks, each when it is asked for; never raises for what it finds."""


class DashboardBackend(Protocol):
    """Everything behind the dashboard, open and ready."""

    @property
    def monitor(self) -> DashboardMonitor:
        """What is known of the integration."""
        ...

    @property
    def inspector(self) -> DashboardInspector:
        """What is known of single runs, entities and documents."""
        ...

    @property
    def verifier(self) -> NewVerifier:
        """Compares the store with Odoo, and writes nothing."""
        ...

    def service(self, *, on_progress: ProgressListener, cancel: CancelToken) -> SyncService:
        """A service for one run."""
        ...


class Look(Protocol):
    """How the dashboard looks: what it knows of ``ui`` in the settings from its first picture on."""

    @property
    def environment(self) -> str:
        """The text of the badge."""
        ...

    @property
    def environment_color(self) -> str:
        """The badge's colour by its name in the theme; empty: by the text."""
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
        """Whether every action that writes is off."""
        ...


class UiOptions(Protocol):
    """How the dashboard behaves: what it learns of ``ui`` once the settings are checked."""

    @property
    def keymap(self) -> Mapping[str, str]:
        """Other keys for commands, by the command's id."""
        ...

    @property
    def refresh_seconds(self) -> float:
        """How often the store is read."""
        ...

    @property
    def audit_rows(self) -> int:
        """How many audit events are shown."""
        ...
