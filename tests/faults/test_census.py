"""Odoo shows too little, or moves while it is read: nothing is retired by mistake, nothing is missed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from odoo_sync_tui.core.actions import Action, Outcome
from odoo_sync_tui.core.result import EntityState
from odoo_sync_tui.core.scope import Mode, Scope
from odoo_sync_tui.demo import Call, DemoOdoo
from odoo_sync_tui.demo.faults import EmptyCensus, Fault, HalfCensus, HiddenIds, ShortAnswer
from tests.faults.checks import assert_at_rest, assert_in_step, assert_told, heal
from tests.support.slow import slow
from tests.support.world import FULL, World

COMPANIES = [["is_company", "=", True]]
LEADS = Scope(entities=("opportunities",))
ADMIN = 2
SCOPES = {"incremental": Scope(), "full": FULL}
MODES = pytest.mark.parametrize("scope", SCOPES.values(), ids=SCOPES)
ONE_MODE = pytest.mark.parametrize("scope", [Scope(), *slow([FULL])], ids=SCOPES)


def active_in(here: World) -> int:
    return here.database.data_lake_serving.count_documents({"is_active": True})


# ------------------------------------------------------------------------------------------------ too little


@pytest.mark.parametrize(
    ("fault", "mode"),
    [
        (EmptyCensus, "full"),
        (HalfCensus, "incremental"),
        *slow([(EmptyCensus, "incremental"), (HalfCensus, "full")]),
    ],
)
def test_an_empty_or_half_census_retires_nothing(here: World, fault: type[Fault], mode: str):
    heal(here)
    here.odoo.create("crm.lead", {"name": "more", "company_id": 1, "type": "lead", "stage_id": 1})
    before = active_in(here)
    cursors = here.integration()["cursors"]
    methods = ("search", "search_count", "formatted_read_group")
    searches = [(model, method) for model in ("res.partner", "account.move") for method in methods]
    with here.odoo.faults.on(*(fault(model=model, method=method) for model, method in searches)):
        result = here.sync(Action.DATA_LAKE, SCOPES[mode])
    assert (result.outcome, result.deactivated) == (Outcome.PARTIAL, 0)
    assert active_in(here) == before + 1
    for name in ("accounts", "invoices"):
        assert result.entities[name].state is EntityState.PARTIAL
        assert result.entities[name].withheld > 0
        assert here.integration()["cursors"][f"data_lake:{name}"] == cursors[f"data_lake:{name}"]
    end = assert_told(here, result.run_id)
    assert "retirement_withheld" in {notice["kind"] for notice in end["details"]["warnings"]}
    heal(here)


@ONE_MODE
def test_a_census_that_lacks_rows_which_odoo_counts_retires_nothing(here: World, scope: Scope):
    invoices = replace(scope, entities=("invoices",))
    heal(here, scope=invoices)
    with here.odoo.faults.on(ShortAnswer(model="account.move", method="search")):
        result = here.sync(Action.DATA_LAKE, invoices)
    assert result.deactivated == 0
    assert_told(here, result.run_id)
    heal(here, scope=invoices)


@ONE_MODE
def test_a_user_who_sees_fewer_companies_retires_nothing(here: World, scope: Scope):
    heal(here)
    here.odoo.write("res.users", ADMIN, {"company_ids": [1]})
    result = here.sync(Action.DATA_LAKE, scope)
    assert (result.outcome, result.deactivated) == (Outcome.PARTIAL, 0)
    assert_told(here, result.run_id)
    here.odoo.write("res.users", ADMIN, {"company_ids": [1, 2]})
    heal(here)


@MODES
def test_a_rule_that_hides_rows_retires_none_of_them_and_what_is_deleted_besides_goes(here: World, scope: Scope):
    accounts, scope = Scope(entities=("accounts",)), replace(scope, entities=("accounts",))
    heal(here, scope=accounts)
    numbers = here.odoo.search("res.partner", COMPANIES)
    with here.odoo.faults.on(HiddenIds(model="res.partner", ids=numbers[: len(numbers) - 2])):
        result = here.sync(Action.DATA_LAKE, scope)
    assert (result.outcome, result.deactivated) == (Outcome.PARTIAL, 0)
    assert_told(here, result.run_id)
    new = here.odoo.create("res.partner", {"name": "Short-lived", "is_company": True})
    heal(here, scope=accounts)
    hidden = [number for number in numbers if here.odoo.get_value("res.partner", number, "active")][:3]
    here.odoo.delete("res.partner", new)
    with here.odoo.faults.on(HiddenIds(model="res.partner", ids=hidden)):
        result = here.sync(Action.DATA_LAKE, scope)
    assert (result.outcome, result.deactivated) == (Outcome.PARTIAL, 1)
    assert here.lake("account", new)["inactive_reason"] == "deleted"
    end = assert_told(here, result.run_id)
    assert "3 rows are hidden" in next(
        told["message"] for told in end["details"]["warnings"] if told["kind"] == "hidden"
    )
    assert heal(here, scope=accounts).counts.reactivated == 0


# ------------------------------------------------------------------------------------------------ while paging


ONE_ROW_CALLS = 1
"""Before the pages one row is read to find out what may be read."""


def in_the_middle(odoo: DemoOdoo, edit: Callable[[], object], page: int) -> None:
    """Edit when this page of leads is asked for."""
    reads = iter(range(1, 1000))

    def strike(call: Call) -> None:
        if (call.model, call.method) == ("crm.lead", "search_read") and next(reads) == ONE_ROW_CALLS + page:
            edit()

    odoo.on_call = strike


def edit_all(odoo: DemoOdoo, numbers: list[int]) -> None:
    """Do everything to rows that were read, to rows of the page that is being read, and to rows to come."""
    for kind, start in enumerate((0, 10, len(numbers) - 5)):
        edited, archived, unarchived, deleted, touched = numbers[start : start + 5]
        odoo.write("crm.lead", edited, {"name": f"edited {kind}"})
        odoo.archive("crm.lead", archived)
        odoo.unarchive("crm.lead", unarchived)
        odoo.delete("crm.lead", deleted)
        odoo.write("crm.lead", touched, {})
        odoo.create("crm.lead", {"name": f"created {kind}", "company_id": 1, "type": "lead", "stage_id": 1})


@pytest.mark.parametrize(("run", "page"), [("first", 3), ("incremental", 2), ("full", 3), *slow([("first", 1)])])
def test_rows_that_move_while_they_are_paged_are_right_after_the_next_run(here: World, run: str, page: int):
    numbers = here.odoo.search("crm.lead")
    for start in (0, 10, len(numbers) - 5):
        here.odoo.archive("crm.lead", numbers[start + 2])
    if run != "first":
        heal(here, scope=LEADS)
        for number in numbers:
            here.odoo.write("crm.lead", number, {"phone": "1"})
    in_the_middle(here.odoo, lambda: edit_all(here.odoo, numbers), page)
    result = here.sync(Action.DATA_LAKE, replace(FULL if run == "full" else Scope(), entities=LEADS.entities))
    here.odoo.on_call = None
    assert here.odoo.get_value("crm.lead", numbers[0], "name") == "edited 0"
    assert result.outcome is Outcome.SUCCESS, [str(notice) for notice in (*result.errors, *result.warnings)]
    assert_told(here, result.run_id)
    heal(here, scope=LEADS)
    assert_at_rest(here, scope=LEADS)


# ------------------------------------------------------------------------------------------------ a filter


@pytest.mark.parametrize("mode", list(Mode))
def test_a_filtered_run_retires_nothing_and_moves_no_cursor(here: World, mode: Mode):
    heal(here, scope=LEADS)
    numbers = here.odoo.search("crm.lead")
    cursors = here.integration()["cursors"]
    here.odoo.write("crm.lead", numbers[0], {"name": "inside"})
    here.odoo.write("crm.lead", numbers[9], {"name": "outside"})
    here.odoo.delete("crm.lead", numbers[1])
    here.odoo.delete("crm.lead", numbers[10])
    scope = Scope(entities=("opportunities",), mode=mode, domain=(("id", "<=", numbers[4]),))
    result = here.sync(Action.DATA_LAKE, scope)
    assert (result.outcome, result.updated, result.deactivated) == (Outcome.SUCCESS, 1, 0)
    assert result.counts.rows == 4
    assert here.lake("opportunity", numbers[0])["data"]["name"] == "inside"
    assert here.lake("opportunity", numbers[1])["is_active"]
    assert here.integration()["cursors"] == cursors
    assert_told(here, result.run_id)
    assert heal(here, scope=LEADS).deactivated == 2
    assert_in_step(here, names=LEADS.entities)
