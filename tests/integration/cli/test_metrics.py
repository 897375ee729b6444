"""Figures for Prometheus: printed, and in a file that is there after each run and during one."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from odoo_sync_tui.cli.main import main
from odoo_sync_tui.core.actions import Action, Outcome
from odoo_sync_tui.core.progress import RunProgress
from odoo_sync_tui.core.result import EntityState
from odoo_sync_tui.demo import DemoOdoo
from odoo_sync_tui.demo.faults import PoisonRow
from odoo_sync_tui.pipeline.queries.metrics import EXPIRY, GAUGES, SOURCE_UP, MetricsFile
from tests.support.processes import environment
from tests.support.world import World, wait_until, world

Figures = Mapping[tuple[str, ...], float]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "odoo_sync.prom"


@pytest.fixture
def here(mongo_uri: str, database_name: str, path: Path) -> Iterator[World]:
    settings = {"metrics__textfile": str(path), "schedule__users__every": "15m"}
    with DemoOdoo(records=20) as odoo, world(mongo_uri, database_name, odoo, **settings) as parts:
        yield parts


def figures(text: str) -> Figures:
    """The value of each sample by its name without the prefix, and its labels in their order."""
    samples = [each for family in text_string_to_metric_families(text) for each in family.samples]
    return {(each.name.removeprefix("odoo_sync_"), *each.labels.values()): each.value for each in samples}


def state_of(found: Figures, name: str, sync: str) -> list[str]:
    return [labels[1] for (metric, *labels), value in found.items() if metric == name and labels[0] == sync and value]


def test_metrics_prints_what_an_alert_wants_to_know(here: World, capsys, monkeypatch, tmp_path: Path) -> None:
    here.sync(Action.DEPARTMENTS)
    with here.odoo.faults.on(PoisonRow(model="hr.employee", record_id=3)):
        result = here.sync(Action.USERS)
    here.backend.service().pause("anna", Action.DEPARTMENTS, "month end")
    for name, value in environment(here, tmp_path).items():
        monkeypatch.setenv(name, value)
    assert main(["metrics"]) == 0
    found, counts = figures(capsys.readouterr().out), result.entities["users"].counts
    assert found["last_run_rows", "users", "users", "created"] == counts.created > 0
    assert found["documents", "users", "users", "active"] > 0
    assert found["quarantined_rows", "users", "users"] == counts.quarantined == 1
    assert state_of(found, "health_state", "users") == ["attention"]
    assert state_of(found, "last_run_state", "users") == ["partial"]
    assert state_of(found, "health_state", "data-lake") == ["never synced"]
    assert found["paused", "departments"] == 1
    assert found["late", "users"] == found["paused", "users"] == found["lease_held",] == 0
    assert found["late_after_seconds", "users"] == 30 * 60
    run = here.database.sync_runs.find_one({"action": str(Action.USERS)})
    assert run is not None
    assert found["last_run_timestamp_seconds", "users"] == run["finished_at"].timestamp()
    assert found["due_timestamp_seconds", "users"] == run["started_at"].timestamp() + 15 * 60
    assert ("last_success_timestamp_seconds", "users") not in found


def test_the_file_is_there_after_each_run_for_everybody_to_read(here: World, path: Path) -> None:
    here.sync(Action.DEPARTMENTS)
    assert path.stat().st_mode & 0o777 == 0o644
    assert state_of(figures(path.read_text()), "last_run_state", "departments") == ["success"]
    here.sync(Action.USERS)
    assert state_of(figures(path.read_text()), "last_run_state", "users") == ["success"]
    assert [each.name for each in path.parent.iterdir() if each.suffix != ".prom"] == []


def test_the_file_is_written_while_a_run_is_at_work_and_holds_every_metric_then(here: World, path: Path) -> None:
    here.sync(Action.USERS)
    seen: list[Figures] = []

    def wait_for_it(progress: RunProgress) -> None:
        if not seen and any(each.state is not EntityState.WAITING for each in progress.entities):
            wait_until(lambda: ("run_rows", "users", "users") in figures(path.read_text()))
            seen.append(figures(path.read_text()))

    read = partial(here.backend.overview_queries.get_overview, 1)
    with MetricsFile(path, read, interval=0.05).keep_fresh():
        here.sync(Action.USERS, on_progress=wait_for_it)
    assert seen[0]["running", "users"] == seen[0]["lease_held",] == 1
    always = {each.name.removeprefix("odoo_sync_") for each in GAUGES if each not in {EXPIRY, SOURCE_UP}}
    assert {name for name, *_ in seen[0]} >= always
    assert figures(path.read_text())["running", "users"] == 0


def test_a_file_that_cannot_be_written_is_logged_and_the_run_goes_on(here: World, path: Path, caplog) -> None:
    path.mkdir()  # stands where the file should be
    with caplog.at_level(logging.WARNING):
        result = here.sync(Action.DEPARTMENTS)
    assert result.outcome is Outcome.SUCCESS
    assert str(path) in caplog.text
