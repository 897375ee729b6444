"""Daemon thread pool for the calls, so that no caller waits on a hanging socket.

The standard executors join their threads when the interpreter exits: one silent server would keep the process alive.
Here the caller waits for the result and for the cancel token at once, and abandons a hanging call.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from queue import SimpleQueue
from typing import Generic, TypeVar

from odoo_sync_tui.core.errors import RunCancelled
from odoo_sync_tui.runtime.cancel import CancelToken

T = TypeVar("T")
R = TypeVar("R")

POLL_SECONDS = 0.2
"""Interval at which a waiting thread checks the cancel token."""
MAX_JOIN_SECONDS = 1.0
"""Longest time that closing the pool waits for all threads together."""
MAX_WAY_SECONDS = 0.1
"""Longest time that a thread makes way for the screen at once: one that is never at rest slows a run, and no more."""

_screen_rests = threading.Event()
_screen_rests.set()


def claim_way() -> None:
    """Let the threads of a run stop where they make way, until :func:`release_way`: the screen has something to do."""
    _screen_rests.clear()


def release_way() -> None:
    """Let the threads of a run go on."""
    _screen_rests.set()


def make_way() -> None:
    """Stop here while the screen works: each thread that computes takes the interpreter from it for milliseconds.

    Called between the steps of a page, which take a millisecond or so; without a screen it costs next to nothing.
    """
    if not _screen_rests.is_set():
        _screen_rests.wait(MAX_WAY_SECONDS)


class ChildCancelToken(CancelToken):
    """Cancel token with a parent: it stops one fetch without stopping the run, and stops with the run."""

    def __init__(self, parent: CancelToken) -> None:
        super().__init__()
        self._parent = parent

    @property
    def is_requested(self) -> bool:
        """Whether this token or its parent was asked to stop."""
        return super().is_requested or self._parent.is_requested

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
        """Wait, but wake up at once for a stop of this token, and within ``POLL_SECONDS`` for one of its parent.

        Raises:
            RunCancelled: a stop was requested before or while waiting.
        """
        end = time.monotonic() + seconds
        self.raise_if_requested()
        while (left := end - time.monotonic()) > 0:
            super().sleep(min(left, POLL_SECONDS))
            self._parent.raise_if_requested()


class Future(Generic[R]):
    """Result of one call in another thread: set once by that thread, awaited by its owner."""

    def __init__(self, work: Callable[[], R]) -> None:
        self._work = work
        self._done = threading.Event()
        self._results: list[R] = []
        self._error: BaseException | None = None

    def run(self) -> None:
        """Run the work in the current thread, and wake up the thread that waits for its result."""
        try:
            self._results.append(self._work())
        except BaseException as error:  # noqa: BLE001 - handed to the waiting thread, which raises it
            self._error = error
        finally:
            self._done.set()

    def result(self, cancel: CancelToken) -> R:
        """Wait for the result.

        Raises:
            RunCancelled: a stop was requested meanwhile; the work is abandoned.
            Exception: the error that the work raised.
        """
        cancel.raise_if_requested()
        while not self._done.wait(POLL_SECONDS):
            cancel.raise_if_requested()
        if self._error is not None:
            raise self._error
        return self._results[0]


def start_thread(work: Callable[[], R], name: str) -> Future[R]:
    """Start ``work`` in a thread of its own; return its result to come. Nobody waits for the thread."""
    future = Future(work)
    threading.Thread(target=future.run, name=name, daemon=True).start()
    return future


class DaemonThreadPool:
    """Pool of daemon threads that grows with the work under way; idle threads are reused."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._queue: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []
        self._free_threads = 0  # idle threads less waiting futures
        self._closed = False

    def submit(self, work: Callable[[], R]) -> Future[R]:
        """Start ``work`` at once, in an idle thread or a new one.

        Raises:
            RunCancelled: the pool was closed.
        """
        future = Future(work)
        with self._lock:
            if self._closed:
                raise RunCancelled("The connection to Odoo was closed.")
            if self._free_threads:
                self._free_threads -= 1
            else:
                self._start_thread()
            self._queue.put(future.run)
        return future

    def close(self) -> None:
        """End all threads. A thread that hangs in a call stays until the process ends."""
        with self._lock:
            self._closed = True
            threads, self._threads = self._threads, []
            for _ in threads:
                self._queue.put(None)
        end = time.monotonic() + MAX_JOIN_SECONDS
        for thread in threads:
            thread.join(max(0.0, end - time.monotonic()))

    def _start_thread(self) -> None:
        thread = threading.Thread(target=self._serve, name=f"{self._name}-{len(self._threads)}", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _serve(self) -> None:
        while (run := self._queue.get()) is not None:
            run()
            del run  # a result may be large: only its owner holds a reference
            with self._lock:
                self._free_threads += 1


class OrderedResults(Generic[T, R], Iterator[tuple[T, R]]):
    """Each task with its result, in the order of the tasks: the first are under way at once.

    Closing abandons those under way, and so does the error of one of them, which is raised in its place.

    Args:
        tasks: pulled only as there is room.
        start: starts the work of a task.
        max_in_flight: how many may be under way now.
        cancel: a token of their own, which is requested when they are closed.
    """

    def __init__(
        self,
        tasks: Iterable[T],
        start: Callable[[T], Future[R]],
        max_in_flight: Callable[[], int],
        cancel: CancelToken,
    ) -> None:
        self._tasks = iter(tasks)
        self._start = start
        self._max_in_flight = max_in_flight
        self._cancel = cancel
        self._pending: deque[tuple[T, Future[R]]] = deque()
        self._fill()

    def __next__(self) -> tuple[T, R]:
        """Wait for the next result.

        Raises:
            RunCancelled: a stop was requested.
            Exception: the error of this task, or of pulling another one.
        """
        if not self._pending:
            raise StopIteration
        task, future = self._pending.popleft()
        try:
            result = future.result(self._cancel)
            self._fill()
        except BaseException:
            self.close()
            raise
        return task, result

    def close(self) -> None:
        """Abandon the tasks under way."""
        self._pending.clear()
        self._cancel.request("the results are no longer wanted")

    def _fill(self) -> None:
        while len(self._pending) < self._max_in_flight():
            try:
                task = next(self._tasks)
            except StopIteration:
                return
            self._pending.append((task, self._start(task)))
