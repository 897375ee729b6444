"""The gate before the calls to one host: what it does while the shared limit says no, or nobody can be asked."""

import logging
import threading
from collections.abc import Callable

import pytest

from odoo_sync_tui.core.errors import RunCancelled, StoreUnavailable
from odoo_sync_tui.core.reports.fleet import HostLimit
from odoo_sync_tui.runtime.cancel import CancelToken
from odoo_sync_tui.runtime.threads import start_thread
from odoo_sync_tui.store.fleet.host_gate import FIRST_PAUSE_SECONDS, MAX_PAUSE_SECONDS, SharedHostGate
from odoo_sync_tui.store.fleet.host_limits import Booking
from tests.support.world import wait_until

GO = Booking(True, 0.0)
NEVER = Booking(False, 3600.0)


class Limits:
    """A database of limits whose answers a test gives."""

    def __init__(self) -> None:
        self.answer: Callable[[], Booking] = lambda: GO
        self.asked: list[str] = []
        self.held: list[str] = []
        self.opened = self.closed = 0
        self.host_limits = self

    def open(self) -> "Limits":
        self.opened += 1
        return self

    def close(self) -> None:
        self.closed += 1

    def book(self, _limit: HostLimit, key: str, _call_seconds: float) -> Booking:
        self.asked.append(key)
        booking = self.answer()
        self.held.append(key)
        return booking

    def release(self, _host: str, key: str) -> None:
        self.held = [each for each in self.held if each != key]


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def limits() -> Limits:
    return Limits()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def gate(limits: Limits, clock: Clock) -> SharedHostGate:
    return SharedHostGate(HostLimit("erp.example.com", 2), 60, limits.open, clock)  # pyright: ignore[reportArgumentType]


def call(gate: SharedHostGate, cancel: CancelToken | None = None) -> None:
    with gate.slot(cancel or CancelToken()):
        pass


def unavailable() -> Booking:
    raise StoreUnavailable("MongoDB at main.example does not answer.")


def test_a_call_holds_a_slot_and_gives_it_back_also_when_it_fails(gate: SharedHostGate, limits: Limits):
    with gate.slot(CancelToken()):
        assert len(limits.held) == 1
    assert limits.held == []
    with pytest.raises(OSError, match="reset"), gate.slot(CancelToken()):
        raise OSError("reset")
    assert limits.held == []
    call(gate)
    assert (len(set(limits.asked)), limits.opened) == (3, 1)
    gate.close()
    gate.close()
    assert limits.closed == 1


@pytest.mark.parametrize("fails_at", ["open", "book"])
def test_a_database_that_is_away_holds_up_no_call_and_is_asked_again_later(
    gate: SharedHostGate, limits: Limits, clock: Clock, caplog: pytest.LogCaptureFixture, fails_at: str
):
    caplog.set_level(logging.INFO)
    tries = 0

    def fail() -> Booking:
        nonlocal tries
        tries += 1
        return unavailable()

    if fails_at == "open":
        gate._open_store = fail  # pyright: ignore[reportAttributeAccessIssue]
    limits.answer = fail
    for _ in range(5):
        call(gate)
    assert tries == 1
    pause = FIRST_PAUSE_SECONDS
    for number in range(2, 9):
        clock.now += pause
        call(gate)
        call(gate)
        assert tries == number
        pause = min(2 * pause, MAX_PAUSE_SECONDS)
    assert [each.levelname for each in caplog.records] == ["WARNING"]
    assert "erp.example.com are not counted" in caplog.text
    assert "main.example does not answer" in caplog.text

    gate._open_store, limits.answer = limits.open, lambda: GO  # pyright: ignore[reportAttributeAccessIssue]
    clock.now += pause
    call(gate)
    assert [each.levelname for each in caplog.records] == ["WARNING", "INFO"]
    call(gate)
    limits.answer = fail
    call(gate)
    clock.now += FIRST_PAUSE_SECONDS
    limits.answer = lambda: GO
    call(gate)
    assert len(limits.held) == 0


def test_a_slot_that_cannot_be_given_back_fails_nothing(
    gate: SharedHostGate, limits: Limits, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    monkeypatch.setattr(limits, "release", lambda *_: unavailable())
    call(gate)
    call(gate)
    assert len(limits.asked) == 1
    assert len(caplog.records) == 1


def test_who_waits_stops_when_the_run_stops_and_leaves_the_queue(gate: SharedHostGate, limits: Limits):
    cancel = CancelToken()

    def refuse() -> Booking:
        cancel.request("cancelled by anna")
        return Booking(False, 0.01)

    limits.answer = refuse
    with pytest.raises(RunCancelled, match="anna"):
        call(gate, cancel)
    assert limits.held == []
    limits.answer = lambda: Booking(True, 3600.0)
    cancel = CancelToken()
    waiting = start_thread(lambda: call(gate, cancel), "waiting")
    wait_until(lambda: limits.held)
    cancel.request("cancelled by anna")
    with pytest.raises(RunCancelled):
        waiting.result(CancelToken())
    assert limits.held == []


def test_a_slot_that_this_process_gives_back_is_asked_for_at_once_by_the_one_that_waits(
    gate: SharedHostGate, limits: Limits
):
    with gate.slot(CancelToken()):
        second = threading.Thread(target=call, args=(gate,))
        third = threading.Thread(target=call, args=(gate,))
        limits.answer = lambda: NEVER
        second.start()
        third.start()
        wait_until(lambda: len(limits.asked) == 2)
        limits.answer = lambda: GO
    second.join()
    third.join()
    assert len(set(limits.asked[:3])) == 2, "two of one process asked at once"
    assert len(limits.asked) == 4


def test_threads_of_one_process_ask_in_the_order_in_which_they_came(gate: SharedHostGate, limits: Limits):
    with gate.slot(CancelToken()):
        limits.answer = lambda: NEVER
        threads: list[threading.Thread] = []
        for number in range(5):
            threads.append(threading.Thread(target=call, args=(gate,)))
            threads[-1].start()
            wait_until(lambda number=number: len(gate._queue) == number + 1)
        limits.answer = lambda: GO
    for thread in threads:
        thread.join()
    numbers = [int(key.rpartition("-")[2]) for key in limits.asked]
    assert numbers == sorted(numbers)
    assert set(numbers) == set(range(6))
