"""The headless commands on a real terminal."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.pty_program import PtyProgram

PROGRAM = ("-m", "tests.unit.cli.fake_program")


@pytest.fixture(autouse=True)
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without settings."""
    for name in [name for name in os.environ if name.startswith("ODOO_SYNC_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path


def test_the_progress_line_is_drawn_in_place_and_gone_at_the_end():
    with PtyProgram(*PROGRAM, "reporting", "sync", "data-lake") as program:
        assert program.exit_code() == 0
    assert "\raccounts 19 000 of 50 000 (38 %)  fetch  8 940 rows/s  ETA 0:04\x1b[K" in program.output
    assert "accounts: success in 5.0 s, 1 204 created\r\n" in program.output
    assert "\r\x1b[Ksync_data_lake: success" in program.output.replace("1 204 created\r\n", "\r\x1b[K")


def test_the_line_fits_a_narrow_terminal():
    with PtyProgram(*PROGRAM, "reporting", "sync", "data-lake", columns=40) as program:
        program.exit_code()
    lines = re.findall(r"\r([^\r\n]*)\x1b\[K", program.output)
    assert lines
    assert all(len(line) < 40 for line in lines)


def test_control_c_ends_the_run_with_its_result_and_130():
    with PtyProgram(*PROGRAM, "until_cancelled", "sync", "users") as program:
        program.wait_for(r"working\r\n")  # the whole line: it must not hang up in the middle of it
        program.type("\x03")
        assert program.exit_code() == 130
    assert "SIGINT: stopping at the next page" in program.output
    assert "sync_users: cancelled" in program.output
    assert "Traceback" not in program.output


def test_a_lost_connection_ends_the_run_and_not_the_program(machine):
    with PtyProgram(*PROGRAM, "until_cancelled", "sync", "users") as program:
        program.wait_for(r"working\r\n")  # the whole line: it must not hang up in the middle of it
        program.hang_up()
        assert program.exit_code() == 129
    log = machine / "state" / "odoo-sync-tui" / "odoo-sync-tui.log"
    assert not log.exists() or "Traceback" not in log.read_text()


def test_a_dumb_terminal_gets_no_escape_codes():
    with PtyProgram(*PROGRAM, "reporting", "sync", "data-lake", TERM="dumb") as program:
        assert program.exit_code() == 0
    assert "\x1b" not in program.output


def test_the_dashboard_refuses_a_dumb_terminal():
    with PtyProgram("-m", "odoo_sync_tui", TERM="dumb") as program:
        assert program.exit_code() == 2
    assert "TERM=dumb" in program.output
    assert "\x1b" not in program.output


def test_a_wrong_setting_ends_the_dashboard_with_a_sentence_on_a_restored_terminal(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ODOO_SYNC_UI__REFRESH_SECONDS", "often")
    with PtyProgram("-m", "odoo_sync_tui") as program:
        assert program.exit_code() == 2
    drawn, left, told = program.output.rpartition("\x1b[?1049l")
    assert "Events" in drawn
    assert left
    assert (
        'odoo-sync-tui: ui.refresh_seconds is "often" (from the environment variable ODOO_SYNC_UI__REFRESH_SECONDS): '
        in told.replace("\r\n", "")
    )
    assert "Traceback" not in program.output


UNUSED = "settings.toml in this directory is not used: name it, --config settings.toml."


def test_the_dashboard_shows_that_a_settings_file_in_the_directory_is_not_used(machine):
    (machine / "settings.toml").write_text('[mongo]\nuri = "mongodb://127.0.0.1:9"\n[ui]\nenvironment = "PROD"\n')
    start = f"import os, runpy; os.chdir({str(machine)!r}); runpy.run_module('odoo_sync_tui', run_name='__main__')"
    with PtyProgram("-c", start, ODOO_SYNC_MONGO__URI="mongodb://127.0.0.1:9", columns=120) as program:
        program.wait_for("is not used")
        program.type("q")
        assert program.exit_code() == 0
    shown = " ".join(re.sub(r"[^\w.,:-]+", " ", program.text()).split())
    assert "settings.toml in this directory is not used: name it" in shown
    assert "PROD" not in program.output


def test_a_command_says_that_a_settings_file_in_the_directory_is_not_used(machine):
    (machine / "settings.toml").write_text('[mongo]\nuri = "mongodb://127.0.0.1:7"\n')
    environment = {
        **os.environ,
        "ODOO_SYNC_MONGO__URI": "mongodb://127.0.0.1:9",
        "ODOO_SYNC_MONGO__TIMEOUT_SECONDS": "0.2",
    }
    command = [sys.executable, "-m", "odoo_sync_tui", "status"]
    ended = subprocess.run(command, cwd=machine, env=environment, capture_output=True, text=True, check=False)
    assert UNUSED in ended.stderr.splitlines()
    assert "127.0.0.1:9" in ended.stderr
    assert "127.0.0.1:7" not in ended.stderr


def test_a_file_that_cannot_be_read_ends_the_dashboard_before_anything_is_drawn(machine):
    (machine / "settings.toml").write_text("[ui\n")
    with PtyProgram("-m", "odoo_sync_tui", "--config", str(machine / "settings.toml")) as program:
        assert program.exit_code() == 2
    assert "is not valid TOML" in program.output
    assert "\x1b" not in program.output


def test_the_demo_shows_the_dashboard_and_one_key_syncs():
    with PtyProgram("-m", "odoo_sync_tui", "demo", "--records", "40", columns=120, lines=40) as program:
        program.wait_for("just now")  # Odoo has been counted
        program.type("l")
        program.wait_for("opens")  # the run that has ended
        program.type("q")
        assert program.exit_code() == 0
    assert "DEMO" in program.output
    assert "Traceback" not in program.output
