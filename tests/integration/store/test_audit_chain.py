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
from odoo_sync_tui.core.run import INTEGRATION, RunRecord
from odoo_sync_tui.core.scope import Scope
from odoo_sync_tui.demo import DemoOdoo
from odoo_sync_tui.store.audit.chain import ChainVerifier, event_hash
from odoo_sync_tui.store.database import Store, open_store
from tests.support.store import ANNA, AT, config
from tests.support.world import FULL, world

NO_END = "it has no end: nobody has recorded how it ended"

Tamper = Callable[[Database[dict[str, Any]]], object]


def event(number: int, run_id: str | None, **fields: Any) -> AuditEvent:
    at = AT + timedelta(seconds=number)
    return AuditEvent(
        f"{run_id}-{number}", "sync_users", "anna", at, {"n": number, "x": 1.5, "t": "ä"}, run_id, **fields
    )


def write_run(store: Store, run_id: str, events: int = 3) -> None:
    """A run with so many events, the last of which is its end."""
    store.runs.start(RunRecord(run_id, "sync_users", ANNA, Scope(), AT, AT), 1)
    for number in range(1, events + 1):
        store.audit.append(event(number, run_id, outcome=Outcome.SUCCESS if number == events else None))


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


def change(event_id: str, **values: object) -> Tamper:
    """Change fields of an event; ``None`` removes one. The hash stays as it is."""
    update = {"$set": {name.replace("__", "."): value for name, value in values.items() if value is not None}}
    unset = {"$unset": {name: "" for name, value in values.items() if value is None}}
    return lambda database: database.audit_log.update_one(
        {"id": event_id}, {k: v for k, v in (update | unset).items() if v}
    )


def change_and_hash_anew(event_id: str) -> Tamper:
    def tamper(database: Database[dict[str, Any]]) -> None:
        stored = database.audit_log.find_one({"id": event_id})
        assert stored
        stored["details"]["n"] = 99
        database.audit_log.replace_one({"id": event_id}, {**stored, "hash": event_hash(stored)})

    return tamper


def append(*, hash_anew: bool) -> Tamper:
    """Append a copy of the last event, as number 4: as it is, or well made with a hash of its own."""

    def tamper(database: Database[dict[str, Any]]) -> None:
        stored = database.audit_log.find_one({"id": "b-3"}, {"_id": 0}) or {}
        copy = {**stored, "id": "b-4", "seq": 4}
        made = {**copy, "prev": stored["hash"]}
        database.audit_log.insert_one({**made, "hash": event_hash(made)} if hash_anew else copy)

    return tamper


def insert_plain(database: Database[dict[str, Any]]) -> None:
    database.audit_log.insert_one({"id": "b-x", "source": "odoo", "run_id": "b", "action": "x", "timestamp": AT})


def remove(*ids: str) -> Tamper:
    return lambda database: database.audit_log.delete_many({"id": {"$in": ids}})


TAMPERINGS: dict[str, tuple[Tamper, str | None]] = {
    "an event is changed": (change("b-2", details__n=99), "b-2"),
    "an operator is changed": (change("b-2", user_id="eve"), "b-2"),
    "a time is shifted": (change("b-2", timestamp=AT), "b-2"),
    "a time becomes nonsense": (change("b-2", timestamp={"not": ["a", "time"]}), "b-2"),
    "a field is added": (change("b-2", note="seen and approved"), "b-2"),
    "an event is hidden as another program's": (change("b-2", source="elsewhere"), "b-2"),
    "an event is changed and hashed anew": (change_and_hash_anew("b-2"), "b-2"),
    "the last event is changed and hashed anew": (change_and_hash_anew("b-3"), "b-3"),
    "a hash is removed": (change("b-2", hash=None), "b-2"),
    "a number is changed": (change("b-2", seq=2.5), "b-2"),
    "a plain event is inserted": (insert_plain, "b-x"),
    "a copy of the last event is appended": (append(hash_anew=False), "b-4"),
    "a well made event is appended": (append(hash_anew=True), "b-4"),
    "the first event is removed": (remove("b-1"), "b-2"),
    "an event in the middle is removed": (remove("b-2"), "b-3"),
    "the last event is removed": (remove("b-3"), None),
    "all events are removed": (remove("b-1", "b-2", "b-3"), None),
}
"""What somebody does to the run "b", and the event at which it is found."""


@pytest.mark.parametrize("name", TAMPERINGS)
def test_a_falsification_is_found_at_its_run_and_event(history: Store, database: Database[dict[str, Any]], name: str):
    tamper, event_id = TAMPERINGS[name]
    tamper(database)
    report, found = verified(history)
    assert not report.is_intact
    assert report.breaks == len(found)
    assert {problem.run_id for problem in found} == {"b"}
    assert event_id in {problem.event_id for problem in found}


def test_a_history_without_its_end_says_how_many_events_are_missing(history: Store, database: Database[dict[str, Any]]):
    remove("b-2", "b-3")(database)
    missing, without_end = verified(history)[1]
    assert missing.problem == "of its 3 events, the last 2 are missing"
    assert without_end.problem == NO_END


def test_a_gap_in_the_history_names_the_events_around_it(history: Store, database: Database[dict[str, Any]]):
    remove("b-2")(database)
    (problem,) = verified(history)[1]
    assert "number 3, after number 1" in str(problem)


def test_without_the_record_the_next_event_still_gives_a_new_hash_away(history: Store, database: Database[Any]):
    database.sync_runs.delete_one({"_id": "b"})
    change_and_hash_anew("b-2")(database)
    (problem,) = verified(history)[1]
    assert str(problem) == "run b, event b-3: it does not follow on the event before it: one of them was changed"


def test_an_event_without_a_run_shows_a_change(history: Store, database: Database[dict[str, Any]]):
    database.audit_log.update_one({"id": "None-2"}, {"$set": {"user_id": "eve"}})
    assert verified(history)[1] == [ChainBreak("it was changed", None, "None-2")]


def test_two_events_cannot_have_one_number(history: Store, database: Database[dict[str, Any]]):
    stored = database.audit_log.find_one({"id": "b-3"}, {"_id": 0})
    with pytest.raises(DuplicateKeyError):
        database.audit_log.insert_one({**(stored or {}), "id": "b-4"})


def test_events_that_cannot_be_judged_are_counted_and_not_called_false(
    history: Store, database: Database[dict[str, Any]]
):
    database.audit_log.insert_one({"source": "odoo", "action": "sync_users", "timestamp": AT, "user_id": "old"})
    database.audit_log.insert_one({"source": "billing", "run_id": "b", "action": "x", "timestamp": AT})
    database.sync_runs.delete_one({"_id": "c"})
    report, found = verified(history)
    assert (report, found) == (ChainReport(events=12, runs=3, unanchored=1, unchained=1, breaks=0), [])


@pytest.mark.parametrize("killed_after", ["announcing", "writing"])
def test_a_process_killed_while_it_writes_an_event_leaves_an_intact_history(
    store: Store, monkeypatch: pytest.MonkeyPatch, killed_after: str
):
    store.runs.start(RunRecord("a", "sync_users", ANNA, Scope(), AT, AT), 1)
    store.audit.append(event(1, "a"))

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
    assert [problem.problem for problem in verified(store)[1]] == [NO_END]
    store.audit.append(event(3, "a", outcome=Outcome.INTERRUPTED))
    assert verified(store)[0].is_intact


def test_two_processes_that_write_for_one_run_make_one_chain(mongo_uri: str, database_name: str):
    with open_store(config(mongo_uri, database_name)) as one, open_store(config(mongo_uri, database_name)) as other:
        one.indexes.ensure()
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
        one.audit.append(event(200, "a", outcome=Outcome.SUCCESS))
        assert verified(one) == (ChainReport(41, 1, 0, 0, 0), [])


def test_events_that_a_run_at_work_writes_meanwhile_are_not_called_false(store: Store, monkeypatch: pytest.MonkeyPatch):
    """The events are read just before the second one is written, and the record just after."""
    write_run(store, "a", 2)
    read = ChainVerifier._chained

    def early(self: ChainVerifier, query: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
        return (each for each in read(self, query) if each["seq"] == 1 or query["run_id"] == "a")

    monkeypatch.setattr(ChainVerifier, "_chained", early)
    assert verified(store)[1] == []


def test_a_run_without_an_end_is_found_unless_it_is_at_work(store: Store):
    lease = store.leases.acquire(INTEGRATION, ANNA, "a", 60)
    store.runs.start(RunRecord("a", "sync_users", ANNA, Scope(), AT, AT), lease.fence)
    store.audit.append(event(1, "a"))
    assert verified(store)[1] == []
    store.leases.release(lease)
    assert [(problem.run_id, problem.problem) for problem in verified(store)[1]] == [("a", NO_END)]


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
