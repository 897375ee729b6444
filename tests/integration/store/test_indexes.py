"""Indexes on a real mongod: made, used, tolerated, refused."""

from collections.abc import Iterator
from typing import Any

import pytest
from pymongo import MongoClient
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from odoo_sync_tui.core.actions import Outcome
from odoo_sync_tui.core.audit.events import AuditEvent, AuditQuery
from odoo_sync_tui.core.entity import Block, BrokenRule, InactiveReason, RejectedRow
from odoo_sync_tui.core.errors import ConfigurationError
from odoo_sync_tui.core.progress import RunProgress
from odoo_sync_tui.core.result import SyncResult
from odoo_sync_tui.core.run import Checkpoint, RunRecord, SyncStatus
from odoo_sync_tui.core.scope import Scope
from odoo_sync_tui.store.config import MongoConfig
from odoo_sync_tui.store.database import Store, open_store
from odoo_sync_tui.store.documents.changes import ChangeKind
from odoo_sync_tui.store.indexes import INDEXES
from tests.support.store import ACCOUNTS, ANNA, AT, DEPARTMENTS, LAKE, PEOPLE, USERS, change, config, created, document


@pytest.fixture
def database(mongo_uri: str, database_name: str) -> Iterator[Any]:
    with MongoClient(mongo_uri) as client:
        yield client[database_name]


@pytest.fixture
def settings(mongo_uri: str, database_name: str):
    return config(mongo_uri, database_name)


def test_ensuring_indexes_twice_makes_each_once(settings: MongoConfig, database: Database[Any]):
    for _ in range(2):
        with open_store(settings) as store:
            assert store.indexes.ensure() == ()
    for name in {index.collection for index in INDEXES}:
        ours = {index.name for index in INDEXES if index.collection == name}
        assert set(database[name].index_information()) == ours | {"_id_"}


def test_what_is_built_on_a_filled_collection_is_told_before(settings: MongoConfig, database: Database[Any]):
    database.sync_runs.insert_many({"_id": str(number)} for number in range(1234))
    wanted = [index for index in INDEXES if index.collection in {"sync_runs", "departments"}]
    told: list[str | None] = []
    with open_store(settings) as store:
        store.indexes.ensure(wanted, told.append)
        store.indexes.ensure(wanted, told.append)
    places = {index.name: number for number, index in enumerate(wanted, 1)}
    assert told == [
        *(
            f"Building index {places[name]} of {len(wanted)}: {name} of sync_runs, 1 234 documents"
            for name in ("newest_first", "newest_of_action", "unfinished")
        ),
        None,
    ]


def test_an_equal_index_under_another_name_is_enough(settings: MongoConfig, database: Database[Any]):
    database.data_lake_serving.create_index("serving_id", unique=True, name="theirs")
    database.departments.create_index(
        "odoo_id", unique=True, name="mine", partialFilterExpression={"odoo_id": {"$gt": 0}}
    )
    with open_store(settings) as store:
        assert store.indexes.ensure() == ()
    assert "serving_id" not in database.data_lake_serving.index_information()
    assert "odoo_id" not in database.departments.index_information()


def test_an_index_in_the_way_is_reported_and_left_alone(settings: MongoConfig, database: Database[Any]):
    database.data_lake_serving.create_index("serving_id", name="serving_id")
    with open_store(settings) as store:
        (notice,) = store.indexes.ensure()
    assert "index serving_id of the collection data_lake_serving" in notice.message
    assert "db.data_lake_serving.dropIndex('serving_id')" in notice.hint
    assert "unique" not in database.data_lake_serving.index_information()["serving_id"]


def test_a_plain_index_on_the_same_field_does_not_hinder_the_unique_one(settings: MongoConfig, database: Database[Any]):
    database.data_lake_serving.create_index("serving_id")
    with open_store(settings) as store:
        assert store.indexes.ensure() == ()
    assert database.data_lake_serving.index_information()["serving_id"]["unique"]


def test_doubles_in_old_data_that_hinder_an_index_are_named(settings: MongoConfig, database: Database[Any]):
    database.departments.insert_many([{"odoo_id": 7}, {"odoo_id": 7}])
    doubles = r"departments holds documents with the same odoo_id.*odoo_id 7.*index odoo_id"
    with open_store(settings) as store, pytest.raises(ConfigurationError, match=doubles):
        store.indexes.ensure()


def test_odoo_ids_are_unique_where_present(settings: MongoConfig, database: Database[Any]):
    with open_store(settings) as store:
        store.indexes.ensure()
        for collection, field in ((database.users, "odoo_employee_id"), (database.departments, "odoo_id")):
            collection.insert_many([{field: None}, {field: None}, {}, {}, {field: 1}])
            with pytest.raises(DuplicateKeyError):
                collection.insert_one({field: 1})


def test_no_operation_scans_a_whole_collection(settings: MongoConfig, database: Database[Any]):
    """Everything that grows with the lake goes by an index, as the server's own profiler saw it."""
    database.users.insert_many([{"email": f"{n}@x", "is_active": True} for n in range(50)])
    with open_store(settings) as store:
        store.indexes.ensure()
        store.documents.write(LAKE, created(ACCOUNTS, *range(1, 101)), 1)
        store.documents.write(PEOPLE, created(USERS, *range(1, 101)), 1)
        store.documents.write(DEPARTMENTS.target, created(DEPARTMENTS, *range(1, 101)), 1)
        for n in range(60):
            store.runs.start(RunRecord(f"old{n}", "sync_users", ANNA, Scope(), AT, AT, outcome=Outcome.SUCCESS), 1)
            store.audit.append(AuditEvent(f"{n}", "sync_users", "anna", AT, {}, f"run{n}"))
    with open_store(settings) as store:
        database.command("profile", 2)
        use_everything(store)
        database.command("profile", 0)
    seen = list(database.system.profile.find({"ns": {"$ne": f"{database.name}.system.profile"}}))
    plans = {(each["ns"].split(".", 1)[1], each["op"]): each["planSummary"] for each in seen if "planSummary" in each}
    lake = {"data_lake_serving", "users", "departments", "integrations", "audit_log"}
    assert {name for name, _ in plans} == lake | {"sync_runs", "sync_leases", "sync_quarantine"}
    scans = [
        (each["ns"], each["command"])
        for each in seen
        if each.get("planSummary") == "COLLSCAN" and "$sum" not in str(each["command"])
    ]
    assert scans == []
    assert max(each["docsExamined"] for each in seen if "docsExamined" in each) <= 20
    counts = [each for each in seen if "{'_id': '$is_active'" in str(each.get("command", {}).get("pipeline"))]
    assert counts, "the counts were not seen"
    assert {each["docsExamined"] for each in counts} == {0}, "counts read more than the index"


def use_everything(store: Store) -> None:
    block = Block(10, 20)
    for entity in (ACCOUNTS, USERS, DEPARTMENTS):
        store.documents.find_in_block(entity, block)
        store.documents.snapshot(entity, block, [11])
        store.documents.find_page(entity, [11, 12], ["data", "name"])
        store.documents.retire(entity.target, [11, 12], InactiveReason.DELETED, 2)
    store.documents.write(LAKE, [change(ChangeKind.UPDATED, document(ACCOUNTS, 1, name="x"), "odoo_account_1")], 2)
    store.documents.write(LAKE, created(ACCOUNTS, 1), 2)
    store.documents.write(LAKE, [change(ChangeKind.UPDATED, document(ACCOUNTS, 1, name="x"), "gone")], 2)
    store.documents.update_hashes(LAKE, {"odoo_account_1": "said"}, 2)
    store.documents.unset_nulls(PEOPLE, ["odoo_employee_3"], 2)
    store.documents.find_unlinked_values(PEOPLE, ["3@x", "nobody@x"])
    store.documents.find_holders(PEOPLE, ["3@x", "nobody@x"])
    store.documents.resolve(USERS.references[0], [1, 2])
    store.documents.counts([LAKE, PEOPLE, DEPARTMENTS.target])
    for target in (LAKE, PEOPLE, DEPARTMENTS.target):
        store.totals.read(target, Block(0, None))
    lease = store.leases.acquire("odoo", ANNA, "r1", 30)
    store.leases.renew(lease, 30)
    store.integrations.set_status(SyncStatus.RUNNING, fence=lease.fence, error_message=None)
    store.integrations.save_odoo_counts({"users": 1}, AT)
    store.runs.start(RunRecord("r1", "sync_users", ANNA, Scope(), AT, AT), lease.fence)
    store.runs.record_heartbeat("r1", RunProgress("r1", "sync_users", "anna", "box", "full", AT, 1.0, ()))
    store.runs.save_checkpoint("r1", "users", Checkpoint(5), lease.fence)
    store.runs.list_latest(5)
    store.runs.list_unfinished()
    store.runs.request_cancel("r1", "bob")
    store.runs.finish("r1", SyncResult("r1", "sync_users", Outcome.SUCCESS), lease.fence)
    store.audit.append(AuditEvent("x", "sync_users", "anna", AT, {}, "run3"))
    store.audit.page(AuditQuery(actions=("sync_users",)), 5)
    store.audit.page(AuditQuery(), 5, store.audit.page(AuditQuery(), 5).after)
    store.audit.page(AuditQuery(run_id="run3"), 5)
    store.quarantine.put("users", "r1", [RejectedRow(1, "bad", BrokenRule.VALUES)], 1)
    store.quarantine.ids("users", block)
    store.quarantine.rows("users", 5)
    store.quarantine.clear("users", [1], 1)
    store.leases.release(lease)
