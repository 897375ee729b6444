"""Runs and processes that add to one history, and are killed or put to sleep anywhere: it stays intact."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from multiprocessing.context import ForkServerContext
from typing import Any

import pytest
from pymongo.database import Database

from odoo_sync_tui.core.actions import Action
from odoo_sync_tui.core.audit.events import ChainBreak
from odoo_sync_tui.demo import DemoOdoo
from odoo_sync_tui.store.audit import chain
from odoo_sync_tui.store.audit.chain import MAX_IN_FLIGHT
from odoo_sync_tui.store.database import Store, open_store
from tests.support.audit_history import event, verified
from tests.support.processes import fork_server
from tests.support.slow import slow
from tests.support.store import config
from tests.support.world import FULL, wait_until, world

Fields = dict[str, Any]


@pytest.fixture(scope="module")
def processes() -> Iterator[ForkServerContext]:
    with fork_server(__name__) as context:  # this module: else each process imports it, for half a second
        yield context


def die(*_: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def append_and_die(uri: str, database: str, step: str) -> None:
    """Add an event, and be killed just before this step."""
    with open_store(config(uri, database)) as store:
        setattr(chain, step, die)
        store.audit.append(event(1, None))


def append_with_a_nap(uri: str, database: str, may_insert: Any) -> None:
    """Add an event, and sleep just before it is inserted."""
    insert = chain.insert

    def insert_later(*arguments: Any) -> None:
        assert may_insert.wait(60)
        insert(*arguments)

    with open_store(config(uri, database)) as store:
        chain.insert = insert_later
        store.audit.append(event(1, "sleeper"))


def append_many(uri: str, database: str, name: str, begin: Any) -> None:
    with open_store(config(uri, database)) as store:
        begin.wait(60)
        for number in range(25):
            store.audit.append(event(number, None if number % 2 else name))


def head_of(database: Database[Fields]) -> Fields:
    return (database.integrations.find_one() or {}).get("audit_head") or {}


def append(store: Store, count: int) -> None:
    for number in range(count):
        store.audit.append(event(number, None))


def test_real_runs_leave_an_intact_history(mongo_uri: str, database_name: str):
    with DemoOdoo(records=30) as odoo, world(mongo_uri, database_name, odoo) as here:
        for action in Action:
            here.sync(action)
        here.sync(Action.DATA_LAKE, replace(FULL, dry_run=True))
        found: list[ChainBreak] = []
        report = here.backend.overview_queries.verify_audit_log(found.append)
        assert (report.events, report.runs, found) == (8, 4, [])
        assert (here.database.integrations.find_one() or {})["audit_head"]["pending"] == {}
        here.database.audit_log.delete_one({"details.event": "finished"})
        assert not here.backend.overview_queries.verify_audit_log(found.append).is_intact


@pytest.mark.parametrize(
    ("events_before", "step", "missing"),
    [
        (0, "_begin", 0),
        (0, "ensure_document", 0),
        (0, "insert", 1),
        (3, "announce", 0),
        (3, "confirm", 0),
        *slow([(0, "announce", 0), (0, "confirm", 0), (3, "insert", 1)]),
    ],
)
def test_a_process_killed_at_any_step_of_an_event_leaves_an_intact_history(
    store: Store,
    database: Database[Fields],
    mongo_uri: str,
    processes: ForkServerContext,
    events_before: int,
    step: str,
    missing: int,
):
    append(store, events_before)
    child = processes.Process(target=append_and_die, args=(mongo_uri, database.name, step))
    child.start()
    child.join(60)
    assert child.exitcode == -signal.SIGKILL
    for events in (0, 1, MAX_IN_FLIGHT + 1):
        append(store, events)
        report, found = verified(store)
        assert (found, report.missing) == ([], missing)
    assert head_of(database)["pending"] == {}


def test_an_event_whose_process_was_killed_behind_it_is_guarded_by_the_next_one(
    store: Store, database: Database[Fields], mongo_uri: str, processes: ForkServerContext
):
    append(store, 2)
    child = processes.Process(target=append_and_die, args=(mongo_uri, database.name, "confirm"))
    child.start()
    child.join(60)
    append(store, 1)
    database.audit_log.delete_one({"chain_number": 3})
    assert [problem.problem for problem in verified(store)[1]] == ["number 3 is missing before it"]


def test_an_announced_event_that_is_given_up_may_come_late(
    store: Store, database: Database[Fields], mongo_uri: str, processes: ForkServerContext
):
    append(store, 2)
    may_insert = processes.Event()
    child = processes.Process(target=append_with_a_nap, args=(mongo_uri, database.name, may_insert))
    child.start()
    wait_until(lambda: head_of(database)["number"] == 3)
    append(store, MAX_IN_FLIGHT + 2)
    given_up, found = verified(store)
    assert (given_up.missing, found) == (1, [])
    may_insert.set()
    child.join(60)
    late, found = verified(store, given_up.head)
    assert (late.missing, found) == (0, [])
    assert database.audit_log.count_documents({"run_id": "sleeper", "chain_number": 3}) == 1


def test_two_given_up_events_side_by_side_hide_no_change_before_them(
    store: Store, database: Database[Fields], mongo_uri: str, processes: ForkServerContext
):
    append(store, 2)
    for _ in range(2):
        child = processes.Process(target=append_and_die, args=(mongo_uri, database.name, "insert"))
        child.start()
        child.join(60)
    append(store, MAX_IN_FLIGHT + 3)
    report, found = verified(store)
    assert (report.missing, found) == (2, [])
    stored = database.audit_log.find_one({"chain_number": 2}) or {}
    made = {**stored, "user_id": "eve"}
    database.audit_log.replace_one({"_id": stored["_id"]}, {**made, "hash": chain.event_hash(made)})
    assert [problem.problem for problem in verified(store)[1]] == [
        "it does not follow on number 4: one of the two was changed"
    ]


def test_processes_that_begin_a_history_together_make_one_chain(
    store: Store, database: Database[Fields], mongo_uri: str, processes: ForkServerContext
):
    begin = processes.Barrier(4)
    children = [
        processes.Process(target=append_many, args=(mongo_uri, database.name, f"run {number}", begin))
        for number in range(4)
    ]
    for child in children:
        child.start()
    for child in children:
        child.join(100)
    assert [child.exitcode for child in children] == [0] * 4
    report, found = verified(store)
    assert (report.events, report.runs, report.missing, found) == (100, 4, 0, [])
    numbers = [each["chain_number"] for each in database.audit_log.find().sort("chain_number")]
    assert numbers == list(range(1, 101))
    append(store, 1)
    assert head_of(database)["pending"] == {}


def test_a_history_that_another_process_begins_meanwhile_is_not_begun_anew(
    store: Store, monkeypatch: pytest.MonkeyPatch
):
    ensure = chain.ensure_document

    def begun_by_another(database: Database[Fields]) -> None:
        monkeypatch.setattr(chain, "ensure_document", ensure)
        append(store, 2)

    monkeypatch.setattr(chain, "ensure_document", begun_by_another)
    append(store, 1)
    report, found = verified(store)
    assert (report.events, report.head and report.head.number, found) == (3, 3, [])


def test_events_that_are_written_during_a_verification_are_not_called_false(
    store: Store, monkeypatch: pytest.MonkeyPatch
):
    """An event comes after the head was read, and one that is only announced."""
    append(store, 3)
    read = chain.read_head

    def read_then_write(database: Any) -> Any:
        answer = read(database)
        with monkeypatch.context() as patched:
            patched.setattr("odoo_sync_tui.store.audit.history_verifier.read_head", read)
            append(store, 1)
            patched.setattr(chain, "insert", lambda *_: None)
            append(store, 1)
        append(store, 1)
        return answer

    monkeypatch.setattr("odoo_sync_tui.store.audit.history_verifier.read_head", read_then_write)
    report, found = verified(store)
    assert (report.head and report.head.number, found) == (3, [])
