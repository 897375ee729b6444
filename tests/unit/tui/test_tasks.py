"""Work in threads: one error boundary, one of a name at a time, no outcome for an owner that is closed."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from odoo_sync_tui.core.actions import Action
from odoo_sync_tui.core.errors import StoreUnavailable
from odoo_sync_tui.core.scope import Scope
from odoo_sync_tui.tui.tasks import LatestValue, SyncJob, Tasks
from tests.support.fake_backend.backend import FakeBackend
from tests.unit.tui.manual import ManualUi


class App:
    """The two ends of an application that tasks use: threads that start on call, and the queue of its loop."""

    is_attached = True

    def __init__(self) -> None:
        self.threads: list[Callable[[], None]] = []
        self.queue: list[Callable[[], None]] = []

    def run_worker(self, work: Callable[[], None], **options: object) -> None:
        assert options["thread"]
        assert not options["exit_on_error"]
        self.threads.append(work)

    def call_later(self, callback: Callable[[], None]) -> None:
        self.queue.append(callback)

    def work(self) -> None:
        while self.threads:
            self.threads.pop(0)()

    def loop(self) -> None:
        while self.queue:
            self.queue.pop(0)()


class Owner:
    is_attached = True


class Outcomes(list[tuple[str, object]]):
    def done(self, value: object) -> None:
        self.append(("done", value))

    def failed(self, problem: object) -> None:
        self.append(("failed", str(problem)))


def raising(error: Exception) -> Callable[[], None]:
    def work() -> None:
        raise error

    return work


def test_the_outcome_comes_in_the_turn_of_the_loop_not_of_the_thread() -> None:
    app, seen = App(), Outcomes()
    assert Tasks(app).run("sum", lambda: 1 + 1, seen.done, seen.failed)
    app.work()
    assert seen == []
    app.loop()
    assert seen == [("done", 2)]


def test_an_expected_error_is_a_problem_with_its_hint() -> None:
    app, seen = App(), Outcomes()
    Tasks(app).run("read", raising(StoreUnavailable("MongoDB went away.", "Start it.")), seen.done, seen.failed)
    app.work()
    app.loop()
    assert seen == [("failed", "MongoDB went away. Start it.")]


def test_an_unexpected_error_is_logged_with_its_trace(caplog: pytest.LogCaptureFixture) -> None:
    app, seen = App(), Outcomes()
    Tasks(app).run("read", raising(ZeroDivisionError("oh")), seen.done, seen.failed)
    app.work()
    app.loop()
    assert seen == [("failed", "Unexpected ZeroDivisionError: oh The log has the details.")]
    assert "Traceback" in caplog.text


def test_a_second_task_of_a_name_is_refused_until_the_first_has_ended() -> None:
    app, seen = App(), Outcomes()
    tasks = Tasks(app)
    start = partial(tasks.run, "read", lambda: 1, seen.done, seen.failed)
    assert [start(), start()] == [True, False]
    app.work()
    assert start()


def test_a_name_is_one_owners_own() -> None:
    app, seen = App(), Outcomes()
    tasks = Tasks(app)
    assert all(tasks.run("read", lambda: 1, seen.done, seen.failed, owner=owner) for owner in (Owner(), Owner()))


def test_an_outcome_for_an_owner_that_was_closed_meanwhile_is_dropped() -> None:
    app, seen, owner = App(), Outcomes(), Owner()
    Tasks(app).run("read", lambda: 1, seen.done, seen.failed, owner=owner)
    app.work()
    owner.is_attached = False
    app.loop()
    assert seen == []


def test_closing_asks_all_work_to_stop() -> None:
    tasks = Tasks(App())
    tasks.close()
    assert tasks.closing.is_requested


def test_a_slot_gives_its_newest_value_once() -> None:
    slot: LatestValue[int] = LatestValue()
    assert slot.take() is None
    slot.set(1)
    slot.set(2)
    assert [slot.take(), slot.take()] == [2, None]


def test_a_followed_slot_shows_each_newest_value_once_until_it_is_left() -> None:
    slot, ui, shown = LatestValue[int](), ManualUi(), list[int]()
    leave = slot.follow(ui.every, shown.append)
    (look,) = ui.timers
    look()
    slot.set(1)
    slot.set(2)
    look()
    look()
    assert shown == [2]
    leave()
    assert ui.timers == {}


def test_a_job_has_ended_whatever_its_outcome() -> None:
    job = SyncJob(Action.USERS, Scope(), "anna")
    with pytest.raises(StoreUnavailable):
        job.run(FakeBackend(refuses=StoreUnavailable("MongoDB went away.", "")))
    assert job.ended.is_set()
