"""Work in threads: in order, lazily, and never waited for after a cancel."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from odoo_sync_tui.core.errors import RunCancelled
from odoo_sync_tui.runtime.cancel import CancelToken
from odoo_sync_tui.runtime.threads import ChildCancelToken, DaemonThreadPool, Future, OrderedResults


@pytest.fixture
def workers() -> Iterator[DaemonThreadPool]:
    workers = DaemonThreadPool("test")
    yield workers
    workers.close()


def test_a_job_hands_over_its_result_and_its_error(workers: DaemonThreadPool) -> None:
    def fail() -> None:
        raise KeyError("gone")

    assert workers.submit(lambda: 42).result(CancelToken()) == 42
    with pytest.raises(KeyError, match="gone"):
        workers.submit(fail).result(CancelToken())


def test_nobody_waits_for_a_hanging_job_after_a_cancel(workers: DaemonThreadPool) -> None:
    release, token = threading.Event(), CancelToken()
    job = workers.submit(lambda: release.wait(30))
    threading.Timer(0.01, token.request, ["cancelled by anna"]).start()
    with pytest.raises(RunCancelled, match="anna"):
        job.result(token)
    assert not release.is_set()
    release.set()


def test_threads_are_daemons_and_are_used_again(workers: DaemonThreadPool) -> None:
    names = set()
    for _ in range(5):
        thread = workers.submit(threading.current_thread).result(CancelToken())
        assert thread.daemon
        names.add(thread.name)
    assert len(names) <= 2  # the second may start before the first is idle again


def test_close_ends_all_threads_and_refuses_work() -> None:
    workers = DaemonThreadPool("test")
    threads = [workers.submit(threading.current_thread).result(CancelToken()) for _ in range(2)]
    workers.close()
    assert not any(thread.is_alive() for thread in threads)
    with pytest.raises(RunCancelled):
        workers.submit(lambda: 1)


def test_a_linked_token_follows_its_parent_but_not_the_reverse() -> None:
    parent = CancelToken()
    first, second = ChildCancelToken(parent), ChildCancelToken(parent)
    first.request("enough")
    assert (first.is_requested, second.is_requested, parent.is_requested) == (True, False, False)
    parent.request("cancelled by anna")
    assert second.is_requested
    assert first.reason == "cancelled by anna"
    with pytest.raises(RunCancelled, match="anna"):
        second.sleep(60)


def test_a_parent_wakes_up_a_sleeping_child() -> None:
    parent = CancelToken()
    threading.Timer(0.01, parent.request, ["cancelled by anna"]).start()
    with pytest.raises(RunCancelled):
        ChildCancelToken(parent).sleep(60)


def test_results_come_in_the_order_of_the_tasks(workers: DaemonThreadPool) -> None:
    last_may_end = threading.Event()

    def work(task: int) -> int:
        if task == 0:
            last_may_end.wait(10)  # the first ends after the last
        if task == 3:
            last_may_end.set()
        return task * 10

    found = OrderedResults(range(4), lambda task: workers.submit(lambda: work(task)), lambda: 4, CancelToken())
    assert list(found) == [(0, 0), (1, 10), (2, 20), (3, 30)]


def test_tasks_are_pulled_only_as_there_is_room() -> None:
    pulled: list[int] = []

    def tasks() -> Iterator[int]:
        for task in range(100):
            pulled.append(task)
            yield task

    def start(task: int) -> Future[int]:
        job = Future(lambda: task)
        job.run()
        return job

    results = OrderedResults(tasks(), start, lambda: 3, CancelToken())
    assert pulled == [0, 1, 2]
    next(results)
    assert pulled == [0, 1, 2, 3]
    next(results)
    assert pulled == [0, 1, 2, 3, 4]


def test_the_first_error_in_order_is_raised(workers: DaemonThreadPool) -> None:
    def work(task: int) -> int:
        if task:
            raise ValueError(f"task {task}")
        return task

    results = OrderedResults(range(3), lambda task: workers.submit(lambda: work(task)), lambda: 3, CancelToken())
    assert next(results) == (0, 0)
    with pytest.raises(ValueError, match="task 1"):
        next(results)
    assert list(results) == [], "the others are abandoned"
