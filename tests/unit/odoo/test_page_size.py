"""The size of a page follows what the server can answer in time, and the bytes of its answers."""

from __future__ import annotations

import pytest

from odoo_sync_tui.odoo.calls.page_size import (
    MAX_ANSWER_BYTES,
    MIN_ROWS,
    SLOW_CALL_SECONDS,
    WANTED_ANSWER_BYTES,
    AdaptivePageSize,
)


def test_larger_pages_are_tried_again_after_a_while() -> None:
    limit = AdaptivePageSize(1000)
    limit.shrink(250)
    for _ in range(20):
        limit.record_answer(limit.size, 0.1)
    assert limit.size == 1000


@pytest.mark.parametrize(("rows", "seconds"), [(100, 1.0), (250, SLOW_CALL_SECONDS * 0.6)], ids=["small", "not quick"])
def test_larger_pages_are_tried_for_quick_answers_of_full_pages_only(rows: int, seconds: float) -> None:
    limit = AdaptivePageSize(1000)
    limit.shrink(250)
    for _ in range(20):
        limit.record_answer(rows, seconds)
    assert limit.size == 250


def test_a_server_that_is_slow_whatever_it_is_asked_is_not_asked_row_by_row() -> None:
    limit = AdaptivePageSize(1000)
    for _ in range(5):
        limit.record_answer(limit.size, 60.0)
    assert limit.size == MIN_ROWS
    few = AdaptivePageSize(20)
    few.record_answer(20, 60.0)
    assert few.size == 20


def test_pages_become_smaller_at_once_for_wide_rows_and_larger_little_by_little_for_narrow_ones() -> None:
    limit = AdaptivePageSize(1000)
    limit.record_answer(1000, 0.1, 7_000_000)
    assert limit.size == WANTED_ANSWER_BYTES // 7000
    limit.record_answer(100, 0.1, 70_000)
    assert limit.size == WANTED_ANSWER_BYTES // 3850
    for _ in range(5):
        limit.record_answer(limit.size, 0.1, limit.size * 70)
    assert limit.size == 1000


def test_one_row_says_nothing_of_the_width_of_all() -> None:
    limit = AdaptivePageSize(1000)
    limit.record_answer(1, 0.1, 10_000_000)
    assert limit.size == 1000


def test_larger_pages_than_the_first_are_tried_at_once_until_one_fails() -> None:
    limit = AdaptivePageSize(4000, 1000)
    limit.record_answer(1000, 0.1, 100_000)
    assert limit.size == 2000
    limit.shrink(1000)
    limit.record_answer(1000, 0.1, 100_000)
    assert limit.size == 1000


def test_an_answer_is_bounded_once_the_width_of_rows_is_known_but_for_a_row_by_itself() -> None:
    limit = AdaptivePageSize(1000)
    unbounded = limit.make_bound("search_read", 100).max_bytes
    limit.record_answer(100, 0.1, 100_000)
    assert limit.make_bound("search_read", 2).max_bytes == MAX_ANSWER_BYTES < unbounded
    assert limit.make_bound("search_read", 1).max_bytes == unbounded
