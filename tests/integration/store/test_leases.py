"""The lease of an integration on a real mongod: who gets it, who holds it, who has lost it."""

import threading
from contextlib import suppress
from dataclasses import replace

import pytest

from odoo_sync_tui.core.errors import LeaseHeld
from odoo_sync_tui.core.run import Lease, Operator
from odoo_sync_tui.runtime.process_identity import ProcessIdentity, current_process
from odoo_sync_tui.store.database import Store
from odoo_sync_tui.store.runs import leases
from tests.support.store import database_of, taken, taken_when_free

THIS_PROCESS = current_process()
assert THIS_PROCESS is not None, "the tests of leases need /proc"
ENDED_PROCESS = replace(THIS_PROCESS, start_time=THIS_PROCESS.start_time + 1)


def test_of_many_only_one_gets_the_lease(store: Store):
    won: list[Lease] = []
    held: list[LeaseHeld] = []
    barrier = threading.Barrier(8)

    def contend(number: int) -> None:
        barrier.wait()
        try:
            won.append(taken(store, f"r{number}"))
        except LeaseHeld as error:
            held.append(error)

    for round_number in range(1, 6):
        threads = [threading.Thread(target=contend, args=(n,)) for n in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert (len(won), len(held)) == (round_number, 7 * round_number)
        store.leases.release(won[-1])
    assert [lease.fence for lease in won] == [1, 2, 3, 4, 5]


def test_a_lease_that_is_held_tells_by_whom(store: Store):
    taken(store)
    with pytest.raises(LeaseHeld, match=r"anna on box, since 20..-.*Wait until it ends"):
        taken(store, "r2")
    state = store.leases.state("odoo")
    assert state is not None
    assert (state.live, state.run_id, state.operator, state.host) == (True, "r1", "anna", "box")
    assert state.since is not None
    assert state.expires_at is not None
    assert 29 < (state.expires_at - state.since).total_seconds() <= 30


def test_the_name_of_a_lease_holder_is_never_read_as_a_field(store: Store):
    store.leases.acquire("odoo", Operator("$owner", "$$NOW", 1), "$fence", 30)
    state = store.leases.state("odoo")
    assert state is not None
    assert (state.operator, state.host, state.run_id) == ("$owner", "$$NOW", "$fence")


def test_a_released_lease_is_free_at_once_and_still_names_its_last_holder(store: Store):
    assert store.leases.state("odoo") is None
    store.leases.release(taken(store))
    state = store.leases.state("odoo")
    assert state is not None
    assert (state.live, state.run_id) == (False, "r1")
    assert taken(store, "r2").fence == 2


def test_an_expired_lease_can_be_taken_and_is_lost_to_its_holder(store: Store):
    old = taken(store, seconds=0.05)
    new = taken_when_free(store, "r2")
    assert new.fence == old.fence + 1
    assert not store.leases.renew(old, 30)
    store.leases.release(old)
    state = store.leases.state("odoo")
    assert state is not None
    assert (state.live, state.run_id) == (True, "r2")


def test_a_renewed_lease_holds(store: Store):
    lease = taken(store, seconds=1)
    assert store.leases.renew(lease, 60)
    state = store.leases.state("odoo")
    assert state is not None
    assert state.since is not None
    assert state.expires_at is not None
    assert (state.expires_at - state.since).total_seconds() > 50


def test_of_many_only_one_takes_the_lease_of_a_process_that_is_gone(store: Store, monkeypatch: pytest.MonkeyPatch):
    with monkeypatch.context() as dead_holder:
        dead_holder.setattr(leases, "current_process", lambda: ENDED_PROCESS)
        old = taken(store, "r0", seconds=3600)
    state = store.leases.state("odoo")
    assert state is not None
    assert (state.live, state.run_id) == (False, "r0")
    won: list[Lease] = []
    barrier = threading.Barrier(8)

    def contend(number: int) -> None:
        barrier.wait()
        with suppress(LeaseHeld):
            won.append(taken(store, f"r{number}"))

    threads = [threading.Thread(target=contend, args=(n,)) for n in range(1, 9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [lease.fence for lease in won] == [old.fence + 1]
    assert not store.leases.renew(old, 30)


@pytest.mark.parametrize("field", ["owner", "fence"])
def test_the_lease_of_a_process_that_is_gone_is_free_although_it_lacks_a_field(
    store: Store, monkeypatch: pytest.MonkeyPatch, field: str
):
    with monkeypatch.context() as dead_holder:
        dead_holder.setattr(leases, "current_process", lambda: ENDED_PROCESS)
        old = taken(store, "r0", seconds=3600)
    database_of(store).sync_leases.update_one({}, {"$unset": {field: ""}})
    new = taken(store, "r1")
    assert store.leases.renew(new, 30)
    assert not store.leases.renew(old, 30)


@pytest.mark.parametrize(
    "process",
    [
        None,
        replace(ENDED_PROCESS, boot_id="of another machine"),
        replace(ENDED_PROCESS, pid_namespace="pid:[1]"),
        THIS_PROCESS,
    ],
    ids=["unknown", "another machine's", "another container's", "alive"],
)
def test_a_lease_whose_holder_may_be_alive_is_held_until_it_expires(
    store: Store, monkeypatch: pytest.MonkeyPatch, process: ProcessIdentity | None
):
    with monkeypatch.context() as holder:
        holder.setattr(leases, "current_process", lambda: process)
        taken(store)
    with pytest.raises(LeaseHeld):
        taken(store, "r2")
    state = store.leases.state("odoo")
    assert state is not None
    assert state.live
