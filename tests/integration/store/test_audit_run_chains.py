"""A history that the version before the chain of all events wrote: it is verified as it was then."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from odoo_sync_tui.core.actions import Outcome
from odoo_sync_tui.core.audit.events import ChainBreak, ChainReport
from odoo_sync_tui.store.audit.chain import event_hash
from odoo_sync_tui.store.audit.history_verifier import HistoryVerifier
from odoo_sync_tui.store.database import Store
from tests.support.audit_history import NO_END, append_as_earlier, event, start_run, verified, write_earlier_run
from tests.support.store import AT, database_of

Tamper = Callable[[Database[dict[str, Any]]], object]


@pytest.fixture
def history(store: Store) -> Store:
    """Three runs of three events, and two events of nobody's run."""
    for run_id in ("a", "b", "c"):
        write_earlier_run(store, run_id)
    for number in (1, 2):
        append_as_earlier(database_of(store), event(number, None))
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


@pytest.mark.parametrize("steps", [1, 2])
def test_a_process_killed_while_it_wrote_an_event_left_an_intact_history(
    store: Store, database: Database[dict[str, Any]], steps: int
):
    start_run(store, "a")
    append_as_earlier(database, event(1, "a"))
    append_as_earlier(database, event(2, "a"), steps)
    assert [problem.problem for problem in verified(store)[1]] == [NO_END]
    store.audit.append(event(3, "a", outcome=Outcome.INTERRUPTED))
    assert verified(store)[0].is_intact


def test_events_that_an_earlier_version_writes_meanwhile_are_not_called_false(
    store: Store, monkeypatch: pytest.MonkeyPatch
):
    """The events are read just before the second one is written, and the record just after."""
    write_earlier_run(store, "a", 2)
    read = HistoryVerifier._sorted

    def early(self: HistoryVerifier, query: Mapping[str, Any], *rest: Any) -> Iterator[Mapping[str, Any]]:
        return (each for each in read(self, query, *rest) if each.get("seq", 1) == 1 or query["run_id"] == "a")

    monkeypatch.setattr(HistoryVerifier, "_sorted", early)
    assert verified(store)[1] == []
