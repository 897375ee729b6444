"""Signals that are answered although the main thread may be stuck: by a thread of their own, told through a pipe.

A signal handler runs between two instructions of the main thread, which may hold the very lock that an answer needs,
or may wait for ever on a terminal that takes no more output.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from types import FrameType

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""The signals that ask a process to end."""

EXIT_CODE_BASE = 128
"""The exit code of a process that signal n ended is this + n, as shells have it."""

PATIENCE = 1.0
"""Seconds that the end of the watching waits for an answer under way: it may never get through to a stuck terminal."""

Handler = Callable[[int, FrameType | None], object]


class SignalThread:
    """Answers the first signal in a thread of its own; a second one ends the process at once, and needs no lock.

    Whoever sees the second signal first acts on it: the main thread's handler, which Python may call late or never
    while that thread waits for a lock, or the thread at the other end of the pipe. A further SIGHUP insists on
    nothing: when a connection is lost, both the kernel and the shell may send one.

    Args:
        answer: called in a thread of its own with the number of the first signal.

    Attributes:
        received: the first signal, once there was one.
        forcing: the next signal ends the process, even if it is the first.
    """

    def __init__(self, answer: Callable[[int], object]) -> None:
        self._answer = answer
        self.received: int | None = None
        self.forcing = False

    @contextmanager
    def watching(self) -> Generator[SignalThread]:
        """While inside, signals go to the thread. Only for the main thread."""
        reading, writing = os.pipe()
        os.set_blocking(writing, False)
        watcher = threading.Thread(target=self._watch, args=(reading,), name="signals", daemon=True)
        watcher.start()
        before = signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
        try:
            with handling(self._heard):
                yield self
        finally:
            signal.set_wakeup_fd(before)
            os.close(writing)
            watcher.join()
            os.close(reading)

    def _heard(self, number: int, _frame: FrameType | None) -> None:
        if self._insists(number, again=self.received is not None):
            os._exit(EXIT_CODE_BASE + number)
        self.received = self.received or number

    def _watch(self, reading: int) -> None:
        answering: threading.Thread | None = None
        while heard := os.read(reading, 1):
            if heard[0] not in ENDING:
                continue
            if self._insists(heard[0], again=answering is not None):
                os._exit(EXIT_CODE_BASE + heard[0])
            if answering is not None:
                continue
            answering = threading.Thread(target=self._answer, args=(heard[0],), name="signal answer", daemon=True)
            answering.start()
        if answering is not None:
            answering.join(PATIENCE)

    def _insists(self, number: int, *, again: bool) -> bool:
        return self.forcing or (again and number != signal.SIGHUP)


@contextmanager
def handling(handler: Handler) -> Generator[None]:
    """While inside, the handler gets the signals that ask the process to end.

    A signal that was ignored when the process started stays ignored: that is what ``nohup`` and background jobs of
    scripts ask for.
    """
    before = {number: signal.getsignal(number) for number in ENDING}
    heeded = [number for number in ENDING if before[number] is not signal.SIG_IGN]
    for number in heeded:
        signal.signal(number, handler)
    try:
        yield
    finally:
        for number in heeded:
            signal.signal(number, before[number])
