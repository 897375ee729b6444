"""How many documents each entity has, counted no oftener than it is worth.

MongoDB counts by walking an index: half a second for a million documents, each time. So a count stands until a run or
an entity of it has ended, or until fifty times as long has passed as it took to make, a minute at most: counting hardly
ever takes more than 2 % of anybody's time.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

REST = 50
"""How many times longer than it took a count stands, while nothing is known to have changed it."""
LONGEST_REST = 60.0
"""Seconds after which a count is made anew, however long it took: a server that was slow once is not slow for ever."""

ActiveInactive = tuple[int, int]


@dataclass(frozen=True, slots=True)
class _Counted:
    states: Sequence[ActiveInactive]
    ended: str
    good_until: float


class Counting:
    """Keeps the last count. May be used from any thread.

    Args:
        count: makes one: (active, inactive) per entity.
        clock: seconds of a clock that never jumps.
    """

    def __init__(
        self, count: Callable[[], Sequence[ActiveInactive]], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._count = count
        self._clock = clock
        self._lock = threading.Lock()
        self._counted: _Counted | None = None

    def states(self, ended: str) -> Sequence[ActiveInactive]:
        """The counts. ``ended`` says what ended last: another text than before makes them anew.

        Raises:
            StoreError: the store cannot be read.
        """
        with self._lock:
            known = self._counted
            if known is None or known.ended != ended or self._clock() >= known.good_until:
                known = self._counted = self._anew(ended)
            return known.states

    def _anew(self, ended: str) -> _Counted:
        began = self._clock()
        states = self._count()
        done = self._clock()
        return _Counted(states, ended, done + min(REST * (done - began), LONGEST_REST))
