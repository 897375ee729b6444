"""What is stored of a block of ids, gathered by the server: three arrays instead of ten thousand documents."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from odoo_sync_tui.core.entity import GONE, Entity, Known, Reference
from odoo_sync_tui.store.writer import INCOMPLETE

Expression = Mapping[str, Any]


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
    """The ``$group`` stage whose one document :func:`outline_of` reads."""
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


def outline_of(gathered: Mapping[str, Sequence[Any]]) -> Outline:
    """The outline that was gathered: ``ids``, ``active`` and ``hashes`` of each document, null where unsettled."""
    ids = [int(each) for each in gathered["ids"]]
    doubles = {each for each, times in Counter(ids).items() if times > 1} if len(set(ids)) < len(ids) else set[int]()
    known = {
        odoo_id: Known(value, active)
        for odoo_id, active, value in zip(ids, gathered["active"], gathered["hashes"], strict=True)
        if isinstance(value, str) and value and odoo_id not in doubles
    }
    active = frozenset(odoo_id for odoo_id, is_active in zip(ids, gathered["active"], strict=True) if is_active)
    everything = frozenset(ids)
    return Outline(active, everything - active, everything - known.keys(), known)


def _lacks_copies(reference: Reference) -> Expression:
    return {"$and": [_present(reference.source), *({"$not": [_present(name)]} for name in reference.copies)]}


def _present(name: str) -> Expression:
    return {"$ne": [{"$ifNull": [f"${name}", None]}, None]}
