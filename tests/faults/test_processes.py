"""Two starts at once, a holder that sleeps past its lease, and signals in every phase: real processes."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import product
from pathlib import Path

import pytest

from odoo_sync_tui.core.actions import Action, Outcome
from odoo_sync_tui.core.errors import LeaseHeld
from odoo_sync_tui.demo import Call, DemoOdoo
from odoo_sync_tui.store.embedded.server import EmbeddedMongo
from tests.faults.checks import assert_in_step, assert_nothing_hangs, assert_told, heal
from tests.faults.conftest import AtTheEnd
from tests.support.processes import Headless, environment
from tests.support.proxy import Proxy, to_mongo
from tests.support.slow import slow
from tests.support.world import World, wait_until

SIGNALS = [signal.SIGHUP, signal.SIGTERM, signal.SIGINT]
SECONDS_TO_STOP = 3


class Gate:
    """Holds the calls of Odoo that it is meant for, until it is opened or the client leaves."""

    def __init__(self, odoo: DemoOdoo, meant: Callable[[Call], bool]) -> None:
        self._odoo = odoo
        self._meant = meant
        self._reached = threading.Event()
        self._open = threading.Event()

    def __enter__(self) -> Gate:
        self._odoo.on_call = self._hold
        return self

    def __exit__(self, *_: object) -> None:
        self.open()
        self._odoo.on_call = None

    def _hold(self, call: Call) -> None:
        if self._meant(call) and not self._open.is_set():
            self._reached.set()
            call.pause(self._open)

    def wait_until_reached(self) -> None:
        wait_until(self._reached.is_set)

    def open(self) -> None:
        self._open.set()


def nth(number: int, model: str, method: str) -> Callable[[Call], bool]:
    """Whether it is this call of the method, or a later one."""
    seen = iter(range(1, 1000))
    return lambda call: (call.model, call.method) == (model, method) and next(seen) >= number


PHASES: dict[str, Callable[[], Callable[[Call], bool]]] = {
    "census": lambda: nth(1, "res.partner", "search"),
    "fetch": lambda: nth(4, "crm.lead", "search_read"),
    "retire": lambda: nth(1, "crm.lead", "search_count"),
}


@pytest.fixture
def start(here: World, tmp_path: Path) -> Iterator[Callable[[], Headless]]:
    started: list[Headless] = []

    def make(*arguments: str, **changes: object) -> Headless:
        started.append(process := Headless(environment(here, tmp_path, **changes), *arguments))
        return process

    yield make
    for process in started:
        process.__exit__()


# ------------------------------------------------------------------------------------------------ two at once


def test_of_two_starts_at_once_one_is_refused_and_says_who_is_at_work(here: World, start: Callable[..., Headless]):
    with Gate(here.odoo, nth(1, "res.partner", "search")) as gate:
        both = [start("--user", "berta"), start("--user", "carla")]
        wait_until(lambda: any(process.ended for process in both))
        refused = next(process for process in both if process.ended)
        code, printed, said = refused.end()
        gate.open()
        winner = next(process for process in both if process is not refused)
        won, result, _ = winner.end()
    assert (won, result["outcome"]) == (0, "success")
    assert (code, printed["outcome"], printed["kind"]) == (3, "failed", "lease_held")
    user = "berta" if winner is both[0] else "carla"
    assert f"Another run is at work: {user} on" in said
    assert here.database.sync_runs.count_documents({}) == 1
    assert_told(here, result["run_id"])
    assert_in_step(here)
    heal(here)


def test_a_killed_run_is_interrupted_at_once_and_the_next_one_need_not_wait(
    here: World, start: Callable[..., Headless]
):
    with Gate(here.odoo, nth(2, "crm.lead", "search_read")) as gate:
        killed = start(sync__lease_seconds=3600)
        gate.wait_until_reached()
        killed.send(signal.SIGKILL)
        killed.end()
        (dead,) = here.backend.overview_queries.list_runs(5)
        assert (dead.outcome, dead.live) == (None, False)
        gate.open()
        code, result, said = start(sync__lease_seconds=3600).end()
    assert (code, result["outcome"]) == (0, "success"), said
    assert here.database.sync_runs.find_one({"_id": dead.id}, {"_id": 0, "outcome": 1}) == {"outcome": "interrupted"}
    assert_in_step(here)
    heal(here)


def test_eight_threads_start_at_once_and_one_run_comes_of_it(here: World):
    ended: list[object] = []
    barrier, refused = threading.Barrier(8), threading.Semaphore(0)

    def wait_for_the_others(call: Call) -> None:
        if call.method == "version":
            assert all(refused.acquire(timeout=2) for _ in range(7)), "two runs at once"

    def sync() -> None:
        barrier.wait()
        try:
            ended.append(here.sync(Action.DATA_LAKE))
        except LeaseHeld as error:
            ended.append(error)
            refused.release()

    here.odoo.on_call = wait_for_the_others
    threads = [threading.Thread(target=sync) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    here.odoo.on_call = None
    assert len([each for each in ended if isinstance(each, LeaseHeld)]) == 7
    assert_told(here)
    assert_in_step(here)
    heal(here)


# ------------------------------------------------------------------------------------------------ past its lease


@pytest.mark.parametrize("phase", [*slow(["census"]), "fetch"])
def test_a_holder_that_sleeps_past_its_lease_overwrites_nothing(
    here: World, start: Callable[..., Headless], phase: str
):
    heal(here)
    numbers = here.odoo.search("crm.lead")
    for number in numbers:
        here.odoo.write("crm.lead", number, {"phone": "old"})
    with Gate(here.odoo, PHASES[phase]()) as gate:
        sleeper = start("--user", "sleeper")
        gate.wait_until_reached()
        sleeper.pause()
    wait_until(lambda: not here.backend.overview_queries.get_overview().lease.live)
    for number in numbers:
        here.odoo.write("crm.lead", number, {"phone": "new"})
    newer = here.sync(Action.DATA_LAKE)
    assert newer.outcome is Outcome.SUCCESS
    sleeper.send(signal.SIGCONT)
    code, result, said = sleeper.end()
    assert (code, result["outcome"]) == (3, "interrupted"), said
    assert_in_step(here)
    assert here.integration()["sync_status"] == "success"
    run = here.database.sync_runs.find_one({"_id": result["run_id"]})
    assert (run["outcome"], run["operator"]["name"]) == ("interrupted", "sleeper")
    events = list(here.database.audit_log.find({"run_id": result["run_id"], "outcome": "interrupted"}))
    assert newer.run_id in {event["details"].get("noticed_by") for event in events}
    assert here.integration()["cursors"]["data_lake:opportunities"]["run_id"] == newer.run_id
    heal(here)


def test_a_holder_that_sleeps_at_its_very_end_leaves_the_end_to_the_run_that_took_over(
    here: World, at_the_end: AtTheEnd
):
    def sleep() -> None:
        here.database.sync_leases.update_one({}, {"$set": {"expires_at": datetime.now(UTC)}})
        assert here.sync(Action.DATA_LAKE).outcome is Outcome.SUCCESS

    at_the_end(sleep)
    result = here.sync(Action.DATA_LAKE)
    assert (result.outcome, result.retryable) == (Outcome.INTERRUPTED, True)
    ends = here.database.audit_log.find({"run_id": result.run_id, "outcome": {"$ne": None}})
    assert [event["outcome"] for event in ends] == ["interrupted"]
    assert here.integration()["sync_status"] == "success"


def test_a_write_that_arrives_after_a_newer_run_overwrites_nothing(
    here: World, mongod: EmbeddedMongo, start: Callable[..., Headless]
):
    heal(here)
    numbers = here.odoo.search("crm.lead")
    for number in numbers:
        here.odoo.write("crm.lead", number, {"phone": "the old one"})
    held, arrives = threading.Event(), threading.Event()

    def hold(data: bytes) -> None:
        if b"the old one" in data and not arrives.is_set():
            held.set()
            arrives.wait()

    with Proxy(to_mongo(mongod.uri)) as line:
        line.on_chunk = hold
        sleeper = start("--user", "sleeper", mongo__uri=line.mongo_uri)
        wait_until(held.is_set)
        sleeper.pause()
        wait_until(lambda: not here.backend.overview_queries.get_overview().lease.live)
        for number in numbers:
            here.odoo.write("crm.lead", number, {"phone": "the new one"})
        newer = here.sync(Action.DATA_LAKE)
        assert newer.outcome is Outcome.SUCCESS
        arrives.set()
        sleeper.send(signal.SIGCONT)
        code, result, said = sleeper.end()
    assert (code, result["outcome"]) == (3, "interrupted"), said
    assert_in_step(here)
    assert here.integration()["sync_status"] == "success"
    assert here.integration()["cursors"]["data_lake:opportunities"]["run_id"] == newer.run_id
    assert_nothing_hangs(here)
    heal(here)


# ------------------------------------------------------------------------------------------------ signals


@pytest.mark.parametrize(
    ("number", "phase"),
    [
        *zip(SIGNALS, PHASES, strict=True),
        *slow(pair for pair in product(SIGNALS, PHASES) if pair not in set(zip(SIGNALS, PHASES, strict=True))),
    ],
)
def test_a_signal_ends_the_run_at_once_even_while_odoo_hangs(
    here: World, start: Callable[..., Headless], number: signal.Signals, phase: str
):
    if phase == "retire":
        heal(here)
        active = [
            number for number in here.odoo.search("crm.lead") if here.odoo.get_value("crm.lead", number, "active")
        ]
        here.odoo.delete("crm.lead", active[3])
    with Gate(here.odoo, PHASES[phase]()) as gate:
        process = start("--user", "anna")
        gate.wait_until_reached()
        process.send(number)
        code, result, said = process.end(SECONDS_TO_STOP)
    assert code == 128 + number
    assert result["outcome"] == "cancelled"
    assert f"{number.name}: stopping at the next page" in said
    assert "Traceback" not in said
    end = assert_told(here, result["run_id"])
    assert end["details"]["reason"] == f"interrupted by {number.name}"
    assert number.name in here.integration()["error_message"]
    heal(here)


def test_a_second_signal_ends_it_even_if_nothing_else_does(here: World, start: Callable[..., Headless]):
    with Gate(here.odoo, PHASES["fetch"]()) as gate:
        process = start()
        gate.wait_until_reached()
        process.send(signal.SIGTERM)
        process.send(signal.SIGINT)
        assert process.end(SECONDS_TO_STOP)[0] in {128 + signal.SIGTERM, 128 + signal.SIGINT}
    wait_until(lambda: not here.backend.overview_queries.get_overview().lease.live)
    heal(here)
    assert_nothing_hangs(here)
