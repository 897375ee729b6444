"""The names of renamed partners, stages, teams and users come with the next run, which reads no other row for them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from odoo_sync_tui.core.actions import Action, Outcome
from odoo_sync_tui.core.result import Counts
from odoo_sync_tui.core.scope import Mode, Scope
from odoo_sync_tui.demo import DemoOdoo
from odoo_sync_tui.demo.faults import Fault, NoRight, RaisedError
from odoo_sync_tui.runtime.cancel import CancelToken
from tests.support.census import LATER
from tests.support.slow import slow
from tests.support.world import Clock, World, forget_census, wait_until, world

LEADS = Scope(entities=("opportunities",))
RENAMED = [
    ("res.partner", "partner_id", "partner_name"),
    ("crm.stage", "stage_id", "stage_name"),
    ("crm.team", "team_id", "team_name"),
    ("res.users", "user_id", "user_name"),
]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def odoo(clock: Clock) -> Iterator[DemoOdoo]:
    with DemoOdoo(records=100, clock=clock) as server:
        yield server


@pytest.fixture
def here(odoo: DemoOdoo, mongo_uri: str, database_name: str) -> Iterator[World]:
    with world(mongo_uri, database_name, odoo, odoo__page_size=25, sync__block_size=25) as parts:
        parts.sync(Action.DATA_LAKE, LEADS)
        yield parts


def documents_with(here: World, field: str, number: int) -> list[dict[str, Any]]:
    return list(here.database.data_lake_serving.find({"entity_type": "opportunity", f"data.{field}": number}))


def few_with(here: World, field: str) -> tuple[int, int]:
    """A related record to which some leads refer, as few as possible, and how many."""
    groups = [{"$group": {"_id": f"$data.{field}", "count": {"$sum": 1}}}, {"$sort": {"count": 1, "_id": 1}}]
    found = here.database.data_lake_serving.aggregate([{"$match": {f"data.{field}": {"$gt": 0}}}, *groups])
    first = next(iter(found))
    return first["_id"], first["count"]


def rows_read(here: World) -> int:
    read = sum(call.row_count for call in here.odoo.calls if call.model == "crm.lead" and call.method == "search_read")
    here.odoo.calls.clear()
    return read


@pytest.mark.parametrize(
    ("model", "id_field", "name_field", "census"),
    [
        *((*renamed, "without a census") for renamed in (RENAMED[0], RENAMED[3])),
        (*RENAMED[1], "with a census"),
        *slow((*renamed, "without a census") for renamed in RENAMED[1:3]),
        *slow((*renamed, "with a census") for renamed in RENAMED if renamed is not RENAMED[1]),
    ],
)
def test_a_new_name_comes_with_the_next_run(
    here: World, clock: Clock, model: str, id_field: str, name_field: str, census: str
):
    clock.ahead += LATER
    number, count = few_with(here, id_field)
    here.odoo.write(model, number, {"name": "The new name"})
    if census == "with a census":
        forget_census(here)
    here.odoo.calls.clear()
    result = here.sync(Action.DATA_LAKE, LEADS)
    assert result.outcome is Outcome.SUCCESS
    assert result.counts == Counts(updated=count, unchanged=here.odoo.count("crm.lead") - count)
    assert all("The new name" in each["data"][name_field] for each in documents_with(here, id_field, number))
    if count <= 20:
        assert rows_read(here) <= count + 2, "the rows with the name, one to try, and the one that was written last"
    clock.ahead += LATER
    assert here.sync(Action.DATA_LAKE, LEADS).counts == Counts(unchanged=here.odoo.count("crm.lead"))


def test_a_renamed_company_is_renamed_in_all_its_documents(here: World, clock: Clock):
    """More than a tenth of the documents: the whole entity is read, and only what differs is written."""
    clock.ahead += LATER
    here.odoo.write("crm.stage", 1, {"name": "The new name"})
    here.odoo.write("crm.team", 1, {"name": "The new team"})
    both = [("stage_id", 1, "stage_name", "The new name"), ("team_id", 1, "team_name", "The new team")]
    touched = {each["_id"] for field, number, *_ in both for each in documents_with(here, field, number)}
    total = here.odoo.count("crm.lead")
    assert total / 10 < len(touched) < total
    result = here.sync(Action.DATA_LAKE, LEADS)
    assert result.counts == Counts(updated=len(touched), unchanged=total - len(touched))
    for field, number, name_field, name in both:
        assert {each["data"][name_field] for each in documents_with(here, field, number)} == {name}


def test_a_user_is_renamed_by_the_partner_whose_name_it_is(here: World, clock: Clock):
    """Odoo does not stamp the user."""
    clock.ahead += LATER
    number, count = few_with(here, "user_id")
    partner = here.odoo.get_value("res.users", number, "partner_id")
    assert isinstance(partner, int)
    here.odoo.write("res.partner", partner, {"name": "The new name"})
    result = here.sync(Action.DATA_LAKE, LEADS)
    assert result.updated >= count
    assert {each["data"]["user_name"] for each in documents_with(here, "user_id", number)} == {"The new name"}


def test_names_that_were_swapped_are_told_apart(here: World, clock: Clock):
    clock.ahead += LATER
    names = {number: here.odoo.get_value("crm.team", number, "name") for number in (1, 2)}
    here.odoo.write("crm.team", 1, {"name": names[2]})
    here.odoo.write("crm.team", 2, {"name": names[1]})
    here.sync(Action.DATA_LAKE, LEADS)
    for number, other in ((1, 2), (2, 1)):
        assert {each["data"]["team_name"] for each in documents_with(here, "team_id", number)} == {names[other]}


def test_a_related_record_that_changes_without_its_name_costs_no_row(here: World, clock: Clock):
    clock.ahead += LATER
    number, _ = few_with(here, "partner_id")
    here.odoo.write("res.partner", number, {"phone": "1"})
    here.odoo.calls.clear()
    assert here.sync(Action.DATA_LAKE, LEADS).counts == Counts(unchanged=here.odoo.count("crm.lead"))
    assert rows_read(here) <= 2


def test_the_name_of_a_retired_document_is_left_as_it_was(here: World, clock: Clock):
    clock.ahead += LATER
    number, _ = few_with(here, "partner_id")
    lead = documents_with(here, "partner_id", number)[0]["data"]["id"]
    here.odoo.delete("crm.lead", lead)
    here.sync(Action.DATA_LAKE, LEADS)
    before = here.lake("opportunity", lead)
    here.odoo.write("res.partner", number, {"name": "The new name"})
    result = here.sync(Action.DATA_LAKE, LEADS)
    assert result.counts.rows == here.odoo.count("crm.lead")
    assert here.lake("opportunity", lead) == before


def test_what_a_slow_transaction_renamed_comes_with_the_run_after_it_becomes_visible(here: World, clock: Clock):
    """Its time is older than that of the newest change that was seen."""
    clock.ahead += LATER
    number, count = few_with(here, "partner_id")
    other = next(each for each in here.odoo.search("res.partner") if each != number)
    here.odoo.write("res.partner", other, {"phone": "1"})
    here.sync(Action.DATA_LAKE, LEADS)
    slow = clock() - timedelta(minutes=5)
    here.odoo.write("res.partner", number, {"name": "The new name", "write_date": slow})
    assert here.sync(Action.DATA_LAKE, LEADS).updated == count


@pytest.mark.parametrize(
    "fault", [NoRight(model="crm.team"), *slow([RaisedError(model="crm.team", method="search_read")])]
)
def test_a_name_that_changed_while_its_model_could_not_be_read_comes_when_it_can(
    here: World, clock: Clock, fault: Fault
):
    clock.ahead += LATER
    with here.odoo.faults.on(fault):
        here.odoo.write("crm.team", 2, {"name": "The new name"})
        here.sync(Action.DATA_LAKE, LEADS)
    assert here.sync(Action.DATA_LAKE, LEADS).outcome is Outcome.SUCCESS
    assert {each["data"]["team_name"] for each in documents_with(here, "team_id", 2)} == {"The new name"}


def test_names_that_changed_while_a_full_run_was_cut_off_come_with_the_run_after_it(here: World, clock: Clock):
    """Blocks that were done before the cut hold the old name."""
    clock.ahead += LATER
    first = here.database.data_lake_serving.find_one({"data.partner_id": {"$gt": 0}}, sort=[("data.id", 1)])
    assert first is not None
    number = first["data"]["partner_id"]
    full = Scope(entities=("opportunities",), mode=Mode.FULL)
    cancel, pages = CancelToken(), iter(range(1, 1000))

    def stop(call: Any) -> None:
        if (call.model, call.method) == ("crm.lead", "search_read") and next(pages) == 5:
            wait_until(lambda: here.database.sync_runs.find_one({"outcome": None, "checkpoints": {"$ne": {}}}))
            cancel.request("enough")

    here.odoo.on_call = stop
    assert here.sync(Action.DATA_LAKE, full, cancel=cancel).outcome is Outcome.CANCELLED
    here.odoo.on_call = None
    clock.ahead += LATER
    here.odoo.write("res.partner", number, {"name": "The new name"})
    clock.ahead += LATER
    continued = here.sync(Action.DATA_LAKE, full)
    assert here.lake("opportunity", first["data"]["id"])["data"] == first["data"], f"{continued} read it again"
    clock.ahead += LATER
    here.sync(Action.DATA_LAKE, LEADS)
    assert all("The new name" in each["data"]["partner_name"] for each in documents_with(here, "partner_id", number))
