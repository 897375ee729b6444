"""What is stored, without its content: a snapshot of a block's documents, and totals of all documents of an entity.

The server groups the documents of a block: three arrays instead of ten thousand documents.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import compress
from typing import Any

from odoo_sync_tui.core.cursor import DocumentTotals, IdTotals
from odoo_sync_tui.core.entity import MISSING_ROW_REASONS, Block, Entity, InactiveReason, KnownRow, Target
from odoo_sync_tui.core.text.coerce import as_int_or_none
from odoo_sync_tui.store.documents.changes import INCOMPLETE
from odoo_sync_tui.store.driver.repository import Repository, translate_driver_errors
from odoo_sync_tui.store.indexes import WITHOUT_HASH

Expression = Mapping[str, Any]

MAX_GROUPED_DOCUMENTS = 50_000
"""Maximum number of documents that are grouped into one: about 4 MB."""


@dataclass(frozen=True, slots=True)
class BlockSnapshot:
    """Stored documents of a block, as the planner needs them. All values are Odoo ids.

    Attributes:
        stored: rows of the census with a stored document.
        must_read: stored rows to read even without a change: written or switched on by another program, retired
            because their row was gone, incomplete, with outdated copies, or stored twice.
        known_rows: the other stored rows, with their fingerprint.
        active_without_row: active documents without a row in the census, ascending.
        inactive_without_row: inactive documents without a row that still have a fingerprint. It has to be removed, so
            that they are read when their row comes back, because nobody sees changes of the row in the meantime.
        totals: totals of all documents of the block, once those fingerprints are removed.
    """

    stored: frozenset[int] = frozenset()
    must_read: frozenset[int] = frozenset()
    known_rows: Mapping[int, KnownRow] = field(default_factory=dict[int, KnownRow])
    active_without_row: Sequence[int] = ()
    inactive_without_row: Sequence[int] = ()
    totals: DocumentTotals = field(default_factory=DocumentTotals)


def group_stage(entity: Entity) -> Expression:
    """Build the ``$group`` stage for :class:`SnapshotBuilder`: ids, activity and hashes in one document."""
    target = entity.target
    active = {"$eq": [f"${target.active_field}", True]}
    must_read = [
        {"$eq": [f"${INCOMPLETE}", True]},
        {"$and": [{"$not": [active]}, {"$in": ["$inactive_reason", sorted(MISSING_ROW_REASONS)]}]},
        {"$and": [active, {"$in": ["$inactive_reason", sorted(InactiveReason)]}]},
    ]
    stored_hash = {"$ifNull": ["$hash", None]}
    return {
        "_id": None,
        "ids": {"$push": f"${target.id_field}"},
        "active": {"$push": active},
        "hashes": {"$push": {"$cond": [{"$or": must_read}, None, stored_hash]}},
        "without_hash": {"$sum": {"$cond": [{"$eq": [stored_hash, None]}, 1, 0]}},
    }


class SnapshotBuilder:
    """Builder of a block's snapshot from the groups of the server, in the order of their Odoo ids.

    Of documents without a row nothing but the id is kept: where Odoo answers with no rows at all, one block holds the
    whole collection.

    Args:
        row_ids: the ids that the census holds of the block.
    """

    def __init__(self, row_ids: Collection[int]) -> None:
        self._rows = frozenset(row_ids)
        self._stored: set[int] = set()
        self._known: dict[int, KnownRow] = {}
        self._active_without_row = array("q")
        self._inactive_without_row = array("q")
        self._totals = DocumentTotals()

    def add(self, group: Mapping[str, Any], limit: int) -> int | None:
        """Add a group of at most ``limit`` documents; return the id after which others may follow.

        Documents of the highest id come again with the next group: a duplicate of it may have been cut off.
        """
        full = len(group["ids"]) == limit
        try:
            ids, active, hashes = list(map(int, group["ids"])), group["active"], group["hashes"]
        except (TypeError, ValueError, OverflowError):  # another program's document has a list or infinity for an id
            ids, active, hashes = _select_rows_with_id(group)
            if not ids:
                return None
        end = bisect_left(ids, ids[-1]) if full and ids[0] < ids[-1] else len(ids)
        self._add_documents(ids[:end], active[:end], hashes[:end])
        self._totals += DocumentTotals(without_hash=int(group["without_hash"]))
        return ids[end - 1] if full else None

    def build(self, outdated_ids: Collection[int] = ()) -> BlockSnapshot:
        """Return the snapshot of all groups.

        Documents of ``outdated_ids`` hold copies of related documents that changed later.
        """
        for odoo_id in outdated_ids:
            self._known.pop(odoo_id, None)
        unsettled = frozenset(self._stored - self._known.keys())
        return BlockSnapshot(
            frozenset(self._stored),
            unsettled,
            self._known,
            self._active_without_row,
            self._inactive_without_row,
            self._totals + DocumentTotals(without_hash=len(self._inactive_without_row)),
        )

    def _add_documents(self, ids: Sequence[int], active: Sequence[bool], hashes: Sequence[object]) -> None:
        self._totals += DocumentTotals(IdTotals(len(ids), sum(ids)), sum(active))
        present = self._rows.intersection(ids)
        self._stored |= present
        self._active_without_row.extend(sorted(set(compress(ids, active)) - present))
        if len(present) < len(ids):
            documents = zip(ids, active, hashes, strict=True)
            self._inactive_without_row.extend(
                odoo_id for odoo_id, is_active, hash_ in documents if hash_ and not is_active and odoo_id not in present
            )
        known = {
            odoo_id: KnownRow(hash_, is_active)
            for odoo_id, is_active, hash_ in zip(ids, active, hashes, strict=True)
            if isinstance(hash_, str) and hash_ and odoo_id in present
        }
        duplicates = _duplicates(ids) if len(set(ids)) < len(ids) else set[int]()
        for duplicate in duplicates & known.keys():
            del known[duplicate]
        self._known |= known


def _select_rows_with_id(group: Mapping[str, Any]) -> tuple[list[int], list[Any], list[Any]]:
    """Select from a group the ids that are numbers, with activity and hash of their documents."""
    rows = zip(group["ids"], group["active"], group["hashes"], strict=True)
    valid = [(as_int_or_none(odoo_id), active, hash_) for odoo_id, active, hash_ in rows]
    kept = [(odoo_id, active, hash_) for odoo_id, active, hash_ in valid if odoo_id is not None]
    return [row[0] for row in kept], [row[1] for row in kept], [row[2] for row in kept]


def _duplicates(ids: Sequence[int]) -> set[int]:
    return {odoo_id for odoo_id, times in Counter(ids).items() if times > 1}


def in_block(target: Target, block: Block) -> dict[str, object]:
    """Build the filter for the documents of a block."""
    bounds = {"$gt": block.after} if block.through is None else {"$gt": block.after, "$lte": block.through}
    return {**target.discriminator, target.id_field: bounds}


class Totals(Repository):
    """Totals of documents, read from indexes alone, but for the few documents without a fingerprint."""

    @translate_driver_errors("adding up documents")
    def read(self, target: Target, block: Block) -> DocumentTotals | None:
        """Add up the documents of a block; ``None`` where another program's ids have no sum."""
        collection, match = self._database[target.collection], in_block(target, block)
        fields = {"number": {"$sum": 1}, "id_sum": {"$sum": f"${target.id_field}"}}
        stages: list[Mapping[str, Any]] = [{"$match": match}, {"$group": {"_id": f"${target.active_field}", **fields}}]
        groups = list(collection.aggregate(stages))
        sums = [as_int_or_none(each["id_sum"]) for each in groups]
        if None in sums:
            return None
        ids = IdTotals(sum(each["number"] for each in groups), sum(each or 0 for each in sums))
        active = sum(each["number"] for each in groups if each["_id"] is True)
        return DocumentTotals(ids, active, collection.count_documents({**match, **WITHOUT_HASH}))
