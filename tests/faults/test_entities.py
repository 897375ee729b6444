"""One entity or one row that Odoo does not give: the others go on, and nothing is retired by mistake."""

from __future__ import annotations

import pytest

from odoo_sync_tui.core.actions import Action, Outcome
from odoo_sync_tui.core.errors import ConfigurationError
from odoo_sync_tui.core.result import EntityState
from odoo_sync_tui.core.scope import Scope
from odoo_sync_tui.demo.faults import (
    EmptyCensus,
    Fault,
    ForbiddenField,
    HalfCensus,
    HiddenIds,
    MissingModel,
    NoRight,
    PoisonRow,
    RaisedError,
    VanishedField,
    WrongValue,
)
from tests.faults.recorded import assert_recorded
from tests.support.slow import slow
from tests.support.world import FULL, World, forget_census

ACCOUNTS = Scope(entities=("accounts",))


class TestOneEntity:
    @pytest.mark.parametrize(
        ("fault", "state"),
        [(MissingModel(model="crm.lead"), EntityState.UNAVAILABLE), (NoRight(model="crm.lead"), EntityState.FAILED)],
        ids=["not installed", "no right"],
    )
    def test_an_entity_that_cannot_be_read_leaves_the_others_going(self, here: World, fault: Fault, state: EntityState):
        with here.odoo.faults.on(fault):
            result = here.sync(Action.DATA_LAKE)
        assert result.entities["opportunities"].state is state
        assert {result.entities[name].state for name in ("accounts", "invoices", "users")} == {EntityState.SUCCESS}
        assert result.outcome is Outcome.PARTIAL
        assert_recorded(here, "partial", "crm.lead")

    @pytest.mark.parametrize("fault", [VanishedField, ForbiddenField])
    def test_an_entity_without_one_field_still_syncs(self, here: World, fault: type[VanishedField | ForbiddenField]):
        with here.odoo.faults.on(fault(model="res.partner", name="vat")):
            result = here.sync(Action.DATA_LAKE, ACCOUNTS)
        assert result.outcome is Outcome.SUCCESS
        document = here.database.data_lake_serving.find_one({"entity_type": "account"})
        assert document is not None
        assert document["data"]["vat"] is None

    def test_an_entity_of_no_rows_at_all_is_a_success(self, here: World):
        with here.odoo.faults.on(EmptyCensus(model="res.partner")):
            result = here.sync(Action.DATA_LAKE, ACCOUNTS)
        assert (result.outcome, result.synced) == (Outcome.SUCCESS, 0)


class TestOneRow:
    def account(self, here: World) -> int:
        return here.odoo.search("res.partner", [("is_company", "=", True)])[7]

    @pytest.mark.parametrize("kind", ["wrong type", "poison"])
    def test_a_row_that_cannot_be_read_is_set_aside_and_comes_back_by_itself(self, here: World, kind: str):
        bad = self.account(here)
        faults = {
            "wrong type": WrongValue(model="res.partner", record_id=bad, field_name="customer_rank", value="many"),
            "poison": PoisonRow(model="res.partner", record_id=bad),
        }
        with here.odoo.faults.on(faults[kind]):
            result = here.sync(Action.DATA_LAKE, ACCOUNTS)
        assert (result.outcome, result.counts.quarantined) == (Outcome.PARTIAL, 1)
        quarantined = list(here.database.sync_quarantine.find())
        assert [row["odoo_id"] for row in quarantined] == [bad]
        assert quarantined[0]["reason"]
        assert "Traceback" not in quarantined[0]["reason"]
        again = here.sync(Action.DATA_LAKE, ACCOUNTS)
        assert (again.outcome, again.created) == (Outcome.SUCCESS, 1)
        assert here.database.sync_quarantine.count_documents({}) == 0

    @pytest.mark.parametrize(
        "name",
        ["[/bold] [@click=app.quit]x[/]", "\x1b]52;c;aGk=\x07\x1b[2J", "x" * 10_240, "\u202ekcab", "日本 🎉"],
        ids=["markup", "escapes", "10 kB", "bidi", "wide"],
    )
    def test_a_row_of_any_text_is_stored_as_it_is(self, here: World, name: str):
        number = here.odoo.create("res.partner", {"name": name, "is_company": True})
        here.sync(Action.DATA_LAKE, ACCOUNTS)
        assert here.lake("account", number)["data"]["name"] == name


class TestNothingIsRetiredByMistake:
    @pytest.mark.parametrize(
        "fault",
        [
            EmptyCensus(model="res.partner"),
            HalfCensus(model="res.partner", method="search"),
            *slow([HalfCensus(model="res.partner")]),
        ],
        ids=["empty", "half, but counted right", "half"],
    )
    def test_nothing_is_retired_when_odoo_shows_too_little(self, here: World, fault: Fault):
        here.sync(Action.DATA_LAKE, ACCOUNTS)
        active = here.database.data_lake_serving.count_documents({"is_active": True})
        for scope in (ACCOUNTS, Scope(entities=("accounts",), mode=FULL.mode)):
            forget_census(here)
            with here.odoo.faults.on(fault):
                result = here.sync(Action.DATA_LAKE, scope)
            assert (result.outcome, result.deactivated) == (Outcome.PARTIAL, 0)
        assert here.database.data_lake_serving.count_documents({"is_active": True}) == active
        assert here.sync(Action.DATA_LAKE, ACCOUNTS).outcome is Outcome.SUCCESS

    def test_a_row_that_disappears_behind_a_rule_is_retired_on_confirmation_only_and_comes_back(self, here: World):
        here.sync(Action.DATA_LAKE, ACCOUNTS)
        hidden = here.database.data_lake_serving.find_one({"is_active": True})
        assert hidden is not None
        with here.odoo.faults.on(HiddenIds(model="res.partner", ids=frozenset({hidden["data"]["id"]}))):
            result = here.sync(Action.DATA_LAKE, ACCOUNTS)
            assert (result.outcome, result.deactivated) == (Outcome.PARTIAL, 0)
            assert_recorded(here, "partial", "hidden")
            confirmed = here.sync(Action.DATA_LAKE, Scope(entities=("accounts",), confirm_retire={"accounts": 1}))
            assert (confirmed.outcome, confirmed.deactivated) == (Outcome.SUCCESS, 1)
        assert here.sync(Action.DATA_LAKE, ACCOUNTS).counts.reactivated == 1

    def test_a_record_that_left_the_entity_is_told_from_a_deleted_one(self, here: World):
        here.sync(Action.DATA_LAKE, ACCOUNTS)
        person, deleted = here.odoo.search("res.partner", [("is_company", "=", True)])[2:4]
        here.odoo.write("res.partner", person, {"is_company": False})
        here.odoo.delete("res.partner", deleted)
        here.sync(Action.DATA_LAKE, ACCOUNTS)
        assert here.lake("account", person)["inactive_reason"] == "elsewhere"
        assert here.lake("account", deleted)["inactive_reason"] == "deleted"

    def test_nothing_is_retired_when_the_key_is_revoked_in_the_middle(self, here: World):
        here.sync(Action.DATA_LAKE)
        documents = here.database.data_lake_serving.count_documents({"is_active": True})
        here.odoo.on_call = lambda call: here.odoo.revoke_key() if call.model == "account.move" else None
        with pytest.raises(ConfigurationError):
            here.sync(Action.DATA_LAKE, FULL)
        assert here.database.data_lake_serving.count_documents({"is_active": True}) == documents
        assert here.integration()["sync_status"] in {"partial", "failed"}


def test_an_error_of_our_own_leaves_no_status_running(here: World):
    with here.odoo.faults.on(RaisedError(model="crm.lead", kind="builtins.RuntimeError", text="a bug over there")):
        result = here.sync(Action.DATA_LAKE)
    assert result.outcome is Outcome.PARTIAL
    assert_recorded(here, "partial")
