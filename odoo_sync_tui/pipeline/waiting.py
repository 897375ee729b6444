"""Waits for its turn where another run is at work."""

from __future__ import annotations

import time
from collections.abc import Callable

from odoo_sync_tui.core.cancel import CancelToken
from odoo_sync_tui.core.errors import LeaseHeld
from odoo_sync_tui.core.result import SyncResult
from odoo_sync_tui.core.run import LeaseState

SECONDS_BETWEEN_LOOKS = 1.0


def run_when_free(
    run: Callable[[], SyncResult],
    lease: Callable[[], LeaseState | None],
    cancel: CancelToken,
    patience_seconds: float,
    held: Callable[[LeaseHeld], None],
) -> SyncResult:
    """Run as soon as nobody else does. Of several that wait, any may be the next.

    Args:
        run: begins the run.
        lease: who holds, or last held, the lease, by the database server's clock.
        cancel: ends the waiting as it would end the run.
        patience_seconds: how long to wait at most; infinity: until it is free.
        held: told who is at work, once for each run that is waited for.

    Raises:
        LeaseHeld: somebody was at work all that time.
        RunCancelled: a stop was requested.
        SyncError: whatever the run raises.
    """
    deadline = time.monotonic() + patience_seconds
    while True:
        try:
            return run()
        except LeaseHeld as error:
            if time.monotonic() >= deadline:
                raise
            held(error)
        _wait_for_an_end(lease, cancel, deadline)


def _wait_for_an_end(lease: Callable[[], LeaseState | None], cancel: CancelToken, deadline: float) -> None:
    """Wait until the run that holds the lease now does so no more."""
    holder = lease()
    state = holder
    while holder and state and state.live and state.run_id == holder.run_id:
        left = deadline - time.monotonic()
        if left <= 0:
            return
        cancel.sleep(min(left, SECONDS_BETWEEN_LOOKS))
        state = lease()
