"""Completion in shells: each takes its script, and completes commands, options and entities by it."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from odoo_sync_tui.cli.main import main
from odoo_sync_tui.cli.options.setup import SHELLS
from odoo_sync_tui.cli.parser import build_parser

COMPLETE_IN_BASH = """
source "$1"; shift
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMP_LINE="$*"; COMP_POINT=${#COMP_LINE}
"$(complete -p odoo-sync-tui | sed 's/.*-F \\([^ ]*\\).*/\\1/')"
printf '%s\\n' "${COMPREPLY[@]}"
"""
DECLARED = '[entities.sale_orders]\nmodel = "sale.order"\n'


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("CONFIG", "STATE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def script(machine: Path, capsys: pytest.CaptureFixture[str]):
    """Writes the script of a shell, for settings that declare an entity."""
    settings = machine / "settings.toml"
    settings.write_text(DECLARED)
    (machine / "sources.d").mkdir()
    (machine / "sources.d" / "acme-be.toml").touch()

    def write(shell: str) -> Path:
        assert main(["--config", str(settings), "completion", shell]) == 0
        path = machine / f"completion.{shell}"
        path.write_text(capsys.readouterr().out)
        return path

    return write


def in_bash(script: Path, *words: str) -> list[str]:
    """What bash offers for the last word."""
    command = ["bash", "--norc", "-c", COMPLETE_IN_BASH, "bash", str(script), "odoo-sync-tui", *words]
    return subprocess.run(command, capture_output=True, text=True, check=True, cwd=script.parent).stdout.split()


@pytest.mark.skipif(not shutil.which("bash"), reason="needs bash")
def test_bash_completes_every_command_their_options_words_files_and_entities(script) -> None:
    path = script("bash")
    commands = next(each.choices for each in build_parser()._actions if each.dest == "command")
    assert in_bash(path, "") == list(commands)
    assert in_bash(path, "sy") == ["sync"]
    assert in_bash(path, "sync", "d") == ["departments", "data-lake"]
    assert in_bash(path, "sync", "data-lake", "--dr") == ["--dry-run"]
    assert in_bash(path, "sync", "data-lake", "--entity", "sale") == ["sale_orders"]
    assert in_bash(path, "history", "a") == ["accounts"]
    assert in_bash(path, "changes", "tail", "--entity", "inv") == ["invoices"]
    assert in_bash(path, "--config", "sett") == ["settings.toml"]
    assert in_bash(path, "status", "--source", "ac") == ["acme-be"]
    assert in_bash(path, "status", "--al") == ["--all"]


@pytest.mark.parametrize("shell", SHELLS)
def test_each_shell_takes_its_script_which_names_the_declared_entity(script, shell: str) -> None:
    if not shutil.which(shell):
        pytest.skip(f"needs {shell}")
    path = script(shell)
    checked = subprocess.run([shell, "-n", str(path)], capture_output=True, text=True, check=False)
    assert (checked.stderr, checked.returncode) == ("", 0)
    assert "sale_orders" in path.read_text()


@pytest.mark.skipif(not shutil.which("fish"), reason="needs fish")
def test_fish_completes_an_entity(script) -> None:
    command = f"source {script('fish')}; complete -C 'odoo-sync-tui sync data-lake --entity sale'"
    offered = subprocess.run(["fish", "--no-config", "-c", command], capture_output=True, text=True, check=True).stdout
    assert offered.split()[0] == "sale_orders"


def test_a_setting_that_is_wrong_is_said_in_place_of_a_script(machine: Path, capsys) -> None:
    (machine / "settings.toml").write_text("[entities.BAD]\n")
    code = main(["--config", str(machine / "settings.toml"), "completion", "bash"])
    assert (code, capsys.readouterr().out) == (2, "")
