"""Entities: source model in Odoo, target collection in MongoDB, and the mapping between rows and documents."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple, overload

from odoo_sync_tui.core.actions import Action
from odoo_sync_tui.core.text.masking import FieldMask, Masking

Row = Mapping[str, object]
"""One decoded Odoo record: ``None`` for empty, :class:`RelatedRecord` for a many2one, tuples of ids for
x2many, aware UTC datetimes, ISO text for dates, ``Decimal`` for money. Always holds ``id``. A field that this server
does not have, or that the Odoo user may not read, is absent."""


class RowTable(Sequence[Row]):
    """Rows of one page, all with the same fields, held column by column: thousands of them are made and read at once.

    Args:
        columns: the values by field, ``id`` among them, each as long as there are rows.
    """

    def __init__(self, columns: Mapping[str, Sequence[object]]) -> None:
        self.columns = columns

    @classmethod
    def of(cls, rows: Sequence[Row]) -> RowTable:
        """Make a table of rows; those after the first have at least the fields of the first."""
        names = rows[0] if rows else ("id",)
        return cls({name: [row[name] for row in rows] for name in names})

    def column(self, *names: str) -> Sequence[object]:
        """Return the values of the first of these fields that there is; ``None`` for every row where there is none."""
        return next((self.columns[name] for name in names if name in self.columns), (None,) * len(self))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RowTable) and self.columns == other.columns

    __hash__ = None  # pyright: ignore[reportAssignmentType]  # as of every list

    def __add__(self, other: RowTable) -> RowTable:
        return RowTable({name: [*values, *other.columns[name]] for name, values in self.columns.items()})

    def __len__(self) -> int:
        return len(self.columns["id"])

    def __iter__(self) -> Iterator[Row]:
        names = tuple(self.columns)
        return (dict(zip(names, values, strict=True)) for values in zip(*self.columns.values(), strict=True))

    @overload
    def __getitem__(self, index: int) -> Row: ...
    @overload
    def __getitem__(self, index: slice) -> RowTable: ...
    def __getitem__(self, index: int | slice) -> Row | RowTable:
        picked = {name: values[index] for name, values in self.columns.items()}
        return RowTable(picked) if isinstance(index, slice) else picked  # pyright: ignore[reportArgumentType]  # columns


Domain = tuple[object, ...]
"""An Odoo search domain: leaves ``(field, operator, value)`` and the prefix operators ``"&"``, ``"|"``, ``"!"``."""

CLOCK_TOLERANCE = timedelta(minutes=5)
"""Longest time that a ``write_date`` may lie after the server's own clock; beyond it, the clock jumped."""


class InactiveReason(StrEnum):
    """Reason for which a document was retired."""

    ARCHIVED = "archived"
    DELETED = "deleted"
    ELSEWHERE = "elsewhere"  # the record exists, but no longer belongs to the entity
    HIDDEN = "hidden"  # the Odoo user may not see it; an operator confirmed that it may go


MISSING_ROW_REASONS = frozenset({InactiveReason.DELETED, InactiveReason.ELSEWHERE, InactiveReason.HIDDEN})
"""Reasons for documents without a row in the census."""


class RelatedRecord(NamedTuple):
    """A many2one value: the related record's id, and its display name where the Odoo user may read it."""

    id: int
    name: str | None


class KnownRow(NamedTuple):
    """State of a row at the last sync: fingerprint of the row as read, and whether its document is active."""

    fingerprint: str
    active: bool


class Block(NamedTuple):
    """Range of ids ``(after, through]``; ``through=None`` reaches to the end of the id space."""

    after: int
    through: int | None


class Document(NamedTuple):
    """Document mapped from a row.

    ``owned`` holds the fields owned by Odoo: hashed, compared and overwritten. ``initial`` is set when the document is
    created and never touched again. ``incomplete``: part of the row could not be read; the next run reads it again.
    """

    odoo_id: int
    active: bool
    owned: dict[str, object]
    initial: Mapping[str, object] = MappingProxyType({})
    incomplete: bool = False


@dataclass(frozen=True, slots=True)
class Target:
    """Collection of an entity's documents, and the names of their bookkeeping fields.

    Attributes:
        collection: the MongoDB collection.
        id_field: path of the field that holds the Odoo id (an int, unique among the target's documents).
        active_field: the boolean of active documents.
        updated_at_field: date of the last change written by the sync.
        deactivated_at_field: date on which the document became inactive, null while active.
        key_template: template of the ``_id`` of a new document, from its Odoo id (``"odoo_account_{id}"``).
        discriminator: equality filter for the target's documents among others of the collection.
        match_field: a field of ``Document.owned`` by whose equal value a document that is not yet linked to Odoo is
            taken over before a new one is created; ``None``: always create.
        identity_fields: fields of ``Document.owned`` that must not contradict a document to take over: where that has
            a value, the row must have the same.
        sparse_fields: fields of ``Document.owned`` that are left out of a document where they are empty: they identify
            a record, and a unique index of another program would take a second null for a duplicate.
        locally_managed_state: other programs deactivate documents too; the sync reactivates only what it deactivated.
        name_field: path of the field with the display name of a document.
    """

    collection: str
    id_field: str
    active_field: str
    updated_at_field: str
    deactivated_at_field: str
    key_template: str
    discriminator: Mapping[str, object] = field(default_factory=dict[str, object])
    match_field: str | None = None
    identity_fields: tuple[str, ...] = ()
    sparse_fields: frozenset[str] = frozenset()
    locally_managed_state: bool = False
    name_field: str = "name"

    def make_key(self, odoo_id: int) -> str:
        """Make the ``_id`` of a document that we create."""
        return self.key_template.replace("{id}", str(odoo_id))


@dataclass(frozen=True, slots=True)
class Reference:
    """Fields of a document copied from another collection of the store.

    ``source_field`` is the field of ``Document.owned`` that holds the Odoo id; ``copied_fields`` maps ours to theirs:
    ``Reference("odoo_department_id", "departments", "odoo_id", {"department_id": "id"})``. ``names`` are those of ours
    that hold the name of a record, each with its model, and ``masks`` what becomes of them.
    """

    source_field: str
    collection: str
    id_field: str
    copied_fields: Mapping[str, str]
    names: Mapping[str, str] = field(default_factory=dict[str, str])
    masks: Mapping[str, FieldMask] = field(default_factory=dict[str, FieldMask])

    def mask(self, name: str, value: object) -> object:
        """Mask the value of a copied field, which may be masked already."""
        found = self.masks.get(name)
        return found.masker.mask_stored(found.kind, value) if found else value


class Content(StrEnum):
    """What a field of a document holds of an Odoo field."""

    VALUE = "value"
    RELATED_ID = "related id"
    RELATED_NAME = "related name"


@dataclass(frozen=True, slots=True)
class DocumentField:
    """Field of a document that Odoo owns.

    Attributes:
        name: its name.
        make_values: a pure function from rows to the values before they are masked, one for each row; it raises
            ``ValueError`` or ``TypeError`` where one cannot be made.
        sources: the Odoo fields of which it is made: a mask of any of them covers it.
        content: what it holds of them.
        names_of: the model of whose records it may hold a name as text, as Odoo or somebody typed it.
        parts: the fields within it, which have masks of their own.
        mask: what becomes of its values.
    """

    name: str
    make_values: Callable[[RowTable], Sequence[object]]
    sources: tuple[str, ...] = ()
    content: Content = Content.VALUE
    names_of: str = ""
    parts: tuple[DocumentField, ...] = ()
    mask: FieldMask | None = None

    def make(self, rows: RowTable) -> Sequence[object]:
        """Make the values as they are stored, one for each row.

        Raises:
            ValueError, TypeError: one cannot be made.
        """
        values = self.make_values(rows)
        return self.mask.apply(values) if self.mask else values


@dataclass(frozen=True, slots=True)
class DependentModel:
    """Model whose changes affect a row without updating the row's own ``write_date``.

    ``inverse_name`` is the many2one of ``model`` that points at the row (hr.version's ``employee_id`` since Odoo 19,
    where department and job live on the version). A server without the model has nothing to read.
    """

    model: str
    inverse_name: str


@dataclass(frozen=True, slots=True)
class FieldChoice:
    """Choice of Odoo fields that an operator made, for Odoo to say which they are.

    Attributes:
        patterns: names and patterns of fields, in their order: ``"x_*"`` adds, ``"-note"`` takes away.
        parent: the field of the documents under which the chosen ones stand; none: beside the others.
        takes_new: a field that is new in Odoo and matches is read; else the run says that there is one.
        freezes_lost: the entity fails, and nothing is touched, once Odoo lacks a field that was read before.
        left_out: fields that match and are not read, as they are new; known once Odoo has said which there are.
    """

    patterns: tuple[str, ...] = ()
    parent: str = ""
    takes_new: bool = False
    freezes_lost: bool = False
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Entity:
    """Kind of record to sync.

    Attributes:
        name: plural word, unique within its action.
        action: the sync that it belongs to.
        model: the Odoo model.
        fields: Odoo fields wanted; those that a server lacks are left out of its rows.
        target: where the documents go.
        document_fields: the fields of the documents that Odoo owns, in their order.
        parent_field: the field of the document under which they stand; none at the top.
        initial: what a new document is given besides, and what is never touched again.
        key_field: the field, besides ``_id``, that is given the key of the document; none by default.
        domain: which rows of the model belong to the entity, besides all archived ones.
        references: fields copied from other collections.
        dependent_models: models whose changes also count as a change of the row.
        order: entities of a run are synced by this number; parents before those that refer to them.
        choice: which further fields an operator chose; they are among ``fields`` once Odoo has said which they are.
            ``None``: the entity is as the package has it.
        masking: masks that its fields are yet to be given, once Odoo has said which they are.
        erased_ids: ids of rows that were erased from the store: they are neither listed nor counted.
    """

    name: str
    action: Action
    model: str
    fields: tuple[str, ...]
    target: Target
    document_fields: tuple[DocumentField, ...]
    parent_field: str = ""
    initial: Mapping[str, object] = field(default_factory=dict[str, object])
    key_field: str = ""
    domain: Domain = ()
    references: tuple[Reference, ...] = ()
    dependent_models: tuple[DependentModel, ...] = ()
    order: int = 100
    choice: FieldChoice | None = None
    masking: Masking | None = None
    erased_ids: tuple[int, ...] = ()

    @property
    def id(self) -> str:
        """Id unique among all entities: ``"departments"``, ``"data_lake:accounts"``; key of cursors and counts."""
        group = self.action.removeprefix("sync_")
        return self.name if group == self.name else f"{group}:{self.name}"

    @property
    def title(self) -> str:
        """Name on screen; one in the lake that is also the name of a sync, as users are, says which is meant."""
        is_shared = self.action is Action.DATA_LAKE and f"sync_{self.name}" in frozenset(Action)
        return f"lake {self.name}" if is_shared else self.name


class BrokenRule(StrEnum):
    """The rule that a row in quarantine breaks."""

    READABLE = "readable"
    VISIBLE = "visible"
    VALUES = "values"
    DOCUMENT = "document"
    STORABLE = "storable"
    UNIQUE = "unique"
    OWNER = "owner"


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A row that cannot be read or stored, with the rule that it breaks, and how.

    ``row`` is what there is of it: its values in Odoo, or the document that could not be stored. ``fingerprint`` is
    that of the row as read; empty where there is none.
    """

    odoo_id: int
    reason: str
    rule: BrokenRule
    row: Mapping[str, object] | None = field(default=None, compare=False)
    fingerprint: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """One page of rows: those read, and those rejected.

    ``incomplete_ids`` are ids of rows without the name of a related record although it was requested: Odoo hides the
    record, or failed to read it this time. ``fingerprints`` are fingerprints of the rows as read, by id;
    ``unchanged_ids`` are ids of rows left out because their fingerprint equals the stored one.
    """

    rows: RowTable
    rejected: tuple[RejectedRow, ...] = ()
    incomplete_ids: frozenset[int] = frozenset()
    fingerprints: Mapping[int, str] = field(default_factory=dict[int, str])
    unchanged_ids: frozenset[int] = frozenset()
