"""Signal handling in a thread of its own, woken through a pipe, because the main thread may be stuck.

A signal handler runs between two instructions of the main thread, which may hold the very lock that the reaction
needs, or may wait for ever on a terminal that takes no more output.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Collection, Generator
from contextlib import contextmanager
from types import FrameType

TERMINATION_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""Signals that request the end of a process."""

EXIT_CODE_BASE = 128
"""Base of exit codes: a process ended by signal n exits with this + n, as in shells."""

JOIN_TIMEOUT_SECONDS = 1.0
"""Seconds to wait for a running callback at the end: a stuck terminal may block the callback for ever."""

SignalHandler = Callable[[int, FrameType | None], object]


class SignalThread:
    """Handler of the first signal in a thread of its own; a second signal ends the process at once, without a lock.

    The second signal is acted on by the first of two to see it: the main thread's handler, which Python may call late
    or never while that thread waits for a lock, or the thread at the other end of the pipe. A further SIGHUP does not
    count as a second signal: when a connection is lost, both the kernel and the shell may send one.

    Args:
        callback: called in a thread of its own with the number of the first signal.
        even_ignored: signals that are handled although they were ignored when the process started.

    Attributes:
        received: number of the first signal; ``None`` before that.
        force_exit: the next signal ends the process, even if it is the first.
    """

    def __init__(self, callback: Callable[[int], object], even_ignored: Collection[signal.Signals] = ()) -> None:
        self._callback = callback
        self._even_ignored = even_ignored
        self.received: int | None = None
        self.force_exit = False

    @contextmanager
    def watch(self) -> Generator[SignalThread]:
        """Route signals to the thread inside the ``with`` block. Only for the main thread."""
        read_fd, write_fd = os.pipe()
        os.set_blocking(write_fd, False)
        watcher = threading.Thread(target=self._read_signals, args=(read_fd,), name="signals", daemon=True)
        watcher.start()
        previous = signal.set_wakeup_fd(write_fd, warn_on_full_buffer=False)
        try:
            with handle_signals(self._on_signal, self._even_ignored):
                yield self
        finally:
            signal.set_wakeup_fd(previous)
            os.close(write_fd)
            watcher.join()
            os.close(read_fd)

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        if self._must_exit(number, again=self.received is not None):
            os._exit(EXIT_CODE_BASE + number)
        self.received = self.received or number

    def _read_signals(self, read_fd: int) -> None:
        callback_thread: threading.Thread | None = None
        while data := os.read(read_fd, 1):
            number = data[0]
            if number not in TERMINATION_SIGNALS:
                continue
            if self._must_exit(number, again=callback_thread is not None):
                os._exit(EXIT_CODE_BASE + number)
            if callback_thread is not None:
                continue
            callback_thread = threading.Thread(target=self._callback, args=(number,), name="signal answer", daemon=True)
            callback_thread.start()
        if callback_thread is not None:
            callback_thread.join(JOIN_TIMEOUT_SECONDS)

    def _must_exit(self, number: int, *, again: bool) -> bool:
        return self.force_exit or (again and number != signal.SIGHUP)


@contextmanager
def handle_signals(handler: SignalHandler, even_ignored: Collection[signal.Signals] = ()) -> Generator[None]:
    """Install a handler of the termination signals inside the ``with`` block.

    A signal ignored when the process started stays ignored, as ``nohup`` and background jobs of scripts require;
    but for ``even_ignored``.
    """
    previous = {number: signal.getsignal(number) for number in TERMINATION_SIGNALS}
    handled = [n for n in TERMINATION_SIGNALS if n in even_ignored or previous[n] is not signal.SIG_IGN]
    for number in handled:
        signal.signal(number, handler)
    try:
        yield
    finally:
        for number in handled:
            signal.signal(number, previous[number])
