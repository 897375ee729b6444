"""What is old is dropped by runs where the settings say so, and by nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from odoo_sync_tui.core.actions import Action, Outcome
from odoo_sync_tui.core.reports.health import HealthLevel
from odoo_sync_tui.core.scope import Scope, Selection
from odoo_sync_tui.demo import DemoOdoo
from odoo_sync_tui.entities.registry import BUILT_IN
from tests.support.census import Calls
from tests.support.world import World, world

KEEP = {"retention__retired": "30d", "retention__runs": "1mo"}
LONG_AGO = datetime.now(UTC) - timedelta(days=40)
Open = Callable[..., AbstractContextManager[World]]


@pytest.fixture
def odoo() -> Iterator[DemoOdoo]:
    with DemoOdoo(records=30) as server:
        yield server


@pytest.fixture
def open_world(odoo: DemoOdoo, mongo_uri: str, database_name: str) -> Open:
    return lambda **settings: world(mongo_uri, f"{database_name}_retention", odoo, **settings)


@pytest.fixture
def here(open_world: Open) -> Iterator[World]:
    """A lake with employees that were deleted or archived long ago, one that was deleted now, and an old run."""
    with open_world(changes__enabled=False, **KEEP) as parts:
        yield parts
        parts.database.client.drop_database(parts.database.name)


def retire(here: World) -> list[int]:
    """Delete two employees, one of whom has an account of another program, and archive one, all of them long ago."""
    linked, deleted, archived = here.odoo.search("hr.employee")[5:8]
    address = here.odoo.get_value("hr.employee", linked, "work_email")
    here.database.users.insert_one({"_id": "local", "email": address, "is_active": True, "role": "admin"})
    here.sync(Action.DEPARTMENTS)
    here.sync(Action.USERS)
    for each in (linked, deleted):
        here.odoo.delete("hr.employee", each)
    here.odoo.archive("hr.employee", archived)
    assert here.sync(Action.USERS).deactivated == 3
    here.database.users.update_many({"is_active": False}, {"$set": {"deactivated_at": LONG_AGO}})
    times = {"started_at": LONG_AGO, "finished_at": LONG_AGO}
    here.database.sync_runs.update_many({}, {"$set": times})
    return [linked, deleted, archived]


def ids(here: World) -> set[Any]:
    return {each.get("odoo_employee_id") for each in here.database.users.find()}


def test_what_is_old_is_dropped_in_step_with_the_totals_and_said_in_the_history(here: World, odoo: DemoOdoo):
    linked, deleted, archived = retire(here)
    fresh = odoo.search("hr.employee")[9]
    odoo.delete("hr.employee", fresh)
    here.sync(Action.USERS)
    assert ids(here) & {linked, deleted, archived, fresh} == {archived, fresh}
    assert here.database.users.find_one({"_id": "local"}).keys() >= {"role", "is_active"}
    assert "email" not in here.database.users.find_one({"_id": "local"})
    assert here.database.sync_runs.count_documents({"action": "sync_departments"}) == 1, "the newest of its sync"
    assert here.database.sync_runs.count_documents({"action": "sync_users"}) == 2, "the newest before, and this one"
    (event,) = here.database.audit_log.find({"action": "retention"})
    told = event["details"]
    assert (told["documents"], told["by_entity"], told["runs"]) == (2, {"users": 2}, 1)
    assert here.backend.overview_queries.verify_audit_log(lambda each: pytest.fail(str(each))).is_intact
    verification = here.backend.verifier().verify(BUILT_IN.select(Action.USERS), None)
    assert verification.entities[0].findings.is_in_step
    here.sync(Action.DATA_LAKE)
    assert here.backend.overview_queries.get_overview().health.level is HealthLevel.IN_STEP


def test_a_run_that_drops_documents_lists_no_ids_because_of_it(here: World, odoo: DemoOdoo):
    retire(here)
    here.database.users.update_many({"is_active": False}, {"$set": {"deactivated_at": datetime.now(UTC)}})
    for _ in range(2):  # the first removes the fingerprints of rows that are gone
        here.sync(Action.USERS)
    here.database.users.update_many({"is_active": False}, {"$set": {"deactivated_at": LONG_AGO}})
    for _ in range(2):
        calls = Calls(odoo, "hr.employee")
        assert here.sync(Action.USERS).outcome is Outcome.SUCCESS
        odoo.on_call = None
        assert not calls.list_ids
    assert here.database.audit_log.count_documents({"action": "retention", "details.documents": 2}) == 1


@pytest.mark.parametrize(
    ("settings", "scope"),
    [
        pytest.param({}, Scope(), marks=pytest.mark.slow),
        (KEEP, Scope(dry_run=True)),
        (KEEP, Scope(selection=Selection(ids=(1,)))),
        ({"retention__retired": "3y", "retention__runs": "13mo"}, Scope()),
    ],
    ids=["unset", "dry run", "some rows only", "young enough"],
)
def test_nothing_else_is_dropped(here: World, open_world: Open, settings: dict[str, str], scope: Scope):
    gone, runs = retire(here), here.database.sync_runs.count_documents({})
    with open_world(changes__enabled=False, **settings) as other:
        other.sync(Action.USERS, scope)
    assert ids(here) >= set(gone)
    assert here.database.sync_runs.count_documents({}) == runs + 1
    assert here.database.audit_log.count_documents({"action": "retention"}) == 0
