"""Signal handling: a run stops at its next page, every other command unwinds and cleans up."""

from __future__ import annotations

import signal
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from types import FrameType

from odoo_sync_tui.core.cancel import CancelToken
from odoo_sync_tui.signal_thread import SignalThread, handling


class Signalled(BaseException):
    """A signal asked the process to end. Not an ``Exception``: only ``finally`` and ``with`` may handle it."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.number = number


@contextmanager
def unwind_on_signals() -> Generator[None]:
    """Raise an exception in the main thread for a signal that asks the process to end."""

    def raise_signal(number: int, _frame: FrameType | None) -> None:
        raise Signalled(number)

    with handling(raise_signal):
        yield


@contextmanager
def deferring_signals() -> Generator[Callable[[], None]]:
    """Defer signals. The yielded function raises the exception of a signal that came, when the caller is ready."""
    pending: list[int] = []

    def deliver() -> None:
        if pending:
            raise Signalled(pending[0])

    with handling(lambda number, _frame: pending.append(number)):
        yield deliver


def stopping_on_signals(cancel: CancelToken, tell: Callable[[str], None]) -> AbstractContextManager[SignalThread]:
    """Cancel a run on the first signal, and end the process at once on the second.

    Only for the main thread. ``notify`` is called with a sentence for the operator.
    """

    def stop(number: int) -> None:
        if cancel.requested:
            return
        name = signal.Signals(number).name
        cancel.request(f"interrupted by {name}")
        tell(f"{name}: stopping at the next page. Once more ends it at once.")

    return SignalThread(stop).watching()
