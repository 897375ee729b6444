"""The shape of what the store writes, on a double. What takes a real server is in tests/integration."""

from datetime import UTC, datetime

import mongomock
import pytest

from odoo_sync_tui.core.actions import Outcome
from odoo_sync_tui.core.audit.events import AuditEvent, AuditQuery
from odoo_sync_tui.core.entity import Block, BrokenRule, InactiveReason, RejectedRow
from odoo_sync_tui.core.errors import LeaseLost
from odoo_sync_tui.core.run import SyncStatus
from odoo_sync_tui.entities import accounts, departments
from odoo_sync_tui.store.database import Store
from odoo_sync_tui.store.documents.changes import Change, ChangeKind
from odoo_sync_tui.store.driver.values import content_hash
from tests.support.store import map_row
from tests.unit.store.on_mongomock.shim import bulk_updates

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
ACCOUNTS = accounts.ENTITY
DEPARTMENTS = departments.ENTITY


@pytest.fixture
def database():
    with bulk_updates():
        yield mongomock.MongoClient(tz_aware=True).lake


@pytest.fixture
def store(database):
    return Store.from_database(database)


def created(entity, row):
    document = map_row(entity, row)
    return Change(ChangeKind.CREATED, document, content_hash(document.owned))


def test_a_lake_document_as_other_programs_read_it(store: Store, database):
    store.documents.write(ACCOUNTS.target, [created(ACCOUNTS, {"id": 42, "name": "Acme"})], 7)
    document = database.data_lake_serving.find_one()
    assert document["data"]["id"] == 42
    assert document["data"]["name"] == "Acme"
    assert isinstance(document.pop("last_aggregated"), datetime)
    assert {name: value for name, value in document.items() if name not in ("data", "hash")} == {
        "_id": "odoo_account_42",
        "serving_id": "odoo_account_42",
        "entity_type": "account",
        "source": "odoo",
        "is_active": True,
        "deleted_at": None,
        "inactive_reason": None,
        "fence": 7,
    }


def test_a_department_gets_an_id_of_its_own_and_its_birthday(store: Store, database):
    store.documents.write(DEPARTMENTS.target, [created(DEPARTMENTS, {"id": 3, "name": "Sales", "active": False})], 1)
    document = database.departments.find_one()
    assert document["_id"] == "odoo_department_3"
    assert len(document["id"]) == 36
    assert document["created_at"] == document["synced_at"] == document["deactivated_at"]
    assert (document["active"], document["inactive_reason"]) == (False, "archived")


def test_an_update_leaves_what_odoo_does_not_own(store: Store, database):
    database.departments.insert_one({"_id": "old", "odoo_id": 3, "name": "Sales", "active": True, "note": "ours"})
    document = map_row(DEPARTMENTS, {"id": 3, "name": "Verkauf"})
    report = store.documents.write(DEPARTMENTS.target, [Change(ChangeKind.UPDATED, document, "h1:x", "old")], 1)
    stored = database.departments.find_one()
    assert report.written == 1
    assert (stored["name"], stored["note"], stored["active"], stored["hash"]) == ("Verkauf", "ours", True, "h1:x")


def test_a_block_is_told_by_odoo_id(store: Store, database):
    store.documents.write(ACCOUNTS.target, [created(ACCOUNTS, {"id": n, "name": "A"}) for n in range(1, 8)], 1)
    store.documents.retire(ACCOUNTS.target, [4], InactiveReason.DELETED, 1)
    block = store.documents.find_in_block(ACCOUNTS, Block(2, 5))
    assert [(i, s.active, s.reason) for i, s in sorted(block.items())] == [
        (3, True, None),
        (4, False, InactiveReason.DELETED),
        (5, True, None),
    ]
    assert len(store.documents.find_in_block(ACCOUNTS, Block(5, None))) == 2
    assert store.documents.counts([ACCOUNTS.target, DEPARTMENTS.target]) == [(6, 1, 1), (0, 0, 0)]


def test_the_audit_log_pages_newest_first_without_gaps_or_doubles(store: Store):
    for number in range(7):  # three of them in one millisecond
        moment = AT.replace(microsecond=0 if number < 3 else number * 1000)
        store.audit.append(AuditEvent(str(number), "sync_users", "anna", moment))
    seen, after = [], None
    for size in (3, 3, 3):
        page = store.audit.page(AuditQuery(), size, after)
        seen += [event.id for event in page.events]
        after = page.after
    assert seen == ["6", "5", "4", "3", "2", "1", "0"]
    assert after is None


def test_the_quarantine_counts_attempts_and_lets_go(store: Store):
    for run in ("a", "b"):
        store.quarantine.put(
            "users",
            run,
            [RejectedRow(5, f"bad in {run}", BrokenRule.VALUES), RejectedRow(9, "bad", BrokenRule.VALUES)],
            1,
        )
    (row, _) = store.quarantine.rows("users", 10)
    assert (row.odoo_id, row.reason, row.run_id, row.attempts) == (5, "bad in b", "b", 2)
    assert row.first_seen <= row.last_seen
    assert store.quarantine.ids("users", Block(5, 9)).waiting == {9}
    store.quarantine.clear("users", [9], 1)
    assert store.quarantine.counts() == {"users": (1, 0)}


def test_a_run_that_lost_its_lease_changes_nothing_in_the_quarantine(store: Store):
    store.quarantine.put("users", "newer", [RejectedRow(5, "bad", BrokenRule.VALUES)], 2)
    store.quarantine.clear("users", [5], 1)
    with pytest.raises(LeaseLost, match="quarantine"):
        store.quarantine.put(
            "users",
            "older",
            [RejectedRow(5, "bad again", BrokenRule.VALUES), RejectedRow(9, "bad", BrokenRule.VALUES)],
            1,
        )
    (row, _) = store.quarantine.rows("users", 10)
    assert (row.odoo_id, row.reason, row.run_id) == (5, "bad", "newer")


def test_the_status_of_the_integration(store: Store, database):
    assert store.integrations.status().status is None
    assert store.integrations.set_status(SyncStatus.RUNNING, fence=1, error_message=None)
    assert store.integrations.status().interrupted, "running, but nobody holds the lease"
    store.integrations.set_status(SyncStatus.FAILED, fence=1, error_message="no route", server=("19.0", "json2"))
    failed = store.integrations.status()
    assert (failed.status, failed.error_message, failed.last_sync) == (SyncStatus.FAILED, "no route", None)
    assert (failed.server_version, failed.protocol) == ("19.0", "json2")
    assert failed.last_attempt is not None
    store.integrations.set_status(SyncStatus.SUCCESS, fence=1, error_message=None)
    assert store.integrations.status().error_message is None
    assert store.integrations.status().last_sync is not None
    assert database.integrations.count_documents({}) == 1


def test_events_of_other_programs_do_not_break_the_page(store: Store, database):
    database.audit_log.insert_many(
        [
            {"source": "odoo", "action": "sync_users", "timestamp": AT, "outcome": "splendid", "details": "text"},
            {"source": "webshop", "action": "login", "timestamp": AT},
        ]
    )
    (event,) = store.audit.page(AuditQuery(), 10).events
    assert (event.action, event.outcome, event.details, event.user_id) == ("sync_users", None, {}, "")
    assert store.audit.count(AuditQuery(outcome=Outcome.SUCCESS), 10) == 0
