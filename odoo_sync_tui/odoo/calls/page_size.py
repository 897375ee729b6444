"""Page size of a call, adapted to the bytes of the answers, to failures of the server and to its answer times."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from odoo_sync_tui.odoo.transport.bounds import bound_of_method
from odoo_sync_tui.runtime.http.answers import AnswerBound

GROW_AFTER_CALLS = 10
"""Number of quick calls of full size after a failure or a slow call before a larger size is tried again."""
SLOW_CALL_SECONDS = 10.0
"""Answer time of a slow call.

A server kills a worker after one or two minutes, and a larger table or a busy hour may triple an answer's time.
"""
MIN_ROWS = 50
"""Smallest page size after a slow answer. Below it the fixed cost of a call dominates; smaller calls are no faster."""
MAX_ANSWER_BYTES = 1_000_000
"""Largest answer once the bytes of a row are known: parsing it holds up no other thread for long."""
WANTED_ANSWER_BYTES = 850_000
"""Size of the answers that are asked for, so that rows that are larger than those before still fit."""


class AdaptivePageSize:
    """Page size that one server can answer, between one row and a maximum.

    A call that was too big is a fact: half of its size is tried. A slow answer is a warning: the next calls ask for
    the number of rows that takes half of ``SLOW_CALL_SECONDS``, but for at least ``MIN_ROWS``. Whatever the server can
    do, no more rows are asked for than make an answer of ``WANTED_ANSWER_BYTES``.

    Args:
        max_size: the maximum.
        first_size: the size of the first calls; ``None``: the maximum.
    """

    def __init__(self, max_size: int, first_size: int | None = None) -> None:
        self._max_size = max_size
        self._lock = threading.Lock()
        self._size = first_size or max_size
        self._bytes_per_row = 0.0
        self._quick_calls = 0
        self._grow_after_calls = 1

    @property
    def size(self) -> int:
        """The number of rows to ask for in one call."""
        if not self._bytes_per_row:
            return self._size
        return max(1, min(self._size, int(WANTED_ANSWER_BYTES / self._bytes_per_row)))

    def make_bound(self, method: str, rows: int) -> AnswerBound:
        """Make the bound of an answer with so many rows; one row alone may be as large as the method's answers."""
        bound = bound_of_method(method)
        return AnswerBound(MAX_ANSWER_BYTES) if self._bytes_per_row and rows > 1 else bound

    def shrink(self, size: int) -> None:
        """Reduce the page size to ``size`` after a call that was too big; so many rows are known to work."""
        with self._lock:
            self._size = max(1, min(self._size, size))
            self._slow_down()

    def record_answer(self, rows: int, seconds: float, byte_count: int = 0) -> None:
        """Adapt the page size to the answer of one call; ``byte_count`` 0: its size says nothing about rows.

        Twice as many rows are tried after a quick call of full size; after ``GROW_AFTER_CALLS`` of them once a call
        has failed or was slow.
        """
        with self._lock:
            self._weigh(rows, byte_count)
            if seconds > SLOW_CALL_SECONDS:
                aim = max(MIN_ROWS, int(rows * SLOW_CALL_SECONDS / 2 / seconds))
                self._size = min(self._size, aim)
                self._slow_down()
            elif rows >= self._size:
                self._quick_calls = self._quick_calls + 1 if seconds < SLOW_CALL_SECONDS / 2 else 0
            if self._size < self._max_size and self._quick_calls >= self._grow_after_calls:
                self._size, self._quick_calls = min(self._max_size, self._size * 2), 0

    def _slow_down(self) -> None:
        self._quick_calls, self._grow_after_calls = 0, GROW_AFTER_CALLS

    def _weigh(self, rows: int, byte_count: int) -> None:
        """Take the bytes of an answer into account: more for a row at once, fewer little by little."""
        if byte_count and rows >= min(MIN_ROWS, self._size):  # a few rows may be unlike all others
            weight = byte_count / rows
            self._bytes_per_row = max(weight, (self._bytes_per_row + weight) / 2)


@dataclass(frozen=True, slots=True)
class BatchRequest:
    """Row count of one call, with the adaptive page size that learns from the answer.

    ``is_weighed``: the bytes of the answer are those of rows.
    """

    row_count: int
    page_size: AdaptivePageSize
    is_weighed: bool = True

    def make_bound(self, method: str) -> AnswerBound:
        """Make the bound of the answer's bytes."""
        return self.page_size.make_bound(method, self.row_count) if self.is_weighed else bound_of_method(method)

    def record_answer(self, seconds: float, byte_count: int) -> None:
        """Pass time and size of the answer on to the page size."""
        self.page_size.record_answer(self.row_count, seconds, byte_count if self.is_weighed else 0)


def cut_pages(ids: Sequence[int], get_size: Callable[[], int]) -> Iterator[tuple[Sequence[int], bool]]:
    """Yield pages of ``ids``, at least one, and whether it is the last; each at most as large as the size is by then.

    What is left is divided evenly, so that no small page remains at the end.
    """
    start = 0
    while True:
        left = len(ids) - start
        page_count = max(1, math.ceil(left / get_size()))
        end = start + math.ceil(left / page_count)
        yield ids[start:end], page_count == 1
        if page_count == 1:
            return
        start = end
