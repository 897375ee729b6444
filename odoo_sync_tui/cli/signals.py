"""Signals: a run stops at its next page, everything else unwinds and cleans up.

A signal that was ignored when the process started stays ignored: that is what ``nohup`` and background jobs of
scripts ask for.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from types import FrameType

from odoo_sync_tui.cli import exit_codes
from odoo_sync_tui.core.cancel import CancelToken

_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

Handler = Callable[[int, FrameType | None], object]


class Signalled(BaseException):
    """A signal asked the process to end. Not an ``Exception``: only ``finally`` and ``with`` may meet it."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.number = number


@contextmanager
def unwind_on_signals() -> Generator[None]:
    """While inside, a signal that asks the process to end raises :class:`Signalled` in the main thread."""

    def unwind(number: int, _frame: FrameType | None) -> None:
        raise Signalled(number)

    with _handling(unwind):
        yield


class RunSignals:
    """Turns signals into a request to stop; a second signal ends the process at once.

    The request is made by a thread of its own, told through a pipe: a signal handler runs between two instructions of
    the main thread, which may hold the very lock that the request needs. The second signal needs no lock, so that it
    helps even where a dead terminal blocks everything.

    Args:
        cancel: asked to stop by the first signal.
        tell: called with a sentence for the operator when that happens.
    """

    def __init__(self, cancel: CancelToken, tell: Callable[[str], None]) -> None:
        self._cancel = cancel
        self._tell = tell
        self.received: int | None = None

    @contextmanager
    def watching(self) -> Generator[RunSignals]:
        """While inside, signals go to the run. Only for the main thread."""
        reading, writing = os.pipe()
        os.set_blocking(writing, False)
        watcher = threading.Thread(target=self._watch, args=(reading,), name="signals", daemon=True)
        watcher.start()
        before = signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
        try:
            with _handling(self._heard):
                yield self
        finally:
            signal.set_wakeup_fd(before)
            os.close(writing)
            watcher.join()
            os.close(reading)

    def _heard(self, number: int, _frame: FrameType | None) -> None:
        if self.received is not None:
            os._exit(exit_codes.of_signal(number))
        self.received = number

    def _watch(self, reading: int) -> None:
        while heard := os.read(reading, 1):
            number = heard[0]
            if number in _ENDING and not self._cancel.requested:
                name = signal.Signals(number).name
                self._cancel.request(f"interrupted by {name}")
                self._tell(f"{name}: stopping at the next page. Once more ends it at once.")


@contextmanager
def _handling(handler: Handler) -> Generator[None]:
    before = {number: signal.getsignal(number) for number in _ENDING}
    heeded = [number for number in _ENDING if before[number] is not signal.SIG_IGN]
    for number in heeded:
        signal.signal(number, handler)
    try:
        yield
    finally:
        for number in heeded:
            signal.signal(number, before[number])
