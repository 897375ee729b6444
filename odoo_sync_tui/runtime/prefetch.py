"""Prefetch one item in a thread while the consumer works on the item before."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from odoo_sync_tui.runtime.cancel import CancelToken

T = TypeVar("T")

POLL_INTERVAL_SECONDS = 0.2
"""Interval at which a waiting thread checks whether it was closed or cancelled."""


@dataclass(frozen=True, slots=True)
class _Item(Generic[T]):
    value: T


@dataclass(frozen=True, slots=True)
class _End:
    error: BaseException | None


class Prefetcher(Generic[T]):
    """Iterator over items that a background thread makes, one ahead of the consumer. Close it, from any thread.

    Closing ends the thread after its current item; nobody waits for the thread.
    """

    def __init__(self, items: Iterable[T], cancel: CancelToken) -> None:
        self._cancel = cancel
        self._queue: queue.Queue[_Item[T] | _End] = queue.Queue(1)
        self._closed = threading.Event()
        threading.Thread(target=self._produce, args=(items,), name="ahead", daemon=True).start()

    def __iter__(self) -> Prefetcher[T]:
        return self

    def __next__(self) -> T:
        """Wait for the next item.

        Raises:
            RunCancelled: a stop was requested during the wait.
            Exception: the error raised while the item was made.
            StopIteration: there are no more items, or the iterator was closed.
        """
        while not self._closed.is_set():
            try:
                entry = self._queue.get(timeout=POLL_INTERVAL_SECONDS)
            except queue.Empty:
                self._cancel.raise_if_requested()
                continue
            if isinstance(entry, _Item):
                return entry.value
            self.close()
            if entry.error is not None:
                raise entry.error
        raise StopIteration

    def close(self) -> None:
        """End the iteration and the thread."""
        self._closed.set()

    def _produce(self, items: Iterable[T]) -> None:
        error: BaseException | None = None
        try:
            for item in items:
                if not self._put(_Item(item)):
                    return
        except BaseException as raised:  # noqa: BLE001 - handed to the consumer, which raises it
            error = raised
        self._put(_End(error))

    def _put(self, entry: _Item[T] | _End) -> bool:
        """Wait for room in the queue; false when the iterator was closed."""
        while not self._closed.is_set():
            try:
                self._queue.put(entry, timeout=POLL_INTERVAL_SECONDS)
            except queue.Full:
                continue
            return True
        return False
