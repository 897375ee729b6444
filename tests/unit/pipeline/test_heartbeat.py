"""The heartbeat holds a run's lease, and knows when nothing more may be written."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from odoo_sync_tui.core.errors import LeaseLost
from odoo_sync_tui.core.run import Lease
from odoo_sync_tui.pipeline.heartbeat import Heartbeat
from odoo_sync_tui.runtime.cancel import CancelToken

LEASE_SECONDS = 60.0


def make_heartbeat(age: float) -> Heartbeat:
    """A heartbeat that is never started, whose lease was requested ``age`` seconds ago."""
    unused = cast("Any", None)
    lease = Lease("odoo", "me", 1, datetime.now(UTC))
    return Heartbeat(unused, lease, "run", LEASE_SECONDS, unused, CancelToken(), time.monotonic() - age)


def test_a_lease_that_was_just_requested_allows_writes() -> None:
    make_heartbeat(0.0).ensure_held()


def test_a_lease_that_was_not_renewed_in_time_allows_no_write() -> None:
    with pytest.raises(LeaseLost):
        make_heartbeat(LEASE_SECONDS + 1).ensure_held()
