"""The history on a real mongod: a falsification is found, whatever is written after it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from bson import ObjectId
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from odoo_sync_tui.core.audit.events import ChainBreak, ChainReport, NotedHead
from odoo_sync_tui.core.run import INTEGRATION
from odoo_sync_tui.store.audit.chain import MAX_IN_FLIGHT, event_hash, fold
from odoo_sync_tui.store.database import Store
from tests.integration.store.conftest import Copies
from tests.support.audit_history import NO_END, event, start_run, verified, write_run
from tests.support.slow import slow
from tests.support.store import ANNA, AT

Fields = dict[str, Any]
Tamper = Callable[[Database[Fields]], object]


@pytest.fixture
def history(store: Store, database: Database[Fields], copies: Copies) -> Store:
    """Three runs of three events, a, b and c, with an event of no run after the first two: eleven in all."""

    def write() -> None:
        for number, run_id in enumerate("ab", 1):
            write_run(store, run_id)
            store.audit.append(event(number, None))
        write_run(store, "c")

    copies.fill(database, write)
    return store


def test_an_untouched_history_is_intact_and_gives_its_head(history: Store, database: Database[Fields]):
    report, found = verified(history)
    last = database.audit_log.find_one({"chain_number": 11}) or {}
    head = NotedHead(11, 0, 0, fold(last["prev"], last["hash"]))
    assert (report, found) == (ChainReport(events=11, runs=3, unanchored=0, unchained=0, breaks=0, head=head), [])
    assert NotedHead.parse(str(head)) == head


def test_an_empty_history_is_intact_and_has_no_head(store: Store):
    assert verified(store) == (ChainReport(0, 0, 0, 0, 0), [])


# ---------------------------------------------------------------------------------------- what somebody may do


def change(event_id: str, **values: object) -> Tamper:
    """Change fields of an event; ``None`` removes one. The hash stays as it is."""
    update = {"$set": {name.replace("__", "."): value for name, value in values.items() if value is not None}}
    unset = {"$unset": {name: "" for name, value in values.items() if value is None}}
    return lambda database: database.audit_log.update_one(
        {"id": event_id}, {k: v for k, v in (update | unset).items() if v}
    )


def remove(*ids: str) -> Tamper:
    return lambda database: database.audit_log.delete_many({"id": {"$in": ids}})


def drop(*names: str) -> Tamper:
    return lambda database: [database.drop_collection(name) for name in names]


def remove_run(database: Database[Fields]) -> None:
    database.audit_log.delete_many({"run_id": "b"})
    database.sync_runs.delete_one({"_id": "b"})


def insert(event_id: str, run_id: str | None, **values: object) -> Tamper:
    plain = {"id": event_id, "source": "odoo", "run_id": run_id, "action": "x", "timestamp": AT}
    return lambda database: database.audit_log.insert_one(plain | values)


def insert_hashed(event_id: str, **values: object) -> Tamper:
    """Insert an event with a right hash of its own."""
    plain: Fields = {"id": event_id, "source": "odoo", "run_id": None, "action": "x", "timestamp": AT, **values}
    return lambda database: database.audit_log.insert_one(plain | {"hash": event_hash(plain)})


def append_well_made(database: Database[Fields]) -> None:
    """Add an event at the end as the program would, but for the head."""
    head = (database.integrations.find_one() or {})["audit_head"]
    insert_hashed("x", chain_number=head["number"] + 1, prev=head["digest"])(database)


def rewrite(first: int, last: int, **values: object) -> Tamper:
    """Change the events of these numbers, and make them fit each other again: numbers, digests and hashes."""

    def tamper(database: Database[Fields]) -> None:
        digest: str | None = None
        for stored in list(
            database.audit_log.find({"chain_number": {"$gte": first, "$lte": last}}).sort("chain_number")
        ):
            made = {**stored, "prev": digest or stored["prev"], **values}
            made["hash"] = event_hash(made)
            database.audit_log.replace_one({"_id": stored["_id"]}, made)
            digest = fold(made["prev"], made["hash"])

    return tamper


def swap_numbers(database: Database[Fields]) -> None:
    """Let two events change places, each with a right hash."""
    one, other = (database.audit_log.find_one({"id": name}) or {} for name in ("b-1", "b-2"))
    database.audit_log.delete_many({"id": {"$in": ["b-1", "b-2"]}})
    for moved, to in ((one, other), (other, one)):
        made = {**moved, "chain_number": to["chain_number"], "prev": to["prev"]}
        database.audit_log.insert_one({**made, "hash": event_hash(made)})


def set_head(**values: object) -> Tamper:
    update = {f"audit_head.{name}": value for name, value in values.items()}
    return lambda database: database.integrations.update_one({}, {"$set": update})


def replace_head(value: object) -> Tamper:
    return lambda database: database.integrations.update_one({}, {"$set": {"audit_head": value}})


def remove_head(database: Database[Fields]) -> None:
    database.integrations.update_one({}, {"$unset": {"audit_head": ""}})


def set_head_back(number: int) -> Tamper:
    """Set the head to what it was at an earlier event."""

    def tamper(database: Database[Fields]) -> None:
        following = database.audit_log.find_one({"chain_number": number + 1}) or {}
        set_head(number=number, digest=following["prev"])(database)

    return tamper


def all_of(*parts: Tamper) -> Tamper:
    return lambda database: [part(database) for part in parts]


OLD_ID = ObjectId.from_datetime(datetime(2001, 1, 1, tzinfo=UTC))
TAMPERINGS: dict[str, tuple[Tamper, str | None]] = {
    "an event is changed": (change("b-2", details__n=99), "b-2"),
    "an operator is changed": (change("b-2", user_id="eve"), "b-2"),
    "a time is shifted": (change("b-2", timestamp=AT), "b-2"),
    "a time becomes nonsense": (change("b-2", timestamp={"not": ["a", "time"]}), "b-2"),
    "a field is added": (change("b-2", note="seen and approved"), "b-2"),
    "an event is hidden as another program's": (change("b-2", source="elsewhere"), "b-2"),
    "an event is moved to another run": (change("b-2", run_id="a"), "b-2"),
    "an event of no run is changed": (change("None-2", user_id="eve"), "None-2"),
    "an event is changed and hashed anew": (rewrite(6, 6, user_id="eve"), "b-3"),
    "the first event is changed and hashed anew": (rewrite(1, 1, user_id="eve"), "a-2"),
    "the last event is changed and hashed anew": (rewrite(11, 11, user_id="eve"), "c-3"),
    "a run is replaced by one with all hashes right": (rewrite(5, 7, user_id="eve"), "None-2"),
    "the last run is replaced by one with all hashes right": (rewrite(9, 11, user_id="eve"), "c-3"),
    "all is replaced, with all hashes right but the head": (rewrite(1, 11, user_id="eve"), "c-3"),
    "a hash is removed": (change("b-2", hash=None), "b-2"),
    "a hash becomes nonsense": (change("b-2", hash=["x"]), "b-2"),
    "a digest becomes nonsense": (change("b-2", prev=7), "b-2"),
    "a number is removed": (change("b-2", chain_number=None), "b-2"),
    "a number is removed, and the next event shows it": (change("b-2", chain_number=None), "b-3"),
    "a number becomes a fraction": (change("b-2", chain_number=6.5), "b-2"),
    "a number becomes nonsense": (change("b-2", chain_number="6"), "b-2"),
    "a number becomes negative": (change("b-2", chain_number=-6), "b-2"),
    "an event is moved behind the end": (change("b-2", chain_number=40), "b-2"),
    "two events change places": (swap_numbers, "b-1"),
    "a plain event of a run is inserted": (insert("x", "b"), "x"),
    "a plain event of a new run is inserted": (insert("x", "new"), "x"),
    "a plain event of no run is inserted": (insert("x", None), "x"),
    "a plain event is inserted with an old id": (insert("x", None, _id=OLD_ID), "x"),
    "a hashed event of no run is inserted": (insert_hashed("x", seq=None, prev=None), "x"),
    "a hashed event is inserted with an old id": (insert_hashed("x", seq=None, prev=None, _id=OLD_ID), "x"),
    "a plain event is inserted with a number": (insert("x", None, chain_number=12), "x"),
    "a well made event is appended": (append_well_made, None),
    "the first event is removed": (remove("a-1"), "a-2"),
    "an event in the middle is removed": (remove("b-2"), "b-3"),
    "the end of a run is removed": (remove("b-3"), "None-2"),
    "an event of no run is removed": (remove("None-1"), "b-1"),
    "the last event is removed": (remove("c-3"), None),
    "the last three events are removed": (remove("c-1", "c-2", "c-3"), None),
    "a run is removed with its record": (remove_run, "None-2"),
    "all events are removed": (drop("audit_log"), None),
    "all events and records are removed": (drop("audit_log", "sync_runs"), None),
    "the head is removed": (remove_head, None),
    "the document of the integration is removed": (drop("integrations"), None),
    "the head is set back": (set_head_back(5), None),
    "the head is set back to the beginning": (set_head(number=0), None),
    "the head is set forward": (set_head(number=12), None),
    "the digest of the head is changed": (set_head(digest="h1:00"), "c-3"),
    "what was there before is changed": (set_head(before={"of_runs": 1, "strays": 0, "newest": None}), "a-1"),
    "what was there before is removed": (set_head(before=None), "a-1"),
    "an event is removed, and another one called pending": (
        all_of(remove("b-2"), set_head(pending={"5": "h1:00"})), "b-3"),
    "an event is removed and called pending with another hash": (
        all_of(remove("b-2"), set_head(pending={"6": "h1:00"})), "b-3"),
    **{
        f"the head becomes {value!r}": (replace_head(value), None)
        for value in (
            "x", 5, [], {}, [{"number": 11, "digest": "h1:00", "pending": {}}],
            {"number": "x", "digest": "h1:00", "pending": {}}, {"number": 11.0, "digest": "h1:00", "pending": {}},
            {"number": -1, "digest": "h1:00", "pending": {}}, {"number": 2**62, "digest": "h1:00", "pending": {}},
            {"number": 11, "digest": "", "pending": {}}, {"number": 11, "digest": "h1:00\n", "pending": {}},
            {"number": 11, "digest": "h1:00", "pending": []}, {"number": 11, "digest": "h1:00"},
        )
    },
}  # fmt: skip
"""What somebody does, and the event at which it is found; ``None``: at none, but in the history as a whole."""


VARIANTS = {
    "a time is shifted", "a field is added", "an event of no run is changed", "a hash is removed",
    "a number is removed", "a number becomes a fraction", "a plain event of a run is inserted",
    *(name for name in TAMPERINGS if name.startswith("the head becomes {'number': ") and str(2**62) not in name),
}  # fmt: skip


@pytest.mark.parametrize("name", [*sorted(TAMPERINGS.keys() - VARIANTS), *slow(sorted(VARIANTS))])
def test_a_falsification_is_found_at_its_event_and_still_after_the_program_went_on(
    history: Store, database: Database[Fields], name: str
):
    tamper, event_id = TAMPERINGS[name]
    tamper(database)
    report, found = verified(history)
    assert (report.is_intact, report.breaks) == (False, len(found))
    assert event_id in {problem.event_id for problem in found}
    for number in range(1, MAX_IN_FLIGHT + 5):
        history.audit.append(event(number, "d"))
    assert verified(history)[0].breaks
    assert database.audit_log.count_documents({"run_id": "d"}) == MAX_IN_FLIGHT + 4


def test_a_head_that_was_set_far_back_stops_no_sync(
    history: Store, database: Database[Fields], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("odoo_sync_tui.store.audit.log.MAX_TRIES", 3)
    set_head(number=0)(database)
    history.audit.append(event(1, "d"))
    assert database.audit_log.count_documents({"id": "d-1", "chain_number": 12}) == 1


def test_what_is_missing_is_told_by_its_numbers(history: Store, database: Database[Fields]):
    remove("a-1", "b-1", "b-2", "c-3")(database)
    assert [str(problem) for problem in verified(history)[1]][:3] == [
        "run a, event a-2: number 1 is missing before it",
        "run b, event b-3: the numbers 5 to 6 are missing before it",
        "number 11 is missing at the end of the chain",
    ]


def test_a_run_whose_end_was_removed_is_named(history: Store, database: Database[Fields]):
    remove("b-3")(database)
    assert ChainBreak(NO_END, "b") in verified(history)[1]


def test_two_events_cannot_have_one_number(history: Store, database: Database[Fields]):
    stored = database.audit_log.find_one({"id": "b-3"}, {"_id": 0}) or {}
    with pytest.raises(DuplicateKeyError):
        database.audit_log.insert_one({**stored, "id": "b-4"})


def test_events_of_other_programs_and_missing_records_of_runs_are_no_falsification(
    history: Store, database: Database[Fields]
):
    database.audit_log.insert_one({"source": "billing", "run_id": "b", "action": "x", "timestamp": AT})
    database.sync_runs.delete_one({"_id": "c"})
    report, found = verified(history)
    assert (replace(report, head=None), found) == (ChainReport(11, 3, unanchored=1, unchained=0, breaks=0), [])


def test_the_status_of_the_integration_leaves_the_head_alone(history: Store, database: Database[Fields]):
    before = (database.integrations.find_one() or {})["audit_head"]
    history.integrations.save_odoo_counts({"users": 7}, AT)
    document = database.integrations.find_one() or {}
    assert (document["audit_head"], document["entities"]["users"]["odoo"]) == (before, 7)


def test_a_run_without_an_end_is_found_unless_it_is_at_work(store: Store):
    lease = store.leases.acquire(INTEGRATION, ANNA, "a", 60)
    start_run(store, "a")
    store.audit.append(event(1, "a"))
    assert verified(store)[1] == []
    store.leases.release(lease)
    assert [(problem.run_id, problem.problem) for problem in verified(store)[1]] == [("a", NO_END)]


# ---------------------------------------------------------------------------------------- with a noted head


def noted_head(store: Store) -> NotedHead:
    head = verified(store)[0].head
    assert head
    return head


def test_a_noted_head_stays_good_as_the_history_goes_on(history: Store):
    noted = noted_head(history)
    assert verified(history, noted)[0].is_intact
    write_run(history, "d", 30)
    assert verified(history, noted)[0].is_intact


def make_anew(database: Database[Fields]) -> None:
    """Change the first event, and make all hashes and the head anew."""
    rewrite(1, 11, user_id="eve")(database)
    last = database.audit_log.find_one({"chain_number": 11}) or {}
    set_head(digest=fold(last["prev"], last["hash"]))(database)


def call_pending(database: Database[Fields]) -> None:
    """Remove one of the last events, and make it look as if its process had been killed before it wrote it."""
    stored = database.audit_log.find_one_and_delete({"id": "b-2"}) or {}
    set_head(pending={str(stored["chain_number"]): stored["hash"]})(database)


ONLY_WITH_A_NOTE: dict[str, Tamper] = {
    "everything is removed": drop("audit_log", "sync_runs", "integrations"),
    "the end is removed and the head set back": all_of(
        set_head_back(8), drop("sync_runs"), remove("c-1", "c-2", "c-3")
    ),
    "everything is made anew": make_anew,
    "one of the last events is called pending": call_pending,
}


@pytest.mark.parametrize("name", ONLY_WITH_A_NOTE)
@pytest.mark.parametrize("events_after", [*slow([0]), 30])
def test_who_writes_to_the_head_too_is_found_by_a_noted_head(
    history: Store, database: Database[Fields], name: str, events_after: int
):
    noted = noted_head(history)
    ONLY_WITH_A_NOTE[name](database)
    for number in range(events_after):
        history.audit.append(event(number, None))
    assert verified(history)[0].is_intact, "without the note it cannot be found"
    report, found = verified(history, noted)
    assert not report.is_intact
    assert "the noted head" in str(found[-1])


def test_an_event_that_is_no_more_among_the_last_cannot_be_called_pending(history: Store, database: Database[Fields]):
    write_run(history, "d", MAX_IN_FLIGHT)
    call_pending(database)
    assert "b-3" in {problem.event_id for problem in verified(history)[1]}
