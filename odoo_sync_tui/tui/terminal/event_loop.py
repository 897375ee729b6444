"""The event loop of the screen, tuned for a run in other threads of the same interpreter.

A thread that releases the GIL waits up to the switch interval (5 ms by default) to get it back from a computing
thread, and once more for each thread ahead of it. Opening a dialog takes a hundred small steps, and asyncio releases
the GIL at each of them, to poll the system for input. Both together took as long as the work itself.

Measured with textual 8.2 on two cores, from key to help beside a sync, 110 presses each: median 89 and p95 198 ms
without, 58 and 132 ms with both. On a slower machine, 108 and 326 ms become 71 and 161 ms because the
threads of a run make way (:func:`odoo_sync_tui.runtime.threads.make_way`).
"""

from __future__ import annotations

import asyncio
import selectors
import sys
import time
from collections.abc import Coroutine

from odoo_sync_tui.runtime.threads import claim_way, release_way

SWITCH_INTERVAL = 0.001
"""Python's switch interval while the screen runs: after this time a computing thread has to release the GIL."""
POLL_INTERVAL = 0.01
"""Minimum time between two polls for input while callbacks are ready."""


class ThrottledSelector(selectors.DefaultSelector):
    """Selector that skips a non-blocking poll shortly after the last one.

    The threads of a run make way from the moment it has something for the loop to do until the loop rests again.
    """

    _polled_at = float("-inf")

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """See :meth:`selectors.BaseSelector.select`."""
        non_blocking = timeout is not None and timeout <= 0
        if non_blocking and time.monotonic() - self._polled_at < POLL_INTERVAL:
            return []
        if non_blocking:
            events = super().select(timeout)
        else:
            release_way()
            events = super().select(timeout)
            claim_way()
        self._polled_at = time.monotonic()
        return events


def run(main: Coroutine[object, object, None]) -> None:
    """Run the coroutine to its end in a tuned event loop."""
    sys.setswitchinterval(SWITCH_INTERVAL)
    claim_way()
    try:
        with asyncio.Runner(loop_factory=lambda: asyncio.SelectorEventLoop(ThrottledSelector())) as runner:
            runner.run(main)
    finally:
        release_way()
