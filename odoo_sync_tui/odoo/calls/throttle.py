"""Limit of the calls to one server at one moment and in one second, across all threads."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Protocol

from odoo_sync_tui.core.reports.fleet import space_calls
from odoo_sync_tui.runtime.cancel import CancelToken
from odoo_sync_tui.runtime.threads import POLL_SECONDS


class HostGate(Protocol):
    """Limit of the calls to one host that other processes and machines share."""

    def slot(self, cancel: CancelToken) -> AbstractContextManager[None]:
        """Hold one of its slots for the time of one call, after waiting for it.

        Raises:
            RunCancelled: a stop was requested while waiting. Else nothing: who cannot ask does not wait.
        """
        ...

    def close(self) -> None:
        """Close what it needs to ask. May be called any number of times; the next call opens it again."""
        ...


class Throttle:
    """Allow ``max_in_flight`` calls at once and let ``max_per_second`` arrive within a second (``None``: unlimited).

    ``host_gate``: asked for each call too, behind this limit.
    """

    def __init__(
        self,
        max_in_flight: int,
        max_per_second: float | None,
        clock: Callable[[], float] = time.monotonic,
        host_gate: HostGate | None = None,
    ) -> None:
        self._free = max_in_flight
        self._gap = space_calls(max_per_second)
        self._clock = clock
        self._next_start = 0.0
        self._changed = threading.Condition()
        self._host_gate = host_gate

    @contextmanager
    def slot(self, cancel: CancelToken) -> Generator[None, None, None]:
        """Hold one slot for the time of one call, after waiting for a free slot and for the rate limit.

        Raises:
            RunCancelled: a stop was requested while waiting.
        """
        self._acquire(cancel)
        try:
            cancel.sleep(self._reserve_start())
            with self._host_gate.slot(cancel) if self._host_gate else nullcontext():
                yield
        finally:
            self._release()

    def _acquire(self, cancel: CancelToken) -> None:
        with self._changed:
            cancel.raise_if_requested()
            while not self._free:
                self._changed.wait(POLL_SECONDS)
                cancel.raise_if_requested()
            self._free -= 1

    def _release(self) -> None:
        with self._changed:
            self._free += 1
            self._changed.notify()

    def _reserve_start(self) -> float:
        """Reserve the next start time and return the seconds to wait for it."""
        with self._changed:
            now = self._clock()
            start = max(now, self._next_start)
            self._next_start = start + self._gap
            return start - now
