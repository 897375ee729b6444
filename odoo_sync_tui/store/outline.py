"""What is stored of a block of ids, gathered by the server: three arrays instead of ten thousand documents."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from odoo_sync_tui.core.entity import GONE, Entity, Known, Reference
from odoo_sync_tui.store.writer import INCOMPLETE

Expression = Mapping[str, Any]

AT_ONCE = 50_000
"""Documents that are gathered into one: about 4 MB."""


@dataclass(frozen=True, slots=True)
class Outline:
    """What planning needs to know of the stored documents of a block: sets of Odoo ids.

    Attributes:
        active: active documents.
        inactive: all others.
        unsettled: those whose row is to be read even if it has not changed: written by another program, retired
            because their row was gone, with something still to come, or stored twice.
        known: the others, with what their row said.
    """

    active: frozenset[int] = frozenset()
    inactive: frozenset[int] = frozenset()
    unsettled: frozenset[int] = frozenset()
    known: Mapping[int, Known] = field(default_factory=dict[int, Known])

    @property
    def ids(self) -> frozenset[int]:
        """All of them."""
        return self.active | self.inactive


def gathering(entity: Entity) -> Expression:
    """The ``$group`` stage whose one document :class:`Gathered` takes: ids, active or not, and hashes or null."""
    target = entity.target
    active = {"$eq": [f"${target.active_field}", True]}
    waiting = [
        {"$eq": [f"${INCOMPLETE}", True]},
        {"$and": [{"$not": [active]}, {"$in": ["$inactive_reason", sorted(GONE)]}]},
        *(_lacks_copies(reference) for reference in entity.references),
    ]
    return {
        "_id": None,
        "ids": {"$push": f"${target.id_field}"},
        "active": {"$push": active},
        "hashes": {"$push": {"$cond": [{"$or": waiting}, None, {"$ifNull": ["$hash", None]}]}},
    }


class Gathered:
    """What the server gathered of the documents of a block, part by part in the order of their Odoo ids."""

    def __init__(self) -> None:
        self._ids: list[int] = []
        self._active: list[bool] = []
        self._hashes: list[object] = []

    def add(self, part: Mapping[str, Sequence[Any]], at_once: int) -> int | None:
        """Add what :func:`gathering` made of at most ``at_once`` documents; the id behind which others may follow.

        Documents of the highest id come again with the next part: a double of it may have been cut off.
        """
        ids = [int(each) for each in part["ids"]]
        full = len(ids) == at_once
        end = bisect_left(ids, ids[-1]) if full and ids[0] < ids[-1] else len(ids)
        self._ids += ids[:end]
        self._active += part["active"][:end]
        self._hashes += part["hashes"][:end]
        return ids[end - 1] if full else None

    def outline(self) -> Outline:
        """The outline of all of them."""
        everything = frozenset(self._ids)
        active = frozenset(odoo_id for odoo_id, each in zip(self._ids, self._active, strict=True) if each)
        doubles = _doubles(self._ids) if len(everything) < len(self._ids) else set[int]()
        known = {
            odoo_id: Known(said, each)
            for odoo_id, each, said in zip(self._ids, self._active, self._hashes, strict=True)
            if isinstance(said, str) and said and odoo_id not in doubles
        }
        return Outline(active, everything - active, everything - known.keys(), known)


def _doubles(ids: Sequence[int]) -> set[int]:
    return {odoo_id for odoo_id, times in Counter(ids).items() if times > 1}


def _lacks_copies(reference: Reference) -> Expression:
    return {"$and": [_present(reference.source), *({"$not": [_present(name)]} for name in reference.copies)]}


def _present(name: str) -> Expression:
    return {"$ne": [{"$ifNull": [f"${name}", None]}, None]}
