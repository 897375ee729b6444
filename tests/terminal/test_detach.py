"""``sync --detach`` from a real terminal that hangs up, on an embedded MongoDB that only the run keeps alive."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import pytest

from odoo_sync_tui.cli.main import main
from odoo_sync_tui.demo import Call, DemoOdoo
from tests.support.processes import is_running
from tests.support.pty_program import ROOT, PtyProgram
from tests.support.world import wait_until

PROGRAM = ("-m", "odoo_sync_tui")
DETACH = ("sync", "departments", "--detach", "--user", "anna")


class Machine:
    """A machine whose settings are in its environment. Odoo answers for departments only when ``let_go`` is set."""

    def __init__(self, odoo: DemoOdoo, environment: dict[str, str]) -> None:
        self.environment = environment
        self.let_go = threading.Event()
        self.pids: list[int] = []
        odoo.on_call = self._hold

    def _hold(self, call: Call) -> None:
        if call.model == "hr.department":
            self.let_go.wait(60)

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, **self.environment}
        return subprocess.run(
            [sys.executable, *PROGRAM, *arguments],
            capture_output=True,
            text=True,
            env=environment,
            cwd=ROOT,
            check=False,
        )

    def detached(self, *more: str) -> dict[str, Any]:
        """What a detached run says of itself."""
        ended = self.run(*DETACH, "--json", *more)
        assert ended.returncode == 0, ended.stderr
        facts = json.loads(ended.stdout)
        self.pids.append(facts["pid"])
        return facts

    def read(self, *arguments: str) -> list[dict[str, Any]]:
        """What a command that only looks says, in this process: these are no subject here."""
        said = io.StringIO()
        with pytest.MonkeyPatch.context() as patch, redirect_stdout(said):
            for name, value in self.environment.items():
                patch.setenv(name, value)
            assert main([*arguments, "--json"]) == 0
        return [json.loads(line) for line in said.getvalue().splitlines()]

    def runs(self) -> list[dict[str, Any]]:
        return self.read("runs")

    def stopping(self) -> bool:
        """Whether the run at work has heard that it shall stop."""
        run = self.read("status")[0]["live_run"]
        return run is None or bool(run["progress"] and run["progress"]["stopping"])

    def wait_for_the_end(self) -> None:
        for pid in self.pids:
            wait_until(lambda pid=pid: not is_running(pid))


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Machine]:
    for name in [name for name in os.environ if name.startswith("ODOO_SYNC_")]:
        monkeypatch.delenv(name)
    place = Path(tempfile.mkdtemp(prefix="ost-"))
    key = tmp_path / "key"
    key.touch(mode=0o600)
    with DemoOdoo(records=20) as odoo:
        key.write_text(odoo.api_key)
        environment = {
            "ODOO_SYNC_ODOO__URL": odoo.url,
            "ODOO_SYNC_ODOO__DATABASE": odoo.database,
            "ODOO_SYNC_ODOO__USERNAME": odoo.username,
            "ODOO_SYNC_ODOO__API_KEY_FILE": str(key),
            "ODOO_SYNC_MONGO__DATA_DIR": str(place / "mongo"),
            "XDG_CONFIG_HOME": str(tmp_path / "config"),
            "XDG_STATE_HOME": str(tmp_path / "state"),
        }
        here = Machine(odoo, environment)
        try:
            yield here
        finally:
            here.let_go.set()
            here.wait_for_the_end()
    shutil.rmtree(place)


def test_a_run_outlives_its_terminal(machine: Machine):
    with PtyProgram(*PROGRAM, *DETACH, **machine.environment) as program:
        program.wait_for("Stop it with")
        facts = dict(re.findall(r"(run_id|pid|log) +(\S+)", program.output))
        pid, log = int(facts["pid"]), Path(facts["log"])
        machine.pids.append(pid)
        program.hang_up()
        assert program.exit_code() in (0, 128 + signal.SIGHUP)
    assert os.getsid(pid) == pid, "it has no session of its own"
    os.kill(pid, signal.SIGHUP)
    (run,) = machine.runs()
    assert (run["run_id"], run["live"], run["operator"]["name"]) == (facts["run_id"], True, "anna")
    assert "held by anna" in machine.run("status").stdout
    machine.let_go.set()
    machine.wait_for_the_end()
    (run,) = machine.runs()
    assert (run["outcome"], run["counts"]["quarantined"]) == ("success", 0)
    assert run["counts"]["created"] > 0
    assert re.search(rf"sync_departments: success in \d+\.\d s, run {run['run_id']}", log.read_text())
    assert (log.stat().st_mode & 0o777, log.parent.stat().st_mode & 0o777) == (0o600, 0o700)


def test_a_run_that_the_dashboard_detached_outlives_its_terminal(machine: Machine):
    machine.environment["ODOO_SYNC_UI__DETACH"] = "true"
    with PtyProgram(*PROGRAM, "--set", "operator=zoe", **machine.environment) as program:
        program.wait_for("never synced")
        program.type("d")
        program.wait_for("Run started")
        (live,) = machine.runs()
        machine.pids.append(live["operator"]["pid"])
        program.hang_up()
        program.exit_code()
    (run,) = machine.runs()
    assert (run["live"], run["operator"]["name"], run["cancel_requested_by"]) == (True, "zoe", None)
    machine.let_go.set()
    machine.wait_for_the_end()
    (run,) = machine.runs()
    assert (run["action"], run["outcome"]) == ("sync_departments", "success")


def test_a_detached_run_can_be_cancelled_from_anywhere(machine: Machine):
    facts = machine.detached()
    ended = machine.run("cancel", facts["run_id"][:8], "--user", "eve", "--reason", "wrong scope")
    assert ended.returncode == 0, ended.stderr
    assert facts["run_id"] in ended.stdout
    wait_until(machine.stopping)
    machine.let_go.set()
    machine.wait_for_the_end()
    (run,) = machine.runs()
    assert (run["outcome"], run["cancel_requested_by"]) == ("cancelled", "eve")
    (event,) = machine.read("audit", "--outcome", "cancelled")
    assert event["details"]["reason"] == "cancelled by eve: wrong scope"
    assert (
        "The run was stopped: cancelled by eve: wrong scope."
        in Path(facts["log"]).read_text() + machine.run("status").stdout
    )
    assert machine.run("cancel").returncode == 1


def test_a_run_that_cannot_begin_says_why_at_once(machine: Machine):
    machine.detached()
    ended = machine.run("sync", "users", "--detach")
    assert (ended.returncode, ended.stdout) == (3, "")
    assert "Another run is at work: anna on " in ended.stderr
    ended = machine.run(*DETACH, "-o", "sync.block_size=0")
    assert ended.returncode == 2
    assert "sync.block_size" in ended.stderr


def test_detached_it_can_wait_for_its_turn(machine: Machine):
    machine.detached()
    second = machine.detached("--wait")
    assert second["run_id"] is None
    wait_until(lambda: "Another run is at work: anna on " in Path(second["log"]).read_text())
    machine.let_go.set()
    machine.wait_for_the_end()
    assert [(run["outcome"], run["operator"]["pid"]) for run in machine.runs()] == [
        ("success", pid) for pid in reversed(machine.pids)
    ]


@pytest.mark.skipif(sys.platform != "linux", reason="looks the child up in /proc")
def test_control_c_before_a_detached_run_has_begun_ends_it(machine: Machine, tmp_path: Path):
    """A MongoDB that never answers: the run cannot begin."""
    silent = {
        **machine.environment,
        "ODOO_SYNC_MONGO__URI": "mongodb://127.0.0.1:9",
        "ODOO_SYNC_MONGO__TIMEOUT_SECONDS": "60",
    }
    with PtyProgram(*PROGRAM, *DETACH, **silent) as program:
        wait_until(lambda: list((tmp_path / "state").rglob("detached/*.log")))
        children = Path(f"/proc/{program._pid}/task/{program._pid}/children")
        wait_until(lambda: children.read_text().split())
        machine.pids.append(int(children.read_text()))
        program.type("\x03")
        assert program.exit_code() == 128 + signal.SIGINT
        machine.wait_for_the_end()
