"""Engine ``local``: a pool of processes on this machine."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from odoo_sync_tui.pipeline.fleet.child import PROGRAM
from odoo_sync_tui.pipeline.fleet.engine import Assignment, RunOutcome, execute
from odoo_sync_tui.runtime.cancel import CancelToken


class LocalEngine:
    """Executes runs in processes of this machine. A thread waits for each of them, and does nothing else.

    Args:
        given_options: the options that name the settings: ``--config``, ``--set``.
        processes: most runs at once.
        program: the program itself.
    """

    def __init__(self, given_options: Sequence[str], processes: int, program: Sequence[str] = PROGRAM) -> None:
        self._given_options = given_options
        self._processes = processes
        self._program = program
        self._cancel = CancelToken()
        self._threads = ThreadPoolExecutor(processes, thread_name_prefix="child")
        self._runs: list[Future[RunOutcome]] = []

    @property
    def name(self) -> str:
        """What the operator calls it."""
        return "local"

    def submit(self, assignment: Assignment) -> Future[RunOutcome]:
        """Execute a run as soon as there is room."""
        run = self._threads.submit(execute, assignment, self._given_options, self._cancel, self._program)
        self._runs = [*self._at_work(), run]
        return run

    def free(self, zone: str) -> int:  # noqa: ARG002 -- all of this machine is one zone
        """How many more runs would begin at once."""
        return max(0, self._processes - len(self._at_work()))

    def cancel(self, reason: str) -> None:
        """Let every run end at its next page, and begin no other."""
        self._cancel.request(reason)

    def close(self) -> None:
        """Cancel what is at work, and wait until it has ended."""
        self.cancel("the engine was closed")
        self._threads.shutdown()

    def _at_work(self) -> list[Future[RunOutcome]]:
        return [run for run in self._runs if not run.done()]
