"""Page size of a call, adapted to failures of the server and to its answer times."""

from __future__ import annotations

import threading
from dataclasses import dataclass

GROW_AFTER_CALLS = 10
"""Number of quick calls of full size before a larger size is tried again."""
SLOW_CALL_SECONDS = 10.0
"""Answer time of a slow call.

A server kills a worker after one or two minutes, and a larger table or a busy hour may triple an answer's time.
"""
MIN_ROWS = 50
"""Smallest page size after a slow answer. Below it the fixed cost of a call dominates; smaller calls are no faster."""


class AdaptivePageSize:
    """Page size that one server can answer, between one row and the maximum of the settings.

    A call that was too big is a fact: half of its size is tried. A slow answer is a warning: the next calls ask for
    the number of rows that takes half of ``SLOW_CALL_SECONDS``, but for at least ``MIN_ROWS``.
    """

    def __init__(self, max_size: int) -> None:
        self._page_size = max_size
        self._lock = threading.Lock()
        self._size = max_size
        self._quick_calls = 0

    @property
    def size(self) -> int:
        """The number of rows to ask for in one call."""
        return self._size

    def shrink(self, size: int) -> None:
        """Reduce the page size to ``size`` after a call that was too big; so many rows are known to work."""
        with self._lock:
            self._size, self._quick_calls = max(1, min(self._size, size)), 0

    def record_answer(self, rows: int, seconds: float) -> None:
        """Adapt the page size to the answer time of one call.

        After ``GROW_AFTER_CALLS`` quick calls of full size, twice as many rows are tried.
        """
        with self._lock:
            if seconds > SLOW_CALL_SECONDS:
                aim = max(MIN_ROWS, int(rows * SLOW_CALL_SECONDS / 2 / seconds))
                self._size, self._quick_calls = min(self._size, aim), 0
            elif rows >= self._size:
                self._quick_calls = self._quick_calls + 1 if seconds < SLOW_CALL_SECONDS / 2 else 0
            if self._size < self._page_size and self._quick_calls >= GROW_AFTER_CALLS:
                self._size, self._quick_calls = min(self._page_size, self._size * 2), 0


@dataclass(frozen=True, slots=True)
class BatchRequest:
    """Row count of one call, with the adaptive page size that learns from the answer."""

    row_count: int
    page_size: AdaptivePageSize

    def record_answer(self, seconds: float) -> None:
        """Pass the answer time of the call on to the page size."""
        self.page_size.record_answer(self.row_count, seconds)
