"""The change log on a real mongod: what is logged of which change."""

from __future__ import annotations

from datetime import timedelta

from bson import Int64

from odoo_sync_tui.core.entity import Document, InactiveReason
from odoo_sync_tui.store.change_log.entries import to_logged_change
from odoo_sync_tui.store.database import Store
from odoo_sync_tui.store.documents.changes import ChangeKind
from tests.support.change_log import move, open_log, outbox, told
from tests.support.replayed import Replay
from tests.support.store import ACCOUNTS, LAKE, PEOPLE, USERS, change, created, document, update

MEGABYTE = 1024 * 1024


# ------------------------------------------------------------------------------------------------- what is logged


def test_each_kind_of_change_is_logged_with_old_and_new_values(store: Store):
    database = open_log(store)
    lake, people = outbox(), outbox(entity=USERS)
    store.documents.write(LAKE, created(ACCOUNTS, 1, 2, 3), 1, lake)
    database.users.insert_one({"_id": "own", "email": "ada@acme.example", "odoo_employee_id": None})
    move(store)
    replay = Replay(database)
    store.documents.write(LAKE, [update(1, "odoo_account_1", name="B")], 1, lake)
    store.documents.write(LAKE, [update(2, "odoo_account_2", ChangeKind.DEACTIVATED, active=False)], 1, lake)
    assert store.documents.retire(LAKE, [3], InactiveReason.DELETED, 1, lake) == 1
    move(store)
    store.documents.write(LAKE, [update(2, "odoo_account_2", ChangeKind.REACTIVATED)], 1, lake)
    linked = document(USERS, 7, work_email="ada@acme.example")
    store.documents.write(PEOPLE, [change(ChangeKind.LINKED, linked, "own")], 1, people)
    move(store)
    assert [(each["type"], each["odoo_id"], each["entity"]) for each in replay.follow()] == [
        ("account.updated", 1, "data_lake:accounts"),
        ("account.retired", 2, "data_lake:accounts"),
        ("account.retired", 3, "data_lake:accounts"),
        ("account.reactivated", 2, "data_lake:accounts"),
        ("employee.updated", 7, "users"),
    ]
    assert told(database, odoo_id=1)[1] == (4, "account.updated", {"data.name": ("Name 1", "B")})
    assert told(database, odoo_id=3)[1][2].keys() == {"is_active", "deleted_at", "inactive_reason"}
    entry = database.sync_changes.find_one({"odoo_id": 1, "type": "account.updated"})
    assert entry["at"] == database.data_lake_serving.find_one({"_id": "odoo_account_1"})["last_aggregated"]
    assert (entry["run_id"], entry["document_id"], entry["first_load"]) == ("r", "odoo_account_1", False)
    assert isinstance(entry["_id"], Int64)
    assert database.data_lake_serving.count_documents({"pending_changes": {"$exists": True}}) == 0


def test_there_and_back_again_are_three_changes_and_the_same_page_again_is_none(store: Store):
    database = open_log(store)
    box = outbox()
    store.documents.write(LAKE, created(ACCOUNTS, 1, name="A"), 1, box)
    for name in ("B", "B", "A", "B"):
        store.documents.write(LAKE, [update(1, "odoo_account_1", name=name)], 1, box)
    store.documents.write(LAKE, created(ACCOUNTS, 1, name="B"), 1, box)  # as if nobody had told that it is there
    move(store)
    assert [each[2]["data.name"] for each in told(database)] == [(None, "A"), ("A", "B"), ("B", "A"), ("A", "B")]
    assert [each[0] for each in told(database)] == [1, 2, 3, 4]


def test_another_form_of_a_number_is_a_change_and_a_text_with_a_dollar_is_a_text(store: Store):
    database = open_log(store)
    box, made = outbox(), Document(1, True, {"data": {"id": 1, "name": "$name", "rate": 1, "more": {"$set": {}}}}, {})
    store.documents.write(LAKE, [change(ChangeKind.CREATED, made)], 1, box)
    floating = made._replace(owned={"data": {**made.owned["data"], "rate": 1.0}})  # type: ignore[dict-item]
    store.documents.write(LAKE, [change(ChangeKind.UPDATED, floating, "odoo_account_1")], 1, box)
    replay = Replay(database)
    move(store)
    assert len(replay.follow()) == 2
    assert told(database)[1][2] == {"data.rate": (1, 1.0)}
    assert database.data_lake_serving.find_one()["data"]["name"] == "$name"


def test_what_another_program_writes_in_between_is_not_taken_for_ours(store: Store):
    database = open_log(store)
    box, lake = outbox(), database.data_lake_serving
    store.documents.write(LAKE, created(ACCOUNTS, 1, name="A"), 1, box)
    lake.update_one({}, {"$set": {"data.name": "foreign", "data.note": "x", "mine": 1}})
    move(store)
    store.documents.write(LAKE, [update(1, "odoo_account_1", name="B")], 1, box)
    move(store)
    first, second = told(database)
    assert first[2]["data.name"] == (None, "A")
    assert second[2] == {"data.name": ("foreign", "B"), "data.note": ("x", None)}
    lake.delete_one({})  # of a document that is gone, what it carried is gone with it: nothing waits for it
    move(store)


def test_documents_that_are_not_as_they_were_read_are_logged_as_they_are(store: Store):
    """The first is as it was read, the second was changed since, the third carries an entry that is not moved yet."""
    database = open_log(store)
    box, lake = outbox(), database.data_lake_serving
    store.documents.write(LAKE, created(ACCOUNTS, 1, 2, 3, name="A"), 1, box)
    move(store)
    replay = Replay(database)
    read = {each["_id"]: each for each in lake.find()}
    lake.update_one({"_id": "odoo_account_2"}, {"$set": {"data.phone": "foreign"}, "$unset": {"data.email": ""}})
    store.documents.write(LAKE, [update(3, "odoo_account_3", name="waits")], 1, box)
    written = [update(each, f"odoo_account_{each}", name="B") for each in (1, 2, 3)]
    report = store.documents.write(LAKE, [each._replace(before=read[each.key]) for each in written], 1, box)
    assert (report.written, report.missed) == (3, 0)
    carried = lake.find_one({"_id": "odoo_account_1"})["pending_changes"]
    assert [each["fields"] for each in carried] == [[{"name": "data.name", "old": "A", "new": "B"}]]
    move(store)
    changed = [(each["odoo_id"], each["fields"]) for each in database.sync_changes.find({"_id": {"$gt": 3}})]
    names = {odoo_id: {each["name"] for each in fields} for odoo_id, fields in changed}
    assert names == {1: {"data.name"}, 2: {"data.name", "data.phone", "data.email"}, 3: {"data.name"}}
    assert [each["old"] for each in dict(changed)[2] if each["name"] == "data.phone"] == ["foreign"]
    assert dict(changed)[3] == [{"name": "data.name", "old": "waits", "new": "B"}]
    assert len(replay.follow()) == 4


def test_a_document_that_is_gone_is_missed_beside_one_that_needs_no_change(store: Store):
    database = open_log(store)
    box, lake = outbox(), database.data_lake_serving
    store.documents.write(LAKE, created(ACCOUNTS, 1, 2, name="A"), 1, box)
    move(store)
    read = {each["_id"]: each for each in lake.find()}
    lake.delete_one({"_id": "odoo_account_2"})
    written = [update(1, "odoo_account_1", name="A"), update(2, "odoo_account_2", name="B")]
    report = store.documents.write(LAKE, [each._replace(before=read[each.key]) for each in written], 1, box)
    assert (report.written, report.missed) == (1, 1)
    move(store)
    assert len(told(database)) == 2, "the two creations"


def test_a_value_that_moves_between_documents_is_let_go_and_taken(store: Store):
    database = open_log(store)
    database.users.create_index("email", unique=True, sparse=True, name="unique_email")
    try:
        box = outbox(entity=USERS)
        first, second = ({"work_email": f"{name}@acme.example"} for name in "ab")
        store.documents.write(PEOPLE, created(USERS, 1, **first) + created(USERS, 2, **second), 1, box)
        move(store)
        replay = Replay(database)
        swapped = [
            change(ChangeKind.UPDATED, document(USERS, 1, **second), "odoo_employee_1"),
            change(ChangeKind.UPDATED, document(USERS, 2, **first), "odoo_employee_2"),
        ]
        assert store.documents.write(PEOPLE, swapped, 1, box).written == 2
        move(store)
        assert len(replay.follow()) == 3
    finally:
        database.users.drop_index("unique_email")


def test_empty_fields_that_are_left_out_later_are_logged_as_removed(store: Store):
    database = open_log(store)
    store.documents.write(PEOPLE, created(USERS, 1), 1, outbox(entity=USERS))
    move(store)
    database.users.update_one({}, {"$set": {"email": None}})
    replay = Replay(database)
    store.documents.unset_nulls(PEOPLE, ["odoo_employee_1"], 1, outbox("s", USERS))
    move(store)
    (entry,) = replay.follow()
    assert entry["fields"] == [{"name": "email", "old": None}]


def test_values_that_are_too_large_are_left_out_of_the_log_and_not_of_the_lake(store: Store):
    database = open_log(store)
    box = outbox()
    large = created(ACCOUNTS, 1, phone="x" * 9 * MEGABYTE) + created(ACCOUNTS, 2, phone="x" * 6 * MEGABYTE)
    assert store.documents.write(LAKE, large, 1, box).written == 2
    move(store)
    larger = [update(2, "odoo_account_2", phone="y" * 7 * MEGABYTE), update(1, "odoo_account_1", phone="small")]
    assert store.documents.write(LAKE, larger, 1, box).written == 2
    move(store)
    entries = {(each["odoo_id"], each["type"]): each for each in database.sync_changes.find()}
    omitted = {key for key, each in entries.items() if each.get("values_omitted")}
    assert omitted == {(1, "account.created"), (2, "account.updated"), (1, "account.updated")}
    assert all(entries[key]["fields"] == [] for key in omitted)
    assert len(entries[2, "account.created"]["fields"]) > 1
    assert database.data_lake_serving.find_one({"_id": "odoo_account_2"})["data"]["phone"][:1] == "y"


def test_with_some_fields_only_a_change_of_others_is_none(store: Store):
    database = open_log(store)
    box = outbox()
    store.documents.write(LAKE, created(ACCOUNTS, 1), 1, box)
    store.documents.write(LAKE, [update(1, "odoo_account_1", phone="1")], 1, box)
    store.documents.write(LAKE, [update(1, "odoo_account_1", name="B", phone="2")], 1, box)
    store.documents.retire(LAKE, [1], InactiveReason.DELETED, 1, box)
    store.change_log.move("data_lake_serving", 1, lambda name: name == "data.name")
    assert [(kind, fields.keys()) for _, kind, fields in told(database)] == [
        ("account.created", {"data.name", "is_active"}),
        ("account.updated", {"data.name"}),
        ("account.retired", {"is_active"}),
    ]


def test_a_list_of_another_program_is_no_entry_and_goes(store: Store):
    database = open_log(store)
    lake, at = database.data_lake_serving, created(ACCOUNTS, 9)
    store.documents.write(LAKE, at, 1)
    moment = lake.find_one()["last_aggregated"]
    for odd in ("text", [1, {"at": moment}, {"at": moment, "token": 5}], {"at": moment, "token": "t"}):
        lake.update_one({}, {"$set": {"pending_changes": odd, "pending_old": {"x": 1}}})
        store.documents.write(LAKE, [update(9, "odoo_account_9", name=str(odd))], 1, outbox(str(odd)))
        move(store)
        assert not lake.find_one().keys() & {"pending_changes", "pending_old"}
    assert len(told(database)) == 3


def test_how_long_changes_are_kept_follows_the_settings(store: Store):
    database = open_log(store)
    for days in (400, 30, 30):
        store.indexes.keep_changes(timedelta(days=days))
        kept = database.sync_changes.index_information()["expiry"]["expireAfterSeconds"]
        assert kept == days * 86400


def test_an_entry_is_read_back_and_one_of_another_program_is_none(store: Store):
    database = open_log(store)
    store.documents.write(LAKE, created(ACCOUNTS, 1), 1, outbox(first_load=True))
    move(store)
    entry = to_logged_change(database.sync_changes.find_one())
    assert entry is not None
    assert (entry.number, entry.type, entry.entity, entry.odoo_id) == (1, "account.created", "data_lake:accounts", 1)
    assert (entry.document_id, entry.run_id, entry.first_load) == ("odoo_account_1", "r", True)
    assert {each.name: each.new for each in entry.fields}["data.name"] == "Name 1"
    for odd in ({}, {"type": "x"}, {"type": "a.gone", "entity": "e"}, {"type": 5}, {"type": "a.created", "entity": {}}):
        assert to_logged_change(odd) is None
    hostile = {"type": "a.created", "entity": "e", "_id": "x", "fields": [1, {"name": {}}], "at": "never", "run_id": []}
    assert to_logged_change(hostile) is not None
