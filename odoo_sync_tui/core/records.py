"""What can be looked up in the store one by one: runs, documents, rows in quarantine.

Everything is plain Python, so that the rooms above the store need no driver to show it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from odoo_sync_tui.core.audit import AuditEvent
from odoo_sync_tui.core.entity import Cursor, Domain
from odoo_sync_tui.core.overview import EntityCounts
from odoo_sync_tui.core.run import RunRecord


@dataclass(frozen=True, slots=True)
class QuarantinedRow:
    """A row in quarantine: why, since when, how many runs have tried it, and which of them did last."""

    odoo_id: int
    reason: str
    run_id: str
    first_seen: datetime
    last_seen: datetime
    attempts: int
    entity: str = ""


@dataclass(frozen=True, slots=True)
class QuarantinePage:
    """Rows in quarantine. ``more`` says that there are others after the last one."""

    rows: tuple[QuarantinedRow, ...] = ()
    more: bool = False


@dataclass(frozen=True, slots=True)
class RunPage:
    """Runs, newest first. ``after`` asks for the next page; ``None`` when there is none."""

    runs: tuple[RunRecord, ...] = ()
    after: str | None = None


@dataclass(frozen=True, slots=True)
class RunReport:
    """A run with everything that the store knows of it.

    Attributes:
        run: its record.
        events: its audit events, oldest first.
        quarantine: the rows that it set aside and that no later run has tried since.
        titles: how the screen calls its entities, by name.
    """

    run: RunRecord
    events: tuple[AuditEvent, ...] = ()
    quarantine: QuarantinePage = field(default_factory=QuarantinePage)
    titles: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class DocumentLine:
    """A stored document in a list. ``reason`` says why we retired it; ``changed_at`` when we last wrote it."""

    odoo_id: int
    name: str
    active: bool
    reason: str | None = None
    changed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class DocumentPage:
    """Documents in the order of their Odoo ids, the highest first.

    Attributes:
        documents: those that were found.
        after: the Odoo id below which the next page goes on; ``None`` when everything was looked through.
        searched: how many documents were looked through for them; ``None`` when an index named them.
    """

    documents: tuple[DocumentLine, ...] = ()
    after: int | None = None
    searched: int | None = None


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """All fields of a document: text, numbers, ``Decimal``, aware dates, booleans, ``None``, lists and mappings."""

    odoo_id: int
    fields: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class EntityReport:
    """What the store knows of an entity.

    Attributes:
        counts: as the dashboard shows them.
        model: the Odoo model, and ``domain`` which of its rows belong to the entity.
        collection: where the documents are, and ``match`` which of the collection's documents they are.
        inactive: inactive documents by reason ("archived", "deleted"; "" for those that others switched off); ``None``
            when counting them took too long.
        cursor: how far it has been read; ``None``: the next run reads it in full.
        quarantine: the rows that are set aside.
    """

    counts: EntityCounts
    model: str
    collection: str
    domain: Domain = ()
    match: Mapping[str, object] = field(default_factory=dict[str, object])
    inactive: Mapping[str, int] | None = None
    cursor: Cursor | None = None
    quarantine: QuarantinePage = field(default_factory=QuarantinePage)
