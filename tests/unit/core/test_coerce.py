import math
from datetime import UTC, datetime

import pytest

from odoo_sync_tui.core.actions import Outcome
from odoo_sync_tui.core.text.coerce import as_datetime, as_enum, as_float, as_int, as_mappings, as_text


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
