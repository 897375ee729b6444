"""Where a measurement takes place: an Odoo, a mongod, and a database that is new for each measurement."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.bench.processes import ROOT, BenchError, Ended, Running, run
from tests.bench.server_cpu import measure_seconds

OURS = ("-m", "odoo_sync_tui")
COUNTED = ("-m", "tests.bench.programs.counted")
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class Place:
    """The servers, and programs that are pointed at them."""

    def __init__(self, servers: subprocess.Popen[str], home: Path) -> None:
        self._servers = servers
        self._base = clean_environment(home)
        told = self.ask("where")
        self._base |= told["environment"]
        self.mongodb: str = told["mongodb"]

    def ask(self, question: str, *arguments: object) -> Any:
        """Ask the servers something. See :class:`tests.bench.servers.Servers`."""
        assert self._servers.stdin is not None
        assert self._servers.stdout is not None
        self._servers.stdin.write(f"{json.dumps([question, *arguments])}\n")
        self._servers.stdin.flush()
        answer = self._servers.stdout.readline()
        if not answer:
            raise BenchError(f"The servers died over the question {question!r}; what they said is above.")
        return json.loads(answer)

    @contextmanager
    def database(self) -> Iterator[str]:
        """The name of a database that does not exist yet, and does not afterwards."""
        name = f"bench_{uuid.uuid4().hex[:12]}"
        try:
            yield name
        finally:
            self.ask("drop", name)

    def environment(self, database: str) -> dict[str, str]:
        """The environment of a program that works on a database."""
        return {**self._base, "ODOO_SYNC_MONGO__DATABASE": database}

    def run(self, arguments: Sequence[str], database: str = "unused") -> Ended:
        """Run a Python program to its end."""
        before = self._measure_servers()
        ended = run(arguments, self.environment(database))
        after = self._measure_servers()
        known = before is not None and after is not None
        return replace(ended, server_seconds=after - before) if known else ended

    def _measure_servers(self) -> float | None:
        address = urlsplit(self._base["ODOO_SYNC_ODOO__URL"])
        if address.hostname not in LOOPBACK:
            return None
        port = address.port or (443 if address.scheme == "https" else 80)
        return measure_seconds(port, int(os.environ.get("ODOO_TEST_POSTGRES_PORT", "5432")))

    def start(self, arguments: Sequence[str], database: str) -> Running:
        """Start a Python program."""
        return Running(arguments, self.environment(database))

    def sync(self, database: str, *options: str, program: Sequence[str] = OURS) -> tuple[Ended, Mapping[str, Any]]:
        """Sync the data lake headless, and the result."""
        ended = self.run([*program, "sync", "data-lake", "--json", *options], database)
        result = json.loads(ended.stdout)
        if result["outcome"] != "success":
            raise BenchError(f"A sync ended as {result['outcome']}: {result['errors'] or result['warnings']}")
        return ended, result

    def rows(self, program: str, *arguments: str, database: str = "unused") -> tuple[Ended, int]:
        """Run one of :mod:`tests.bench.programs`, and how many rows it read."""
        ended = self.run(["-m", f"tests.bench.programs.{program}", *arguments], database)
        return ended, sum(json.loads(ended.stdout)["rows"].values())


@contextmanager
def open_place(records: int) -> Iterator[Place]:
    """The demo Odoo with so many accounts; 0: the real one that ``ODOO_TEST_URL`` names."""
    command = [sys.executable, "-m", "tests.bench.servers", str(records)]
    with (
        tempfile.TemporaryDirectory(prefix="ost-home-") as home,
        subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            process_group=0,  # Ctrl+C is for the bench; the servers end with their stdin, tidily
        ) as servers,
    ):
        yield Place(servers, Path(home))


def clean_environment(home: Path) -> dict[str, str]:
    """A machine without settings, and without SSH, over which the dashboard draws less often.

    And with bytecode, as where the program is installed: else a change of ours costs a compilation at each start.
    """
    left_out = {"SSH_CONNECTION", "PYTHONDONTWRITEBYTECODE"}
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith("ODOO_SYNC_") and name not in left_out
    }
    places = {f"XDG_{kind}_HOME": str(home / kind.lower()) for kind in ("CONFIG", "STATE", "DATA")}
    return {**kept, **places, "PYTHONPATH": str(ROOT)}
