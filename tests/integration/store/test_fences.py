"""A number that is no fence of a run blocks no run, and an older run still writes nothing over a newer one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from bson import DatetimeMS, MaxKey, Timestamp
from pymongo.collection import Collection

from odoo_sync_tui.core.entity import BrokenRule, InactiveReason, RejectedRow
from odoo_sync_tui.core.errors import LeaseHeld, LeaseLost
from odoo_sync_tui.core.run import SyncStatus
from odoo_sync_tui.store.database import Store
from odoo_sync_tui.store.documents.changes import WriteReport
from tests.support.odd_fences import ODD_VALUES
from tests.support.slow import slow
from tests.support.store import ACCOUNTS, ANNA, LAKE, created, database_of, stored, taken, update

OLDER, NEWER = 7, 8
FAR_TIMES = (
    timedelta(hours=3), datetime(9999, 12, 31, tzinfo=UTC), DatetimeMS(2**62), MaxKey(), Timestamp(2**31, 1), 1e300,
    "9999-12-31", [datetime(9999, 12, 31, tzinfo=UTC)],
)  # fmt: skip
HARDEST = ("9223372036854775807", "nan", "-inf", "'9999-12-31'", "[1]", "None", "MaxKey()")
"""Of the odd values one of each kind: the largest number, what equals not even itself, what is below all, and so on."""

CASES = [pytest.param(odd, marks=() if repr(odd) in HARDEST else pytest.mark.slow) for odd in ODD_VALUES]


@pytest.fixture
def lake(store: Store) -> Collection[Any]:
    return database_of(store).data_lake_serving


def write(store: Store, name: str, fence: int) -> WriteReport:
    return store.documents.write(LAKE, [update(1, stored(store, 1).key, name=name)], fence)


@pytest.mark.parametrize("odd", CASES, ids=repr)
def test_after_an_odd_fence_the_newer_run_writes_a_document_and_the_older_one_does_not(
    store: Store, lake: Collection[Any], odd: object
):
    store.documents.write(LAKE, created(ACCOUNTS, 1, name="first"), OLDER)
    lake.update_one({}, {"$set": {"fence": odd}})
    assert write(store, "newer", NEWER) == WriteReport(written=1)
    assert write(store, "older", OLDER) == WriteReport(stale=1)
    assert store.documents.retire(LAKE, [1], InactiveReason.DELETED, OLDER) == 0
    found = lake.find_one()
    assert (found["data"]["name"], found["fence"], found["is_active"]) == ("newer", NEWER, True)


@pytest.mark.parametrize("odd", CASES, ids=repr)
def test_a_document_with_an_odd_fence_is_retired(store: Store, lake: Collection[Any], odd: object):
    store.documents.write(LAKE, created(ACCOUNTS, 1), OLDER)
    lake.update_one({}, {"$set": {"fence": odd}})
    assert store.documents.retire(LAKE, [1], InactiveReason.DELETED, NEWER) == 1


@pytest.mark.parametrize("odd", CASES, ids=repr)
def test_after_an_odd_fence_only_the_newer_run_writes_the_quarantine(store: Store, odd: object):
    rows = [RejectedRow(1, "why", BrokenRule.VALUES)]
    store.quarantine.put("users", "r1", rows, OLDER)
    database_of(store).sync_quarantine.update_one({}, {"$set": {"fence": odd}})
    store.quarantine.put("users", "r2", rows, NEWER)
    with pytest.raises(LeaseLost, match=r"If there is none.*odoo-sync-tui lease free"):
        store.quarantine.put("users", "r1", rows, OLDER)
    store.quarantine.clear("users", [1], OLDER)
    assert store.quarantine.counts() == {"users": (1, 0)}


@pytest.mark.parametrize("odd", CASES, ids=repr)
def test_after_an_odd_fence_only_the_newer_run_writes_the_integration(store: Store, odd: object):
    assert store.integrations.set_status(SyncStatus.RUNNING, fence=OLDER, error_message=None)
    database_of(store).integrations.update_one({}, {"$set": {"fence": odd}})
    assert store.integrations.fence() <= OLDER
    assert store.integrations.set_status(SyncStatus.RUNNING, fence=NEWER, error_message=None)
    assert not store.integrations.set_status(SyncStatus.FAILED, fence=OLDER, error_message="late")


@pytest.mark.parametrize("odd", [*CASES, 0, 1.0], ids=repr)
def test_the_fence_after_an_odd_one_is_above_that_of_a_lease_which_nothing_else_recorded(store: Store, odd: object):
    for number in range(4):
        old = taken(store, f"r{number}")
        store.leases.release(old)
    recorded = old.fence - 2  # the last two have died before their first record
    database_of(store).sync_leases.update_one({}, {"$set": {"fence": odd}})
    new = store.leases.acquire("odoo", ANNA, "r9", 30, recorded)
    assert new.fence > old.fence
    assert not store.leases.renew(old, 30)
    assert store.leases.renew(new, 30)
    store.leases.release(new)
    assert taken(store).fence == new.fence + 1


@pytest.mark.parametrize("far", FAR_TIMES, ids=repr)
def test_a_lease_that_expires_when_no_lease_of_a_run_does_is_free(store: Store, far: object):
    old = taken(store)
    far = datetime.now(UTC) + far if isinstance(far, timedelta) else far
    database_of(store).sync_leases.update_one({}, {"$set": {"expires_at": far}})
    state = store.leases.state("odoo")
    assert state is not None
    assert not state.live
    assert taken(store, "r2").fence == old.fence + 1
    assert not store.leases.renew(old, 30)


def test_a_lease_as_long_as_the_settings_allow_is_held(store: Store):
    taken(store, seconds=3600)
    with pytest.raises(LeaseHeld):
        taken(store, "r2")


@pytest.mark.parametrize("field", ["owner", "operator", "process", *slow(["run_id", "host", "pid", "client", "since"])])
def test_a_lease_with_an_odd_field_is_read_and_taken_when_it_has_expired(store: Store, field: str):
    for odd in ODD_VALUES:
        old = taken(store)
        database_of(store).sync_leases.update_one({}, {"$set": {field: odd}})
        assert store.leases.state("odoo") is not None
        with pytest.raises(LeaseHeld):
            taken(store, "r2")
        database_of(store).sync_leases.update_one({}, {"$set": {"expires_at": datetime(2020, 1, 1, tzinfo=UTC)}})
        new = taken(store, "r2")
        assert new.fence == old.fence + 1
        store.leases.release(new)
