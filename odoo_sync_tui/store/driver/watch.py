"""Watch over the connection: know at once when no server that takes writes is in sight, and when one is again.

The driver looks for servers in threads of its own, also while no operation waits for one:
https://github.com/mongodb/specifications/blob/master/source/server-discovery-and-monitoring/server-monitoring.md
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from pymongo.monitoring import (
    TopologyClosedEvent,
    TopologyDescriptionChangedEvent,
    TopologyListener,
    TopologyOpenedEvent,
)

from odoo_sync_tui.core.progress import Trouble

OnTrouble = Callable[[Trouble | None], None]
"""Callback with the trouble, and with ``None`` at its end; called from a thread of the driver."""


class ServerWatch(TopologyListener):
    """Watch the servers of one client.

    Args:
        address: name of the servers in messages ("MongoDB at db.example:27017").
        timeout_seconds: how long an operation waits for a server.
    """

    def __init__(self, address: str = "MongoDB", timeout_seconds: float = 0.0) -> None:
        self._address = address
        self._timeout = timedelta(seconds=timeout_seconds)
        self._listeners: list[OnTrouble] = []
        self._lock = threading.Lock()
        self._was_in_sight = False
        self._trouble: Trouble | None = None

    @contextmanager
    def listen(self, listener: OnTrouble) -> Generator[None]:
        """Call the listener when the servers get lost or come back, inside a ``with``."""
        with self._lock:
            self._listeners.append(listener)
            trouble = self._trouble
        if trouble:
            listener(trouble)
        try:
            yield
        finally:
            with self._lock:
                self._listeners.remove(listener)

    def opened(self, event: TopologyOpenedEvent) -> None:
        """Ignore that the client was made."""

    def closed(self, event: TopologyClosedEvent) -> None:
        """Ignore that the client was closed."""

    def description_changed(self, event: TopologyDescriptionChangedEvent) -> None:
        """Note whether a server that takes writes is in sight, and call the listeners when that has changed."""
        in_sight = event.new_description.has_writable_server()
        with self._lock:
            was_lost = self._trouble is not None
            is_lost = self._was_in_sight and not in_sight
            self._was_in_sight = self._was_in_sight or in_sight
            if is_lost == was_lost:
                return
            trouble = self._trouble = self._describe() if is_lost else None
            listeners = list(self._listeners)
        for listener in listeners:
            listener(trouble)

    def _describe(self) -> Trouble:
        message = f"{self._address} does not answer, or has no primary."
        return Trouble("MongoDB", message, gives_up_at=datetime.now(UTC) + self._timeout)
