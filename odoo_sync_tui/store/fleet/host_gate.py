"""Gate before the calls of one process to one Odoo host: each is booked under the limit that all processes share."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from itertools import count
from typing import Protocol
from uuid import uuid4

from odoo_sync_tui.core.errors import SyncError
from odoo_sync_tui.core.reports.fleet import HostLimit
from odoo_sync_tui.runtime.cancel import CancelToken
from odoo_sync_tui.runtime.threads import POLL_SECONDS
from odoo_sync_tui.store.fleet.host_limits import HostLimits

LOG = logging.getLogger(__name__)

FIRST_PAUSE_SECONDS, MAX_PAUSE_SECONDS = 15.0, 240.0
"""How long a database that cannot be used is left alone: at first, and at most, after doubling each time."""


class LimitStore(Protocol):
    """The open database of the limits."""

    @property
    def host_limits(self) -> HostLimits:
        """The limits of all hosts."""
        ...

    def close(self) -> None:
        """Close the connection."""
        ...


class SharedHostGate:
    """Hold each call to a host until the limit that all processes share lets it go.

    One thread asks at a time, and they take turns, so that a process has one place in the queue however many calls it
    has to make. While the database cannot be used, calls go on without: a limit that cannot be asked fails no run.

    Args:
        limit: the limit.
        call_seconds: the longest time of one call.
        open_store: opens the database of the limits.
        clock: a clock that never goes back.
    """

    def __init__(
        self,
        limit: HostLimit,
        call_seconds: float,
        open_store: Callable[[], LimitStore],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._limit = limit
        self._call_seconds = call_seconds
        self._open_store = open_store
        self._clock = clock
        self._id = uuid4().hex
        self._numbers = count()
        self._opening = threading.Lock()
        self._store: LimitStore | None = None
        self._pause = FIRST_PAUSE_SECONDS
        self._ask_at = clock()  # a database that cannot be used is left alone until then
        self._is_away = False
        self._changed = threading.Condition()
        self._queue: list[object] = []  # of the threads that want to ask; the first one does

    @contextmanager
    def slot(self, cancel: CancelToken) -> Generator[None]:
        """Hold a slot for the time of one call, after waiting for it and for the start that it was given.

        Raises:
            RunCancelled: a stop was requested while waiting.
        """
        key = f"{self._id}-{next(self._numbers)}"
        try:
            with self._turn(cancel):
                seconds = self._wait_for_slot(key, cancel)
            cancel.sleep(seconds)
            yield
        finally:
            self._give_back(key)

    def close(self) -> None:
        """Close the database. May be called any number of times; the next call opens it again."""
        with self._opening:
            store, self._store = self._store, None
        if store is not None:
            store.close()

    @contextmanager
    def _turn(self, cancel: CancelToken) -> Generator[None]:
        ticket = object()
        with self._changed:
            self._queue.append(ticket)
        try:
            with self._changed:
                while self._queue[0] is not ticket:
                    self._changed.wait(POLL_SECONDS)
                    cancel.raise_if_requested()
            yield
        finally:
            with self._changed:
                self._queue.remove(ticket)
                self._changed.notify_all()

    def _wait_for_slot(self, key: str, cancel: CancelToken) -> float:
        """Ask until there is a slot; return the seconds until the call may begin, 0 where nobody can be asked."""
        cancel.raise_if_requested()
        while (limits := self._get_limits()) is not None:
            try:
                booking = limits.book(self._limit, key, self._call_seconds)
            except SyncError as error:
                self._leave_alone(error)
                break
            self._note_answer()
            if booking.has_slot:
                return booking.seconds
            with self._changed:
                self._changed.wait(booking.seconds)  # less if this process gives one back
            cancel.raise_if_requested()
        return 0.0

    def _give_back(self, key: str) -> None:
        store = self._store
        if store is not None and self._clock() >= self._ask_at:  # else it is free again when its time is over
            try:
                store.host_limits.release(self._limit.host, key)
            except SyncError as error:
                self._leave_alone(error)
        with self._changed:
            self._changed.notify_all()

    def _get_limits(self) -> HostLimits | None:
        """Get the limits, opened if need be; ``None`` while their database cannot be used."""
        with self._opening:
            if self._clock() < self._ask_at:
                return None
            if self._store is None:
                try:
                    self._store = self._open_store()
                except SyncError as error:
                    self._leave_alone(error)
                    return None
            return self._store.host_limits

    def _leave_alone(self, error: SyncError) -> None:
        self._ask_at = self._clock() + self._pause
        self._pause = min(2 * self._pause, MAX_PAUSE_SECONDS)
        if not self._is_away:
            self._is_away = True
            LOG.warning(
                "Calls to %s are not counted together with those of other processes: %s", self._limit.host, error
            )

    def _note_answer(self) -> None:
        self._pause = FIRST_PAUSE_SECONDS
        if self._is_away:
            self._is_away = False
            LOG.info("Calls to %s are counted together with those of other processes again.", self._limit.host)
