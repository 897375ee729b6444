import math
from datetime import UTC, datetime, timedelta, timezone

import pytest

from odoo_sync_tui.core.actions import Outcome
from odoo_sync_tui.core.text.coerce import (
    as_datetime,
    as_enum,
    as_float,
    as_int,
    as_int_or_none,
    as_mappings,
    as_text,
)


def test_dates_of_other_programs_are_read_as_text_or_without_zone():
    noon = datetime(2024, 5, 1, 12, tzinfo=UTC)
    assert as_datetime("2024-05-01T12:00:00+00:00") == as_datetime("2024-05-01T12:00:00") == noon
    assert as_datetime("soon") is None
    assert as_datetime(5) is None


@pytest.mark.parametrize(
    ("stored", "number"), [(3, 3), (3.0, 3), (True, 0), ("3", 0), (None, 0), (math.nan, 0), (math.inf, 0), ([], 0)]
)
def test_a_number_that_is_none_counts_as_nothing(stored, number):
    assert as_int(stored) == number
    assert as_float(stored) == float(number)


def test_an_integer_too_large_for_a_float_is_no_duration():
    assert as_float(10**400) == 0.0


def test_a_word_that_this_version_does_not_know_is_no_outcome():
    assert as_enum(Outcome, "partial") is Outcome.PARTIAL
    assert as_enum(Outcome, "splendid") is None
    assert as_enum(Outcome, 5) is None


def test_an_empty_text_is_none():
    assert (as_text("a"), as_text(""), as_text(5)) == ("a", None, None)


def test_only_the_objects_of_an_array_are_read():
    assert list(as_mappings([{"a": 1}, {}, 5, None, ["b"]])) == [{"a": 1}]
    assert list(as_mappings("text")) == list(as_mappings(None)) == []


@pytest.mark.parametrize("value", ["9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+12:00"])
def test_a_time_at_the_end_of_the_calendar_can_be_shown_in_every_zone(value: object):
    moment = as_datetime(value)
    assert moment is not None
    assert {moment.astimezone(timezone(timedelta(hours=hours))).tzname() for hours in (-14, 14)} == {
        "UTC-14:00",
        "UTC+14:00",
    }


@pytest.mark.parametrize("value", [2**63, -(2**63) - 1, 1e300, float("inf"), True, "7", None, [7]])
def test_a_number_beyond_eight_bytes_is_none_like_any_other_odd_value(value: object):
    assert as_int_or_none(value) is None
    assert as_int(value) == 0
