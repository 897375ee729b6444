"""What readers of the change log ask for, and what they are given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from odoo_sync_tui.core.changes.entry import FieldChange, LoggedChange, LoggedKind
from odoo_sync_tui.core.changes.fields import ABSENT, matches_field
from odoo_sync_tui.core.entity import InactiveReason
from odoo_sync_tui.core.reports.differences import Difference, DifferenceKind, ValueChange
from odoo_sync_tui.core.text.coerce import as_enum
from odoo_sync_tui.core.text.jsonable import to_jsonable


@dataclass(frozen=True, slots=True)
class ChangeQuery:
    """Which entries are wanted.

    Attributes:
        entity_ids: those of these entities; none: of all.
        fields: those that change a field with one of these names or patterns; none: all. An entry whose values were
            too large to be kept is always among them, because it may have changed such a field.
    """

    entity_ids: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()

    def includes(self, change: LoggedChange) -> bool:
        """Whether the entry changes a wanted field."""
        if not self.fields or change.values_omitted:
            return True
        return any(matches_field(each.name, self.fields) for each in change.fields)


@dataclass(frozen=True, slots=True)
class ChangeGap:
    """Entries that a reader has not seen and that are not kept any more: those after one number through another."""

    after: int
    through: int

    @property
    def message(self) -> str:
        """What happened, for the operator."""
        return (
            f"The entries {self.after + 1} to {self.through} of the change log are not kept any more, and were never"
            " acknowledged."
        )


@dataclass(frozen=True, slots=True)
class ChangePage:
    """Some entries in the order of their numbers.

    Attributes:
        changes: the entries.
        through: the number up to which the log was read: the next page begins after it.
        is_last: nothing is known beyond it yet.
        gap: entries before these that were missed.
    """

    changes: tuple[LoggedChange, ...]
    through: int
    is_last: bool
    gap: ChangeGap | None = None


@dataclass(frozen=True, slots=True)
class Consumer:
    """A program that reads the log: its name, and the last entry that it acknowledged, with the time of that."""

    name: str
    position: int
    acknowledged_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class DocumentVersion:
    """A change of a document, with the name of the operator whose run made it; empty where that is not known."""

    change: LoggedChange
    operator: str = ""


@dataclass(frozen=True, slots=True)
class DocumentHistory:
    """Changes of one document, the oldest first.

    Attributes:
        entity: the id of the entity.
        odoo_id: the id of the row.
        name: the display name of the document; empty where there is no such document any more.
        versions: the changes.
        complete_since: since when no change is missing; ``None``: some may always be.
    """

    entity: str
    odoo_id: int
    name: str = ""
    versions: tuple[DocumentVersion, ...] = ()
    complete_since: datetime | None = None


def to_event(change: LoggedChange) -> dict[str, object]:
    """Convert an entry to plain data, as programs are given it; an absent value is left out, null is a value."""
    return {
        "id": change.number,
        "type": change.type,
        "entity": change.entity,
        "odoo_id": change.odoo_id,
        "document_id": change.document_id,
        "run_id": change.run_id,
        "at": change.at,
        "first_load": change.first_load,
        "values_omitted": change.values_omitted,
        "fields": [_to_field(each) for each in change.fields],
    }


def _to_field(field: FieldChange) -> Mapping[str, object]:
    values = {"old": field.old, "new": field.new}
    return {"name": field.name, **{key: value for key, value in values.items() if value is not ABSENT}}


def to_difference(change: LoggedChange) -> Difference:
    """Convert an entry for people: values as JSON has them, absent and null the same."""
    retired = change.kind is LoggedKind.RETIRED
    reason = next((each.new for each in change.fields if retired and each.name == "inactive_reason"), None)
    return _make_difference(change, DifferenceKind(change.kind.value), as_enum(InactiveReason, reason), change.fields)


def compare_versions(changes: Sequence[LoggedChange]) -> Difference:
    """Compare the document before the first of these changes with that after the last; they follow each other."""
    first: dict[str, FieldChange] = {}
    last: dict[str, FieldChange] = {}
    for field in (field for change in changes for field in change.fields):
        first.setdefault(field.name, field)
        last[field.name] = field
    fields = [FieldChange(name, first[name].old, last[name].new) for name in first]
    changed = [each for each in fields if each.old != each.new]
    return _make_difference(changes[-1], DifferenceKind.UPDATED, None, changed)


def _make_difference(
    change: LoggedChange, kind: DifferenceKind, reason: InactiveReason | None, fields: Sequence[FieldChange]
) -> Difference:
    values = {each.name: ValueChange(_to_value(each.old), _to_value(each.new)) for each in fields}
    return Difference(change.entity, change.odoo_id, kind, reason, values)


def _to_value(value: object) -> object:
    return None if value is ABSENT else to_jsonable(value)
