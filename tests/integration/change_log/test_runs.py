"""What runs log: every change after the first load, by the settings, and nothing of what did not happen."""

from __future__ import annotations

from typing import Any

import pytest
from pymongo.database import Database

from odoo_sync_tui.core.actions import Action
from odoo_sync_tui.core.errors import ConfigurationError
from odoo_sync_tui.core.scope import Scope
from odoo_sync_tui.demo import DemoOdoo
from odoo_sync_tui.entities import opportunities
from tests.support.change_log import outbox
from tests.support.replayed import Replay
from tests.support.store import update
from tests.support.world import FULL, World, world

LEADS = opportunities.ENTITY
ALL = (Action.DEPARTMENTS, Action.USERS, Action.DATA_LAKE)


def edit(odoo: DemoOdoo, text: str) -> None:
    """One change of each kind of record, one archived, one that is gone."""
    for model, field in (("hr.department", "name"), ("hr.employee", "work_phone"), ("crm.lead", "contact_name")):
        odoo.write(model, odoo.search(model)[0], {field: text})
    active = [each for each in odoo.search("crm.lead") if odoo.get_value("crm.lead", each, "active")]
    odoo.archive("crm.lead", active[-1])
    odoo.delete("crm.lead", active[-2])


def since(database: Database[Any]) -> set[str]:
    """The entities whose log is complete."""
    return set((database.sync_change_log.find_one("head") or {}).get("since", {}))


def sync_all(here: World, scope: Scope = Scope()) -> int:
    """Sync everything; return how many documents were changed."""
    results = [here.sync(action, scope) for action in ALL]
    return sum(each.counts.changed for result in results for each in result.entities.values())


def sync_some(here: World) -> None:
    """Sync an entity of the lake and one beside it."""
    here.sync(Action.DEPARTMENTS)
    here.sync(Action.DATA_LAKE, Scope(entities=("opportunities",)))


def test_all_changes_after_the_first_load_are_logged_and_nothing_else(here: World, odoo: DemoOdoo):
    sync_all(here)
    assert here.database.sync_changes.count_documents({}) == 0
    assert len(since(here.database)) == 6
    replay = Replay(here.database)
    edit(odoo, "text")
    sync_all(here, Scope(dry_run=True))
    assert replay.follow() == []
    changed = sync_all(here)
    entries = replay.follow()
    assert len(entries) == changed > 6
    assert {each["first_load"] for each in entries} == {False}
    runs = {each["_id"] for each in here.database.sync_runs.find({"scope.dry_run": False})}
    assert {each["run_id"] for each in entries} <= runs
    assert sync_all(here) == sync_all(here, FULL) == len(replay.follow()) == 0


def test_a_first_load_is_logged_where_the_settings_say_so(odoo: DemoOdoo, mongo_uri: str, database_name: str):
    with world(mongo_uri, database_name, odoo, changes__first_load=True) as here:
        replay = Replay(here.database)
        changed = sync_all(here)
        entries = replay.follow()
        assert len(entries) == changed
        assert {(each["type"].partition(".")[2], each["first_load"]) for each in entries} == {("created", True)}


def test_what_a_run_without_the_log_changes_makes_the_log_incomplete_from_then_on(
    here: World, odoo: DemoOdoo, mongo_uri: str, database_name: str
):
    sync_all(here)
    assert LEADS.id in since(here.database)
    with world(mongo_uri, database_name, odoo, changes__enabled=False) as silent:
        edit(odoo, "unlogged")
        assert sync_all(silent) > 0
    assert since(here.database) == set()
    replay = Replay(here.database)
    edit(odoo, "logged")
    changed = sync_all(here)
    assert len(replay.follow()) == changed == here.database.sync_changes.count_documents({})
    assert len(since(here.database)) == 6


def test_without_the_log_nothing_of_it_is_there(odoo: DemoOdoo, mongo_uri: str, database_name: str):
    with world(mongo_uri, database_name, odoo, changes__enabled=False) as here:
        sync_some(here)
        edit(odoo, "text")
        sync_some(here)
        assert here.database.sync_change_log.count_documents({}) == here.database.sync_changes.count_documents({}) == 0


def test_some_entities_and_some_fields_alone_are_logged(odoo: DemoOdoo, mongo_uri: str, database_name: str):
    some: dict[str, object] = {"changes__entities": ["opportunities"], "changes__fields": ["contact_*"]}
    with world(mongo_uri, database_name, odoo, **some) as here:
        sync_some(here)
        edit(odoo, "text")
        odoo.write("crm.lead", odoo.search("crm.lead")[1], {"phone": "1"})
        sync_some(here)
        entries = list(here.database.sync_changes.find())
        assert {each["entity"] for each in entries} == {LEADS.id}
        assert sorted(each["type"] for each in entries) == [
            "opportunity.retired",
            "opportunity.retired",
            "opportunity.updated",
        ]
        assert since(here.database) == set(), "of some fields no document can be made"


def test_an_entity_that_is_not_known_is_refused_before_anything_is_done(
    odoo: DemoOdoo, mongo_uri: str, database_name: str
):
    with world(mongo_uri, database_name, odoo, changes__entities=["oportunities"]) as here:
        with pytest.raises(ConfigurationError, match="oportunities") as raised:
            here.sync(Action.DATA_LAKE)
        assert "Did you mean opportunities?" in raised.value.hint
        assert here.database.sync_runs.count_documents({}) == 0


@pytest.mark.parametrize("drops", [False, True])
def test_what_a_killed_run_left_in_documents_is_moved_by_whoever_writes_next(
    odoo: DemoOdoo, mongo_uri: str, database_name: str, drops: bool
):
    with world(mongo_uri, database_name, odoo, entities__deals__model="crm.lead") as here:
        here.sync(Action.DATA_LAKE, Scope(entities=("opportunities", "deals")))
        change = update(1, "odoo_opportunity_1", entity=LEADS)
        here.backend._store.documents.write(LEADS.target, [change], 10, outbox("killed", LEADS))
    with world(mongo_uri, database_name, odoo) as here:
        if drops:
            here.backend.service().drop_entity("anna", "deals", "no use")
        else:
            here.sync(Action.DEPARTMENTS)
        (entry,) = here.database.sync_changes.find()
        assert (entry["type"], entry["run_id"], entry["odoo_id"]) == ("opportunity.updated", "killed", 1)
        assert here.database.data_lake_serving.count_documents({"pending_changes": {"$exists": True}}) == 0
        assert ("data_lake:deals" in since(here.database)) is not drops
