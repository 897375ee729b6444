"""``fleet worker``: what it refuses, and that it ends in good order. What it does is in the tests of the engine."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.processes import ROOT
from tests.unit.cli.conftest import Run

LOCAL = "tcp://127.0.0.1:1"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ((), "A worker needs the address of Dask's scheduler."),
        (("--scheduler", "tcp://192.0.2.1:8786"), "is on another machine and is not encrypted"),
        (
            ("--scheduler", "tls://192.0.2.1:8786"),
            "fleet.tls_ca_file, fleet.tls_cert_file, fleet.tls_key_file is not set",
        ),
        (("--scheduler", "192.0.2.1"), "fleet.scheduler"),
        (("--scheduler", LOCAL, "--zone", "e u"), "zone"),
        (("--scheduler", LOCAL, "--set", "read_only=true"), "read_only"),
        (("--scheduler", LOCAL, "--source", "acme"), "fleet worker takes runs of all sources"),
    ],
)
def test_it_refuses_what_is_not_safe_or_makes_no_sense(run: Run, options: tuple[str, ...], words: str):
    ended = run("fleet", "worker", *options)
    assert ended.code == 2
    assert words in ended.err


def test_files_that_hold_no_certificate_are_named(run: Run, tmp_path: Path):
    (tmp_path / "file.pem").write_text("nothing")
    files = [f"--set=fleet.tls_{name}_file={tmp_path}/file.pem" for name in ("ca", "cert", "key")]
    ended = run("fleet", "worker", "--scheduler", "tls://192.0.2.1:8786", *files)
    assert ended.code == 2
    assert "The certificates for tls://192.0.2.1:8786 cannot be used" in ended.err


@pytest.mark.parametrize("number", [signal.SIGTERM, pytest.param(signal.SIGINT, marks=pytest.mark.slow)])
def test_a_signal_ends_one_that_waits_for_its_scheduler_and_says_what_it_waits_for(number: int):
    command = [sys.executable, "-m", "odoo_sync_tui", "fleet", "worker", "--scheduler", LOCAL]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "error"}
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment) as worker:
        assert worker.stderr is not None
        said = [worker.stderr.readline(), worker.stderr.readline()]
        worker.send_signal(number)
        said += worker.stderr.readlines()
    assert worker.returncode == 128 + number
    assert said[0] == f"Waiting for the scheduler {LOCAL}.\n"
    # On a busy machine even a refusal takes longer than the time limit.
    assert any(
        words in said[1] for words in ("Connection refused", "Connect call failed", "Timed out trying to connect")
    )
    assert said[2:] == [f"{signal.Signals(number).name}: stopping at the next page. Once more ends it at once.\n"]
