"""The limit of one Odoo host on a real mongod: who may call at once, who when, who waits, and what a dead one costs."""

import threading
from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from pymongo.database import Database

from odoo_sync_tui.core.errors import StoreError
from odoo_sync_tui.core.reports.fleet import HostLimit
from odoo_sync_tui.runtime.process_identity import current_process
from odoo_sync_tui.store.fleet.host_limits import Booking, HostLimits, HostUse
from odoo_sync_tui.store.fleet.store import open_fleet_store
from tests.support.store import config

HOST = "erp.example.com:8069"


@pytest.fixture
def limits(mongo_uri: str, database_name: str) -> Iterator[HostLimits]:
    with open_fleet_store(config(mongo_uri, database_name)) as fleet:
        yield fleet.host_limits


def book(limits: HostLimits, key: str, slots: int = 2, rate: float | None = None) -> Booking:
    return limits.book(HostLimit(HOST, slots, rate), key, 60)


def test_no_more_calls_hold_a_slot_than_the_limit_and_one_that_ends_frees_its_own(limits: HostLimits):
    assert [book(limits, key).has_slot for key in "abc"] == [True, True, False]
    assert limits.read(HOST) == HostUse(held=2, waiting=1)
    limits.release(HOST, "a")
    assert [book(limits, key).has_slot for key in "cd"] == [True, False]
    assert limits.read("another.example.com:443") == HostUse(held=0, waiting=0)


def test_of_many_at_once_never_more_get_through_than_there_are_slots(limits: HostLimits):
    lock, inside, peak, done = threading.Lock(), 0, 0, 0
    held: list[int] = []

    def call_often(name: int) -> None:
        nonlocal inside, peak, done
        for number in range(15):
            key = f"{name}-{number}"
            while not book(limits, key, slots=3).has_slot:
                pass
            with lock:
                inside += 1
                peak = max(peak, inside)
            held.append(limits.read(HOST).held)
            with lock:
                inside -= 1
                done += 1
            limits.release(HOST, key)

    threads = [threading.Thread(target=call_often, args=(name,)) for name in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (done, peak, max(held)) == (6 * 15, 3, 3)
    assert limits.read(HOST) == HostUse(held=0, waiting=0)


def test_no_more_calls_arrive_than_the_rate_says(limits: HostLimits, database: Database[dict[str, Any]]):
    for key in "abcde":
        assert book(limits, key, slots=5, rate=10).seconds <= 0.44
    held = database.host_limits.find_one({"_id": HOST})["held"]  # pyright: ignore[reportOptionalSubscript]
    starts = [slot["start"] for slot in held]
    assert all(later - sooner >= timedelta(seconds=0.11) for sooner, later in pairwise(starts))


def test_a_dead_holder_costs_its_slot_until_the_time_of_its_call_is_over(
    limits: HostLimits, database: Database[dict[str, Any]]
):
    assert book(limits, "dead").has_slot
    assert [book(limits, key).has_slot for key in "ab"] == [True, False]
    held = database.host_limits.find_one({"_id": HOST})["held"]  # pyright: ignore[reportOptionalSubscript]
    assert held[0]["until"] - held[0]["start"] == timedelta(seconds=70)
    database.host_limits.update_one({"held.key": "dead"}, {"$set": {"held.$.until": held[0]["start"]}})
    assert book(limits, "b").has_slot
    assert limits.read(HOST) == HostUse(held=2, waiting=0)


def test_what_a_process_of_this_machine_holds_is_free_as_soon_as_it_has_ended(
    limits: HostLimits, database: Database[dict[str, Any]]
):
    process = current_process()
    assert process is not None
    ended = asdict(replace(process, start_time=process.start_time + 1))
    for key in "abc":
        assert book(limits, key, slots=3).has_slot
    assert not book(limits, "d", slots=3).has_slot, "all holders live"
    for key, gone in (("a", ended), ("b", ended), ("c", {**ended, "boot_id": "of another machine"})):
        database.host_limits.update_one({"held.key": key}, {"$set": {"held.$.process": gone}})
    assert book(limits, "d", slots=3) == Booking(False, 0.0)
    assert book(limits, "d", slots=3).has_slot
    assert limits.read(HOST) == HostUse(held=2, waiting=0)


def test_a_changed_limit_holds_at_once(limits: HostLimits, database: Database[dict[str, Any]]):
    assert [book(limits, key, slots=1, rate=0.01).has_slot for key in "ab"] == [True, False]
    assert book(limits, "b", slots=2, rate=0.01).seconds > 99
    more = book(limits, "c", slots=3, rate=20)
    assert more.has_slot
    assert more.seconds <= 3 * 1.1 / 20
    limits.release(HOST, "c")
    assert not book(limits, "d", slots=2, rate=20).has_slot


def test_who_has_waited_long_gets_the_next_slot_before_those_who_take_theirs_again(
    limits: HostLimits, database: Database[dict[str, Any]]
):
    assert book(limits, "busy", slots=1).has_slot
    assert not book(limits, "patient", slots=1).has_slot
    limits.release(HOST, "busy")
    assert book(limits, "busy again", slots=1).has_slot, "a slot lay idle"
    age(database, "patient", "since", 1)
    limits.release(HOST, "busy again")
    assert not book(limits, "busy", slots=1).has_slot
    assert book(limits, "patient", slots=1).has_slot
    age(database, "busy", "since", 2)
    assert not book(limits, "other", slots=1).has_slot
    age(database, "other", "since", 1)
    limits.release(HOST, "patient")
    assert not book(limits, "other", slots=1).has_slot, "it asked later"
    assert book(limits, "busy", slots=1).has_slot


def test_who_waits_no_more_keeps_nobody_from_a_slot(limits: HostLimits, database: Database[dict[str, Any]]):
    assert [book(limits, key, slots=1).has_slot for key in ("holder", "gone", "left")] == [True, False, False]
    for key in ("gone", "left"):
        age(database, key, "since", 60)
    limits.release(HOST, "left")
    limits.release(HOST, "holder")
    assert not book(limits, "next", slots=1).has_slot
    age(database, "gone", "seen", 60)
    assert book(limits, "next", slots=1).has_slot
    assert limits.read(HOST) == HostUse(held=1, waiting=0)


def test_who_asks_again_is_seen_to_wait(limits: HostLimits, database: Database[dict[str, Any]]):
    assert [book(limits, key, slots=1).has_slot for key in ("holder", "waiter")] == [True, False]
    age(database, "waiter", "seen", 2)
    before = waiter(database)
    assert not book(limits, "waiter", slots=1).has_slot
    after = waiter(database)
    assert after["since"] == before["since"]
    assert after["seen"] > before["seen"]
    assert not book(limits, "waiter", slots=1).has_slot
    assert waiter(database) == after, "asking again wrote more than once a second"


@pytest.mark.parametrize(
    "odd",
    [
        {"held": 5, "waiting": "x", "last_start": "y"},
        {"held": None, "waiting": [7], "last_start": None},
        {"held": [{"key": "a", "until": datetime(9999, 1, 1)}], "last_start": datetime(9999, 1, 1)},  # noqa: DTZ001
    ],
)
def test_what_another_program_left_there_holds_up_nobody(
    limits: HostLimits, database: Database[dict[str, Any]], odd: dict[str, Any]
):
    database.host_limits.insert_one({"_id": HOST, **odd})
    assert book(limits, "a", slots=1, rate=100) == Booking(True, pytest.approx(0, abs=1.1 / 100))
    assert limits.read(HOST).held == 1


def test_a_booking_that_cannot_be_made_is_an_error_of_the_store(mongo_uri: str):
    with open_fleet_store(config(mongo_uri, "a")) as fleet:
        pass
    with pytest.raises(StoreError, match="booking a call to Odoo"):
        book(fleet.host_limits, "a")


def age(database: Database[dict[str, Any]], key: str, field: str, seconds: float) -> None:
    """Let somebody have waited, or not asked, for so long."""
    found = waiter(database, key)[field] - timedelta(seconds=seconds)
    database.host_limits.update_one({"_id": HOST, "waiting.key": key}, {"$set": {f"waiting.$.{field}": found}})


def waiter(database: Database[dict[str, Any]], key: str = "waiter") -> dict[str, Any]:
    document = database.host_limits.find_one({"_id": HOST}) or {}
    return next(each for each in document["waiting"] if each["key"] == key)
