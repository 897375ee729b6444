"""Count the rows of a page. Every row of the scope is in exactly one count, however often a run was cut off."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from odoo_sync_tui.core.entity import RejectedRow
from odoo_sync_tui.core.result import Counts
from odoo_sync_tui.pipeline.entity.compare import Comparison
from odoo_sync_tui.pipeline.entity.planner import Task
from odoo_sync_tui.store.documents.changes import Change, ChangeKind

COUNT_BY_CHANGE = {
    ChangeKind.CREATED: "created",
    ChangeKind.LINKED: "updated",
    ChangeKind.UPDATED: "updated",
    ChangeKind.RESTATED: "updated",
    ChangeKind.REACTIVATED: "reactivated",
    ChangeKind.DEACTIVATED: "deactivated",
}
"""Name of the count for each kind of change."""

SUBTRACTION_ORDER = ("unchanged", "updated", "created", "reactivated", "deactivated")
"""Order in which counts lose the rows that are counted again: nothing records in which count each row was."""

COUNTS_OF_MISSED_CHANGES = ("updated", "reactivated", "deactivated")
"""Counts that may include a change whose document was not found: a creation looks for no document."""


def count_page(
    task: Task,
    comparison: Comparison,
    matching_hash_count: int,
    rejected: Sequence[RejectedRow],
    missed_count: int,
    totals: Counts,
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
    counts = count_changes(written) + Counts(quarantined=len(rejected))
    counts += _subtract(counts, missed_count, COUNTS_OF_MISSED_CHANGES)
    if not task.already_counted:
        counts += Counts(unchanged=comparison.unchanged + matching_hash_count + task.unchanged)
        return counts, counts.rows
    counted_ids = rejected_ids | {change.document.odoo_id for change in written}
    # Rows in quarantine left the counts when the run was continued; rows that the store lacks were never counted.
    counts += Counts(unchanged=len(task.quarantined_ids - counted_ids))
    subtracted = subtract_rows(totals, len(counted_ids & (task.stored_ids - task.quarantined_ids)))
    return counts + subtracted, counts.rows + subtracted.rows


def count_changes(changes: Iterable[Change]) -> Counts:
    """Count these changes by kind."""
    amounts = dict.fromkeys(COUNT_BY_CHANGE.values(), 0)
    for change in changes:
        amounts[COUNT_BY_CHANGE[change.kind]] += 1
    return Counts(**amounts)


def subtract_rows(totals: Counts, rows: int) -> Counts:
    """Compute negative counts that remove this many rows from ``totals``; all zero for less than one row."""
    return _subtract(totals, rows, SUBTRACTION_ORDER)


def _subtract(counts: Counts, rows: int, names: Sequence[str]) -> Counts:
    left = max(0, rows)
    taken: dict[str, int] = {}
    for name in names:
        taken[name] = -min(left, getattr(counts, name))
        left += taken[name]
    return Counts(**taken)
