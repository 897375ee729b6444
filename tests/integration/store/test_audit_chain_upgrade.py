"""A history that an earlier version began, or goes on with beside the chain."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from bson import ObjectId
from pymongo.database import Database

from odoo_sync_tui.core.audit.events import ChainBreak
from odoo_sync_tui.store.database import Store
from tests.support.audit_history import append_as_earlier, event, verified, write_earlier_run, write_run
from tests.support.store import AT, database_of

Fields = dict[str, Any]
Tamper = Callable[[Database[Fields]], object]
PLAIN = {"source": "odoo", "action": "sync_users", "timestamp": AT, "user_id": "old"}


@pytest.fixture
def upgraded(store: Store) -> Store:
    """Two runs and an event of no run by the version before, one plain event of the first version, and a new run."""
    database_of(store).audit_log.insert_one({**PLAIN, "id": "plain"})
    write_earlier_run(store, "a")
    write_earlier_run(store, "b")
    append_as_earlier(database_of(store), event(1, None))
    write_run(store, "c")
    return store


def test_a_history_from_before_the_upgrade_is_intact(upgraded: Store):
    report, found = verified(upgraded)
    assert (report.events, report.runs, report.unchained, report.outside, found) == (11, 3, 1, 0, [])
    assert report.is_intact


def remove(**query: object) -> Tamper:
    return lambda database: database.audit_log.delete_many(query)


def remove_run(database: Database[Fields]) -> None:
    database.audit_log.delete_many({"run_id": "b"})
    database.sync_runs.delete_one({"_id": "b"})


def insert(**values: object) -> Tamper:
    return lambda database: database.audit_log.insert_one({**PLAIN, **values})


def insert_as_older(database: Database[Fields]) -> None:
    """Insert a plain event with an id between those that were there before the chain."""
    first = database.audit_log.find_one({"id": "plain"}) or {}
    insert(_id=ObjectId(first["_id"].binary[:-1] + b"\0"))(database)


TAMPERINGS: dict[str, tuple[Tamper, ChainBreak]] = {
    "a plain old event is removed": (
        remove(id="plain"), ChainBreak("1 of the 2 events from before the chain are missing")),
    "an old event of no run is removed": (
        remove(id="None-1"), ChainBreak("1 of the 2 events from before the chain are missing")),
    "an old run is removed with its record": (
        remove_run, ChainBreak("3 of the 6 events from before the chain are missing")),
    "the end of an old run is removed": (
        remove(id="b-3"), ChainBreak("of its 3 events, the last 1 are missing", "b")),
    "a plain event is inserted": (
        insert(id="x"), ChainBreak("it has no place in the chain: it was added or changed", None, "x")),
    "a plain event is inserted as if it were older": (
        insert_as_older, ChainBreak("1 events without a place in the chain were added as if they were older than it")),
    "a plain event is inserted with an id of another kind": (
        insert(_id="x"), ChainBreak("1 events without a place in the chain were added as if they were older than it")),
}  # fmt: skip


@pytest.mark.parametrize("name", TAMPERINGS)
def test_a_falsification_of_what_is_older_than_the_chain_is_found(
    upgraded: Store, database: Database[Fields], name: str
):
    tamper, expected = TAMPERINGS[name]
    tamper(database)
    report, found = verified(upgraded)
    assert expected in found
    assert not report.is_intact


def test_a_run_of_an_earlier_version_since_the_upgrade_is_unproven_and_not_called_false(upgraded: Store):
    write_earlier_run(upgraded, "late")
    report, found = verified(upgraded)
    assert (report.breaks, report.outside, report.unproven, found) == (0, 3, 3, [])
    assert not report.is_intact
    assert report.head
    again, found = verified(upgraded, report.head)
    assert (again.is_intact, again.outside, again.unproven, found) == (True, 3, 0, [])


def test_an_end_that_an_earlier_version_gives_a_run_of_this_one_is_unproven(
    upgraded: Store, database: Database[Fields]
):
    write_run(upgraded, "mixed", 2)
    append_as_earlier(database, event(9, "mixed"))
    upgraded.audit.append(event(10, "mixed"))
    report, found = verified(upgraded)
    assert (report.breaks, report.unproven, found) == (0, 1, [])


def test_an_event_of_an_earlier_version_whose_clock_is_behind_is_unproven_too(
    upgraded: Store, database: Database[Fields]
):
    write_earlier_run(upgraded, "late", 1)
    stored = database.audit_log.find_one_and_delete({"run_id": "late"}) or {}
    database.audit_log.insert_one({**stored, "_id": ObjectId(b"\0" * 12)})
    report, found = verified(upgraded)
    assert (report.breaks, report.unproven, found) == (0, 1, [])


def test_a_badly_made_event_of_an_earlier_version_is_a_break(upgraded: Store, database: Database[Fields]):
    write_earlier_run(upgraded, "late")
    database.audit_log.update_one({"id": "late-2"}, {"$set": {"user_id": "eve"}})
    assert verified(upgraded)[1] == [ChainBreak("it was changed", "late", "late-2")]
