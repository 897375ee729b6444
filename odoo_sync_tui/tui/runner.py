"""A run of this dashboard: the service at work in a thread, and what it tells the screen.

The service tells its progress from its own threads, in its own rhythm. Only the newest is kept, in a slot; the screen
looks into the slot some times a second. So a fast run cannot flood the screen, and a run that stands still still shows
the last figure it told.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from textual.message import Message

from odoo_sync_tui.core.cancel import CancelToken
from odoo_sync_tui.core.errors import SyncError
from odoo_sync_tui.core.progress import RunProgress
from odoo_sync_tui.core.scope import Scope
from odoo_sync_tui.core.words import Action
from odoo_sync_tui.tui.backend import DashboardBackend
from odoo_sync_tui.tui.messages import RunEnded
from odoo_sync_tui.tui.state import Problem

M = TypeVar("M", bound=Message)
T = TypeVar("T")

LOG = logging.getLogger(__name__)

SECONDS_BETWEEN_LOOKS = 0.25


class Newest(Generic[T]):
    """The newest of what worker threads tell, for the screen to look at in a rhythm of its own."""

    def __init__(self) -> None:
        self._told: T | None = None
        self._taken: T | None = None

    def note(self, told: T) -> None:
        """Tell; may be called from any thread."""
        self._told = told

    def news(self) -> T | None:
        """The newest, once; ``None`` when there is nothing new."""
        told = self._told
        if told is self._taken:
            return None
        self._taken = told
        return told


class Runner:
    """One run. :meth:`perform` belongs to a worker thread, everything else to the screen's thread.

    Attributes:
        cancel: asks it to stop; may be used from any thread.
        ended: set when it has come to its end, however that was.
        told: its progress.
    """

    def __init__(self, action: Action, scope: Scope, user_id: str) -> None:
        self.action = action
        self.scope = scope
        self.cancel = CancelToken()
        self.ended = threading.Event()
        self.told: Newest[RunProgress] = Newest()
        self._user_id = user_id

    def perform(self, backend: DashboardBackend) -> RunEnded:
        """Run the sync to its end and tell how that was."""
        try:
            return attempt(lambda: self._perform(backend), lambda problem: RunEnded(refused=problem))
        finally:
            self.ended.set()

    def _perform(self, backend: DashboardBackend) -> RunEnded:
        service = backend.service(on_progress=self.told.note, cancel=self.cancel)
        return RunEnded(service.sync(self.action, self._user_id, self.scope))


def attempt(work: Callable[[], M], failed: Callable[[Problem], M]) -> M:
    """The one error boundary of everything that runs in a worker: an error becomes a message with a sentence.

    The trace of an unexpected error goes to the log, never to the screen.
    """
    try:
        return work()
    except SyncError as error:
        return failed(Problem.of(error))
    except Exception as error:
        LOG.exception("unexpected error in a worker of the dashboard")
        return failed(Problem(f"Unexpected {type(error).__name__}: {error}", "The log has the details."))
