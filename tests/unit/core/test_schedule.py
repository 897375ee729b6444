"""When a sync is due: intervals, full runs, quiet hours, and the two days a year on which a clock jumps."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo_sync_tui.core.actions import Action, Outcome
from odoo_sync_tui.core.result import SyncResult
from odoo_sync_tui.core.run import Operator, RunRecord
from odoo_sync_tui.core.schedule import (
    Due,
    LastRuns,
    Pause,
    PlannedSync,
    Punctuality,
    QuietHours,
    ScheduleRule,
    covers_whole_day,
    next_due,
)
from odoo_sync_tui.core.scope import Scope

BERLIN = ZoneInfo("Europe/Berlin")
QUARTER = timedelta(minutes=15)
USERS = Action.USERS


def at(text: str) -> datetime:
    """A moment of Berlin's clock in UTC; the first one, where it comes twice."""
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN).astimezone(UTC)


def hours(text: str) -> QuietHours:
    """Hours written as the settings write them."""
    start, _, end = text.partition("-")
    return QuietHours(time.fromisoformat(start), time.fromisoformat(end))


@pytest.mark.parametrize(
    ("outcome", "reason", "was_cut_off"),
    [
        (None, "", True),
        (Outcome.INTERRUPTED, "", True),
        (Outcome.CANCELLED, "interrupted by SIGTERM", True),
        (Outcome.CANCELLED, "interrupted by SIGINT", False),
        (Outcome.CANCELLED, "cancelled by anna", False),
        (Outcome.SUCCESS, "interrupted by SIGTERM", False),  # the signal came after the last page
    ],
)
def test_what_nobody_wanted_to_end_was_cut_off(outcome: Outcome | None, reason: str, was_cut_off: bool) -> None:
    now = at("2026-11-30T12:00")
    result = SyncResult("r", str(USERS), outcome, reason=reason) if outcome else None
    run = RunRecord("r", str(USERS), Operator("anna", "box", 1), Scope(), now, now, outcome=outcome, result=result)
    assert run.was_cut_off is was_cut_off
    assert not replace(run, live=True).was_cut_off


def test_a_sync_that_never_ran_or_was_cut_off_is_due_at_once() -> None:
    now = at("2026-11-30T12:00")
    assert next_due(USERS, now, LastRuns(), ScheduleRule(QUARTER)).at == now
    assert next_due(USERS, now, LastRuns(now, was_cut_off=True), ScheduleRule(QUARTER)).at == now


def test_the_next_run_begins_one_interval_after_the_last_one_began_and_never_in_the_past() -> None:
    rule, last = ScheduleRule(QUARTER), LastRuns(at("2026-11-30T12:00"))
    assert next_due(USERS, at("2026-11-30T12:04"), last, rule).at == at("2026-11-30T12:15")
    assert next_due(USERS, at("2026-11-30T15:00"), last, rule).at == at("2026-11-30T15:00")


@pytest.mark.parametrize(
    ("now", "last", "last_full", "due", "full"),
    [
        ("2026-11-30T01:50", "2026-11-30T01:48", "2026-11-29T02:00", "2026-11-30T02:00", True),
        ("2026-11-30T02:10", "2026-11-30T02:00", "2026-11-30T02:00", "2026-11-30T02:15", False),
        ("2026-11-30T09:00", "2026-11-30T08:59", "2026-11-29T02:00", "2026-11-30T09:00", True),  # missed: made up for
        ("2026-11-30T02:01", "2026-11-30T01:48", None, "2026-11-30T02:01", True),  # the first run was full by itself
    ],
)
def test_a_full_run_is_due_once_a_day_and_made_up_for_when_it_was_missed(
    now: str, last: str, last_full: str | None, due: str, full: bool
) -> None:
    past = LastRuns(at(last), at(last_full) if last_full else None)
    found = next_due(USERS, at(now), past, ScheduleRule(QUARTER, time(2), zone=BERLIN))
    assert (found.at, found.full) == (at(due), full)


def test_no_run_begins_in_quiet_hours_also_across_midnight_and_where_one_leads_into_another() -> None:
    rule = ScheduleRule(QUARTER, quiet=(hours("22:00-06:00"), hours("06:00-07:30")), zone=BERLIN)
    for now in ("2026-11-29T22:00", "2026-11-30T00:30", "2026-11-30T05:59", "2026-11-30T07:29"):
        assert next_due(USERS, at(now), LastRuns(), rule).at == at("2026-11-30T07:30")
    assert next_due(USERS, at("2026-11-30T21:59"), LastRuns(), rule).at == at("2026-11-30T21:59")


def test_a_full_run_that_falls_into_quiet_hours_begins_at_their_end_as_a_full_one() -> None:
    rule = ScheduleRule(timedelta(hours=12), time(8, 30), (hours("08:00-09:00"),), BERLIN)
    last = LastRuns(at("2026-11-29T20:45"), at("2026-11-29T09:00"))
    found = next_due(USERS, at("2026-11-30T07:00"), last, rule)
    assert (found.at, found.full) == (at("2026-11-30T09:00"), True)


@pytest.mark.parametrize(
    ("day", "time_of_day"),
    [("2026-03-29", "02:30"), ("2026-10-25", "02:30")],  # skipped, and twice on the clock
)
def test_where_the_clock_jumps_a_full_run_comes_once(day: str, time_of_day: str) -> None:
    rule = ScheduleRule(QUARTER, time.fromisoformat(time_of_day), zone=BERLIN)
    now, last = at(f"{day}T00:00"), LastRuns(at(f"{day}T00:00") - QUARTER, at(f"{day}T00:00") - timedelta(hours=20))
    full_runs: list[datetime] = []
    while now < at(f"{day}T08:00"):
        due = next_due(USERS, now, last, rule)
        now = due.at
        full_runs += [now] * due.full
        last = LastRuns(now, now if due.full else last.full_at)
    assert len(full_runs) == 1


@given(
    st.floats(0, 730).map(lambda days: at("2026-01-01") + timedelta(days)),
    st.lists(st.builds(QuietHours, st.times(), st.times()), max_size=4),
    st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"]),
)
def test_a_due_run_is_never_before_now_and_never_in_quiet_hours(
    now: datetime, quiet: list[QuietHours], zone: str
) -> None:
    rule = ScheduleRule(QUARTER, quiet=tuple(quiet), zone=ZoneInfo(zone))
    due = next_due(USERS, now, LastRuns(), rule).at
    assert due >= now
    if not covers_whole_day(quiet):
        local = due.astimezone(ZoneInfo(zone)).time()
        assert not any(each.includes(local) for each in quiet)


def test_quiet_hours_that_leave_no_time_are_seen() -> None:
    assert covers_whole_day([hours("08:00-08:00")])
    assert covers_whole_day([hours("00:00-12:00"), hours("11:00-00:00")])
    assert not covers_whole_day([hours("00:00-12:00"), hours("12:01-00:00")])
    assert not covers_whole_day([])


@pytest.mark.parametrize(
    ("minutes", "paused", "word"),
    [(20, False, Punctuality.ON_TIME), (31, False, Punctuality.LATE), (31, True, None), (None, False, Punctuality.DUE)],
)
def test_a_sync_is_late_after_its_time_without_success_unless_it_is_paused_or_new(
    minutes: int | None, paused: bool, word: Punctuality | None
) -> None:
    now = at("2026-11-30T12:00")
    planned = PlannedSync(USERS, pause=Pause("anna", now) if paused else None, late_after=2 * QUARTER)
    last_success = now - timedelta(minutes=minutes) if minutes else None
    assert planned.judge(now, last_success).punctuality is word


def test_a_sync_whose_time_has_come_is_due() -> None:
    now = at("2026-11-30T12:00")
    planned = PlannedSync(USERS, Due(USERS, now), late_after=2 * QUARTER)
    assert planned.judge(now, now - QUARTER).punctuality is Punctuality.DUE
