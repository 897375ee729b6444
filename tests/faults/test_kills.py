"""Runs are killed, each at a moment of its own: between any two pieces of network traffic, even in a write.

The change log is held against the documents each time: what it tells of them from the beginning on is what they are.
"""

from __future__ import annotations

import itertools
import random
import signal
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from odoo_sync_tui.demo import DemoOdoo
from odoo_sync_tui.store.embedded.server import EmbeddedMongo
from tests.faults.checks import heal
from tests.faults.conftest import SETTINGS
from tests.support.mongods import standalone
from tests.support.processes import Nursery, environment, nursery
from tests.support.proxy import Proxy, to_mongo, to_port
from tests.support.replayed import Replay
from tests.support.slow import slow
from tests.support.world import World, wait_until, world

ROUNDS, MOST_ROUNDS = 3, 20
SEEDS = range(20260601, 20260606)
"""Of five tests, of six kills or more each: test processes beside each other can take some each."""
SECONDS_OF_A_RUN = 60


@dataclass
class Lake:
    """A database that runs are killed over, with the lines that the killing counts on."""

    here: World
    variables: dict[str, str]
    odoo_line: Proxy
    mongo_line: Proxy


@pytest.fixture
def odoo() -> Iterator[DemoOdoo]:
    with DemoOdoo(records=20) as server:
        yield server


@pytest.fixture
def nurse(tmp_path: Path) -> Iterator[Nursery]:
    with nursery(tmp_path) as made:
        yield made


@pytest.fixture
def lakes(odoo: DemoOdoo, mongod: EmbeddedMongo, database_name: str, tmp_path: Path) -> Iterator[list[Lake]]:
    """One in a replica set and one on a standalone server: while the lease of one runs out, the other is at work."""
    with ExitStack() as opened:
        alone = f"mongodb://127.0.0.1:{opened.enter_context(standalone(tmp_path / 'alone'))}/?directConnection=true"
        lakes = []
        for uri, connect in ((mongod.uri, to_mongo(mongod.uri)), (alone, to_port(alone))):
            odoo_line = opened.enter_context(Proxy(to_port(odoo.url)))
            settings = {**SETTINGS, "sync__lease_seconds": 2, "odoo__url": odoo_line.url, "changes__first_load": True}
            here = opened.enter_context(world(uri, database_name, odoo, **settings))
            mongo_line = opened.enter_context(Proxy(connect))
            variables = environment(here, tmp_path, mongo__uri=mongo_line.mongo_uri)
            lakes.append(Lake(here, variables, odoo_line, mongo_line))
        yield lakes


def run(lake: Lake, nurse: Nursery, kill_at: int | None) -> tuple[int, bool]:
    """A run that is killed when so many pieces of traffic have passed. Returns how many did, and if it was killed."""
    numbers, started = itertools.count(1), threading.Event()

    def count(_: bytes) -> None:
        if next(numbers) == kill_at:
            started.wait()
            process.kill()

    lake.odoo_line.on_chunk = lake.mongo_line.on_chunk = count
    process = nurse.start(lake.variables)
    started.set()
    process.join(SECONDS_OF_A_RUN)
    lake.odoo_line.on_chunk = lake.mongo_line.on_chunk = None
    assert process.exitcode is not None, "it hangs"
    return next(numbers) - 1, process.exitcode == -signal.SIGKILL


def kill_one(lake: Lake, nurse: Nursery, pieces: int, chance: random.Random) -> None:
    """Kill a run at a random moment; one that was quicker than the moment is followed by another."""
    while True:
        pieces, killed = run(lake, nurse, kill_at=chance.randint(1, pieces))
        if killed:
            return


def stir(odoo: DemoOdoo, chance: random.Random) -> None:
    """Give the next runs something to do: edits, archived, new and deleted rows."""
    for model, values in (
        ("crm.lead", {"phone": str(chance.random())}),
        ("res.partner", {"phone": str(chance.random())}),
        ("account.move", {"ref": str(chance.random())}),
        ("hr.employee", {"work_phone": str(chance.random())}),
    ):
        for number in odoo.search(model):
            odoo.write(model, number, values)
    leads = [number for number in odoo.search("crm.lead") if odoo.get_value("crm.lead", number, "active")]
    odoo.archive("crm.lead", leads[0])
    odoo.delete("crm.lead", leads[1])
    odoo.create("crm.lead", {"name": "new", "company_id": 1, "type": "lead", "stage_id": 1})


@pytest.mark.parametrize("seed", [SEEDS[0], *slow(SEEDS[1:])])
def test_of_runs_that_are_killed_the_next_one_makes_each_good(
    lakes: list[Lake], odoo: DemoOdoo, nurse: Nursery, seed: int
):
    chance = random.Random(seed)
    first = lakes[0]
    pieces, killed = run(first, nurse, kill_at=None)
    assert not killed, nurse.said()
    first.here.database.data_lake_serving.delete_many({})
    first.here.database.integrations.delete_many({})
    continued, replays = 0, [Replay(lake.here.database) for lake in lakes]
    for number in range(MOST_ROUNDS):
        if number >= ROUNDS and continued:  # chance may have killed no run behind a checkpoint yet
            break
        for lake in lakes:
            kill_one(lake, nurse, pieces, chance)
        for lake, replay in zip(lakes, replays, strict=True):
            here = lake.here
            wait_until(
                lambda here=here: not (held := here.backend.overview_queries.get_overview().lease) or not held.live
            )
            result = heal(here)
            started = here.database.audit_log.find_one({"run_id": result.run_id, "details.event": "started"})
            continued += "continues" in started["details"]
            replay.follow()
            ends = here.database.audit_log.count_documents({"outcome": {"$ne": None}})
            assert ends == here.database.sync_runs.count_documents({}), "every run has one end"
        stir(odoo, chance)
    assert continued > 0, "no run went on where a killed one had ended"
