"""Cache the number of documents of each entity.

MongoDB counts by walking an index: half a second for a million documents, each time. So a count is valid until a run or
an entity of a run has ended, or for fifty times as long as the counting took, a minute at most: counting hardly ever
takes more than 2 % of the time.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from odoo_sync_tui.core.reports.overview import DocumentCounts

LIFETIME_FACTOR = 50
"""Lifetime of a count, as a multiple of the time that the counting took, while no run or entity ends."""
MAX_LIFETIME_SECONDS = 60.0
"""Upper limit of the lifetime, however long the counting took: a server that was slow once is not slow for ever."""


@dataclass(frozen=True, slots=True)
class _CachedCounts:
    states: Sequence[DocumentCounts]
    version: str
    expires_at: float


class CountCache:
    """Cache of the last count. May be used from any thread.

    Args:
        count: counts the documents of each entity.
        clock: monotonic seconds.
    """

    def __init__(
        self, count: Callable[[], Sequence[DocumentCounts]], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._count = count
        self._clock = clock
        self._lock = threading.Lock()
        self._cached: _CachedCounts | None = None

    def get(self, version: str) -> Sequence[DocumentCounts]:
        """Return the counts. Another ``version`` than in the last call makes the cached counts invalid.

        Raises:
            StoreError: the store cannot be read.
        """
        with self._lock:
            cached = self._cached
            if cached is None or cached.version != version or self._clock() >= cached.expires_at:
                cached = self._cached = self._recount(version)
            return cached.states

    def _recount(self, version: str) -> _CachedCounts:
        started = self._clock()
        states = self._count()
        ended = self._clock()
        return _CachedCounts(states, version, ended + min(LIFETIME_FACTOR * (ended - started), MAX_LIFETIME_SECONDS))
