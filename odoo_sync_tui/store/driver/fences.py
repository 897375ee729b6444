"""Fences: the growing numbers of leases, and what other programs left in their place."""

from __future__ import annotations

from odoo_sync_tui.core.text.coerce import as_int

MAX_FENCE = 1_000_000_000
"""Greatest number that counts as a fence. A run a second would reach it in 31 years; a time in seconds is above it."""

FENCE_GAP = 1_000
"""Distance from the greatest recorded fence where the lease has lost its own: more than there are leases that were
taken and recorded nowhere else."""


def as_fence(value: object) -> int:
    """Read a fence; 0 for any other value, and for a number that is no fence of a run."""
    number = as_int(value)
    return number if 0 < number <= MAX_FENCE else 0


def newer_than(fence: int) -> dict[str, object]:
    """Build the condition that a newer run wrote the document. A number that is no fence of a run counts as none."""
    return {"fence": {"$gt": fence, "$lte": MAX_FENCE}}


def not_newer_than(fence: int) -> dict[str, object]:
    """Build the condition that no newer run wrote the document; old documents have no fence at all."""
    return {"fence": {"$not": newer_than(fence)["fence"]}}


def next_fence(recorded: int) -> dict[str, object]:
    """Build the expression of the next lease's fence, above the last one's and above ``recorded``, the highest known.

    A lease below that has lost its fence: every record holds the fence of a lease.
    """
    known = {"$and": [{"$gte": ["$fence", recorded]}, {"$lte": ["$fence", MAX_FENCE]}]}
    first = {"$and": [{"$eq": [{"$type": "$fence"}, "missing"]}, recorded == 0]}
    lost = {"$cond": [first, 0, recorded + FENCE_GAP]}
    return {"$add": [{"$cond": [known, {"$toInt": "$fence"}, lost]}, 1]}
