from datetime import UTC, datetime

import pytest

from odoo_sync_tui.core.progress import Phase, RunProgress, Trouble
from odoo_sync_tui.core.result import Counts, EntityState
from odoo_sync_tui.pipeline.tracker import REPORT_INTERVAL_SECONDS, Tracker, empty_progress
from odoo_sync_tui.runtime.cancel import CancelToken


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def told() -> list[RunProgress]:
    return []


@pytest.fixture
def cancel() -> CancelToken:
    return CancelToken()


@pytest.fixture
def tracker(clock: Clock, told: list[RunProgress], cancel: CancelToken) -> Tracker:
    base = empty_progress("run", "sync_data_lake", "anna", "here", "full", datetime(2026, 1, 1, tzinfo=UTC))
    return Tracker(base, ["accounts", "invoices"], cancel, told.append, clock)


def test_an_entity_goes_from_waiting_to_its_end(tracker: Tracker, clock: Clock):
    assert tracker.snapshot().entities[0].state is EntityState.WAITING
    tracker.begin("accounts")
    tracker.set_total("accounts", 300)
    tracker.set_phase("accounts", Phase.FETCH)
    tracker.advance("accounts", 0, Counts())
    clock.now += 2
    tracker.advance("accounts", 100, Counts(created=100))
    running = tracker.snapshot().entities[0]
    assert (running.done, running.total, running.rate, running.eta, running.seconds) == (100, 300, 50, 4, 2)
    clock.now += 3
    tracker.end("accounts", EntityState.SUCCESS, Counts(created=300))
    clock.now += 50
    ended = tracker.snapshot().entities[0]
    assert (ended.state, ended.seconds, ended.rate, ended.counts.created) == (EntityState.SUCCESS, 5, None, 300)


def test_rows_beyond_the_total_raise_it(tracker: Tracker):
    tracker.begin("accounts")
    tracker.set_total("accounts", 5)
    tracker.advance("accounts", 8, Counts(created=8))
    assert tracker.snapshot().entities[0].total == 8


def test_the_listener_is_told_now_and_then_and_always_of_the_end(
    tracker: Tracker, clock: Clock, told: list[RunProgress]
):
    tracker.begin("accounts")
    for _ in range(100):
        tracker.advance("accounts", 1, Counts(unchanged=1))
    assert len(told) == 1
    clock.now += REPORT_INTERVAL_SECONDS
    tracker.advance("accounts", 1, Counts(unchanged=1))
    tracker.end("accounts", EntityState.SUCCESS, Counts(unchanged=101))
    assert [progress.counts.unchanged for progress in told] == [0, 101, 101]


def test_retries_and_a_stop_are_shown(tracker: Tracker, cancel: CancelToken):
    tracker.set_odoo_trouble(Trouble("Odoo", "Odoo is busy."))
    cancel.request("enough")
    snapshot = tracker.snapshot()
    assert (snapshot.retries, snapshot.stopping) == (1, True)


def test_in_trouble_nobody_knows_rate_and_time_left_and_the_listener_hears_of_it_at_once(
    tracker: Tracker, clock: Clock, told: list[RunProgress]
):
    tracker.begin("accounts")
    tracker.set_total("accounts", 300)
    clock.now += 2
    tracker.advance("accounts", 100, Counts(created=100))
    trouble = Trouble("Odoo", "Odoo refuses the connection.", 2)
    tracker.set_odoo_trouble(trouble)
    running = told[-1].entities[0]
    assert (told[-1].trouble, told[-1].retries) == (trouble, 1)
    assert (running.rate, running.eta, running.done) == (None, None, 100)
    tracker.set_odoo_trouble(None)
    assert (told[-1].trouble, told[-1].retries) == (None, 1)


def test_a_store_out_of_sight_comes_before_the_trouble_of_odoo(tracker: Tracker, told: list[RunProgress]):
    tracker.set_odoo_trouble(Trouble("Odoo", "Odoo is busy."))
    tracker.set_store_trouble(Trouble("MongoDB", "MongoDB does not answer."))
    assert told[-1].trouble == Trouble("MongoDB", "MongoDB does not answer.")
    tracker.set_store_trouble(None)
    assert told[-1].trouble == Trouble("Odoo", "Odoo is busy.")
