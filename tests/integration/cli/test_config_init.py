"""``config init`` against the demo Odoo: on a terminal, and without one."""

from __future__ import annotations

import os
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from odoo_sync_tui.demo import DemoOdoo
from odoo_sync_tui.settings.load import load_settings
from odoo_sync_tui.settings.writer import write_settings
from tests.integration.cli.in_process import run_here
from tests.support.pty_program import PtyProgram
from tests.support.slow import slow

PROGRAM = ("-m", "odoo_sync_tui", "config", "init")


@pytest.fixture(scope="module")
def odoo() -> Iterator[DemoOdoo]:
    with DemoOdoo(records=20) as server:
        yield server


@pytest.fixture(autouse=True)
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without settings."""
    for name in [name for name in os.environ if name.startswith("ODOO_SYNC_")]:
        monkeypatch.delenv(name)
    for kind in ("CONFIG", "STATE", "DATA"):
        monkeypatch.setenv(f"XDG_{kind}_HOME", str(tmp_path / kind.lower()))
    return tmp_path


@pytest.fixture
def settings_file(machine: Path) -> Path:
    return machine / "config" / "odoo-sync-tui" / "settings.toml"


@pytest.fixture
def key_file(odoo: DemoOdoo, machine: Path) -> Path:
    path = machine / "key"
    path.write_text(odoo.api_key)
    path.chmod(0o600)
    return path


def headless(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return run_here([*PROGRAM[2:], *arguments], {**os.environ, **environment})


def options(odoo: DemoOdoo, key_file: Path, mongo_uri: str) -> list[str]:
    return [
        *("--url", odoo.url, "--database", odoo.database, "--username", odoo.username),
        *("--api-key-file", str(key_file), "--mongo-uri", mongo_uri),
    ]


def answer(program: PtyProgram, question: str, text: str) -> str:
    """Answer a question; what the program has written since the last one."""
    shown = program.wait_for(question + r"[^\r]*:\r\n")
    program.output = ""
    program.type(text + "\r")
    return shown


def answer_all(program: PtyProgram, odoo: DemoOdoo, mongo_uri: str, key: str) -> str:
    """Answer all questions; what the program has written meanwhile."""
    answers = {
        "Address of Odoo": odoo.url,
        "Database of Odoo": odoo.database,
        "Odoo user": odoo.username,
        "API key": key,
        "MongoDB": mongo_uri,
    }
    return "".join(answer(program, question, text) for question, text in answers.items())


def test_the_answers_are_tried_and_written_and_the_key_is_never_shown(
    odoo: DemoOdoo, mongo_uri: str, settings_file: Path
):
    with PtyProgram(*PROGRAM) as program:
        shown = answer_all(program, odoo, mongo_uri, odoo.api_key)
        assert program.exit_code() == 0, program.text()
        shown += program.output
    assert str(settings_file) in shown.replace("\r\n", "")
    assert odoo.api_key not in shown
    loaded = load_settings()
    config = loaded.build_odoo_config(None)
    assert (config.url, config.database, config.username) == (odoo.url, odoo.database, odoo.username)
    assert config.api_key.get_secret_value() == odoo.api_key
    assert loaded.mongo.uri.get_secret_value() == mongo_uri
    assert {stat.S_IMODE(each.stat().st_mode) for each in settings_file.parent.iterdir()} == {0o600}


def test_a_wrong_answer_is_explained_and_asked_for_again(odoo: DemoOdoo, mongo_uri: str):
    with PtyProgram(*PROGRAM, "--no-test") as program:
        program.wait_for("Address of Odoo")
        program.type("odoo.example.com\r")
        program.wait_for("an address like https://odoo.example.com is accepted")
        program.type(f"{odoo.url}\r")
        answer(program, "Database of Odoo", "")
        program.wait_for("cannot do without it")
        program.type("acme\r")
        answer(program, "Odoo user", "anna")
        answer(program, "API key", "key-of-anna")
        answer(program, "MongoDB", mongo_uri)
        assert program.exit_code() == 0
    assert load_settings().build_odoo_config(None).database == "acme"


def test_what_odoo_refuses_is_said_and_asked_for_again(odoo: DemoOdoo, mongo_uri: str, settings_file: Path):
    with PtyProgram(*PROGRAM) as program:
        answer_all(program, odoo, mongo_uri, "0" * 40)
        program.wait_for("Enter: answer again")
        assert "key" in program.text()
        assert not settings_file.exists()
        program.type("\r")
        for question in ("Address", "Database", "Odoo user"):
            answer(program, question, "")  # as before
        answer(program, "API key", odoo.api_key)
        answer(program, "MongoDB", "")
        assert program.exit_code() == 0, program.text()
    assert load_settings().build_odoo_config(None).api_key.get_secret_value() == odoo.api_key


def test_what_a_server_refuses_may_be_written_all_the_same(odoo: DemoOdoo, mongo_uri: str):
    with PtyProgram(*PROGRAM) as program:
        answer_all(program, odoo, mongo_uri, "0" * 40)
        program.wait_for("Enter: answer again")
        program.type("save\r")
        assert program.exit_code() == 0
    assert load_settings().build_odoo_config(None).api_key.get_secret_value() == "0" * 40


@pytest.mark.parametrize("asked", ["API key", *slow(["Address of Odoo"])])
def test_control_c_writes_nothing(odoo: DemoOdoo, machine: Path, asked: str):
    with PtyProgram(*PROGRAM) as program:
        for question, text in (("Address of Odoo", odoo.url), ("Database of Odoo", "acme"), ("Odoo user", "anna")):
            if question == asked:
                break
            answer(program, question, text)
        program.wait_for(asked + r"[^\r]*:\r\n")
        program.type("\x03")
        assert program.exit_code() == 130
    assert not (machine / "config").exists()
    assert "Traceback" not in program.output


def test_without_a_terminal_the_options_are_enough(odoo: DemoOdoo, key_file: Path, mongo_uri: str, settings_file: Path):
    ended = headless(*options(odoo, key_file, mongo_uri))
    assert (ended.returncode, ended.stdout) == (0, f"{settings_file} is written.\n"), ended.stderr
    assert load_settings().build_odoo_config(None).api_key.get_secret_value() == odoo.api_key
    assert [each.name for each in settings_file.parent.iterdir()] == ["settings.toml"]  # it names the key's file


def test_an_existing_file_is_refused_before_anything_is_asked(settings_file: Path):
    write_settings(settings_file, {"odoo.database": "acme"})
    before = settings_file.read_text()
    with PtyProgram(*PROGRAM) as program:
        assert program.exit_code() == 2
    assert "Edit it" in program.output
    assert "Address of Odoo" not in program.output
    assert settings_file.read_text() == before


def test_without_a_terminal_what_is_missing_is_named(odoo: DemoOdoo, machine: Path):
    ended = headless("--url", odoo.url, "--no-test")
    assert ended.returncode == 2
    assert "--database --username --api-key-file" in ended.stderr
    assert not (machine / "config").exists()


def test_without_a_terminal_a_refused_key_writes_nothing_unless_it_is_not_tried(
    odoo: DemoOdoo, key_file: Path, mongo_uri: str, settings_file: Path
):
    key_file.write_text("0" * 40)
    ended = headless(*options(odoo, key_file, mongo_uri))
    assert ended.returncode == 2
    assert "--no-test" in ended.stderr
    assert not settings_file.exists()
    assert headless(*options(odoo, key_file, mongo_uri), "--no-test").returncode == 0
    assert settings_file.exists()


def test_a_server_that_cannot_be_reached_now_may_be_tried_again(key_file: Path, odoo: DemoOdoo, mongo_uri: str):
    given = options(odoo, key_file, mongo_uri)
    given[1] = "http://127.0.0.1:9"
    assert headless(*given).returncode == 3


def test_a_password_in_the_mongodb_address_is_refused_on_the_command_line(odoo: DemoOdoo, key_file: Path):
    ended = headless(*options(odoo, key_file, "mongodb://anna:hunter2@db.example/"))
    assert ended.returncode == 2
    assert "--mongo-uri-file" in ended.stderr
    assert "hunter2" not in ended.stderr


def test_a_variable_that_counts_more_than_the_file_is_named(odoo: DemoOdoo, key_file: Path, mongo_uri: str):
    given = [*options(odoo, key_file, mongo_uri), "--no-test"]
    ended = headless(*given, ODOO_SYNC_ODOO__DATABASE="another", ODOO_SYNC_ODOO__USERNAME=odoo.username)
    assert ended.returncode == 0
    assert "ODOO_SYNC_ODOO__DATABASE is set" in ended.stderr
    assert "ODOO_SYNC_ODOO__USERNAME" not in ended.stderr
