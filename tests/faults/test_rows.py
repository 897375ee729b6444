"""Single rows, fields and models that cannot be read: the rest goes on, and what was set aside comes back by itself."""

from __future__ import annotations

import json
from typing import Any

import pytest

from odoo_sync_tui.core.actions import Action, Outcome
from odoo_sync_tui.core.result import EntityState
from odoo_sync_tui.core.scope import Mode, Scope
from odoo_sync_tui.demo import Call, DemoOdoo
from odoo_sync_tui.demo.faults import (
    Fault,
    ForbiddenField,
    MissingModel,
    NoRight,
    PoisonRow,
    RaisedError,
    VanishedField,
    WrongValue,
)
from tests.faults.checks import assert_in_step, assert_told, heal
from tests.faults.conftest import SETTINGS
from tests.support.slow import slow
from tests.support.world import FULL, World, world

LEADS = Scope(entities=("opportunities",))
ALL_LEADS = Scope(mode=Mode.FULL, entities=LEADS.entities)
ACCOUNTS = Scope(entities=("accounts",))
ALL_ACCOUNTS = Scope(mode=Mode.FULL, entities=ACCOUNTS.entities)


def quarantined(here: World) -> dict[int, str]:
    return {row["odoo_id"]: row["reason"] for row in here.database.sync_quarantine.find()}


@pytest.mark.parametrize(("protocol", "mode"), [("json2", "first"), ("jsonrpc", "full"), ("xmlrpc", "first")])
def test_poison_rows_are_set_aside_and_come_back(here: World, protocol: str, mode: str):
    leads = here.odoo.search("crm.lead")
    poisoned = {leads[0], leads[13], leads[14], leads[-1]}
    if mode == "full":
        heal(here, scope=LEADS)
    faults = [PoisonRow(model="crm.lead", record_id=number, field_name="name") for number in poisoned]
    with world_over(here, protocol) as there:
        with here.odoo.faults.on(*faults):
            result = there.sync(Action.DATA_LAKE, ALL_LEADS)
        assert (result.outcome, result.counts.quarantined) == (Outcome.PARTIAL, len(poisoned))
        assert quarantined(there).keys() == poisoned
        assert all("Traceback" not in reason and reason for reason in quarantined(there).values())
        assert result.deactivated == 0, "a row that cannot be read is not gone"
        end = assert_told(there, result.run_id)
        assert "quarantine" in {notice["kind"] for notice in end["details"]["warnings"]}
        result = heal(there, scope=LEADS)
        if mode == "first":
            assert result.entities["opportunities"].counts.created == len(poisoned)


def world_over(here: World, protocol: str, **settings: object):
    """The same database and Odoo, over another protocol."""
    uri, name = str(here.settings["mongo.uri"]), str(here.settings["mongo.database"])
    return world(uri, name, here.odoo, **{**SETTINGS, "odoo__protocol": protocol, **settings})


def test_a_poison_row_that_is_deleted_leaves_the_quarantine(here: World):
    number = here.odoo.search("crm.lead")[4]
    with here.odoo.faults.on(PoisonRow(model="crm.lead", record_id=number)):
        here.sync(Action.DATA_LAKE, LEADS)
    assert quarantined(here).keys() == {number}
    here.odoo.delete("crm.lead", number)
    heal(here, scope=LEADS)


def test_a_value_of_the_wrong_type_is_told_with_its_field(here: World):
    number = here.odoo.search("res.partner", [["is_company", "=", True]])[3]
    fault = WrongValue(model="res.partner", record_id=number, field_name="customer_rank", value="many")
    with here.odoo.faults.on(fault):
        assert here.sync(Action.DATA_LAKE, ACCOUNTS).outcome is Outcome.PARTIAL
    assert "customer_rank" in quarantined(here)[number]
    heal(here, scope=ACCOUNTS)


ODD_VALUES = {
    "a number above 64 bits": ("customer_rank", 2**70),
    "an id above 64 bits": ("country_id", 2**70),
    "values within values": ("name", json.loads("[" * 400 + "]" * 400)),
    "a text above 16 MB": ("name", "a" * 17_000_000),
}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        pytest.param(*odd, id=name, marks=pytest.mark.slow if name == "an id above 64 bits" else ())
        for name, odd in ODD_VALUES.items()
    ],
)
def test_a_value_that_cannot_be_stored_sets_its_row_aside_and_the_run_goes_on(here: World, field: str, value: Any):
    scope = Scope(mode=Mode.FULL, entities=("accounts", "users"))
    number = here.odoo.search("res.partner", [["is_company", "=", True]])[3]
    fault = WrongValue(model="res.partner", method="search_read", record_id=number, field_name=field, value=value)
    with here.odoo.faults.on(fault):
        result = here.sync(Action.DATA_LAKE, scope)
    assert (result.outcome, quarantined(here).keys()) == (Outcome.PARTIAL, {number})
    assert {entity.state for entity in result.entities.values()} <= {EntityState.SUCCESS, EntityState.PARTIAL}
    assert_told(here, result.run_id)
    heal(here, scope=scope)


@pytest.mark.parametrize("method", ["search", *slow(["search_count"])])
def test_an_id_or_count_above_64_bits_fails_its_entity_and_the_others_go_on(here: World, method: str):
    class Huge(Fault):
        def after(self, call: Call, result: Any) -> Any:
            return [*result, 2**70] if method == "search" else 2**70

    no_aggregates = RaisedError(model="crm.lead", method="formatted_read_group")
    with here.odoo.faults.on(Huge(model="crm.lead", method=method), no_aggregates):
        result = here.sync(Action.DATA_LAKE, FULL)
    states = {name: entity.state for name, entity in result.entities.items()}
    assert states.pop("opportunities") is EntityState.FAILED
    assert set(states.values()) == {EntityState.SUCCESS}
    assert_told(here, result.run_id)
    heal(here)


def test_a_related_name_that_cannot_be_read_comes_back_when_it_can(here: World):
    leads = [number for number in here.odoo.search("crm.lead") if here.odoo.get_value("crm.lead", number, "partner_id")]
    partner = int(str(here.odoo.get_value("crm.lead", leads[0], "partner_id")))
    with here.odoo.faults.on(PoisonRow(model="res.partner", record_id=partner, field_name="display_name")):
        result = here.sync(Action.DATA_LAKE, LEADS)
    assert_told(here, result.run_id)
    heal(here, scope=LEADS)


@pytest.mark.parametrize(("dialect", "unreadable"), [(14, {"controls", "nothing"}), (19, {"nothing"})])
def test_any_text_reaches_the_store_or_is_set_aside_over_xml_rpc(
    mongo_uri: str, database_name: str, dialect: int, unreadable: set[str]
):
    """Odoo 14 sends control characters raw, later versions drop them; U+FFFF is no character of XML for any."""
    texts = {
        "controls": "bell\x07 and escape\x1b[2J",
        "nothing": "no character: \uffff",
        "fine": "\u202e bidi \U0001f389",
    }
    with DemoOdoo(records=20, dialect=dialect) as odoo:
        leads = dict(zip(texts, odoo.search("crm.lead")[5:8], strict=True))
        for kind, text in texts.items():
            odoo.write("crm.lead", leads[kind], {"name": text})
        with world(mongo_uri, database_name, odoo, **SETTINGS, odoo__protocol="xmlrpc") as here:
            result = here.sync(Action.DATA_LAKE, LEADS)
            assert quarantined(here).keys() == {leads[kind] for kind in unreadable}
            assert all("XML" in reason for reason in quarantined(here).values())
            assert result.outcome is Outcome.PARTIAL
            assert_told(here, result.run_id)
        with world(mongo_uri, database_name, odoo, **SETTINGS) as here:
            heal(here, scope=LEADS)
            stored = {kind: here.lake("opportunity", number)["data"]["name"] for kind, number in leads.items()}
            assert stored == texts


@pytest.mark.parametrize(
    ("protocol", "when", "kind"),
    [
        ("xmlrpc", "before", VanishedField),
        ("json2", "meanwhile", ForbiddenField),
        *slow([("xmlrpc", "before", ForbiddenField), ("json2", "meanwhile", VanishedField)]),
    ],
)
def test_a_field_that_cannot_be_read_costs_only_itself(
    here: World, protocol: str, kind: type[VanishedField | ForbiddenField], when: str
):
    first = {"before": 1, "meanwhile": 7}[when]
    with world_over(here, protocol) as there:
        heal(there, scope=ACCOUNTS)
        with here.odoo.faults.on(kind(model="res.partner", name="vat", first=first)):
            result = there.sync(Action.DATA_LAKE, ALL_ACCOUNTS)
        assert result.outcome is Outcome.SUCCESS, [str(notice) for notice in result.errors]
        end = assert_told(there, result.run_id)
        assert any("vat" in notice["message"] for notice in end["details"]["warnings"])
        heal(there, scope=ACCOUNTS)


def test_a_field_lost_in_the_middle_is_lost_in_all_documents_or_in_none(here: World):
    heal(here, scope=LEADS)
    leads = here.odoo.search("crm.lead")
    here.odoo.write("crm.lead", leads[0], {"name": "changed"})
    counted: list[Call] = []

    def lose(call: Call) -> None:
        if call.model == "crm.lead" and call.method == "formatted_read_group":
            counted.append(call)
        elif call.model == "crm.lead" and len(counted) == 1:
            counted.append(call)
            here.odoo.faults.add(lost)

    lost = ForbiddenField(model="crm.lead", name="priority")
    here.odoo.on_call = lose
    here.sync(Action.DATA_LAKE, LEADS)
    here.odoo.on_call = None
    assert here.lake("opportunity", leads[0])["data"]["priority"] is None, "it was not lost in time"
    result = here.sync(Action.DATA_LAKE, LEADS)
    assert any("priority" in notice.message for notice in result.warnings)
    with_priority = {"entity_type": "opportunity", "data.priority": {"$ne": None}}
    assert here.database.data_lake_serving.count_documents(with_priority) == 0
    here.odoo.faults.remove(lost)
    heal(here, scope=LEADS)


def test_names_that_were_refused_once_come_back(here: World):
    heal(here, scope=LEADS)
    with here.odoo.faults.on(NoRight(model="crm.stage", times=2)):
        here.sync(Action.DATA_LAKE, ALL_LEADS)
    nameless = {"entity_type": "opportunity", "data.stage_id": {"$ne": None}, "data.stage_name": None}
    assert here.database.data_lake_serving.count_documents(nameless) > 0, "no name was refused"
    heal(here, scope=LEADS)


def test_names_that_are_always_refused_cost_one_reading_not_every(here: World):
    with here.odoo.faults.on(NoRight(model="crm.stage")):
        for _ in range(2):
            here.sync(Action.DATA_LAKE, LEADS)
        here.odoo.calls.clear()
        here.sync(Action.DATA_LAKE, LEADS)
        read = sum(
            call.row_count for call in here.odoo.calls if (call.model, call.method) == ("crm.lead", "search_read")
        )
        assert read < len(here.odoo.search("crm.lead")) / 2
    heal(here, scope=LEADS)


@pytest.mark.parametrize(
    ("fault", "before"),
    [
        pytest.param(MissingModel(model="crm.lead"), False, id="never there", marks=pytest.mark.slow),
        pytest.param(MissingModel(model="crm.lead"), True, id="vanished"),
        pytest.param(NoRight(model="crm.lead"), True, id="no right any more"),
    ],
)
def test_a_model_that_cannot_be_read_leaves_the_others_going(here: World, fault: Fault, before: bool):
    if before:
        heal(here)
    with here.odoo.faults.on(fault):
        result = here.sync(Action.DATA_LAKE)
    states = {name: entity.state for name, entity in result.entities.items()}
    expected = EntityState.UNAVAILABLE if isinstance(fault, MissingModel) else EntityState.FAILED
    assert states.pop("opportunities") is expected
    assert set(states.values()) == {EntityState.SUCCESS}
    assert (result.outcome, result.deactivated) == (Outcome.PARTIAL, 0)
    assert "crm.lead" in here.integration()["error_message"]
    assert_told(here, result.run_id)
    assert_in_step(here, names=("accounts", "invoices", "users"))
    heal(here)


def test_a_model_that_vanishes_in_the_middle_of_its_pages_fails_alone(here: World):
    with here.odoo.faults.on(MissingModel(model="crm.lead", first=7)):
        result = here.sync(Action.DATA_LAKE)
    assert result.entities["opportunities"].state in {EntityState.UNAVAILABLE, EntityState.FAILED}
    assert result.entities["invoices"].state is EntityState.SUCCESS
    assert_told(here, result.run_id)
    heal(here)
