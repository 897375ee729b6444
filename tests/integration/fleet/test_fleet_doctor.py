"""What ``doctor`` tells of many Odoos: what they share, and which of them cannot be used."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient

from odoo_sync_tui.core.actions import Action
from odoo_sync_tui.core.reports.diagnosis import Check, Grade
from odoo_sync_tui.demo import DemoOdoo
from odoo_sync_tui.pipeline.backend import open_backend
from odoo_sync_tui.pipeline.doctor.examination import Doctor
from odoo_sync_tui.settings.load import load_settings
from odoo_sync_tui.settings.sources.load import load_source, load_sources
from odoo_sync_tui.store import doctor as store_doctor
from odoo_sync_tui.store.doctor import LAKE_FILES
from tests.support.mongods import free_port
from tests.support.sources import write_fleet, write_source


@pytest.fixture
def odoo() -> Iterator[DemoOdoo]:
    with DemoOdoo(records=20) as server:
        yield server


@pytest.fixture
def config(tmp_path: Path, mongo_uri: str, database_name: str, odoo: DemoOdoo) -> Iterator[Path]:
    yield write_fleet(tmp_path, mongo_uri, database_name, {"acme": odoo, "beta": odoo})
    with MongoClient[dict[str, Any]](mongo_uri) as client:
        for name in ("acme", "beta"):
            client.drop_database(f"{database_name}_{name}")


def examine(config: Path, source: str | None = None) -> dict[str, Check]:
    def load_all() -> Any:
        return load_sources(config, {}).sources

    def load() -> Any:
        return load_source(config, {}, source) if source else load_settings(config)

    return {check.name: check for check in Doctor(load, config, None, load_all).checks()}


def test_main_settings_without_an_odoo_are_examined_for_what_their_sources_share(config: Path, odoo: DemoOdoo):
    checks = examine(config)
    assert [name for name, check in checks.items() if check.health is Grade.FAIL] == []
    assert "doctor --all" in checks["odoo.settings"].message
    assert "odoo.login" not in checks
    assert "mongodb.indexes" not in checks
    assert checks["fleet.sources"].message == "2 sources: the settings of all can be used."
    host = odoo.url.removeprefix("http://")
    assert f"2 share {host} (4 calls at once, as many a second as come)" in checks["fleet.hosts"].message
    assert "2 sources need 106 (53 each)" in checks["mongodb.files"].message


def test_each_source_that_cannot_be_used_has_a_line_and_harms_no_other(config: Path, odoo: DemoOdoo):
    write_source(config, "gamma", odoo, "lake", "zone = 7")
    checks = examine(config)
    assert checks["fleet.sources.gamma"].health is Grade.FAIL
    assert "zone" in checks["fleet.sources.gamma"].message
    assert "2 of 3 sources can be used" in checks["fleet.sources"].message
    assert "2 share" in checks["fleet.hosts"].message


def test_a_source_is_told_its_host_and_whether_the_main_database_answers(config: Path, mongo_uri: str):
    checks = examine(config, "acme")
    assert [name for name, check in checks.items() if check.health is Grade.FAIL] == []
    assert checks["odoo.login"].health is Grade.OK
    assert checks["fleet.main"].health is Grade.OK
    assert "4 calls at once" in checks["fleet.host"].message
    assert "2 sources need" in checks["mongodb.files"].message

    own = config.parent / "sources.d" / "acme.toml"
    own.write_text(own.read_text() + f'uri = "{mongo_uri}"\n')
    away = f"mongodb://127.0.0.1:{free_port()}"
    config.write_text(config.read_text().replace(f'"{mongo_uri}"', f'"{away}"'))
    main = examine(config, "acme")["fleet.main"]
    assert main.health is Grade.WARN, "a run fails not of it"
    assert "Runs go on" in main.message


def test_a_server_that_may_open_too_few_files_for_its_lakes_is_warned_of(
    config: Path, mongo_uri: str, database_name: str, monkeypatch: pytest.MonkeyPatch
):
    with open_backend(load_source(config, {}, "acme")) as backend:
        for action in Action:
            backend.service().sync(action, "anna")
    with MongoClient[dict[str, Any]](mongo_uri) as client:
        lake = client[f"{database_name}_acme"]
        names = lake.list_collection_names()
        assert len(names) + sum(len(lake[name].index_information()) for name in names) == LAKE_FILES

    monkeypatch.setattr(store_doctor, "LAKE_FILES", 10_000_000_000)
    files = examine(config)["mongodb.files"]
    assert files.health is Grade.WARN
    assert "2 sources need 20 000 000 000" in files.message
    assert "LimitNOFILE=64000" in files.hint


def test_settings_of_one_odoo_are_examined_as_ever(tmp_path: Path, mongo_uri: str):
    (tmp_path / "alone").mkdir()
    checks = examine(write_fleet(tmp_path / "alone", mongo_uri, "alone", {}, ""))
    assert [name for name in checks if name.startswith("fleet") or name == "mongodb.files"] == []
    assert checks["odoo.settings"].health is Grade.FAIL
