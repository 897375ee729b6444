"""A record is erased: nothing of it is left anywhere, no run brings it back, and whoever is killed over it goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from bson import json_util

from odoo_sync_tui.core.actions import Action, Outcome
from odoo_sync_tui.core.errors import ConfigurationError, LeaseHeld, LeaseLost
from odoo_sync_tui.core.reports.overview import RecordParts
from odoo_sync_tui.core.reports.verification import Verdict
from odoo_sync_tui.core.run import INTEGRATION, Operator
from odoo_sync_tui.core.scope import Scope, Selection
from odoo_sync_tui.demo import DemoOdoo
from odoo_sync_tui.demo.faults import PoisonRow
from odoo_sync_tui.entities.users import LAKE_ENTITY
from odoo_sync_tui.pipeline.backend import Backend
from odoo_sync_tui.pipeline.catalog import build_catalog
from odoo_sync_tui.settings.load import build_settings_from_overrides
from odoo_sync_tui.store.database import Store
from tests.support.census import Calls
from tests.support.change_log import outbox
from tests.support.mongods import standalone
from tests.support.mortal import Killed, Life, Mortal
from tests.support.slow import slow
from tests.support.store import created, update
from tests.support.world import FULL, World, world

MARKS = ("Zebedee", "Quux", "zebedee", "quux", "7312 0199")
IN_STEP = ("departments", "users", "data_lake:users")
PEOPLE = (Action.DEPARTMENTS, Action.USERS, Action.DATA_LAKE)
SETTINGS = {"rights__erase": True, "changes__first_load": True}
REASON = "request of 2026-11-30"


@pytest.fixture
def odoo() -> Iterator[DemoOdoo]:
    with DemoOdoo(records=20) as server:
        yield server


@pytest.fixture
def here(odoo: DemoOdoo, mongo_uri: str, database_name: str) -> Iterator[World]:
    with world(mongo_uri, f"{database_name}_erasing", odoo, **SETTINGS) as parts:
        yield parts
        parts.database.client.drop_database(parts.database.name)


def add_person(here: World, **values: object) -> int:
    """Hire somebody whose values can be found; no other record refers to him."""
    named = {"name": "Zebedee Quux", "work_email": "zebedee.quux@example.test", "work_phone": "+49 7312 0199"}
    return here.odoo.create("hr.employee", {**named, "active": True, "company_id": 1, **values})


def sync_people(here: World, scope: Scope = Scope()) -> None:
    """The departments, and both entities of the people: nothing else is read of an employee."""
    for action in PEOPLE:
        names = ("users",) if action is Action.DATA_LAKE else ()
        result = here.sync(action, replace(scope, entities=names))
        assert result.outcome is not Outcome.FAILED, result.errors


def erase(here: World, odoo_id: int) -> RecordParts:
    return here.backend.eraser("anna").erase("users", odoo_id, REASON).total


def dump(here: World, *but: str) -> str:
    names = [name for name in here.database.list_collection_names() if name not in but]
    return "\n".join(json_util.dumps(list(here.database[name].find()), ensure_ascii=False) for name in names)


def assert_gone(here: World) -> None:
    text = dump(here)
    found = {mark: text[max(0, text.index(mark) - 200) : text.index(mark) + 60] for mark in MARKS if mark in text}
    assert not found


def assert_in_step(here: World) -> None:
    entities = build_catalog(build_settings_from_overrides(here.settings)).entities
    verification = here.backend.verifier().verify([each for each in entities if each.id in IN_STEP], None)
    assert {each.verdict for each in verification.entities} == {Verdict.IN_STEP}, verification


def test_a_person_is_erased_from_everywhere_and_no_run_brings_him_back(here: World, odoo: DemoOdoo):
    person = add_person(here)
    here.sync(Action.DATA_LAKE)
    sync_people(here)
    odoo.write("hr.employee", person, {"work_phone": "+49 7312 0199 5"})
    sync_people(here)
    unread = PoisonRow(model="hr.employee", record_id=person, field_name="job_title")
    with odoo.faults.on(unread):
        odoo.write("hr.employee", person, {"mobile_phone": "+49 7312 0199 6"})
        sync_people(here)
    assert all(mark in dump(here) for mark in MARKS)
    assert erase(here, person) == RecordParts(documents=2, accounts=0, changes=4, quarantined=2)
    assert_gone(here)
    for scope in (Scope(), FULL, Scope()):
        odoo.write("hr.employee", person, {"job_title": "Zebedee's"})
        sync_people(here, scope)
        assert_gone(here)
    assert_in_step(here)
    here.backend.overview_queries.refresh_odoo_counts(here.backend.service()._cancel)
    counts = here.backend.overview_queries.get_overview().entities
    assert [each.gap for each in counts if each.name.endswith("users")] == [0, 0]
    (event,) = here.database.audit_log.find({"action": "erase_record"})
    told = {name: event["details"][name] for name in ("model", "odoo_id", "documents", "changes", "reason")}
    assert told == {"model": "hr.employee", "odoo_id": person, "documents": 2, "changes": 4, "reason": REASON}
    assert (event["user_id"], event["outcome"]) == ("anna", "success")
    assert here.backend.overview_queries.verify_audit_log(pytest.fail).is_intact


def test_after_the_next_run_no_run_lists_all_ids_because_of_an_erased_record(here: World, odoo: DemoOdoo):
    person = add_person(here)
    sync_people(here)
    erase(here, person)
    for lists in (True, False, False):
        calls = Calls(odoo, "hr.employee")
        result = here.sync(Action.USERS)
        odoo.on_call = None
        assert (result.outcome, calls.list_ids) == (Outcome.SUCCESS, lists), result.warnings
        assert result.counts.rows == odoo.count("hr.employee") - 1
        odoo.write("hr.employee", odoo.search("hr.employee")[3], {"job_title": f"lists {lists}"})


def test_an_account_of_another_program_is_unlinked_and_keeps_what_odoo_does_not_own(here: World):
    theirs = {"_id": "local", "id": "local", "email": "Zebedee.Quux@example.test", "role": "admin", "theme": "dark"}
    here.database.users.insert_one({**theirs, "is_active": True, "created_at": None})
    person = add_person(here)
    here.sync(Action.USERS)
    assert here.database.users.find_one({"odoo_employee_id": person})["_id"] == "local"
    assert erase(here, person).accounts == 1
    assert_gone(here)
    account = here.database.users.find_one({"_id": "local"})
    assert account.keys() - {"updated_at", "fence"} == theirs.keys() - {"email"} | {"is_active", "created_at"}
    assert (account["role"], account["theme"], account["is_active"]) == ("admin", "dark", True)
    sync_people(here, FULL)
    assert_in_step(here)


def test_a_record_that_is_lifted_comes_back(here: World):
    person = add_person(here)
    sync_people(here)
    erase(here, person)
    sync_people(here)
    here.backend.eraser("ben").lift("data_lake:users", person, "consent")
    sync_people(here)
    assert here.database.users.find_one({"odoo_employee_id": person})["name"] == "Zebedee Quux"
    assert here.lake("user", person)["data"]["name"] == "Zebedee Quux"
    assert_in_step(here)
    event = here.database.audit_log.find_one({"action": "lift_erasure"})
    assert (event["user_id"], event["details"]["reason"], event["details"]["odoo_id"]) == ("ben", "consent", person)
    assert not here.backend.overview_queries.list_erased()
    with pytest.raises(ConfigurationError, match="was not erased"):
        here.backend.eraser("ben").lift("users", person, "again")


def test_a_record_that_was_never_stored_is_kept_out_and_asked_for_by_id_it_is_said_why(here: World):
    person = add_person(here)
    assert erase(here, person) == RecordParts()
    sync_people(here)
    assert_gone(here)
    result = here.sync(Action.USERS, Scope(selection=Selection(ids=(person,))))
    assert [each.message for each in result.warnings if each.kind == "erased"] == [
        f"Rows that were erased and stay so: {person}."
    ]
    assert_gone(here)


def test_what_a_run_without_a_lease_writes_late_is_removed_by_the_next_one(here: World):
    person = add_person(here)
    sync_people(here)
    store, fence = here.backend._store, here.backend._store.integrations.fence()
    erase(here, person)
    late = created(LAKE_ENTITY, person, name="Zebedee")
    assert store.documents.write(LAKE_ENTITY.target, late, fence, outbox("late", LAKE_ENTITY)).written == 1
    sync_people(here)
    assert_gone(here)
    assert_in_step(here)


@pytest.mark.parametrize(
    ("name", "settings", "said"),
    [
        ("users", {"rights__erase": False}, "do not allow to erase"),
        ("users", {"read_only": True}, "read_only"),
        ("departments", {}, "users copy from departments"),
        *slow([("uses", {}, "no entity uses")]),
    ],
)
def test_erasing_is_refused_and_nothing_is_touched(here: World, name: str, settings: dict[str, Any], said: str):
    person = add_person(here)
    here.sync(Action.USERS)
    before = dump(here)
    values = {key.replace(".", "__"): value for key, value in here.settings.items()} | settings
    uri, database = values.pop("mongo__uri"), values.pop("mongo__database")
    with world(uri, database, here.odoo, **values) as other, pytest.raises(ConfigurationError, match=said):
        other.backend.eraser("anna").erase(name, person, REASON)
    assert dump(here) == before


def test_a_run_at_work_is_not_disturbed_and_a_document_of_a_newer_one_stays(here: World):
    person = add_person(here)
    here.sync(Action.USERS)
    store = here.backend._store
    lease = store.leases.acquire(INTEGRATION, Operator("ben", "far", 1), "r1", 30, store.integrations.fence())
    before = dump(here, "sync_leases")
    with pytest.raises(LeaseHeld):
        erase(here, person)
    assert dump(here, "sync_leases") == before
    store.leases.release(lease)
    here.database.users.update_one({"odoo_employee_id": person}, {"$set": {"fence": 7_000}})
    with pytest.raises(LeaseLost, match="written by a newer run"):
        erase(here, person)
    assert here.database.users.find_one({"odoo_employee_id": person})
    assert here.database.audit_log.count_documents({"action": "erase_record"}) == 0


def test_audit_history_and_records_of_runs_hold_no_value_of_a_record(here: World, odoo: DemoOdoo):
    accounts = [{"_id": f"local{each}", "email": "zebedee.quux@example.test", "is_active": True} for each in (1, 2)]
    here.database.users.insert_many(accounts)
    first, second = add_person(here), add_person(here, name="Quux Zebedee")
    unread = PoisonRow(model="hr.employee", record_id=second, field_name="job_title")
    sync_people(here)
    odoo.write("hr.employee", second, {"mobile_phone": "+49 7312 0199 6"})
    with odoo.faults.on(unread):
        for scope in (Scope(), FULL, Scope(dry_run=True), Scope(selection=Selection(ids=(second,), department=""))):
            here.sync(Action.USERS, scope)
    assert "link_doubtful" in {
        each["kind"] for run in here.database.sync_runs.find() for each in run["result"]["warnings"]
    }
    erase(here, first)
    here.backend.eraser("anna").lift("users", first, "consent")
    told = "".join(json_util.dumps(list(here.database[name].find())) for name in ("audit_log", "sync_runs"))
    assert not [mark for mark in MARKS if mark in told]


# ------------------------------------------------------------------------------------------------- killed on the way

KEPT = {
    "users": {},
    "data_lake_serving": {"entity_type": "user"},
    "sync_changes": {"entity": {"$in": ["users", "data_lake:users"]}},
    "sync_quarantine": {},
    "sync_erased": {},
}
OTHERS = ("audit_log", "integrations", "sync_change_log", "sync_leases", "sync_runs")
VOLATILE = {"fence", "updated_at", "erased_at", "timestamp", "chain_number", "prev", "hash", "id"}


@contextmanager
def killed_over(uri: str, database_name: str) -> Iterator[tuple[World, int]]:
    """A lake with a person in every collection, entries that are still in their documents, and a linked account."""
    with DemoOdoo(records=20) as odoo, world(uri, f"{database_name}_killed", odoo, **SETTINGS) as here:
        linked = {"_id": "local", "email": "zebedee.quux@example.test", "is_active": True, "role": "admin"}
        here.database.users.insert_one(linked)
        person = add_person(here)
        sync_people(here)
        unmoved = [update(person, f"odoo_user_{person}", entity=LAKE_ENTITY, name="Quux")]
        here.backend._store.documents.write(LAKE_ENTITY.target, unmoved, 3, outbox("unmoved", LAKE_ENTITY))
        yield here, person
        here.database.client.drop_database(here.database.name)


def backend_of(here: World, store: Store) -> Backend:
    settings = build_settings_from_overrides(here.settings)
    return Backend(store, settings, build_catalog(settings))


def state(here: World) -> list[Any]:
    """What is stored and what the history says of the erasing, without times and numbers of leases."""
    found = [each for name, query in KEPT.items() for each in here.database[name].find(query).sort("_id", 1)]
    found += here.database.audit_log.find({"action": "erase_record"}, {"_id": 0})
    return [{key: value for key, value in each.items() if key not in VOLATILE} for each in found]


def save(here: World) -> dict[str, list[Any]]:
    return {name: list(here.database[name].find(KEPT.get(name, {}))) for name in (*KEPT, *OTHERS)}


def reset(here: World, saved: dict[str, list[Any]]) -> None:
    for name, documents in saved.items():
        here.database[name].delete_many(KEPT.get(name, {}))
        if documents:
            here.database[name].insert_many(documents)


def go_on_by_erasing(here: World, person: int) -> None:
    erase(here, person)


def go_on_by_syncing(here: World, person: int) -> None:
    """The next run of any sync goes on."""
    here.sync(Action.DEPARTMENTS)


@pytest.mark.parametrize(
    ("topology", "after", "go_on"),
    [
        ("replica set", False, go_on_by_erasing),
        *slow(
            [
                ("standalone", True, go_on_by_syncing),
                ("standalone", False, go_on_by_erasing),
                ("replica set", True, go_on_by_syncing),
            ]
        ),
    ],
)
def test_an_erase_that_is_killed_at_any_write_ends_the_same_when_it_goes_on(
    topology: str, after: bool, go_on: Callable[[World, int], None], mongo_uri: str, database_name: str, tmp_path: Path
):
    with ExitStack() as opened:
        if topology == "standalone":
            port = opened.enter_context(standalone(tmp_path / "alone"))
            mongo_uri = f"mongodb://127.0.0.1:{port}/?directConnection=true"
        here, person = opened.enter_context(killed_over(mongo_uri, database_name))
        saved = save(here)
        erase(here, person)
        assert_gone(here)
        expected, number, lived = state(here), 0, False
        assert [each["details"]["accounts"] for each in expected if "details" in each] == [1]
        while not lived:
            number += 1
            reset(here, saved)
            mortal = Store.from_database(Mortal(here.database, Life(number, after=after)))  # type: ignore[arg-type]
            try:
                backend_of(here, mortal).eraser("anna").erase("users", person, REASON)
                lived = True
            except Killed:
                here.database.sync_leases.update_one({}, {"$set": {"expires_at": None}})
            if go_on is go_on_by_erasing or here.database.sync_erased.count_documents({}):
                go_on(here, person)
                assert state(here) == expected, number
        assert number > 15, "as many writes as were killed, and one erase that lived"
        assert here.backend.overview_queries.verify_audit_log(pytest.fail).is_intact
