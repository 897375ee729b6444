"""What a demo that was killed leaves is gone: its server at once, its files with the next start."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from odoo_sync_tui.store.embedded.throwaway import open_throwaway
from tests.integration.store.embedded.members import has_ended, member
from tests.support.processes import is_running

PROGRAM = """
import signal, sys
from odoo_sync_tui.store.embedded.throwaway import open_throwaway
with open_throwaway() as mongo:
    print(mongo.pid, mongo.data_dir, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def temporary(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A shared temporary directory of the test's own, with a short name, as sockets need one."""
    place = Path(tempfile.mkdtemp(prefix="ost-"))
    monkeypatch.setenv("TMPDIR", str(place))
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    yield place
    shutil.rmtree(place)


class Demo:
    """A process with a mongod for made-up data."""

    def __init__(self) -> None:
        command = [sys.executable, "-c", PROGRAM]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        pid, directory = self.process.stdout.readline().split()
        self.mongod, self.place = int(pid), Path(directory).parent

    def end(self, number: int) -> None:
        self.process.send_signal(number)
        self.process.communicate()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the next start ends the server")
def test_the_mongod_of_a_killed_demo_ends_and_the_next_start_removes_its_files(temporary: Path):
    dead = Demo()
    dead.end(signal.SIGKILL)
    assert has_ended(dead.mongod)
    assert dead.place.parent == temporary
    assert dead.place.exists()
    with open_throwaway() as mongo:
        assert not dead.place.exists()
        assert list(temporary.iterdir()) == [mongo.data_dir.parent]
    assert list(temporary.iterdir()) == []


def test_a_mongod_that_outlived_its_demo_is_ended_by_the_next_start(temporary: Path):
    place = temporary / "odoo-sync-demo-of-before"
    place.mkdir()
    with member(place / "mongo") as other:
        other.process.kill()
        other.process.wait()
        assert is_running(other.pid)
        with open_throwaway():
            assert has_ended(other.pid)
            assert not place.exists()


def test_a_living_demo_keeps_its_server_and_its_files_when_another_starts(temporary: Path):
    living = Demo()
    with open_throwaway():
        assert is_running(living.mongod)
        assert (living.place / "mongo" / "db").exists()
    living.process.communicate()  # its standard input ends
    assert living.process.returncode == 0
    assert not living.place.exists()


def test_a_living_demo_of_an_earlier_version_is_left_alone(temporary: Path):
    place = temporary / "odoo-sync-demo-of-before"
    place.mkdir()
    with member(place / "mongo") as other:
        files = set((place / "mongo" / "db").glob("*.wt"))
        with open_throwaway():
            assert is_running(other.pid)
        assert files
        assert files <= set((place / "mongo" / "db").glob("*.wt"))
        other.leave()


def test_a_demo_that_is_just_starting_keeps_its_directory(temporary: Path):
    place = temporary / "odoo-sync-demo-starting"
    place.mkdir()
    lock = os.open(place, os.O_RDONLY)
    fcntl.flock(lock, fcntl.LOCK_EX)
    with open_throwaway():
        assert place.exists()
    os.close(lock)
    with open_throwaway():
        assert not place.exists()


def test_files_of_this_name_that_are_no_demos_stop_nobody(temporary: Path):
    (temporary / "odoo-sync-demo-link").symlink_to(temporary / "kept")
    (temporary / "odoo-sync-demo-file").write_text("kept")
    (temporary / "kept").mkdir()
    (temporary / "odoo-sync-demo-notes" / "mongo").mkdir(parents=True)
    (temporary / "odoo-sync-demo-notes" / "mongo" / "thesis.txt").write_text("kept")
    with open_throwaway():
        pass
    assert (temporary / "odoo-sync-demo-notes" / "mongo" / "thesis.txt").read_text() == "kept"
    assert (temporary / "odoo-sync-demo-file").exists()
    assert (temporary / "kept").exists()
