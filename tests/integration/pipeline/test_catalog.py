"""An entity beside those of the package, on real servers: synced, counted, shown, verified and examined like them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from odoo_sync_tui.cli.commands import status
from odoo_sync_tui.core.actions import Action, Outcome
from odoo_sync_tui.core.errors import ConfigurationError
from odoo_sync_tui.core.reports.diagnosis import Grade
from odoo_sync_tui.core.reports.health import HealthLevel
from odoo_sync_tui.core.reports.verification import Verdict
from odoo_sync_tui.core.scope import Scope
from odoo_sync_tui.demo import DemoOdoo
from odoo_sync_tui.pipeline.doctor.examination import Doctor
from odoo_sync_tui.runtime.cancel import CancelToken
from odoo_sync_tui.settings.load import build_settings_from_overrides
from tests.support.declared import CONTACTS, WITH_CONTACTS
from tests.support.world import World, world

PEOPLE = [("is_company", "=", False)]


@pytest.fixture
def here(odoo: DemoOdoo, mongo_uri: str, database_name: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """A world whose settings know one more entity."""
    for room in ("backend", "doctor.examination"):
        monkeypatch.setattr(f"odoo_sync_tui.pipeline.{room}.build_catalog", lambda _settings: WITH_CONTACTS)
    with world(mongo_uri, database_name, odoo) as parts:
        yield parts


def test_it_is_synced_after_the_others_of_the_lake_and_again_without_a_change(here: World):
    result = here.sync(Action.DATA_LAKE)
    assert result.outcome is Outcome.SUCCESS
    assert list(result.entities) == ["accounts", "opportunities", "invoices", "users", "contacts"]
    people = here.odoo.count("res.partner", PEOPLE)
    assert people > 0
    assert result.entities["contacts"].counts.created == people
    person = here.odoo.search("res.partner", PEOPLE)[0]
    assert set(here.lake("contacts", person)["data"]) == {"id", "name", "city"}
    again = here.sync(Action.DATA_LAKE, Scope(entities=("contacts",)))
    assert (list(again.entities), again.counts.changed, again.counts.unchanged) == (["contacts"], 0, people)


def test_it_is_counted_on_both_sides_and_has_a_health_and_a_trend(here: World):
    here.sync(Action.DATA_LAKE)
    here.backend.overview_queries.refresh_odoo_counts(CancelToken())
    overview = here.backend.overview_queries.get_overview()
    counts = next(each for each in overview.entities if each.name == CONTACTS.id)
    people = here.odoo.count("res.partner", PEOPLE)
    assert (counts.odoo, counts.documents, counts.gap) == (people, people, 0)
    entity = overview.health.find_entity(CONTACTS.id)
    assert entity is not None
    assert entity.level is HealthLevel.IN_STEP
    assert overview.find_trend(CONTACTS.id).last.created == people
    assert [line for line in status._report(overview) if line.startswith("contacts")]


def test_its_failure_keeps_the_status_from_success_whichever_sync_comes_last(here: World):
    here.sync(Action.DATA_LAKE)
    run_id = here.sync(Action.DATA_LAKE, Scope(entities=("contacts",))).run_id
    here.database.sync_runs.update_one({"_id": run_id}, {"$set": {"result.entities.contacts.state": "failed"}})
    here.sync(Action.DEPARTMENTS)
    assert here.integration()["sync_status"] == "partial"
    assert "contacts" in here.integration()["error_message"]


def test_its_screen_shows_its_documents(here: World):
    here.sync(Action.DATA_LAKE)
    report = here.backend.detail_queries.get_entity(CONTACTS.id)
    assert (report.model, report.counts.documents) == ("res.partner", here.odoo.count("res.partner", PEOPLE))
    assert here.backend.detail_queries.list_documents(CONTACTS.id, "", 5).documents


def test_it_is_verified_and_what_is_missing_is_found(here: World):
    here.sync(Action.DATA_LAKE)
    person = here.odoo.search("res.partner", PEOPLE)[0]
    here.database.data_lake_serving.delete_one({"serving_id": f"odoo_contacts_{person}"})
    found = here.backend.verifier().verify(WITH_CONTACTS.select(None, ["contacts"]), None)
    assert found.verdict is Verdict.OUT_OF_STEP
    assert found.entities[0].findings.missing.examples == (person,)


def test_the_doctor_looks_at_the_rights_for_it(here: World):
    checks = Doctor(lambda: build_settings_from_overrides(here.settings), None, None).checks()
    rights = {check.name: check.health for check in checks if check.name.startswith("odoo.rights.")}
    assert list(rights) == [f"odoo.rights.{entity.id}" for entity in WITH_CONTACTS]
    assert rights[f"odoo.rights.{CONTACTS.id}"] is Grade.OK


def test_a_fence_in_its_documents_is_found(here: World):
    here.sync(Action.DATA_LAKE)
    here.database.data_lake_serving.update_one({"entity_type": "contacts"}, {"$set": {"fence": 7_000}})
    assert here.backend.overview_queries.examine_lease().highest_fence == 7_000


def test_other_settings_do_not_know_it(mongo_uri: str, database_name: str, odoo: DemoOdoo):
    with (
        world(mongo_uri, database_name, odoo) as without,
        pytest.raises(ConfigurationError, match=r"no entity named contacts\..*Known are: accounts, "),
    ):
        without.sync(Action.DATA_LAKE, Scope(entities=("contacts",)))
