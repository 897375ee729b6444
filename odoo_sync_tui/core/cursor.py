"""How far an entity has been read, and what was proved about its rows and documents by then."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class ColumnVerdict:
    """Fields of an entity whose columns held the same values as rows in a sample that was read both ways.

    ``basis`` is a fingerprint of all that the verdict depends on: with another one the sample is read again.
    ``differing`` are fields whose columns said something else than rows, in the sample or in a verification. Among them
    ``id`` means that not even the rows were the same, ``res.partner.display_name`` the names of related partners.
    """

    basis: str
    fields: tuple[str, ...]
    differing: tuple[str, ...] = ()

    def with_differing(self, names: Collection[str]) -> ColumnVerdict:
        """Return the verdict with further fields that differ."""
        fields = tuple(name for name in self.fields if name not in names)
        return ColumnVerdict(self.basis, fields, tuple(sorted({*self.differing, *names})))


@dataclass(frozen=True, slots=True)
class IdTotals:
    """Number and sum of a set of ids. Another set has other totals, unless it has as many ids, of equal sum."""

    count: int = 0
    id_sum: int = 0

    @classmethod
    def of(cls, ids: Collection[int]) -> IdTotals:
        """Add up ids."""
        return cls(len(ids), sum(ids))

    def __add__(self, other: IdTotals) -> IdTotals:
        return IdTotals(self.count + other.count, self.id_sum + other.id_sum)


@dataclass(frozen=True, slots=True)
class DocumentTotals:
    """Totals of an entity's documents, of the active ones among them, and of those without a fingerprint."""

    ids: IdTotals = IdTotals()
    active: int = 0
    without_hash: int = 0

    def __add__(self, other: DocumentTotals) -> DocumentTotals:
        return DocumentTotals(self.ids + other.ids, self.active + other.active, self.without_hash + other.without_hash)


@dataclass(frozen=True, slots=True)
class CensusTotals:
    """Totals of both sides in step. While they move only as far as the rows written since explain, nothing is gone.

    ``listed_at`` is the time of the census that proved it. Documents are counted as that census saw them, and as the
    runs since then changed them; a second look would take what another program did meanwhile for their own work.
    """

    rows: IdTotals
    documents: DocumentTotals
    listed_at: datetime


@dataclass(frozen=True, slots=True)
class RelatedState:
    """The newest ``write_date`` of a model whose names documents hold.

    ``read_at`` is the time of Odoo's clock when it was read, and ``seen_at`` when a run first read it.
    """

    model: str
    newest: datetime
    seen_at: datetime
    read_at: datetime


class DriftKind(StrEnum):
    """What became of a field of a model, or of the right to read it, between two runs."""

    NEW = "new"
    RIGHTS_WIDENED = "rights widened"  # it was there before, and may be read now
    NEW_OR_READABLE = "new or readable since"  # Odoo does not let this user tell
    GONE = "gone"
    RIGHTS_NARROWED = "rights narrowed"  # it is still there, and may not be read any more
    GONE_OR_UNREADABLE = "gone or no longer readable"  # Odoo does not let this user tell
    VALUES = "values"  # another type, or more or fewer values of a selection


LOST = frozenset({DriftKind.GONE, DriftKind.RIGHTS_NARROWED, DriftKind.GONE_OR_UNREADABLE})
"""Changes by which a field is not read any more."""


@dataclass(frozen=True, slots=True)
class FieldDrift:
    """A change of one field, which is shown until somebody has seen it.

    Attributes:
        key: names it among those of its entity.
        field: the field.
        change: what became of it.
        text: what a new field or other values mean for the documents, in words; else empty.
        found_at: when a run found it.
        run_id: the run.
        since: id of the run whose cursor the field was compared with.
        seen_by: who has seen it; ``None``: nobody yet.
    """

    key: str
    field: str
    change: DriftKind
    text: str
    found_at: datetime
    run_id: str
    since: str
    seen_by: str | None = None

    def describe(self) -> str:
        """Describe what became of the field, in words."""
        what = "" if self.change is DriftKind.VALUES else self.change
        return ", ".join(filter(None, (what, self.text)))

    def __str__(self) -> str:
        return f"{self.field}: {self.describe()}"


@dataclass(frozen=True, slots=True)
class Cursor:
    """Position up to which an entity has been read, saved only when everything below is durably stored.

    ``read_fingerprint`` is a fingerprint of all that the rows depend on (protocol, database, user, companies, model,
    domain, fields): with another basis the rows are another copy, so the next run reads everything again.
    ``access_fingerprint`` is the fingerprint of the part that decides which rows are visible; while it differs, a
    missing row proves nothing. ``fields`` are the fields read: one that is missing later is worth a warning.
    ``models_without_names`` are models whose names could not be read, so that documents hold only ids. ``columns`` is
    the verdict on reading by columns; it proves nothing about the documents, and they do not depend on it. ``census``
    holds the totals of both sides; ``None``: the next run lists all ids. ``related`` are the states of the models whose
    names the documents hold, as of before those names were read. ``read_at`` is the time of Odoo's clock when
    ``write_date`` was read, and ``seen_at`` when a run first read it; ``None``: they are not known. ``patterns`` are
    those by which an operator chose fields: with others, all that match are read. ``shapes`` say what values the fields
    could have, by name: what differs later is told. ``unread`` are fields of which it
    is known that they are not read: new ones that were told, or those of the package that Odoo lacks. ``hidden`` are
    those that are there, and that the rights of the user hid when they were last wanted.
    """

    write_date: datetime | None
    read_fingerprint: str
    access_fingerprint: str
    run_id: str
    saved_at: datetime
    fields: tuple[str, ...] = ()
    models_without_names: tuple[str, ...] = ()
    columns: ColumnVerdict | None = None
    census: CensusTotals | None = None
    related: tuple[RelatedState, ...] = ()
    seen_at: datetime | None = None
    read_at: datetime | None = None
    patterns: tuple[str, ...] = ()
    shapes: Mapping[str, str] = field(default_factory=dict[str, str])
    unread: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()
