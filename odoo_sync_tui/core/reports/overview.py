"""Overview of the integration, for the dashboard and ``status``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from odoo_sync_tui.core.audit.events import AuditEvent, ChainReport
from odoo_sync_tui.core.cursor import FieldDrift
from odoo_sync_tui.core.reports.health import Concern, Expiries, IntegrationHealth
from odoo_sync_tui.core.reports.trends import EntityTrend, SyncTrend
from odoo_sync_tui.core.reports.verification import Proof
from odoo_sync_tui.core.run import LeaseState, OdooSource, RunRecord, SyncStatus
from odoo_sync_tui.core.schedule import PlannedSync
from odoo_sync_tui.core.text.format import format_number


@dataclass(frozen=True, slots=True)
class IntegrationStatus:
    """Status of the integration, without credentials.

    ``status`` is ``None`` before the first run. ``interrupted``: the stored status is ``running`` but no run holds the
    lease. ``source``: the Odoo whose records the store holds, ``None`` while unknown.
    ``settings_problem``: why the settings of this process name no Odoo to sync.
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
    source: OdooSource | None = None
    settings_problem: str | None = None


class DocumentCounts(NamedTuple):
    """Numbers of an entity's documents; those ``without_row`` are inactive, and Odoo has no row of them any more."""

    active: int
    inactive: int
    without_row: int


@dataclass(frozen=True, slots=True)
class EntityCounts:
    """Numbers of an entity's records in Odoo and in the store.

    ``odoo`` is Odoo's last count, archived records included, taken at ``odoo_at``; ``None`` without a count yet or
    without such a model. ``without_row`` is how many of the inactive documents have no row in Odoo any more.
    ``dismissed`` are rows that an operator dismissed from the quarantine; ``lacking`` those of them without a document.
    ``changed`` is the number of documents that the last run wrote or retired. ``drift`` are changes of fields in Odoo
    that nobody has seen yet. ``newly_quarantined`` rows came into quarantine within a day.
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
    without_row: int = 0
    drift: tuple[FieldDrift, ...] = ()
    newly_quarantined: int = 0
    dismissed: int = 0
    lacking: int = 0

    @property
    def documents(self) -> int:
        """Number of documents, but for those whose row is gone: what Odoo's count is compared with."""
        return self.active + self.inactive - self.without_row

    @property
    def gap(self) -> int | None:
        """How many rows of Odoo the store lacks, but for dismissed ones; negative: how many documents are too many."""
        return None if self.odoo is None else self.odoo - self.documents - self.lacking

    @property
    def is_counted_by_run(self) -> bool:
        """Whether Odoo's count is that of the last run, not a later one, which knows of rows written since."""
        return self.odoo_at is not None and self.synced_at is not None and self.odoo_at <= self.synced_at


class EntityStatus(StrEnum):
    """Why an entity is synced, or is not."""

    BUILT_IN = "built in"
    DECLARED = "declared"
    OFF = "off"
    UNDECLARED = "undeclared"


SYNCED = frozenset({EntityStatus.BUILT_IN, EntityStatus.DECLARED})


@dataclass(frozen=True, slots=True)
class EntitySummary:
    """An entity, synced or not, and the number of its documents.

    Attributes:
        name: the name of its table in the settings ("orders", "lake_users").
        id: its id.
        model: the Odoo model; ``None`` where no settings tell it any more.
        status: why it is synced, or is not.
        active: number of active documents.
        inactive: number of inactive documents.
        can_be_dropped: whether its documents may be deleted: it is synced no more, and its collection is shared by
            kinds of records that are told apart.
        synced_at: end of the last run that synced all of it; ``None``: never, or unknown.
        drift: number of changes of its fields that nobody has seen yet.
        masked: the masks of what is stored, by dotted path.
    """

    name: str
    id: str
    model: str | None
    status: EntityStatus
    active: int = 0
    inactive: int = 0
    can_be_dropped: bool = False
    synced_at: datetime | None = None
    drift: int = 0
    masked: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def documents(self) -> int:
        """Number of documents."""
        return self.active + self.inactive


def describe_left_over(entity: EntitySummary) -> str:
    """Describe an entity that is synced no more: ``orders (1 204 documents, no longer declared)``."""
    documents = f"{format_number(entity.documents)} document{'s' * (entity.documents != 1)}"
    return f"{entity.name} ({documents}, {'off' if entity.status is EntityStatus.OFF else 'no longer declared'})"


class DroppedEntity(NamedTuple):
    """What was deleted of an entity: documents, and rows in quarantine."""

    name: str
    documents: int
    quarantined: int


class RecordParts(NamedTuple):
    """What is stored of one record as one entity: how much of each.

    Attributes:
        documents: documents that this program created, which are deleted when the record is erased.
        accounts: accounts of other programs, which are unlinked.
        changes: entries in the change log.
        quarantined: rows in quarantine.
    """

    documents: int = 0
    accounts: int = 0
    changes: int = 0
    quarantined: int = 0


@dataclass(frozen=True, slots=True)
class ErasedRecord:
    """A record that was erased, and that no run brings back. ``pending``: the event of it that is not logged yet."""

    model: str
    odoo_id: int
    erased_at: datetime
    pending: AuditEvent | None = None


@dataclass(frozen=True, slots=True)
class Erasure:
    """What is erased with a record, or was.

    Attributes:
        name: the entity by which it was named.
        model: the Odoo model.
        odoo_id: the id of the record.
        parts: what is stored of it, by entity.
        owned_fields: the fields that accounts of other programs lose.
        erased_at: when it was erased before; ``None``: it was not.
    """

    name: str
    model: str
    odoo_id: int
    parts: Mapping[str, RecordParts]
    owned_fields: tuple[str, ...] = ()
    erased_at: datetime | None = None

    @property
    def total(self) -> RecordParts:
        """What is stored of it as all entities."""
        return RecordParts(*map(sum, zip(*self.parts.values(), strict=True))) if self.parts else RecordParts()


@dataclass(frozen=True, slots=True)
class StoreInfo:
    """The MongoDB server of the lake. ``topology`` is "standalone", "replica set" or "sharded"."""

    version: str
    topology: str
    database: str
    embedded: bool = False
    primary: bool = True


@dataclass(frozen=True, slots=True)
class ProofPage:
    """What an auditor is shown: of which Odoo and store, what is proved of each entity that was synced, the history."""

    at: datetime
    source: OdooSource | None
    store: StoreInfo
    entities: Mapping[str, Proof | None]
    audit: ChainReport

    @property
    def is_proved(self) -> bool:
        """Whether all ids and contents are proved, nothing differs, and the history is intact."""
        proofs = self.entities.values()
        return self.audit.is_intact and all(each and each.proved_since and not each.findings for each in proofs)


@dataclass(frozen=True, slots=True)
class Standing:
    """How all syncs stand against the clock: what is planned or expected of each, and what ends soon."""

    planned: tuple[PlannedSync, ...] = ()
    expiries: Expiries = field(default_factory=Expiries)


@dataclass(frozen=True, slots=True)
class Overview:
    """The dashboard's data from the store, read at ``at``.

    ``proofs`` are those of the entities that were synced, where each run verifies some of the contents.
    """

    at: datetime
    integration: IntegrationStatus
    store: StoreInfo
    entities: tuple[EntityCounts, ...] = ()
    events: tuple[AuditEvent, ...] = ()
    live_run: RunRecord | None = None
    last_run: RunRecord | None = None
    lease: LeaseState | None = None
    health: IntegrationHealth = field(default_factory=IntegrationHealth)
    trends: tuple[SyncTrend, ...] = ()
    planned: tuple[PlannedSync, ...] = ()
    concerns: tuple[Concern, ...] = ()
    expiries: Expiries = field(default_factory=Expiries)
    proofs: tuple[Proof | None, ...] = ()

    def find_planned(self, action: str) -> PlannedSync | None:
        """Find what is planned for a sync, or expected of it."""
        return next((each for each in self.planned if each.action == action), None)

    def find_trend(self, entity_id: str) -> EntityTrend:
        """Find the trend of an entity by its id; an empty one where it was never synced."""
        return next((sync.entities[entity_id] for sync in self.trends if entity_id in sync.entities), EntityTrend())
