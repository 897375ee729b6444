"""The pulse of a run: keeps its lease, shows its progress to everybody, and hears when it shall stop.

It beats in a thread of its own, so that a page which takes long does not let the lease run out.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from odoo_sync_tui.core.cancel import CancelToken
from odoo_sync_tui.core.errors import LeaseLost, RunCancelled, StoreError, SyncError
from odoo_sync_tui.core.progress import RunProgress
from odoo_sync_tui.core.run import Lease
from odoo_sync_tui.store.database import Store

SECONDS_BETWEEN_BEATS = 1.0


class Heartbeat:
    """Renews the lease at a third of its life and writes the run's progress once a second, while it is entered.

    ``held_since`` is the moment of our monotonic clock at which the lease was asked for.
    """

    def __init__(
        self,
        store: Store,
        lease: Lease,
        run_id: str,
        lease_seconds: float,
        progress: Callable[[], RunProgress],
        cancel: CancelToken,
        held_since: float,
    ) -> None:
        self._store = store
        self._lease = lease
        self._run_id = run_id
        self._lease_seconds = lease_seconds
        self._progress = progress
        self._pause = min(SECONDS_BETWEEN_BEATS, lease_seconds / 3)
        self._cancel = cancel
        self._renewed = held_since
        self._lost = False
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._beat_until_ended, name="heartbeat", daemon=True)

    def __enter__(self) -> Heartbeat:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join(timeout=self._lease_seconds)

    def ensure_held(self) -> None:
        """Look before a write whether the lease is still ours, by our own clock as well: a paused process wakes late.

        Raises:
            LeaseLost: it is not; nothing more may be written.
        """
        if self._lost or time.monotonic() - self._renewed > self._lease_seconds:
            raise lease_lost()

    def cause_of(self, error: SyncError) -> SyncError:
        """What really stopped the run: a lost lease asks it to stop too, so that it ends before its next call."""
        return lease_lost() if self._lost and isinstance(error, RunCancelled) else error

    def _beat_until_ended(self) -> None:
        while not self._ended.wait(self._pause):
            try:
                self._beat()
            except StoreError:
                # MongoDB is away: the run itself meets the same error at its next write and tells it. The lease
                # stays ours as long as it lasts, which ensure_held() decides.
                continue

    def _beat(self) -> None:
        requested_by = self._store.runs.heartbeat(self._run_id, self._progress())
        if requested_by:
            self._cancel.request(f"cancelled by {requested_by}")
        if time.monotonic() - self._renewed < self._lease_seconds / 3:
            return
        asked = time.monotonic()
        if self._store.leases.renew(self._lease, self._lease_seconds):
            self._renewed = asked
        else:
            self._lost = True
            self._cancel.request("the lease was lost")


def lease_lost() -> LeaseLost:
    """The error of a run that may write nothing more."""
    return LeaseLost(
        "The lease was lost: the run was held up, or another run took over.",
        "What was written stays written; start the sync again.",
    )
