"""``fleet``: the state of all sources, as their runs have written it to a real mongod."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from odoo_sync_tui.cli.main import main
from odoo_sync_tui.core.reports.fleet import SourceProgress, SourceState
from odoo_sync_tui.core.reports.health import HealthLevel
from odoo_sync_tui.store.fleet.store import open_fleet_store
from tests.support.store import config

FleetCommand = Callable[..., tuple[int, str]]

SOURCE = """
tags = ["gold"]
zone = "eu"
[odoo]
url = "https://{name}.example.com"
database = "{name}"
username = "sync"
api_key = "key-of-{name}"
[mongo]
database = "lake_{name}"
"""


@pytest.fixture
def fleet(mongo_uri: str, database_name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FleetCommand:
    """Four sources: one late, one in step and at work, one that never ran, and one without an address."""
    for name in ("acme", "beta", "new", "broken"):
        text = SOURCE.format(name=name) if name != "broken" else "tags = []"
        path = tmp_path / "sources.d" / f"{name}.toml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        path.chmod(0o600)
    settings = tmp_path / "settings.toml"
    settings.write_text(f'mongo.uri = "{mongo_uri}"\nmongo.database = "{database_name}"\n')
    settings.chmod(0o600)
    with open_fleet_store(config(mongo_uri, database_name)) as store:
        now = store.sources.read().at
        acme = SourceState("acme", HealthLevel.IN_STEP, last_success=now, documents=1200, where="box")
        store.sources.save(replace(acme, late_at=now - timedelta(hours=1)))
        store.sources.save(replace(acme, name="beta", running=SourceProgress("sync_users", "r1", now, 5, 10)))
        store.sources.save(replace(acme, name="gone"))

    def run(*options: str) -> tuple[int, str]:
        out = io.StringIO()
        with redirect_stdout(out), redirect_stderr(io.StringIO()):
            code = main([f"--config={settings}", "fleet", *options])
        return code, out.getvalue()

    return run


def test_json_has_a_line_for_each_source_the_worst_first(fleet: FleetCommand) -> None:
    code, out = fleet("--json")
    lines: list[dict[str, Any]] = [json.loads(line) for line in out.splitlines()]
    assert code == 0
    assert [(line["source"], line["state"]) for line in lines] == [
        ("broken", "wrong"),
        ("acme", "late"),
        ("new", "never synced"),
        ("beta", "in step"),
    ]
    broken, acme, new, beta = lines
    assert "lacks odoo.url" in broken["reason"]
    assert (acme["is_late"], acme["documents"], acme["where"], acme["tags"]) == (True, 1200, "box", ["gold"])
    assert 0 <= acme["age"] < 60
    assert (new["at"], new["age"], new["zone"]) == (None, None, "eu")
    assert (beta["running"]["action"], beta["running"]["done"], beta["is_old"]) == ("sync_users", 5, False)


def test_without_a_terminal_there_is_a_table(fleet: FleetCommand) -> None:
    code, out = fleet()
    header, *lines = out.splitlines()
    assert code == 0
    assert header.split()[:2] == ["source", "state"]
    assert [line.split()[0] for line in lines] == ["broken", "acme", "new", "beta"]
    assert "5 of 10 rows" in lines[-1]


def test_without_sources_the_answer_says_how_to_make_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = tmp_path / "settings.toml"
    settings.write_text("")
    assert main([f"--config={settings}", "fleet"]) == 2
    assert "sources.d/NAME.toml" in capsys.readouterr().err
