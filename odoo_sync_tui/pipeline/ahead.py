"""Looking one item ahead: the next one is being made while the one before is worked on."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from odoo_sync_tui.core.cancel import CancelToken

T = TypeVar("T")

POLL_SECONDS = 0.2
"""How often a waiting thread looks whether it is still wanted."""


@dataclass(frozen=True, slots=True)
class _Item(Generic[T]):
    value: T


@dataclass(frozen=True, slots=True)
class _End:
    error: BaseException | None


class Ahead(Generic[T]):
    """An iterator over items that a thread of its own makes, one ahead of the consumer. Close it, from any thread.

    Closing ends the thread at the item that it is working on; it is never waited for.
    """

    def __init__(self, items: Iterable[T], cancel: CancelToken) -> None:
        self._cancel = cancel
        self._made: queue.Queue[_Item[T] | _End] = queue.Queue(1)
        self._unwanted = threading.Event()
        threading.Thread(target=self._make, args=(items,), name="ahead", daemon=True).start()

    def __iter__(self) -> Ahead[T]:
        return self

    def __next__(self) -> T:
        """The next item.

        Raises:
            RunCancelled: a stop was requested while waiting for it.
            Exception: what making it raised.
            StopIteration: there are no more, or it was closed.
        """
        while not self._unwanted.is_set():
            try:
                made = self._made.get(timeout=POLL_SECONDS)
            except queue.Empty:
                self._cancel.raise_if_requested()
                continue
            if isinstance(made, _Item):
                return made.value
            self.close()
            if made.error is not None:
                raise made.error
        raise StopIteration

    def close(self) -> None:
        """No further item is wanted."""
        self._unwanted.set()

    def _make(self, items: Iterable[T]) -> None:
        error: BaseException | None = None
        try:
            for item in items:
                if not self._hand_over(_Item(item)):
                    return
        except BaseException as raised:  # noqa: BLE001 - handed to the consumer, which raises it
            error = raised
        self._hand_over(_End(error))

    def _hand_over(self, made: _Item[T] | _End) -> bool:
        """Wait for room; false when nobody wants it any more."""
        while not self._unwanted.is_set():
            try:
                self._made.put(made, timeout=POLL_SECONDS)
            except queue.Full:
                continue
            return True
        return False
