"""With which settings the dashboard opens, and which files of them it may write."""

from __future__ import annotations

import sys
import types
from collections.abc import Callable
from pathlib import Path

import pytest

from odoo_sync_tui.core.errors import ConfigurationError
from odoo_sync_tui.entities.declaration import EntityDeclaration
from odoo_sync_tui.runtime.paths import config_file
from odoo_sync_tui.settings.model import Settings
from odoo_sync_tui.settings.writer import write_declaration
from odoo_sync_tui.tui.backend import OwnSettings
from tests.unit.cli.conftest import Run


def test_without_a_terminal_the_dashboard_refuses_and_shows_the_way(run: Run):
    ended = run()
    assert (ended.code, ended.out) == (2, "")
    assert 'use "odoo-sync-tui status" and "odoo-sync-tui sync"' in ended.err


def test_the_dashboard_refuses_a_dumb_terminal(run: Run, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("odoo_sync_tui.cli.commands.dashboard.is_terminal", lambda: True)
    monkeypatch.setenv("TERM", "dumb")
    ended = run()
    assert ended.code == 2
    assert "TERM=dumb" in ended.err


def test_on_a_terminal_the_dashboard_opens_with_the_settings(run: Run, monkeypatch: pytest.MonkeyPatch):
    seen = []
    app = types.ModuleType("odoo_sync_tui.tui.startup")
    app.run_dashboard = lambda settings, look, examine, *, own_settings, start_detached, program, **more: (
        seen.append((settings(), look, next(examine()), own_settings, start_detached, program, more)) or 7
    )
    monkeypatch.setitem(sys.modules, "odoo_sync_tui.tui.startup", app)
    monkeypatch.setattr("odoo_sync_tui.cli.commands.dashboard.is_terminal", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    assert run("-o", "ui.environment=PROD").code == 7
    ((settings, look, check, own_settings, start_detached, program, more),) = seen
    assert program == ["odoo-sync-tui", "--set=ui.environment=PROD"]
    assert callable(start_detached)
    assert check.name == "settings.file"
    assert own_settings.path == str(config_file())
    assert (settings.ui.environment, look.environment, more["environment_note"]) == ("PROD", "PROD", "")


def test_a_table_that_is_saved_is_loaded_next_and_nothing_else_with_it(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    loaded: list[Settings] = []
    config = tmp_path / "settings.toml"
    config.write_text('[ui]\nenvironment = "PROD"\n')
    config.chmod(0o600)
    monkeypatch.chdir(tmp_path)
    orders, lines = EntityDeclaration("orders", "sale.order"), EntityDeclaration("lines", "sale.order.line")

    def run_dashboard(load: Callable[[], Settings], *_: object, own_settings: OwnSettings, **__: object) -> int:
        write_declaration(lines, config)  # by somebody else, meanwhile
        assert own_settings.save_table(orders) == tmp_path / "entities.d" / "orders.toml"
        loaded.append(load())
        with pytest.raises(ConfigurationError, match="orders already"):
            own_settings.save_table(orders)
        return 0

    app = types.ModuleType("odoo_sync_tui.tui.startup")
    app.run_dashboard = run_dashboard
    monkeypatch.setitem(sys.modules, "odoo_sync_tui.tui.startup", app)
    monkeypatch.setattr("odoo_sync_tui.cli.commands.dashboard.is_terminal", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    assert run("--config", "settings.toml").code == 0
    assert loaded[0].declared_entities == (orders,)
    assert loaded[0].ui.environment == "PROD"
