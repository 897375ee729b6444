"""Count the rows of a page. Every row of the scope is in exactly one count, however often a run was cut off."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from odoo_sync_tui.core.entity import Rejected
from odoo_sync_tui.core.result import Counts
from odoo_sync_tui.pipeline.compare import Comparison
from odoo_sync_tui.pipeline.planner import Task
from odoo_sync_tui.store.documents import Change, ChangeKind

FIGURE = {
    ChangeKind.CREATED: "created",
    ChangeKind.LINKED: "updated",
    ChangeKind.UPDATED: "updated",
    ChangeKind.RESTATED: "updated",
    ChangeKind.REACTIVATED: "reactivated",
    ChangeKind.DEACTIVATED: "deactivated",
}
"""Name of the count for each kind of change."""

TAKEN_BACK_FROM = ("unchanged", "updated", "created", "reactivated", "deactivated")
"""Order in which counts lose the rows that are counted again: nothing records in which count each row was."""

MISSED_IN = ("updated", "reactivated", "deactivated")
"""Counts that may include a change whose document was not found: a creation looks for no document."""


def figures(
    task: Task, comparison: Comparison, same: int, rejected: Sequence[Rejected], missed: int, so_far: Counts
) -> tuple[Counts, int]:
    """Compute the counts of a committed page, and how many rows are counted for the first time.

    Args:
        task: the page.
        comparison: its changes.
        matching_hash_count: how many of its rows had the stored hash, so that no content was compared.
        rejected: its rows that could not be read or stored.
        missed_count: how many of the changes did not find their document any more.
        totals: the counts so far, including those of the run that is being continued.
    """
    rejected_ids = {row.odoo_id for row in rejected}
    written = [change for change in comparison.changes if change.document.odoo_id not in rejected_ids]
    counts = count(written) + Counts(quarantined=len(rejected))
    counts += _subtract(counts, missed, MISSED_IN)
    if not task.counted:
        counts += Counts(unchanged=comparison.unchanged + same + task.unchanged)
        return counts, counts.rows
    counted_ids = rejected_ids | {change.document.odoo_id for change in written}
    # Rows in quarantine left the counts when the run was continued; rows that the store lacks were never counted.
    counts += Counts(unchanged=len(task.quarantined - counted_ids))
    subtracted = taken_back(so_far, len(counted_ids & (task.stored - task.quarantined)))
    return counts + subtracted, counts.rows + subtracted.rows


def count(changes: Iterable[Change]) -> Counts:
    """Count these changes by kind."""
    amounts = dict.fromkeys(FIGURE.values(), 0)
    for change in changes:
        amounts[FIGURE[change.kind]] += 1
    return Counts(**amounts)


def taken_back(so_far: Counts, rows: int) -> Counts:
    """Compute negative counts that remove this many rows from ``totals``; all zero for less than one row."""
    return _subtract(so_far, rows, TAKEN_BACK_FROM)


def _subtract(counts: Counts, rows: int, names: Sequence[str]) -> Counts:
    left = max(0, rows)
    taken: dict[str, int] = {}
    for name in names:
        taken[name] = -min(left, getattr(counts, name))
        left += taken[name]
    return Counts(**taken)
