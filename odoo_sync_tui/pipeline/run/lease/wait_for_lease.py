"""Wait for the lease while another run is at work."""

from __future__ import annotations

import time
from collections.abc import Callable

from odoo_sync_tui.core.errors import LeaseHeld
from odoo_sync_tui.core.result import SyncResult
from odoo_sync_tui.core.run import LeaseState
from odoo_sync_tui.runtime.cancel import CancelToken

POLL_INTERVAL_SECONDS = 1.0


def run_when_lease_is_free(
    run: Callable[[], SyncResult],
    get_lease: Callable[[], LeaseState | None],
    cancel: CancelToken,
    timeout_seconds: float,
    on_held: Callable[[LeaseHeld], None],
) -> SyncResult:
    """Run as soon as the lease is free. Of several waiting runs, any may be the next.

    Args:
        run: executes the run.
        get_lease: reads the lease with its present or last holder, by the database server's clock.
        cancel: ends the wait as it would end the run.
        timeout_seconds: how long to wait at most; infinity: until the lease is free.
        on_held: called with the error that names the holder, once for each run to wait for.

    Raises:
        LeaseHeld: other runs were at work all that time.
        RunCancelled: a stop was requested.
        SyncError: any error of the run.
    """
    deadline = time.monotonic() + timeout_seconds
    while True:
        try:
            return run()
        except LeaseHeld as error:
            if time.monotonic() >= deadline:
                raise
            on_held(error)
        _wait_for_release(get_lease, cancel, deadline)


def _wait_for_release(lease: Callable[[], LeaseState | None], cancel: CancelToken, deadline: float) -> None:
    """Wait until the present holder of the lease has released or lost it."""
    holder = lease()
    state = holder
    while holder and state and state.live and state.run_id == holder.run_id:
        remaining = deadline - time.monotonic()
        if remaining <= 0:
            return
        cancel.sleep(min(remaining, POLL_INTERVAL_SECONDS))
        state = lease()
