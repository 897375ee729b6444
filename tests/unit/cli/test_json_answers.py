"""With ``--json`` a command answers in JSON whatever happens: a log of answers has no gap."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from odoo_sync_tui.cli import detach
from odoo_sync_tui.cli.signals import SignalReceived
from odoo_sync_tui.core.actions import Outcome
from odoo_sync_tui.core.errors import (
    ConfigurationError,
    LeaseHeld,
    OdooSetupError,
    RunCancelled,
    StoreUnavailable,
    SyncError,
)
from odoo_sync_tui.runtime.paths import doc_pages
from tests.support.fake_backend.backend import FakeBackend
from tests.unit.cli.conftest import Ended, Run
from tests.unit.cli.scripts import crashing
from tests.unit.cli.values import PARTIAL, RESULT, raising

ROOT = Path(__file__).parents[3]
ANSWERING = [
    "sync users",
    "runs",
    "status",
    "audit",
    "audit --verify",
    "verify",
    "entities",
    "entities drop orders",
    "config show",
]


def answer(ended: Ended) -> dict[str, object]:
    (line,) = ended.out.splitlines()
    return json.loads(line)


@pytest.mark.parametrize(
    ("error", "code", "outcome"),
    [
        (ConfigurationError("odoo.url is not set.", "Set it."), 2, "failed"),
        (OdooSetupError("Odoo refused the login.", "Check the key."), 2, "failed"),
        (LeaseHeld("ben", "other", None, None), 3, "failed"),
        (StoreUnavailable("MongoDB does not answer.", "Start it."), 3, "failed"),
    ],
    ids=lambda value: getattr(value, "kind", ""),
)
def test_an_error_that_leaves_no_result_is_answered(
    run: Run, backend: FakeBackend, error: SyncError, code: int, outcome: str
):
    backend.script = raising(error)
    ended = run("sync", "users", "--json")
    assert ended.code == code
    assert answer(ended) == {"outcome": outcome, "error": error.message, "hint": error.hint, "kind": error.kind}


@pytest.mark.parametrize("command", ANSWERING)
def test_every_command_answers_although_a_setting_is_wrong(run: Run, command: str):
    ended = run(*command.split(), "--json", "--set", "sync.block_size=none")
    assert ended.code == 2
    given = answer(ended)
    assert given["outcome"] == "failed"
    assert "sync.block_size" in str(given["error"])


def test_wrong_usage_is_answered_with_the_reason(run: Run):
    ended = run("sync", "everything", "--json")
    assert ended.code == 2
    assert "everything" in str(answer(ended)["error"])
    assert "usage: odoo-sync-tui sync" in ended.err


def test_a_crash_is_answered_without_its_secrets(run: Run, backend: FakeBackend):
    backend.script = crashing
    ended = run("sync", "users", "--json")
    given = answer(ended)
    assert (ended.code, given["outcome"], given["kind"]) == (1, "failed", "unexpected")
    assert "hunter2" not in ended.out
    assert "The full report is in" in str(given["hint"])


@pytest.mark.parametrize("error", [SignalReceived(signal.SIGTERM), KeyboardInterrupt()], ids=repr)
def test_a_signal_before_the_run_is_answered_as_cancelled(run: Run, backend: FakeBackend, error: BaseException):
    backend.script = raising(error)
    ended = run("sync", "users", "--json")
    assert ended.code in {143, 130}
    given = answer(ended)
    assert given["outcome"] == "cancelled"
    assert re.fullmatch(r"Stopped by SIG(TERM|INT)\.", str(given["error"]))


def test_a_result_names_its_first_error_as_a_failure_does(run: Run, backend: FakeBackend):
    backend.script = lambda _service: PARTIAL
    given = answer(run("sync", "data-lake", "--json"))
    assert (given["outcome"], given["hint"]) == ("partial", "Confirm it.")
    assert str(given["error"]).startswith("60 documents of ")


def test_a_cancelled_result_says_who_stopped_it(run: Run, backend: FakeBackend):
    backend.script = lambda _service: replace(RESULT, outcome=Outcome.CANCELLED, reason="cancelled by ben")
    assert answer(run("sync", "users", "--json"))["error"] == "The run was stopped: cancelled by ben."


def test_a_cancel_while_waiting_for_the_lease_is_answered_as_cancelled(run: Run, backend: FakeBackend):
    backend.script = raising(RunCancelled("The run was stopped: cancelled by ben."))
    assert answer(run("sync", "users", "--json"))["outcome"] == "cancelled"


def test_a_detached_run_that_did_not_begin_passes_its_answer_on(run: Run, monkeypatch: pytest.MonkeyPatch):
    failing = [sys.executable, "-m", "odoo_sync_tui", "sync", "users", "--json", "--set", "sync.block_size=none"]

    def start(writing: int, output: int) -> subprocess.Popen[bytes]:
        return subprocess.Popen(failing, stdout=output, stderr=output, pass_fds=[writing], cwd=ROOT)

    monkeypatch.setattr(sys, "orig_argv", ["python", "-m", "odoo_sync_tui", detach.DETACH_OPTION])
    monkeypatch.setattr(detach, "_start", start)
    ended = run("sync", "users", "--json", "--detach")
    assert ended.code == 2
    assert "sync.block_size" in str(answer(ended)["error"])
    assert "sync.block_size" in ended.err


def test_the_cron_lines_of_the_manual_are_among_the_commands_that_always_answer(run: Run):
    texts = [(ROOT / "README.md").read_text(), doc_pages()["operations"].read_text()]
    lines = [match[1].split() for text in texts for match in re.finditer(r"\* +\S*odoo-sync-tui (.*?) >>", text)]
    assert len(lines) >= 6
    for line in lines:
        assert answer(run(*line, "--set", "sync.block_size=none"))["outcome"] == "failed"
