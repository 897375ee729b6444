"""An incremental run lists the ids of both sides only where their totals are not as they should be."""

from __future__ import annotations

from collections import Counter

import pytest

from odoo_sync_tui.core.actions import Action, Outcome
from odoo_sync_tui.core.result import Counts
from odoo_sync_tui.demo import DemoOdoo
from odoo_sync_tui.demo.faults import RaisedError
from tests.support.census import ACCOUNTS, COMPANY, LATER, Calls, settled, sync
from tests.support.slow import slow
from tests.support.world import Clock, World, forget_census, world


def test_a_run_without_a_change_lists_nothing_and_counts_everything(here: World, clock: Clock):
    numbers = settled(here, clock)
    for _ in range(2):
        assert sync(here, lists=False).counts == Counts(unchanged=len(numbers))


def test_what_is_written_created_archived_and_unarchived_is_found_without_a_list(here: World, clock: Clock):
    numbers = settled(here, clock)
    archived = here.odoo.search("res.partner", [*COMPANY, ("active", "=", False)])[0]
    written, gone = [each for each in numbers if here.odoo.get_value("res.partner", each, "active")][:2]
    here.odoo.write("res.partner", written, {"phone": "the new one"})
    here.odoo.archive("res.partner", gone)
    here.odoo.unarchive("res.partner", archived)
    new = here.odoo.create("res.partner", {"name": "New", "is_company": True})
    result = sync(here, lists=False)
    assert (result.created, result.updated, result.deactivated, result.counts.reactivated) == (1, 1, 1, 1)
    assert here.lake("account", new)["is_active"]
    assert here.lake("account", gone)["inactive_reason"] == "archived"
    clock.ahead += LATER
    assert sync(here, lists=False).counts == Counts(unchanged=len(numbers) + 1), "the totals moved by what was written"


def test_what_is_deleted_in_odoo_is_found_by_the_next_run(here: World, clock: Clock):
    numbers = settled(here, clock)
    active = [each for each in numbers if here.odoo.get_value("res.partner", each, "active")]
    here.odoo.delete("res.partner", active[0])
    assert sync(here, lists=True).deactivated == 1
    assert here.lake("account", active[0])["inactive_reason"] == "deleted"
    assert sync(here, lists=False).counts == Counts(unchanged=len(numbers) - 1)


@pytest.mark.parametrize("moment", [None, "2020-01-01 00:00:00"], ids=["stamped", "not stamped"])
def test_a_row_that_leaves_the_entity_is_found_by_the_next_run(here: World, clock: Clock, moment: str | None):
    numbers = settled(here, clock)
    active = [each for each in numbers if here.odoo.get_value("res.partner", each, "active")]
    stamp = {"write_date": moment} if moment else {}
    here.odoo.write("res.partner", active[0], {"is_company": False, **stamp})
    assert sync(here, lists=True).deactivated == 1
    assert here.lake("account", active[0])["inactive_reason"] == "elsewhere"
    here.odoo.write("res.partner", active[0], {"is_company": True, **stamp})
    assert sync(here, lists=True).counts.reactivated == 1


def test_a_created_row_whose_time_is_long_past_is_found_by_the_next_run(here: World, clock: Clock):
    settled(here, clock)
    here.odoo.create("res.partner", {"name": "Slow", "is_company": True, "write_date": "2020-01-01 00:00:00"})
    assert sync(here, lists=True).created == 1


def test_a_created_and_a_deleted_row_do_not_hide_each_other(here: World, clock: Clock):
    numbers = settled(here, clock)
    here.odoo.create("res.partner", {"name": "New", "is_company": True})
    here.odoo.delete(
        "res.partner", next(each for each in numbers if here.odoo.get_value("res.partner", each, "active"))
    )
    result = sync(here, lists=True)
    assert (result.created, result.deactivated) == (1, 1)


def test_a_row_created_after_odoo_added_up_is_no_reason_to_list(here: World, clock: Clock):
    numbers = settled(here, clock)
    late = {"name": "Late", "is_company": True}
    Calls(here.odoo, "res.partner", "search", 1, lambda: here.odoo.create("res.partner", late))
    result = here.sync(Action.DATA_LAKE, ACCOUNTS)
    assert (result.created, result.counts.unchanged) == (1, len(numbers))
    assert sync(here, lists=False).counts == Counts(unchanged=len(numbers) + 1)


# ------------------------------------------------------------------------------------------------ other programs


@pytest.mark.parametrize(
    ("change", "counts"),
    [
        ({"$set": {"is_active": False}}, Counts(unchanged=1)),
        ({"$unset": {"hash": 1}, "$set": {"data.name": "Foreign"}}, Counts(updated=1)),
    ],
    ids=["switched", "replaced"],
)
def test_a_document_that_another_program_changed_is_read_by_the_next_run(
    here: World, clock: Clock, change: dict[str, dict[str, object]], counts: Counts
):
    numbers = settled(here, clock)
    here.database.data_lake_serving.update_one({"entity_type": "account", "is_active": True}, change)
    result = sync(here, lists=True)
    assert result.counts == counts + Counts(unchanged=len(numbers) - 1)


def test_a_document_that_another_program_deleted_is_stored_again_by_the_next_run(here: World, clock: Clock):
    numbers = settled(here, clock)
    gone = here.database.data_lake_serving.find_one_and_delete({"entity_type": "account"})
    assert gone is not None
    assert sync(here, lists=True).created == 1
    assert here.lake("account", gone["data"]["id"])["data"] == gone["data"]
    assert sync(here, lists=False).counts == Counts(unchanged=len(numbers))


def test_a_document_that_disappears_during_a_run_is_missed_by_the_next_one(here: World, clock: Clock):
    """What was written moves the totals, not what is found afterwards."""
    numbers = settled(here, clock)
    here.odoo.write("res.partner", numbers[0], {"phone": "the new one"})
    lake = here.database.data_lake_serving
    key = {"serving_id": f"odoo_account_{numbers[1]}"}
    # One is a row to try, one the newest partner, which is asked for while the store adds up; then comes what changed.
    Calls(here.odoo, "res.partner", "search_read", 3, lambda: lake.delete_one(key))
    assert here.sync(Action.DATA_LAKE, ACCOUNTS).created == 0
    here.odoo.on_call = None
    assert lake.count_documents({"entity_type": "account"}) == len(numbers) - 1
    assert sync(here, lists=True).created == 1


def test_a_second_document_of_a_row_keeps_the_census_going(here: World, clock: Clock):
    settled(here, clock)
    document = here.database.data_lake_serving.find_one({"entity_type": "account", "is_active": True})
    assert document is not None
    here.database.data_lake_serving.insert_one({**document, "_id": "second", "serving_id": "second"})
    for _ in range(2):
        sync(here, lists=True)


# ------------------------------------------------------------------------------------------- what only a census finds


def test_an_equal_swap_is_found_by_the_census_after_a_while(here: World, clock: Clock):
    """Two documents were removed and two added, with ids of the same sum; one was switched off and one on."""
    numbers = settled(here, clock)
    lake = here.database.data_lake_serving
    first, second, third, fourth = numbers[:4]
    assert first + fourth == second + third, "the test needs ids that follow on one another"
    document = lake.find_one_and_delete({"serving_id": f"odoo_account_{first}"})
    other = lake.find_one_and_delete({"serving_id": f"odoo_account_{fourth}"})
    assert document is not None
    assert other is not None
    for place, number, twin in ((0, second, document), (1, third, other)):
        key = f"swap {place}"
        lake.insert_one({**twin, "_id": key, "serving_id": key, "data": {**twin["data"], "id": number}})
    assert sync(here, lists=False).created == 0
    here.database.integrations.update_many(
        {}, [{"$set": {"census.data_lake:accounts.listed_at": {"$add": ["$$NOW", -25 * 3_600_000]}}}]
    )
    assert sync(here, lists=True).created == 2


def test_every_run_lists_where_the_settings_say_so(here: World, odoo: DemoOdoo, mongo_uri: str, database_name: str):
    with world(mongo_uri, database_name, odoo, odoo__page_size=20, sync__block_size=20, sync__census_hours=0) as always:
        for _ in range(2):
            sync(always, lists=True)


# ------------------------------------------------------------------------------------------------ who cannot add up


def test_a_server_that_adds_nothing_up_is_listed(here: World, clock: Clock):
    with here.odoo.faults.on(RaisedError(model="res.partner", method="formatted_read_group")):
        numbers = settled(here, clock)
        for _ in range(2):
            assert sync(here, lists=True).counts == Counts(unchanged=len(numbers))
    assert sync(here, lists=False).counts == Counts(unchanged=len(numbers)), "what was listed has totals too"


SERVERS = [(14, "auto", False), (17, "xmlrpc", True), *slow([(17, "auto", False)])]


@pytest.mark.parametrize(("dialect", "protocol", "lists"), SERVERS)
def test_older_servers_add_up_and_xmlrpc_does_not(
    mongo_uri: str, database_name: str, dialect: int, protocol: str, lists: bool
):
    settings = {"odoo__protocol": protocol, "odoo__page_size": 20, "sync__block_size": 20}
    with (
        DemoOdoo(records=60, dialect=dialect) as odoo,
        world(mongo_uri, database_name, odoo, **settings) as here,
    ):
        numbers = odoo.search("res.partner", COMPANY)
        first = here.sync(Action.DATA_LAKE, ACCOUNTS)
        assert first.outcome is Outcome.SUCCESS
        assert here.sync(Action.DATA_LAKE, ACCOUNTS).counts == Counts(unchanged=len(numbers))
        seen = Calls(odoo, "res.partner")
        assert here.sync(Action.DATA_LAKE, ACCOUNTS).counts == Counts(unchanged=len(numbers))
        assert seen.list_ids is lists, seen.methods


def test_a_store_of_a_version_without_totals_is_listed_once(here: World, clock: Clock):
    numbers = settled(here, clock)
    forget_census(here)
    assert sync(here, lists=True).counts == Counts(unchanged=len(numbers))
    sync(here, lists=False)


def test_totals_count_only_beside_the_cursor_of_their_run(here: World, clock: Clock):
    """A version without totals moves the cursor, and leaves the totals of an earlier run."""
    settled(here, clock)
    here.database.integrations.update_one({}, {"$set": {"cursors.data_lake:accounts.run_id": "another"}})
    sync(here, lists=True)


def test_a_run_without_a_change_makes_few_calls_and_reads_no_row(here: World, clock: Clock):
    settled(here, clock)
    sync(here, lists=False)  # the newest change is known for a while
    seen = Calls(here.odoo, "res.partner")
    here.odoo.calls.clear()
    assert here.sync(Action.DATA_LAKE, ACCOUNTS).counts == Counts(unchanged=here.odoo.count("res.partner", COMPANY))
    assert Counter(seen.methods) == {
        "fields_get": 1,
        "search": 1,  # what changed
        "search_read": 2,  # a row to try, and the newest partner, whose name a user bears
        "formatted_read_group": 1,
    }
    assert len(here.odoo.calls) <= 16
    here.odoo.write("res.partner", here.odoo.search("res.partner", COMPANY)[0], {"phone": "the new one"})
    assert sync(here, lists=False).updated == 1


@pytest.mark.parametrize("edit", ["department", "version"])
def test_employees_follow_their_departments_without_a_list(here: World, clock: Clock, edit: str):
    here.sync(Action.DEPARTMENTS)
    here.sync(Action.USERS)
    clock.ahead += LATER
    employee = here.database.users.find_one({"odoo_department_id": {"$ne": None}, "is_active": True})
    assert employee is not None
    department, number = employee["odoo_department_id"], employee["odoo_employee_id"]
    others = [each for each in here.odoo.search("hr.department") if each != department]
    if edit == "department":
        here.odoo.write("hr.department", department, {"name": "The new one"})
    else:
        here.odoo.write("hr.version", number, {"department_id": others[0]})
    here.sync(Action.DEPARTMENTS)
    seen = Calls(here.odoo, "hr.employee")
    result = here.sync(Action.USERS)
    assert result.outcome is Outcome.SUCCESS
    assert not seen.list_ids, seen.methods
    stored = here.database.users.find_one({"odoo_employee_id": number})
    assert stored is not None
    if edit == "department":
        assert stored["department_name"] == "The new one"
    else:
        assert stored["odoo_department_id"] == others[0]
    assert result.counts.rows == here.odoo.count("hr.employee")
