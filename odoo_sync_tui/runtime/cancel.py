"""Cancellation of a run by a shared token, checked before every page."""

from __future__ import annotations

import threading

from odoo_sync_tui.core.errors import RunCancelled


class CancelToken:
    """A request to stop, shared by all threads of a run. The first reason given stays."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self._lock = threading.Lock()
        self._reason = ""

    @property
    def is_requested(self) -> bool:
        """Whether a stop was requested."""
        return self._event.is_set()

    @property
    def reason(self) -> str:
        """The reason for the audit event ("cancelled by anna", "interrupted by SIGHUP"); empty until requested."""
        return self._reason

    def request(self, reason: str) -> None:
        """Request a stop at the next page."""
        with self._lock:
            if not self._event.is_set():
                self._reason = reason
                self._event.set()

    def raise_if_requested(self) -> None:
        """Raise if a stop was requested.

        Raises:
            RunCancelled: a stop was requested.
        """
        if self._event.is_set():
            raise RunCancelled(f"The run was stopped: {self._reason}.")

    def sleep(self, seconds: float) -> None:
        """Sleep, but wake up at once when a stop is requested.

        Raises:
            RunCancelled: a stop was requested before or while waiting.
        """
        self._event.wait(seconds)
        self.raise_if_requested()
