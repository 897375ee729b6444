"""``discover`` against the demo Odoo: as a person and a program see it, with and without a MongoDB."""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pymongo.database import Database

from odoo_sync_tui.cli.main import main
from odoo_sync_tui.demo import DemoOdoo
from odoo_sync_tui.demo.faults import NoRight
from odoo_sync_tui.settings.load import load_settings
from odoo_sync_tui.settings.names import to_env_variable
from tests.support.pty_program import PtyProgram

Run = Callable[..., tuple[int, str, str]]
NO_SERVER = "mongodb://127.0.0.1:9"


@pytest.fixture(scope="module")
def odoo() -> Iterator[DemoOdoo]:
    with DemoOdoo(records=120) as server:
        yield server


@pytest.fixture(autouse=True)
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, odoo: DemoOdoo) -> Path:
    """A machine whose settings hold the login of Odoo, and a MongoDB that is not there."""
    for name in [name for name in os.environ if name.startswith("ODOO_SYNC_")]:
        monkeypatch.delenv(name)
    for kind in ("CONFIG", "STATE", "DATA"):
        monkeypatch.setenv(f"XDG_{kind}_HOME", str(tmp_path / kind.lower()))
    values = {"url": odoo.url, "database": odoo.database, "username": odoo.username, "api_key": odoo.api_key}
    for name, value in values.items():
        monkeypatch.setenv(to_env_variable(f"odoo.{name}"), value)
    monkeypatch.setenv("ODOO_SYNC_MONGO__URI", NO_SERVER)
    return tmp_path


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def run(*arguments: str) -> tuple[int, str, str]:
        code = main(["discover", *arguments])
        return (code, *capsys.readouterr())

    return run


def objects(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_all_models_are_listed_without_a_mongodb(run: Run) -> None:
    code, out, err = run("--json")
    assert (code, err) == (0, "")
    models = {each["model"]: each for each in objects(out)}
    assert models["res.partner"] == {
        "model": "res.partner",
        "label": "Contact",
        "rows": None,
        "newest": None,
        "entity": ["accounts"],
    }
    assert models["hr.employee"]["entity"] == ["users", "lake_users"]
    assert models["crm.stage"]["entity"] == []


def test_rows_are_those_that_odoo_holds_and_models_without_any_come_last(run: Run, odoo: DemoOdoo) -> None:
    for each in odoo.search("crm.tag"):
        odoo.delete("crm.tag", each)
    models = objects(run("--rows", "--json")[1])
    assert {each["model"]: each["rows"] for each in models} == {
        each["model"]: odoo.count(each["model"]) for each in models
    }
    assert models[-1]["model"] == "crm.tag"
    assert [bool(each["newest"]) for each in models] == [True] * (len(models) - 1) + [False]


def test_a_declared_entity_is_told_by_its_name(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ODOO_SYNC_ENTITIES__STEPS__MODEL", "crm.stage")
    models = {each["model"]: each["entity"] for each in objects(run("--json")[1])}
    assert models["crm.stage"] == ["steps"]
    assert run("crm.stage")[1].splitlines()[0].endswith("; entity steps")


def test_the_declaration_of_a_model_loads_as_settings(run: Run, machine: Path) -> None:
    code, out, _ = run("crm.lead", "--toml")
    assert code == 0
    path = machine / "settings.toml"
    path.write_text(out)
    (declared,) = load_settings(path).declared_entities
    assert (declared.name, declared.model, declared.fields) == ("lead", "crm.lead", ("*",))
    assert '# "tag_ids",  # Tags (crm.tag)' in out
    taken = tomllib.loads(out.replace('# "tag_ids"', '"tag_ids"'))
    assert taken["entities"]["lead"]["fields"] == ["*", "tag_ids"]


def test_a_saved_declaration_is_an_entity_from_then_on(run: Run) -> None:
    code, out, _ = run("crm.stage", "--save", "steps")
    assert code == 0
    assert Path(out.strip()).exists()
    assert [each.model for each in load_settings().declared_entities] == ["crm.stage"]
    assert "entity steps" in run("crm.stage")[1]
    assert run("crm.stage", "--save", "steps")[0] == 2


@pytest.mark.parametrize(
    ("model", "guess"), [("crm.stages", "crm.stage"), ("Res Partner", "res.partner"), ("../crm.lead", "crm.lead")]
)
def test_a_misspelt_model_gets_the_nearest_names(run: Run, model: str, guess: str) -> None:
    code, out, err = run(model)
    assert (code, out) == (2, "")
    assert f"has no model {model}. Did you mean {guess}" in err


def test_a_model_that_is_not_installed_says_what_brings_it(run: Run) -> None:
    code, _, err = run("helpdesk.ticket")
    assert code == 2
    assert "Install the Odoo application that brings it" in err


def test_a_model_without_rights_is_one_sentence(run: Run, odoo: DemoOdoo) -> None:
    with odoo.faults.on(NoRight(model="crm.lead")):
        code, out, err = run("crm.lead")
        assert (code, out, err.count("\n")) == (1, "", 1)
        assert "may not read crm.lead" in err
        assert "crm.lead" not in {each["model"] for each in objects(run("--json")[1])}


def test_a_server_that_is_away_ends_with_3(run: Run) -> None:
    assert run("-o", "odoo.url=http://127.0.0.1:9", "-o", "odoo.retry_seconds=0")[0] == 3


class TestStoredLogin:
    @pytest.fixture(autouse=True)
    def stored(
        self, monkeypatch: pytest.MonkeyPatch, odoo: DemoOdoo, mongo_uri: str, database: Database[dict[str, Any]]
    ) -> None:
        """The login of Odoo stands in MongoDB alone."""
        names = ("url", "database", "username", "api_key")
        for name in names:
            monkeypatch.delenv(to_env_variable(f"odoo.{name}"))
        monkeypatch.setenv("ODOO_SYNC_MONGO__URI", mongo_uri)
        monkeypatch.setenv("ODOO_SYNC_MONGO__DATABASE", database.name)
        config = {name: getattr(odoo, name) for name in names}
        database.integrations.insert_one({"integration_type": "odoo", "enabled": True, "config": config})

    def test_it_is_used_and_nothing_is_written(self, run: Run, database: Database[dict[str, Any]]) -> None:
        before = {name: list(database[name].find()) for name in database.list_collection_names()}
        assert run("crm.stage")[0] == 0
        assert {name: list(database[name].find()) for name in database.list_collection_names()} == before

    def test_a_login_that_is_set_nowhere_is_a_sentence(self, run: Run, database: Database[dict[str, Any]]) -> None:
        database.integrations.delete_many({})
        code, out, err = run()
        assert (code, out) == (2, "")
        assert "odoo.url, odoo.database, odoo.username, odoo.api_key are not set" in err


@pytest.mark.parametrize(("columns", "is_cut"), [(40, True), (120, False)])
def test_no_line_is_wider_than_the_terminal(columns: int, is_cut: bool) -> None:
    with PtyProgram("-m", "odoo_sync_tui", "discover", "crm.lead", columns=columns) as program:
        assert program.exit_code() == 0
    _, head, table = program.output.replace("\r\n", "\n").partition("field ")
    lines = f"{head}{table}".splitlines()
    assert len(lines) > 20
    assert max(map(len, lines)) <= columns
    assert any(line.endswith(">") for line in lines) == is_cut
