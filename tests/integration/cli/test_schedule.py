"""Scheduled runs as an operator meets them: in the foreground, paused, cancelled and ended by a signal."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from odoo_sync_tui.core.actions import Action, Outcome
from odoo_sync_tui.demo import DemoOdoo
from tests.integration.cli.in_process import run_here
from tests.support.processes import ROOT, environment
from tests.support.world import World, wait_until, world

Command = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def here(mongo_uri: str, database_name: str) -> Iterator[World]:
    with DemoOdoo(records=20) as odoo, world(mongo_uri, database_name, odoo) as parts:
        yield parts


IMPATIENT = """
import sys
from odoo_sync_tui.cli.main import main
from odoo_sync_tui.pipeline.run import scheduler
scheduler.POLL_SECONDS = 0.2
sys.exit(main())
"""
"""The program, but it looks more often whether a pause has ended: half a minute is long for a test."""


@pytest.fixture
def start(here: World, tmp_path: Path) -> Iterator[object]:
    """Starts a command in a process of its own."""
    processes: list[subprocess.Popen[str]] = []

    def run(*arguments: str, program: tuple[str, ...] = ("-m", "odoo_sync_tui")) -> subprocess.Popen[str]:
        command = [sys.executable, *program, *arguments]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        processes.append(subprocess.Popen(command, cwd=ROOT, env=environment(here, tmp_path), **pipes))
        return processes[-1]

    yield run
    for process in processes:
        process.kill()
        process.communicate()


@pytest.fixture
def command(here: World, tmp_path: Path) -> Command:
    """Runs a command to its end, in this process."""
    return lambda *arguments: run_here(arguments, environment(here, tmp_path))


def runs_of(here: World, action: Action) -> int:
    return here.database.sync_runs.count_documents({"action": str(action), "outcome": str(Outcome.SUCCESS)})


def test_a_sync_runs_again_and_again_with_a_line_for_each_run_until_a_signal_ends_it(here: World, start) -> None:
    process = start("sync", "departments", "--every", "1s", "--json")
    wait_until(lambda: runs_of(here, Action.DEPARTMENTS) >= 2, 60)
    process.send_signal(signal.SIGTERM)
    stdout, stderr = process.communicate(timeout=60)
    results = [json.loads(line) for line in stdout.splitlines()]
    assert process.returncode == 128 + signal.SIGTERM
    assert [each["outcome"] for each in results[:2]] == ["success", "success"]
    assert len(results) == here.database.sync_runs.count_documents({})
    assert "Next: departments at " in stderr


def test_a_paused_sync_waits_for_whoever_resumes_it_and_both_are_in_the_history(
    here: World, start, command: Command
) -> None:
    assert command("pause", "users", "--reason", "month end").returncode == 0
    # A first run is put off by up to a tenth of its interval, and a minute at most.
    every = ("-o", "schedule.users.every=1s", "-o", "schedule.departments.every=10s")
    process = start(*every, "schedule", "run", program=("-c", IMPATIENT))
    wait_until(lambda: runs_of(here, Action.DEPARTMENTS) >= 1, 60)
    assert runs_of(here, Action.USERS) == 0
    assert command("resume").returncode == 0
    wait_until(lambda: runs_of(here, Action.USERS) >= 1, 60)
    process.send_signal(signal.SIGINT)
    assert "paused until somebody resumes it by" in process.communicate(timeout=60)[1]
    events = here.database.audit_log.find({"action": {"$regex": "_schedule$"}}).sort("timestamp", 1)
    assert [(event["action"], event["details"]["sync"]) for event in events] == [
        ("pause_schedule", "sync_users"),
        ("resume_schedule", "sync_users"),
    ]


def test_what_is_due_runs_once_and_then_nothing_is(start, command: Command) -> None:
    once = ("-o", "schedule.departments.every=1h", "schedule", "run", "--once", "--json")
    first, second = start(*once).communicate(timeout=60)[0], command(*once).stdout
    assert json.loads(first)["outcome"] == "success"
    assert second == ""


def test_a_sync_without_success_for_twice_its_interval_is_late_for_monitoring_too(
    here: World, command: Command
) -> None:
    here.sync(Action.DEPARTMENTS)
    assert command("-o", "expect.every=1h", "check").returncode == 0
    hours = {"$subtract": ["$finished_at", 3 * 3_600_000]}
    here.database.sync_runs.update_many({}, [{"$set": {"finished_at": hours}}])
    late = command("-o", "expect.every=1h", "check")
    assert late.stdout.startswith("ODOO SYNC ATTENTION: departments: late, since ")
    assert late.returncode == 1
    assert command("-o", "expect.every=1h", "-o", "expect.late_after=1d", "check").returncode == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("sync", "users", "--every", "1s", "--dry-run"), "meant for one run"),
        (("sync", "users", "--every", "1s", "--detach"), "stays in the foreground"),
        (("sync", "users", "--full-at", "02:00"), "say when --every runs"),
        (("sync", "users", "--every", "1h", "--not", "08:00-08:00"), "leaves no time of the day"),
        (("schedule", "run"), "The settings have no schedule."),
        (("pause", "users", "--until", "2020-01-01"), "is over"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_a_sentence(
    command: Command, arguments: tuple[str, ...], words: str
) -> None:
    refused = command(*arguments)
    assert words in refused.stderr
    assert refused.returncode == 2
