"""A first start of the dashboard with nothing set, on a real terminal: the demo Odoo is all that is there."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from odoo_sync_tui.demo import DemoOdoo
from odoo_sync_tui.settings.load import load_settings
from tests.integration.cli.in_process import run_here
from tests.support.pty_program import PtyProgram

RECORDS = 20


@pytest.fixture
def odoo() -> Iterator[DemoOdoo]:
    with DemoOdoo(records=RECORDS) as server:
        yield server


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A machine without settings, on which our own MongoDB has a short way to its socket."""
    for name in [name for name in os.environ if name.startswith("ODOO_SYNC_")]:
        monkeypatch.delenv(name)
    with tempfile.TemporaryDirectory(prefix="ost-") as place:
        for kind in ("CONFIG", "STATE", "DATA"):
            monkeypatch.setenv(f"XDG_{kind}_HOME", str(Path(place, kind.lower())))
        yield Path(place)


def status() -> dict:
    return json.loads(run_here(["status", "--json"]).stdout)


def test_nothing_set_leads_by_the_dialog_to_a_first_sync_without_leaving_the_screen(odoo: DemoOdoo, home: Path):
    with PtyProgram("-m", "odoo_sync_tui", columns=120, lines=40) as program:
        program.wait_for("no Odoo is set")
        program.type("S")
        program.wait_for("Connect to Odoo")
        for text in (odoo.url, odoo.database, odoo.username, odoo.api_key, ""):
            program.type(f"{text}\r")
        program.wait_for("press ")  # which key starts a sync
        program.output, before = "", program.output
        program.type("l")
        program.wait_for("in step")
        program.type("q")
        assert program.exit_code() == 0
    assert odoo.api_key not in before + program.output
    assert load_settings().build_odoo_config(None).api_key.get_secret_value() == odoo.api_key
    assert odoo.api_key not in "".join(each.read_text(errors="replace") for each in (home / "state").rglob("*.log"))
    accounts = next(each for each in status()["entities"] if each["name"] == "data_lake:accounts")
    assert accounts["active"] + accounts["inactive"] == RECORDS
