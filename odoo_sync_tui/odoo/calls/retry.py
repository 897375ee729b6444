"""Retry of transient errors: growing, jittered pauses, within a time budget, never after a cancel."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from odoo_sync_tui.core.errors import OdooNoAnswerError, OdooTransientError
from odoo_sync_tui.core.progress import Trouble
from odoo_sync_tui.runtime.cancel import CancelToken

R = TypeVar("R")

FIRST_PAUSE = 0.5
MAX_PAUSE = 30.0

OnTrouble = Callable[[Trouble | None], None]
"""Callback before each retry, and with ``None`` when Odoo answers again; called from the thread of the call."""


class Retry:
    """Repeat calls that failed with :class:`OdooTransientError`; count the retries of all threads."""

    def __init__(
        self,
        budget_seconds: float,
        on_trouble: OnTrouble | None = None,
        clock: Callable[[], float] = time.monotonic,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._budget = budget_seconds
        self._on_trouble = on_trouble
        self._clock = clock
        self._jitter = jitter
        self._lock = threading.Lock()
        self._count = 0
        self._is_troubled = False

    @property
    def count(self) -> int:
        """The number of retries so far."""
        return self._count

    def run(
        self,
        attempt: Callable[[], R],
        cancel: CancelToken,
        *,
        budget_seconds: float | None = None,
        max_unanswered: int | None = None,
    ) -> R:
        """Call ``attempt`` until it succeeds.

        Args:
            attempt: the call.
            cancel: ends the pauses.
            budget_seconds: shortens the usual budget; it runs from the first attempt to the start of the last.
            max_unanswered: give up after so many :class:`OdooNoAnswerError`, because the call itself may be too big.

        Raises:
            OdooTransientError: the last one, when budget or ``max_unanswered`` is used up.
            RunCancelled: a stop was requested.
            Exception: any other error of ``attempt``, at once.
        """
        end = self._clock() + (self._budget if budget_seconds is None else min(self._budget, budget_seconds))
        unanswered = 0
        tries = 0
        while True:
            cancel.raise_if_requested()
            try:
                answer = attempt()
            except OdooTransientError as error:
                unanswered += isinstance(error, OdooNoAnswerError)
                pause = self._pause(tries, error.retry_after)
                if unanswered == max_unanswered or self._clock() + pause > end:
                    raise
                tries += 1
                self._report_retry(error, tries + 1, pause, end - self._clock())
                cancel.sleep(pause)
            else:
                self._report_success()
                return answer

    def _pause(self, tries: int, retry_after: float | None) -> float:
        """Compute the pause: half of the doubled one fixed, half random, at least the server's ``Retry-After``."""
        ceiling = min(MAX_PAUSE, FIRST_PAUSE * 2**tries)
        return max(ceiling * (0.5 + 0.5 * self._jitter()), retry_after or 0.0)

    def _report_retry(self, error: OdooTransientError, attempt: int, pause: float, seconds_left: float) -> None:
        with self._lock:
            self._count += 1
            self._is_troubled = True
        if self._on_trouble is not None:
            now = datetime.now(UTC)
            next_at, gives_up_at = (now + timedelta(seconds=seconds) for seconds in (pause, seconds_left))
            self._on_trouble(Trouble("Odoo", error.message, attempt, next_at, gives_up_at))

    def _report_success(self) -> None:
        """Report the end of the trouble: any answer shows that the server is back."""
        if not self._is_troubled:
            return
        self._is_troubled = False
        if self._on_trouble is not None:
            self._on_trouble(None)
