"""The engine ``dask`` with a scheduler of its own, over TLS: zones, and whatever of it is lost."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from odoo_sync_tui.core.errors import ConfigurationError
from odoo_sync_tui.pipeline.fleet.cluster import connection, worker
from odoo_sync_tui.pipeline.fleet.cluster.engine import DaskEngine, Manner, open_remote_engine
from odoo_sync_tui.pipeline.fleet.cluster.scheduler import ClusterUnavailable, SchedulerConfig
from odoo_sync_tui.pipeline.fleet.engine import Assignment
from tests.support.dask_scheduler import CERTIFICATES, TRUSTED, Scheduler, Worker, scheduler
from tests.support.world import wait_until

SCRIPT = """
import json, os, signal, sys, time
source = next(each for each in sys.argv if each.startswith("--source=")).removeprefix("--source=")
open(f"{sys.argv[1]}/{source}", "a").write(f"{os.getpid()} ")
def stop(*_):
    print(json.dumps({"source": source, "outcome": "cancelled"}))
    sys.exit(143)
signal.signal(signal.SIGTERM, stop)
if source.startswith("long"):
    time.sleep(99)
print(json.dumps({"source": source, "arguments": sys.argv[2:]}))
"""


class Cluster:
    """A scheduler, its workers, and engines; all end with the test."""

    def __init__(self, made: Scheduler, begun: Path, ending: ExitStack) -> None:
        self.scheduler = made
        self.begun = begun
        self.said: list[str] = []
        self._ending = ending

    def work(self, zone: str = "", runs: int = 2) -> Worker:
        program = (sys.executable, "-I", "-S", "-c", SCRIPT, str(self.begun))
        worker = Worker(self.scheduler.config, program, zone, runs)
        self._ending.callback(worker.stop)
        worker.wait_for("Connected with tls://")
        return worker

    def engine(self, **manner: bool | int) -> DaskEngine:
        engine = open_remote_engine(self.scheduler.config, self.said.append, Manner(**manner))
        self._ending.callback(engine.close)
        return engine

    def wait_for(self, source: str) -> None:
        wait_until((self.begun / source).exists)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scheduler]:
    with scheduler(tmp_path_factory.mktemp("scheduler")) as made:
        yield made


@pytest.fixture
def cluster(shared: Scheduler, tmp_path: Path) -> Iterator[Cluster]:
    with ExitStack() as ending:
        yield Cluster(shared, tmp_path, ending)


@pytest.fixture
def mortal(tmp_path: Path) -> Iterator[Cluster]:
    """A cluster whose scheduler may be killed."""
    with scheduler(tmp_path) as made, ExitStack() as ending:
        yield Cluster(made, tmp_path, ending)


def test_a_source_runs_in_its_zone_only_and_one_without_anywhere(cluster: Cluster):
    engine, eu = cluster.engine(), cluster.work("eu", runs=1)
    wait_until(lambda: engine.free("eu") == 1)
    assert engine.free("us") == 0
    assert engine.free("us") == 0
    (said,) = cluster.said
    assert said.startswith("There is no worker of zone us. Start one with: odoo-sync-tui fleet worker --zone us.")
    far, near, any_zone = (engine.submit(Assignment(*each)) for each in [("a", "us"), ("b", "eu"), ("c", "")])
    for run in (near, any_zone):
        (result,) = run.result(30).results
        assert result["arguments"][0] == "--config=/here/settings.toml", "a worker names its own settings"
    assert not far.done()
    us = cluster.work("us")
    assert far.result(30).exit_code == 0
    assert (eu.said[-1], us.said[-1]) == (
        f"Connected with {cluster.scheduler.config.address} as {eu.name}: 1 run at once, zone eu.",
        f"Connected with {cluster.scheduler.config.address} as {us.name}: 2 runs at once, zone us.",
    )
    wait_until(lambda: engine.free("us") == 2)


def test_an_engine_that_does_not_wait_ends_a_run_for_which_there_is_no_worker(cluster: Cluster):
    engine = cluster.engine(waits=False)
    assert engine.free("mars") == 1
    outcome = engine.submit(Assignment("a", "mars")).result(0)
    assert (outcome.exit_code, outcome.results[0]["error"]) == (3, "There is no worker of zone mars.")


def test_runs_may_wait_at_the_scheduler_so_that_it_knows_of_them(cluster: Cluster):
    engine = cluster.engine(ahead=1)
    assert engine.free("eu") == 1
    run = engine.submit(Assignment("a", "eu"))
    assert engine.free("eu") == 0
    client = engine._connection._opened.client
    wait_until(lambda: client.sync(client.scheduler.adaptive_target) == 1)
    cluster.work("eu")
    assert run.result(30).exit_code == 0


def test_two_engines_share_the_room_of_a_worker(cluster: Cluster):
    one, other = cluster.engine(), cluster.engine()
    cluster.work(runs=2)
    wait_until(lambda: one.free("") == 2)
    one.submit(Assignment("long"))
    wait_until(lambda: other.free("") == 1)
    assert one.free("") == 1


def test_a_stopped_worker_lets_its_runs_end_and_tells_how(cluster: Cluster):
    engine, worker = cluster.engine(), cluster.work()
    run = engine.submit(Assignment("long"))
    cluster.wait_for("long")
    worker.stop()
    outcome = run.result(0)
    assert (outcome.exit_code, outcome.lost, outcome.results[0]["outcome"]) == (143, "", "cancelled")


def test_a_worker_that_the_scheduler_needs_no_more_ends_for_good(cluster: Cluster):
    engine, retired = cluster.engine(), cluster.work()
    wait_until(lambda: engine.free("") == 2)
    client = engine._connection._opened.client
    client.retire_workers(names=[retired.name])
    retired.join()
    assert retired.said[-1] == "The scheduler needs this worker no more."


def test_nobody_has_to_reach_a_worker(cluster: Cluster, monkeypatch: pytest.MonkeyPatch):
    """It says that it is to be found where nobody answers."""
    unreachable = {"contact_address": "tls://127.0.0.1:1"}
    monkeypatch.setattr(worker, "worker_options", lambda *given: {**connection.worker_options(*given), **unreachable})
    engine = cluster.engine()
    cluster.work()
    assert engine.submit(Assignment("a")).result(30).exit_code == 0
    run = engine.submit(Assignment("long"))
    cluster.wait_for("long")
    engine.cancel("enough")
    assert run.result(30).results[0]["outcome"] == "cancelled"


def test_what_has_not_begun_on_a_stopped_worker_is_executed_by_another(cluster: Cluster):
    engine, worker = cluster.engine(ahead=1), cluster.work(runs=1)
    first, second = engine.submit(Assignment("long")), engine.submit(Assignment("b"))
    cluster.wait_for("long")
    worker.stop()
    assert first.result(0).exit_code == 143
    cluster.work()
    assert second.result(30).exit_code == 0


def test_what_a_dead_fleet_run_had_begun_goes_on_and_takes_its_room(cluster: Cluster):
    """The scheduler sees that its connection is closed, as after kill -9."""
    cluster.work()
    engine, other = cluster.engine(), cluster.engine()
    engine.submit(Assignment("long"))
    cluster.wait_for("long")
    engine._connection._opened.resources.close()
    wait_until(lambda: other.free("") == 1)
    assert other.submit(Assignment("b")).result(30).exit_code == 0
    assert not has_ended(cluster.begun / "long")


@pytest.mark.parametrize("number", [signal.SIGKILL, pytest.param(signal.SIGTERM, marks=pytest.mark.slow)])
def test_a_lost_scheduler_ends_no_run_and_is_used_again_when_it_is_back(mortal: Cluster, number: int):
    engine, worker = mortal.engine(ahead=1), mortal.work()
    wait_until(lambda: engine.free("") == 3)
    run = engine.submit(Assignment("long"))
    mortal.wait_for("long")
    mortal.scheduler.kill(number)
    outcome = run.result(30)
    assert (outcome.exit_code, outcome.lost) == (3, "the connection to the scheduler was lost")
    worker.wait_for("The scheduler is away")
    assert engine.free("") == 0
    assert engine.submit(Assignment("b")).result(0).results[0]["error"] == "The scheduler is away."
    mortal.scheduler.start()
    wait_until(lambda: engine.free("") == 2)
    assert engine.submit(Assignment("c")).result(30).exit_code == 0
    assert not has_ended(mortal.begun / "long"), "it goes on, and takes its room"
    os.kill(int((mortal.begun / "long").read_text()), signal.SIGTERM)
    wait_until(lambda: engine.free("") == 3)
    assert mortal.said[0] == "The connection to the scheduler is lost; trying again."
    assert mortal.said[-1] == "The scheduler is back."


def test_who_has_another_authority_is_refused_on_both_sides(cluster: Cluster, shared: Scheduler):
    stranger = tuple(CERTIFICATES / "self_signed.pem" for _ in TRUSTED)
    with pytest.raises(ClusterUnavailable, match="cannot be reached"):
        open_remote_engine(SchedulerConfig(shared.config.address, *stranger), print, Manner())
    worker = Worker(replace(shared.config, tls_ca_file=stranger[0]), (sys.executable,))
    worker.wait_for("certificate verify failed")
    worker.stop()
    assert len(worker.said) == 2, "a problem is told once"


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("tcp://10.0.0.1:8786", "is not encrypted"),
        ("tcp://scheduler.example.com:8786", "is not encrypted"),
        ("tls://127.0.0.1:8786", "needs certificates"),
        ("tls://127.0.0.1", "no address of a scheduler"),
        ("ws://127.0.0.1:8786", "no address of a scheduler"),
    ],
)
def test_an_address_that_is_open_to_others_is_refused(address: str, words: str):
    with pytest.raises(ConfigurationError, match=words):
        open_remote_engine(SchedulerConfig(address), print, Manner())


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "localhost", "[::1]"])
def test_without_tls_only_this_machine_is_reached(host: str):
    SchedulerConfig(f"tcp://{host}:8786").ensure_safe()


def test_a_scheduler_that_is_away_is_an_error_that_may_pass(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(connection, "CONNECT_SECONDS", 0.2)
    with pytest.raises(ClusterUnavailable, match=r"The scheduler tcp://127\.0\.0\.1:1 cannot be reached") as caught:
        open_remote_engine(SchedulerConfig("tcp://127.0.0.1:1"), print, Manner())
    assert caught.value.retryable


def has_ended(begun: Path) -> bool:
    return all(not Path(f"/proc/{pid}").exists() for pid in begun.read_text().split())
