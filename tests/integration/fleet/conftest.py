"""Many Odoos of a test: demo servers, settings files, and databases that are gone afterwards."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient
from pymongo.database import Database

from odoo_sync_tui.core.reports.fleet import SourceState, is_old
from odoo_sync_tui.demo import DemoOdoo
from odoo_sync_tui.demo.calls import Call
from odoo_sync_tui.demo.faults import Hang
from odoo_sync_tui.store.fleet.store import FleetStore, open_fleet_store
from tests.integration.cli.in_process import run_here
from tests.support.processes import PREFIX, ROOT
from tests.support.sources import SCHEDULE, write_main, write_source
from tests.support.store import config
from tests.support.world import wait_until


@dataclass(frozen=True, kw_only=True)
class Held(Hang):
    """No answer until it is released; ``asked`` is set when there is a question."""

    asked: threading.Event = field(default_factory=threading.Event)

    def before(self, call: Call) -> None:
        self.asked.set()
        super().before(call)


class Sources:
    """Sources by name, with an Odoo each, and the main database."""

    def __init__(
        self, directory: Path, uri: str, database: str, client: MongoClient[dict[str, Any]], store: FleetStore
    ):
        self.config = write_main(directory, uri, database)
        self.store = store
        self.odoos: dict[str, DemoOdoo] = {}
        self._held: dict[str, Held] = {}
        self.main: Database[dict[str, Any]] = client[database]
        self._client = client
        self._database = database
        self._ending = ExitStack()
        self._processes: list[subprocess.Popen[str]] = []

    def write_main(self, text: str) -> None:
        self.config.write_text(self.config.read_text().replace(SCHEDULE, text))

    def add(self, *names: str, records: int = 20, text: str = "") -> None:
        for name in names:
            self.odoos[name] = self._ending.enter_context(DemoOdoo(records=records))
            self.write(name, self.odoos[name], text)

    def write(self, name: str, odoo: DemoOdoo, text: str = "") -> Path:
        return write_source(self.config, name, odoo, self._database, text)

    def hold(self, name: str) -> Callable[[], None]:
        """Let the Odoo of a source hang; return what lets it go on."""
        odoo, held = self.odoos[name], Held()
        odoo.faults.add(held)

        def release() -> None:
            odoo.faults.clear()
            held.released.set()

        self._held[name] = held
        return release

    def wait_for_question(self, name: str) -> None:
        """Wait until a run of a source waits for its Odoo."""
        assert self._held[name].asked.wait(60)
        wait_until(lambda: self.runs(name))

    def wait_until_at_work(self, name: str) -> None:
        """Wait until its run has reported, just now, that it is at work: others leave it alone then."""

        def has_reported() -> bool:
            state = self.state(name)
            return state.running is not None and not is_old(state, datetime.now(UTC))

        wait_until(has_reported)

    def lake(self, name: str) -> Database[dict[str, Any]]:
        return self._client[f"{self._database}_{name}"]

    def runs(self, name: str) -> list[dict[str, Any]]:
        return list(self.lake(name).sync_runs.find().sort("started_at", 1))

    def state(self, name: str) -> SourceState:
        return next((each for each in self.store.sources.read().sources if each.name == name), SourceState(name))

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start a command with the main settings."""
        command = [sys.executable, "-m", "odoo_sync_tui", "--config", str(self.config), *arguments]
        pipe = subprocess.PIPE
        process = subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, cwd=ROOT, start_new_session=True)
        self._processes.append(process)
        return process

    def run(self, *arguments: str) -> tuple[int, list[dict[str, Any]], str]:
        """Run a command to its end: its code, its lines of JSON, and what it says.

        A runner is a process of its own; what only reads, or syncs one source, runs in this one.
        """
        if arguments[:2] == ("fleet", "run"):
            process = self.start(*arguments)
            stdout, stderr = process.communicate(timeout=200)
            return process.returncode, [json.loads(line) for line in stdout.splitlines()], stderr
        ended = run_here(["--config", str(self.config), *arguments])
        return ended.returncode, [json.loads(line) for line in ended.stdout.splitlines()], ended.stderr

    def close(self) -> None:
        for process in self._processes:
            process.kill()
            process.communicate()
        self._ending.close()
        for name in self._client.list_database_names():
            if name.startswith(f"{self._database}_"):
                self._client.drop_database(name)


@pytest.fixture
def sources(tmp_path: Path, mongo_uri: str, database_name: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sources]:
    for name in [each for each in os.environ if each.startswith(PREFIX)]:
        monkeypatch.delenv(name)
    for kind in ("CONFIG", "STATE", "DATA"):
        monkeypatch.setenv(f"XDG_{kind}_HOME", str(tmp_path / kind.lower()))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    client = MongoClient[dict[str, Any]](mongo_uri, tz_aware=True)
    with client, open_fleet_store(config(mongo_uri, database_name)) as store:
        made = Sources(tmp_path, mongo_uri, database_name, client, store)
        yield made
        made.close()
