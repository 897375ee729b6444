"""How much one call asks for: learnt from what the server could not answer, and from how long its answers take."""

from __future__ import annotations

import threading
from dataclasses import dataclass

GROW_AFTER = 10
"""Calls of full size that succeed before larger ones are tried again."""
LONG_SECONDS = 10.0
"""A server kills a worker after one or two minutes, and a larger table or a busy hour may triple an answer's time."""
FEWEST_ROWS = 50
"""Below that the call itself takes its time, and smaller ones make nothing faster."""


class PageLimit:
    """How many rows a server can well answer in one call, between one and what the settings allow.

    A call that was too big is a fact: half of it is tried. An answer that took long is a warning: the next calls ask
    for what takes half as long as would be too long, but not for fewer than ``FEWEST_ROWS``.
    """

    def __init__(self, page_size: int) -> None:
        self._page_size = page_size
        self._lock = threading.Lock()
        self._size = page_size
        self._quick = 0

    @property
    def size(self) -> int:
        """Rows to ask for in one call."""
        return self._size

    def shrink(self, size: int) -> None:
        """A call was too big; ``size`` rows are known to work."""
        with self._lock:
            self._size, self._quick = max(1, min(self._size, size)), 0

    def answered(self, rows: int, seconds: float) -> None:
        """A call for so many rows was answered; after some quick ones of full size, twice as many rows are tried."""
        with self._lock:
            if seconds > LONG_SECONDS:
                aim = max(FEWEST_ROWS, int(rows * LONG_SECONDS / 2 / seconds))
                self._size, self._quick = min(self._size, aim), 0
            elif rows >= self._size:
                self._quick = self._quick + 1 if seconds < LONG_SECONDS / 2 else 0
            if self._size < self._page_size and self._quick >= GROW_AFTER:
                self._size, self._quick = min(self._page_size, self._size * 2), 0


@dataclass(frozen=True, slots=True)
class Portion:
    """What one call asks for: so many rows, within a limit that learns from the answer."""

    rows: int
    limit: PageLimit

    def answered(self, seconds: float) -> None:
        """The answer took so long."""
        self.limit.answered(self.rows, seconds)
