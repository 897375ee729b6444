"""What tests on real servers share besides."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient
from pymongo.database import Database

from odoo_sync_tui.store.embedded.server import open_embedded


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """A directory for an embedded mongod that a test may mistreat. No mongod is left in it afterwards."""
    place = Path(tempfile.mkdtemp(prefix="ost-"))
    directory = place / "mongo"
    yield directory
    if directory.is_dir():
        open_embedded(directory).close()  # takes over what the test left running, and stops it
    shutil.rmtree(place)


@pytest.fixture
def database(mongo_uri: str, database_name: str) -> Iterator[Database[dict[str, Any]]]:
    """The test's database, as another program would open it."""
    client: MongoClient[dict[str, Any]] = MongoClient(mongo_uri, tz_aware=True)
    yield client[database_name]
    client.close()
