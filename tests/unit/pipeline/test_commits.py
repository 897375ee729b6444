"""Every row of the scope is in exactly one figure, also when a run goes on where another was cut off."""

from __future__ import annotations

from dataclasses import replace

from odoo_sync_tui.core.entity import BrokenRule, Document, RejectedRow
from odoo_sync_tui.core.result import Counts
from odoo_sync_tui.pipeline.entity.commits import count_changes, count_page, subtract_rows
from odoo_sync_tui.pipeline.entity.compare import Comparison
from odoo_sync_tui.pipeline.entity.plan.planner import Task
from odoo_sync_tui.store.documents.changes import Change, ChangeKind


def change(odoo_id: int, kind: ChangeKind = ChangeKind.UPDATED) -> Change:
    return Change(kind, Document(odoo_id, True, {}), "said")


def page(*ids: int, stored: set[int], quarantined: set[int] = frozenset(), counted: bool) -> Task:
    return Task(ids, {}, frozenset(stored), frozenset(quarantined), unchanged=10, already_counted=counted)


def test_changes_are_counted_by_kind():
    assert count_changes(map(change, (1, 2, 3, 4, 5), ChangeKind)) == Counts(
        created=1, updated=2, reactivated=1, deactivated=1
    )


def test_a_page_counts_its_rows_once():
    task = page(1, 2, 3, 4, stored={2, 3, 4}, counted=False)
    comparison = Comparison((change(1, ChangeKind.CREATED), change(2)), unchanged=1)
    found, rows = count_page(task, comparison, 1, [RejectedRow(2, "bad", BrokenRule.VALUES)], 0, Counts())
    assert found == Counts(created=1, unchanged=12, quarantined=1)
    assert rows == found.rows == 14


def test_a_row_that_changed_since_it_was_counted_moves_from_one_figure_to_another():
    so_far = Counts(created=2, unchanged=1)
    task = page(1, 2, 3, stored={1, 2, 3}, counted=True)
    comparison = Comparison((change(1), change(2, ChangeKind.DEACTIVATED)), unchanged=1)
    found, rows = count_page(task, comparison, 0, [], 0, so_far)
    assert so_far + found == Counts(created=1, updated=1, deactivated=1)
    assert rows == 0


def test_a_row_that_was_not_counted_yet_is_counted_now():
    so_far = Counts(unchanged=5)
    task = page(1, 2, 3, 4, stored={2, 3, 4}, quarantined={2, 3}, counted=True)
    comparison = Comparison((change(1, ChangeKind.CREATED), change(2)), unchanged=2)
    found, rows = count_page(task, comparison, 0, [], 0, so_far)
    assert found == Counts(created=1, updated=1, unchanged=1), "3 left the quarantine without a change"
    assert rows == 3


def test_dismissed_rows_that_are_not_read_are_counted_in_every_part_of_a_run():
    for counted, expected in ((False, Counts(unchanged=10, dismissed=3)), (True, Counts(dismissed=3))):
        task = replace(page(stored=set(), counted=counted), still_dismissed=3)
        assert count_page(task, Comparison((), 0), 0, [], 0, Counts()) == (expected, expected.rows)


def test_a_row_that_cannot_be_read_any_more_is_not_in_step_as_well():
    task = page(1, stored={1}, counted=True)
    found, rows = count_page(
        task, Comparison((), 0), 0, [RejectedRow(1, "bad", BrokenRule.VALUES)], 0, Counts(created=4)
    )
    assert found == Counts(created=-1, quarantined=1)
    assert rows == 0


def test_no_more_is_taken_back_than_was_counted():
    assert subtract_rows(Counts(unchanged=1, updated=1), 3) == Counts(unchanged=-1, updated=-1)
