"""Selections: the Odoo domain that they become, and the words for them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from odoo_sync_tui.core.scope import Scope, Selection

EIGHT = datetime(2026, 1, 31, 8, tzinfo=UTC)


def test_all_conditions_stand_side_by_side_in_the_domain():
    given = Selection((4, 5), EIGHT, EIGHT + timedelta(hours=1), ("|", ("a", "=", 1), ("b", "=", 2)), "Sales")
    assert given.build_domain(7) == (
        ("id", "in", (4, 5)),
        ("write_date", ">=", "2026-01-31 08:00:00"),
        ("write_date", "<", "2026-01-31 09:00:00"),
        ("department_id", "child_of", 7),
        "|",
        ("a", "=", 1),
        ("b", "=", 2),
    )


def test_times_are_compared_in_utc_and_to_the_second():
    moment = datetime(2026, 1, 31, 10, 0, 0, 999_999, tzinfo=timezone(timedelta(hours=2)))
    assert Selection(since=moment).build_domain() == (("write_date", ">=", "2026-01-31 08:00:00"),)


@pytest.mark.parametrize(
    ("selection", "words"),
    [
        (Selection((4,)), "id 4"),
        (Selection((4, 5), name="late"), "late: ids 4, 5"),
        (Selection(tuple(range(1, 13))), "ids 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 and 2 more"),
        (Selection(since=EIGHT), "written since 2026-01-31 08:00:00 UTC"),
        (
            Selection(until=EIGHT, department="Sales"),
            "written before 2026-01-31 08:00:00 UTC, department Sales and those below it",
        ),
        (Selection(domain=(("name", "=", "Zoë"),)), 'domain [["name", "=", "Zoë"]]'),
        (Selection(department="\x1b[2J\u202e"), "department \ufffd[2J\ufffd and those below it"),
    ],
)  # fmt: skip
def test_a_selection_is_described_in_words(selection: Selection, words: str):
    assert selection.describe() == words
    assert Scope(selection=selection).describe_rows() == words


def test_a_domain_of_thousands_of_characters_is_cut_off_in_the_words():
    assert len(Selection(domain=(("id", "in", tuple(range(9_000))),)).describe()) < 400


def test_a_scope_of_all_rows_has_no_words_and_one_with_a_filter_has_those_of_its_domain():
    assert Scope().describe_rows() == ""
    assert Scope(domain=(("id", ">", 4),)).describe_rows() == 'domain [["id", ">", 4]]'


@pytest.mark.parametrize("scope", [Scope(domain=(("id", ">", 4),)), Scope(selection=Selection(ids=(4,)))])
def test_a_scope_with_a_domain_or_a_selection_covers_some_rows_only(scope: Scope):
    assert scope.is_filtered
