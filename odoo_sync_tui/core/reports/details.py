"""Details of single runs, entities, documents and quarantined rows.

Everything is plain Python, so that the packages above the store need no driver to show it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from odoo_sync_tui.core.audit.events import AuditEvent
from odoo_sync_tui.core.cursor import Cursor
from odoo_sync_tui.core.entity import Domain
from odoo_sync_tui.core.reports.overview import EntityCounts
from odoo_sync_tui.core.run import RunRecord


@dataclass(frozen=True, slots=True)
class QuarantinedRow:
    """A row in quarantine: reason, first and last failure, number of attempts, and the last run."""

    odoo_id: int
    reason: str
    run_id: str
    first_seen: datetime
    last_seen: datetime
    attempts: int
    entity: str = ""


@dataclass(frozen=True, slots=True)
class QuarantinePage:
    """One page of quarantined rows. ``has_more``: others follow the last row."""

    rows: tuple[QuarantinedRow, ...] = ()
    has_more: bool = False


@dataclass(frozen=True, slots=True)
class RunPage:
    """One page of runs, newest first. ``after`` requests the next page; ``None``: there is none."""

    runs: tuple[RunRecord, ...] = ()
    after: str | None = None


@dataclass(frozen=True, slots=True)
class RunReport:
    """A run with all its stored details.

    Attributes:
        run: the record of the run.
        events: audit events of the run, oldest first.
        quarantine: rows that the run quarantined and no later run has tried since.
    """

    run: RunRecord
    events: tuple[AuditEvent, ...] = ()
    quarantine: QuarantinePage = field(default_factory=QuarantinePage)


@dataclass(frozen=True, slots=True)
class DocumentSummary:
    """A stored document in a list. ``reason``: why the sync retired it; ``changed_at``: when the sync last wrote it."""

    odoo_id: int
    name: str
    active: bool
    reason: str | None = None
    changed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class DocumentPage:
    """One page of documents by Odoo id, the highest first.

    Attributes:
        documents: the documents found.
        after: the Odoo id below which the next page continues; ``None`` when all documents were searched.
        searched_count: number of documents scanned for the page; ``None`` when an index found them.
    """

    documents: tuple[DocumentSummary, ...] = ()
    after: int | None = None
    searched_count: int | None = None


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """All fields of a document: text, numbers, ``Decimal``, aware dates, booleans, ``None``, lists and mappings.

    ``masked`` are the masks of its fields by dotted path.
    """

    odoo_id: int
    fields: Mapping[str, object]
    masked: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class ValueHolder:
    """A document that holds a value. ``key`` is its ``_id``; ``odoo_id`` is ``None`` while it is not linked to Odoo."""

    key: str
    odoo_id: int | None
    name: str
    active: bool


@dataclass(frozen=True, slots=True)
class SharedValue:
    """A value, such as an e-mail address, of several documents, so that it does not tell whose it is.

    Attributes:
        value: the value.
        count: how many documents hold it.
        holders: the first of them, those without an Odoo id before the others.
    """

    value: str
    count: int
    holders: tuple[ValueHolder, ...]


@dataclass(frozen=True, slots=True)
class EntityReport:
    """Stored details of an entity.

    Attributes:
        counts: the counts shown on the dashboard.
        model: the Odoo model; ``domain`` selects the entity's rows in it.
        collection: the collection; ``discriminator`` selects the entity's documents in it.
        inactive_by_reason: inactive documents by reason ("archived", "deleted"; "" for documents deactivated by other
            programs); ``None`` when counting them took too long.
        cursor: position up to which the entity has been read; ``None``: the next run reads it in full.
        quarantine: the quarantined rows.
        match_field: the field by which documents of other programs are linked; ``None``: no document is.
        shared_values: values of that field that an operator may have to decide: a document that is not linked has it
            beside a linked one, or an inactive one beside an active one; ``None`` when finding them took too long.
        masked: the masks of what is stored, by dotted path.
        changes_per_day: logged changes of each of the last four weeks' days, today's last; none where none was logged,
            or when counting them took too long.
    """

    counts: EntityCounts
    model: str
    collection: str
    domain: Domain = ()
    discriminator: Mapping[str, object] = field(default_factory=dict[str, object])
    inactive_by_reason: Mapping[str, int] | None = None
    cursor: Cursor | None = None
    quarantine: QuarantinePage = field(default_factory=QuarantinePage)
    match_field: str | None = None
    shared_values: tuple[SharedValue, ...] | None = ()
    masked: Mapping[str, str] = field(default_factory=dict[str, str])
    changes_per_day: tuple[int, ...] = ()
