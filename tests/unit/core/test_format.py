import pytest

from odoo_sync_tui.core.text.format import (
    DAY,
    HOUR,
    MINUTE,
    format_clock_span,
    format_duration,
    format_number,
    format_span,
)


def test_a_number_is_grouped_by_thousands():
    assert [format_number(number) for number in (0, 999, 55_007, 1_000_000)] == ["0", "999", "55 007", "1 000 000"]


def test_an_unknown_number_or_duration_has_a_sign_of_its_own():
    assert (format_number(None), format_number(None, "?")) == ("-", "?")
    assert (format_duration(None), format_duration(None, "?")) == ("-", "?")


def test_a_duration_has_tenths_below_a_minute_and_hours_only_when_it_took_one():
    texts = [format_duration(seconds) for seconds in (-1, 0.94, 41, 59.94, 59.96, 3599, 3723)]
    assert texts == ["0.0 s", "0.9 s", "41.0 s", "59.9 s", "1:00", "59:59", "1:02:03"]


def test_a_clock_counts_in_whole_seconds():
    assert [format_clock_span(seconds) for seconds in (None, -1, 41.9, 3723)] == ["-", "0:00", "0:41", "1:02:03"]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-5, "0 s"),
        (59.9, "59 s"),
        (MINUTE, "1 min"),
        (HOUR - 1, "59 min"),
        (HOUR, "1 h"),
        (DAY, "1 d"),
        (30 * HOUR, "1 d"),
    ],
)
def test_a_span_is_told_in_its_largest_whole_unit(seconds, text):
    assert format_span(seconds) == text


def test_a_span_can_stay_in_hours_for_the_first_days():
    assert [format_span(hours * HOUR, least_days=2) for hours in (30, 47, 48)] == ["30 h", "47 h", "2 d"]
