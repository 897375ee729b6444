from datetime import UTC, datetime, timedelta, timezone

import pytest

from odoo_sync_tui.core.progress import RateEstimator, Trouble, describe_trouble

NOW = datetime(2026, 1, 31, 12, 0, 0, tzinfo=UTC)


def test_rate_is_unknown_before_a_second_was_seen():
    rate = RateEstimator()
    rate.add(0.0, 0)
    rate.add(0.5, 500)
    assert rate.rate() is None
    assert rate.eta(1000) is None


def test_rate_follows_the_last_seconds_only():
    rate = RateEstimator(window_seconds=10)
    for second in range(101):
        rate.add(second, second * 10)
    for second in range(1, 21):
        rate.add(100 + second, 1000 + second * 100)
    assert rate.rate() == 100
    assert rate.eta(4000) == 10


def test_progress_that_goes_back_starts_the_window_anew():
    rate = RateEstimator()
    rate.add(0, 1000)
    rate.add(5, 10)
    assert rate.rate() is None


@pytest.mark.parametrize(
    ("trouble", "line"),
    [
        (Trouble("Odoo", "Odoo is busy."), "Odoo is busy"),
        (Trouble("Odoo", "Odoo is busy.", 3, NOW + timedelta(seconds=4)), "Odoo is busy, try 3 in 4 s"),
        (Trouble("Odoo", "Odoo is busy.", 3, NOW - timedelta(seconds=1)), "Odoo is busy, try 3 now"),
        (
            Trouble("Odoo", "Odoo is busy.", 3, NOW + timedelta(seconds=4), NOW + timedelta(seconds=90)),
            "Odoo is busy, try 3 in 4 s, gives up at 13:01:30",
        ),
        (
            Trouble("MongoDB", "MongoDB does not answer.", gives_up_at=NOW + timedelta(seconds=10)),
            "MongoDB does not answer, gives up at 13:00:10",
        ),
    ],
    ids=[
        "nothing more is known",
        "with the next try",
        "the next try is due",
        "with the last try",
        "tried all the time",
    ],
)
def test_a_trouble_is_one_line_in_the_time_zone_of_the_operator(trouble: Trouble, line: str) -> None:
    assert describe_trouble(trouble, NOW.astimezone(timezone(timedelta(hours=1)))) == line
