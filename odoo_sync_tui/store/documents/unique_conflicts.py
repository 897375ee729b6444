"""Unique indexes of other programs: which document holds the value that a refused write wanted."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pymongo.collection import Collection

from odoo_sync_tui.core.entity import Target
from odoo_sync_tui.store.documents.changes import Change
from odoo_sync_tui.store.driver.errors import shorten
from odoo_sync_tui.store.driver.repository import Fields

WriteError = Mapping[str, Any]
"""The error of one write of a bulk, as the server gave it."""


@dataclass(frozen=True, slots=True)
class UniqueConflict:
    """A change that was refused for a value that another document holds.

    Attributes:
        change: the refused change.
        values: the values of the fields of the index; ``None``: empty or absent.
        index: the name of the index; empty where the server does not tell.
        holder: the other document, as far as its description needs it; ``None`` where it holds the value no more.
    """

    change: Change
    values: Mapping[str, object]
    index: str
    holder: Mapping[str, Any] | None

    def describe(self, target: Target) -> str:
        """Describe which value is held, by whom, and what would help."""
        fields = " + ".join(self.values) or "a field"
        index = f"the index {shorten(self.index)} of {target.collection}"
        if self.holder is None:
            return f"Another document held the same {fields} ({index}). The next run tries again."
        holder = _describe_holder(self.holder, target)
        if all(value is None for value in self.values.values()):
            return (
                f"Only one document may be without {fields} ({index}), and {holder} is it already. "
                "Make that index sparse, or partial."
            )
        values = shorten(" + ".join(str(value) for value in self.values.values()))
        return f"The {fields} {values} must be unique ({index}), and {holder} has it. {self._hint(target)}"

    def _hint(self, target: Target) -> str:
        holder = self.holder or {}
        if not self.change.document.active:
            return "The row is archived: empty the field there in Odoo, or restrict the index to active documents."
        if value_at(holder, target.id_field) is None:
            own_id = self.change.document.odoo_id
            return f"If both are the same, set {target.id_field} to {own_id} there; else change one of them."
        if holder.get(target.active_field) is not True:
            return (
                "That one is inactive: empty the field of its archived row in Odoo, or of the document if the row is "
                f"gone; or restrict the index to documents with {target.active_field} true."
            )
        return "Change it for one of the two in Odoo, or drop the index if it may occur twice."


class UniqueConflicts:
    """Reader of the holders of contested values, in one collection. It reads the indexes once, when first asked."""

    def __init__(self, collection: Collection[Fields], target: Target) -> None:
        self._collection = collection
        self._target = target
        self._indexes: Mapping[str, Mapping[str, Any]] | None = None

    def find(self, refused: Iterable[tuple[Change, Mapping[str, Any], WriteError]]) -> list[UniqueConflict]:
        """Find the conflict of each refused change, given with the fields that it sets and its error."""
        holders: dict[str, Mapping[str, Any] | None] = {}
        return [self._find(change, fields, error, holders) for change, fields, error in refused]

    def _find(
        self,
        change: Change,
        fields: Mapping[str, Any],
        error: WriteError,
        holders: dict[str, Mapping[str, Any] | None],
    ) -> UniqueConflict:
        named = re.search(r"index: (\S+)", str(error.get("errmsg")))
        name = named[1] if named else ""
        index = self._read_indexes().get(name)
        told: Mapping[str, Any] = error.get("keyValue") or {}
        names: Sequence[str] = [key for key, _ in index["key"]] if index else list(told)
        # A case-insensitive index tells its sort keys instead of the values, so that ours come first.
        values = {each: value_at(fields, each) if each in fields else told.get(each) for each in names}
        question = f"{name} {values!r}"
        if question not in holders:
            holders[question] = self._find_holder(values, index)
        return UniqueConflict(change, values, name, holders[question])

    def _find_holder(self, values: Mapping[str, object], index: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
        target = self._target
        partial: Mapping[str, Any] = (index or {}).get("partialFilterExpression") or {}
        fields = [target.id_field, target.active_field, target.name_field]
        collation: Mapping[str, Any] | None = (index or {}).get("collation")
        return self._collection.find_one({"$and": [dict(values), dict(partial)]}, fields, collation=collation)

    def _read_indexes(self) -> Mapping[str, Mapping[str, Any]]:
        if self._indexes is None:
            self._indexes = self._collection.index_information()
        return self._indexes


def find_ring_member(conflicts: Sequence[UniqueConflict]) -> UniqueConflict | None:
    """Find a conflict in a ring, whose members each hold the value that the next one wants; ``None``: there is none."""
    by_key = {conflict.change.key: conflict for conflict in conflicts if conflict.change.key is not None}
    settled: set[object] = set()
    for start in by_key:
        path: set[object] = set()
        key: object = start
        while key in by_key and key not in settled:
            if key in path:
                return by_key[key]
            path.add(key)
            holder = by_key[key].holder
            key = holder["_id"] if holder else None
        settled |= path
    return None


def value_at(document: Mapping[str, Any], path: str) -> Any:  # noqa: ANN401  (a stored value of any type)
    """Return the value at a dotted path; ``None`` where the path leads nowhere."""
    value: Any = document
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]  # any BSON value
    return value  # pyright: ignore[reportUnknownVariableType]


def _describe_holder(holder: Mapping[str, Any], target: Target) -> str:
    odoo_id, name = value_at(holder, target.id_field), value_at(holder, target.name_field)
    words = [f"document {holder['_id']}", *([str(name)] if name else [])]
    words += [f"Odoo id {odoo_id}"] if odoo_id is not None else ["not linked to Odoo"]
    return shorten(", ".join(words))
