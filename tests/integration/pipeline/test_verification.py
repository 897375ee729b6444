"""What a verification tells of a store that is in step with Odoo, and of one that is not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

import pytest

from odoo_sync_tui.core.actions import Action, Outcome
from odoo_sync_tui.core.entity import Domain, Entity
from odoo_sync_tui.core.errors import ConfigurationError, OdooSetupError, RunCancelled
from odoo_sync_tui.core.progress import RunProgress
from odoo_sync_tui.core.reports.verification import EntityVerification, Verdict, Verification
from odoo_sync_tui.demo import DemoOdoo
from odoo_sync_tui.demo.faults import MissingModel, NoRight, WrongValue
from odoo_sync_tui.entities.registry import BUILT_IN
from odoo_sync_tui.odoo.connector import OdooConnector
from odoo_sync_tui.pipeline import task
from odoo_sync_tui.runtime.cancel import CancelToken
from tests.support.world import FULL, World, world

LEADS = "data_lake:opportunities"
READING = {"find", "aggregate", "getMore", "hello", "ping", "buildInfo", "endSessions", "listIndexes", "count"}


@pytest.fixture
def here(odoo: DemoOdoo, commands: list[Any], mongo_uri: str, database_name: str) -> Iterator[World]:
    """Everything synced, and blocks and pages so small that there are several of each."""
    with world(mongo_uri, database_name, odoo, sync__block_size=25, odoo__page_size=10) as parts:
        for action in Action:
            assert parts.sync(action).outcome is Outcome.SUCCESS
        yield parts


def verify(here: World, action: Action | None = None, sample: int | None = None, **names: tuple[str, ...]):
    return here.backend.verifier().verify(BUILT_IN.select(action, names.get("names", ())), sample)


def leads(here: World, sample: int | None = None) -> EntityVerification:
    return entity(verify(here, names=(LEADS,), sample=sample), LEADS)


def entity(verification: Verification, name: str) -> EntityVerification:
    return next(each for each in verification.entities if each.id == name)


def found(verified: EntityVerification) -> dict[str, tuple[int, ...]]:
    return {name: each.examples for name, each in verified.findings.by_name().items() if each.count}


def active_leads(here: World) -> list[int]:
    query = {"entity_type": "opportunity", "is_active": True}
    return sorted(document["data"]["id"] for document in here.database.data_lake_serving.find(query))


def change(here: World, odoo_id: int, **values: object) -> None:
    query = {"serving_id": f"odoo_opportunity_{odoo_id}"}
    assert here.database.data_lake_serving.update_one(query, {"$set": values}).modified_count == 1


class TestInStep:
    def test_right_after_a_sync_everything_agrees_and_no_document_is_written(self, here: World, commands: list[Any]):
        commands.clear()
        result = verify(here)
        assert result.verdict is Verdict.IN_STEP
        assert (result.errors, result.warnings) == ((), ())
        assert all(not found(each) for each in result.entities)
        assert all(each.odoo == each.stored == each.compared > 0 for each in result.entities)
        assert entity(result, "data_lake:accounts").odoo == 60
        names = {event.command_name for event in commands}
        assert "find" in names
        assert names - READING == {"update"}
        written = [event.command["updates"] for event in commands if event.command_name == "update"]
        fields = {name for updates in written for each in updates for name in each["u"]["$set"]}
        assert fields == {f"proofs.{each.id}" for each in result.entities}, "what is proved is noted, nothing else"

    def test_a_sample_is_as_large_as_asked_for_spread_and_always_the_same(self, here: World):
        here.database.data_lake_serving.update_many({"entity_type": "opportunity"}, {"$set": {"data.name": "Changed"}})
        verified = leads(here, sample=7)
        chosen_ids = found(verified)["different"]
        assert verified.compared == len(chosen_ids) == 7
        assert chosen_ids == found(leads(here, sample=7))["different"]
        third = here.odoo.last_id("crm.lead") // 3
        assert [sum(each // (third + 1) == part for each in chosen_ids) > 0 for part in range(3)] == [True] * 3
        assert leads(here, sample=0).compared == 7, "what differed is compared again"
        assert leads(here, sample=100_000).compared == verified.odoo

    def test_what_odoo_changed_after_the_sync_is_pending_and_nothing_is_wrong(self, here: World):
        one, two, *_ = active_leads(here)
        created = here.odoo.create("crm.lead", {"name": "New", "write_date": "2099-01-01 00:00:00"})
        here.odoo.write("crm.lead", one, {"name": "Renamed", "write_date": "2099-01-01 00:00:00"})
        here.odoo.write("crm.lead", two, {"active": False, "write_date": "2099-01-01 00:00:00"})
        verified = leads(here)
        assert verified.verdict is Verdict.IN_STEP
        assert sorted(found(verified).pop("pending")) == [one, two, created]
        assert list(found(verified)) == ["pending"]

    def test_progress_is_told_by_the_entity_in_work(self, here: World):
        told: list[RunProgress] = []
        here.backend.verifier(on_progress=told.append).verify(BUILT_IN.select(Action.DEPARTMENTS), None)
        assert told[0].entities[0].name == "departments"


class TestOutOfStep:
    def test_each_kind_of_difference_is_told_apart_with_its_ids(self, here: World):
        lost, renamed, off, gone, *_ = active_leads(here)
        here.database.data_lake_serving.delete_one({"serving_id": f"odoo_opportunity_{lost}"})
        change(here, renamed, **{"data.name": "Changed by somebody else"})
        change(here, off, is_active=False, inactive_reason="archived")
        here.odoo.delete("crm.lead", gone)
        verified = leads(here)
        assert verified.verdict is Verdict.OUT_OF_STEP
        assert found(verified) == {"missing": (lost,), "different": (renamed,), "state": (off,), "extra": (gone,)}

    def test_ids_are_all_compared_even_without_a_sample(self, here: World):
        lost, gone, *_ = active_leads(here)
        here.database.data_lake_serving.delete_one({"serving_id": f"odoo_opportunity_{lost}"})
        here.odoo.delete("crm.lead", gone)
        assert found(leads(here, sample=0)) == {"missing": (lost,), "extra": (gone,)}

    def test_a_stale_copy_of_another_record_is_different(self, here: World):
        user = here.database.users.find_one_and_update(
            {"department_name": {"$ne": None}}, {"$set": {"department_name": "Old"}}
        )
        assert user is not None
        assert found(entity(verify(here, Action.USERS), "users")) == {"different": (user["odoo_employee_id"],)}

    def test_a_row_that_cannot_be_read_is_told_as_quarantined(self, here: World, odoo: DemoOdoo):
        odd = active_leads(here)[0]
        with odoo.faults.on(WrongValue(model="crm.lead", record_id=odd, field_name="priority", value={"no": "text"})):
            assert found(leads(here)) == {"quarantined": (odd,)}
            here.sync(Action.DATA_LAKE, FULL)
            verified = leads(here)
        assert found(verified) == {"quarantined": (odd,)}
        assert verified.verdict is Verdict.OUT_OF_STEP

    def test_before_the_first_sync_everything_is_missing_and_it_says_why(
        self, odoo: DemoOdoo, mongo_uri: str, database_name: str
    ):
        with world(mongo_uri, database_name, odoo) as parts:
            result = verify(parts, Action.DEPARTMENTS)
        assert entity(result, "departments").findings.missing.count == odoo.count("hr.department")
        assert [notice.kind for notice in result.warnings] == ["never_synced"]

    def test_a_live_run_is_named_because_it_explains_much(self, here: World):
        lease = {"_id": "odoo", "operator": "ben", "host": "box", "run_id": "x", "fence": 99}
        moment = here.database.command("hello")["localTime"]
        lease |= {"expires_at": moment + timedelta(hours=1), "since": moment, "owner": "x"}
        here.database.sync_leases.replace_one({"_id": "odoo"}, lease, upsert=True)
        result = verify(here, Action.DEPARTMENTS)
        assert "live_run" in [notice.kind for notice in result.warnings]

    def test_a_run_that_begins_meanwhile_is_named_and_makes_nothing_extra(
        self, here: World, monkeypatch: pytest.MonkeyPatch
    ):
        census, created = OdooConnector.census, iter(range(1))

        def struck(odoo: OdooConnector, of: Entity, after: int, size: int, *domain: Domain) -> Sequence[int]:
            ids = census(odoo, of, after, size, *domain)
            if of.id == LEADS and len(ids) < size and next(created, None) is not None:
                here.odoo.create("crm.lead", {"name": "new", "company_id": 1, "type": "lead", "stage_id": 1})
                here.sync(Action.DATA_LAKE)
            return ids

        monkeypatch.setattr(OdooConnector, "census", struck)
        result = verify(here, Action.DATA_LAKE, names=("opportunities",))
        verified, new = entity(result, LEADS), here.odoo.search("crm.lead")[-1]
        assert next(created, None) is None
        assert (verified.verdict, found(verified)) == (Verdict.IN_STEP, {"pending": (new,)})
        assert [notice.kind for notice in result.warnings] == ["live_run"]


class TestRepair:
    def test_full_runs_of_what_is_out_of_step_mend_it(self, here: World):
        lost, off, gone, changed, *_ = active_leads(here)
        change(here, changed, **{"data.name": "written by another program"})
        here.database.data_lake_serving.delete_one({"serving_id": f"odoo_opportunity_{lost}"})
        change(here, off, is_active=False, inactive_reason="archived")
        here.odoo.delete("crm.lead", gone)
        here.database.departments.delete_many({})
        first = verify(here)
        runs = [here.sync(action, scope) for action, scope in first.plan_repairs()]
        assert [result.action for result in runs] == ["sync_departments", "sync_users", "sync_data_lake"]
        assert list(runs[-1].entities) == ["opportunities"]
        assert all(result.outcome is Outcome.SUCCESS for result in runs)
        assert verify(here).verdict is Verdict.IN_STEP
        assert here.last_event()["action"] == "sync_data_lake"


class TestTrouble:
    def test_an_entity_that_may_not_be_read_is_unknown_and_the_others_go_on(self, here: World, odoo: DemoOdoo):
        with odoo.faults.on(NoRight(model="crm.lead")):
            result = verify(here, Action.DATA_LAKE)
        assert entity(result, LEADS).verdict is Verdict.UNKNOWN
        assert result.verdict is Verdict.UNKNOWN
        assert [(notice.kind, notice.entity) for notice in result.errors] == [("odoo_access", "opportunities")]
        assert entity(result, "data_lake:invoices").verdict is Verdict.IN_STEP

    def test_documents_of_a_model_that_is_gone_are_extra(self, here: World, odoo: DemoOdoo):
        with odoo.faults.on(MissingModel(model="crm.lead")):
            verified = leads(here)
        assert verified.verdict is Verdict.OUT_OF_STEP
        assert verified.findings.extra.count == len(active_leads(here))

    def test_a_model_that_never_was_there_is_no_difference(self, odoo: DemoOdoo, mongo_uri: str, database_name: str):
        missing = MissingModel(model="crm.lead")
        with odoo.faults.on(missing), world(mongo_uri, database_name, odoo) as parts:
            verified = leads(parts)
        assert verified.verdict is Verdict.UNAVAILABLE

    def test_names_that_may_not_be_read_explain_nothing_new(self, here: World, odoo: DemoOdoo):
        with odoo.faults.on(NoRight(model="crm.stage")):
            for _ in range(2):
                here.sync(Action.DATA_LAKE)
            verified = verify(here, names=(LEADS,))
        assert verified.verdict is Verdict.IN_STEP
        assert "other_reading" not in {notice.kind for notice in verified.warnings}

    def test_another_protocol_explains_what_looks_different(self, here: World):
        with world(
            str(here.settings["mongo.uri"]), str(here.settings["mongo.database"]), here.odoo, odoo__protocol="jsonrpc"
        ) as other:
            result = verify(other, Action.DEPARTMENTS)
        assert result.verdict is Verdict.IN_STEP
        assert [notice.kind for notice in result.warnings] == ["other_reading"]

    def test_another_version_of_the_code_explains_what_looks_different(
        self, here: World, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr(task, "CODE_FINGERPRINT", "another")
        assert [notice.kind for notice in verify(here, Action.DEPARTMENTS).warnings] == ["other_reading"]
        here.sync(Action.DEPARTMENTS)
        assert verify(here, Action.DEPARTMENTS).warnings == ()

    def test_a_wrong_key_ends_it(self, here: World, odoo: DemoOdoo):
        odoo.revoke_key()
        with pytest.raises(OdooSetupError):
            verify(here, Action.DEPARTMENTS)

    def test_a_request_to_stop_is_heeded(self, here: World):
        cancel = CancelToken()
        cancel.request("interrupted by SIGINT")
        with pytest.raises(RunCancelled):
            here.backend.verifier(cancel=cancel).verify(BUILT_IN.select(None), None)


class TestChosen:
    def test_names_and_ids(self):
        assert [each.id for each in BUILT_IN.select(None, ("users",))] == ["users", "data_lake:users"]
        assert [each.id for each in BUILT_IN.select(None, ("data_lake:users",))] == ["data_lake:users"]
        assert [each.id for each in BUILT_IN.select(Action.DATA_LAKE, ("users",))] == ["data_lake:users"]
        assert len(BUILT_IN.select(None)) == 6

    def test_an_unknown_name_is_told_with_the_known_ones(self):
        with pytest.raises(ConfigurationError, match=r"acounts.*data_lake:accounts"):
            BUILT_IN.select(None, ("acounts",))
