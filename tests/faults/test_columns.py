"""Whatever befalls the reading by columns, the rows come by rows, and no row is lost, set aside or mixed up by it."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from odoo_sync_tui.core.actions import Action
from odoo_sync_tui.core.reports.verification import Verdict, Verification
from odoo_sync_tui.core.scope import Scope
from odoo_sync_tui.demo import Call, DemoOdoo
from odoo_sync_tui.demo.faults import (
    DisconnectAbove,
    Fault,
    ForbiddenField,
    HtmlBody,
    HttpStatus,
    MemoryAbove,
    NoRight,
    PoisonRow,
    RaisedError,
    ResetBefore,
    ResetMidBody,
    ShortAnswer,
    TruncatedBody,
    WrongValue,
)
from odoo_sync_tui.entities.registry import BUILT_IN
from odoo_sync_tui.odoo.rows import column_reader, name_columns
from tests.faults.checks import assert_at_rest, assert_in_step, heal
from tests.faults.conftest import SETTINGS
from tests.support.slow import slow
from tests.support.world import FULL, World, world

METHODS = {14: "read_group", 17: "read_group", 19: "formatted_read_group"}
LEADS = Scope(entities=("opportunities",))
ALL_LEADS = Scope(mode=FULL.mode, entities=LEADS.entities)


@pytest.fixture(autouse=True)
def all_blocks_by_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pages of these tests are small."""
    for module in (column_reader, name_columns):
        monkeypatch.setattr(module, "MIN_ROWS_BY_COLUMNS", 1)


@pytest.fixture(params=[14, *slow([17]), 19])
def there(request: pytest.FixtureRequest, mongo_uri: str, database_name: str) -> Iterator[World]:
    """A world with an Odoo of each dialect."""
    with (
        DemoOdoo(records=30, dialect=request.param) as odoo,
        world(mongo_uri, database_name, odoo, **SETTINGS) as parts,
    ):
        yield parts


def column_calls(odoo: DemoOdoo) -> list[tuple[str, int]]:
    """Model and number of rows of each column call that was answered; totals hold no rows."""
    return [(call.model, call.row_count) for call in odoo.calls if call.method in METHODS.values() and call.row_count]


def verify(here: World, *names: str) -> Verification:
    return here.backend.verifier().verify(BUILT_IN.select(Action.DATA_LAKE, names), None)


def kept_verdict(here: World, entity: str = "opportunities") -> list[str]:
    return here.integration()["cursors"][f"data_lake:{entity}"]["columns"]["fields"]


def differing(here: World) -> list[str]:
    return here.integration()["cursors"]["data_lake:opportunities"]["columns"]["differing"]


FAULTS: dict[str, tuple[type[Fault], dict[str, Any]]] = {
    "busy": (HttpStatus, {"status": 503}),
    "a web page": (HtmlBody, {}),
    "cut off": (TruncatedBody, {}),
    "reset": (ResetBefore, {}),
    "reset in the middle": (ResetMidBody, {}),
    "time limit": (DisconnectAbove, {"rows": 0}),
    "memory limit": (MemoryAbove, {"rows": 0}),
    "an override that raises": (RaisedError, {"text": "Expected singleton"}),
    "refused": (RaisedError, {"kind": "AccessError", "text": "not available for attachments"}),
    "short": (ShortAnswer, {}),
    "another id": (WrongValue, {"record_id": 3, "field_name": "id", "value": 10**6}),
    "no id": (WrongValue, {"record_id": 3, "field_name": "id", "value": False}),
    "forbidden field": (ForbiddenField, {"name": "phone"}),
    "poison row": (PoisonRow, {"record_id": 3}),
}


FIRST, PROVED = "from the first call on", "once they are proved"
FIRST_OF_EACH_KIND = ("reset", "short", "poison row")
"""One of what passes, of what gives wrong answers, and of what halves cannot get round."""
WAITED_FOR = ("busy", "a web page", "cut off", "reset in the middle")
"""What passes as "reset" does, after some seconds."""
TWINS = ("memory limit", "refused", "no id")
"""What is answered as "time limit", "an override that raises" and "another id" are."""


@pytest.mark.parametrize(
    ("name", "when"),
    [
        *((name, PROVED) for name in FAULTS if name not in (*WAITED_FOR, *TWINS)),
        *((name, FIRST) for name in FIRST_OF_EACH_KIND),
        *slow((name, PROVED) for name in (*WAITED_FOR, *TWINS)),
        *slow((name, FIRST) for name in FAULTS if name not in FIRST_OF_EACH_KIND),
    ],
)
def test_columns_that_fail_cost_no_row(here: World, name: str, when: str):
    kind, arguments = FAULTS[name]
    fault = kind(model="crm.lead", method="formatted_read_group", **arguments)
    if when == PROVED:
        heal(here, scope=LEADS)
        here.database.data_lake_serving.delete_many({"entity_type": "opportunity"})
    with here.odoo.faults.on(fault):
        heal(here, scope=LEADS)
    assert_at_rest(here, scope=LEADS)


@pytest.mark.parametrize("kind", [ShortAnswer, MemoryAbove], ids=lambda kind: kind.__name__)
def test_columns_that_fail_in_any_version_cost_no_row(there: World, kind: type[Fault]):
    with there.odoo.faults.on(kind(method=METHODS[there.odoo.dialect])):
        heal(there, scope=LEADS)


def test_every_version_is_read_by_columns_and_rows_say_the_same(there: World):
    for lead in there.odoo.search("crm.lead"):
        if partner := there.odoo.get_value("crm.lead", lead, "partner_id"):
            there.odoo.write("res.partner", int(str(partner)), {"name": f" Old \n\n  name {partner} "})
    heal(there)
    assert {model for model, _ in column_calls(there.odoo)} >= {"res.partner", "crm.lead", "account.move"}
    assert "expected_revenue" in kept_verdict(there)
    there.odoo.calls.clear()
    assert verify(there).verdict is Verdict.IN_STEP
    assert column_calls(there.odoo) == []


def test_one_failure_costs_one_block_and_the_others_come_by_columns(here: World):
    heal(here, scope=LEADS)
    here.odoo.calls.clear()
    with here.odoo.faults.on(RaisedError(model="crm.lead", method="formatted_read_group", times=1)):
        here.sync(Action.DATA_LAKE, ALL_LEADS)
    assert sum(count for model, count in column_calls(here.odoo) if model == "crm.lead") >= 10
    assert_in_step(here, names=LEADS.entities)


def test_a_row_that_only_rows_cannot_read_is_stored(here: World):
    heal(here, scope=LEADS)
    number = here.odoo.search("crm.lead")[4]
    here.odoo.write("crm.lead", number, {"name": "renamed"})
    poison = PoisonRow(model="crm.lead", method="search_read", record_id=number, field_name="name")
    with here.odoo.faults.on(poison):
        heal(here, scope=LEADS)
    assert here.lake("opportunity", number)["data"]["name"] == "renamed"


def test_a_module_that_changes_rows_alone_is_found_before_columns_are_used(here: World):
    """As calendars do, which show the events of others as "Busy"."""
    leads = here.odoo.search("crm.lead")
    busy = [
        WrongValue(model="crm.lead", method="search_read", record_id=each, field_name="contact_name", value="Busy")
        for each in leads
    ]
    with here.odoo.faults.on(*busy):
        result = here.sync(Action.DATA_LAKE, LEADS)
    assert ["contact_name" in notice.message for notice in result.warnings] == [True]
    assert "contact_name" not in kept_verdict(here)
    assert {here.lake("opportunity", each)["data"]["contact_name"] for each in leads} == {"Busy"}


def test_the_sample_is_read_once_and_again_when_a_module_changes(here: World):
    def renewed() -> bool:
        here.odoo.calls.clear()
        here.sync(Action.DATA_LAKE, ALL_LEADS)
        return _sampled(here)

    assert renewed()
    assert not renewed()
    here.odoo.write("ir.module.module", 3, {"latest_version": "2.0"})
    assert renewed()
    assert not renewed()


def _sampled(here: World) -> bool:
    blocks = [count for model, count in column_calls(here.odoo) if model == "crm.lead"]
    return sum(blocks) > len(here.odoo.search("crm.lead"))


def test_where_modules_cannot_be_read_the_sample_is_read_in_each_run(here: World):
    with here.odoo.faults.on(NoRight(model="ir.module.module")):
        for _ in range(2):
            here.odoo.calls.clear()
            here.sync(Action.DATA_LAKE, ALL_LEADS)
            assert _sampled(here)


def test_verify_sees_what_columns_have_hidden(here: World):
    heal(here, scope=LEADS)
    number = here.odoo.search("crm.lead")[4]
    here.odoo.write("crm.lead", number, {"contact_name": "renamed"})
    with here.odoo.faults.on(lie_about(number)):
        here.sync(Action.DATA_LAKE, LEADS)
        verification = verify(here, "opportunities")
    assert here.lake("opportunity", number)["data"]["contact_name"] == "hidden"
    assert verification.verdict is Verdict.OUT_OF_STEP


def lie_about(number: int, value: str = "hidden") -> WrongValue:
    """A module that changes how one row is read, but not its columns: the sample need not meet it."""
    return WrongValue(
        model="crm.lead", method="formatted_read_group", record_id=number, field_name="contact_name", value=value
    )


@pytest.fixture
def lied(here: World) -> Iterator[tuple[World, int, WrongValue]]:
    """A lake with one document that columns have spoilt, and the lie that goes on."""
    heal(here, scope=LEADS)
    number, lie = here.odoo.search("crm.lead")[4], lie_about(here.odoo.search("crm.lead")[4])
    here.odoo.write("crm.lead", number, {"contact_name": "renamed"})
    with here.odoo.faults.on(lie):
        here.sync(Action.DATA_LAKE, LEADS)
        yield here, number, lie


def test_a_field_that_verify_finds_different_goes_by_rows_from_then_on(lied: tuple[World, int, WrongValue]):
    here, number, _ = lied
    found = verify(here, "opportunities")
    assert found.verdict is Verdict.OUT_OF_STEP
    assert [("odoo_columns", "contact_name" in each.message) for each in found.warnings] == [("odoo_columns", True)]
    assert differing(here) == ["contact_name"]
    assert "contact_name" not in kept_verdict(here)
    result = here.sync(Action.DATA_LAKE, ALL_LEADS)
    assert ["contact_name" in notice.message for notice in result.warnings] == [True]
    assert here.lake("opportunity", number)["data"]["contact_name"] == "renamed"
    assert verify(here, "opportunities").verdict is Verdict.IN_STEP
    assert differing(here) == ["contact_name"]
    assert "expected_revenue" in kept_verdict(here), "the other fields still come by columns"


def test_a_field_that_was_found_different_is_proved_anew_when_a_module_changes(lied: tuple[World, int, WrongValue]):
    here, _, lie = lied
    verify(here, "opportunities")
    here.odoo.faults.remove(lie)
    here.odoo.write("ir.module.module", 3, {"latest_version": "2.0"})
    heal(here, scope=ALL_LEADS)
    assert differing(here) == []
    assert "contact_name" in kept_verdict(here)


def test_names_that_verify_finds_different_go_by_rows_from_then_on(here: World, monkeypatch: pytest.MonkeyPatch):
    """A module that makes another name of one partner, whom the sample does not meet."""
    leads = {lead: here.odoo.get_value("crm.lead", lead, "partner_id") for lead in here.odoo.search("crm.lead")}
    lead, partner = next((one, each) for one, each in leads.items() if each)
    draw = random.sample

    def miss(population: Sequence[int], count: int) -> list[int]:
        others = [each for each in population if each != partner]
        return draw(others, min(count, len(others)))

    monkeypatch.setattr(random, "sample", miss)
    lie = {"record_id": partner, "field_name": "complete_name", "value": "hidden"}
    with here.odoo.faults.on(WrongValue(model="res.partner", method="formatted_read_group", **lie)):
        here.sync(Action.DATA_LAKE, LEADS)
        assert here.lake("opportunity", lead)["data"]["partner_name"] == "hidden"
        assert verify(here, "opportunities").verdict is Verdict.OUT_OF_STEP
        assert differing(here) == ["res.partner.display_name"]
        result = here.sync(Action.DATA_LAKE, ALL_LEADS)
        assert ["display_name of res.partner" in notice.message for notice in result.warnings] == [True]
        assert here.lake("opportunity", lead)["data"]["partner_name"] != "hidden"
        assert verify(here, "opportunities").verdict is Verdict.IN_STEP


def test_documents_that_differ_for_another_reason_say_nothing_about_columns(here: World):
    heal(here, scope=LEADS)
    before = kept_verdict(here)
    here.database.data_lake_serving.update_many(
        {"entity_type": "opportunity"}, {"$set": {"data.contact_name": "changed by another program"}}
    )
    found = verify(here, "opportunities")
    assert (found.verdict, found.warnings) == (Verdict.OUT_OF_STEP, ())
    assert (kept_verdict(here), differing(here)) == (before, [])


def test_a_run_that_ends_after_a_verification_keeps_what_that_has_found(lied: tuple[World, int, WrongValue]):
    here, _, _ = lied
    looks = iter([verify])

    def look(call: Call) -> None:
        if call.model == "account.move":
            for each in looks:
                each(here, "opportunities")

    here.odoo.on_call = look
    here.sync(Action.DATA_LAKE, Scope(mode=FULL.mode, entities=("opportunities", "invoices")))
    here.odoo.on_call = None
    assert not list(looks)
    assert differing(here) == ["contact_name"]


def test_a_verification_that_is_read_only_names_the_field_and_keeps_nothing(
    lied: tuple[World, int, WrongValue], mongo_uri: str, database_name: str
):
    here, _, _ = lied
    with world(mongo_uri, database_name, here.odoo, **{**SETTINGS, "read_only": True}) as reader:
        found = verify(reader, "opportunities")
    assert [("contact_name" in each.message, "read-only" in each.hint) for each in found.warnings] == [(True, True)]
    assert differing(here) == []


def test_a_row_that_changes_between_columns_and_rows_is_right_after_the_next_run(here: World):
    """Complete names of departments have no column: they come in another call."""
    heal(here, Action.DEPARTMENTS)
    department = here.odoo.search("hr.department")[0]
    edits = iter([{"name": "renamed"}])

    def edit(call: Call) -> None:
        comes_after_columns = "hr.department" in {model for model, _ in column_calls(here.odoo)}
        if (call.model, call.method) == ("hr.department", "search_read") and comes_after_columns:
            for values in edits:
                here.odoo.write("hr.department", department, values)

    here.odoo.calls.clear()
    here.odoo.on_call = edit
    here.sync(Action.DEPARTMENTS, FULL)
    here.odoo.on_call = None
    assert not list(edits)
    heal(here, Action.DEPARTMENTS)


def test_rows_are_never_read_by_columns_over_xml_rpc_or_where_that_is_set(mongo_uri: str, database_name: str):
    with DemoOdoo(records=30) as odoo:
        for settings in ({"odoo__protocol": "xmlrpc"}, {"odoo__read_by": "rows"}):
            with world(mongo_uri, database_name, odoo, **{**SETTINGS, **settings}) as parts:
                heal(parts)
        assert column_calls(odoo) == []


def test_a_lake_that_was_read_by_rows_is_unchanged_by_columns(here: World, mongo_uri: str, database_name: str):
    with world(mongo_uri, database_name, here.odoo, **{**SETTINGS, "odoo__read_by": "rows"}) as parts:
        heal(parts)
    assert_at_rest(here)
    result = here.sync(Action.DATA_LAKE, FULL)
    assert result.counts.unchanged == result.counts.rows
    assert column_calls(here.odoo)
