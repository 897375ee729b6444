"""Plain data, figures and times."""

from __future__ import annotations

import string
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from odoo_sync_tui.cli.output import table
from odoo_sync_tui.cli.words import age, duration, grouped
from odoo_sync_tui.core.plain import plain
from odoo_sync_tui.core.text import clean
from odoo_sync_tui.core.words import Outcome

NOW = datetime(2026, 1, 31, 12, 30, tzinfo=UTC)


def test_plain_data():
    value = {"at": NOW.astimezone(timezone(timedelta(hours=2))), "day": date(2026, 1, 31), "money": Decimal("1.20")}
    assert plain(value) == {"at": "2026-01-31T12:30:00Z", "day": "2026-01-31", "money": "1.20"}
    assert plain([Outcome.SUCCESS, (1, None, True), datetime(2026, 1, 31)]) == [  # noqa: DTZ001
        "success",
        [1, None, True],
        "2026-01-31T00:00:00Z",
    ]


def test_figures_and_times():
    assert [grouped(number) for number in (0, 999, 55_007, None)] == ["0", "999", "55 007", "-"]
    assert [duration(seconds) for seconds in (0.9, 41, 3723)] == ["00:00", "00:41", "1:02:03"]
    ages = [timedelta(seconds=5), timedelta(minutes=3), timedelta(hours=30), timedelta(seconds=-5)]
    assert [age(NOW - delta, NOW) for delta in ages] == ["5 s ago", "3 min ago", "1 d ago", "0 s ago"]
    assert age(None, NOW) == "never"


def test_a_table_aligns_text_left_and_figures_right():
    assert table(["name", "n"], [["a", "1"], ["bcdef", "10"]]) == "name    n\na       1\nbcdef  10"


class TestClean:
    def test_ordinary_text_stays(self):
        text = string.ascii_letters + string.digits + string.punctuation + " é漢字–\u00a0"
        assert clean(text) == text

    def test_what_acts_on_a_terminal_is_replaced(self):
        assert clean("a\x1b]52;c;eA==\x07b\x9bc\u202ed\ud800") == "a\ufffd]52;c;eA==\ufffdb\ufffdc\ufffdd\ufffd"

    def test_lines_become_one(self):
        assert clean("a\r\nb\nc\td\u2028e") == "a\u23ceb\u23cec d\u23cee"

    def test_length_is_bounded(self):
        assert clean("x" * 10_000, 10) == "x" * 10 + "\u2026"
        assert clean("x" * 10, 10) == "x" * 10

    @given(st.text(alphabet=st.characters(exclude_categories=())))
    def test_whatever_comes_can_be_written_on_one_line(self, text):
        shown = clean(text, 50)
        assert len(shown.splitlines()) <= 1
        assert len(shown) <= 51
        shown.encode()
        assert not any(ord(c) < 32 or 0x7F <= ord(c) < 0xA0 for c in shown)
