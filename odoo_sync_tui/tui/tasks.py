"""Work in threads: tasks, whose outcome comes back to the screen's thread, and runs of this dashboard.

The service reports progress from its own threads, at its own rate. Only the newest value is kept, in a slot; the screen
polls the slot some times a second. So a fast run cannot flood the screen, and a stalled run still shows the last figure
that it reported.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from functools import partial
from typing import Generic, TypeVar

from textual.app import App
from textual.dom import DOMNode

from odoo_sync_tui.core.actions import Action
from odoo_sync_tui.core.errors import SyncError
from odoo_sync_tui.core.progress import RunProgress
from odoo_sync_tui.core.result import SyncResult
from odoo_sync_tui.core.scope import Scope
from odoo_sync_tui.pipeline.run.difference_log import DifferenceLog
from odoo_sync_tui.runtime.cancel import CancelToken
from odoo_sync_tui.runtime.files import FileError
from odoo_sync_tui.runtime.threads import ChildCancelToken
from odoo_sync_tui.tui.backend import DashboardBackend
from odoo_sync_tui.tui.model.state import Problem

R = TypeVar("R")
T = TypeVar("T")

LOG = logging.getLogger(__name__)

PROGRESS_POLL_SECONDS = 0.25

Every = Callable[[float, Callable[[], None]], Callable[[], None]]
"""Calls a function at an interval of seconds, until the function that it returns is called."""


class Tasks:
    """Runs work in threads and hands each outcome to a callback in the screen's thread.

    The application owns all threads: none ends with a screen, but a screen that was closed meanwhile gets no outcome.

    Attributes:
        closing: asked to stop when the dashboard closes; work that may take long checks it.
    """

    def __init__(self, app: App[None]) -> None:
        self._app = app
        self._busy: set[tuple[DOMNode, str]] = set()
        self.closing = CancelToken()

    def run(
        self,
        name: str,
        work: Callable[[], R],
        done: Callable[[R], None],
        failed: Callable[[Problem], None],
        *,
        owner: DOMNode | None = None,
    ) -> bool:
        """Run the work in a thread, unless work of this name and owner is running; return whether it was started.

        The one error boundary of all threads: the traceback of an unexpected error goes to the log, never to the
        screen. ``owner`` is the screen that shows the outcome; ``None``: the application.
        """
        node = owner or self._app
        key = (node, name)
        if key in self._busy:
            return False
        self._busy.add(key)

        def perform() -> None:
            try:
                outcome = partial(done, work())
            except SyncError as error:
                outcome = partial(failed, Problem.from_error(error))
            except Exception as error:
                LOG.exception("unexpected error in a worker of the dashboard")
                problem = Problem(f"Unexpected {type(error).__name__}: {error}", "The log has the details.")
                outcome = partial(failed, problem)
            finally:
                self._busy.discard(key)
            self.deliver(outcome, node)

        self._app.run_worker(perform, thread=True, group=name, description=name, exit_on_error=False)
        return True

    def deliver(self, callback: Callable[[], None], owner: DOMNode) -> None:
        """Call back in the screen's thread, unless the owner is closed by then; may be called from any thread."""

        def call() -> None:
            if owner.is_attached:
                callback()

        self._app.call_later(call)

    def close(self) -> None:
        """Ask all work to stop, but for a run, which has its own token."""
        self.closing.request("the dashboard closes")


class Questions:
    """Work of a screen in threads, one of each kind at a time. What was stopped, or asked anew, gets no outcome.

    Args:
        tasks: runs the threads.
        owner: the screen that shows the outcomes.
        changed: called when something is asked, stopped or answered.
    """

    def __init__(self, tasks: Tasks, owner: DOMNode, changed: Callable[[], None]) -> None:
        self._tasks = tasks
        self._owner = owner
        self._changed = changed
        self._asked: dict[str, CancelToken] = {}
        self._count = 0

    def __contains__(self, kind: str) -> bool:
        return kind in self._asked

    def __bool__(self) -> bool:
        return bool(self._asked)

    def ask(
        self,
        kind: str,
        work: Callable[[CancelToken], R],
        done: Callable[[R], None],
        failed: Callable[[Problem], None],
    ) -> None:
        """Ask, in place of what was asked of this kind before."""
        self._cancel(kind)
        self._count += 1
        token = self._asked[kind] = ChildCancelToken(self._tasks.closing)

        def end(call: Callable[[T], None], outcome: T) -> None:
            if self._asked.get(kind) is token:
                del self._asked[kind]
                call(outcome)
                self._changed()

        name = f"{kind} {self._count}"
        self._tasks.run(name, lambda: work(token), partial(end, done), partial(end, failed), owner=self._owner)
        self._changed()

    def stop(self, *kinds: str) -> None:
        """Stop what is asked of these kinds, or all of it."""
        for kind in kinds or tuple(self._asked):
            self._cancel(kind)
        self._changed()

    def _cancel(self, kind: str) -> None:
        if kind in self._asked:
            self._asked.pop(kind).request("nobody waits for it")


class LatestValue(Generic[T]):
    """Slot for the newest value from worker threads; the screen polls it at its own rate."""

    def __init__(self) -> None:
        self._newest: T | None = None
        self._taken: T | None = None

    def set(self, value: T) -> None:
        """Store a value; may be called from any thread."""
        self._newest = value

    def take(self) -> T | None:
        """Return the newest value once; ``None`` if it was taken already."""
        newest = self._newest
        if newest is self._taken:
            return None
        self._taken = newest
        return newest

    def follow(self, every: Every, show: Callable[[T], None]) -> Callable[[], None]:
        """Show each newest value, some times a second, until the returned function is called."""

        def poll() -> None:
            value = self.take()
            if value is not None:
                show(value)

        return every(PROGRESS_POLL_SECONDS, poll)


class SyncJob:
    """One run. Call :meth:`run` in a worker thread, everything else in the screen's thread.

    Attributes:
        cancel: asks the run to stop; may be used from any thread.
        ended: set when the run has ended, whatever its outcome.
        progress: the progress of the run.
        differences: what a dry run would change; ``None`` for another run. Close it when nobody looks at it any more.
    """

    def __init__(self, action: Action, scope: Scope, user_id: str) -> None:
        self.action = action
        self.scope = scope
        self.cancel = CancelToken()
        self.ended = threading.Event()
        self.progress: LatestValue[RunProgress] = LatestValue()
        self.differences: DifferenceLog | None = None
        self._user_id = user_id

    def run(self, backend: DashboardBackend) -> SyncResult:
        """Run the sync to its end and return its result; raises what keeps it from starting."""
        try:
            log = self.differences = _open_log() if self.scope.dry_run else None
            service = backend.service(on_progress=self.progress.set, cancel=self.cancel)
            return service.sync(self.action, self._user_id, self.scope, on_difference=log.add if log else None)
        finally:
            self.ended.set()


def _open_log() -> DifferenceLog:
    """Open a log of all differences, or one of their sums alone where there is no place for a file."""
    try:
        return DifferenceLog()
    except FileError:
        return DifferenceLog(0)
