"""A run that was cut off is continued: nothing durable is read again, nothing is missed, the figures add up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from odoo_sync_tui.core.actions import Action, Outcome
from odoo_sync_tui.core.result import Counts
from odoo_sync_tui.core.scope import Mode, Scope, Selection
from odoo_sync_tui.demo import Call, DemoOdoo
from odoo_sync_tui.runtime.cancel import CancelToken
from tests.support.slow import slow
from tests.support.world import World, wait_until, world

LEADS = Scope(entities=("opportunities",), mode=Mode.FULL)


@pytest.fixture
def odoo() -> Iterator[DemoOdoo]:
    with DemoOdoo(records=100) as server:
        yield server


@pytest.fixture
def here(odoo: DemoOdoo, mongo_uri: str, database_name: str) -> Iterator[World]:
    with world(mongo_uri, database_name, odoo, odoo__page_size=10, sync__block_size=20) as parts:
        yield parts


def cut_off(here: World, scope: Scope = LEADS, at_page: int = 8) -> str:
    """Run until this page is asked for and a block is durably settled, then cancel."""
    cancel, pages = CancelToken(), iter(range(1, 1000))

    def stop(call: Call) -> None:
        if (call.model, call.method) == ("crm.lead", "search_read") and next(pages) == at_page:
            wait_until(lambda: here.database.sync_runs.find_one({"outcome": None, "checkpoints": {"$ne": {}}}))
            cancel.request("enough")

    here.odoo.on_call = stop
    result = here.sync(Action.DATA_LAKE, scope, cancel=cancel)
    here.odoo.on_call = None
    assert result.outcome is Outcome.CANCELLED
    return result.run_id


def checkpoint(here: World, run_id: str) -> dict[str, Any]:
    return here.database.sync_runs.find_one({"_id": run_id})["checkpoints"]["data_lake:opportunities"]


def rows_read(here: World) -> int:
    read = sum(call.row_count for call in here.odoo.calls if call.model == "crm.lead" and call.method == "search_read")
    here.odoo.calls.clear()
    return read


def test_a_run_goes_on_where_the_one_that_was_cut_off_ended(here: World):
    total = here.odoo.count("crm.lead")
    interrupted = cut_off(here)
    through = checkpoint(here, interrupted)["through"]
    done = len([number for number in here.odoo.search("crm.lead") if number <= through])
    assert done > 0
    rows_read(here)
    result = here.sync(Action.DATA_LAKE, LEADS)
    assert result.outcome is Outcome.SUCCESS
    assert result.synced == result.counts.rows == total
    assert rows_read(here) <= total - done + 5, "what was durable was read again"
    assert here.database.data_lake_serving.count_documents({}) == total
    started = here.database.audit_log.find_one({"run_id": result.run_id, "details.event": "started"})
    assert started["details"]["continues"] == interrupted


def test_a_run_that_is_cut_off_moves_no_cursor(here: World):
    cut_off(here)
    assert "data_lake:opportunities" not in here.integration().get("cursors", {})


def test_rows_that_changed_after_a_cut_are_found_on_both_sides_of_the_border(here: World):
    cut_off(here)
    first, last = here.odoo.search("crm.lead")[1], here.odoo.search("crm.lead")[-2]
    here.odoo.write("crm.lead", first, {"name": "early"})
    here.odoo.write("crm.lead", last, {"name": "late"})
    gone = here.odoo.search("crm.lead")[2]
    here.odoo.delete("crm.lead", gone)
    here.sync(Action.DATA_LAKE, LEADS)
    assert here.lake("opportunity", first)["data"]["name"] == "early"
    assert here.lake("opportunity", last)["data"]["name"] == "late"
    assert not here.lake("opportunity", gone)["is_active"]


@pytest.mark.parametrize(
    "scope",
    [
        Scope(entities=("opportunities",), mode=Mode.FULL, restart=True),
        Scope(entities=("opportunities", "accounts"), mode=Mode.FULL),
        *slow([Scope(entities=("opportunities",), mode=Mode.FULL, domain=(("id", ">", 0),))]),
    ],
    ids=["restart", "other entities", "a filter"],
)
def test_a_run_of_another_scope_than_the_one_that_was_cut_off_starts_over(here: World, scope: Scope):
    cut_off(here)
    result = here.sync(Action.DATA_LAKE, scope)
    started = here.database.audit_log.find_one({"run_id": result.run_id, "details.event": "started"})
    assert "continues" not in started["details"]
    assert result.entities["opportunities"].counts.rows == here.odoo.count("crm.lead")


def test_a_run_that_was_cut_off_is_continued_although_a_selection_was_synced_since(here: World):
    cut = cut_off(here)
    number = here.odoo.search("crm.lead")[-1]
    assert here.sync(Action.DATA_LAKE, replace(LEADS, selection=Selection(ids=(number,)))).created == 1
    selected = here.lake("opportunity", number)
    result = here.sync(Action.DATA_LAKE, LEADS)
    started = here.database.audit_log.find_one({"run_id": result.run_id, "details.event": "started"})
    assert started["details"]["continues"] == cut
    assert result.counts.rows == here.odoo.count("crm.lead")
    assert here.lake("opportunity", number) == selected, "that of the selection is not written again"


@pytest.mark.parametrize(("hours", "is_continued"), [(23, True), (25, False)])
def test_a_run_is_continued_within_a_day_of_its_last_sign_of_life(here: World, hours: int, is_continued: bool):
    cut_off(here)
    here.database.sync_runs.update_many({}, [{"$set": {"heartbeat_at": {"$add": ["$$NOW", -hours * 3_600_000]}}}])
    here.odoo.calls.clear()
    assert here.sync(Action.DATA_LAKE, LEADS).synced == here.odoo.count("crm.lead")
    started = here.database.audit_log.find_one({"details.event": "started"}, sort=[("timestamp", -1)])
    assert ("continues" in started["details"]) is is_continued
    assert (rows_read(here) < here.odoo.count("crm.lead")) is is_continued


def test_a_run_that_came_to_its_end_is_not_continued(here: World):
    cut_off(here)
    here.sync(Action.DATA_LAKE, LEADS)
    total = here.odoo.count("crm.lead")
    again = here.sync(Action.DATA_LAKE, LEADS)
    assert again.counts == Counts(unchanged=total)


def test_a_run_can_be_cut_off_again_and_again(mongo_uri: str, database_name: str):
    """However many pages beside the one that is held are read before each cut, some are left for the next."""
    settings: dict[str, object] = {"odoo__page_size": 10, "sync__block_size": 20}
    with DemoOdoo(records=300) as odoo, world(mongo_uri, database_name, odoo, **settings) as here:
        for _ in range(3):
            cut_off(here)
        assert here.sync(Action.DATA_LAKE, LEADS).synced == odoo.count("crm.lead")
        assert here.database.data_lake_serving.count_documents({}) == odoo.count("crm.lead")


def test_a_run_cut_off_before_it_looked_back_leaves_the_looking_back_to_the_next(here: World):
    newest = checkpoint(here, cut_off(here))["newest"]
    early, late = here.odoo.search("crm.lead")[1], here.odoo.search("crm.lead")[-2]
    here.odoo.write("crm.lead", early, {"name": "early", "write_date": newest + timedelta(hours=2)})
    here.odoo.write("crm.lead", late, {"name": "late", "write_date": newest + timedelta(hours=4)})
    cut_off(here, at_page=2)
    assert here.lake("opportunity", early)["data"]["name"] != "early", "it was not cut off in time"
    here.sync(Action.DATA_LAKE, LEADS)
    assert here.lake("opportunity", early)["data"]["name"] == "early"


def test_rows_that_changed_while_a_run_was_cut_off_are_counted_once(here: World):
    cut_off(here)
    for lead in here.odoo.search("crm.lead")[:8]:
        here.odoo.write("crm.lead", lead, {"name": f"changed {lead}"})
    settled: list[tuple[int, int]] = []
    result = here.sync(
        Action.DATA_LAKE,
        LEADS,
        on_progress=lambda progress: settled.append((progress.entities[0].done, progress.entities[0].total)),
    )
    total = here.odoo.count("crm.lead")
    assert result.synced == result.counts.rows == total
    assert settled[-1] == (total, total)


def test_documents_that_were_removed_while_a_run_was_cut_off_are_counted_once(here: World):
    cut_off(here)
    here.database.data_lake_serving.delete_many({})
    result = here.sync(Action.DATA_LAKE, LEADS)
    total = here.odoo.count("crm.lead")
    assert result.created == result.synced == result.entities["opportunities"].census == total


def test_a_run_that_was_cut_off_is_not_continued_where_its_documents_were_dropped(
    odoo: DemoOdoo, mongo_uri: str, database_name: str
):
    full = Scope(entities=("deals",), mode=Mode.FULL)

    def count(declared: World) -> int:
        return declared.database.data_lake_serving.count_documents({})

    with world(mongo_uri, database_name, odoo, entities__deals__model="crm.lead") as declared:
        run_id, number = declared.sync(Action.DATA_LAKE, full).run_id, count(declared)
        cut_off = {"outcome": "interrupted", "result": {}}
        declared.database.sync_runs.update_one({"_id": run_id, "checkpoints": {"$ne": {}}}, {"$set": cut_off})
    with world(mongo_uri, database_name, odoo) as without:
        without.backend.service().drop_entity("anna", "deals", "")
    with world(mongo_uri, database_name, odoo, entities__deals__model="crm.lead") as declared:
        result = declared.sync(Action.DATA_LAKE, full)
        assert (result.outcome, result.created, count(declared)) == (Outcome.SUCCESS, number, number)
        started = declared.database.audit_log.find_one({"run_id": result.run_id, "details.event": "started"})
        assert "continues" not in started["details"]
