"""The scheduler by a clock of its own: what it runs when, and what it tells."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from odoo_sync_tui.core.actions import Action
from odoo_sync_tui.core.errors import ConfigurationError, LeaseHeld, RunCancelled, StoreUnavailable, SyncError
from odoo_sync_tui.core.schedule import Due, LastRuns, Pause, ScheduleRule
from odoo_sync_tui.pipeline.run.scheduler import ScheduleHooks, Scheduler, SyncPast
from odoo_sync_tui.runtime.cancel import CancelToken

START = datetime(2026, 11, 30, 12, tzinfo=UTC)
HELD = LeaseHeld("bert", "elsewhere", START, START)
HOURLY = ScheduleRule(timedelta(hours=1))


class Clock(CancelToken):
    """A clock that only waiting moves on, and that ends the schedule at its time."""

    def __init__(self, hours: float) -> None:
        super().__init__()
        self.now, self._end = START, START + timedelta(hours=hours)

    def sleep(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)
        if self.now >= self._end:
            self.request("the test ends")
        self.raise_if_requested()


class Records:
    """The runs that were made, as a store keeps them, and what the operator was told."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.runs: list[tuple[Action, int]] = []
        self.told: list[str] = []
        self.watched: list[int] = []
        self.last: dict[Action, LastRuns] = {}
        self.pauses: dict[Action, Pause] = {}
        self.cut_off = False
        self.fail: Callable[[], SyncError | None] = lambda: None

    def read_past(self, action: Action) -> SyncPast:
        pause = self.pauses.get(action)
        return SyncPast(
            self.last.get(action, LastRuns()), pause if pause and not pause.is_over(self.clock.now) else None
        )

    def run(self, due: Due) -> None:
        if error := self.fail():
            raise error
        self.runs.append((due.action, round((self.clock.now - START).total_seconds() / 60)))
        self.last[due.action] = LastRuns(self.clock.now, was_cut_off=self.cut_off)

    def drive(self, *actions: Action, jitter: timedelta = timedelta(0)) -> list[tuple[Action, int]]:
        """Run these syncs each hour until the clock ends it; return them with their minutes."""
        hooks = ScheduleHooks(
            self.read_past,
            self.run,
            lambda due, pauses: self.told.append(f"next {due.action if due else None}, {len(pauses)} paused"),
            lambda error: self.told.append(error.message),
            lambda: self.watched.append(round((self.clock.now - START).total_seconds() / 60)),
        )
        rules = dict.fromkeys(actions, HOURLY)
        with pytest.raises(RunCancelled):
            Scheduler(rules, hooks, self.clock, lambda _: jitter, lambda: self.clock.now).run_forever()
        return self.runs


@pytest.fixture
def records() -> Records:
    return Records(Clock(hours=3.5))


def test_each_sync_runs_at_once_and_then_at_its_interval_one_at_a_time(records: Records) -> None:
    runs = records.drive(Action.USERS, Action.DEPARTMENTS)
    assert sorted(runs) == sorted(
        (action, 60 * hour) for action in (Action.USERS, Action.DEPARTMENTS) for hour in range(4)
    )


def test_a_run_begins_later_by_its_jitter_and_the_next_one_follows_it(records: Records) -> None:
    assert records.drive(Action.USERS, jitter=timedelta(minutes=5)) == [(Action.USERS, 65 * n + 5) for n in range(4)]


def test_a_run_that_somebody_else_made_counts(records: Records) -> None:
    records.last[Action.USERS] = LastRuns(START - timedelta(minutes=20))
    assert records.drive(Action.USERS)[0] == (Action.USERS, 40)


def test_what_a_killed_process_left_is_continued_at_once_but_what_fails_here_waits(records: Records) -> None:
    records.cut_off = True
    records.last[Action.USERS] = LastRuns(START - timedelta(minutes=20), was_cut_off=True)
    assert records.drive(Action.USERS) == [(Action.USERS, 60 * hour) for hour in range(4)]


def test_a_paused_sync_does_not_run_until_its_pause_is_over_and_the_operator_is_told(records: Records) -> None:
    records.pauses[Action.USERS] = Pause("anna", START, START + timedelta(minutes=90))
    assert records.drive(Action.USERS) == [(Action.USERS, 90), (Action.USERS, 150)]
    assert records.told[0] == "next None, 1 paused"


def test_a_lease_that_is_held_is_waited_for_and_told_once(records: Records) -> None:
    records.fail = lambda: HELD if records.clock.now < START + timedelta(minutes=2) else None
    assert records.drive(Action.USERS)[0] == (Action.USERS, 2)
    assert records.told.count(HELD.message) == 1


def test_a_run_that_cannot_begin_is_tried_again_at_its_next_time_and_told_once(records: Records) -> None:
    records.fail = lambda: (
        StoreUnavailable("MongoDB is away.") if records.clock.now < START + timedelta(hours=1.5) else None
    )
    assert records.drive(Action.USERS) == [(Action.USERS, 120), (Action.USERS, 180)]
    assert records.told.count("MongoDB is away.") >= 1


def test_a_store_that_cannot_be_read_is_told_once_and_the_schedule_goes_on(records: Records) -> None:
    away_until = START + timedelta(minutes=30)

    def read_past(action: Action) -> SyncPast:
        if records.clock.now < away_until:
            raise StoreUnavailable("MongoDB is away.")
        return Records.read_past(records, action)

    records.read_past = read_past  # type: ignore[method-assign]
    assert records.drive(Action.USERS)[0] == (Action.USERS, 30)
    assert records.told.count("MongoDB is away.") == 1


def test_a_first_run_that_is_refused_for_its_configuration_ends_the_schedule(records: Records) -> None:
    records.fail = lambda: ConfigurationError("odoo.url is not set.")
    hooks = ScheduleHooks(records.read_past, records.run, lambda *_: None, lambda _: None)
    with pytest.raises(ConfigurationError):
        Scheduler({Action.USERS: HOURLY}, hooks, records.clock, lambda _: timedelta(0)).run_forever()


def test_what_is_due_now_runs_once_and_nothing_else_does(records: Records) -> None:
    records.last[Action.DATA_LAKE] = LastRuns(START - timedelta(minutes=20))
    records.pauses[Action.DEPARTMENTS] = Pause("anna", START)
    hooks = ScheduleHooks(records.read_past, records.run, lambda *_: None, lambda _: None)
    rules = dict.fromkeys(Action, HOURLY)
    assert Scheduler(rules, hooks, records.clock, clock=lambda: records.clock.now).run_due() == 1
    assert records.runs == [(Action.USERS, 0)]


def test_while_nothing_runs_somebody_looks_each_minute(records: Records) -> None:
    records.drive(Action.USERS)
    assert records.watched[:5] == [0, 1, 2, 3, 4]
    assert len(records.watched) == 210
