"""``alerts`` and ``alerts test``: who is told, and whether they take it."""

from __future__ import annotations

import json

import pytest

from odoo_sync_tui.cli.main import main


def test_receivers_are_listed_and_tested(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    assert main(["alerts", "test"]) == 2
    assert "The settings name nobody to tell." in capsys.readouterr().err
    monkeypatch.setenv("ODOO_SYNC_ALERTS__2__COMMAND", '["/bin/sh", "-c", "exit 4"]')
    monkeypatch.setenv("ODOO_SYNC_ALERTS__1__COMMAND", '["/bin/cat"]')
    monkeypatch.setenv("ODOO_SYNC_ALERTS__1__ON", '["failed", "drift"]')
    monkeypatch.setenv("ODOO_SYNC_ALERTS__10__PING", "http://127.0.0.1:9/canary")
    assert main(["alerts"]) == 0
    assert [line.split(maxsplit=2) for line in capsys.readouterr().out.splitlines()][1:] == [
        ["alerts.1", "command", "drift, failed"],
        ["alerts.2", "command", "drift, expires, failed, late, partial, recovered, withheld"],
        ["alerts.10", "ping", "each success"],
    ]
    assert main(["alerts", "test", "--json"]) == 1
    out = capsys.readouterr().out
    assert [(each["name"], each["way"], each["failure"]) for each in json.loads(out)["alerts"]] == [
        ("alerts.1", "command", ""),
        ("alerts.2", "command", "the command ended with 4"),
        ("alerts.10", "ping", "it cannot be reached (NewConnectionError)"),
    ]
    assert "canary" not in out
    assert main(["alerts", "test"]) == 1
    assert "taken" in capsys.readouterr().out
