"""Runs of a selection: they sync what was asked for, and leave everything else byte for byte as it was."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from odoo_sync_tui.core.actions import Action, Outcome
from odoo_sync_tui.core.errors import ConfigurationError
from odoo_sync_tui.core.result import Counts, SyncResult
from odoo_sync_tui.core.scope import Scope, Selection
from odoo_sync_tui.demo import DemoOdoo
from odoo_sync_tui.demo.faults import HiddenIds, NoRight
from tests.support.slow import slow
from tests.support.world import World, world

Untouched = Callable[[set[int]], None]
COMPANY = [("is_company", "=", True)]
LEADS = Scope(entities=("opportunities",))


def select(here: World, entity: str = "accounts", scope: Scope = Scope(), **parts: Any) -> SyncResult:
    """Sync a selection of one entity of the lake."""
    return here.sync(Action.DATA_LAKE, replace(scope, entities=(entity,), selection=Selection(**parts)))


def documents(here: World) -> dict[Any, Any]:
    return {each["_id"]: each for each in here.database.data_lake_serving.find()}


def accounts(here: World) -> list[int]:
    return here.odoo.search("res.partner", COMPANY)


def account(number: int) -> str:
    return f"odoo_account_{number}"


@pytest.fixture
def lake(here: World) -> World:
    """A lake that is in step, and whose rows have all changed in Odoo since."""
    assert here.sync(Action.DATA_LAKE, Scope(entities=("accounts",))).outcome is Outcome.SUCCESS
    for number in accounts(here):
        here.odoo.write("res.partner", number, {"phone": f"new {number}"})
    return here


@pytest.fixture
def untouched(lake: World) -> Untouched:
    """Checks that all documents but those of these ids, and the cursor, are as they were before."""
    before, cursors = documents(lake), lake.integration()["cursors"]

    def check(ids: set[int]) -> None:
        names, after = {account(each) for each in ids}, documents(lake)
        changed = {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
        assert changed == names
        assert lake.integration()["cursors"] == cursors

    return check


# ------------------------------------------------------------------------------------------------ what is selected


def test_rows_asked_for_by_id_are_synced_and_all_else_is_as_it_was(lake: World, untouched: Untouched):
    wanted = accounts(lake)[1:3]
    result = select(lake, ids=tuple(wanted))
    assert (result.outcome, result.counts) == (Outcome.SUCCESS, Counts(updated=2))
    assert result.selected == {"accounts": 2}
    untouched(set(wanted))


def test_what_another_program_changed_is_repaired_although_the_row_is_as_it_was_at_the_last_run(here: World):
    here.sync(Action.DATA_LAKE, Scope(entities=("accounts",)))
    number = accounts(here)[0]
    here.database.data_lake_serving.update_one({"_id": account(number)}, {"$set": {"data.phone": "x"}})
    assert select(here, ids=(number,)).counts == Counts(updated=1)
    assert here.lake("account", number)["data"]["phone"] != "x"
    assert select(here, ids=(number,)).counts == Counts(unchanged=1)


def test_a_deleted_document_of_another_row_stays_missing(lake: World):
    number, other = accounts(lake)[:2]
    lake.database.data_lake_serving.delete_one({"_id": account(other)})
    select(lake, ids=(number,))
    assert account(other) not in documents(lake)


def test_an_archived_row_comes_too_and_its_document_becomes_inactive(lake: World):
    number = accounts(lake)[0]
    lake.odoo.archive("res.partner", number)
    result = select(lake, ids=(number,))
    assert (result.outcome, result.counts) == (Outcome.SUCCESS, Counts(deactivated=1))
    assert lake.lake("account", number)["inactive_reason"] == "archived"


def test_times_select_by_write_date_from_since_on_and_before_until(here: World):
    here.sync(Action.DATA_LAKE, Scope(entities=("accounts",)))
    first, second, third = accounts(here)[:3]
    begin = datetime(2031, 5, 1, 8, tzinfo=UTC)
    for number, offset in ((first, -1), (second, 0), (third, 60)):
        values = {"phone": "new", "write_date": begin + timedelta(seconds=offset)}
        here.odoo.write("res.partner", number, values)
    result = select(here, since=begin, until=begin + timedelta(seconds=60))
    assert result.counts == Counts(updated=1)
    assert here.lake("account", second)["data"]["phone"] == "new"
    assert select(here, since=begin).counts == Counts(updated=1, unchanged=1)
    assert select(here, until=begin).counts.updated == 1


def test_a_domain_and_the_other_conditions_all_have_to_hold(lake: World, untouched: Untouched):
    first, second, third = accounts(lake)[:3]
    domain = ("|", ("id", "=", second), ("id", "=", third))
    assert select(lake, ids=(first, second), domain=domain).counts == Counts(updated=1)
    untouched({second})


def test_nothing_is_selected_where_no_row_meets_the_conditions(lake: World, untouched: Untouched):
    result = select(lake, domain=(("id", "<", 0),))
    assert (result.outcome, result.counts.rows, result.selected) == (Outcome.SUCCESS, 0, {"accounts": 0})
    untouched(set())


@pytest.mark.parametrize(
    ("dialect", "by"),
    [
        (14, "name"),
        (19, "id"),
        (19, "complete name"),
        *slow([(14, "id"), (14, "complete name"), (19, "name")]),
    ],
)
def test_a_department_selects_its_employees_and_those_of_the_departments_below(
    mongo_uri: str, database_name: str, dialect: int, by: str
):
    with DemoOdoo(records=20, dialect=dialect) as odoo, world(mongo_uri, database_name, odoo) as here:
        top = odoo.create("hr.department", {"name": "Field Work"})
        below = odoo.create("hr.department", {"name": "Field Work Abroad", "parent_id": top})
        people = [odoo.create("hr.employee", {"name": f"P{each}", "department_id": each}) for each in (top, below)]
        text = {
            "id": str(top),
            "name": "field work",
            "complete name": odoo.get_value("hr.department", below, "complete_name"),
        }
        result = here.sync(Action.USERS, Scope(selection=Selection(department=str(text[by]))))
        expected = people[1:] if by == "complete name" else people
        assert result.selected == {"users": len(expected)}
        assert sorted(each["odoo_employee_id"] for each in here.database.users.find()) == expected


# ------------------------------------------------------------------------------------------- rows that are not there


def test_rows_asked_for_that_were_deleted_or_moved_elsewhere_are_retired_with_their_reason(
    lake: World, untouched: Untouched
):
    deleted, moved, missed = accounts(lake)[:3]
    for number in (deleted, missed):
        lake.odoo.delete("res.partner", number)
    lake.odoo.write("res.partner", moved, {"is_company": False})
    result = select(lake, ids=(deleted, moved))
    assert (result.outcome, result.counts) == (Outcome.SUCCESS, Counts(deactivated=2))
    reasons = [lake.lake("account", number)["inactive_reason"] for number in (deleted, moved)]
    assert reasons == ["deleted", "elsewhere"]
    untouched({deleted, moved})
    again = select(lake, ids=(deleted,))
    assert (again.outcome, again.counts.rows) == (Outcome.SUCCESS, 0)
    assert f"their documents inactive: {deleted}." in str(again.warnings[0])


def test_a_selection_by_conditions_retires_nothing_by_absence(lake: World, untouched: Untouched):
    number = accounts(lake)[0]
    lake.odoo.delete("res.partner", number)
    select(lake, domain=(("id", "=", number),))
    untouched(set())


def test_a_row_that_misses_another_condition_is_not_taken_for_gone(lake: World, untouched: Untouched):
    number = accounts(lake)[0]
    result = select(lake, ids=(number,), domain=(("name", "=", "nobody"),))
    assert (result.outcome, result.counts.rows, result.warnings) == (Outcome.SUCCESS, 0, ())
    untouched(set())


def test_hidden_rows_stay_and_are_named(lake: World, untouched: Untouched):
    number = accounts(lake)[0]
    with lake.odoo.faults.on(HiddenIds(model="res.partner", ids=frozenset({number}))):
        result = select(lake, ids=(number,))
    assert (result.outcome, result.entities["accounts"].withheld) == (Outcome.PARTIAL, 1)
    assert f"hidden from the Odoo user now ({number})" in str(result.warnings[0])
    untouched(set())


def test_ids_that_never_were_and_those_of_other_rows_are_named_and_the_run_is_partial(lake: World):
    number, last = accounts(lake)[0], lake.odoo.last_id("res.partner")
    person = lake.odoo.search("res.partner", [("is_company", "=", False)])[0]
    result = select(lake, ids=(last + 7, number, person))
    assert (result.outcome, result.counts) == (Outcome.PARTIAL, Counts(updated=1))
    words = [str(each) for each in result.warnings]
    assert words == [
        f"accounts: Odoo has no such rows: {last + 7}. Check the ids.",
        f"accounts: Rows that are no accounts, though Odoo has them: {person}. Check the ids, and the entity.",
    ]
    assert lake.integration()["sync_status"] == "partial"


def test_more_rows_than_one_run_may_retire_wait_for_the_word_of_the_operator(
    here: World,
):
    here.sync(Action.DATA_LAKE, LEADS)
    ids = tuple(here.odoo.search("crm.lead", [("active", "=", True)])[:25])
    for number in ids:
        here.odoo.delete("crm.lead", number)
    withheld = select(here, "opportunities", ids=ids)
    assert (withheld.outcome, withheld.deactivated) == (Outcome.PARTIAL, 0)
    assert withheld.entities["opportunities"].withheld == 25
    confirmed = select(here, "opportunities", Scope(confirm_retire={"opportunities": 25}), ids=ids)
    assert (confirmed.outcome, confirmed.deactivated) == (Outcome.SUCCESS, 25)


def test_a_dry_run_of_a_selection_writes_nothing(lake: World, untouched: Untouched):
    gone, number = accounts(lake)[:2]
    lake.odoo.delete("res.partner", gone)
    result = select(lake, scope=Scope(dry_run=True), ids=(gone, number))
    assert result.counts == Counts(updated=1, deactivated=1)
    untouched(set())


# ------------------------------------------------------------------------------------------------ beside other runs


def test_a_selection_in_step_is_no_last_sync(lake: World):
    before = lake.integration()
    select(lake, ids=(accounts(lake)[0],))
    after = lake.integration()
    assert (after["last_sync"], after["sync_status"]) == (before["last_sync"], "success")
    assert after["last_attempt"] > before["last_attempt"]


def test_the_next_run_of_all_rows_finds_the_rest(lake: World):
    numbers = accounts(lake)
    select(lake, ids=tuple(numbers[:3]))
    result = lake.sync(Action.DATA_LAKE, Scope(entities=("accounts",)))
    assert (result.outcome, result.counts) == (Outcome.SUCCESS, Counts(updated=len(numbers) - 3, unchanged=3))


# ------------------------------------------------------------------------------------------------ what is recorded


def test_the_run_its_events_and_its_result_say_in_words_what_was_selected(lake: World):
    number = accounts(lake)[0]
    result = select(lake, ids=(number,), name="one", since=datetime(2020, 1, 2, 3, tzinfo=UTC))
    words = f"one: id {number}, written since 2020-01-02 03:00:00 UTC"
    (event,) = lake.database.audit_log.find({"run_id": result.run_id, "details.event": "started"})
    assert event["details"]["scope"]["selection"] == words
    report = lake.backend.detail_queries.get_run(result.run_id)
    assert report
    assert report.run.scope.describe_rows() == words
    assert report.run.result
    assert report.run.result.selected == {"accounts": 1}
    assert report.run.scope.is_filtered


def test_hostile_texts_are_kept_without_control_characters(here: World):
    text = "\x1b]52;c;eA==\x07\u202eevil"
    result = select(here, domain=(("name", "=", text),), name=text)
    (event,) = here.database.audit_log.find({"run_id": result.run_id, "details.event": "started"})
    assert event["details"]["scope"]["selection"].isprintable()
    report = here.backend.detail_queries.get_run(result.run_id)
    assert report
    assert report.run.scope.describe_rows().isprintable()


# --------------------------------------------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("action", "entities", "selection", "words"),
    [
        (Action.DATA_LAKE, (), Selection(ids=(4,)), "--id asks for rows of one entity, and this run covers accounts,"),
        (Action.USERS, (), Selection(), "names no rows"),
        (Action.USERS, (), Selection(ids=(0,)), "0 is no id in Odoo"),
        (Action.USERS, (), Selection(ids=(2**31,)), "2147483648 is no id in Odoo"),
        (Action.USERS, (), Selection(ids=tuple(range(1, 10_002))), "has 10001 ids; 10000 are the most"),
        (
            Action.USERS, (),
            Selection(since=datetime(2026, 1, 2, tzinfo=UTC), until=datetime(2026, 1, 2, tzinfo=UTC)),
            "The selection ends before it begins",
        ),
        (Action.DATA_LAKE, ("accounts", "users"), Selection(department="1"), "this run covers accounts. Sync users"),
        (Action.USERS, (), Selection(domain=("name",)), "The domain of the selection is wrong: its part 1"),
        (Action.USERS, (), Selection(domain=(("nmae", "=", 1),)), "hr.employee has no field nmae. Did you mean name"),
        (Action.USERS, (), Selection(domain=(("qqqqqq", "=", 1),)), "hr.employee has no field qqqqqq. Look at"),
        (
            Action.USERS, (), Selection(domain=(("department_id.nmae", "=", 1),)),
            "hr.department has no field nmae. Did you mean name",
        ),
        (Action.USERS, (), Selection(domain=(("name.x", "=", 1),)), "name of hr.employee refers to no record"),
        (Action.USERS, (), Selection(domain=(("write_date", ">", "soon"),)), "Odoo does not accept the selection"),
        (Action.USERS, (), Selection(department="999999"), "There is no department 999999 in Odoo"),
    ],
)  # fmt: skip
def test_a_wrong_selection_is_refused_in_a_sentence_before_anything_is_written(
    here: World, action: Action, entities: tuple[str, ...], selection: Selection, words: str
):
    before = {name: list(here.database[name].find()) for name in here.database.list_collection_names()}
    with pytest.raises(ConfigurationError) as refused:
        here.sync(action, Scope(entities=entities, selection=selection))
    assert words in str(refused.value)
    assert len(refused.value.sentences) == 1
    assert {name: list(here.database[name].find()) for name in here.database.list_collection_names()} == before


def test_a_number_that_xml_rpc_does_not_have_is_refused(mongo_uri: str, database_name: str, odoo: DemoOdoo):
    with world(mongo_uri, database_name, odoo, odoo__protocol="xmlrpc") as here:
        with pytest.raises(ConfigurationError, match="too large for XML-RPC"):
            here.sync(Action.USERS, Scope(selection=Selection(domain=(("id", "<", 2**64),))))
        assert here.database.sync_runs.count_documents({}) == 0


def test_a_department_that_is_misspelt_or_named_twice_is_answered_with_what_there_is(here: World):
    first, second = (here.odoo.create("hr.department", {"name": "Field Work"}) for _ in range(2))
    with pytest.raises(ConfigurationError, match="Did you mean Field Work"):
        here.sync(Action.USERS, Scope(selection=Selection(department="Feild Work")))
    with pytest.raises(ConfigurationError, match=rf"2 departments .* {first} \(Field Work\), {second} \(Field Work\)"):
        here.sync(Action.USERS, Scope(selection=Selection(department="Field Work")))


def test_a_model_that_may_not_be_read_is_left_to_the_run_to_report(here: World):
    with here.odoo.faults.on(NoRight(model="account.move")):
        scope = Scope(entities=("accounts", "invoices"), selection=Selection(since=datetime(2020, 1, 1, tzinfo=UTC)))
        result = here.sync(Action.DATA_LAKE, scope)
    assert result.outcome is Outcome.PARTIAL
    assert result.selected.keys() == {"accounts"}
    assert result.entities["invoices"].state == "failed"
