"""Overview of the integration, for the dashboard and ``status``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from odoo_sync_tui.core.audit.events import AuditEvent
from odoo_sync_tui.core.run import LeaseState, RunRecord, SyncStatus


@dataclass(frozen=True, slots=True)
class IntegrationStatus:
    """Status of the integration, without credentials.

    ``status`` is ``None`` before the first run. ``interrupted``: the stored status is ``running`` but no run holds the
    lease.
    """

    status: SyncStatus | None = None
    interrupted: bool = False
    error_message: str | None = None
    last_sync: datetime | None = None
    last_attempt: datetime | None = None
    url: str = ""
    database: str = ""
    username: str = ""
    server_version: str | None = None
    protocol: str | None = None


@dataclass(frozen=True, slots=True)
class EntityCounts:
    """Numbers of an entity's records in Odoo and in the store.

    ``odoo`` is Odoo's last count, archived records included, taken at ``odoo_at``; ``None`` without a count yet or
    without such a model. ``changed`` is the number of documents that the last run wrote or retired.
    """

    name: str
    title: str
    odoo: int | None = None
    odoo_at: datetime | None = None
    active: int = 0
    inactive: int = 0
    quarantined: int = 0
    changed: int | None = None
    synced_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class StoreInfo:
    """The MongoDB server of the lake. ``topology`` is "standalone", "replica set" or "sharded"."""

    version: str
    topology: str
    database: str
    embedded: bool = False
    primary: bool = True


@dataclass(frozen=True, slots=True)
class Overview:
    """The dashboard's data from the store, read at ``at``."""

    at: datetime
    integration: IntegrationStatus
    store: StoreInfo
    entities: tuple[EntityCounts, ...] = ()
    events: tuple[AuditEvent, ...] = ()
    live_run: RunRecord | None = None
    last_run: RunRecord | None = None
    lease: LeaseState | None = None
