"""Which sources are due, in which order, and how many may run at once."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from odoo_sync_tui.core.reports.fleet import SILENCE, FleetState, SourceProgress, SourceState
from odoo_sync_tui.pipeline.fleet.due_sources import LOOK_AGAIN, DueList, Member, RunLimits
from tests.unit.pipeline.fleet.fakes import NOON, MainDatabase

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
ACME = Member("acme", HOUR)


def no_jitter(_every: timedelta) -> timedelta:
    return timedelta()


def due_at(state: SourceState, member: Member = ACME, now: datetime = NOON) -> datetime | None:
    found = DueList(no_jitter).find([member], FleetState(now, (state,)))
    return found[0][1] if found else None


def known(**fields: object) -> SourceState:
    return SourceState("acme", **{"at": NOON - HOUR, "due_at": NOON - MINUTE, **fields})


def test_a_source_of_which_nothing_is_known_is_due_since_it_was_seen_first() -> None:
    due_list = DueList(no_jitter)
    assert due_list.find([ACME], FleetState(NOON)) == [(ACME, NOON)]
    assert due_list.find([ACME], FleetState(NOON + MINUTE)) == [(ACME, NOON)]


def test_who_has_waited_longest_for_its_interval_comes_first() -> None:
    seconds = {"slow": 86_400, "quick": 60, "hourly": 3600}
    fleet = FleetState(NOON, tuple(replace(known(), name=name) for name in seconds))
    found = DueList(no_jitter).find([Member(name, timedelta(seconds=each)) for name, each in seconds.items()], fleet)
    assert [member.name for member, _ in found] == ["quick", "hourly", "slow"]


def test_a_run_is_put_off_once_by_a_moment_that_stays() -> None:
    chosen = iter([MINUTE, 30 * MINUTE, 2 * MINUTE])
    due_list = DueList(lambda _: next(chosen))
    first, second = FleetState(NOON, (known(),)), FleetState(NOON + HOUR, (known(due_at=NOON + HOUR),))
    assert [due_list.find([ACME], each)[0][1] for each in (first, first)] == [NOON, NOON]
    assert due_list.find([ACME], second)[0][1] == NOON + HOUR + 30 * MINUTE


@pytest.mark.parametrize(("age", "expected"), [(SILENCE / 2, None), (SILENCE * 2, NOON - MINUTE)])
def test_a_source_whose_run_is_at_work_is_not_due_until_that_is_silent(age: timedelta, expected: object) -> None:
    assert due_at(known(running=SourceProgress("sync_users", "r", NOON), at=NOON - age)) == expected


def test_a_source_is_not_tried_again_before_its_time_unless_its_settings_were_changed_since() -> None:
    database = MainDatabase()
    database.know("acme", due_at=NOON - HOUR)
    database.claim("acme", "me", "here", "local", 60)
    database.pass_time(10)
    database.release("acme", "me", retry_after=600)
    (state,) = database.read().sources
    assert due_at(state, now=database.now) == database.now + timedelta(seconds=600)
    assert due_at(state, replace(ACME, changed_at=NOON + timedelta(seconds=9)), database.now) > database.now
    changed_at = database.now + timedelta(seconds=1)
    assert due_at(state, replace(ACME, changed_at=changed_at), database.now + MINUTE) == changed_at


def test_new_settings_are_looked_at_although_the_next_run_is_far_away() -> None:
    far = known(due_at=NOON + 24 * HOUR)
    assert due_at(far) == NOON + 24 * HOUR
    assert due_at(far, replace(ACME, changed_at=NOON - MINUTE)) == NOON - MINUTE
    assert due_at(far, replace(ACME, changed_at=NOON + HOUR)) == NOON + 24 * HOUR  # by another clock than the server's


def test_a_source_of_which_nothing_is_planned_is_looked_at_now_and_then() -> None:
    assert due_at(known(due_at=None, paused=True)) == NOON - HOUR + LOOK_AGAIN


@pytest.mark.parametrize(
    ("limits", "at_work", "expected"),
    [
        (RunLimits(), [("gold",)] * 9, True),
        (RunLimits(runs=2), [()], True),
        (RunLimits(runs=2), [(), ()], False),
        (RunLimits(runs_of_tag={"gold": 1}), [("silver",)] * 9, True),
        (RunLimits(runs_of_tag={"gold": 1}), [("silver", "gold")], False),
        (RunLimits(runs=9, runs_of_tag={"silver": 1, "eu": 1}), [("eu",)], False),
        (RunLimits(runs_of_tag={"other": 1}), [("other",)], True),
    ],
)
def test_limits_count_runs_of_all_sources_and_of_those_with_a_tag(limits, at_work, expected) -> None:
    assert limits.leave_room(Member("acme", HOUR, ("gold", "eu")), at_work) is expected
