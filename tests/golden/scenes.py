"""Drives the command line on the demo Odoo and a real MongoDB, and collects the shapes of what it prints and stores."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from datetime import UTC, datetime
from time import monotonic
from typing import Any

from odoo_sync_tui.cli.main import main
from odoo_sync_tui.demo import Call
from tests.golden.shapes import BSON_TYPES, Shape
from tests.support.world import World, wait_until

LEADS_READ = ("crm.lead", "search_read")
SMALL_STEPS = ("-o", "odoo.page_size=10", "-o", "odoo.calls_in_flight=2", "-o", "sync.block_size=20")
"""A page that is held up leaves room for the calls that settle the pages before it."""
PAGE = 6
"""Of 100 leads in such steps: some blocks are settled before this page, and pages come after it."""
SECONDS_OF_A_RATE = 1.1
"""A rate is known when two measurements are a second apart."""

SECONDS_OF_A_HEARTBEAT = 3.0
"""A rate that is known is stored within a second."""

NAMING_WORDS = frozenset({"show", "tail", "ack", "consumers", "backup", "restore", "--verify", "--detach"})
"""What tells commands of one name apart."""

INDEX_OPTIONS = ("unique", "sparse", "partialFilterExpression")


def comes_soon(condition: Callable[[], bool]) -> bool:
    """Whether the condition holds within some heartbeats of the run."""
    end = monotonic() + SECONDS_OF_A_HEARTBEAT
    wait_until(lambda: condition() or monotonic() > end)
    return condition()


class Recorder:
    """Runs commands, and keeps the shapes of their output and of the documents after them."""

    def __init__(self, here: World) -> None:
        self._here = here
        self.outputs: dict[str, Shape] = defaultdict(Shape)
        self.documents: dict[str, Shape] = defaultdict(lambda: Shape(BSON_TYPES))
        self.endings: dict[str, str] = {}

    def command(self, scene: str, *words: str) -> list[Any]:
        """Run a command in this process; ``scene`` names what it meets."""
        with io.TextIOWrapper(io.BytesIO(), "utf-8") as out, redirect_stdout(out), redirect_stderr(io.StringIO()):
            code = main(words)
            out.seek(0)
            return self.record(scene, words, code, out.read())

    def record(self, scene: str, words: Sequence[str], code: int, text: str) -> list[Any]:
        """Keep how a command ended, the shape of what it printed, and those of all documents."""
        is_json = "--json" in words or "export" in words[:2]
        printed = [json.loads(line) for line in text.splitlines()] if is_json else []
        name = " ".join(word for word in words if word in NAMING_WORDS | {words[0]})
        for value in printed:
            self.outputs[name].add(value)
        self.endings[f"{name}: {scene}"] = f"exit code {code}" + ("" if text else ", prints nothing")
        self.store()
        return printed

    def store(self) -> None:
        """Keep the shapes of all documents as they are now."""
        for name in self._here.database.list_collection_names():
            for document in self._here.database[name].find():
                kind = document.get("entity_type", "")
                self.documents[f"{name} {kind}".strip()].add(document)

    def indexes(self) -> dict[str, dict[str, str]]:
        """The collections and their indexes."""
        information = {name: self._here.database[name].index_information() for name in self.collections()}
        return {
            name: {index: _index(about) for index, about in indexes.items() if index != "_id_"}
            for name, indexes in information.items()
        }

    def collections(self) -> list[str]:
        return sorted(self._here.database.list_collection_names())

    def words(self) -> dict[str, list[str]]:
        """The words that were seen, by the key under which they stand."""
        shapes = [*self.outputs.values(), *self.documents.values()]
        keys = {key for shape in shapes for key in shape.words}
        return {key: sorted(set().union(*(shape.words.get(key, ()) for shape in shapes))) for key in keys}

    def running(self) -> dict[str, Any]:
        found = self._here.database.sync_runs.find_one({"outcome": None}, sort=[("started_at", -1)])
        assert found is not None
        return found

    def has_checkpoints(self) -> bool:
        return len(self.running()["checkpoints"]) == 2

    def has_rate(self) -> bool:
        progress = self.running()["progress"] or {}
        return any(entity["rate"] for entity in progress.get("entities", ()))

    @contextmanager
    def held(self, *words: str, with_rate: bool = True) -> Iterator[subprocess.Popen[str]]:
        """A sync as a process of its own, held up in the middle of the leads, with checkpoints (and a rate) stored."""
        reached, go_on, pages, first = threading.Event(), threading.Event(), iter(range(1, 1000)), iter((True,))
        in_vain: list[AssertionError] = []  # raised in a thread of Odoo's, where nobody sees it

        def hold(call: Call) -> None:
            try:
                hold_page(call)
            except AssertionError as error:
                in_vain.append(error)
                raise

        def hold_page(call: Call) -> None:
            if (call.model, call.method) != LEADS_READ or reached.is_set() or next(pages) < PAGE:
                return
            if not comes_soon(self.has_checkpoints):
                return  # the block before may end with this page
            if next(first, False):
                began = monotonic()
                wait_until(lambda: monotonic() - began > SECONDS_OF_A_RATE)
            elif not with_rate or comes_soon(self.has_rate):  # else this page may be the one with which the rate comes
                reached.set()
                assert go_on.wait(60)

        self._here.odoo.on_call = hold
        command = [sys.executable, "-m", "odoo_sync_tui", *words, *SMALL_STEPS]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
            try:
                wait_until(lambda: reached.is_set() or in_vain, 60)
                assert not in_vain, in_vain
                yield process
                if process.returncode is None:  # it was asked to stop, and waits for no answer any more
                    text, _ = process.communicate(timeout=60)
                    self.record("cancelled", words, process.returncode, text)
            except BaseException:
                process.kill()
                raise
            finally:
                go_on.set()
                self._here.odoo.on_call = None

    def detached(self, scene: str, *words: str, kill: bool = False) -> None:
        """Run a detached sync: to its end, or where it would wait, not for long."""
        command = [sys.executable, "-m", "odoo_sync_tui", *words]
        ended = subprocess.run(command, capture_output=True, text=True, check=False)
        (report,) = self.record(scene, words, ended.returncode, ended.stdout)
        if kill:
            os.kill(report["pid"], signal.SIGKILL)
        else:
            wait_until(lambda: self._here.database.sync_runs.find_one({"_id": report["run_id"], "outcome": "success"}))

    def kill(self, process: subprocess.Popen[str]) -> None:
        """Let a run die in the middle of an entity, and its lease end."""
        at_work = {"outcome": None, "progress.entities.state": "running"}
        wait_until(lambda: self._here.database.sync_runs.find_one(at_work))
        process.kill()
        process.wait(60)
        self._here.database.sync_leases.update_one({}, {"$set": {"expires_at": datetime(2000, 1, 1, tzinfo=UTC)}})


def _index(about: dict[str, Any]) -> str:
    keys = ", ".join(f"{name} {direction}" for name, direction in about["key"])
    more = {name: json.dumps(about[name]) for name in INDEX_OPTIONS if name in about}
    collation = about.get("collation", {})
    more |= {name: collation[name] for name in ("locale", "strength") if name in collation}
    return " ".join([keys, *(f"{name}={value}" for name, value in more.items())])
