"""The loop of the screen, and how it gets its turns while a run is at work in other threads of the same interpreter.

Whoever lets go of the interpreter has to wait until a thread that is computing gives it back: Python asks for that
after 5 ms, and again for each thread that is first. Opening a dialog is a hundred small steps, and asyncio lets go at
each of them, to ask the system for input. Both together took as long as the work itself.
"""

from __future__ import annotations

import asyncio
import selectors
import sys
import time
from collections.abc import Coroutine

SWITCH_SECONDS = 0.001
"""After so long a thread that computes is asked to let others have their turn."""
POLL_SECONDS = 0.01
"""While there is work to do, the system is not asked for input again before so long."""


class PatientSelector(selectors.DefaultSelector):
    """Answers "nothing yet" at once where nobody wants to wait and it has been asked just now."""

    _asked_at = float("-inf")

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """See :meth:`selectors.BaseSelector.select`."""
        in_passing = timeout is not None and timeout <= 0
        if in_passing and time.monotonic() - self._asked_at < POLL_SECONDS:
            return []
        found = super().select(timeout)
        self._asked_at = time.monotonic()
        return found


def run(screen: Coroutine[object, object, None]) -> None:
    """Run the screen to its end."""
    sys.setswitchinterval(SWITCH_SECONDS)
    with asyncio.Runner(loop_factory=lambda: asyncio.SelectorEventLoop(PatientSelector())) as runner:
        runner.run(screen)
