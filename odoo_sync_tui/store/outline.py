"""What is stored of a block of ids, gathered by the server: three arrays instead of ten thousand documents."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import compress
from typing import Any

from odoo_sync_tui.core.entity import GONE, Entity, InactiveReason, Known
from odoo_sync_tui.store.writer import INCOMPLETE

Expression = Mapping[str, Any]

AT_ONCE = 50_000
"""Documents that are gathered into one: about 4 MB."""


@dataclass(frozen=True, slots=True)
class Outline:
    """What planning needs to know of the stored documents of a block. All of it are Odoo ids.

    Attributes:
        stored: rows of the census that are stored.
        unsettled: those of them that are to be read even if they have not changed: written or switched on by another
            program, retired because their row was gone, with something still to come, with copies that are none any
            more, or stored twice.
        known: the others, with what their row said.
        gone: active documents that have no row in the census, ascending.
        absent: inactive ones that have none, and of which it is not remembered yet that they have to be read when their
            row comes back: what happens to it meanwhile is seen by nobody.
    """

    stored: frozenset[int] = frozenset()
    unsettled: frozenset[int] = frozenset()
    known: Mapping[int, Known] = field(default_factory=dict[int, Known])
    gone: Sequence[int] = ()
    absent: Sequence[int] = ()


def gathering(entity: Entity) -> Expression:
    """The ``$group`` stage whose one document :class:`Gathered` takes: ids, active or not, and hashes or null."""
    target = entity.target
    active = {"$eq": [f"${target.active_field}", True]}
    waiting = [
        {"$eq": [f"${INCOMPLETE}", True]},
        {"$and": [{"$not": [active]}, {"$in": ["$inactive_reason", sorted(GONE)]}]},
        {"$and": [active, {"$in": ["$inactive_reason", sorted(InactiveReason)]}]},
    ]
    return {
        "_id": None,
        "ids": {"$push": f"${target.id_field}"},
        "active": {"$push": active},
        "hashes": {"$push": {"$cond": [{"$or": waiting}, None, {"$ifNull": ["$hash", None]}]}},
    }


class Gathered:
    """What the server gathered of the documents of a block, part by part in the order of their Odoo ids.

    Of documents without a row nothing but the id is kept: where Odoo answers with no rows at all, one block holds the
    whole collection.

    Args:
        rows: the ids that the census holds of the block.
    """

    def __init__(self, rows: Collection[int]) -> None:
        self._rows = frozenset(rows)
        self._stored: set[int] = set()
        self._known: dict[int, Known] = {}
        self._gone = array("q")
        self._absent = array("q")

    def add(self, part: Mapping[str, Sequence[Any]], at_once: int) -> int | None:
        """Add what :func:`gathering` made of at most ``at_once`` documents; the id behind which others may follow.

        Documents of the highest id come again with the next part: a double of it may have been cut off.
        """
        ids = [int(each) for each in part["ids"]]
        full = len(ids) == at_once
        end = bisect_left(ids, ids[-1]) if full and ids[0] < ids[-1] else len(ids)
        self._take(ids[:end], part["active"][:end], part["hashes"][:end])
        return ids[end - 1] if full else None

    def outline(self, outdated: Collection[int] = ()) -> Outline:
        """The outline of all of them; ``outdated`` ones hold copies of what has changed since."""
        for odoo_id in outdated:
            self._known.pop(odoo_id, None)
        unsettled = frozenset(self._stored - self._known.keys())
        return Outline(frozenset(self._stored), unsettled, self._known, self._gone, self._absent)

    def _take(self, ids: Sequence[int], active: Sequence[bool], hashes: Sequence[object]) -> None:
        present = self._rows.intersection(ids)
        self._stored |= present
        self._gone.extend(sorted(set(compress(ids, active)) - present))
        if len(present) < len(ids):
            said = zip(ids, active, hashes, strict=True)
            self._absent.extend(each for each, on, hash_ in said if hash_ and not on and each not in present)
        known = {
            odoo_id: Known(said, each)
            for odoo_id, each, said in zip(ids, active, hashes, strict=True)
            if isinstance(said, str) and said and odoo_id in present
        }
        doubles = _doubles(ids) if len(set(ids)) < len(ids) else set[int]()
        for double in doubles & known.keys():
            del known[double]
        self._known |= known


def _doubles(ids: Sequence[int]) -> set[int]:
    return {odoo_id for odoo_id, times in Counter(ids).items() if times > 1}
