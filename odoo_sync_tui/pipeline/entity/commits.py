"""Commit compared pages: write, set aside, count.

Every row of the scope is in exactly one count, however often a run was cut off.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from odoo_sync_tui.core.entity import Block, Entity, RejectedRow
from odoo_sync_tui.core.result import Counts
from odoo_sync_tui.core.scope import Mode
from odoo_sync_tui.pipeline.entity.compare import Comparison
from odoo_sync_tui.pipeline.entity.context import Context, EntityReport
from odoo_sync_tui.pipeline.entity.links import LinkDecision
from odoo_sync_tui.pipeline.entity.plan.planner import Task
from odoo_sync_tui.pipeline.entity.writes import LeasedWrites
from odoo_sync_tui.store.documents.changes import Change, ChangeKind
from odoo_sync_tui.store.documents.document_store import chunks
from odoo_sync_tui.store.documents.quarantine import SeenRow

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


class PageCommitter:
    """Commits the pages of one entity, and at its end what had to wait for all of them.

    Attributes:
        missed: how many documents another program changed while they were being written.
        reads_since: a time on Odoo's clock before the first page was read.
    """

    def __init__(self, entity: Entity, context: Context, writes: LeasedWrites, report: EntityReport) -> None:
        self._entity = entity
        self._context = context
        self._writes = writes
        self._report = report
        self._contested: list[tuple[Change, RejectedRow]] = []
        self._dismissed: dict[int, SeenRow] = {}
        self._reopened = 0
        self.missed = 0
        self.reads_since: datetime | None = None

    def commit(
        self, task: Task, comparison: Comparison, matching_hash_count: int, rejected: Sequence[RejectedRow]
    ) -> None:
        """Commit one page: write, set aside, count.

        Args:
            task: the page.
            comparison: its changes.
            matching_hash_count: how many of its rows had the stored hash, so that no content was compared.
            rejected: its rows that could not be read.
        """
        written = self._writes.write(comparison.changes)
        self.missed += written.missed
        rejected = (*rejected, *written.rejected)
        rejected_ids = {row.odoo_id for row in rejected}
        refusals = {row.odoo_id: row for row in written.rejected if row.odoo_id in written.contested_ids}
        self._contested += [
            (change, refusals[change.document.odoo_id])
            for change in comparison.changes
            if change.document.odoo_id in refusals
        ]
        self._writes.update_hashes(comparison.updated_hashes)
        if self._context.scope.mode is Mode.FULL:
            self._writes.unset_nulls(comparison.keys_with_nulls)
        self._dismissed.update(task.dismissed)
        still_dismissed = self._find_still_dismissed(rejected)
        self._quarantine([row for row in rejected if row.odoo_id not in still_dismissed])
        self._writes.release_quarantine(task.quarantined_ids - rejected_ids)
        # The old hash of a row in quarantine, or without a row, must not make it count as unchanged later.
        for chunk in chunks([*task.stored_ids.intersection(rejected_ids), *task.inactive_without_row]):
            self._context.cancel.raise_if_requested()
            self._writes.clear_hashes(chunk)
        counts, rows = count_page(task, comparison, matching_hash_count, rejected, written.missed, self._report.counts)
        dismissed = len(still_dismissed)
        self._report.count(counts + Counts(quarantined=-dismissed, dismissed=dismissed), rows)

    def settle(self, decision: LinkDecision) -> None:
        """Write what had to wait for all rows: possible links, and values that another document held.

        By now, a value that moved from one row to another is free.
        """
        self._report.warnings += decision.warnings
        for changes in chunks(decision.changes):
            self._settle_page([each.document.odoo_id for each in changes], Comparison(tuple(changes), 0), ())
        for rejected in chunks(decision.rejected):
            self._settle_page([each.odoo_id for each in rejected], Comparison((), 0), rejected)
        if self._contested:
            self._write_contested([change for change, _ in self._contested], {row for _, row in self._contested})
        if self._reopened:
            message = f"{self._reopened} rows that were dismissed have changed, and are in quarantine again."
            self._report.warn("reopened", message, f"Look at: odoo-sync-tui quarantine list {self._entity.name}")

    def _find_still_dismissed(self, rejected: Iterable[RejectedRow]) -> set[int]:
        """Find the dismissed rows among those that failed again, without those that have changed.

        Odoo is asked about rows without a fingerprint: they cannot be read, or are not shown.
        """
        found = {row.odoo_id: row.fingerprint for row in rejected if row.odoo_id in self._dismissed}
        same = {each for each, fingerprint in found.items() if fingerprint == self._dismissed[each].fingerprint}
        nameless = {each: self._dismissed[each].seen_at for each in same if not found[each]}
        if nameless:
            ids = sorted(nameless)
            block, domain = Block(ids[0] - 1, ids[-1]), (("id", "in", ids),)
            since = min(nameless.values())
            same -= set(self._context.connector.changed_ids(self._entity, block, since, domain))
        return same

    def _quarantine(self, rejected: Sequence[RejectedRow]) -> None:
        self._reopened += sum(self._dismissed.pop(row.odoo_id, None) is not None for row in rejected)
        self._writes.quarantine(rejected, self.reads_since)

    def _settle_page(self, ids: Sequence[int], comparison: Comparison, rejected: Sequence[RejectedRow]) -> None:
        self._context.cancel.raise_if_requested()
        page = Task(ids, known_rows={}, stored_ids=frozenset(), quarantined_ids=frozenset(ids))
        self.commit(page, comparison, 0, rejected)

    def _write_contested(self, changes: Sequence[Change], refusals: Collection[RejectedRow]) -> None:
        """Write changes again that are in quarantine because another document held a value of theirs."""
        rejected = self._writes.write(changes).rejected
        refused_ids = {row.odoo_id for row in rejected}
        written = [each for each in changes if each.document.odoo_id not in refused_ids]
        written_ids = {each.document.odoo_id for each in written}
        self._writes.release_quarantine(written_ids)
        others = [row for row in rejected if row not in refusals]  # somebody else holds it by now
        still_dismissed = self._find_still_dismissed(others)
        self._quarantine([row for row in others if row.odoo_id not in still_dismissed])
        dismissed = len(written_ids & self._dismissed.keys())
        counts = Counts(quarantined=dismissed - len(written), dismissed=-dismissed)
        self._report.count(count_changes(written) + counts, rows=0)


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
    counts = count_changes(written) + Counts(quarantined=len(rejected), dismissed=task.still_dismissed)
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
