"""What goes wrong in the field, and what the operator gets: a sentence, the right status, event and figures."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from pymongo import MongoClient

from odoo_sync_tui.core.actions import Action, Outcome
from odoo_sync_tui.core.errors import ConfigurationError, StoreError
from odoo_sync_tui.core.progress import RunProgress
from odoo_sync_tui.core.result import EntityState
from odoo_sync_tui.core.scope import Scope
from odoo_sync_tui.demo import DemoOdoo
from odoo_sync_tui.demo.faults import (
    EmptyCensus,
    Fault,
    ForbiddenField,
    HalfCensus,
    HiddenIds,
    HtmlBody,
    MissingModel,
    NoRight,
    PoisonRow,
    RaisedError,
    VanishedField,
    WrongValue,
)
from odoo_sync_tui.pipeline.backend import open_backend
from odoo_sync_tui.settings.load import build_settings_from_overrides
from odoo_sync_tui.store.embedded.server import open_embedded
from tests.support.world import FULL, World, wait_until, world

ACCOUNTS = Scope(entities=("accounts",))
ENTITY_MODELS = {
    "account": ("res.partner", [("is_company", "=", True)]),
    "opportunity": ("crm.lead",),
    "invoice": ("account.move", [("move_type", "in", ["out_invoice", "out_refund"])]),
    "user": ("hr.employee",),
}


@pytest.fixture
def odoo() -> Iterator[DemoOdoo]:
    with DemoOdoo(records=60) as server:
        yield server


@pytest.fixture
def here(odoo: DemoOdoo, mongo_uri: str, database_name: str) -> Iterator[World]:
    with world(mongo_uri, database_name, odoo) as parts:
        yield parts


def assert_recorded(here: World, outcome: str, *words: str) -> None:
    """Status and audit log tell the same, and no secret with it."""
    integration, event = here.integration(), here.last_event()
    assert integration["sync_status"] == outcome
    assert event["outcome"] == outcome
    lease = here.backend.overview_queries.get_overview().lease
    assert lease is not None
    assert not lease.live
    for word in words:
        assert word in integration["error_message"]
    assert here.odoo.api_key not in f"{integration}{event}"


class TestCannotBegin:
    @pytest.mark.parametrize(
        ("settings", "words"),
        [
            ({"odoo__api_key": "0" * 40}, "key"),
            ({"odoo__database": "nowhere"}, "nowhere"),
            ({"odoo__protocol": "jsonrpc", "odoo__api_key": "wrong password"}, "admin"),
        ],
        ids=["wrong key", "wrong database", "wrong password"],
    )
    def test_what_the_operator_must_mend_is_a_runtime_error(
        self, odoo: DemoOdoo, mongo_uri: str, database_name: str, settings: dict[str, object], words: str
    ):
        with world(mongo_uri, database_name, odoo, **settings) as here:
            with pytest.raises(RuntimeError, match=words) as caught:
                here.sync(Action.DATA_LAKE)
            assert isinstance(caught.value, ConfigurationError)
            assert_recorded(here, "failed", words)

    def test_a_server_that_is_away_is_worth_another_try(self, odoo: DemoOdoo, mongo_uri: str, database_name: str):
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            url = f"http://127.0.0.1:{unused.getsockname()[1]}"
            with world(mongo_uri, database_name, odoo, odoo__url=url, odoo__retry_seconds=0) as here:
                result = here.sync(Action.DATA_LAKE)
                assert (result.outcome, result.retryable) == (Outcome.FAILED, True)
                assert_recorded(here, "failed", "127.0.0.1")

    def test_a_server_that_is_not_odoo_is_named(self, odoo: DemoOdoo, mongo_uri: str, database_name: str):
        with odoo.faults.on(HtmlBody()), world(mongo_uri, database_name, odoo, odoo__retry_seconds=0) as here:
            try:
                result = here.sync(Action.DATA_LAKE)
                assert result.outcome is Outcome.FAILED
            except ConfigurationError:
                pass
            assert_recorded(here, "failed", odoo.url)

    def test_missing_settings_are_all_named(self, odoo: DemoOdoo, mongo_uri: str, database_name: str):
        settings = build_settings_from_overrides(
            {"mongo.uri": mongo_uri, "mongo.database": database_name, "odoo.url": odoo.url}
        )
        with open_backend(settings) as backend:
            with pytest.raises(RuntimeError, match=r"odoo\.database, odoo\.username, odoo\.api_key"):
                backend.service().sync_departments("anna")
            assert str(backend.overview_queries.get_overview().integration.status) == "failed"

    def test_the_database_can_hold_the_configuration(self, odoo: DemoOdoo, mongo_uri: str, database_name: str):
        with open_backend(
            build_settings_from_overrides({"mongo.uri": mongo_uri, "mongo.database": database_name})
        ) as backend:
            config = {"url": odoo.url, "database": "demo", "username": "admin", "api_key": odoo.api_key}
            with MongoClient(mongo_uri) as client:
                client[database_name].integrations.insert_one(
                    {"integration_type": "odoo", "enabled": True, "config": config}
                )
                assert backend.service().sync_departments("anna").outcome is Outcome.SUCCESS
                client[database_name].integrations.update_one({}, {"$set": {"enabled": False}})
                with pytest.raises(RuntimeError, match="switched off"):
                    backend.service().sync_departments("anna")


class TestOneEntity:
    @pytest.mark.parametrize(
        ("fault", "state"),
        [(MissingModel(model="crm.lead"), EntityState.UNAVAILABLE), (NoRight(model="crm.lead"), EntityState.FAILED)],
        ids=["not installed", "no right"],
    )
    def test_that_cannot_be_read_leaves_the_others_going(self, here: World, fault: Fault, state: EntityState):
        with here.odoo.faults.on(fault):
            result = here.sync(Action.DATA_LAKE)
        assert result.entities["opportunities"].state is state
        assert {result.entities[name].state for name in ("accounts", "invoices", "users")} == {EntityState.SUCCESS}
        assert result.outcome is Outcome.PARTIAL
        assert_recorded(here, "partial", "crm.lead")

    @pytest.mark.parametrize("fault", [VanishedField, ForbiddenField])
    def test_without_one_field_still_syncs(self, here: World, fault: type[VanishedField | ForbiddenField]):
        with here.odoo.faults.on(fault(model="res.partner", name="vat")):
            result = here.sync(Action.DATA_LAKE, ACCOUNTS)
        assert result.outcome is Outcome.SUCCESS
        document = here.database.data_lake_serving.find_one({"entity_type": "account"})
        assert document is not None
        assert document["data"]["vat"] is None

    def test_of_no_rows_at_all_is_a_success(self, here: World):
        with here.odoo.faults.on(EmptyCensus(model="res.partner")):
            result = here.sync(Action.DATA_LAKE, ACCOUNTS)
        assert (result.outcome, result.synced) == (Outcome.SUCCESS, 0)


class TestOneRow:
    def account(self, here: World) -> int:
        return here.odoo.search("res.partner", [("is_company", "=", True)])[7]

    @pytest.mark.parametrize("kind", ["wrong type", "poison"])
    def test_that_cannot_be_read_is_set_aside_and_comes_back_by_itself(self, here: World, kind: str):
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
    def test_of_any_text_is_stored_as_it_is(self, here: World, name: str):
        number = here.odoo.create("res.partner", {"name": name, "is_company": True})
        here.sync(Action.DATA_LAKE, ACCOUNTS)
        assert here.lake("account", number)["data"]["name"] == name


class TestNothingIsRetiredByMistake:
    @pytest.mark.parametrize(
        "fault",
        [
            EmptyCensus(model="res.partner"),
            HalfCensus(model="res.partner"),
            HalfCensus(model="res.partner", method="search"),
        ],
        ids=["empty", "half", "half, but counted right"],
    )
    def test_when_odoo_shows_too_little(self, here: World, fault: Fault):
        here.sync(Action.DATA_LAKE, ACCOUNTS)
        active = here.database.data_lake_serving.count_documents({"is_active": True})
        for scope in (ACCOUNTS, Scope(entities=("accounts",), mode=FULL.mode)):
            with here.odoo.faults.on(fault):
                result = here.sync(Action.DATA_LAKE, scope)
            assert (result.outcome, result.deactivated) == (Outcome.PARTIAL, 0)
        assert here.database.data_lake_serving.count_documents({"is_active": True}) == active
        assert here.sync(Action.DATA_LAKE, ACCOUNTS).outcome is Outcome.SUCCESS

    def test_when_a_row_disappears_behind_a_rule_and_comes_back(self, here: World):
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

    def test_when_the_key_is_revoked_in_the_middle(self, here: World):
        here.sync(Action.DATA_LAKE)
        documents = here.database.data_lake_serving.count_documents({"is_active": True})
        here.odoo.on_call = lambda call: here.odoo.revoke_key() if call.model == "account.move" else None
        with pytest.raises(ConfigurationError):
            here.sync(Action.DATA_LAKE, FULL)
        assert here.database.data_lake_serving.count_documents({"is_active": True}) == documents
        assert here.integration()["sync_status"] in {"partial", "failed"}


class TestMongoDies:
    def test_in_the_middle_of_a_run_and_the_next_run_makes_it_good(self, odoo: DemoOdoo, data_dir: Path):
        settings = {"odoo__page_size": 5, "mongo__data_dir": str(data_dir), "mongo__timeout_seconds": 2}
        settings["sync__lease_seconds"] = 2
        with open_embedded(data_dir) as server:
            uri, pid = server.uri, server.pid
            killed = False

            def kill(progress: RunProgress) -> None:
                nonlocal killed
                if progress.counts.created and not killed and pid:
                    killed = True
                    os.kill(pid, signal.SIGKILL)

            with world(uri, "lake", odoo, **settings) as here:
                result = here.sync(Action.DATA_LAKE, on_progress=kill)
                assert killed
                assert result.outcome in {Outcome.FAILED, Outcome.PARTIAL}
                assert result.retryable
                assert any(notice.kind.startswith("store") for notice in result.errors)
                with pytest.raises(StoreError):
                    here.backend.overview_queries.get_overview()
        with open_embedded(data_dir) as server, world(server.uri, "lake", odoo, **settings) as here:
            wait_until(lambda: here.backend.overview_queries.get_overview().live_run is None)
            assert here.backend.overview_queries.get_overview().integration.interrupted
            assert here.sync(Action.DATA_LAKE).outcome is Outcome.SUCCESS
            counted = {
                kind: here.database.data_lake_serving.count_documents({"entity_type": kind}) for kind in ENTITY_MODELS
            }
            assert counted == {kind: odoo.count(*model) for kind, model in ENTITY_MODELS.items()}
            interrupted = here.database.audit_log.find_one({"outcome": "interrupted"})
            assert interrupted is not None


def test_an_error_of_our_own_leaves_no_status_running(here: World):
    with here.odoo.faults.on(RaisedError(model="crm.lead", kind="builtins.RuntimeError", text="a bug over there")):
        result = here.sync(Action.DATA_LAKE)
    assert result.outcome is Outcome.PARTIAL
    assert_recorded(here, "partial")
