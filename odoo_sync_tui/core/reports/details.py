"""Details of single runs, entities, documents and quarantined rows.

Everything is plain Python, so that the packages above the store need no driver to show it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import cast

from odoo_sync_tui.core.audit.events import AuditEvent
from odoo_sync_tui.core.cursor import Cursor
from odoo_sync_tui.core.entity import BrokenRule, Domain
from odoo_sync_tui.core.reports.overview import EntityCounts
from odoo_sync_tui.core.run import RunRecord

RULES: Mapping[BrokenRule, tuple[str, str]] = {
    BrokenRule.READABLE: ("Odoo cannot answer the row", "Mend it in Odoo: the error is its own."),
    BrokenRule.VISIBLE: ("Odoo lists the row, and does not show it", "Give the Odoo user the right to read it."),
    BrokenRule.VALUES: ("a value is not what its field allows", "Correct it in Odoo."),
    BrokenRule.DOCUMENT: ("no document can be made of the row", "Correct it in Odoo, or the fields of the entity."),
    BrokenRule.STORABLE: ("MongoDB cannot hold the document", "Make the row smaller in Odoo, or leave a field out."),
    BrokenRule.UNIQUE: ("a value that must be unique is held already", "Decide who keeps it, and change the other."),
    BrokenRule.OWNER: ("another program's document may be meant", "Sync all rows: only such a run can tell."),
}
"""What is wrong with a row that breaks a rule, and what helps."""


@dataclass(frozen=True, slots=True)
class Dismissal:
    """Who dismissed a row from the quarantine, when and why."""

    by: str
    at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class QuarantinedRow:
    """A row in quarantine.

    Attributes:
        odoo_id: its id in Odoo.
        reason: how it breaks the rule.
        run_id: the run that tried it last.
        first_seen: when it failed first.
        last_seen: when it failed last.
        attempts: how many runs have tried it.
        entity: the id of its entity.
        rule: the rule that it breaks; ``None``: an earlier version of the program put it there.
        row: its values as they were read, or the document that could not be stored; what is masked is left out.
            ``None``: there is nothing of it.
        dismissal: who dismissed it; ``None``: nobody, so that every run tries it again.
    """

    odoo_id: int
    reason: str
    run_id: str
    first_seen: datetime
    last_seen: datetime
    attempts: int
    entity: str = ""
    rule: BrokenRule | None = None
    row: Mapping[str, object] | None = None
    dismissal: Dismissal | None = None

    @property
    def field_at_fault(self) -> str:
        """The field that the reason names; empty where it names none."""
        found = re.match(r"(?:Field|The) ([\w.]+)", self.reason)
        return found[1] if found else ""


def flatten(values: Mapping[str, object], prefix: str = "") -> dict[str, object]:
    """Flatten values within values: ``{"data.phone": "+32 1"}``."""
    found: dict[str, object] = {}
    for name, value in values.items():
        if isinstance(value, Mapping) and value:
            found |= flatten(cast("Mapping[str, object]", value), f"{prefix}{name}.")
        else:
            found[f"{prefix}{name}"] = cast("object", value)
    return found


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
