"""The program as a process: what it loads, and how it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.slow import slow

ROOT = Path(__file__).parents[3]


def python(*arguments: str, **more: object) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, env=environment, **more)  # type: ignore[call-overload]


@contextmanager
def working(script: str) -> Iterator[subprocess.Popen[str]]:
    """A ``sync`` that has begun its run."""
    command = [sys.executable, "-m", "tests.unit.cli.fake_program", script, "sync", "users", "--json"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "working\n"
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("option", ["--help", "--version"])
def test_help_and_version_load_nothing_heavy(option: str):
    program = (
        "import sys\n"
        "from odoo_sync_tui.cli.main import main\n"
        f"code = main([{option!r}])\n"
        "heavy = {'textual', 'rich', 'pymongo', 'bson', 'pydantic', 'pydantic_settings', 'urllib3', 'platformdirs',"
        " 'shtab', 'distributed'}\n"
        "print(code, sorted(heavy & set(sys.modules)), file=sys.stderr)\n"
    )
    assert python("-c", program).stderr == "0 []\n"


def test_a_page_of_the_manual_loads_neither_drivers_nor_settings_nor_the_screen():
    program = (
        "import sys\n"
        "from odoo_sync_tui.cli.main import main\n"
        "code = main(['docs', 'operations'])\n"
        "heavy = {'textual', 'rich', 'pymongo', 'bson', 'pydantic', 'pydantic_settings', 'urllib3', 'distributed'}\n"
        "print(code, sorted(heavy & set(sys.modules)), file=sys.stderr)\n"
    )
    assert python("-c", program).stderr == "0 []\n"


def test_the_package_runs_as_a_module():
    ended = python("-m", "odoo_sync_tui", "--version")
    assert (ended.returncode, ended.stdout.split()[0]) == (0, "odoo-sync-tui")


@pytest.mark.parametrize("number", [signal.SIGTERM, *slow([signal.SIGINT, signal.SIGHUP])])
def test_a_signal_stops_a_sync_at_its_next_page(number: signal.Signals):
    with working("until_cancelled") as process:
        process.send_signal(number)
        out, err = process.communicate(timeout=60)
    name = signal.Signals(number).name
    assert process.returncode == 128 + number
    assert '"outcome": "cancelled"' in out
    assert f"{name}: stopping at the next page" in err
    assert f"interrupted by {name}" in err


def test_a_lost_connection_told_twice_insists_on_nothing():
    with working("until_cancelled") as process:
        process.send_signal(signal.SIGHUP)
        process.send_signal(signal.SIGHUP)
        out, _ = process.communicate(timeout=60)
    assert process.returncode == 128 + signal.SIGHUP
    assert '"outcome": "cancelled"' in out


def test_a_second_signal_ends_a_sync_at_once():
    with working("deaf") as process:
        process.send_signal(signal.SIGTERM)
        assert process.stderr is not None
        assert "SIGTERM" in process.stderr.readline()
        process.send_signal(signal.SIGINT)
        # Python's own handlers of two signals that wait at the same time run in the order of their numbers.
        assert process.wait(timeout=60) in {128 + signal.SIGINT, 128 + signal.SIGTERM}


def test_a_signal_that_the_caller_ignores_stays_ignored():
    program = (
        "import signal, sys, threading\n"
        "signal.signal(signal.SIGHUP, signal.SIG_IGN)\n"
        "from odoo_sync_tui.cli.signals import cancel_on_signal, raise_on_signal\n"
        "from odoo_sync_tui.runtime.cancel import CancelToken\n"
        "cancel = CancelToken()\n"
        "with raise_on_signal(), cancel_on_signal(cancel, print) as signals:\n"
        "    signal.raise_signal(signal.SIGHUP)\n"
        "    signal.raise_signal(signal.SIGTERM)\n"
        "    cancel._event.wait()\n"
        "print(cancel.reason, signals.received)\n"
    )
    assert "interrupted by SIGTERM 15" in python("-c", program).stdout


def test_a_terminal_that_takes_no_more_keeps_nobody_from_leaving():
    program = (
        "import signal, threading\n"
        "from odoo_sync_tui.cli.signals import cancel_on_signal\n"
        "from odoo_sync_tui.runtime.cancel import CancelToken\n"
        "cancel = CancelToken()\n"
        "with cancel_on_signal(cancel, lambda sentence: threading.Event().wait()):\n"
        "    signal.raise_signal(signal.SIGTERM)\n"
        "    cancel._event.wait()\n"
        "print('left')\n"
    )
    assert python("-c", program).stdout == "left\n"


def test_a_signal_before_the_run_unwinds_the_command():
    program = (
        "import signal, sys\n"
        "from odoo_sync_tui.cli.signals import SignalReceived, raise_on_signal\n"
        "try:\n"
        "    with raise_on_signal():\n"
        "        signal.raise_signal(signal.SIGTERM)\n"
        "except SignalReceived as end:\n"
        "    print(end.number, signal.getsignal(signal.SIGTERM) is signal.SIG_DFL)\n"
    )
    assert python("-c", program).stdout == "15 True\n"


def test_a_reader_who_closes_the_pipe_is_no_error():
    command = f"{sys.executable} -m tests.unit.cli.fake_program reporting audit --json | true; echo ${{PIPESTATUS[0]}}"
    ended = subprocess.run(
        ["bash", "-c", command], capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=True
    )
    assert ended.stderr == ""
    assert ended.stdout in {"141\n", "0\n"}
