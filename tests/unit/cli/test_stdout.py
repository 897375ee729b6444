"""Plain data, figures and times."""

from __future__ import annotations

import string
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from odoo_sync_tui.cli.output.format import format_age
from odoo_sync_tui.cli.output.stdout import format_table
from odoo_sync_tui.core.actions import Outcome
from odoo_sync_tui.core.text.jsonable import to_jsonable
from odoo_sync_tui.core.text.sanitize import sanitize

NOW = datetime(2026, 1, 31, 12, 30, tzinfo=UTC)


def test_values_of_any_kind_become_plain_data():
    value = {"at": NOW.astimezone(timezone(timedelta(hours=2))), "day": date(2026, 1, 31), "money": Decimal("1.20")}
    assert to_jsonable(value) == {"at": "2026-01-31T12:30:00Z", "day": "2026-01-31", "money": "1.20"}
    assert to_jsonable([Outcome.SUCCESS, (1, None, True), datetime(2026, 1, 31)]) == [  # noqa: DTZ001
        "success",
        [1, None, True],
        "2026-01-31T00:00:00Z",
    ]


def test_an_age_is_told_in_its_largest_whole_unit():
    ages = [timedelta(seconds=5), timedelta(minutes=3), timedelta(hours=30), timedelta(seconds=-5)]
    assert [format_age(NOW - delta, NOW) for delta in ages] == ["5 s ago", "3 min ago", "1 d ago", "0 s ago"]
    assert format_age(None, NOW) == "never"


def test_a_table_aligns_text_left_and_figures_right():
    assert format_table(["name", "n"], [["a", "1"], ["bcdef", "10"]]) == ["name    n", "a       1", "bcdef  10"]


class TestClean:
    def test_ordinary_text_is_printed_as_it_is(self):
        text = string.ascii_letters + string.digits + string.punctuation + " é漢字–\u00a0"
        assert sanitize(text) == text

    def test_text_that_acts_on_a_terminal_is_replaced(self):
        assert sanitize("a\x1b]52;c;eA==\x07b\x9bc\u202ed\ud800") == "a\ufffd]52;c;eA==\ufffdb\ufffdc\ufffdd\ufffd"

    def test_lines_of_a_text_become_one(self):
        assert sanitize("a\r\nb\nc\td\u2028e") == "a\u23ceb\u23cec d\u23cee"

    def test_the_length_of_a_text_is_bounded(self):
        assert sanitize("x" * 10_000, 10) == "x" * 10 + "\u2026"
        assert sanitize("x" * 10, 10) == "x" * 10

    @given(st.text(alphabet=st.characters(exclude_categories=())))
    def test_any_text_can_be_written_on_one_line(self, text: str):
        shown = sanitize(text, 50)
        assert len(shown.splitlines()) <= 1
        assert len(shown) <= 51
        shown.encode()
        assert not any(ord(c) < 32 or 0x7F <= ord(c) < 0xA0 for c in shown)
