"""The program where something is missing around it: it is done without, or a sentence and exit code 2 say so."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from itertools import product
from pathlib import Path

import pytest

from tests.support.slow import slow

ROOT = Path(__file__).parents[3]
NOBODY = """
import pwd, sys
def unknown(uid):
    raise KeyError(uid)
pwd.getpwuid = unknown
from odoo_sync_tui.__main__ import run_program
run_program()
"""


def program(place: Path, *words: str, code: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
    """The program with these variables and no others."""
    start = ["-c", code] if code else ["-m", "odoo_sync_tui"]
    environment = {"PYTHONPATH": str(ROOT), "PATH": os.defpath, **variables}
    command = [sys.executable, *start, *words]
    return subprocess.run(command, cwd=place, env=environment, capture_output=True, text=True, check=False)


def shell(place: Path, line: str) -> subprocess.CompletedProcess[str]:
    """The program, as ``$RUN`` of a shell's line."""
    environment = {
        "PYTHONPATH": str(ROOT),
        "PATH": os.defpath,
        "HOME": str(place),
        "RUN": f"{sys.executable} -m odoo_sync_tui",
        "ODOO_SYNC_MONGO__URI": "mongodb://127.0.0.1:9/",
        "ODOO_SYNC_MONGO__TIMEOUT_SECONDS": "0.1",
    }
    return subprocess.run(["sh", "-c", line], cwd=place, env=environment, capture_output=True, text=True, check=False)


def test_a_user_without_home_and_without_a_name_has_settings_and_leaves_nothing_behind(tmp_path: Path):
    ended = program(tmp_path, "config", "show", code=NOBODY)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert re.search(rf"^operator +uid {os.getuid()} ", ended.stdout, re.MULTILINE)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({}, "no home directory|home directory"),
        ({"ODOO_SYNC_MONGO__DATA_DIR": "~/mongo"}, "mongo.data_dir is"),
        ({"ODOO_SYNC_MONGO__URI_FILE": "~/uri"}, "ODOO_SYNC_MONGO__URI_FILE names ~/uri"),
        ({"HOME": "/proc/1/nothing"}, "/proc/1/nothing"),
    ],
    ids=str,
)
def test_a_place_that_is_needed_and_is_not_there_is_exit_code_2(tmp_path: Path, variables: dict[str, str], words: str):
    ended = program(tmp_path, "status", code=NOBODY, **variables)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert re.search(words, ended.stderr)
    assert "unexpected" not in ended.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "variables",
    [
        {"LC_ALL": "C"},
        {"TZ": "Mars/Phobos:::x", "LANG": "xx_XX.bogus", "XDG_STATE_HOME": "/proc/1/x"},
        *slow([{"TZ": "Mars/Phobos:::x"}, {"LANG": "xx_XX.bogus"}, {"XDG_STATE_HOME": "/proc/1/x"}]),
    ],
    ids=str,
)
def test_what_is_odd_in_the_environment_is_done_without(tmp_path: Path, variables: dict[str, str]):
    ended = program(tmp_path, "config", "show", HOME=str(tmp_path), **variables)
    assert (ended.returncode, ended.stderr) == (0, "")


def test_a_working_directory_that_was_removed_is_done_without(tmp_path: Path):
    ended = shell(tmp_path, "mkdir gone && cd gone && rmdir ../gone && exec $RUN config show")
    assert (ended.returncode, ended.stderr) == (0, "")


CODES = {"config show": 0, "--help": 0, "bogus": 2, "status": 3, "": 2, "status --json": 3}
STREAMS = ("<&-", ">&-", "2>&-", "<&- >&- 2>&-")
PLAIN = (
    ("config show", ">&-"), ("bogus", "2>&-"), ("status --json", "2>&-"), ("", "<&- >&- 2>&-"), ("status", "<&-"),
    ("--help", ">&-"),
)  # fmt: skip
"""Each command once, and each stream: what one command prints, another does, and by the same way out."""


@pytest.mark.parametrize(
    ("command", "closing"), [*PLAIN, *slow(each for each in product(CODES, STREAMS) if each not in PLAIN)]
)
def test_a_standard_stream_that_is_closed_changes_no_exit_code(tmp_path: Path, command: str, closing: str):
    ended = shell(tmp_path, f"exec $RUN {command} {closing}")
    assert ended.returncode == CODES[command], ended.stderr
    assert "Traceback" not in ended.stderr
    if "2>&-" in closing:
        assert "odoo-sync-tui: error" not in ended.stdout, "messages took the place of data"


@pytest.mark.parametrize("command", ["docs", "config show --json", *slow(["config show", "--help", "--version"])])
def test_an_output_that_cannot_be_written_is_a_sentence_and_no_crash(tmp_path: Path, command: str):
    ended = shell(tmp_path, f"exec $RUN {command} >/dev/full")
    assert ended.returncode == 2
    assert ended.stderr == (
        "odoo-sync-tui: The output could not be written: No space left on device."
        " Make room where it goes, or send it elsewhere.\n"
    )


def test_messages_that_cannot_be_written_change_no_exit_code(tmp_path: Path):
    assert shell(tmp_path, "exec $RUN status 2>/dev/full").returncode == 3
