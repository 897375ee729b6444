"""Signal handling: a run stops at its next page, every other command unwinds and cleans up."""

from __future__ import annotations

import signal
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from types import FrameType

from odoo_sync_tui.runtime.cancel import CancelToken
from odoo_sync_tui.runtime.signals import SignalThread, handle_signals


class SignalReceived(BaseException):
    """A signal asked the process to end. Not an ``Exception``: only ``finally`` and ``with`` may handle it."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.number = number


@contextmanager
def raise_on_signal() -> Generator[None]:
    """Raise an exception in the main thread for a signal that asks the process to end."""

    def raise_signal(number: int, _frame: FrameType | None) -> None:
        raise SignalReceived(number)

    with handle_signals(raise_signal):
        yield


@contextmanager
def defer_signals() -> Generator[Callable[[], None]]:
    """Defer signals. The yielded function raises the exception of a signal that came, when the caller is ready."""
    pending: list[int] = []

    def deliver() -> None:
        if pending:
            raise SignalReceived(pending[0])

    with handle_signals(lambda number, _frame: pending.append(number)):
        yield deliver


def cancel_on_signal(cancel: CancelToken, notify: Callable[[str], None]) -> AbstractContextManager[SignalThread]:
    """Cancel a run on the first signal, and end the process at once on the second.

    Only for the main thread. ``notify`` is called with a sentence for the operator.
    """

    def stop(number: int) -> None:
        if cancel.is_requested:
            return
        name = signal.Signals(number).name
        cancel.request(f"interrupted by {name}")
        notify(f"{name}: stopping at the next page. Once more ends it at once.")

    return SignalThread(stop).watch()
