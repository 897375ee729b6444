"""Watch over the connection: know when no server that takes writes is in sight, and when one is again.

The driver looks for servers in threads of its own, also while no operation waits for one
(https://github.com/mongodb/specifications/blob/master/source/server-discovery-and-monitoring/server-monitoring.md).
What they found is read here, for as long as somebody listens. A listener of the driver's own events would cost each
closing of a client up to half a second, while the driver waits for the thread that delivers them.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from odoo_sync_tui.core.progress import Trouble

_POLL_SECONDS = 0.5

OnTrouble = Callable[[Trouble | None], None]
"""Callback with the trouble, and with ``None`` at its end; called from a thread of the watch."""


class ServerWatch:
    """Watch the servers of one client. A client that sees no server that takes writes from the start has no trouble.

    Args:
        is_writable: says whether a server that takes writes is in sight, at once and without asking one.
        address: name of the servers in messages ("MongoDB at db.example:27017").
        timeout_seconds: how long an operation waits for a server.
    """

    def __init__(
        self, is_writable: Callable[[], bool] = lambda: True, address: str = "MongoDB", timeout_seconds: float = 0.0
    ) -> None:
        self._is_writable = is_writable
        self._address = address
        self._timeout = timedelta(seconds=timeout_seconds)
        self._was_writable = is_writable()

    @contextmanager
    def listen(self, listener: OnTrouble) -> Generator[None]:
        """Call the listener when the servers get lost or come back, inside a ``with``."""
        stop = threading.Event()
        is_lost = self._tell_change(listener, was_lost=False)
        thread = threading.Thread(target=self._poll, args=(listener, stop, is_lost), name="server-watch", daemon=True)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()

    def _poll(self, listener: OnTrouble, stop: threading.Event, is_lost: bool) -> None:
        while not stop.wait(_POLL_SECONDS):
            is_lost = self._tell_change(listener, is_lost)

    def _tell_change(self, listener: OnTrouble, was_lost: bool) -> bool:
        is_writable = self._is_writable()
        self._was_writable = self._was_writable or is_writable
        is_lost = self._was_writable and not is_writable
        if is_lost != was_lost:
            listener(self._describe() if is_lost else None)
        return is_lost

    def _describe(self) -> Trouble:
        message = f"{self._address} does not answer, or has no primary."
        return Trouble("MongoDB", message, gives_up_at=datetime.now(UTC) + self._timeout)
