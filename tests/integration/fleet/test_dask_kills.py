"""Runs spread over workers of Dask, with real sources: whatever is killed, each lake equals its Odoo afterwards.

That no source runs twice at once is decided by its own lease; Dask may lose and forget what it likes.
"""

from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.integration.fleet.conftest import Sources
from tests.support.dask_scheduler import TRUSTED, Scheduler, scheduler
from tests.support.processes import is_running
from tests.support.world import wait_until

EVERY_HOUR = '[schedule.departments]\nevery = "1h"\n'


@pytest.fixture
def dask(tmp_path: Path, sources: Sources) -> Iterator[Scheduler]:
    """A scheduler that the main settings name."""
    (tmp_path / "dask").mkdir()
    with scheduler(tmp_path / "dask") as made:
        ca, cert, key = TRUSTED
        sources.write_main(
            f'{EVERY_HOUR}[fleet]\nengine = "dask"\nscheduler = "{made.config.address}"\n'
            f'tls_ca_file = "{ca}"\ntls_cert_file = "{cert}"\ntls_key_file = "{key}"\n'
        )
        yield made


def work(sources: Sources, *arguments: str) -> subprocess.Popen[str]:
    """Start a worker, and wait until it is one."""
    worker = sources.start("fleet", "worker", "--runs", "2", *arguments)
    assert worker.stderr is not None
    told = list(itertools.takewhile(lambda line: "Connected with" not in line, worker.stderr))
    assert len(told) == 1, told
    return worker


def kill_runs(sources: Sources, *names: str) -> None:
    """Kill the processes of runs, as the end of their machine does."""
    for name in names:
        pid = sources.runs(name)[-1]["operator"]["pid"]
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda pid=pid: not is_running(pid))


def forget_claims(sources: Sources) -> None:
    """Let claims and waiting times be over, in place of a minute's waiting."""
    past = datetime.now(UTC) - timedelta(minutes=1)
    sources.main.fleet_sources.update_many({}, {"$set": {"claim.until": past, "at": past}, "$unset": {"retry_at": ""}})


def ensure_all_is_well(sources: Sources, *names: str) -> None:
    for name in names:
        assert sources.run("verify", "departments", "--source", name, "--json")[0] == 0
        for before, after in itertools.pairwise(sources.runs(name)):
            # The end of a run that was killed is written by the next one; its process was seen to be gone.
            assert before["outcome"] == "interrupted" or before["finished_at"] <= after["started_at"]


def finish(sources: Sources, *names: str) -> None:
    """Run what is due until each source has succeeded."""
    forget_claims(sources)
    code, lines, said = sources.run("fleet", "run", "--once", "--json")
    assert code == 0, (lines, said)
    ensure_all_is_well(sources, *names)


def test_sources_run_on_workers_of_their_zones_and_without_one_end_at_once(sources: Sources, dask: Scheduler) -> None:
    sources.add("acme", text='zone = "eu"')
    sources.add("beta")
    sources.add("cora", text='zone = "us"')
    worker = work(sources, "--zone", "eu", "--name", "brussels")
    code, lines, _ = sources.run("fleet", "run", "--once", "--json")
    outcomes = {each["source"]: (each["outcome"], each["error"]) for each in lines}
    assert outcomes == {
        "acme": ("success", None),
        "beta": ("success", None),
        "cora": ("failed", "There is no worker of zone us."),
    }
    assert code == 3
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(30) == 128 + signal.SIGTERM
    ensure_all_is_well(sources, "acme", "beta")


@pytest.mark.slow
def test_a_worker_that_is_killed_costs_its_runs_and_no_other(sources: Sources, dask: Scheduler) -> None:
    sources.add("acme", "beta")
    releases = [sources.hold(name) for name in ("acme", "beta")]
    worker = work(sources)
    runner = sources.start("fleet", "run", "--once", "--json")
    for name in ("acme", "beta"):
        sources.wait_for_question(name)
    worker.kill()
    stdout, _ = runner.communicate(timeout=60)
    lines = [json.loads(line) for line in stdout.splitlines()]
    assert {each["source"]: each["outcome"] for each in lines} == {"acme": "interrupted", "beta": "interrupted"}
    assert "is gone" in lines[0]["error"]
    work(sources)
    forget_claims(sources)
    for name in ("acme", "beta"):
        sources.wait_until_at_work(name)
    assert sources.run("fleet", "run", "--once", "--json")[:2] == (0, []), "what the dead worker had begun goes on"
    code, (refused,), _ = sources.run("sync", "departments", "--source", "acme", "--json")
    assert (code, refused["kind"]) == (3, "lease_held")
    kill_runs(sources, "acme", "beta")
    for release in releases:
        release()
    finish(sources, "acme", "beta")


@pytest.mark.slow
def test_a_scheduler_that_is_killed_ends_no_run_and_is_used_again(sources: Sources, dask: Scheduler) -> None:
    sources.add("acme")
    release = sources.hold("acme")
    work(sources)
    runner = sources.start("fleet", "run", "--json")
    sources.wait_for_question("acme")
    dask.kill()
    release()
    wait_until(lambda: [each["outcome"] for each in sources.runs("acme")] == ["success"])
    sources.add("beta")
    dask.start()
    wait_until(lambda: [each["outcome"] for each in sources.runs("beta")] == ["success"], 60)
    wait_until(lambda: not ((claim := sources.state("beta").claim) and claim.live))
    runner.send_signal(signal.SIGTERM)
    stdout, _ = runner.communicate(timeout=60)
    outcomes = {(line := json.loads(each))["source"]: line["outcome"] for each in stdout.splitlines()}
    assert outcomes == {"acme": "interrupted", "beta": "success"}
    ensure_all_is_well(sources, "acme", "beta")


@pytest.mark.slow
def test_what_a_killed_fleet_run_had_begun_goes_on_to_its_end(sources: Sources, dask: Scheduler) -> None:
    sources.add("acme")
    release = sources.hold("acme")
    work(sources)
    runner = sources.start("fleet", "run")
    sources.wait_for_question("acme")
    runner.kill()
    forget_claims(sources)
    sources.wait_until_at_work("acme")
    assert sources.run("fleet", "run", "--once", "--json")[:2] == (0, []), "it is seen to be at work"
    release()
    wait_until(lambda: [each["outcome"] for each in sources.runs("acme")] == ["success"])
    ensure_all_is_well(sources, "acme")


@pytest.mark.slow
def test_what_all_of_it_leaves_when_it_is_killed_at_once_is_whole_again_after_one_run(
    sources: Sources, dask: Scheduler
) -> None:
    sources.add("acme", "beta", records=300)
    releases = [sources.hold(name) for name in ("acme", "beta")]
    worker, runner = work(sources), sources.start("fleet", "run")
    for name in ("acme", "beta"):
        sources.wait_for_question(name)
    for process in (worker, runner):
        process.kill()
    dask.kill()
    kill_runs(sources, "acme", "beta")
    for release in releases:
        release()
    dask.start()
    work(sources)
    finish(sources, "acme", "beta")
    for name in ("acme", "beta"):
        assert [each["outcome"] for each in sources.runs(name)] == ["interrupted", "success"]
