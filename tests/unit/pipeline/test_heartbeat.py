"""The heartbeat holds a run's lease, hears who wants the run to stop, and knows when nothing more may be written."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import pytest

from odoo_sync_tui.core.errors import LeaseLost, RunCancelled
from odoo_sync_tui.core.run import Lease
from odoo_sync_tui.pipeline import heartbeat
from odoo_sync_tui.pipeline.heartbeat import Heartbeat
from odoo_sync_tui.runtime.cancel import CancelToken
from tests.support.world import wait_until

LEASE_SECONDS = 60.0


class FakeStore:
    """A store that grants or refuses to renew the lease, and knows who has asked the run to stop."""

    def __init__(self, *, grants: bool = True, requested_by: str | None = None) -> None:
        self.asked = threading.Event()
        self._grants = grants
        self.runs = SimpleNamespace(record_heartbeat=lambda *_: requested_by)
        self.leases = SimpleNamespace(renew=self._renew)

    def _renew(self, *_: object) -> bool:
        self.asked.set()
        return self._grants


def make_heartbeat(age: float, store: FakeStore | None = None, cancel: CancelToken | None = None) -> Heartbeat:
    """A heartbeat whose lease was requested ``age`` seconds ago."""
    unused = cast("Any", None)
    lease = Lease("odoo", "me", 1, datetime.now(UTC))
    held_since = time.monotonic() - age
    return Heartbeat(
        cast("Any", store), lease, "run", LEASE_SECONDS, lambda: unused, cancel or CancelToken(), held_since
    )


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the heart beat without a pause worth mentioning."""
    monkeypatch.setattr(heartbeat, "HEARTBEAT_INTERVAL_SECONDS", 0.001)


def test_a_lease_that_was_just_requested_allows_writes() -> None:
    make_heartbeat(0.0).ensure_held()


def test_a_lease_that_was_not_renewed_in_time_allows_no_write() -> None:
    with pytest.raises(LeaseLost):
        make_heartbeat(LEASE_SECONDS + 1).ensure_held()


@pytest.mark.usefixtures("at_once")
def test_a_lease_is_renewed_while_the_run_is_at_work_and_allows_writes_from_then_on() -> None:
    store = FakeStore()
    beating = make_heartbeat(LEASE_SECONDS + 1, store)
    with beating:
        wait_until(store.asked.is_set)
    beating.ensure_held()


@pytest.mark.usefixtures("at_once")
def test_a_lease_that_is_not_renewed_stops_the_run_as_lost_not_as_cancelled() -> None:
    store, cancel = FakeStore(grants=False), CancelToken()
    beating = make_heartbeat(LEASE_SECONDS / 2, store, cancel)
    with beating:
        wait_until(lambda: cancel.is_requested)
    with pytest.raises(LeaseLost):
        beating.ensure_held()
    assert isinstance(beating.find_cause(RunCancelled("The run was stopped.")), LeaseLost)


@pytest.mark.usefixtures("at_once")
def test_a_request_to_stop_from_elsewhere_cancels_the_run_in_the_name_of_who_asked() -> None:
    store, cancel = FakeStore(requested_by="eve"), CancelToken()
    with make_heartbeat(0.0, store, cancel):
        wait_until(lambda: cancel.is_requested)
    assert cancel.reason == "cancelled by eve"
