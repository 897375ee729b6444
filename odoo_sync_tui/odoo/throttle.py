"""How many calls a server gets at one moment and in one second, across all threads."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager

from odoo_sync_tui.core.cancel import CancelToken
from odoo_sync_tui.odoo.workers import POLL_SECONDS


class Throttle:
    """At most ``slots`` calls in flight and ``per_second`` calls begun in a second (``None``: unlimited)."""

    def __init__(self, slots: int, per_second: float | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._free = slots
        self._gap = 1.0 / per_second if per_second else 0.0
        self._clock = clock
        self._next_start = 0.0
        self._changed = threading.Condition()

    @contextmanager
    def slot(self, cancel: CancelToken) -> Generator[None, None, None]:
        """Hold one slot for the time of one call; waits for it, and for the second to have room.

        Raises:
            RunCancelled: a stop was requested while waiting.
        """
        self._take(cancel)
        try:
            cancel.sleep(self._wait_seconds())
            yield
        finally:
            self._give_back()

    def _take(self, cancel: CancelToken) -> None:
        with self._changed:
            cancel.raise_if_requested()
            while not self._free:
                self._changed.wait(POLL_SECONDS)
                cancel.raise_if_requested()
            self._free -= 1

    def _give_back(self) -> None:
        with self._changed:
            self._free += 1
            self._changed.notify()

    def _wait_seconds(self) -> float:
        """Book the next start and say how long to wait for it."""
        with self._changed:
            now = self._clock()
            start = max(now, self._next_start)
            self._next_start = start + self._gap
            return start - now
