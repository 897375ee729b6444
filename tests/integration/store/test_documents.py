"""Documents on a real mongod: what a bulk does to good, bad, foreign and contested documents."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from bson import Decimal128, ObjectId
from pymongo import MongoClient
from pymongo.collection import Collection
from pymongo.monitoring import CommandListener, CommandStartedEvent

from odoo_sync_tui.core.entity import Block, Document, InactiveReason, RelatedRecord
from odoo_sync_tui.store.database import Store
from odoo_sync_tui.store.documents import document_store as documents
from odoo_sync_tui.store.documents.changes import ChangeKind, WriteReport
from odoo_sync_tui.store.driver.values import CODEC_OPTIONS, content_hash
from tests.support.store import (
    ACCOUNTS,
    DEPARTMENTS,
    LAKE,
    PEOPLE,
    USERS,
    change,
    created,
    database_of,
    document,
    stored,
    update,
)


@pytest.fixture
def lake(store: Store) -> Collection[Any]:
    return database_of(store).data_lake_serving


# -------------------------------------------------------------------------------------------------- what is written


def test_values_of_a_document_come_back_as_they_went_in(store: Store, lake: Collection[Any]):
    made = Document(
        1,
        True,
        {"data": {"id": 1, "amount": Decimal("10.50"), "tags": (3, 4), "at": datetime(2024, 2, 29, tzinfo=UTC)}},
        {"serving_id": "odoo_account_1"},
    )
    assert store.documents.write(LAKE, [change(ChangeKind.CREATED, made)], 1) == WriteReport(written=1)
    assert lake.find_one()["data"] == {
        "id": 1,
        "amount": Decimal128("10.50"),
        "tags": [3, 4],
        "at": datetime(2024, 2, 29, tzinfo=UTC),
    }


def test_an_archived_row_is_stored_inactive_from_the_start(store: Store, lake: Collection[Any]):
    store.documents.write(LAKE, created(ACCOUNTS, 1, active=False), 1)
    assert (stored(store, 1).active, stored(store, 1).reason) == (False, InactiveReason.ARCHIVED)
    assert lake.find_one()["deleted_at"] is not None


def test_a_document_goes_off_and_on_again(store: Store, lake: Collection[Any]):
    store.documents.write(LAKE, created(ACCOUNTS, 1), 1)
    key = stored(store, 1).key
    store.documents.write(LAKE, [update(1, key, ChangeKind.DEACTIVATED)], 1)
    assert (stored(store, 1).active, stored(store, 1).reason) == (False, InactiveReason.ARCHIVED)
    store.documents.write(LAKE, [update(1, key, name="still off")], 1)
    assert not stored(store, 1).active, "an update leaves the state alone"
    store.documents.write(LAKE, [update(1, key, ChangeKind.REACTIVATED)], 1)
    assert stored(store, 1).active
    assert (lake.find_one()["deleted_at"], lake.find_one()["inactive_reason"]) == (None, None)


def test_a_bulk_without_changes_makes_no_call(mongo_uri: str, database_name: str):
    names: list[str] = []

    class Recorder(CommandListener):
        def started(self, event: CommandStartedEvent):
            names.append(event.command_name)

        def succeeded(self, event: CommandStartedEvent): ...

        def failed(self, event: CommandStartedEvent): ...

    with MongoClient(mongo_uri, event_listeners=[Recorder()]) as client:
        store = Store.from_database(client.get_database(database_name, codec_options=CODEC_OPTIONS))
        assert store.documents.write(LAKE, [], 1) == WriteReport()
        assert store.documents.retire(LAKE, [], InactiveReason.DELETED, 1) == 0
        store.quarantine.put("users", "run", [], 1)
        store.quarantine.clear("users", [], 1)
        assert names == []
        store.documents.write(LAKE, created(ACCOUNTS, *range(1, 1001)), 1)
        assert names == ["insert"]


# -------------------------------------------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("note", "x" * 17_000_000, "16 MB"),
        ("count", 2**63, "8 bytes"),
        ("name", "\ud800", "surrogate"),
        ("extra", {"a\0b": 1}, "NUL"),
    ],
    ids=["text", "number", "character", "name"],
)
def test_a_document_that_mongodb_cannot_hold_is_rejected_and_the_rest_is_written(
    store: Store, lake: Collection[Any], field: str, value: object, reason: str
):
    bad = Document(2, True, {"data": {"id": 2, field: value}}, {"serving_id": "odoo_account_2"})
    page = [*created(ACCOUNTS, 1), replace_hash(bad), *created(ACCOUNTS, 3)]
    report = store.documents.write(LAKE, page, 1)
    assert (report.written, report.stale, report.missed) == (2, 0, 0)
    assert [row.odoo_id for row in report.rejected] == [2]
    assert reason in report.rejected[0].reason
    assert sorted(d["data"]["id"] for d in lake.find()) == [1, 3]


def replace_hash(made: Document):
    from odoo_sync_tui.store.documents.changes import Change

    return Change(ChangeKind.CREATED, made, "h1:none")


def test_a_rule_of_the_database_rejects_only_its_document(store: Store, lake: Collection[Any]):
    rule = {"data.name": {"$ne": "Name 2"}}
    database_of(store).command("collMod", "data_lake_serving", validator=rule)
    report = store.documents.write(LAKE, created(ACCOUNTS, 1, 2, 3), 1)
    assert (report.written, [row.odoo_id for row in report.rejected]) == (2, [2])
    assert "failed validation" in report.rejected[0].reason


# -------------------------------------------------------------------------------------------------- who wrote first


def test_a_creation_takes_over_the_document_that_is_there_already(store: Store, lake: Collection[Any]):
    old = ObjectId()
    lake.insert_one({"_id": old, "serving_id": "odoo_account_1", "entity_type": "account", "note": "ours"})
    assert store.documents.write(LAKE, created(ACCOUNTS, 1), 1) == WriteReport(written=1)
    (found,) = lake.find()
    assert (found["_id"], found["note"], found["data"]["name"], found["is_active"]) == (old, "ours", "Name 1", True)


def test_a_run_that_lost_its_lease_changes_nothing(store: Store, lake: Collection[Any]):
    store.documents.write(LAKE, created(ACCOUNTS, 1, name="newer"), 8)
    key = stored(store, 1).key
    for late in (
        created(ACCOUNTS, 1, name="older"),
        [update(1, key, name="older")],
        [update(1, key, ChangeKind.DEACTIVATED)],
    ):
        assert store.documents.write(LAKE, late, 7) == WriteReport(stale=1)
    assert store.documents.retire(LAKE, [1], InactiveReason.DELETED, 7) == 0
    assert (lake.find_one()["data"]["name"], lake.find_one()["fence"], stored(store, 1).active) == ("newer", 8, True)


def test_documents_that_others_wrote_have_no_fence_and_are_updated(store: Store, lake: Collection[Any]):
    lake.insert_one({"serving_id": "odoo_account_1", "entity_type": "account", "data": {"id": 1}, "is_active": True})
    assert stored(store, 1).hash is None
    assert store.documents.write(LAKE, [update(1, stored(store, 1).key)], 1) == WriteReport(written=1)
    assert store.documents.retire(LAKE, [1], InactiveReason.DELETED, 1) == 1


def test_a_document_that_is_gone_is_missed_not_stale(store: Store):
    assert store.documents.write(LAKE, [update(1, "odoo_account_1")], 1) == WriteReport(missed=1)


# -------------------------------------------------------------------------------------------------- the rest


def test_only_active_documents_of_the_entity_are_retired(store: Store, lake: Collection[Any]):
    ids = range(1, 2501)
    store.documents.write(LAKE, created(ACCOUNTS, *ids), 1)
    lake.insert_one({"serving_id": "odoo_invoice_1", "entity_type": "invoice", "data": {"id": 1}, "is_active": True})
    assert store.documents.retire(LAKE, [1], InactiveReason.ARCHIVED, 1) == 1
    assert store.documents.retire(LAKE, ids, InactiveReason.DELETED, 1) == 2499
    assert stored(store, 1).reason is InactiveReason.ARCHIVED
    assert lake.find_one({"entity_type": "invoice"})["is_active"]
    assert store.documents.count_active(LAKE) == 0


def test_the_document_that_we_created_is_told_where_an_id_is_there_twice(store: Store, lake: Collection[Any]):
    twin = {"entity_type": "account", "data": {"id": 1}, "is_active": True}
    lake.insert_one({"serving_id": "before", **twin})
    store.documents.write(LAKE, created(ACCOUNTS, 1), 1)
    lake.insert_one({"serving_id": "later", **twin})
    assert stored(store, 1).key == "odoo_account_1"
    assert store.documents.find_page(ACCOUNTS, [1], ["data"]).states[1].key == "odoo_account_1"


def test_documents_are_found_with_their_state_and_the_hash_of_their_present_content(
    store: Store, lake: Collection[Any]
):
    changes = created(ACCOUNTS, 1, 2)
    store.documents.write(LAKE, changes, 1)
    page = store.documents.find_page(ACCOUNTS, [1, 2, 3], ["data"])
    assert page.states == {1: stored(store, 1), 2: stored(store, 2)}
    assert page.content_hashes == {each.document.odoo_id: content_hash(each.document.owned) for each in changes}
    lake.update_one({"data.id": 2}, {"$set": {"data.name": "of another program", "source": "elsewhere"}})
    again = store.documents.find_page(ACCOUNTS, [1, 2], ["data"])
    assert again.states == page.states
    assert again.content_hashes[1] == page.content_hashes[1]
    assert again.content_hashes[2] != page.content_hashes[2]


def test_a_field_that_a_stored_document_lacks_counts_as_null(store: Store):
    store.documents.write(PEOPLE, created(USERS, 1), 1)
    fields = [*document(USERS, 1).owned, "of_a_later_version"]
    found = store.documents.find_page(USERS, [1], fields).content_hashes
    assert found == {1: content_hash({**document(USERS, 1).owned, "of_a_later_version": None})}


def test_a_reference_is_incomplete_until_its_department_is_there(store: Store):
    here = created(USERS, 1, department_id=RelatedRecord(9, "Sales")) + created(USERS, 2)
    store.documents.write(PEOPLE, here, 1)
    assert stored(store, 1, USERS).incomplete
    assert not stored(store, 2, USERS).incomplete
    (reference,) = USERS.references
    assert store.documents.resolve(reference, [9]) == {}
    store.documents.write(DEPARTMENTS.target, created(DEPARTMENTS, 9, name="Sales"), 1)
    copies = store.documents.resolve(reference, [9, 10])
    assert copies.keys() == {9}
    assert copies[9]["department_name"] == "Sales"
    made = document(USERS, 1, department_id=RelatedRecord(9, "Sales"))
    made.owned.update(copies[9])
    store.documents.write(PEOPLE, [change(ChangeKind.UPDATED, made, stored(store, 1, USERS).key)], 1)
    assert not stored(store, 1, USERS).incomplete


# ------------------------------------------------------------------------------------------------------- the outline


@pytest.mark.parametrize("at_once", [2, 3, 50_000])
def test_the_outline_of_a_block_tells_what_must_be_read_again(
    store: Store, lake: Collection[Any], monkeypatch: pytest.MonkeyPatch, at_once: int
):
    monkeypatch.setattr(documents, "MAX_GROUPED_DOCUMENTS", at_once)
    store.documents.write(LAKE, created(ACCOUNTS, *range(1, 8)) + created(ACCOUNTS, 8, active=False), 1)
    store.documents.write(LAKE, [change(ChangeKind.UPDATED, unread(document(ACCOUNTS, 2)), "odoo_account_2")], 1)
    store.documents.retire(LAKE, [3], InactiveReason.DELETED, 1)
    lake.update_one({"_id": "odoo_account_4"}, {"$unset": {"hash": 1}})
    lake.update_one({"_id": "odoo_account_5"}, {"$set": {"is_active": False}})
    lake.insert_one(
        {"serving_id": "double", "entity_type": "account", "data": {"id": 6}, "is_active": True, "hash": "x"}
    )
    lake.insert_one(
        {"serving_id": "other", "entity_type": "invoice", "data": {"id": 7}, "is_active": True, "hash": "x"}
    )
    outline = store.documents.snapshot(ACCOUNTS, Block(0, None), range(1, 20))
    assert outline.stored == set(range(1, 9))
    assert list(outline.active_without_row) == []
    assert outline.must_read == {2, 3, 4, 6}
    said = {odoo_id: lake.find_one({"_id": f"odoo_account_{odoo_id}"})["hash"] for odoo_id in (1, 5, 7, 8)}
    assert outline.known_rows == {1: (said[1], True), 5: (said[5], False), 7: (said[7], True), 8: (said[8], False)}
    assert store.documents.snapshot(ACCOUNTS, Block(6, 7), [7]).stored == {7}
    nothing = store.documents.snapshot(ACCOUNTS, Block(8, None), [9])
    assert (nothing.stored, list(nothing.active_without_row)) == (set(), [])


@pytest.mark.parametrize("at_once", [2, 3, 50_000])
def test_of_documents_without_a_row_the_outline_keeps_the_active_ids_only(
    store: Store, lake: Collection[Any], monkeypatch: pytest.MonkeyPatch, at_once: int
):
    monkeypatch.setattr(documents, "MAX_GROUPED_DOCUMENTS", at_once)
    store.documents.write(LAKE, created(ACCOUNTS, *range(1, 8)) + created(ACCOUNTS, 8, active=False), 1)
    lake.insert_one({"serving_id": "double", "entity_type": "account", "data": {"id": 6}, "is_active": True})
    outline = store.documents.snapshot(ACCOUNTS, Block(0, None), [1, 4])
    assert (outline.stored, outline.known_rows.keys()) == ({1, 4}, {1, 4})
    assert list(outline.active_without_row) == [2, 3, 5, 6, 7]


def unread(made: Document) -> Document:
    return made._replace(incomplete=True)


def test_an_employee_with_other_copies_of_the_department_than_there_are_is_unsettled(store: Store):
    here = created(USERS, 1, department_id=RelatedRecord(9, "Sales")) + created(USERS, 2)
    store.documents.write(PEOPLE, here, 1)
    assert store.documents.snapshot(USERS, Block(0, None), [1, 2]).must_read == frozenset()
    store.documents.write(DEPARTMENTS.target, created(DEPARTMENTS, 9), 1)
    assert store.documents.snapshot(USERS, Block(0, None), [1, 2]).must_read == {1}


def test_the_fingerprint_of_a_row_is_renewed_alone_and_only_by_the_newest_run(store: Store, lake: Collection[Any]):
    store.documents.write(LAKE, created(ACCOUNTS, 1, 2), 5)
    before = lake.find_one({"_id": "odoo_account_1"})
    store.documents.update_hashes(LAKE, {"odoo_account_1": "r1:new"}, 5)
    store.documents.update_hashes(LAKE, {"odoo_account_2": "r1:new"}, 4)
    assert lake.find_one({"_id": "odoo_account_1"}) == {**before, "hash": "r1:new"}
    assert lake.find_one({"_id": "odoo_account_2"})["hash"] != "r1:new"
