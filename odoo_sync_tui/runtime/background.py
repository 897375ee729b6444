"""Write pages in a background thread, one after the other, with at most a few waiting."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable

_END = object()


class BackgroundWriter:
    """Run jobs in order in one background thread; the first error stops the thread and is raised to the caller.

    A bounded queue, so that a slow store slows the reading instead of filling the memory.
    """

    def __init__(self, max_pending: int = 2) -> None:
        self._jobs: queue.Queue[object] = queue.Queue(max_pending)
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._work, name="writer", daemon=True)

    def __enter__(self) -> BackgroundWriter:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Finish the waiting jobs; after an error of the caller, drop them."""
        if kind is not None:
            self._drop_waiting()
        self._jobs.put(_END)
        self._thread.join()
        if kind is None:
            self._raise_error()

    def submit(self, job: Callable[[], None]) -> None:
        """Enqueue a job; blocks while the queue is full.

        Raises:
            Exception: the error of an earlier job.
        """
        self._raise_error()
        self._jobs.put(job)

    def _raise_error(self) -> None:
        if self._error is not None:
            raise self._error

    def _drop_waiting(self) -> None:
        while True:
            try:
                self._jobs.get_nowait()
            except queue.Empty:
                return

    def _work(self) -> None:
        while (job := self._jobs.get()) is not _END:
            if self._error is not None:
                continue
            try:
                job()  # pyright: ignore[reportCallIssue, reportUnknownVariableType]
            except BaseException as error:  # noqa: BLE001 - handed to the thread that submitted, which raises it
                self._error = error
