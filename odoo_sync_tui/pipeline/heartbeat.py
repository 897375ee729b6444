"""Renew the lease, publish progress, and watch for a cancel request, in a background thread.

The thread is separate from the run's own, so that the lease does not run out during a slow page.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from odoo_sync_tui.core.errors import LeaseLost, RunCancelled, StoreError, SyncError
from odoo_sync_tui.core.progress import RunProgress
from odoo_sync_tui.core.run import Lease
from odoo_sync_tui.runtime.cancel import CancelToken
from odoo_sync_tui.store.database import Store

HEARTBEAT_INTERVAL_SECONDS = 1.0


class Heartbeat:
    """Renew the lease at a third of its duration and write the progress once a second, inside a ``with``.

    ``held_since`` is the monotonic time at which the lease was requested.
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
        self._interval = min(HEARTBEAT_INTERVAL_SECONDS, lease_seconds / 3)
        self._cancel = cancel
        self._renewed = held_since
        self._lost = False
        self._stop_event = threading.Event()
        self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)

    def __enter__(self) -> Heartbeat:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop_event.set()
        self._thread.join(timeout=self._lease_seconds)

    def ensure_held(self) -> None:
        """Check before a write that the lease is still ours, by our own clock as well: a paused process wakes late.

        Raises:
            LeaseLost: the lease is not ours any more; nothing more may be written.
        """
        if self._lost or time.monotonic() - self._renewed > self._lease_seconds:
            raise lease_lost()

    def find_cause(self, error: SyncError) -> SyncError:
        """Return the error that stopped the run: LeaseLost in place of the RunCancelled that a lost lease requests."""
        return lease_lost() if self._lost and isinstance(error, RunCancelled) else error

    def _run(self) -> None:
        while not self._stop_event.wait(self._interval):
            try:
                self._beat()
            except StoreError:
                # MongoDB is unavailable: the run meets the same error at its next write and reports it. The lease
                # stays ours until it expires, which ensure_held() checks.
                continue

    def _beat(self) -> None:
        requested_by = self._store.runs.record_heartbeat(self._run_id, self._progress())
        if requested_by:
            self._cancel.request(f"cancelled by {requested_by}")
        if time.monotonic() - self._renewed < self._lease_seconds / 3:
            return
        requested_at = time.monotonic()
        if self._store.leases.renew(self._lease, self._lease_seconds):
            self._renewed = requested_at
        else:
            self._lost = True
            self._cancel.request("the lease was lost")


def lease_lost() -> LeaseLost:
    """Create the error of a run that may write nothing more."""
    return LeaseLost(
        "The lease was lost: the run was held up, or another run took over.",
        "What was written stays written; start the sync again.",
    )
