"""``config``: what holds and why, without a secret."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from odoo_sync_tui.settings.load import build_settings_from_overrides
from tests.unit.cli.conftest import Run

KEY = "canary-of-the-key"


@pytest.fixture
def settings_file(machine: Path):
    path = machine / "config" / "odoo-sync-tui" / "settings.toml"
    path.parent.mkdir(parents=True)
    path.write_text('[odoo]\nurl = "https://odoo.example"\n[sync]\nblock_size = 7\n')
    return path


def lines_of(text: str):
    return {line.split()[0]: line.split(maxsplit=2)[1:] for line in text.splitlines()}


def test_config_names_the_origin_of_every_value(run: Run, settings_file: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ODOO_SYNC_SYNC__RETIRE_MIN", "3")
    shown = lines_of(run("config", "show", "-o", "ui.ascii=true").out)
    assert shown["odoo.url"] == ["https://odoo.example", f"file {settings_file}"]
    assert shown["sync.block_size"] == ["7", f"file {settings_file}"]
    assert shown["sync.retire_min"] == ["3", "environment variable ODOO_SYNC_SYNC__RETIRE_MIN"]
    assert shown["ui.ascii"] == ["true", "option --set ui.ascii"]
    assert shown["mongo.uri"] == ["embedded", "default"]
    assert set(shown) - {"setting"} == set(json.loads(run("config", "show", "--json").out))


def test_config_shows_entities_with_their_lists_as_they_can_be_set(run: Run, settings_file: Path):
    with settings_file.open("a") as file:
        file.write('[entities.orders]\nmodel = "sale.order"\nfields = ["*", "-note"]\n')
    shown = run("config", "show", "-o", 'entities.accounts.domain=[["city", "=", "Li\u00e8ge"]]').out.splitlines()
    lines = {line.split()[0]: line.split()[1:] for line in shown}
    assert lines["entities.orders.model"] == ["sale.order", "file", str(settings_file)]
    assert lines["entities.orders.fields"][:2] == ['["*",', '"-note"]']
    assert lines["entities.orders.on_new_fields"] == ["tell", "default"]
    assert " ".join(lines["entities.accounts.domain"]) == (
        '[["city", "=", "Li\u00e8ge"]] option --set entities.accounts.domain'
    )
    given = json.loads(run("config", "show", "--json").out)
    assert given["entities.orders.fields"]["value"] == ["*", "-note"]


def test_config_names_the_strongest_source_of_a_value(run: Run, settings_file: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ODOO_SYNC_SYNC__BLOCK_SIZE", "8")
    assert lines_of(run("config", "show").out)["sync.block_size"][1].startswith("environment variable")
    given = json.loads(run("config", "show", "--json", "-o", "sync.block_size=9").out)["sync.block_size"]
    assert given == {"value": 9, "set": True, "secret": False, "origin": "option --set sync.block_size"}


def test_config_tells_of_secrets_only_whether_and_where_they_are_set(
    run: Run, machine: Path, monkeypatch: pytest.MonkeyPatch
):
    file = machine / "key"
    file.write_text(KEY)
    file.chmod(0o600)
    monkeypatch.setenv("ODOO_SYNC_ODOO__API_KEY_FILE", str(file))
    monkeypatch.setenv("ODOO_SYNC_MONGO__URI", f"mongodb://anna:{KEY}@db/")
    text, given = run("config", "show").out, run("config", "show", "--json").out
    assert KEY not in text + given
    assert lines_of(text)["odoo.api_key"] == ["set", f"file {file}"]
    assert lines_of(text)["mongo.uri"] == ["set", "environment variable ODOO_SYNC_MONGO__URI"]
    assert json.loads(given)["odoo.api_key"] == {"value": None, "set": True, "secret": True, "origin": f"file {file}"}


def test_config_says_that_values_may_come_from_the_database(run: Run):
    shown = lines_of(run("config", "show").out)
    assert "integrations.config" in run("config", "show").out
    assert shown["odoo.api_key"][0] == "not"


def test_config_shows_a_connection_string_without_password(run: Run, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ODOO_SYNC_MONGO__URI", "mongodb://db.example/?replicaSet=rs0")
    assert "mongodb://db.example/?replicaSet=rs0" in run("config", "show").out


@pytest.mark.parametrize(
    "uri",
    [
        "mongodb://u:pä%40ss@db/",
        "mongodb://db/?tls=true&tlsCertificateKeyFilePassword=p%40ss",
        "mongodb://db/?authMechanismProperties=AWS_SESSION_TOKEN:p%40ss,X:y",
    ],
)
def test_a_connection_string_with_any_form_of_password_is_a_secret(uri: str):
    secrets = build_settings_from_overrides({"mongo.uri": uri}).collect_secrets()
    assert uri in secrets
    assert any("p@ss" in secret or "pä@ss" in secret for secret in secrets), "as it is meant"


def test_config_path_prints_the_path_of_the_settings_file(run: Run, settings_file: Path, machine: Path):
    ended = run("config", "path")
    assert (ended.code, ended.out, ended.err) == (0, f"{settings_file}\n", "")
    assert run("config", "path", "--config", "/nowhere/x.toml").out == "/nowhere/x.toml\n"
    settings_file.unlink()
    ended = run("config", "path")
    assert (ended.out, ended.err) == (f"{settings_file}\n", "There is no such file yet.\n")


def test_settings_count_after_config_and_after_its_second_word(run: Run):
    line = "config -o ui.theme=a -o ui.ascii=true show -o ui.theme=b"
    shown = lines_of(run(*line.split()).out)
    assert (shown["ui.theme"][0], shown["ui.ascii"][0]) == ("b", "true")


def test_config_alone_is_wrong_usage(run: Run):
    assert run("config").code == 2


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("odoo.api_key", "0123456789abcdef"),
        ("odoo.proxy", "http://me:0123456789abcdef@proxy.example"),
        ("mongo.uri", "mongodb://me:0123456789abcdef@db.example"),
    ],
)
def test_a_secret_on_the_command_line_is_refused_with_the_variable_that_takes_it(run: Run, name: str, value: str):
    ended = run("--set", f"{name}={value}", "config", "show")
    assert ended.code == 2
    assert "process list" in ended.err
    assert f"ODOO_SYNC_{name.upper().replace('.', '__')}_FILE" in ended.err
    assert "0123456789abcdef" not in ended.out + ended.err
