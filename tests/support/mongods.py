"""Real mongods of a test's own: killed, restarted, stepping down, out of disk."""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

from pymongo import MongoClient
from pymongo.errors import PyMongoError

from odoo_sync_tui.store.embedded.binary import find_mongod
from odoo_sync_tui.store.embedded.libraries import library_environment
from tests.support.world import wait_until

SET = "faults"
SECONDS_TO_DIE = 30


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Mongod:
    """One member of the replica set ``faults``, listening on a port of loopback."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start it; it answers some moments later."""
        data = self._directory / "db"
        data.mkdir(parents=True, exist_ok=True)
        options = ["--dbpath", data, "--port", str(self.port), "--bind_ip", "127.0.0.1", "--replSet", SET]
        small = ["--oplogSize", "50", "--wiredTigerCacheSizeGB", "0.25", "--nounixsocket"]
        quiet = [
            "--setParameter",
            "diagnosticDataCollectionEnabled=false",
            "--logpath",
            self._directory.with_suffix(".log"),
        ]
        binary = find_mongod()
        command = [str(word) for word in (binary, *options, *small, *quiet)]
        variables = {**os.environ, **library_environment(binary, self._directory / "lib")}
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=variables)

    def kill(self) -> None:
        """End it without a word, as the kernel's out-of-memory killer does."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(SECONDS_TO_DIE)

    def wait_for_death(self) -> None:
        """Until it has ended by itself."""
        assert self._process is not None
        self._process.wait(SECONDS_TO_DIE)

    def ask(self, command: str, value: Any = 1, **more: Any) -> dict[str, Any]:
        """The answer of this very member to an admin command."""
        uri = f"mongodb://{self.address}/?directConnection=true"
        with MongoClient(uri, serverSelectionTimeoutMS=2_000, socketTimeoutMS=10_000) as client:
            return dict(client.admin.command(command, value, **more))

    def answers(self) -> bool:
        try:
            return bool(self.ask("ping"))
        except PyMongoError:
            return False

    def is_primary(self) -> bool:
        try:
            return bool(self.ask("hello").get("isWritablePrimary"))
        except PyMongoError:
            return False


class ReplicaSet:
    """So many members, one of them primary. A context manager."""

    def __init__(self, directory: Path, members: int) -> None:
        self.members = [Mongod(directory / f"member{number}") for number in range(members)]

    @property
    def uri(self) -> str:
        addresses = ",".join(member.address for member in self.members)
        return f"mongodb://{addresses}/?replicaSet={SET}"

    def __enter__(self) -> ReplicaSet:
        try:
            for member in self.members:
                member.start()
            wait_until(lambda: all(member.answers() for member in self.members))
            members = [{"_id": number, "host": member.address} for number, member in enumerate(self.members)]
            settings = {"electionTimeoutMillis": 1000, "heartbeatIntervalMillis": 500}
            self.members[0].ask("replSetInitiate", {"_id": SET, "members": members, "settings": settings})
            self.primary()
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def primary(self) -> Mongod:
        """The primary, once there is one."""
        wait_until(lambda: any(member.is_primary() for member in self.members))
        return next(member for member in self.members if member.is_primary())

    def _end(self) -> None:
        for member in self.members:
            member.kill()


@contextmanager
def standalone(directory: Path, *options: str) -> Iterator[int]:
    """A mongod of its own with these options; yields its port as soon as it listens."""
    directory.mkdir(parents=True)
    port = free_port()
    small = ["--wiredTigerCacheSizeGB", "0.25", "--nounixsocket", "--logpath", str(directory / "log")]
    binary = find_mongod()
    command = [str(binary), "--dbpath", str(directory), "--port", str(port), "--bind_ip", "127.0.0.1", *small]
    variables = {**os.environ, **library_environment(binary, directory / "lib")}
    process = subprocess.Popen(
        [*command, *options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=variables
    )
    try:
        wait_until(lambda: _listens(port))
        yield port
    finally:
        process.kill()
        process.wait(SECONDS_TO_DIE)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
