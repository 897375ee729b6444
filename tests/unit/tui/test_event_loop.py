"""The threads of a run stop while the screen has something to do, and only then."""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from collections.abc import Iterator

import pytest

from odoo_sync_tui.runtime import threads
from odoo_sync_tui.tui.terminal import event_loop

LONG = 60.0


@pytest.fixture(autouse=True)
def _interval() -> Iterator[None]:
    before = sys.getswitchinterval()
    yield
    sys.setswitchinterval(before)


def test_a_thread_makes_way_until_the_screen_rests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "MAX_WAY_SECONDS", LONG)
    at_work, moments = threading.Event(), dict[str, float]()

    def compute() -> None:
        at_work.set()
        threads.make_way()
        moments["went on"] = time.monotonic()

    async def screen() -> None:
        await asyncio.sleep(0.001)  # a rest, or none where the machine is so busy that its time is over at once
        worker.start()
        while not at_work.is_set():
            await asyncio.sleep(0)
        for _ in range(5000):  # a dialog that opens: many small steps, none of which lets the loop rest
            await asyncio.sleep(0)
        moments["was done"] = time.monotonic()
        await asyncio.to_thread(worker.join)

    worker = threading.Thread(target=compute)
    event_loop.run(screen())
    assert moments["went on"] > moments["was done"]


def test_without_a_screen_nobody_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "MAX_WAY_SECONDS", LONG)

    async def screen() -> None:
        await asyncio.sleep(0)

    event_loop.run(screen())
    threads.make_way()


def test_a_screen_that_never_rests_slows_a_run_and_does_not_stop_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "MAX_WAY_SECONDS", 0.001)
    went_on = threading.Event()

    def compute() -> None:
        threads.make_way()
        went_on.set()

    async def screen() -> None:
        threading.Thread(target=compute).start()
        while not went_on.is_set():
            await asyncio.sleep(0)

    event_loop.run(screen())
