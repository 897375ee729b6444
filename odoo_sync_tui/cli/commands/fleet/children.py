"""One command for each of many sources in processes of their own: a few at a time, heard in the order of names."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from queue import SimpleQueue

from odoo_sync_tui.cli import exit_codes
from odoo_sync_tui.core.errors import SyncError
from odoo_sync_tui.pipeline.fleet.child import run_child
from odoo_sync_tui.runtime.cancel import CancelToken
from odoo_sync_tui.runtime.threads import POLL_SECONDS, Future, start_thread

MAX_WAITING_LINES = 100
"""Lines of one process that wait for their turn; then it waits itself, so that no output fills the memory."""


class SourceChild:
    """The command for one source.

    Args:
        source: the name of the source.
        arguments: the command and its options, without those that choose sources.
        cancel: a stop of it is passed on.
        on_error_line: takes the name of the source and a line of stderr, at once and from any thread.
    """

    def __init__(
        self, source: str, arguments: Sequence[str], cancel: CancelToken, on_error_line: Callable[[str, str], object]
    ) -> None:
        self.source = source
        self._arguments = [f"--source={source}", *arguments]
        self._cancel = cancel
        self._on_error_line = on_error_line
        self._lines: SimpleQueue[str | None] = SimpleQueue()
        self._room = threading.Semaphore(MAX_WAITING_LINES)
        self._ending = Future(self._run)

    def run(self) -> None:
        """Run it to its end, in the current thread."""
        self._ending.run()
        self._lines.put(None)

    def read_lines(self) -> Iterator[str]:
        """Yield the lines of its stdout as they come, until it has ended."""
        while (line := self._lines.get()) is not None:
            self._room.release()
            yield line

    def get_code(self) -> int:
        """Get its exit code, after its last line."""
        return self._ending.result(CancelToken())

    def _run(self) -> int:
        def complain(line: str) -> None:
            self._on_error_line(self.source, line)

        try:
            return run_child(self._arguments, self._cancel, self._take, complain).exit_code
        except SyncError as error:
            complain(str(error))
            return exit_codes.of_error(error)

    def _take(self, line: str) -> None:
        while not self._room.acquire(timeout=POLL_SECONDS) and not self._cancel.is_requested:
            pass
        self._lines.put(line)


@contextmanager
def start_children(children: Sequence[SourceChild], processes: int, cancel: CancelToken) -> Generator[None]:
    """Run these in their order, so many at the same time. When the block ends early, all of them are stopped.

    The one that is heard is always at work or ended, because they begin in this order: none waits for ever.
    """
    waiting: SimpleQueue[SourceChild | None] = SimpleQueue()
    workers = min(processes, len(children))
    for child in (*children, *[None] * workers):
        waiting.put(child)

    def serve() -> None:
        while (child := waiting.get()) is not None:
            child.run()

    serving = [start_thread(serve, f"source-{number}") for number in range(workers)]
    try:
        yield
    except BaseException:
        cancel.request("the output cannot be written any more")
        raise
    finally:
        for each in serving:
            each.result(CancelToken())
