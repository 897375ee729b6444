"""How sources stand, and when what is known of them is old."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from odoo_sync_tui.core.reports.fleet import SourceProgress, SourceState, Standing, find_standing, is_old
from odoo_sync_tui.core.reports.health import HealthLevel

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
HOUR = timedelta(hours=1)
ACME = SourceState("acme", HealthLevel.IN_STEP, at=NOW)
RUN = SourceProgress("sync_users", "r1", NOW)


@pytest.mark.parametrize(
    ("source", "standing"),
    [
        (ACME, Standing.IN_STEP),
        (replace(ACME, late_at=NOW), Standing.LATE),
        (replace(ACME, late_at=NOW + HOUR), Standing.IN_STEP),
        (replace(ACME, late_at=NOW, paused=True), Standing.IN_STEP),
        (replace(ACME, health=HealthLevel.ATTENTION, late_at=NOW), Standing.LATE),
        (replace(ACME, health=HealthLevel.WRONG, late_at=NOW), Standing.WRONG),
        (SourceState("new"), Standing.UNKNOWN),
    ],
)
def test_the_standing_is_the_worst_of_health_and_lateness(source: SourceState, standing: Standing):
    assert find_standing(source, NOW) is standing


@pytest.mark.parametrize(
    ("source", "after", "is_expected"),
    [
        (replace(ACME, running=RUN), timedelta(seconds=59), False),
        (replace(ACME, running=RUN), timedelta(seconds=61), True),
        (replace(ACME, due_at=NOW + HOUR), 1.9 * HOUR, False),
        (replace(ACME, due_at=NOW + HOUR), 2.1 * HOUR, True),
        (ACME, 1000 * HOUR, False),
        (SourceState("new"), 1000 * HOUR, False),
    ],
)
def test_what_is_known_is_old_after_a_minute_of_a_run_or_two_intervals(source: SourceState, after, is_expected: bool):
    assert is_old(source, NOW + after) is is_expected
