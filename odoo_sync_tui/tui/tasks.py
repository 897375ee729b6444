"""A run of this dashboard: the service in a worker thread, and its progress for the screen.

The service reports progress from its own threads, at its own rate. Only the newest value is kept, in a slot; the screen
polls the slot some times a second. So a fast run cannot flood the screen, and a stalled run still shows the last figure
that it reported.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from textual.message import Message

from odoo_sync_tui.core.actions import Action
from odoo_sync_tui.core.errors import SyncError
from odoo_sync_tui.core.progress import RunProgress
from odoo_sync_tui.core.scope import Scope
from odoo_sync_tui.runtime.cancel import CancelToken
from odoo_sync_tui.tui.backend import DashboardBackend
from odoo_sync_tui.tui.messages import RunEnded
from odoo_sync_tui.tui.model.state import Problem

M = TypeVar("M", bound=Message)
T = TypeVar("T")

LOG = logging.getLogger(__name__)

PROGRESS_POLL_SECONDS = 0.25


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


class SyncJob:
    """One run. Call :meth:`run` in a worker thread, everything else in the screen's thread.

    Attributes:
        cancel: asks the run to stop; may be used from any thread.
        ended: set when the run has ended, whatever its outcome.
        progress: the progress of the run.
    """

    def __init__(self, action: Action, scope: Scope, user_id: str) -> None:
        self.action = action
        self.scope = scope
        self.cancel = CancelToken()
        self.ended = threading.Event()
        self.progress: LatestValue[RunProgress] = LatestValue()
        self._user_id = user_id

    def run(self, backend: DashboardBackend) -> RunEnded:
        """Run the sync to its end and return the outcome as a message."""
        try:
            return attempt(lambda: self._sync(backend), lambda problem: RunEnded(problem=problem))
        finally:
            self.ended.set()

    def _sync(self, backend: DashboardBackend) -> RunEnded:
        service = backend.service(on_progress=self.progress.set, cancel=self.cancel)
        return RunEnded(service.sync(self.action, self._user_id, self.scope))


def attempt(work: Callable[[], M], failed: Callable[[Problem], M]) -> M:
    """Call ``work`` in a worker and turn its errors into messages; the one error boundary of all workers.

    The traceback of an unexpected error goes to the log, never to the screen.
    """
    try:
        return work()
    except SyncError as error:
        return failed(Problem.from_error(error))
    except Exception as error:
        LOG.exception("unexpected error in a worker of the dashboard")
        return failed(Problem(f"Unexpected {type(error).__name__}: {error}", "The log has the details."))
