"""Health on a real lake: what one sync left undone stays in sight, whatever another one does meanwhile."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from odoo_sync_tui.core.actions import Action, Outcome
from odoo_sync_tui.core.reports.health import HealthLevel, IntegrationHealth
from odoo_sync_tui.core.scope import Scope
from odoo_sync_tui.demo import DemoOdoo
from odoo_sync_tui.demo.faults import PoisonRow, RaisedError
from odoo_sync_tui.pipeline.run.follow_up import standing
from tests.support.world import FULL, World, world


@pytest.fixture
def here(mongo_uri: str, database_name: str) -> Iterator[World]:
    with DemoOdoo(records=20) as odoo, world(mongo_uri, database_name, odoo, sync__retire_min=2) as parts:
        yield parts


def health(here: World) -> IntegrationHealth:
    return here.backend.overview_queries.get_overview().health


def levels(here: World) -> dict[str, str]:
    return {entity.id: str(entity.level) for sync in health(here).syncs for entity in sync.entities}


def refuse(model: str) -> RaisedError:
    return RaisedError(model=model, kind="AccessError", text="Not for you")


def test_a_partial_lake_is_still_wrong_after_another_sync_has_succeeded(here: World):
    with here.odoo.faults.on(refuse("res.partner"), refuse("crm.lead"), refuse("account.move")):
        assert here.sync(Action.DATA_LAKE).outcome is Outcome.PARTIAL
    assert here.sync(Action.DEPARTMENTS).outcome is Outcome.SUCCESS
    found = health(here)
    assert found.level is HealthLevel.WRONG
    assert found.reason.startswith("data-lake: accounts: ")
    assert levels(here)["data_lake:accounts"] == "wrong"
    assert levels(here)["data_lake:users"] == levels(here)["departments"] == "in step"
    assert here.integration()["sync_status"] == "partial"
    assert "accounts" in here.integration()["error_message"]
    assert "last_sync" not in here.integration()


def test_the_gap_between_both_sides_is_a_number(here: World):
    with here.odoo.faults.on(refuse("crm.lead")):
        here.sync(Action.DATA_LAKE)
    here.backend.overview_queries.refresh_odoo_counts(here.backend.service()._cancel)
    gaps = {each.name: each.gap for each in here.backend.overview_queries.get_overview().entities}
    assert gaps["data_lake:opportunities"] == here.odoo.count("crm.lead")
    assert gaps["data_lake:accounts"] == 0


def test_documents_of_deleted_rows_make_no_gap(here: World):
    here.sync(Action.DEPARTMENTS)
    here.odoo.delete("hr.department", here.odoo.last_id("hr.department"))
    here.sync(Action.DEPARTMENTS)
    (departments,) = (
        each for each in here.backend.overview_queries.get_overview().entities if each.name == "departments"
    )
    assert (departments.without_row, departments.gap) == (1, 0)


def test_a_run_of_one_entity_does_not_count_for_the_whole(here: World):
    with here.odoo.faults.on(refuse("res.partner"), refuse("crm.lead")):
        here.sync(Action.DATA_LAKE)
    here.sync(Action.DATA_LAKE, Scope(entities=("accounts",)))
    assert levels(here)["data_lake:accounts"] == "in step"
    assert levels(here)["data_lake:opportunities"] == "wrong"
    assert health(here).level is HealthLevel.WRONG
    here.sync(Action.DATA_LAKE)
    assert health(here).level is HealthLevel.IN_STEP
    assert here.integration()["sync_status"] == "success"


@pytest.mark.parametrize("scope", [Scope(domain=(("id", "<", 5),)), Scope(dry_run=True)], ids=["filtered", "dry run"])
def test_a_filtered_run_and_a_dry_run_do_not_count(here: World, scope: Scope):
    with here.odoo.faults.on(refuse("hr.department")):
        here.sync(Action.DEPARTMENTS)
    here.sync(Action.DEPARTMENTS, scope)
    assert health(here).level is HealthLevel.WRONG
    assert here.integration()["sync_status"] in {"failed", "partial"}


def test_withheld_retirements_wait_for_their_decision_whatever_succeeds_meanwhile(here: World):
    here.sync(Action.USERS)
    employees = here.odoo.search("hr.employee")
    for employee in employees[:-1]:
        here.odoo.delete("hr.employee", employee)
    here.sync(Action.USERS)
    here.sync(Action.DEPARTMENTS)
    (decision,) = health(here).decisions
    assert (decision.kind, decision.entity, decision.count) == ("retire", "users", len(employees) - 1)
    assert health(here).level is HealthLevel.ATTENTION
    confirmed = Scope(entities=("users",), confirm_retire={"users": decision.count})
    assert here.sync(Action.USERS, confirmed).deactivated == decision.count
    assert health(here).decisions == ()
    assert health(here).level is HealthLevel.IN_STEP


def test_rows_in_quarantine_wait_whatever_other_sync_succeeds_meanwhile(here: World):
    bad = here.odoo.search("hr.department")[0]
    with here.odoo.faults.on(PoisonRow(model="hr.department", record_id=bad)):
        here.sync(Action.DEPARTMENTS)
        here.sync(Action.USERS)
        assert [(each.kind, each.entity, each.count) for each in health(here).decisions] == [
            ("quarantine", "departments", 1)
        ]
    here.sync(Action.DEPARTMENTS)
    assert health(here).decisions == ()


def test_another_odoo_in_the_settings_is_wrong_before_any_run(here: World, mongo_uri: str, database_name: str):
    here.sync(Action.DEPARTMENTS)
    with DemoOdoo(records=20, seed=2) as other, world(mongo_uri, database_name, other) as elsewhere:
        found = health(elsewhere)
    assert found.level is HealthLevel.WRONG
    assert "the settings name database demo" in found.reason


def test_an_entity_is_remembered_however_many_runs_of_the_others_came_after(
    here: World, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(standing, "MAX_RUNS", 2)
    with here.odoo.faults.on(refuse("crm.lead")):
        here.sync(Action.DATA_LAKE)
    for _ in range(3):
        here.sync(Action.DATA_LAKE, Scope(entities=("accounts",)))
    assert levels(here)["data_lake:opportunities"] == "wrong"
    assert levels(here)["data_lake:invoices"] == "in step"


def test_entities_that_a_run_did_not_begin_stay_in_its_result(here: World):
    here.odoo.revoke_key()
    with pytest.raises(RuntimeError):
        here.sync(Action.DATA_LAKE)
    (run,) = here.backend.overview_queries.list_runs(1)
    assert {name: str(entity.state) for name, entity in run.entities.items()} == dict.fromkeys(
        ("accounts", "opportunities", "invoices", "users"), "not begun"
    )


def test_a_full_run_after_trouble_leaves_all_in_step(here: World):
    with here.odoo.faults.on(refuse("hr.employee")):
        here.sync(Action.USERS)
    here.sync(Action.USERS, FULL)
    assert health(here).level is HealthLevel.IN_STEP
