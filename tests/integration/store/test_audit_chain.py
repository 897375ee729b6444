"""The history on a real mongod: a falsification is found, and nothing else is called one."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from odoo_sync_tui.core.actions import Action, Outcome
from odoo_sync_tui.core.audit.events import AuditEvent, ChainBreak, ChainReport
from odoo_sync_tui.core.run import RunRecord
from odoo_sync_tui.core.scope import Scope
from odoo_sync_tui.demo import DemoOdoo
from odoo_sync_tui.store.audit.chain import ChainVerifier, event_hash
from odoo_sync_tui.store.database import Store, open_store
from tests.support.store import ANNA, AT, config
from tests.support.world import FULL, world

Tamper = Callable[[Database[dict[str, Any]]], object]


@pytest.fixture
def store(mongo_uri: str, database_name: str) -> Iterator[Store]:
    with open_store(config(mongo_uri, database_name)) as opened:
        yield opened


def event(number: int, run_id: str | None, **fields: Any) -> AuditEvent:
    at = AT + timedelta(seconds=number)
    return AuditEvent(
        f"{run_id}-{number}", "sync_users", "anna", at, {"n": number, "x": 1.5, "t": "ä"}, run_id, **fields
    )


def write_run(store: Store, run_id: str, events: int = 3, fence: int = 1) -> None:
    store.runs.start(RunRecord(run_id, "sync_users", ANNA, Scope(), AT, AT), fence)
    for number in range(1, events + 1):
        store.audit.append(event(number, run_id))


def verified(store: Store) -> tuple[ChainReport, list[ChainBreak]]:
    found: list[ChainBreak] = []
    return store.audit.verify(found.append), found


@pytest.fixture
def history(store: Store) -> Store:
    """Three runs of three events, and two events of nobody's run."""
    for run_id in ("a", "b", "c"):
        write_run(store, run_id)
    store.audit.append(event(1, None))
    store.audit.append(event(2, None))
    return store


def test_an_untouched_history_is_intact(history: Store):
    report, found = verified(history)
    assert (report, found) == (ChainReport(events=11, runs=3, unanchored=0, unchained=0, breaks=0), [])


def test_an_empty_history_is_intact(store: Store):
    assert verified(store) == (ChainReport(0, 0, 0, 0, 0), [])


def change_an_event(database: Database[dict[str, Any]]) -> None:
    database.audit_log.update_one({"id": "b-2"}, {"$set": {"details.n": 99}})


def change_an_operator(database: Database[dict[str, Any]]) -> None:
    database.audit_log.update_one({"id": "b-2"}, {"$set": {"user_id": "eve"}})


def shift_a_time(database: Database[dict[str, Any]]) -> None:
    database.audit_log.update_one({"id": "b-2"}, {"$set": {"timestamp": AT}})


def write_nonsense_for_a_time(database: Database[dict[str, Any]]) -> None:
    database.audit_log.update_one({"id": "b-2"}, {"$set": {"timestamp": {"not": ["a", "time"]}}})


def add_a_field(database: Database[dict[str, Any]]) -> None:
    database.audit_log.update_one({"id": "b-2"}, {"$set": {"note": "seen and approved"}})


def hide_an_event_as_another_programs(database: Database[dict[str, Any]]) -> None:
    database.audit_log.update_one({"id": "b-2"}, {"$set": {"source": "elsewhere"}})


def change_and_hash_anew(database: Database[dict[str, Any]]) -> None:
    stored = database.audit_log.find_one({"id": "b-2"})
    assert stored
    stored["details"]["n"] = 99
    database.audit_log.replace_one({"id": "b-2"}, {**stored, "hash": event_hash(stored)})


def change_the_last_and_hash_anew(database: Database[dict[str, Any]]) -> None:
    stored = database.audit_log.find_one({"id": "b-3"})
    assert stored
    stored["details"]["n"] = 99
    database.audit_log.replace_one({"id": "b-3"}, {**stored, "hash": event_hash(stored)})


def strip_the_hash(database: Database[dict[str, Any]]) -> None:
    database.audit_log.update_one({"id": "b-2"}, {"$unset": {"hash": 1}})


def insert_a_plain_event(database: Database[dict[str, Any]]) -> None:
    database.audit_log.insert_one({"id": "b-x", "source": "odoo", "run_id": "b", "action": "x", "timestamp": AT})


def insert_a_copy_of_the_last(database: Database[dict[str, Any]]) -> None:
    stored = database.audit_log.find_one({"id": "b-3"}, {"_id": 0})
    database.audit_log.insert_one({**(stored or {}), "id": "b-4", "seq": 4})


def append_a_well_made_event(database: Database[dict[str, Any]]) -> None:
    stored = database.audit_log.find_one({"id": "b-3"}, {"_id": 0}) or {}
    made = {**stored, "id": "b-4", "seq": 4, "prev": stored["hash"]}
    database.audit_log.insert_one({**made, "hash": event_hash(made)})


def change_a_number(database: Database[dict[str, Any]]) -> None:
    database.audit_log.update_one({"id": "b-2"}, {"$set": {"seq": 2.5}})


def remove(*ids: str) -> Tamper:
    return lambda database: database.audit_log.delete_many({"id": {"$in": ids}})


@pytest.mark.parametrize(
    ("tamper", "event_id"),
    [
        (change_an_event, "b-2"),
        (change_an_operator, "b-2"),
        (shift_a_time, "b-2"),
        (write_nonsense_for_a_time, "b-2"),
        (add_a_field, "b-2"),
        (hide_an_event_as_another_programs, "b-2"),
        (change_and_hash_anew, "b-2"),
        (change_the_last_and_hash_anew, "b-3"),
        (strip_the_hash, "b-2"),
        (change_a_number, "b-2"),
        (insert_a_plain_event, "b-x"),
        (insert_a_copy_of_the_last, "b-4"),
        (append_a_well_made_event, "b-4"),
        (remove("b-1"), "b-2"),
        (remove("b-2"), "b-3"),
        (remove("b-3"), None),
        (remove("b-1", "b-2", "b-3"), None),
    ],
)
def test_a_falsification_is_found_at_its_run_and_event(
    history: Store, database: Database[dict[str, Any]], tamper: Tamper, event_id: str | None
):
    tamper(database)
    report, found = verified(history)
    assert not report.is_intact
    assert found
    assert report.breaks == len(found)
    assert {problem.run_id for problem in found} == {"b"}
    assert event_id in {problem.event_id for problem in found}


def test_a_missing_end_says_how_many_are_missing(history: Store, database: Database[dict[str, Any]]):
    remove("b-2", "b-3")(database)
    assert [problem.problem for problem in verified(history)[1]] == ["of its 3 events, the last 2 are missing"]


def test_a_gap_names_the_events_around_it(history: Store, database: Database[dict[str, Any]]):
    remove("b-2")(database)
    (problem,) = verified(history)[1]
    assert "number 3, after number 1" in str(problem)


def test_without_the_record_the_next_event_still_gives_a_new_hash_away(history: Store, database: Database[Any]):
    database.sync_runs.delete_one({"_id": "b"})
    change_and_hash_anew(database)
    (problem,) = verified(history)[1]
    assert str(problem) == "run b, event b-3: it does not follow on the event before it: one of them was changed"


def test_an_event_without_a_run_shows_a_change(history: Store, database: Database[dict[str, Any]]):
    database.audit_log.update_one({"id": "None-2"}, {"$set": {"user_id": "eve"}})
    assert verified(history)[1] == [ChainBreak("it was changed", None, "None-2")]


def test_two_events_cannot_have_one_number(history: Store, database: Database[dict[str, Any]]):
    stored = database.audit_log.find_one({"id": "b-3"}, {"_id": 0})
    with pytest.raises(DuplicateKeyError):
        database.audit_log.insert_one({**(stored or {}), "id": "b-4"})


def test_what_cannot_be_told_is_counted_and_not_called_false(history: Store, database: Database[dict[str, Any]]):
    database.audit_log.insert_one({"source": "odoo", "action": "sync_users", "timestamp": AT, "user_id": "old"})
    database.audit_log.insert_one({"source": "billing", "run_id": "b", "action": "x", "timestamp": AT})
    database.sync_runs.delete_one({"_id": "c"})
    report, found = verified(history)
    assert (report, found) == (ChainReport(events=12, runs=3, unanchored=1, unchained=1, breaks=0), [])


@pytest.mark.parametrize("killed_after", ["announcing", "writing"])
def test_a_process_killed_while_it_writes_an_event_leaves_an_intact_history(
    store: Store, monkeypatch: pytest.MonkeyPatch, killed_after: str
):
    write_run(store, "a", 1)

    class Killed(BaseException):
        pass

    def kill(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        if killed_after == "writing":
            patched.setattr("odoo_sync_tui.store.audit.chain.record_written_count", kill)
        else:
            patched.setattr("pymongo.collection.Collection.insert_one", kill)
        with pytest.raises(Killed):
            store.audit.append(event(2, "a"))
    assert verified(store)[0].is_intact
    store.audit.append(event(3, "a", outcome=Outcome.INTERRUPTED))
    assert verified(store)[0].is_intact


def test_two_processes_that_write_for_one_run_make_one_chain(mongo_uri: str, database_name: str):
    with open_store(config(mongo_uri, database_name)) as one, open_store(config(mongo_uri, database_name)) as other:
        write_run(one, "a", 0)
        begin = threading.Barrier(2)

        def write(store: Store, first: int) -> None:
            begin.wait()
            for number in range(first, first + 20):
                store.audit.append(event(number, "a"))

        thread = threading.Thread(target=write, args=(other, 100))
        thread.start()
        write(one, 1)
        thread.join()
        assert verified(one) == (ChainReport(40, 1, 0, 0, 0), [])


def test_what_a_run_at_work_writes_meanwhile_is_not_called_false(store: Store, monkeypatch: pytest.MonkeyPatch):
    """The events are read just before the second one is written, and the record just after."""
    write_run(store, "a", 2)
    read = ChainVerifier._chained

    def early(self: ChainVerifier, query: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
        return (each for each in read(self, query) if each["seq"] == 1 or query["run_id"] == "a")

    monkeypatch.setattr(ChainVerifier, "_chained", early)
    assert verified(store)[1] == []


def test_real_runs_leave_an_intact_history(mongo_uri: str, database_name: str):
    with DemoOdoo(records=30) as odoo, world(mongo_uri, database_name, odoo) as here:
        for action in Action:
            here.sync(action)
        here.sync(Action.DATA_LAKE, replace(FULL, dry_run=True))
        found: list[ChainBreak] = []
        report = here.backend.overview_queries.verify_audit_log(found.append)
        assert (report.events, report.runs, found) == (8, 4, [])
        here.database.audit_log.delete_one({"details.event": "finished"})
        assert not here.backend.overview_queries.verify_audit_log(found.append).is_intact
