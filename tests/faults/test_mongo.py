"""MongoDB is killed, changes its primary, or runs out of disk in the middle of a run."""

from __future__ import annotations

import os
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from pymongo import MongoClient

from odoo_sync_tui.core.actions import Action, Outcome
from odoo_sync_tui.core.result import SyncResult
from odoo_sync_tui.demo import Call, DemoOdoo
from tests.faults.checks import assert_in_step, assert_told, heal
from tests.faults.conftest import SETTINGS, AtTheEnd
from tests.support.mongods import Mongod, ReplicaSet
from tests.support.world import World, wait_until, world

TMPFS_MB = 440
PATIENT = {**SETTINGS, "mongo__timeout_seconds": 20.0, "sync__lease_seconds": 30}


@pytest.fixture
def place() -> Iterator[Path]:
    """A directory of a short name that goes with the test."""
    with tempfile.TemporaryDirectory(prefix="ost-") as directory:
        yield Path(directory)


def at_page(odoo: DemoOdoo, number: int, strike: Callable[[], object]) -> None:
    """Strike once, while Odoo answers this page."""
    pages = iter(range(1, 10_000))

    def hook(call: Call) -> None:
        if call.method == "search_read" and next(pages) == number:
            strike()

    odoo.on_call = hook


def sync_struck(here: World, number: int, strike: Callable[[], object]) -> SyncResult:
    at_page(here.odoo, number, strike)
    try:
        return here.sync(Action.DATA_LAKE)
    finally:
        here.odoo.on_call = None


def heal_when_free(replicas: ReplicaSet, odoo: DemoOdoo) -> SyncResult:
    """By another process, as soon as the lease of the run that could not release it has run out."""
    with world(replicas.uri, "lake", odoo, **SETTINGS) as here:
        wait_until(lambda: not (lease := here.backend.overview_queries.get_overview().lease) or not lease.live)
        return heal(here)


def test_a_mongod_that_is_killed_and_stays_away_stops_the_run(odoo: DemoOdoo, place: Path):
    with ReplicaSet(place, 1) as replicas:
        (mongod,) = replicas.members
        settings = {**SETTINGS, "mongo__timeout_seconds": 1.0}
        with world(replicas.uri, "lake", odoo, **settings) as here:
            result = sync_struck(here, 12, mongod.kill)
            assert (result.outcome in {Outcome.FAILED, Outcome.PARTIAL}, result.retryable) == (True, True)
            assert any(mongod.address in notice.message for notice in result.errors)
            mongod.start()
            replicas.primary()
            healed = heal_when_free(replicas, odoo)
            interrupted = here.database.audit_log.find_one({"run_id": result.run_id, "outcome": "interrupted"})
            assert interrupted is not None
            assert interrupted["details"]["noticed_by"] == healed.run_id


def test_an_end_that_cannot_be_recorded_is_no_success(odoo: DemoOdoo, place: Path, at_the_end: AtTheEnd):
    with ReplicaSet(place, 1) as replicas:
        (mongod,) = replicas.members
        with world(replicas.uri, "lake", odoo, **{**SETTINGS, "mongo__timeout_seconds": 1.0}) as here:
            at_the_end(mongod.kill)
            result = here.sync(Action.DATA_LAKE)
            assert (result.outcome, result.retryable) == (Outcome.PARTIAL, True)
            assert any(mongod.address in notice.message for notice in result.errors)
            mongod.start()
            replicas.primary()
            heal_when_free(replicas, odoo)
            assert here.database.audit_log.count_documents({"run_id": result.run_id, "outcome": "interrupted"}) == 1


def test_a_mongod_that_is_killed_and_restarted_at_once_is_hardly_noticed(odoo: DemoOdoo, place: Path):
    with ReplicaSet(place, 1) as replicas, world(replicas.uri, "lake", odoo, **PATIENT) as here:
        (mongod,) = replicas.members

        def restart() -> None:
            mongod.kill()
            mongod.start()

        result = sync_struck(here, 12, restart)
        assert result.outcome is Outcome.SUCCESS, [str(notice) for notice in result.errors]
        assert_told(here, result.run_id)
        assert_in_step(here)
        heal(here)


def test_a_replica_set_that_changes_its_primary_loses_nothing(odoo: DemoOdoo, place: Path):
    with ReplicaSet(place, 3) as replicas, world(replicas.uri, "lake", odoo, **PATIENT) as here:

        def step_down() -> None:
            replicas.primary().ask("replSetStepDown", 10, secondaryCatchUpPeriodSecs=5)

        for strike in (step_down, lambda: replicas.primary().kill()):
            before = replicas.primary()
            here.database.data_lake_serving.delete_many({"entity_type": {"$ne": "user"}})
            result = sync_struck(here, 12, strike)
            assert replicas.primary() is not before
            assert result.outcome is Outcome.SUCCESS, [str(notice) for notice in result.errors]
            assert_told(here, result.run_id)
            heal(here)


# ------------------------------------------------------------------------------------------------ no disk left


@contextmanager
def small_disk(place: Path) -> Iterator[Path]:
    """A disk of a few hundred megabytes; only root can have one."""
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small disk")
    options = ["-t", "tmpfs", "-o", f"size={TMPFS_MB}m", "tmpfs", str(place)]
    mounted = subprocess.run(["mount", *options], capture_output=True, text=True, check=False)
    if mounted.returncode:
        pytest.skip(f"no small disk can be mounted here: {mounted.stderr.strip()}")
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


def fill(disk: Path) -> Path:
    """Take every byte that is left."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"\0" * 65_536)
        except OSError:
            return ballast


def write_until_it_dies(mongod: Mongod, uri: str, ended: threading.Event) -> None:
    """Other programs write too: so a disk without room is met soon."""
    with MongoClient(uri, serverSelectionTimeoutMS=500, w=1) as client:
        while mongod.running and not ended.is_set():
            try:
                client.other.noise.insert_many([{"text": os.urandom(50_000)} for _ in range(20)])
                client.admin.command("fsync")
            except Exception:  # noqa: BLE001  it is meant to die under this
                continue


def test_a_disk_without_room_stops_the_run_and_the_next_one_goes_on(odoo: DemoOdoo, place: Path):
    disk = place / "disk"
    disk.mkdir()
    with small_disk(disk), ReplicaSet(disk, 1) as replicas:
        (mongod,) = replicas.members
        settings = {**SETTINGS, "mongo__timeout_seconds": 1.0}
        with world(replicas.uri, "lake", odoo, **settings) as here:

            def strike() -> None:
                ended = threading.Event()
                fill(disk)
                noise = threading.Thread(target=write_until_it_dies, args=(mongod, replicas.uri, ended))
                noise.start()
                wait_until(lambda: not mongod.running)
                ended.set()
                noise.join()

            result = sync_struck(here, 12, strike)
            assert (result.outcome in {Outcome.FAILED, Outcome.PARTIAL}, result.retryable) == (True, True)
            assert any(notice.kind.startswith("store") for notice in result.errors)
            mongod.wait_for_death()
            (disk / "ballast").unlink()
            mongod.start()
            replicas.primary()
            heal_when_free(replicas, odoo)
