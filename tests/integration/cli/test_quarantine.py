"""``quarantine`` on real servers: listed by what is wrong, shown, tried again, dismissed, taken back, exported."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from odoo_sync_tui.cli.main import main
from odoo_sync_tui.core.actions import Action
from odoo_sync_tui.demo import DemoOdoo
from odoo_sync_tui.demo.faults import WrongValue
from tests.support.hostile_text import find_harm
from tests.support.processes import environment
from tests.support.world import World, world

HOSTILE = "Acme\x1b]52;c;aGk=\x07[/red]\u202e"
Command = Callable[..., int]


@pytest.fixture
def here(mongo_uri: str, database_name: str) -> Iterator[World]:
    with DemoOdoo(records=20) as odoo, world(mongo_uri, database_name, odoo) as parts:
        yield parts


@pytest.fixture
def command(here: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    for name, value in environment(here, tmp_path).items():
        monkeypatch.setenv(name, value)
    return lambda *words: main(["quarantine", *words])


@pytest.fixture
def broken(here: World) -> Iterator[int]:
    """An account that was set aside, with a name that would like to write to the terminal."""
    number = here.odoo.search("res.partner", [("is_company", "=", True)])[3]
    here.odoo.write("res.partner", number, {"name": HOSTILE})
    with here.odoo.faults.on(
        WrongValue(model="res.partner", record_id=number, field_name="customer_rank", value="many")
    ):
        here.sync(Action.DATA_LAKE)
        yield number


def test_a_row_is_listed_by_what_is_wrong_and_shown_beside_the_rule_that_it_breaks(
    command: Command, broken: int, capsys: pytest.CaptureFixture[str]
):
    assert command("list") == 0
    listed = capsys.readouterr().out
    assert "data_lake:accounts, 1: a value is not what its field allows (values)" in listed
    assert str(broken) in listed
    assert command("list", "--rule", "unique") == 0
    assert capsys.readouterr().out.startswith("no row")
    assert command("show", "accounts", str(broken)) == 0
    shown = capsys.readouterr().out
    marked = [line.split() for line in shown.splitlines() if line.startswith("> ")]
    assert marked == [[">", "customer_rank", '"many"']], shown
    assert "Correct it in Odoo." in shown
    assert "Acme" in shown
    assert find_harm(shown) == []


def test_named_rows_alone_are_tried_again(
    here: World, command: Command, broken: int, capsys: pytest.CaptureFixture[str]
):
    assert command("retry", "accounts", str(broken)) == 1
    assert "0 of 1 rows left the quarantine" in capsys.readouterr().err
    here.odoo.faults.clear()
    runs = here.database.sync_runs.count_documents({})
    assert command("retry", "accounts") == 0
    assert "1 of 1 rows left the quarantine" in capsys.readouterr().err
    assert here.lake("account", broken)["is_active"]
    newest = here.database.sync_runs.find_one(sort=[("started_at", -1)])
    assert newest is not None
    assert newest["result"]["created"] == newest["result"]["synced"] == 1
    assert here.database.sync_runs.count_documents({}) == runs + 1
    assert command("retry", "accounts") == 2
    assert command("retry", "accounts", "7") == 2


def test_rows_are_dismissed_with_a_reason_taken_back_and_exported(
    here: World, command: Command, broken: int, capsys: pytest.CaptureFixture[str]
):
    assert command("dismiss", "accounts", str(broken)) == 2
    assert command("dismiss", "accounts", "--reason", "why") == 2
    assert not here.database.sync_quarantine.count_documents({"dismissed": {"$ne": None}})
    assert command("dismiss", "accounts", str(broken), "--reason", "gone for good", "--user", "bert") == 0
    capsys.readouterr()
    assert command("list", "--json") == 0
    assert capsys.readouterr().out == ""
    assert command("export") == 0
    (row,) = map(json.loads, capsys.readouterr().out.splitlines())
    assert (row["odoo_id"], row["row"]["name"], row["rule"]) == (broken, HOSTILE, "values")
    assert (row["dismissal"]["by"], row["dismissal"]["reason"]) == ("bert", "gone for good")
    assert command("list") == 0
    assert "1 dismissed: --dismissed lists them" in capsys.readouterr().out
    assert command("dismiss", "accounts", str(broken), "--undo", "--json") == 0
    assert json.loads(capsys.readouterr().out) == {"entity": "accounts", "reopened": [broken]}
    assert command("list", "--dismissed") == 0
    assert capsys.readouterr().out.startswith("no row is dismissed")
