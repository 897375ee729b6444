"""Entities of the settings are synced, verified, retired and refused as those of the package are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from bson.decimal128 import Decimal128

from odoo_sync_tui.core.actions import Action, Outcome
from odoo_sync_tui.core.cursor import DriftKind
from odoo_sync_tui.core.errors import ConfigurationError
from odoo_sync_tui.core.reports.verification import Verdict
from odoo_sync_tui.core.result import EntityState, SyncResult
from odoo_sync_tui.core.scope import Mode, Scope
from odoo_sync_tui.demo import DemoOdoo
from odoo_sync_tui.demo.faults import ForbiddenField, MissingModel, RaisedError, VanishedField
from odoo_sync_tui.pipeline.catalog import build_catalog
from odoo_sync_tui.settings.load import build_settings_from_overrides
from tests.support.slow import slow
from tests.support.world import World, world

DEALS = Scope(entities=("deals",))
DEALS_AND_ACCOUNTS = Scope(entities=("deals", "accounts"))
LEADS = Scope(entities=("opportunities",))
ALL = {"model": "crm.lead", "fields": ["*", "-contact_name"]}

EXTRA = {"tag_ids", "prorated_revenue", "company_currency", "company_currency_name", "partner_id", "partner_id_name"}

Open = Callable[..., Any]


@pytest.fixture
def open_world(odoo: DemoOdoo, mongo_uri: str, database_name: str) -> Open:
    """Open the same lake with other tables of entities."""

    @contextmanager
    def open_it(**tables: dict[str, object]) -> Iterator[World]:
        settings = {f"entities__{name}__{key}": value for name, each in tables.items() for key, value in each.items()}
        with world(mongo_uri, database_name, odoo, **settings) as parts:
            yield parts

    return open_it


def warnings(result: SyncResult, kind: str) -> list[str]:
    return [each.message for each in result.warnings if each.kind == kind]


def documents(here: World, entity_type: str) -> list[dict[str, Any]]:
    return list(here.database.data_lake_serving.find({"entity_type": entity_type}).sort("data.id"))


def assert_in_step(here: World, name: str) -> None:
    catalog = build_catalog(build_settings_from_overrides(here.settings))
    verification = here.backend.verifier().verify(catalog.select(None, [name]), None)
    assert [each.verdict for each in verification.entities] == [Verdict.IN_STEP]


def test_a_declared_entity_takes_part_in_the_sync_of_the_lake(open_world: Open) -> None:
    with open_world(deals=ALL) as here:
        result = here.sync(Action.DATA_LAKE)
        assert result.outcome is Outcome.SUCCESS
        assert list(result.entities) == ["accounts", "opportunities", "invoices", "users", "deals"]
        assert result.entities["deals"].counts.created == 60
        deal, ours = here.lake("deals", 1), here.lake("opportunity", 1)
        assert deal["entity_type"] == "deals"
        assert {name: deal["data"][name] for name in ("name", "partner_id", "stage_id", "stage_name")} == {
            name: ours["data"][name] for name in ("name", "partner_id", "stage_id", "stage_name")
        }
        assert type(deal["data"]["expected_revenue"]) is Decimal128
        assert_in_step(here, "deals")
        again = here.sync(Action.DATA_LAKE, DEALS)
        assert (again.created, again.updated) == (0, 0)


def test_rows_that_leave_the_domain_are_retired_with_their_reason_and_come_back(open_world: Open) -> None:
    with open_world(deals=ALL | {"domain": [["priority", "!=", "3"]]}) as here:
        lead = here.odoo.create("crm.lead", {"name": "leaves", "priority": "1"})
        here.sync(Action.DATA_LAKE, DEALS)
        here.odoo.write("crm.lead", lead, {"priority": "3"})
        assert here.sync(Action.DATA_LAKE, DEALS).deactivated == 1
        gone = here.lake("deals", lead)
        assert (gone["is_active"], gone["inactive_reason"]) == (False, "elsewhere")
        here.odoo.write("crm.lead", lead, {"priority": "1"})
        here.sync(Action.DATA_LAKE, DEALS)
        assert here.lake("deals", lead)["is_active"]
        assert_in_step(here, "deals")


def test_another_declaration_is_read_anew_and_says_so(open_world: Open) -> None:
    with open_world(deals={"model": "crm.lead", "fields": ["name"]}) as here:
        here.sync(Action.DATA_LAKE, DEALS)
        assert here.lake("deals", 1)["data"].keys() == {"id", "name"}
    with open_world(deals={"model": "crm.lead", "fields": ["name", "type"]}) as here:
        result = here.sync(Action.DATA_LAKE, DEALS)
        assert result.updated == 60
        assert warnings(result, "declaration")
        assert here.lake("deals", 1)["data"].keys() == {"id", "name", "type"}
        assert_in_step(here, "deals")
        assert not warnings(here.sync(Action.DATA_LAKE, DEALS), "declaration")


def test_a_narrowed_domain_retires_nothing_before_it_is_confirmed(open_world: Open) -> None:
    with open_world(deals=ALL) as here:
        here.sync(Action.DATA_LAKE, DEALS)
    with open_world(deals=ALL | {"domain": [["id", "<=", 10]]}) as here:
        withheld = here.sync(Action.DATA_LAKE, DEALS)
        missing = withheld.entities["deals"].withheld
        assert (withheld.outcome, withheld.deactivated) == (Outcome.PARTIAL, 0)
        confirmed = here.sync(Action.DATA_LAKE, Scope(entities=("deals",), confirm_retire={"deals": missing}))
        assert (confirmed.outcome, confirmed.deactivated) == (Outcome.SUCCESS, missing)
        assert all(each["data"]["id"] <= 10 for each in documents(here, "deals") if each["is_active"])
        assert here.lake("deals", 20)["inactive_reason"] == "elsewhere"


@pytest.mark.parametrize("takes", [False, True], ids=["tell", "take"])
def test_a_field_that_is_new_in_odoo_is_told_or_taken(open_world: Open, takes: bool) -> None:
    table = ALL | {"on_new_fields": "take" if takes else "tell"}
    with open_world(deals=table) as here:
        with here.odoo.faults.on(VanishedField(model="crm.lead", name="phone")):
            here.sync(Action.DATA_LAKE, DEALS)
        result = here.sync(Action.DATA_LAKE, DEALS)
        assert ["phone" in message for message in warnings(result, "new_fields")] == [True]
        assert ("phone" in here.lake("deals", 1)["data"]) is takes
        assert_in_step(here, "deals")
        again = here.sync(Action.DATA_LAKE, DEALS)
        assert not warnings(again, "new_fields"), "once; it is shown until somebody has seen it"


def test_what_became_of_the_fields_is_kept_until_somebody_has_seen_it(open_world: Open) -> None:
    def unseen() -> dict[str, DriftKind]:
        drift = here.backend.detail_queries.get_entity("data_lake:deals").counts.drift
        return {each.field: each.change for each in drift}

    dry_run = Scope(entities=("deals",), dry_run=True)
    with open_world(deals=ALL | {"on_new_fields": "take"}) as here:
        here.sync(Action.DATA_LAKE, DEALS)
        with here.odoo.faults.on(ForbiddenField(model="crm.lead", name="phone")):
            assert any(
                "rights of the Odoo user" in each
                for each in warnings(here.sync(Action.DATA_LAKE, dry_run), "lost_fields")
            )
            assert unseen() == {}, "a dry run writes nothing"
            here.sync(Action.DATA_LAKE, DEALS)
            here.sync(Action.DATA_LAKE, DEALS)
            assert unseen() == {"phone": DriftKind.RIGHTS_NARROWED}
        (seen,) = here.backend.service().acknowledge_drift("anna", "data_lake:deals")
        assert here.backend.service().acknowledge_drift("bob", "data_lake:deals") == ()
        assert unseen() == {}
        event = here.last_event()
        assert (event["action"], event["user_id"], event["outcome"]) == ("drift_seen", "anna", None)
        assert (event["details"]["entity"], event["details"]["changes"]) == ("deals", [str(seen)])
        assert str(seen) == "phone: rights narrowed, its values become null"
        here.sync(Action.DATA_LAKE, DEALS)
        with here.odoo.faults.on(VanishedField(model="crm.lead", name="email_from")):
            here.sync(Action.DATA_LAKE, DEALS)
        assert unseen() == {"phone": DriftKind.RIGHTS_WIDENED, "email_from": DriftKind.GONE}
        assert here.backend.service().acknowledge_drift("anna", "data_lake:deals", ["another"]) == (), (
            "what was not shown"
        )
        stored = here.integration()["drift"]["data_lake:deals"].values()
        assert {each["field"] for each in stored if each["seen_by"]} == set(), "older ones that are seen are forgotten"


@pytest.mark.parametrize("fault", [VanishedField, *slow([ForbiddenField])])
def test_a_lost_field_freezes_the_entity_or_is_told(open_world: Open, fault: type[VanishedField]) -> None:
    with open_world(deals=ALL | {"on_lost_fields": "freeze"}) as here:
        here.sync(Action.DATA_LAKE, DEALS)
        before, cursor = documents(here, "deals"), here.integration()["cursors"]
        here.odoo.write("crm.lead", 1, {"name": "changed"})
        with here.odoo.faults.on(fault(model="crm.lead", name="phone")):
            result = here.sync(Action.DATA_LAKE, DEALS)
        assert result.entities["deals"].state is EntityState.FAILED
        assert result.problem is not None
        assert "no longer shows phone of crm.lead: deals is frozen, nothing was touched" in result.problem.message
        assert (documents(here, "deals"), here.integration()["cursors"]) == (before, cursor)
    with open_world(deals=ALL) as here:
        with here.odoo.faults.on(fault(model="crm.lead", name="phone")):
            result = here.sync(Action.DATA_LAKE, DEALS)
        assert result.outcome is Outcome.SUCCESS
        assert any("phone" in message for message in warnings(result, "lost_fields"))
        assert here.lake("deals", 1)["data"]["name"] == "changed"


def test_what_odoo_does_not_have_is_refused_before_a_row_is_read(open_world: Open) -> None:
    for table, sentence in [
        ({"model": "crm.led"}, "has no model crm.led"),
        ({"model": "crm.lead", "fields": ["nme"]}, "has no field nme. Did you mean name"),
    ]:
        with open_world(deals=table) as here:
            with pytest.raises(ConfigurationError, match=sentence):
                here.sync(Action.DATA_LAKE)
            assert here.database.data_lake_serving.count_documents({}) == 0
            assert sentence in here.integration()["error_message"]


def test_a_model_that_is_uninstalled_later_fails_alone(open_world: Open) -> None:
    with open_world(deals=ALL) as here:
        here.sync(Action.DATA_LAKE, DEALS_AND_ACCOUNTS)
        before = documents(here, "deals")
        with here.odoo.faults.on(MissingModel(model="crm.lead")):
            result = here.sync(Action.DATA_LAKE, DEALS_AND_ACCOUNTS)
        assert result.entities["deals"].state is EntityState.UNAVAILABLE
        assert result.entities["accounts"].state is EntityState.SUCCESS
        assert documents(here, "deals") == before


@pytest.mark.parametrize("kind", ["AccessError", *slow(["MissingModel"])])
def test_a_model_that_is_not_described_for_a_moment_costs_no_field(open_world: Open, kind: str) -> None:
    fault = (
        MissingModel(model="crm.lead", times=1)
        if kind == "MissingModel"
        else RaisedError(model="crm.lead", method="fields_get", kind=kind, times=1)
    )
    with open_world(deals=ALL) as here:
        here.sync(Action.DATA_LAKE, DEALS)
        before = documents(here, "deals")
        with here.odoo.faults.on(fault):
            result = here.sync(Action.DATA_LAKE, Scope(entities=("deals", "accounts"), mode=Mode.FULL))
        assert result.entities["deals"].state in {EntityState.UNAVAILABLE, EntityState.FAILED}
        assert result.entities["accounts"].state is EntityState.SUCCESS
        assert documents(here, "deals") == before


def test_a_built_in_entity_has_further_fields_fewer_rows_or_is_off(open_world: Open) -> None:
    with open_world() as here:
        here.sync(Action.DATA_LAKE)
        before = {each["_id"]: each for each in documents(here, "opportunity")}
        assert_in_step(here, "opportunities")
    tables = {
        "opportunities": {"extra_fields": ["tag_ids", "prorated_revenue", "partner_id"], "domain": [["id", "<=", 30]]},
        "invoices": {"enabled": False},
    }
    with open_world(**tables) as here:
        result = here.sync(Action.DATA_LAKE, Scope(confirm_retire={"opportunities": 30}))
        assert "invoices" not in result.entities
        assert all(each["is_active"] for each in documents(here, "invoice"))
        assert all(each["data"]["id"] <= 30 for each in documents(here, "opportunity") if each["is_active"])
        lead = here.lake("opportunity", 1)
        assert lead["data"].pop("extra").keys() == EXTRA
        assert lead["data"] == before[lead["_id"]]["data"], "all else is as it was"
        assert_in_step(here, "opportunities")
    with open_world() as here:
        here.sync(Action.DATA_LAKE)
        assert "extra" not in here.lake("opportunity", 1)["data"]


def test_a_sync_whose_only_entity_is_off_says_so(open_world: Open) -> None:
    with open_world(departments={"enabled": False}) as here, pytest.raises(ConfigurationError, match="departments"):
        here.sync(Action.DEPARTMENTS)


def test_names_of_related_records_follow_in_declared_entities(open_world: Open) -> None:
    with open_world(deals=ALL) as here:
        here.sync(Action.DATA_LAKE, DEALS)
        stage = here.lake("deals", 1)["data"]["stage_id"]
        here.odoo.write("crm.stage", stage, {"name": "Renamed"})
        here.sync(Action.DATA_LAKE, DEALS)
        assert here.lake("deals", 1)["data"]["stage_name"] == "Renamed"


def test_what_fields_may_hold_is_kept_beside_the_cursor_and_told_when_it_changes(open_world: Open) -> None:
    with open_world(deals=ALL) as here:
        here.sync(Action.DATA_LAKE, DEALS)
        stored = dict(here.integration()["cursors"]["data_lake:deals"]["shapes"])
        assert (stored["type"], stored["partner_id"]) == ("selection(lead,opportunity)", "many2one(res.partner)")
        path = "cursors.data_lake:deals.shapes"
        here.database.integrations.update_one({}, {"$set": {path: [["type", "selection(lead)"], ["name", "text"]]}})
        result = here.sync(Action.DATA_LAKE, DEALS)
        assert warnings(result, "drift") == [
            "name of crm.lead was text and is char now.",
            "type of crm.lead may be opportunity now.",
        ]
        assert [each["kind"] for each in here.last_event()["details"]["warnings"]] == ["drift", "drift"]
        assert not warnings(here.sync(Action.DATA_LAKE, DEALS), "drift")
