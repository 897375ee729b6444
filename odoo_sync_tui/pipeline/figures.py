"""The figures of a page, so that every row of the scope is in exactly one of them, however often a run was cut off."""

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
"""The figure of a result that counts each kind of change."""

TAKEN_BACK_FROM = ("unchanged", "updated", "created", "reactivated", "deactivated")
"""Which figures lose the rows that are counted anew, in this order: nobody remembers which of them each row was in."""

MISSED_IN = ("updated", "reactivated", "deactivated")
"""In which figures a change is that did not find its document: what is created looks for none."""


def figures(
    task: Task, comparison: Comparison, same: int, rejected: Sequence[Rejected], missed: int, so_far: Counts
) -> tuple[Counts, int]:
    """What a settled page adds to the figures, and how many rows it accounts for that were not before.

    Args:
        task: the page.
        comparison: what was to be written of it.
        same: how many of its rows were known to be unchanged without looking.
        rejected: its rows that could not be read or stored.
        missed: how many of the changes did not find their document any more.
        so_far: the figures, those of the run that is being continued among them.
    """
    refused = {row.odoo_id for row in rejected}
    written = [change for change in comparison.changes if change.document.odoo_id not in refused]
    found = count(written) + Counts(quarantined=len(rejected))
    found += _without(found, missed, MISSED_IN)
    if not task.counted:
        found += Counts(unchanged=comparison.unchanged + same + task.unchanged)
        return found, found.rows
    told = refused | {change.document.odoo_id for change in written}
    # Rows in quarantine left the figures when the run went on; those that the store lacks were never in them.
    found += Counts(unchanged=len(task.quarantined - told))
    before = taken_back(so_far, len(told & (task.stored - task.quarantined)))
    return found + before, found.rows + before.rows


def count(changes: Iterable[Change]) -> Counts:
    """The figures that these changes amount to."""
    amounts = dict.fromkeys(FIGURE.values(), 0)
    for change in changes:
        amounts[FIGURE[change.kind]] += 1
    return Counts(**amounts)


def taken_back(so_far: Counts, rows: int) -> Counts:
    """Negative figures that take this many rows out of those counted so far; none where it is less than one."""
    return _without(so_far, rows, TAKEN_BACK_FROM)


def _without(counts: Counts, rows: int, names: Sequence[str]) -> Counts:
    left = max(0, rows)
    taken: dict[str, int] = {}
    for name in names:
        taken[name] = -min(left, getattr(counts, name))
        left += taken[name]
    return Counts(**taken)
