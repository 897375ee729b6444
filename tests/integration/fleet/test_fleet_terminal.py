"""The screen of all sources in a real terminal, on real stores: a sync of several, a dashboard, and the way back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient

from odoo_sync_tui.demo import DemoOdoo
from tests.support.pty_program import PtyProgram
from tests.support.sources import write_fleet

SOURCES = ("alpha", "beta", "broken")


@pytest.fixture
def config(mongo_uri: str, database_name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Main settings of three sources on one Odoo, of which one has no key."""
    for kind in ("CONFIG", "STATE", "DATA"):
        monkeypatch.setenv(f"XDG_{kind}_HOME", str(tmp_path / kind.lower()))
    with DemoOdoo(records=20) as odoo:
        config = write_fleet(tmp_path, mongo_uri, database_name, dict.fromkeys(SOURCES, odoo))
        broken = config.parent / "sources.d" / "broken.toml"
        broken.write_text(broken.read_text().replace(odoo.api_key, ""))
        yield config
    with MongoClient[dict[str, Any]](mongo_uri) as client:
        for name in SOURCES:
            client.drop_database(f"{database_name}_{name}")


def test_sources_are_synced_together_and_a_dashboard_leads_back(config: Path) -> None:
    with PtyProgram("-m", "odoo_sync_tui", "--config", str(config), columns=120, lines=40, LC_ALL="C.UTF-8") as program:
        program.wait_for("3 sources")
        program.type("a")
        program.wait_for("3 marked")
        program.type("d")
        program.wait_for("Sync departments of 3 sources")
        program.type("\x1b[D\r")
        program.wait_for("1 not in step: broken")
        assert "lacks odoo.api_key" in program.text()
        program.type("f" * 2)
        program.wait_for("2 of 3")
        program.type("\x1b[H\r")
        program.wait_for("alpha(?s:.*)Fleet")
        program.output = ""
        program.type("\x1b")
        program.wait_for("2 of 3")
        program.type("q")
        assert program.exit_code() == 0
