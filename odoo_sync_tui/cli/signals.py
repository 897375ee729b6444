"""Signals: a run stops at its next page, everything else unwinds and cleans up."""

from __future__ import annotations

import signal
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from types import FrameType

from odoo_sync_tui.core.cancel import CancelToken
from odoo_sync_tui.signal_thread import SignalThread, handling


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

    with handling(unwind):
        yield


@contextmanager
def deferring_signals() -> Generator[Callable[[], None]]:
    """While inside, signals wait. What it yields raises :class:`Signalled` if one came, when the caller is ready."""
    waiting: list[int] = []

    def deliver() -> None:
        if waiting:
            raise Signalled(waiting[0])

    with handling(lambda number, _frame: waiting.append(number)):
        yield deliver


def stopping_on_signals(cancel: CancelToken, tell: Callable[[str], None]) -> AbstractContextManager[SignalThread]:
    """While inside, a signal asks a run to stop, and a second one ends the process at once.

    Only for the main thread. ``tell`` is called with a sentence for the operator.
    """

    def stop(number: int) -> None:
        if cancel.requested:
            return
        name = signal.Signals(number).name
        cancel.request(f"interrupted by {name}")
        tell(f"{name}: stopping at the next page. Once more ends it at once.")

    return SignalThread(stop).watching()
