"""Readers of the change log: the order, positions of consumers, what is not kept any more, documents as they were."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from time import monotonic
from typing import Any

import pytest
from bson import Int64
from pymongo.database import Database

from odoo_sync_tui.core.changes.reading import ChangeGap, ChangeQuery
from odoo_sync_tui.core.errors import ChangesMissed, ConfigurationError
from odoo_sync_tui.core.reports.overview import StoreInfo
from odoo_sync_tui.core.text.times import format_local_time
from odoo_sync_tui.entities import opportunities
from odoo_sync_tui.pipeline.catalog import build_catalog
from odoo_sync_tui.pipeline.queries.changes import ChangeQueries
from odoo_sync_tui.pipeline.queries.subscription import subscribe
from odoo_sync_tui.settings.load import build_settings_from_overrides
from odoo_sync_tui.settings.model import Settings
from odoo_sync_tui.store.change_log import past, reader
from odoo_sync_tui.store.change_log.arrivals import ChangeArrivals
from odoo_sync_tui.store.database import Store
from tests.support.logged_entries import BEGIN, LEADS, after, changed, entry, lead, write

Fields = dict[str, Any]
ALL = ChangeQuery()


@pytest.fixture
def settings(mongo_uri: str, database_name: str) -> Settings:
    return build_settings_from_overrides({"mongo.uri": mongo_uri, "mongo.database": database_name})


@pytest.fixture
def queries(store: Store, settings: Settings) -> ChangeQueries:
    return ChangeQueries(store, settings, build_catalog(settings))


def numbers(store: Store, query: ChangeQuery = ALL, after: int = 0, limit: int = 100) -> list[int]:
    return [change.number for change in store.changes.page(query, after, limit).changes]


def expire(database: Database[Fields], through: int) -> None:
    """What the server does with entries that are older than they are kept."""
    database.sync_changes.delete_many({"_id": {"$lte": through}})


def test_entries_come_in_the_order_of_their_numbers_whatever_their_times_are(
    store: Store, database: Database[Fields], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(reader, "SCANNED_NUMBERS", 3)  # several statements, and holes wider than one
    write(database, entry(2, at=after(50)), entry(1), entry(20, at=after(3)), entry(40, entity="users"), entry(41))
    assert numbers(store) == [1, 2, 20, 40, 41]
    first = store.changes.page(ALL, 0, 2)
    assert (first.through, first.is_last) == (2, False)
    assert numbers(store, after=first.through) == [20, 40, 41]
    assert numbers(store, ChangeQuery((LEADS,))) == [1, 2, 20, 41]
    end = store.changes.page(ALL, 41, 2)
    assert (end.changes, end.through, end.is_last) == ((), 41, True)


def test_an_entry_that_comes_while_the_log_is_read_is_on_the_next_page(store: Store, database: Database[Fields]):
    write(database, entry(1, entity="users"))
    page = store.changes.page(ChangeQuery((LEADS,)), 0, 10)
    write(database, entry(2))
    assert (page.through, numbers(store, ChangeQuery((LEADS,)), page.through)) == (1, [2])


def test_fields_are_found_by_name_and_pattern_and_what_is_not_known_is_not_left_out(
    store: Store, database: Database[Fields]
):
    write(
        database,
        entry(1, 1, changed("data.stage_id", 1, 2)),
        entry(2, 1, changed("data.extra.x_colour", 1, 2)),
        entry(3, fields=[], values_omitted=True),
        entry(4, 1, changed("data.name", "a", "b")),
        {"_id": Int64(5), "type": 7, "entity": []},  # of another program
    )
    assert numbers(store, ChangeQuery(fields=("stage_id",))) == [1, 3]
    assert numbers(store, ChangeQuery(fields=("x_*",))) == [2, 3]
    assert numbers(store) == [1, 2, 3, 4]


def test_what_is_not_kept_any_more_is_a_gap_and_what_is_still_to_come_is_none(store: Store, database: Database[Fields]):
    write(database, *map(entry, range(1, 8)))
    assert [store.changes.find_gap(each) for each in (0, 6, 7)] == [None, None, None]
    database.sync_changes.delete_one({"_id": 6})  # erased
    assert store.changes.find_gap(5) is None
    expire(database, 4)
    assert store.changes.find_gap(2) == ChangeGap(2, 4)
    assert store.changes.find_gap(4) is None
    assert store.changes.find_start() == 4
    expire(database, 7)
    assert store.changes.find_gap(5) == ChangeGap(5, 7)
    assert store.changes.find_start() == 7
    database.sync_change_log.update_one({}, {"$set": {"seq": 9, "batch": [entry(8), entry(9)]}})  # a run was killed
    assert (store.changes.find_gap(5), store.changes.find_gap(7)) == (ChangeGap(5, 7), None)


def test_a_consumer_is_given_each_entry_until_it_acknowledges_it(
    settings: Settings, database: Database[Fields], queries: ChangeQueries
):
    write(database, *map(entry, range(1, 5)))
    with subscribe(settings, "warehouse", follow=False) as changes:
        first, second, *_ = changes
        changes.ack(second)
        changes.ack(first)  # overtaken by the other
    assert (first.type, first.fields[0].old, second.odoo_id) == ("opportunity.updated", "old 1", 1)
    for _ in range(2):
        with subscribe(settings, "warehouse", follow=False) as changes:
            assert [change.number for change in changes] == [3, 4]
    with subscribe(settings, "mails", fields=["stage_id"], follow=False) as changes:
        assert list(changes) == []
    assert [(each.name, each.position, behind) for each, behind in queries.list_consumers()] == [("warehouse", 2, 2)]
    queries.rewind("warehouse", 0)
    with subscribe(settings, "warehouse", follow=False) as changes:
        assert [change.number for change in changes] == [1, 2, 3, 4]


def test_a_consumer_that_was_away_too_long_is_told_what_it_missed_until_it_acknowledges(
    settings: Settings, database: Database[Fields], queries: ChangeQueries
):
    write(database, *map(entry, range(1, 10)))
    queries.acknowledge("warehouse", 2)
    expire(database, 6)
    for _ in range(2):
        with subscribe(settings, "warehouse", follow=False) as changes:
            with pytest.raises(ChangesMissed, match="entries 3 to 6") as missed:
                next(changes)
            assert (missed.value.after, missed.value.through) == (2, 6)
            found = list(changes)
            assert [change.number for change in found] == [7, 8, 9]
    queries.acknowledge("warehouse", 7)
    with subscribe(settings, "warehouse", follow=False) as changes:
        assert [change.number for change in changes] == [8, 9]
    with subscribe(settings, "new", follow=False) as changes:  # it missed nothing
        assert next(changes).number == 7


def test_a_position_that_the_log_has_not_reached_is_refused(
    settings: Settings, database: Database[Fields], queries: ChangeQueries
):
    write(database, *map(entry, range(1, 10)))
    with pytest.raises(ConfigurationError, match="no entry 10: its last one is 9"):
        queries.acknowledge("warehouse", 10)
    queries.acknowledge("warehouse", 9)
    database.sync_changes.delete_many({"_id": {"$gt": 5}})
    database.sync_change_log.update_one({}, {"$set": {"seq": 5}})  # an older copy of the lake
    with pytest.raises(ConfigurationError, match="restored from an older copy"):
        subscribe(settings, "warehouse")
    with pytest.raises(ConfigurationError, match="There is no entity named leads"):
        subscribe(settings, "other", entities=["leads"])
    with pytest.raises(ConfigurationError, match="needs a name"):
        subscribe(settings, "\x1b[2J")


def test_who_only_reads_cannot_acknowledge(mongo_uri: str, database_name: str, database: Database[Fields]):
    write(database, entry(1))
    values = {"mongo.uri": mongo_uri, "mongo.database": database_name, "read_only": True}
    with subscribe(build_settings_from_overrides(values), "warehouse", follow=False) as changes:
        (change,) = changes
        with pytest.raises(ConfigurationError, match="read_only"):
            changes.ack(change)
    assert database.sync_consumers.count_documents({}) == 0


@pytest.mark.parametrize("has_change_streams", [True, False])
def test_a_follower_is_given_what_comes_and_ends_when_it_is_closed(
    settings: Settings, database: Database[Fields], has_change_streams: bool, monkeypatch: pytest.MonkeyPatch
):
    topology = "replica set" if has_change_streams else "standalone"
    opened = Store.__init__

    def open_as(self: Store, database: Any, errors: Any, info: StoreInfo, *rest: Any) -> None:
        opened(self, database, errors, StoreInfo(info.version, topology, info.database), *rest)

    monkeypatch.setattr(Store, "__init__", open_as)
    monkeypatch.setattr("odoo_sync_tui.pipeline.queries.subscription.WAIT_SECONDS", 0.1)
    write(database, entry(1))
    with subscribe(settings, "warehouse") as changes:
        assert next(changes).number == 1
        later = threading.Timer(0.15, write, (database, entry(2), entry(3)))
        later.start()
        assert [next(changes).number, next(changes).number] == [2, 3]
        later.join()
        threading.Timer(0.15, changes.close).start()
        assert list(changes) == []


def test_a_change_stream_wakes_at_once(store: Store, database: Database[Fields]):
    write(database, entry(1))
    arrivals: ChangeArrivals = store.open_arrivals()
    arrivals.wait(1, 0.01)  # opens the stream
    write(database, entry(2))
    begun = monotonic()
    arrivals.wait(1, 60)
    assert monotonic() - begun < 30
    arrivals.close()


def export(queries: ChangeQueries, at: float | None) -> Iterator[Fields]:
    found = queries.open_export("opportunities", None if at is None else after(at))
    return ({**document.fields} for document in found)


def test_documents_are_shown_as_they_were_with_what_was_logged_since_undone(
    queries: ChangeQueries, database: Database[Fields], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(past, "BATCH_SIZE", 2)
    pending = {
        "token": "run-2:1",
        "entity": LEADS,
        "subject": "opportunity",
        "active_field": "is_active",
        "odoo_id": 5,
        "at": after(9),
        "old": {"data": {"id": 5, "name": "a"}},
        "new": {"data": {"id": 5, "name": "b"}},
    }
    retired = [changed("is_active", True, False), {"name": "inactive_reason", "new": "deleted"}]
    database.data_lake_serving.insert_many(
        [
            lead(1, name="c", extra={"x_a": 1}),
            lead(2, name="same"),
            lead(3, name="born later"),
            lead(4, name="quiet") | {"is_active": False, "inactive_reason": "deleted"},
            lead(4, name="another program's") | {"_id": "older", "serving_id": "older"},
            lead(5, name="b") | {"pending_changes": [pending]},
        ]
    )
    write(
        database,
        entry(1, 1, changed("data.name", "a", "b")),
        entry(
            2,
            1,
            changed("data.name", "b", "c"),
            {"name": "data.extra", "new": {}},
            {"name": "data.extra.x_a", "new": 1},
        ),
        entry(3, 3, kind="created"),
        entry(4, 4, *retired, kind="retired"),
    )
    now = list(export(queries, None))
    assert [each["_id"] for each in now] == [
        *(f"odoo_opportunity_{n}" for n in (1, 2, 3)),
        *(each["_id"] for each in now[3:5]),
        "odoo_opportunity_5",
    ]
    assert {name for each in now for name in each} == {
        "_id",
        "serving_id",
        "entity_type",
        "data",
        "is_active",
        "inactive_reason",
    }
    (one, two, four, other, five) = export(queries, 1.5)
    assert one["data"] == {"id": 1, "name": "b"}
    assert two["data"]["name"] == "same"
    assert {each["_id"]: (each["is_active"], "inactive_reason" in each) for each in (four, other)} == {
        "odoo_opportunity_4": (True, False),
        "older": (True, False),
    }
    assert five["data"]["name"] == "a"
    assert next(export(queries, 0))["data"]["name"] == "a"
    assert len(list(export(queries, 3))) == 6  # what happened at that very moment has happened


def test_a_moment_that_the_log_does_not_reach_is_refused_with_its_beginning(
    queries: ChangeQueries, database: Database[Fields]
):
    with pytest.raises(ConfigurationError, match="is not complete"):
        queries.open_export("opportunities", after(0))
    write(database, *map(entry, range(1, 5)))
    with pytest.raises(ConfigurationError, match=f"begins at {format_local_time(BEGIN)}"):
        queries.open_export("opportunities", after(-1))
    database.sync_changes.update_one({"_id": 3}, {"$set": {"at": after(2.999)}})
    expire(database, 2)
    with pytest.raises(ConfigurationError, match=f"begins at {format_local_time(after(3))}"):
        queries.open_export("opportunities", after(2))
    queries.open_export("opportunities", after(3))
    expire(database, 4)
    with pytest.raises(ConfigurationError, match="begins at"):
        queries.open_export("opportunities", after(4))
    write(database, entry(5))
    with pytest.raises(ConfigurationError, match="is still to come"):
        queries.open_export("opportunities", after(10**8))


def test_what_the_server_is_about_to_remove_is_not_relied_on(queries: ChangeQueries, database: Database[Fields]):
    write(database, entry(1))
    queries.open_export("opportunities", BEGIN)
    database.command("collMod", "sync_changes", index={"keyPattern": {"at": 1}, "expireAfterSeconds": 3600})
    with pytest.raises(ConfigurationError, match="begins at"):
        queries.open_export("opportunities", BEGIN + timedelta(minutes=1))


def test_a_document_of_which_nobody_knows_how_it_was_is_left_out_and_named(
    queries: ChangeQueries, database: Database[Fields]
):
    database.data_lake_serving.insert_many([lead(1), lead(2)])
    write(database, entry(1, 2, fields=[], values_omitted=True))
    found = queries.open_export("opportunities", BEGIN)
    assert [document.odoo_id for document in found] == [1]
    assert found.unknown_ids == [2]


def test_no_statement_of_an_export_holds_more_than_a_batch(
    queries: ChangeQueries, database: Database[Fields], store: Store, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(past, "BATCH_SIZE", 10)
    database.data_lake_serving.insert_many([lead(number) for number in range(1, 96)])
    write(database, *(entry(number, number) for number in range(1, 96)))
    moment, sizes, last = store.past.find_moment(BEGIN), list[int](), 0
    while last is not None:
        batch = store.past.read(opportunities.ENTITY, last, moment)
        sizes.append(len(batch.documents))
        last = batch.after
    assert (max(sizes), sum(sizes)) == (9, 95)  # the last of a full batch waits for others of its id
