"""Scheduled runs as an operator meets them: in the foreground, paused, cancelled and ended by a signal."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from odoo_sync_tui.core.actions import Action, Outcome
from odoo_sync_tui.demo import DemoOdoo
from tests.support.processes import ROOT, environment
from tests.support.world import World, wait_until, world


@pytest.fixture
def here(mongo_uri: str, database_name: str) -> Iterator[World]:
    with DemoOdoo(records=20) as odoo, world(mongo_uri, database_name, odoo) as parts:
        yield parts


@pytest.fixture
def start(here: World, tmp_path: Path) -> Iterator[object]:
    """Starts a command in a process of its own."""
    processes: list[subprocess.Popen[str]] = []

    def run(*arguments: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "odoo_sync_tui", *arguments]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        processes.append(subprocess.Popen(command, cwd=ROOT, env=environment(here, tmp_path), **pipes))
        return processes[-1]

    yield run
    for process in processes:
        process.kill()
        process.communicate()


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


def test_a_paused_sync_waits_for_whoever_resumes_it_and_both_are_in_the_history(here: World, start) -> None:
    assert start("pause", "users", "--reason", "month end").wait() == 0
    process = start("-o", "schedule.users.every=1s", "-o", "schedule.departments.every=1h", "schedule", "run")
    wait_until(lambda: runs_of(here, Action.DEPARTMENTS) == 1, 60)
    assert runs_of(here, Action.USERS) == 0
    assert start("resume").wait() == 0
    wait_until(lambda: runs_of(here, Action.USERS) >= 1, 60)
    process.send_signal(signal.SIGINT)
    assert "paused until somebody resumes it by" in process.communicate(timeout=60)[1]
    events = here.database.audit_log.find({"action": {"$regex": "_schedule$"}}).sort("timestamp", 1)
    assert [(event["action"], event["details"]["sync"]) for event in events] == [
        ("pause_schedule", "sync_users"),
        ("resume_schedule", "sync_users"),
    ]


def test_what_is_due_runs_once_and_then_nothing_is(here: World, start) -> None:
    once = ("-o", "schedule.departments.every=1h", "schedule", "run", "--once", "--json")
    first, second = (start(*once).communicate(timeout=60)[0] for _ in range(2))
    assert json.loads(first)["outcome"] == "success"
    assert second == ""


def test_a_sync_without_success_for_twice_its_interval_is_late_for_monitoring_too(here: World, start) -> None:
    assert start("sync", "departments").wait() == 0
    assert start("-o", "expect.every=1h", "check").wait() == 0
    hours = {"$subtract": ["$finished_at", 3 * 3_600_000]}
    here.database.sync_runs.update_many({}, [{"$set": {"finished_at": hours}}])
    process = start("-o", "expect.every=1h", "check")
    assert process.communicate(timeout=60)[0].startswith("ODOO SYNC ATTENTION: departments: late, since ")
    assert process.returncode == 1
    assert start("-o", "expect.every=1h", "-o", "expect.late_after=1d", "check").wait() == 0


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
def test_what_cannot_be_meant_is_refused_in_a_sentence(start, arguments: tuple[str, ...], words: str) -> None:
    process = start(*arguments)
    assert words in process.communicate(timeout=60)[1]
    assert process.returncode == 2
