"""All keys that the program prints, exports or stores, its exit codes, options, commands and settings, are as agreed.

Other programs, scripts and people rely on them. What is new or gone shows in ``keys.json``; a change that is meant is
written there with ``UPDATE_GOLDEN=1``.
"""

from __future__ import annotations

import csv
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from odoo_sync_tui.cli import exit_codes
from odoo_sync_tui.cli.main import main
from odoo_sync_tui.core.actions import Action
from odoo_sync_tui.core.audit.events import AuditQuery
from odoo_sync_tui.core.audit.export import ExportFormat, export_lines
from odoo_sync_tui.core.scope import Scope
from odoo_sync_tui.demo import DemoOdoo
from odoo_sync_tui.demo.faults import MissingModel, NoRight, PoisonRow
from odoo_sync_tui.settings.model import get_setting_fields
from odoo_sync_tui.settings.names import to_env_variable
from odoo_sync_tui.tui.app.theme import Preferences
from odoo_sync_tui.tui.commands.registry import COMMANDS
from tests.golden.scenes import Recorder
from tests.golden.shapes import Shape, assert_golden
from tests.support.world import World, world

SETTINGS = {
    "odoo__retry_seconds": 0.0,
    "sync__retire_min": 1,
    "sync__retire_percent": 0.0,
    "operator": "anna",
}
ELSEWHERE = "ODOO_SYNC_ODOO__URL"
ACCOUNTS = [["is_company", "=", True]]


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without settings, whose operator sits at it."""
    for name in [name for name in os.environ if name.startswith(("ODOO_SYNC_", "SSH_C"))]:
        monkeypatch.delenv(name)
    for kind in ("CONFIG", "STATE", "DATA"):
        monkeypatch.setenv(f"XDG_{kind}_HOME", str(tmp_path / kind.lower()))


@pytest.fixture
def here(machine: None, mongo_uri: str, database_name: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """The demo's world, which the environment variables point at."""
    with DemoOdoo(records=100) as odoo, world(mongo_uri, database_name, odoo, **SETTINGS) as parts:
        for name, value in parts.settings.items():
            monkeypatch.setenv(to_env_variable(name), str(value))
        yield parts


def test_exit_codes_options_commands_and_settings_are_as_agreed(
    machine: None, capsys: pytest.CaptureFixture[str], tmp_path: Path
):
    def usage(*words: str) -> tuple[str, str]:
        assert main([*words, "--help"]) == 0
        head, _, body = capsys.readouterr().out.partition("\n\n")
        return head, body

    commands = re.findall(r"^ {4}([a-z]+) ", usage()[1], re.MULTILINE)
    lines = [(), *((command,) for command in commands), ("config", "show"), ("config", "path")]
    Preferences(tmp_path / "state.json").save_theme("new", "old")
    assert_golden(
        {
            "exit codes": {name: code for name, code in vars(exit_codes).items() if type(code) is int},
            "command lines": {
                " ".join(["odoo-sync-tui", *words]): sorted(
                    set(re.findall(r"[-\w.=]+", usage(*words)[0].split(":")[1]))
                )
                for words in lines
            },
            "dashboard commands": {command.id: f"{command.key}; {command.extra_keys}" for command in COMMANDS},
            "dashboard state file": sorted(json.loads((tmp_path / "state.json").read_text())),
            "settings": {name: to_env_variable(name) for name in get_setting_fields()},
        }
    )


def test_everything_that_is_printed_exported_or_stored_has_the_agreed_keys(
    here: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    recorder = Recorder(here)
    run, odoo = recorder.command, here.odoo
    leads, accounts = odoo.search("crm.lead"), odoo.search("res.partner", ACCOUNTS)

    # An empty store, and a server that is not there.
    run("before the first run", "status", "--json")
    with monkeypatch.context() as patch:
        patch.setenv(ELSEWHERE, "http://127.0.0.1:9")
        run("no server", "sync", "departments", "--json")
    with monkeypatch.context() as patch:
        patch.setenv("ODOO_SYNC_ODOO__API_KEY", "0" * 40)
        run("wrong key", "sync", "departments", "--json")
    run("wrong option", "sync", "everything")
    run("after a failure", "status", "--json")

    # From here on the login is the one that other programs left in the database.
    names = ("url", "database", "username", "api_key")
    config = {name: str(here.settings[f"odoo.{name}"]) for name in names}
    here.database.integrations.update_one({"integration_type": "odoo"}, {"$set": {"config": config}})
    for name in names:
        monkeypatch.delenv(to_env_variable(f"odoo.{name}"))

    # First runs: users before their departments; rows, names, rights and models that fail.
    run("dry", "sync", "data-lake", "--dry-run", "--json")
    run("first", "sync", "users", "--json")
    run("first", "sync", "departments", "--json")
    with monkeypatch.context() as patch:
        patch.setenv("SSH_CONNECTION", "192.0.2.7 1 192.0.2.8 22")
        run("departments came", "sync", "users", "--json")
    unread = PoisonRow(model="crm.lead", record_id=leads[3], field_name="name")
    refused = (NoRight(model="account.move"), NoRight(model="crm.stage"), MissingModel(model="hr.employee"))
    with odoo.faults.on(unread, *refused):
        run("rows, a right and a model are lacking", "sync", "data-lake", "--json")
        run("in quarantine", "verify", "--json")
        run("in quarantine", "status", "--json")
        row = ("opportunities", str(leads[3]))
        run("in quarantine", "quarantine", "list", "--json")
        run("in quarantine", "quarantine", "show", *row, "--json")
        run("fails again", "quarantine", "retry", *row, "--json")
        run("in quarantine", "quarantine", "export")
        run("without a reason", "quarantine", "dismiss", *row, "--json")
        run("in quarantine", "quarantine", "dismiss", *row, "--reason", "nobody needs it", "--json")
        run("dismissed", "quarantine", "show", *row, "--json")
        run("dismissed", "quarantine", "dismiss", *row, "--undo", "--json")

    # A run that is watched, refused others, and is cancelled; one that is killed and continued.
    with recorder.held("sync", "data-lake", "--full", "--restart", "--json"):
        for command in ("status", "runs", "verify"):
            run("while a run is at work", command, "--json")
        run("while a run is at work", "sync", "departments", "--json")
        recorder.detached("waits", "sync", "departments", "--wait", "--detach", "--json", kill=True)
        run("of another run", "cancel", "nobody")
        run("of the run", "cancel", recorder.running()["_id"])
    with recorder.held("sync", "data-lake", "--full", "--restart", "--json", with_rate=False) as process:
        recorder.kill(process)
    run("after a death", "status", "--json")
    run("continues", "sync", "data-lake", "--full", "--json")
    recorder.detached("begins", "sync", "departments", "--detach", "--json")

    # Retirement: archived, gone, withheld, confirmed. A filter. A store that is not in step, and its repair.
    for model, numbers in (
        ("hr.department", None),
        ("hr.employee", None),
        ("crm.lead", leads),
        ("res.partner", accounts),
    ):
        odoo.archive(model, (numbers or odoo.search(model))[-1])
    invoice = here.database.data_lake_serving.find_one({"entity_type": "invoice"}) or {}
    odoo.delete("account.move", invoice["data"]["id"])
    for what in ("departments", "users", "data-lake"):
        run("archived", "sync", what, "--json")
    for number in accounts[:2]:
        odoo.delete("res.partner", number)
    run("retirement withheld", "sync", "data-lake", "--entity", "accounts", "--json")
    run("retirement confirmed", "sync", "data-lake", "--entity", "accounts", "--confirm-retire", "2", "--json")
    here.sync(Action.DATA_LAKE, Scope(entities=("accounts",), domain=(("id", ">", 0),)))
    asked_for = ("--id", str(accounts[5]), "--since", "90d", "--domain", '[["id", ">", 0]]')
    run("selected", "sync", "data-lake", "--entity", "accounts", *asked_for, "--json")
    run("wrong selection", "sync", "users", "--department", "Nowhere", "--json")
    here.database.data_lake_serving.delete_one({"data.id": accounts[5], "entity_type": "account"})
    run("out of step", "verify", "--json", "--full")
    run("repaired", "verify", "--json", "--repair")

    run("at rest", "status", "--json")
    run("at rest", "runs", "--json")
    (diagnosis,) = run("at rest", "doctor", "--json")
    run("at rest", "discover", "--rows", "--json")
    run("at rest", "discover", "res.partner", "--json")
    run("at rest", "config", "show", "--json")
    run("intact", "audit", "--verify", "--json")
    run("at rest", "entities", "--json")
    run("none", "alerts", "--json")
    run("nothing to see", "entities", "seen", "accounts", "--json")
    every = ("-o", "schedule.users.every=1h", "-o", "schedule.users.full_at=02:00")
    run("at rest", "schedule", *every, "--json")
    run("paused", "pause", "users", "--until", "2d", "--reason", "month end")
    run("paused", "schedule", *every, "--json")
    with monkeypatch.context() as patch:
        patch.setenv("ODOO_SYNC_ENTITIES__INVOICES__ENABLED", "false")
        run("one is off", "status", "--json")
        run("one is off", "entities", "drop", "invoices", "--yes", "--json")
    run("nobody acknowledged", "changes", "consumers", "--json")
    first, *_, last = run("at rest", "changes", "tail", "--entity", "opportunities", "--json")
    run("to an entry", "changes", "ack", "warehouse", str(first["id"]), "--json")
    run("too far", "changes", "ack", "warehouse", "1000000", "--json")
    run("one", "changes", "consumers", "--json")
    run("of a run", "changes", "--since", last["run_id"], "--json")
    run("at rest", "history", "opportunities", str(last["odoo_id"]), "--json")
    run("of nothing", "history", "opportunities", "1000000", "--json")
    run("as they are", "export", "opportunities")
    run("before the log", "export", "opportunities", "--as-of", "2000-01-01")
    here.database.sync_changes.delete_many({"_id": {"$lte": first["id"] + 1}})
    run("of a consumer that was away", "changes", "tail", "--consumer", "warehouse", "--limit", "1", "--json")
    backup = str(tmp_path / "lake.backup")
    run("to a file", "store", "backup", backup, "--json")
    run("not empty", "store", "restore", backup, "--json")
    run("in place of it", "store", "restore", backup, "--replace", "--yes", "--json")
    run("at rest", "audit", "--json", "--limit", "1000")
    events = here.backend.overview_queries.list_events(AuditQuery(), 1000).events
    here.database.audit_log.delete_one({"_id": here.last_event()["_id"]})
    here.database.audit_log.update_one({"chain_number": 1}, {"$set": {"user_id": "mallory"}})
    run("broken", "audit", "--verify", "--json")
    run("nothing to cancel", "cancel")

    lines = Shape()
    for line in export_lines(events, ExportFormat.JSON_LINES):
        lines.add(json.loads(line))
    assert_golden(
        {
            "collections and indexes": recorder.indexes(),
            "documents": {name: shape.as_dict() for name, shape in recorder.documents.items()},
            "doctor's checks": sorted(check["name"] for check in diagnosis["checks"]),
            "endings of commands": recorder.endings,
            "export as CSV": next(csv.reader(export_lines(events, ExportFormat.CSV))),
            "export as JSON Lines": lines.as_dict(),
            "output as JSON": {name: shape.as_dict() for name, shape in recorder.outputs.items()},
            "words": recorder.words(),
        }
    )
