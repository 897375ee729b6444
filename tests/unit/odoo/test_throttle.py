"""Never more calls than allowed, at one moment and in one second."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from random import Random

import pytest

from odoo_sync_tui.core.errors import RunCancelled
from odoo_sync_tui.core.reports.fleet import ARRIVAL_SECONDS
from odoo_sync_tui.odoo.calls.throttle import Throttle
from odoo_sync_tui.runtime.cancel import CancelToken
from tests.unit.odoo.fakes import ManualTime


@pytest.mark.parametrize("per_second", [1, 2, 80])
def test_no_more_calls_arrive_within_a_second_than_allowed_though_some_come_late(per_second: int) -> None:
    time = ManualTime()
    throttle = Throttle(1, per_second, time)
    starts: list[float] = []
    for _ in range(4 * per_second):
        with throttle.slot(time):
            starts.append(time.now)
    assert starts[-1] <= (len(starts) - 1) * 1.11 / per_second
    random = Random(per_second)
    arrivals = sorted(start + random.uniform(0, ARRIVAL_SECONDS) for start in starts)
    assert all(later - sooner >= 1 for sooner, later in zip(arrivals, arrivals[per_second:], strict=False))


def test_time_that_passed_by_itself_is_not_waited_for() -> None:
    time = ManualTime()
    throttle = Throttle(1, 1.0, time)
    for _ in range(2):
        with throttle.slot(time):
            time.now += 5
    assert sum(time.slept) == 0


def test_no_more_calls_at_once_than_slots() -> None:
    throttle = Throttle(2, None)
    inside, most, lock = 0, 0, threading.Lock()
    together = threading.Barrier(2)

    def work() -> None:
        nonlocal inside, most
        for _ in range(20):
            with throttle.slot(CancelToken()):
                with lock:
                    inside += 1
                    most = max(most, inside)
                together.wait(5)  # both slots really are in use at once
                with lock:
                    inside -= 1

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert most == 2


def test_a_cancel_ends_the_wait_for_a_slot() -> None:
    throttle = Throttle(1, None)
    token = CancelToken()
    with throttle.slot(CancelToken()):
        threading.Timer(0.01, token.request, ["cancelled by anna"]).start()
        with pytest.raises(RunCancelled), throttle.slot(token):
            pytest.fail("there was no slot to have")


def test_a_slot_comes_back_after_an_error() -> None:
    throttle = Throttle(1, None)
    with pytest.raises(OSError, match="lost"), throttle.slot(CancelToken()):
        raise OSError("lost")
    with throttle.slot(CancelToken()):
        pass


def test_the_gate_of_the_host_is_asked_behind_the_limit_of_this_process_and_its_refusal_frees_the_slot() -> None:
    class Closed:
        asked = 0

        @contextmanager
        def slot(self, cancel: CancelToken) -> Iterator[None]:
            self.asked += 1
            cancel.raise_if_requested()
            yield

        def close(self) -> None: ...

    gate, token = Closed(), CancelToken()
    throttle = Throttle(1, None, host_gate=gate)
    with throttle.slot(token), pytest.raises(RunCancelled), throttle.slot(cancelled()):
        pytest.fail("there was no slot to have")
    assert gate.asked == 1
    with throttle.slot(token):
        pass
    assert gate.asked == 2


def cancelled() -> CancelToken:
    token = CancelToken()
    token.request("cancelled by anna")
    return token
