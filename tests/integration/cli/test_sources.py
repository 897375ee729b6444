"""One command for many sources: three of them on one made-up Odoo, of which one is set up wrong."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from pymongo import MongoClient

from odoo_sync_tui.cli.commands.fleet.sources_sync import SourcesSync
from odoo_sync_tui.cli.parser import parse
from odoo_sync_tui.core.actions import Action
from odoo_sync_tui.demo import DemoOdoo
from odoo_sync_tui.demo.faults import Hang
from tests.integration.cli.in_process import run_here
from tests.support.processes import ROOT
from tests.support.slow import slow
from tests.support.sources import write_fleet, write_source
from tests.support.world import wait_until

SOURCES = ("alpha", "beta", "broken")


@pytest.fixture
def odoo() -> Iterator[DemoOdoo]:
    with DemoOdoo(records=20) as odoo:
        yield odoo


@pytest.fixture
def config(mongo_uri: str, database_name: str, odoo: DemoOdoo, tmp_path: Path) -> Iterator[Path]:
    """The main settings; "beta" alone has a tag, and "broken" has no key."""
    config = write_fleet(tmp_path, mongo_uri, f"{database_name}_main", {})
    for name, tags in {"beta": 'tags = ["gold"]', "alpha": "", "broken": ""}.items():
        file = write_source(config, name, odoo, database_name, tags)
    file.write_text(file.read_text().replace(odoo.api_key, ""))
    yield config
    with MongoClient[dict[str, Any]](mongo_uri) as client:
        for name in ("main", *SOURCES):
            client.drop_database(f"{database_name}_{name}")


def variables(config: Path) -> dict[str, str]:
    ours = {name: value for name, value in os.environ.items() if not name.startswith("ODOO_SYNC_")}
    places = {f"XDG_{kind}_HOME": str(config.parent / kind.lower()) for kind in ("CONFIG", "STATE", "DATA")}
    return {**ours, **places, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "error"}


def start(config: Path, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "odoo_sync_tui", "--config", str(config), *arguments]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, env=variables(config), process_group=0)


def run(config: Path, *arguments: str) -> tuple[int, str, str]:
    ended = run_here(["--config", str(config), *arguments], variables(config))
    return ended.returncode, ended.stdout, ended.stderr


def objects(out: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.splitlines()]


def test_each_source_has_one_line_in_the_order_of_their_names_and_a_broken_one_harms_no_other(config: Path) -> None:
    code, out, err = run(config, "sync", "departments", "--all", "--json")
    first, second, third = objects(out)
    assert [(each["source"], each["outcome"]) for each in (first, second, third)] == [
        ("alpha", "success"),
        ("beta", "success"),
        ("broken", "failed"),
    ]
    assert next(iter(first)) == "source"
    assert first["created"] == second["created"] > 0
    assert (third["kind"], "odoo.api_key" in third["error"]) == ("configuration", True)
    assert code == 2
    assert "alpha: departments: success in" in err
    assert err.splitlines()[-1] == "Exit code not 0 in 1 of 3 sources: broken (2)"


def test_check_says_one_line_of_each_and_ends_with_the_code_of_the_worst(config: Path, odoo: DemoOdoo) -> None:
    (config.parent / "sources.d" / "broken.toml").unlink()
    odoo.revoke_key()
    code, _, err = run(config, "sync", "departments", "--tag", "gold")
    assert (code, "beta: " in err, "alpha" in err) == (2, True, False)
    code, out, _ = run(config, "check", "departments", "--all")
    names, words = zip(*(line.split("ODOO SYNC ") for line in out.splitlines()), strict=True)
    assert [each.strip() for each in names] == ["alpha", "beta"]
    assert [each.partition(":")[0] for each in words] == ["NEVER SYNCED", "WRONG"]
    assert code == 2


def test_the_figures_of_all_sources_are_one_text_with_the_name_in_each_sample(config: Path) -> None:
    code, out, _ = run(config, "metrics", "--all")
    samples = [each for family in text_string_to_metric_families(out) for each in family.samples]
    held = {each.labels["source"] for each in samples if each.name == "odoo_sync_lease_held"}
    up = {each.labels["source"]: each.value for each in samples if each.name == "odoo_sync_source_up"}
    assert (code, held, up) == (2, {"alpha", "beta"}, {"alpha": 1, "beta": 1, "broken": 0})
    assert [each for each in samples if "source" not in each.labels] == []


def test_sources_that_are_named_are_the_ones(config: Path) -> None:
    _, out, _ = run(config, "check", "--sources=broken,alpha", "--json")
    assert [json.loads(line)["source"] for line in out.splitlines()] == ["alpha", "broken"]
    code, out, err = run(config, "status", "--sources", "alpha,nowhere")
    assert (code, out) == (2, "")
    assert "There is no source named nowhere." in err


def test_what_no_source_fits_is_refused_with_the_tags_that_there_are(config: Path, tmp_path: Path) -> None:
    code, out, err = run(config, "status", "--tag", "silver", "--json")
    (refusal,) = objects(out)
    assert (code, refusal["hint"]) == (2, "Known are: gold.")
    assert "No source has the tag silver." in err
    assert "broken" in err
    alone = tmp_path / "alone.toml"
    alone.touch()
    shutil.rmtree(config.parent / "sources.d")
    code, out, err = run(alone, "check", "--all")
    assert (code, out.startswith("ODOO SYNC UNKNOWN: There are no sources.")) == (3, True)


@pytest.mark.parametrize("number", [signal.SIGTERM, *slow([signal.SIGINT])])
def test_a_signal_ends_each_run_at_its_next_page_and_begins_no_other(
    config: Path, odoo: DemoOdoo, number: signal.Signals
) -> None:
    with config.open("a") as file:
        file.write("[fleet]\nprocesses = 1\n")
    with (
        odoo.faults.on(Hang(model="hr.department")),
        start(config, "sync", "departments", "--all", "--json") as process,
    ):
        wait_until(lambda: any(call.model == "res.users" for call in odoo.calls))
        process.send_signal(number)
        out, _ = process.communicate(timeout=60)
    assert process.returncode == 128 + number
    assert [(each["source"], each["outcome"]) for each in objects(out)] == [(name, "cancelled") for name in SOURCES]


def test_a_sync_that_the_screen_of_a_demo_has_started_ends_with_it(
    config: Path, odoo: DemoOdoo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    with odoo.faults.on(Hang(model="hr.department")):
        sync = SourcesSync(parse(["--config", str(config), "fleet"]), Action.DEPARTMENTS, ["alpha"])
        wait_until(lambda: any(call.model == "res.users" for call in odoo.calls))
        sync.stop()
        sync.wait()
    assert not sync.is_at_work
    assert sync.look().problems == {"alpha": "cancelled"}
