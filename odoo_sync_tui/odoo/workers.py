"""Daemon threads that make the calls, so that nobody ever waits on a hanging socket.

The standard executors join their threads when the interpreter exits: one silent server would keep the process alive.
Here the caller waits on a condition that also watches the cancel token, and leaves a hanging call behind.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from queue import SimpleQueue
from typing import Generic, TypeVar

from odoo_sync_tui.core.cancel import CancelToken
from odoo_sync_tui.core.errors import RunCancelled

T = TypeVar("T")
R = TypeVar("R")

POLL_SECONDS = 0.2
"""How often a waiting thread looks at the cancel token."""
JOIN_SECONDS = 1.0
"""How long closing waits for all threads together."""


class LinkedToken(CancelToken):
    """A token of its own that is also requested when its parent is: stops one fetch without stopping the run."""

    def __init__(self, parent: CancelToken) -> None:
        super().__init__()
        self._parent = parent

    @property
    def requested(self) -> bool:
        """Whether this token or its parent was asked to stop."""
        return super().requested or self._parent.requested

    @property
    def reason(self) -> str:
        """The parent's reason first: it is the operator's."""
        return self._parent.reason or super().reason

    def raise_if_requested(self) -> None:
        """Stop here if this token or its parent was asked to.

        Raises:
            RunCancelled: a stop was requested.
        """
        self._parent.raise_if_requested()
        super().raise_if_requested()

    def sleep(self, seconds: float) -> None:
        """Wait, but wake up when this token, or within ``POLL_SECONDS`` its parent, is asked to stop.

        Raises:
            RunCancelled: a stop was requested before or while waiting.
        """
        end = time.monotonic() + seconds
        self.raise_if_requested()
        while (left := end - time.monotonic()) > 0:
            super().sleep(min(left, POLL_SECONDS))
            self._parent.raise_if_requested()


class Job(Generic[R]):
    """One piece of work: runs once in a worker, is waited for by its owner."""

    def __init__(self, work: Callable[[], R]) -> None:
        self._work = work
        self._done = threading.Event()
        self._results: list[R] = []
        self._error: BaseException | None = None

    def run(self) -> None:
        """Do the work here and now, and wake up whoever waits for it."""
        try:
            self._results.append(self._work())
        except BaseException as error:  # noqa: BLE001 - handed to the waiting thread, which raises it
            self._error = error
        finally:
            self._done.set()

    def wait(self, cancel: CancelToken) -> R:
        """The result.

        Raises:
            RunCancelled: a stop was requested meanwhile; the work is left behind.
            Exception: whatever the work raised.
        """
        cancel.raise_if_requested()
        while not self._done.wait(POLL_SECONDS):
            cancel.raise_if_requested()
        if self._error is not None:
            raise self._error
        return self._results[0]


class Workers:
    """As many daemon threads as there is work at one moment; idle ones are used again."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._queue: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []
        self._unclaimed = 0  # idle threads less waiting jobs
        self._closed = False

    def submit(self, work: Callable[[], R]) -> Job[R]:
        """Start ``work`` in a thread of its own.

        Raises:
            RunCancelled: the workers were closed.
        """
        job = Job(work)
        with self._lock:
            if self._closed:
                raise RunCancelled("The connection to Odoo was closed.")
            if self._unclaimed:
                self._unclaimed -= 1
            else:
                self._start_thread()
            self._queue.put(job.run)
        return job

    def close(self) -> None:
        """End all threads. One that hangs in a call is left to die with the process."""
        with self._lock:
            self._closed = True
            threads, self._threads = self._threads, []
            for _ in threads:
                self._queue.put(None)
        end = time.monotonic() + JOIN_SECONDS
        for thread in threads:
            thread.join(max(0.0, end - time.monotonic()))

    def _start_thread(self) -> None:
        thread = threading.Thread(target=self._serve, name=f"{self._name}-{len(self._threads)}", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _serve(self) -> None:
        while (run := self._queue.get()) is not None:
            run()
            del run  # a result may be large; only its owner keeps it
            with self._lock:
                self._unclaimed += 1


def in_order(
    tasks: Iterable[T], start: Callable[[T], Job[R]], ahead: int, cancel: CancelToken
) -> Iterator[tuple[T, R]]:
    """Results of ``tasks`` in their order, with up to ``ahead`` jobs under way before the consumer.

    Tasks are pulled only as there is room for them. Closing the generator leaves the jobs under way behind: whoever
    started them has to tell them to stop.

    Raises:
        RunCancelled: a stop was requested.
        Exception: what the first failing job raised.
    """
    source = iter(tasks)
    window: deque[tuple[T, Job[R]]] = deque()

    def fill() -> None:
        while len(window) < ahead:
            try:
                task = next(source)
            except StopIteration:
                return
            window.append((task, start(task)))

    fill()
    while window:
        task, job = window.popleft()
        result = job.wait(cancel)
        fill()
        yield task, result
