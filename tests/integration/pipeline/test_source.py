"""The store belongs to one Odoo: ids of another one mean other records."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from odoo_sync_tui.core.actions import Action
from odoo_sync_tui.core.errors import OtherSourceError
from odoo_sync_tui.core.scope import Scope
from odoo_sync_tui.demo import DemoOdoo
from odoo_sync_tui.demo.faults import RaisedError
from tests.support.world import World, world

ADOPT = Scope(adopt_source=True)


@pytest.fixture
def other_odoo() -> Iterator[DemoOdoo]:
    """Another server, whose employee ids belong to other people."""
    with DemoOdoo(records=60, seed=2) as server:
        yield server


@pytest.fixture
def elsewhere(here: World, other_odoo: DemoOdoo, mongo_uri: str, database_name: str) -> Iterator[World]:
    """The same store, with settings that name the other server."""
    with world(mongo_uri, database_name, other_odoo) as parts:
        yield parts


def users(parts: World) -> list[dict[str, Any]]:
    return list(parts.database.users.find().sort("odoo_employee_id"))


def address_of(parts: World) -> str:
    return parts.odoo.url.removeprefix("http://")


def make_anew(parts: World) -> None:
    """Make the demo answer with another uuid, as a database does that was made anew under the old name."""
    parts.odoo.write("ir.config_parameter", 1, {"value": "another"})


def forget_source(parts: World) -> None:
    """Make the store one of a version that did not know sources."""
    parts.database.integrations.update_one({}, {"$unset": {"source": ""}})


def test_a_first_run_lets_the_store_know_its_source(here: World):
    here.sync(Action.DEPARTMENTS)
    source = here.integration()["source"]
    assert (source["address"], source["database"]) == (address_of(here), here.odoo.database)
    assert source["uuid"]


@pytest.mark.parametrize("scope", [Scope(), Scope(dry_run=True)], ids=["run", "dry run"])
def test_another_database_is_refused_and_no_document_is_touched(here: World, elsewhere: World, scope: Scope):
    here.sync(Action.USERS)
    here.database.users.update_one({"odoo_employee_id": 2}, {"$set": {"role": "admin"}})
    before = users(here)
    with pytest.raises(OtherSourceError, match=address_of(elsewhere)) as refused:
        elsewhere.sync(Action.USERS, scope)
    assert "--adopt-source" in refused.value.hint
    assert users(here) == before
    assert here.database.sync_runs.count_documents({}) == here.database.sync_leases.count_documents({}) == 1
    assert here.integration()["sync_status"] == "success"
    assert here.sync(Action.USERS).updated == 0


def test_another_database_is_refused_by_a_verification(here: World, elsewhere: World):
    here.sync(Action.DEPARTMENTS)
    with pytest.raises(OtherSourceError, match=address_of(elsewhere)):
        elsewhere.backend.verifier().verify((), None)


def test_a_database_made_anew_under_the_old_name_is_refused(here: World):
    here.sync(Action.USERS)
    make_anew(here)
    with pytest.raises(OtherSourceError, match="its uuid is another"):
        here.sync(Action.USERS)


def test_a_uuid_that_cannot_be_read_any_more_leaves_the_decision_to_address_and_database(here: World):
    here.sync(Action.USERS)
    known = here.integration()["source"]
    here.odoo.faults.add(RaisedError(model="ir.config_parameter", kind="AccessError", text="Administrators only"))
    here.sync(Action.USERS)
    assert here.integration()["source"] == known
    here.odoo.faults.clear()
    make_anew(here)
    with pytest.raises(OtherSourceError):
        here.sync(Action.USERS)


def test_an_adopted_source_is_audited_and_nothing_is_retired_by_itself(here: World, elsewhere: World):
    here.sync(Action.DEPARTMENTS)
    stored = here.database.departments.count_documents({"active": True})
    for department in elsewhere.odoo.search("hr.department")[1:]:
        elsewhere.odoo.delete("hr.department", department)
    elsewhere.sync(Action.DEPARTMENTS, ADOPT)
    assert here.integration()["source"]["address"] == address_of(elsewhere)
    event = here.database.audit_log.find_one({"details.event": "source_adopted"})
    assert event is not None
    assert event["user_id"] == "anna"
    assert event["details"]["before"]["address"] == address_of(here)
    assert event["details"]["source"]["address"] == address_of(elsewhere)
    assert here.database.departments.count_documents({"active": True}) == stored
    with pytest.raises(OtherSourceError):
        here.sync(Action.DEPARTMENTS)


def test_adopting_the_known_source_is_an_ordinary_run(here: World):
    here.sync(Action.DEPARTMENTS)
    here.sync(Action.DEPARTMENTS, ADOPT)
    assert here.database.audit_log.count_documents({"details.event": "source_adopted"}) == 0


def test_a_lake_of_an_earlier_version_is_adopted_where_a_cursor_proves_its_source(here: World):
    here.sync(Action.DEPARTMENTS)
    forget_source(here)
    here.sync(Action.USERS)
    assert here.integration()["source"]["address"] == address_of(here)


def test_a_lake_of_an_earlier_version_asks_for_the_word_where_nothing_proves_its_source(here: World, elsewhere: World):
    here.sync(Action.DEPARTMENTS)
    forget_source(here)
    with pytest.raises(OtherSourceError, match="nothing in it proves"):
        elsewhere.sync(Action.DEPARTMENTS)
    elsewhere.sync(Action.DEPARTMENTS, ADOPT)
    assert here.integration()["source"]["address"] == address_of(elsewhere)
