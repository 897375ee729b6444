"""The engine ``dask`` without a scheduler's address: a cluster in this process, for nobody else."""

from __future__ import annotations

import logging
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from odoo_sync_tui.pipeline.fleet.cluster.engine import DaskEngine, open_local_engine
from odoo_sync_tui.pipeline.fleet.engine import Assignment
from tests.support.world import wait_until

SCRIPT = """
import json, sys, time
if "--source=long" in sys.argv:
    print('{}', flush=True)
    time.sleep(99)
print(json.dumps({"command": sys.argv[1:], "number": 2 ** 99}))
"""


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[DaskEngine]:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    made = open_local_engine(["--config=x.toml"], 2, print, (sys.executable, "-I", "-S", "-c", SCRIPT))
    yield made
    made.close()
    assert not list(tmp_path.iterdir()), "nothing is left"


def list_children(argument: str) -> list[psutil.Process]:
    """List the children that were started with this argument: the process of a test may have others."""
    found: list[psutil.Process] = []
    for child in psutil.Process().children():
        with suppress(psutil.Error):
            if argument in child.cmdline():
                found.append(child)
    return found


def test_every_source_runs_whatever_its_zone_with_the_settings_of_this_machine(engine: DaskEngine):
    outcomes = [engine.submit(Assignment("acme", zone, "anna")).result(30) for zone in ("", "eu")]
    command = ["--config=x.toml", "schedule", "run", "--once", "--source=acme", "--json", "--user=anna"]
    assert [each.results for each in outcomes] == [({"command": command, "number": 2**99},)] * 2
    assert outcomes[0].source == "acme"


def test_as_many_run_at_once_as_there_is_room_for_and_a_stop_ends_all(engine: DaskEngine):
    assert engine.free("eu") == 2
    runs = [engine.submit(Assignment("long")) for _ in range(3)]
    assert engine.free("") == 0
    wait_until(lambda: len(list_children("--source=long")) == 2)
    engine.cancel("enough")
    assert [run.result(30).exit_code for run in runs] == [128 + signal.SIGTERM] * 3
    assert engine.free("") == 0
    assert engine.submit(Assignment("acme")).result(0).exit_code == 128 + signal.SIGTERM


def test_nobody_on_another_machine_reaches_it_and_it_says_nothing_on_the_terminal(
    engine: DaskEngine, capfd: pytest.CaptureFixture[str]
):
    engine.submit(Assignment("acme")).result(30)
    listening = [each.laddr.ip for each in psutil.Process().net_connections("inet") if each.status == "LISTEN"]
    assert set(listening) <= {"127.0.0.1"}
    assert capfd.readouterr() == ("", "")
    assert not logging.getLogger("distributed").handlers


def test_without_dask_the_command_that_installs_it_is_named():
    program = (
        "import sys; sys.modules['distributed'] = None\n"
        "from odoo_sync_tui.core.errors import ConfigurationError\n"
        "try:\n"
        "    import odoo_sync_tui.pipeline.fleet.cluster.engine\n"
        "except ConfigurationError as error:\n"
        "    print(error.hint)"
    )
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert said.strip() == "pip install 'odoo-sync-tui[cluster]'"
