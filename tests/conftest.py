"""What tests of every kind share: one real mongod per test process, and a database of its own for each test."""

from __future__ import annotations

import gc
import os
import shutil
import signal
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from pymongo import MongoClient

from odoo_sync_tui.core.text.redaction import forget_new_secrets
from odoo_sync_tui.store.embedded.directory import DataDirectory
from odoo_sync_tui.store.embedded.server import EmbeddedMongo, open_embedded

# Test runners and shells set them for their own window; a program that a test starts asks its own terminal.
for _size in ("COLUMNS", "LINES"):
    os.environ.pop(_size, None)
# Screens are drawn with Unicode, whatever the locale of the machine says.
os.environ["LC_ALL"] = "C.UTF-8"
# The proxy of the machine is no part of a test.
for _proxy in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
    os.environ.pop(_proxy, None)
    os.environ.pop(_proxy.upper(), None)
# Some hundred programs are started, and compile the package once, not each of them anew.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# Examples take as long as a busy machine lets them.
settings.register_profile("tests", deadline=None)
settings.load_profile("tests")


def pytest_collection_finish() -> None:
    """Keep the garbage collector from looking through all tests and modules, which stay, in the middle of each test.

    That was a quarter of the processor's time of a test that draws screens.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 10, 10)


@pytest.fixture(scope="session", autouse=True)
def default_signals_in_programs() -> None:
    """Give the programs of a test default signals, however this run was started.

    What is ignored here (under nohup, or in the background of a script) they would ignore too, and never end. A
    handler is not inherited; one that does nothing keeps this process as deaf as it was.
    """
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, lambda *_: None)


def place_of_data() -> Path | None:
    """Where data files are kept in memory: there a mongod takes a tenth less of the processor. ``None``: no such place.

    It has room for some test processes of half a gigabyte each, and a machine that grants it has twice as much.
    """
    place = Path("/dev/shm")
    return place if os.access(place, os.W_OK) and shutil.disk_usage(place).free > 4 << 30 else None


@pytest.fixture(scope="session")
def mongod() -> Iterator[EmbeddedMongo]:
    """The embedded mongod: a replica set of one member on a Unix socket."""
    with (
        tempfile.TemporaryDirectory(prefix="ost-", dir=place_of_data()) as directory,
        open_embedded(Path(directory) / "mongo") as server,
    ):
        yield server


@pytest.fixture(autouse=True)
def secrets_of_this_test() -> Iterator[None]:
    """What one test hides from the log is no secret of the next one."""
    with forget_new_secrets():
        yield


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """A directory for an embedded mongod that a test may mistreat. No mongod is left in it afterwards."""
    place = Path(tempfile.mkdtemp(prefix="ost-", dir=place_of_data()))
    directory = place / "mongo"
    yield directory
    if directory.is_dir() and DataDirectory(directory).mongod_pid() is not None:
        open_embedded(directory).close()  # takes over what the test left running, and stops it
    shutil.rmtree(place)


@pytest.fixture
def mongo_uri(mongod: EmbeddedMongo) -> str:
    """Its connection string."""
    return mongod.uri


@pytest.fixture
def database_name(mongo_uri: str) -> Iterator[str]:
    """The name of a database that is not there before the test, nor after it."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    yield name
    with MongoClient(mongo_uri) as client:
        client.drop_database(name)
