"""Several sources on one Odoo host: together they never ask more of it than its limit, and none fails of the limit."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient

from odoo_sync_tui.core.actions import Action, Outcome
from odoo_sync_tui.core.errors import RunCancelled
from odoo_sync_tui.core.reports.diagnosis import Grade
from odoo_sync_tui.core.result import SyncResult
from odoo_sync_tui.core.scope import Mode, Scope, Selection
from odoo_sync_tui.demo import Call, DemoOdoo
from odoo_sync_tui.odoo import doctor as odoo_doctor
from odoo_sync_tui.odoo.doctor_network import Deadline
from odoo_sync_tui.pipeline.backend import open_backend
from odoo_sync_tui.pipeline.doctor.examination import Doctor
from odoo_sync_tui.pipeline.queries.discovery import Discovery
from odoo_sync_tui.pipeline.task import make_host_gate
from odoo_sync_tui.runtime.cancel import CancelToken
from odoo_sync_tui.runtime.threads import Future, start_thread
from odoo_sync_tui.settings.load import load_settings
from odoo_sync_tui.settings.model import Settings
from odoo_sync_tui.settings.sections.membership import find_host
from odoo_sync_tui.settings.sources.load import load_source
from odoo_sync_tui.store.fleet import host_gate
from odoo_sync_tui.store.fleet import store as fleet_store
from odoo_sync_tui.store.fleet.host_limits import COLLECTION
from tests.support.proxy import Proxy, to_mongo
from tests.support.world import wait_until

MAIN = """
[mongo]
uri = "{uri}"
database = "{database}"
[fleet]
calls_in_flight = 2
"""
SOURCE = """
[odoo]
url = "{odoo.url}"
database = "{odoo.database}"
username = "{odoo.username}"
api_key = "{odoo.api_key}"
page_size = 10
[mongo]
database = "{database}_{name}"
"""
FULL = Scope(mode=Mode.FULL)


@pytest.fixture
def odoo() -> Iterator[DemoOdoo]:
    with DemoOdoo(records=60) as server:
        yield server


class Fleet:
    """Settings files of sources, and runs of them, each with a store of its own as in a process of its own."""

    def __init__(self, place: Path, uri: str, database: str, odoo: DemoOdoo) -> None:
        self.config = place / "settings.toml"
        self._database, self._odoo = database, odoo
        self.client: MongoClient[dict[str, Any]] = MongoClient(uri)
        self.limits = self.client[database][COLLECTION]
        (place / "sources.d").mkdir(mode=0o700)
        self.write(MAIN.format(uri=uri, database=database))
        self.add("acme")
        self.add("beta")

    def write(self, text: str) -> None:
        self.config.write_text(text)
        self.config.chmod(0o600)

    def add(self, name: str, uri: str = "") -> None:
        path = self.config.parent / "sources.d" / f"{name}.toml"
        server = f'uri = "{uri}"\n' if uri else ""
        path.write_text(SOURCE.format(name=name, database=self._database, odoo=self._odoo) + server)
        path.chmod(0o600)

    def settings(self, name: str) -> Settings:
        return load_source(self.config, {}, name)

    def sync(self, name: str, action: Action = Action.DATA_LAKE) -> SyncResult:
        with open_backend(self.settings(name)) as backend:
            return backend.service().sync(action, "anna", FULL)

    def begin(self, name: str, action: Action = Action.DATA_LAKE) -> Future[SyncResult]:
        return start_thread(lambda: self.sync(name, action), name)


@pytest.fixture
def fleet(tmp_path: Path, mongo_uri: str, database_name: str, odoo: DemoOdoo) -> Iterator[Fleet]:
    with ExitStack() as stack:
        made = Fleet(tmp_path, mongo_uri, database_name, odoo)
        stack.callback(made.client.close)
        for name in ("acme", "beta"):
            stack.callback(made.client.drop_database, f"{database_name}_{name}")
        yield made


def find_held(fleet: Fleet) -> list[dict[str, Any]]:
    return [slot for document in fleet.limits.find() for slot in document["held"]]


def list_waiting(fleet: Fleet) -> list[dict[str, Any]]:
    return [each for document in fleet.limits.find() for each in document.get("waiting", ())]


def hold(fleet: Fleet, odoo: DemoOdoo, *keys: str) -> None:
    """Take slots as processes would that died right after."""
    held = [{"key": key, "start": "$$NOW", "until": {"$add": ["$$NOW", 3_600_000]}} for key in keys]
    fleet.limits.update_one({"_id": find_host(odoo.url)}, [{"$set": {"held": held}}], upsert=True)


def test_two_sources_on_one_host_never_make_more_calls_at_once_than_its_slots(fleet: Fleet, odoo: DemoOdoo):
    seen_waiting: list[int] = []

    def keep_slot_until_others_want_it(call: Call) -> None:
        if call.model == "crm.lead" and call.method == "search_read" and not seen_waiting:
            with suppress(AssertionError):  # the page in question is the only one
                wait_until(lambda: odoo.peak_calls > 2 or (odoo.peak_calls == 2 and list_waiting(fleet)), seconds=0.5)
                seen_waiting.append(len(list_waiting(fleet)))

    odoo.on_call = keep_slot_until_others_want_it
    runs = [fleet.begin(name) for name in ("acme", "beta")]
    assert {run.result(CancelToken()).outcome for run in runs} == {Outcome.SUCCESS}
    assert seen_waiting[0] > 0
    assert odoo.peak_calls == 2
    assert [document["_id"] for document in fleet.limits.find()] == [find_host(odoo.url)]
    assert find_held(fleet) == []


def test_two_sources_on_one_host_begin_no_more_calls_a_second_than_it_may_be_asked(fleet: Fleet, odoo: DemoOdoo):
    fleet.write(fleet.config.read_text() + "calls_per_second = 20\n")
    starts: list[float] = []
    odoo.on_call = lambda _: starts.append(time.monotonic())
    runs = [fleet.begin(name, action=Action.DEPARTMENTS) for name in ("acme", "beta")]
    assert {run.result(CancelToken()).outcome for run in runs} == {Outcome.SUCCESS}
    assert odoo.peak_calls <= 2
    assert len(starts) > 10
    assert (len(starts) - 1) / (starts[-1] - starts[0]) < 21  # none begins early, but the first may have begun late


def test_a_holder_that_died_costs_one_slot_and_no_run(fleet: Fleet, odoo: DemoOdoo):
    hold(fleet, odoo, "dead")
    assert fleet.sync("acme").outcome is Outcome.SUCCESS
    assert (fleet.limits.find_one() or {})["last_start"], "nothing was booked"
    assert [slot["key"] for slot in find_held(fleet)] == ["dead"]


def test_every_way_to_odoo_waits_for_a_slot_of_the_host(fleet: Fleet, odoo: DemoOdoo, monkeypatch: pytest.MonkeyPatch):
    hold(fleet, odoo, "one", "two")
    cancel, selected = CancelToken(), replace(FULL, selection=Selection(ids=(1,)))
    with open_backend(fleet.settings("acme")) as backend:
        ways = {
            "a run": lambda: backend.service(cancel=cancel).sync(Action.DEPARTMENTS, "anna", FULL).outcome,
            "a selection": lambda: backend.service(cancel=cancel).sync(Action.DEPARTMENTS, "anna", selected),
            "a verification": lambda: backend.verifier(cancel=cancel).verify([], None),
            "counts": lambda: backend.overview_queries.refresh_odoo_counts(cancel),
            "discovery": lambda: Discovery(fleet.settings("acme"), cancel).__enter__(),
        }
        futures = [start_thread(work, name) for name, work in ways.items()]
        wait_until(lambda: len(list_waiting(fleet)) == len(ways))
        cancel.request("cancelled by anna")
        for future in futures:
            with suppress(RunCancelled):
                assert future.result(CancelToken()) is Outcome.CANCELLED
    monkeypatch.setattr(odoo_doctor, "Deadline", lambda: Deadline(0.5))
    checks = {check.name: check for check in Doctor(lambda: fleet.settings("acme"), fleet.config, None).checks()}
    assert checks["odoo.version"].health is Grade.FAIL
    assert len(odoo.calls) == 0
    assert {slot["key"] for slot in find_held(fleet)} == {"one", "two"}


def test_a_run_goes_on_when_the_database_of_the_limits_is_lost(
    fleet: Fleet, odoo: DemoOdoo, mongo_uri: str, caplog: pytest.LogCaptureFixture
):
    with Proxy(to_mongo(mongo_uri)) as proxy:
        fleet.write(fleet.config.read_text().replace(mongo_uri, proxy.mongo_uri))
        fleet.add("acme", uri=mongo_uri)
        lost: list[int] = []

        def cut(_: bytes) -> None:
            raise ConnectionResetError

        def lose(_: object) -> None:
            if len(odoo.calls) == 8:
                lost.append(proxy.connections)
                proxy.refuse()
                proxy.on_chunk = cut

        odoo.on_call = lose
        assert fleet.sync("acme").outcome is Outcome.SUCCESS
        assert lost[0] > 0, "nothing was booked before"
    warnings = [each.getMessage() for each in caplog.records if each.name == host_gate.__name__]
    assert len(warnings) == 1, warnings
    assert "are not counted together with those of other processes" in warnings[0]
    assert len(find_held(fleet)) <= 2, "their slots are free again when the time of their calls is over"


def test_a_source_on_the_server_of_the_main_database_opens_no_second_connection(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(fleet_store, "open_database", lambda _: pytest.fail("a second connection"))
    assert fleet.sync("acme", Action.DEPARTMENTS).outcome is Outcome.SUCCESS
    assert (fleet.limits.find_one() or {})["last_start"], "nothing was booked"
    assert [state["_id"] for state in fleet.limits.database["fleet_sources"].find()] == ["acme"]


def test_settings_of_one_odoo_alone_book_nothing(fleet: Fleet):
    assert make_host_gate(fleet.settings("acme")) is not None
    assert make_host_gate(load_settings(fleet.config)) is None
