"""Waiting for new entries of the change log."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from pymongo.change_stream import CollectionChangeStream
from pymongo.database import Database
from pymongo.errors import OperationFailure

from odoo_sync_tui.core.text.coerce import as_int, as_mapping
from odoo_sync_tui.store.change_log.head import COLLECTION
from odoo_sync_tui.store.driver.errors import ErrorTranslator, is_transient
from odoo_sync_tui.store.driver.repository import Fields, Repository, translate_driver_errors

_NEW_NUMBERS = [{"$match": {"operationType": "insert"}}, {"$project": {"documentKey": 1}}]


class ChangeArrivals(Repository):
    """Waits for entries: woken by the server where it has change streams, else for a time.

    What arrived is read from the log, in its order; the stream only says that there is something. So nothing depends on
    how far back its own history goes.
    """

    def __init__(self, database: Database[Fields], errors: ErrorTranslator, *, has_change_streams: bool) -> None:
        super().__init__(database, errors)
        self._has_change_streams = has_change_streams
        self._stream: CollectionChangeStream[Fields] | None = None

    @translate_driver_errors("waiting for changes")
    def wait(self, after: int, seconds: float) -> None:
        """Return when an entry above ``after`` has come, at the latest after this time."""
        ends_at = time.monotonic() + seconds
        stream = self._open(seconds)
        try:
            while stream is not None and time.monotonic() < ends_at:
                event: Mapping[str, Any] | None = stream.try_next()
                if event and as_int(as_mapping(event.get("documentKey")).get("_id")) > after:
                    return
                if not stream.alive:
                    break
        except OperationFailure as error:
            self._give_up(error)
        time.sleep(max(0.0, ends_at - time.monotonic()))

    @translate_driver_errors("ending the wait for changes")
    def close(self) -> None:
        """Close the stream; may be called twice."""
        stream, self._stream = self._stream, None
        if stream is not None:
            stream.close()

    def _open(self, seconds: float) -> CollectionChangeStream[Fields] | None:
        if self._has_change_streams and (self._stream is None or not self._stream.alive):
            try:
                wait = max(1, round(seconds * 1000))
                self._stream = self._database[COLLECTION].watch(_NEW_NUMBERS, max_await_time_ms=wait)
            except OperationFailure as error:
                self._give_up(error)
        return self._stream

    def _give_up(self, error: OperationFailure) -> None:
        """Do without a stream that the server or the rights do not give."""
        if is_transient(error):
            raise error
        self._has_change_streams = False
        self.close()
