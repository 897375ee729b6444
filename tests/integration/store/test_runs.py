"""Runs, cursors and audit events on a real mongod: who may, who lost, what stays on record."""

from dataclasses import replace
from typing import Any

import pytest

from odoo_sync_tui.core.actions import Outcome
from odoo_sync_tui.core.audit.events import AuditEvent, AuditQuery
from odoo_sync_tui.core.cursor import Cursor
from odoo_sync_tui.core.errors import LeaseLost, StoreError
from odoo_sync_tui.core.progress import EntityProgress, Phase, RunProgress
from odoo_sync_tui.core.result import Counts, EntityState, SyncResult
from odoo_sync_tui.core.run import MAX_REASON_LENGTH, Checkpoint, RunRecord, SyncStatus
from odoo_sync_tui.core.scope import Mode, Scope
from odoo_sync_tui.store.audit.chain import event_hash, fold
from odoo_sync_tui.store.database import Store, open_store
from odoo_sync_tui.store.runs.integrations import EntityStatistics
from tests.support.store import ANNA, AT, config, database_of, taken

SCOPE = Scope(
    ("users",), Mode.FULL, ("|", ("name", "=", "$x"), ("id", "in", (1, 2))), dry_run=True, confirm_retire={"users": 3}
)
RUN = RunRecord("r1", "sync_users", ANNA, SCOPE, AT, AT)
RESULT = SyncResult("r1", "sync_users", Outcome.PARTIAL)
PROGRESS = RunProgress(
    "r1", "sync_users", "anna", "box", "full", AT, 2.5,
    (EntityProgress("users", EntityState.RUNNING, Phase.FETCH, 5, 10, Counts(created=5), 2.0, 2.5, 2.5),), 1, True,
)  # fmt: skip


# -------------------------------------------------------------------------------------------------- runs


def test_a_run_is_read_back_as_it_was_told(store: Store):
    lease = taken(store)
    store.runs.start(RUN, lease.fence)
    assert store.runs.record_heartbeat("r1", PROGRESS) is None
    checkpoint = Checkpoint(500, Counts(created=3), complete=True, newest=AT, basis="b")
    store.runs.save_checkpoint("r1", "data_lake:accounts", checkpoint, lease.fence)
    found = store.runs.get("r1")
    assert found is not None
    assert found.heartbeat_at > RUN.heartbeat_at
    checkpoints = {"data_lake:accounts": checkpoint}
    assert found == replace(RUN, heartbeat_at=found.heartbeat_at, live=True, progress=PROGRESS, checkpoints=checkpoints)
    assert store.runs.finish("r1", RESULT, lease.fence)
    ended = store.runs.get("r1")
    assert ended is not None
    assert (ended.live, ended.outcome) == (False, Outcome.PARTIAL)
    assert ended.finished_at is not None
    assert ended.result == RESULT
    assert store.runs.get("r2") is None


def test_a_run_is_live_only_while_it_holds_the_lease(store: Store):
    lease = taken(store)
    store.runs.start(RUN, lease.fence)
    assert [run.live for run in store.runs.list_unfinished()] == [True]
    store.leases.release(lease)
    assert [run.live for run in store.runs.list_unfinished()] == [False]
    taken(store, "r2")
    assert [run.live for run in store.runs.list_unfinished()] == [False]


def test_a_request_to_stop_is_heard_at_the_next_heartbeat(store: Store):
    store.runs.start(RUN, 1)
    assert store.runs.request_cancel("r1", "bob")
    assert store.runs.request_cancel("r1", "carol")
    assert store.runs.record_heartbeat("r1", None) == "bob"
    store.runs.finish("r1", RESULT, 1)
    assert not store.runs.request_cancel("r1", "dave")
    assert not store.runs.request_cancel("none", "dave")


def test_the_reason_of_the_first_request_to_stop_stays(store: Store):
    store.runs.start(RUN, 1)
    assert store.runs.request_cancel("r1", "bob", "wrong scope")
    assert store.runs.request_cancel("r1", "carol", "too late")
    assert store.runs.record_heartbeat("r1", None) == "bob: wrong scope"
    run = store.runs.get("r1")
    assert run is not None
    assert (run.cancel_requested_by, run.cancel_reason) == ("bob", "wrong scope")


def test_a_reason_is_bounded(store: Store):
    store.runs.start(RUN, 1)
    store.runs.request_cancel("r1", "bob", "x" * 10_000)
    run = store.runs.get("r1")
    assert run is not None
    assert len(run.cancel_reason) == MAX_REASON_LENGTH


def test_an_interrupted_run_can_neither_go_on_nor_end(store: Store):
    store.runs.start(RUN, 1)
    assert store.runs.interrupt("r1", "r2", 2)
    with pytest.raises(LeaseLost):
        store.runs.save_checkpoint("r1", "users", Checkpoint(5), 1)
    assert not store.runs.finish("r1", RESULT, 1)
    found = store.runs.get("r1")
    assert found is not None
    assert (found.outcome, found.checkpoints, found.heartbeat_at) == (Outcome.INTERRUPTED, {}, AT)
    assert store.runs.list_unfinished() == []


def test_an_older_run_cannot_interrupt_a_newer_one(store: Store):
    store.runs.start(RUN, 5)
    assert not store.runs.interrupt("r1", "r0", 4)
    assert [run.id for run in store.runs.list_unfinished()] == ["r1"]


def test_runs_are_listed_newest_first(store: Store):
    for day in range(1, 5):
        store.runs.start(replace(RUN, id=f"r{day}", started_at=AT.replace(day=day)), day)
    assert [run.id for run in store.runs.list_latest(2)] == ["r4", "r3"]
    assert [run.id for run in store.runs.list_latest(9, before=AT.replace(day=3))] == ["r2", "r1"]


# -------------------------------------------------------------------------------------------------- integration


def test_cursors_belong_to_the_newest_run(store: Store):
    cursor = Cursor(AT, "basis", "access", "r1", AT)
    store.integrations.set_status(SyncStatus.RUNNING, fence=1, error_message=None)
    store.integrations.save_cursor("data_lake:accounts", cursor, 1)
    store.integrations.save_cursor("users", replace(cursor, write_date=None), 2)
    with pytest.raises(LeaseLost):
        store.integrations.save_cursor("users", cursor, 1)
    assert not store.integrations.set_status(SyncStatus.FAILED, fence=1, error_message="late")
    assert store.integrations.cursors() == {"data_lake:accounts": cursor, "users": replace(cursor, write_date=None)}
    assert store.integrations.status().status is SyncStatus.RUNNING


def test_a_cursor_of_an_unknown_version_is_not_trusted(store: Store):
    store.integrations.save_cursor("users", Cursor(AT, "b", "a", "r", AT), 1)
    database_of(store).integrations.update_one({}, {"$set": {"cursors.users.version": 99}})
    assert store.integrations.cursors() == {}


def test_the_integration_of_another_program_is_kept(store: Store):
    integrations = database_of(store).integrations
    config_of_theirs = {
        "url": "https://odoo.example",
        "database": "acme",
        "username": "sync",
        "api_key": "k" * 40,
        "n": 1,
    }
    integrations.insert_one({"integration_type": "odoo", "enabled": False, "config": config_of_theirs})
    assert not store.integrations.is_enabled()
    assert store.integrations.config() == {name: config_of_theirs[name] for name in config_of_theirs if name != "n"}
    store.integrations.set_status(SyncStatus.RUNNING, fence=1, error_message=None)
    assert integrations.find_one()["config"] == config_of_theirs
    assert not store.integrations.is_enabled()
    status = store.integrations.status()
    assert (status.url, status.database, status.username) == ("https://odoo.example", "acme", "sync")
    assert "k" * 40 not in repr(status)


def test_an_integration_without_a_document_is_enabled_and_unconfigured(store: Store):
    assert store.integrations.is_enabled()
    assert store.integrations.config() is None
    assert store.integrations.cursors() == {}
    assert store.integrations.entity_statistics() == {}


def test_counts_of_odoo_and_of_runs_stand_side_by_side(store: Store):
    store.integrations.save_odoo_counts({"users": 7, "data_lake:invoices": None}, AT)
    assert store.integrations.entity_statistics() == {
        "users": EntityStatistics(7, AT),
        "data_lake:invoices": EntityStatistics(None, AT),
    }
    store.integrations.save_entity_statistics("users", 8, 3, fence=2)
    store.integrations.save_entity_statistics("users", 1, 1, fence=1)
    facts = store.integrations.entity_statistics()["users"]
    assert (facts.odoo, facts.changed) == (8, 3)
    assert facts.odoo_at == facts.synced_at
    assert facts.synced_at is not None


# -------------------------------------------------------------------------------------------------- audit


def event(number: int, run_id: str | None = None, **fields: Any) -> AuditEvent:
    return AuditEvent(f"e{number}", "sync_users", "anna", AT.replace(second=number), {"n": number}, run_id, **fields)


def test_the_audit_log_finds_events_by_what_is_asked(store: Store):
    store.audit.append(event(1, "r1"))
    store.audit.append(event(2, "r1", outcome=Outcome.FAILED))
    store.audit.append(replace(event(3), user_id="bob", action="sync_departments"))
    asked = {
        "e2": AuditQuery(outcome=Outcome.FAILED),
        "e3": AuditQuery(user_id="bob", actions=("sync_departments",)),
        "e2 e1": AuditQuery(run_id="r1"),
        "e3 e2": AuditQuery(since=AT.replace(second=2)),
        "e1": AuditQuery(until=AT.replace(second=2)),
        "": AuditQuery(user_id="bob", run_id="r1"),
    }
    for found, query in asked.items():
        assert " ".join(each.id for each in store.audit.page(query, 9).events) == found
    assert store.audit.page(AuditQuery(), 1).events == (replace(event(3), user_id="bob", action="sync_departments"),)
    assert (store.audit.count(AuditQuery(), 2), store.audit.count(AuditQuery(), 9)) == (2, 3)


def test_events_that_arrive_while_paging_move_no_page(store: Store):
    for number in range(6):
        store.audit.append(event(number))
    first = store.audit.page(AuditQuery(), 3)
    store.audit.append(event(50))
    second = store.audit.page(AuditQuery(), 3, first.after)
    assert [each.id for each in (*first.events, *second.events)] == ["e5", "e4", "e3", "e2", "e1", "e0"]


@pytest.mark.parametrize("place", ["", "zz", "00ff", "0500000000"])
def test_a_page_after_no_place_in_the_audit_log_is_refused(store: Store, place: str):
    with pytest.raises(StoreError, match="no place in the audit log"):
        store.audit.page(AuditQuery(), 3, place)


def test_all_events_are_chained_across_processes(mongo_uri: str, database_name: str):
    for number in range(3):  # each time a process of its own, as far as the log can tell
        with open_store(config(mongo_uri, database_name)) as store:
            store.audit.append(event(number, "r1"))
            store.audit.append(event(10 + number))
            stored = list(database_of(store).audit_log.find().sort("chain_number"))
    assert [each["chain_number"] for each in stored] == [1, 2, 3, 4, 5, 6]
    assert [each["id"] for each in stored] == ["e0", "e10", "e1", "e11", "e2", "e12"]
    assert [fold(each["prev"], each["hash"]) for each in stored[:-1]] == [each["prev"] for each in stored[1:]]
    assert [event_hash(each) for each in stored] == [each["hash"] for each in stored]
    stored[1]["details"]["n"] = 99
    assert event_hash(stored[1]) != stored[1]["hash"]


def test_details_of_any_kind_can_be_kept_in_the_audit_log(store: Store):
    details = {
        "big": 2**70,
        "odd": "\ud800",
        "when": AT,
        "outcome": Outcome.SUCCESS,
        "ids": (1, 2),
        "a.b$": {"\0": 1.5},
    }
    store.audit.append(replace(event(1), details=details))
    (found,) = store.audit.page(AuditQuery(), 1).events
    assert found.details == {
        "big": str(2**70),
        "odd": "?",
        "when": AT.isoformat(),
        "outcome": "success",
        "ids": [1, 2],
        "a.b$": {"\ufffd": 1.5},
    }
