"""The servers that everything is measured on, in a process of their own: a private mongod and, unless a real Odoo is
named, the demo Odoo. Started by the bench; answers its questions, one JSON object a line, until its stdin ends.

``python -m tests.bench.servers RECORDS`` serves the demo Odoo with so many accounts; 0: a real Odoo is named by
``ODOO_TEST_URL``, ``ODOO_TEST_DB``, ``ODOO_TEST_LOGIN`` and ``ODOO_TEST_KEY``.
"""

from __future__ import annotations

import itertools
import json
import os
import statistics
import sys
import tempfile
import time
import uuid
import xmlrpc.client
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from pymongo import MongoClient

from odoo_sync_tui.core.audit.events import AuditQuery
from odoo_sync_tui.demo import DemoOdoo
from odoo_sync_tui.pipeline.backend import Backend, open_backend
from odoo_sync_tui.settings.load import build_settings_from_overrides
from odoo_sync_tui.settings.names import to_env_variable
from odoo_sync_tui.store.embedded.server import open_embedded
from tests.bench.server_cpu import measure_process

LEAD = "crm.lead"
TRIES = 21
EVENTS_AT_ONCE = 10_000


class MadeUp:
    """The demo Odoo."""

    def __init__(self, server: DemoOdoo) -> None:
        self.values = {
            "odoo.url": server.url,
            "odoo.database": server.database,
            "odoo.username": server.username,
            "odoo.api_key": server.api_key,
        }
        self._server = server
        self._numbers = itertools.count(1)
        self._arrivals: list[float] = []

    def count_calls(self) -> None:
        """Note the time of each call from now on."""
        self._server.on_call = lambda _call: self._arrivals.append(time.monotonic())

    def list_arrivals(self) -> list[float]:
        """The times of the calls that were counted."""
        return sorted(self._arrivals)

    def change(self, share: int = 0) -> int:
        """Change one lead, or one of so many; return how many."""
        leads = self._server.search(LEAD)
        changed = leads[::share] if share else leads[:1]
        for lead in changed:
            self._server.write(LEAD, lead, {"name": f"Changed {next(self._numbers)}"})
        return len(changed)


class Real:
    """A real Odoo, by the oldest of its doors. Its one changed lead gets its name back."""

    def __init__(self) -> None:
        names = {"odoo.url": "URL", "odoo.database": "DB", "odoo.username": "LOGIN", "odoo.api_key": "KEY"}
        self.values = {name: os.environ[f"ODOO_TEST_{which}"] for name, which in names.items()}
        self._numbers = itertools.count(1)
        self._original: tuple[int, str] | None = None

    def change(self, share: int = 0) -> int:
        """Change one lead, however many are asked for: the records are somebody's."""
        del share
        if self._original is None:
            lead = self._ask("search_read", [], fields=["name"], order="id", limit=1)[0]
            self._original = lead["id"], lead["name"]
        self._name(f"{self._original[1]} (changed {next(self._numbers)})")
        return 1

    def restore(self) -> None:
        """Undo the change."""
        if self._original is not None:
            self._name(self._original[1])

    def _name(self, name: str) -> None:
        assert self._original is not None
        self._ask("write", [self._original[0]], {"name": name})

    def _ask(self, method: str, *arguments: object, **options: object) -> Any:
        url, database, login, key = self.values.values()
        user = xmlrpc.client.ServerProxy(f"{url}/xmlrpc/2/common").authenticate(database, login, key, {})
        door = xmlrpc.client.ServerProxy(f"{url}/xmlrpc/2/object")
        return door.execute_kw(database, user, key, LEAD, method, list(arguments), options)


class Servers:
    """Answers the questions of the bench."""

    def __init__(self, uri: str, odoo: MadeUp | Real) -> None:
        self._odoo = odoo
        self._values = odoo.values | {"mongo.uri": uri}
        self._client: MongoClient[dict[str, Any]] = MongoClient(uri, tz_aware=True)
        self.questions: Mapping[str, Callable[..., object]] = {
            "where": self.where,
            "drop": self.drop,
            "change": self.change,
            "mongod": self.mongod,
            "documents": self.documents,
            "run": self.run,
            "overview": self.overview,
            "audit": self.audit,
            "count_calls": self.count_calls,
            "busiest_second": self.busiest_second,
            "starts": self.starts,
        }

    def where(self) -> dict[str, object]:
        """The environment variables that point here, and what is there."""
        with self._backend("bench_probe") as backend:
            info = backend.store_info
        self.drop("bench_probe")
        return {
            "environment": {to_env_variable(name): value for name, value in self._values.items()},
            "mongodb": f"{info.version} {info.topology}",
        }

    def drop(self, database: str) -> None:
        """Remove a database."""
        self._client.drop_database(database)

    def change(self, share: int = 0) -> int:
        """Change one lead in Odoo, or one of so many; return how many."""
        return self._odoo.change(share)

    def mongod(self) -> float | None:
        """Processor seconds of the mongod so far; ``None`` where that cannot be told."""
        return measure_process(int(self._client.admin.command("serverStatus")["pid"]))

    def documents(self, database: str) -> int:
        """How many documents the data lake holds, about."""
        return self._client[database].data_lake_serving.estimated_document_count()

    def run(self, database: str) -> dict[str, object] | None:
        """The result of the latest run; ``None`` while there is none."""
        found = self._client[database].sync_runs.find_one({"outcome": {"$ne": None}}, {"result": 1})
        return found and found["result"]

    def overview(self, database: str) -> float:
        """Milliseconds that the dashboard's reading of the store takes, again and again: the median."""
        with self._backend(database) as backend:
            return _milliseconds(lambda: backend.overview_queries.get_overview())

    def audit(self, database: str, events: int) -> float:
        """Milliseconds of the newest page of an audit log that holds so many events: the median."""
        with self._backend(database) as backend:
            log = self._client[database].audit_log
            for page in _events(events):
                log.insert_many(page, ordered=False)
            return _milliseconds(lambda: backend.overview_queries.list_events(AuditQuery(), 200))

    def count_calls(self) -> None:
        """Count the calls to the demo Odoo from now on."""
        assert isinstance(self._odoo, MadeUp), "a real Odoo is not asked how many calls it gets"
        self._odoo.count_calls()

    def busiest_second(self) -> int:
        """The most calls that arrived within one second, since they are counted."""
        assert isinstance(self._odoo, MadeUp)
        arrivals, most, first = self._odoo.list_arrivals(), 0, 0
        for last, arrival in enumerate(arrivals):
            while arrival - arrivals[first] >= 1:
                first += 1
            most = max(most, last - first + 1)
        return most

    def starts(self, database: str) -> list[float]:
        """When the runs of a lake began, in seconds of the clock on the wall."""
        found = self._client[database].sync_runs.find({}, {"started_at": 1}).sort("started_at", 1)
        return [each["started_at"].timestamp() for each in found]

    def _backend(self, database: str) -> Backend:
        return open_backend(build_settings_from_overrides(self._values | {"mongo.database": database}))


def _milliseconds(work: Callable[[], object]) -> float:
    def once() -> float:
        began = time.perf_counter()
        work()
        return (time.perf_counter() - began) * 1000

    return statistics.median(once() for _ in range(TRIES))


def _events(count: int) -> Iterator[list[dict[str, Any]]]:
    newest = datetime.now(UTC)
    for start in range(0, count, EVENTS_AT_ONCE):
        yield [
            {
                "id": str(uuid.uuid4()),
                "action": "sync_data_lake",
                "source": "odoo",
                "user_id": "anna",
                "details": {"synced": number, "created": 0, "updated": number % 7},
                "timestamp": newest - timedelta(seconds=number),
                "run_id": uuid.uuid4().hex,
                "outcome": "success",
            }
            for number in range(start, min(count, start + EVENTS_AT_ONCE))
        ]


@contextmanager
def _odoo(records: int) -> Iterator[MadeUp | Real]:
    if records:
        with DemoOdoo(records=records) as server:
            yield MadeUp(server)
        return
    real = Real()
    try:
        yield real
    finally:
        real.restore()


def main(records: int) -> None:
    with ExitStack() as stack:
        directory = stack.enter_context(tempfile.TemporaryDirectory(prefix="ost-bench-"))
        mongo = stack.enter_context(open_embedded(Path(directory) / "mongo"))
        servers = Servers(mongo.uri, stack.enter_context(_odoo(records)))
        for line in sys.stdin:
            name, *arguments = json.loads(line)
            sys.stdout.write(f"{json.dumps(servers.questions[name](*arguments), default=str)}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main(int(sys.argv[1]))
