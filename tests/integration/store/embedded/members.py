"""Processes that use an embedded mongod, and what can be seen of them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from pymongo import MongoClient

from odoo_sync_tui.store.embedded.binary import PACKAGES
from tests.support.processes import is_running

HERE = Path(__file__).parent
USE_MONGOD = str(HERE / "use_mongod.py")


def package_mongod(site: Path, text: str) -> Path:
    """Install a package with this text as its mongod into the folder, and return the mongod."""
    binary = site / "fiftyone" / "db" / "bin" / "mongod"
    binary.parent.mkdir(parents=True)
    binary.write_text(text)
    binary.chmod(0o755)
    information = site / f"{PACKAGES[0].replace('-', '_')}-9.dist-info"
    information.mkdir()
    (information / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {PACKAGES[0]}\nVersion: 9\n")
    (information / "RECORD").write_text(f"{binary.relative_to(site)},,\n")
    return binary


@dataclass(frozen=True)
class Member:
    """A process that uses the mongod at ``uri``, whose process id is ``pid``."""

    process: subprocess.Popen[bytes]
    uri: str
    pid: int

    def leave(self) -> None:
        """Have the process close the mongod and end."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        assert self.process.wait(60) == 0


def join(data_dir: Path, *launcher: str) -> Member:
    """Start a process that uses the directory, until its standard input is closed."""
    command = [*launcher, sys.executable, USE_MONGOD, str(data_dir)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout is not None
    return Member(process, **json.loads(process.stdout.readline()))


@contextmanager
def member(data_dir: Path, *launcher: str) -> Iterator[Member]:
    """Another process that uses the directory; it is killed at the end, when it has not left by itself."""
    other = join(data_dir, *launcher)
    with other.process:
        try:
            yield other
        finally:
            other.process.kill()


def has_ended(pid: int, seconds: float = 30) -> bool:
    """Whether the process ends within so many seconds."""
    until = time.monotonic() + seconds
    while is_running(pid) and time.monotonic() < until:
        os.sched_yield()
    return not is_running(pid)


def open_files(pid: int) -> set[str]:
    """What the process has open, by name; what it closes meanwhile is left out."""
    names = set[str]()
    for link in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):
            names.add(str(link.readlink()))
    return names


def put(uri: str, value: int) -> None:
    """Store a document of this id."""
    with MongoClient[dict[str, object]](uri) as client:
        client.test.get_collection("things", write_concern=client.write_concern).insert_one({"_id": value})


def things(uri: str) -> list[object]:
    """The ids that are stored."""
    with MongoClient[dict[str, object]](uri) as client:
        return [found["_id"] for found in client.test.things.find(sort=[("_id", 1)])]
