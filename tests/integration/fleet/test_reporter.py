"""What a run of a source reports to the database of the main settings, over real HTTP and on a real mongod."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pymongo import MongoClient

from odoo_sync_tui.core.actions import Action, Outcome
from odoo_sync_tui.core.reports.fleet import FleetState, SourceState
from odoo_sync_tui.core.reports.health import HealthLevel
from odoo_sync_tui.demo import DemoOdoo
from odoo_sync_tui.demo.faults import NoRight
from odoo_sync_tui.pipeline.backend import open_backend
from odoo_sync_tui.settings.sources.load import load_source
from odoo_sync_tui.store.fleet.store import open_fleet_store
from tests.support.mongods import free_port
from tests.support.sources import write_fleet
from tests.support.store import config as mongo_config
from tests.support.world import wait_until

Fleet = Callable[[], FleetState]


@pytest.fixture
def odoo() -> Iterator[DemoOdoo]:
    with DemoOdoo(records=30) as server:
        yield server


@pytest.fixture
def settings_file(tmp_path: Path, odoo: DemoOdoo, mongo_uri: str, database_name: str) -> Iterator[Path]:
    text = '[schedule.departments]\nevery = "15m"\n'
    yield write_fleet(tmp_path, mongo_uri, database_name, {"acme": odoo}, text)
    with MongoClient(mongo_uri) as client:
        client.drop_database(f"{database_name}_acme")


@pytest.fixture
def fleet(mongo_uri: str, database_name: str) -> Iterator[Fleet]:
    with open_fleet_store(mongo_config(mongo_uri, database_name)) as store:
        yield store.sources.read


def only(fleet: Fleet) -> SourceState:
    (state,) = fleet().sources
    return state


def test_a_run_reports_its_beginning_and_how_the_source_stands_at_its_end(
    settings_file: Path, odoo: DemoOdoo, fleet: Fleet
):
    during: list[SourceState] = []

    def look(_: object) -> None:
        if not during:
            wait_until(lambda: fleet().sources)
            during.append(only(fleet))

    odoo.on_call = look
    with open_backend(load_source(settings_file, {}, "acme")) as backend:
        assert backend.service().sync(Action.DEPARTMENTS, "anna").outcome is Outcome.SUCCESS
    state = fleet()
    (acme,) = state.sources
    assert (acme.name, acme.health, acme.running, acme.reason) == ("acme", HealthLevel.IN_STEP, None, "")
    assert acme.documents
    assert acme.due_at is not None
    assert acme.late_at is not None
    assert state.at < acme.due_at < acme.late_at
    assert during[0].health is HealthLevel.UNKNOWN


def test_what_is_wrong_is_reported_with_its_reason(settings_file: Path, odoo: DemoOdoo, fleet: Fleet):
    settings = load_source(settings_file, {}, "acme")
    with open_backend(settings) as backend, odoo.faults.on(NoRight(model="hr.department")):
        backend.service().sync(Action.DEPARTMENTS, "anna")
        acme = only(fleet)
        assert acme.health is HealthLevel.WRONG
        assert "department" in acme.reason


def test_a_run_neither_waits_nor_fails_without_the_database_of_the_main_settings(
    settings_file: Path, mongo_uri: str, caplog: pytest.LogCaptureFixture
):
    own = settings_file.parent / "sources.d" / "acme.toml"
    own.write_text(own.read_text().replace("[mongo]", f'[mongo]\nuri = "{mongo_uri}"'))
    settings_file.write_text(settings_file.read_text().replace(mongo_uri, f"mongodb://127.0.0.1:{free_port()}"))
    with open_backend(load_source(settings_file, {}, "acme")) as backend:
        assert backend.service().sync(Action.DEPARTMENTS, "anna").outcome is Outcome.SUCCESS
    warnings = [each.message for each in caplog.records if "could not be reported" in each.message]
    assert len(warnings) == 1


def test_settings_of_no_source_report_nothing(settings_file: Path, odoo: DemoOdoo, fleet: Fleet):
    login = {"odoo.url": odoo.url, "odoo.database": odoo.database, "odoo.username": odoo.username}
    from odoo_sync_tui.settings.load import load_settings

    settings = load_settings(settings_file, login | {"odoo.api_key": odoo.api_key})
    with open_backend(settings) as backend:
        assert backend.service().sync(Action.DEPARTMENTS, "anna").outcome is Outcome.SUCCESS
    assert fleet().sources == ()
