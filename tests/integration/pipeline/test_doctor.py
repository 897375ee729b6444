"""What ``doctor`` tells of a healthy installation, and of sick ones."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import pytest
from pymongo.database import Database

from odoo_sync_tui.core.reports.diagnosis import Check, Diagnosis, Grade
from odoo_sync_tui.core.text.times import format_local_time
from odoo_sync_tui.demo import DemoOdoo
from odoo_sync_tui.demo.faults import Fault, ForbiddenField, Hang, HttpStatus, MissingModel, NoRight
from odoo_sync_tui.odoo import doctor as odoo_doctor
from odoo_sync_tui.odoo.doctor import OdooDoctor
from odoo_sync_tui.odoo.doctor_network import Deadline
from odoo_sync_tui.pipeline.doctor.examination import Doctor
from odoo_sync_tui.settings.load import build_settings_from_overrides, load_settings
from odoo_sync_tui.settings.model import Settings
from odoo_sync_tui.store.database import Store
from odoo_sync_tui.store.driver.errors import ErrorTranslator
from odoo_sync_tui.store.indexes import Indexes
from tests.support.forward_proxy import company_proxy

LEADS = "odoo.rights.data_lake:opportunities"


@pytest.fixture
def odoo() -> Iterator[DemoOdoo]:
    with DemoOdoo(records=20) as server:
        yield server


@pytest.fixture
def values(odoo: DemoOdoo, mongo_uri: str, database_name: str) -> dict[str, object]:
    return {
        "odoo.url": odoo.url,
        "odoo.database": odoo.database,
        "odoo.username": odoo.username,
        "odoo.api_key": odoo.api_key,
        "mongo.uri": mongo_uri,
        "mongo.database": database_name,
    }


def examine(values: dict[str, object], config: Path | None = None) -> dict[str, Check]:
    return {check.name: check for check in Doctor(lambda: build_settings_from_overrides(values), config, None).checks()}


def failed(checks: dict[str, Check]) -> dict[str, bool]:
    return {name: check.transient for name, check in checks.items() if check.health is Grade.FAIL}


def skipped(checks: dict[str, Check], by: str) -> set[str]:
    return {name for name, check in checks.items() if f"because {by} failed" in check.message}


class TestHealthy:
    def test_doctor_of_a_healthy_installation_fails_nothing_and_tells_what_it_found(
        self, values: dict[str, object], database: Database[Any]
    ):
        checks = examine(values)
        assert failed(checks) == {}
        assert "19" in checks["odoo.version"].message
        assert "JSON-2" in checks["odoo.protocol"].message
        assert "replica set" in checks["mongodb.topology"].message
        assert "6.0" in checks["mongodb.version"].message
        assert "may not change" in checks["odoo.write"].message
        assert "of 21 wanted fields" in checks["odoo.rights.data_lake:accounts"].message
        assert checks["odoo.dns"].health is Grade.OK
        assert checks["clocks"].health is Grade.OK
        assert database.sync_doctor.count_documents({}) == 0

    def test_the_disk_of_a_database_that_does_not_exist_yet_is_unknown_and_not_full(self, values: dict[str, object]):
        disk = examine(values | {"read_only": True})["mongodb.disk"]
        assert (disk.health, disk.message) == (Grade.SKIPPED, "This server does not tell.")

    def test_doctor_looks_at_indexes_and_makes_none(self, values: dict[str, object], database: Database[Any]):
        assert examine(values)["mongodb.indexes"].health is Grade.WARN
        assert database.list_collection_names() in ([], ["sync_doctor"])
        Indexes(database, ErrorTranslator()).ensure()
        assert examine(values)["mongodb.indexes"].health is Grade.OK

    def test_doctor_tells_how_the_change_log_stands(self, values: dict[str, object], database: Database[Any]):
        def told(**settings: object) -> str:
            return examine(values | settings)["store.changes"].message

        assert told() == "No run has logged changes yet; the next one does."
        assert "changes.enabled" in told(**{"changes.enabled": False})
        assert told(**{"changes.fields": ["stage_id", "stage_di"]}) == (
            "changes.fields names what no logged entity has: stage_di."
        )
        store = Store.from_database(database)
        store.indexes.keep_changes(timedelta(days=400))
        store.change_log.open(1, lambda _: True)
        assert told() == "Complete: of no entity. Kept for 400 d."
        store.change_log.set_complete_since("departments", datetime(2026, 1, 2, tzinfo=UTC))
        database.users.insert_one({"pending_changes": [{"token": "killed:1"}]})
        assert told(**{"changes.keep": "30d"}) == (
            f"Complete: departments since {format_local_time(datetime(2026, 1, 2, tzinfo=UTC))}. Kept for 400 d."
            " The settings say 30 d: the next sync applies that."
            " 1 documents carry changes that are not in the log yet; the next sync moves them."
        )

    @pytest.mark.parametrize("dialect", [14, 17])
    def test_doctor_knows_older_servers(self, values: dict[str, object], dialect: int):
        with DemoOdoo(records=20, dialect=dialect) as odoo:
            checks = examine(values | {"odoo.url": odoo.url, "odoo.api_key": odoo.api_key})
        assert failed(checks) == {}
        assert "JSON-RPC" in checks["odoo.protocol"].message
        assert "may not change" in checks["odoo.write"].message

    def test_doctor_uses_the_connection_that_the_database_holds(
        self, values: dict[str, object], database: Database[Any]
    ):
        config = {name.partition(".")[2]: values.pop(name) for name in list(values) if name.startswith("odoo.")}
        database.integrations.insert_one({"integration_type": "odoo", "config": config})
        checks = examine(values)
        assert failed(checks) == {}
        assert str(config["url"]) in checks["odoo.settings"].message

    def test_doctor_warns_of_a_password_with_the_way_to_a_key(self, values: dict[str, object], odoo: DemoOdoo):
        checks = examine(values | {"odoo.api_key": odoo.password})
        assert failed(checks) == {}
        assert checks["odoo.key"].health is Grade.WARN
        assert "API key" in checks["odoo.key"].hint

    def test_doctor_names_the_fields_that_are_read_by_rows_for_a_reason(
        self, values: dict[str, object], database: Database[Any]
    ):
        assert examine(values)["store.columns"].health is Grade.SKIPPED
        cursor = {"version": 1, "columns": {"basis": "basis", "fields": ["name"]}}
        database.integrations.insert_one({"integration_type": "odoo", "cursors": {"data_lake:opportunities": cursor}})
        assert examine(values)["store.columns"].health is Grade.OK
        differing = {"$set": {"cursors.data_lake:opportunities.columns.differing": ["phone"]}}
        database.integrations.update_one({}, differing)
        check = examine(values)["store.columns"]
        assert check.health is Grade.WARN
        assert "opportunities: phone." in check.message


class TestOdooSick:
    @pytest.mark.parametrize(
        ("changes", "name", "passing"),
        [
            ({"odoo.api_key": "0" * 40}, "odoo.login", False),
            ({"odoo.api_key": "wrong password"}, "odoo.login", False),
            ({"odoo.database": "nowhere"}, "odoo.database", False),
            ({"odoo.database": "nowhere", "odoo.protocol": "jsonrpc"}, "odoo.database", False),
            ({"odoo.url": "http://127.0.0.1:9"}, "odoo.tcp", True),
            ({"odoo.url": "https"}, "odoo.tls", False),
        ],
        ids=["key", "password", "database", "database over JSON-RPC", "port", "no TLS there"],
    )
    def test_doctor_names_the_first_broken_step_of_odoo_and_skips_the_rest(
        self, values: dict[str, object], odoo: DemoOdoo, changes: dict[str, object], name: str, passing: bool
    ):
        if changes.get("odoo.url") == "https":
            changes = {"odoo.url": odoo.url.replace("http:", "https:")}
        checks = examine(values | changes)
        assert failed(checks) == {name: passing}
        assert checks[name].hint
        order = list(checks)
        assert skipped(checks, name) == {each for each in order[order.index(name) + 1 :] if each.startswith("odoo.")}
        assert checks["store.source"].health is Grade.SKIPPED

    def test_the_proxy_on_the_way_is_named_without_its_password(self, values: dict[str, object], odoo: DemoOdoo):
        with company_proxy(urlsplit(odoo.url).port or 0) as proxy:
            proxy.login = "anna:canary"
            way = {"odoo.url": "http://odoo.example", "odoo.proxy": proxy.url.replace("//", "//anna:canary@")}
            checks = examine(values | way)
            assert failed(checks) == {}
            assert f"through the proxy {proxy.url} (odoo.proxy)" in checks["odoo.settings"].message
            assert "The proxy localhost" in checks["odoo.dns"].message
            proxy.login = "anna:other"
            checks = examine(values | way)
        assert failed(checks) == {"odoo.version": False}
        assert f"The proxy {proxy.url} (odoo.proxy) does not let this machine in" in checks["odoo.version"].message
        assert "canary" not in str(checks)

    def test_doctor_names_settings_of_odoo_that_are_missing(self, values: dict[str, object]):
        del values["odoo.url"]
        checks = examine(values)
        assert failed(checks) == {"odoo.settings": False}
        assert "odoo.url is not set" in checks["odoo.settings"].message

    def test_doctor_tells_what_must_not_be_read_from_what_is_not_there(self, values: dict[str, object], odoo: DemoOdoo):
        faults: list[Fault] = [
            NoRight(model="account.move"),
            MissingModel(model="crm.lead"),
            ForbiddenField(model="res.partner", name="vat"),
        ]
        for fault in faults:
            odoo.faults.add(fault)
        checks = examine(values)
        assert failed(checks) == {"odoo.rights.data_lake:invoices": False}
        assert checks[LEADS].health is Grade.WARN
        assert "crm.lead" in checks[LEADS].message
        accounts = checks["odoo.rights.data_lake:accounts"]
        assert accounts.health is Grade.WARN
        assert "vat of res.partner may not be read" in accounts.message
        assert "Not offered by this server to this user: vat" not in accounts.message

    def test_a_proxy_that_says_no_may_pass(self, values: dict[str, object], odoo: DemoOdoo):
        with odoo.faults.on(HttpStatus(status=503)):
            checks = examine(values)
        assert set(failed(checks).values()) == {True}
        assert "503" in "".join(check.message for check in checks.values())

    def test_silence_ends_each_look_in_time_and_the_next_one_is_taken(
        self, values: dict[str, object], odoo: DemoOdoo, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr(odoo_doctor, "Deadline", lambda: Deadline(1.0))
        with odoo.faults.on(Hang(model="crm.lead")):
            checks = examine(values | {"odoo.timeout_seconds": 0.3})
        assert failed(checks) == {"odoo.write": True, LEADS: True}
        assert checks["odoo.rights.data_lake:invoices"].health is Grade.OK

    def test_the_time_limit_is_that_of_one_look_not_of_all(
        self, values: dict[str, object], monkeypatch: pytest.MonkeyPatch
    ):
        at = [0.0]
        monkeypatch.setattr(odoo_doctor, "Deadline", lambda: Deadline(10.0, clock=lambda: at[0]))
        for check in Doctor(lambda: build_settings_from_overrides(values), None, None).checks():
            assert check.health is not Grade.FAIL, check
            at[0] += 6

    def test_doctor_warns_of_a_clock_that_is_wrong(self, values: dict[str, object]):
        with DemoOdoo(records=20, clock=lambda: datetime.now(UTC) + timedelta(hours=3)) as odoo:
            checks = examine(values | {"odoo.url": odoo.url})
        assert checks["clocks"].health is Grade.WARN
        assert "Odoo +1080" in checks["clocks"].message or "Odoo +1079" in checks["clocks"].message


class TestMongoSick:
    def test_a_mongodb_out_of_reach_may_pass_and_odoo_is_looked_at_all_the_same(self, values: dict[str, object]):
        checks = examine(values | {"mongo.uri": "mongodb://127.0.0.1:9", "mongo.timeout_seconds": 0.3})
        assert failed(checks) == {"mongodb.connection": True}
        assert "mongodb.write" in skipped(checks, "mongodb.connection")
        assert checks["odoo.login"].health is Grade.OK

    def test_doctor_refuses_a_data_directory_that_holds_other_files(self, values: dict[str, object], tmp_path: Path):
        (tmp_path / "letter.txt").write_text("mine")
        checks = examine(values | {"mongo.uri": "embedded", "mongo.data_dir": tmp_path})
        assert failed(checks) == {"mongodb.directory": False}
        assert "other files" in checks["mongodb.directory"].message


class TestThisMachine:
    def test_wrong_settings_fail_alone_and_what_needs_them_is_skipped(self, values: dict[str, object]):
        checks = examine(values | {"odoo.page_size": 0})
        assert failed(checks) == {"settings.values": False}
        assert {"mongodb.connection", "odoo.login"} <= skipped(checks, "settings.values")
        assert checks["clocks"].health is Grade.SKIPPED

    @pytest.mark.parametrize(("mode", "health"), [(0o600, Grade.OK), (0o644, Grade.OK), (0o620, Grade.WARN)])
    def test_doctor_warns_of_a_settings_file_that_others_may_change(
        self, values: dict[str, object], tmp_path: Path, mode: int, health: Grade
    ):
        path = tmp_path / "settings.toml"
        path.touch()
        path.chmod(mode)
        check = examine(values | {"odoo.page_size": 0}, path)["settings.file"]
        assert check.health is health
        assert f"{mode:04o}" in check.message

    def test_a_file_that_shows_a_secret_is_refused_with_the_command_that_mends_it(self, tmp_path: Path):
        path = tmp_path / "settings.toml"
        path.write_text('[odoo]\napi_key = "canary-in-the-file"\n')
        path.chmod(0o644)

        def load() -> Settings:
            return load_settings(path)

        checks = {check.name: check for check in Doctor(load, path, None).checks()}
        assert failed(checks) == {"settings.values": False}
        assert "chmod 600" in checks["settings.values"].hint
        assert "canary" not in str(checks)


class TestSecrets:
    @pytest.mark.parametrize(
        "changes",
        [
            {},
            {"odoo.api_key": "canary-of-odoo"},
            {"odoo.database": "nowhere", "odoo.api_key": "canary-of-odoo", "odoo.protocol": "xmlrpc"},
            {"mongo.uri": "mongodb://anna:canary-of-mongo@127.0.0.1:9/", "mongo.timeout_seconds": 0.3},
            {"mongo.uri": "mongodb://anna:canary/of-mongo@127.0.0.1:9/", "mongo.timeout_seconds": 0.3},
            {"odoo.api_key": "canary\nof-odoo"},
            {"odoo.url": "http://anna:canary-of-odoo@127.0.0.1:9"},
        ],
    )
    def test_no_check_of_doctor_shows_a_secret(
        self, values: dict[str, object], odoo: DemoOdoo, changes: dict[str, object]
    ):
        checks = examine(values | changes)
        told = str(Diagnosis(tuple(checks.values())).as_dict())
        assert "canary" not in told
        assert odoo.api_key not in told
        assert odoo.password not in told.replace(odoo.database, "")

    def test_doctor_tells_nothing_of_the_environment(self, values: dict[str, object], monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setitem(os.environ, "ODOO_SYNC_ODOO__API_KEY", "canary-in-the-environment")
        assert "canary" not in str(examine(values))


def test_the_wait_for_a_slot_of_the_host_is_no_part_of_how_long_odoo_took(
    values: dict[str, object], monkeypatch: pytest.MonkeyPatch
):
    class BusyHost:
        @contextmanager
        def slot(self, _cancel: object) -> Iterator[None]:
            now[0] += 100
            yield

        def close(self) -> None: ...

    now = [0.0]
    monkeypatch.setattr(odoo_doctor, "time", SimpleNamespace(monotonic=lambda: now[0]))
    settings = build_settings_from_overrides(values)
    checks = {step.name: step for step in OdooDoctor(lambda: settings.build_odoo_config(None), (), BusyHost).steps()}
    checks["odoo.settings"].run()
    assert "answered in 0 ms" in checks["odoo.version"].run().message
