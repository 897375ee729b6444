"""What tests on real servers share besides."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from pymongo import MongoClient
from pymongo.database import Database

from odoo_sync_tui.store.database import Store, open_store
from tests.support.store import config


@pytest.fixture
def database(mongo_uri: str, database_name: str) -> Iterator[Database[dict[str, Any]]]:
    """The test's database, as another program would open it."""
    client: MongoClient[dict[str, Any]] = MongoClient(mongo_uri, tz_aware=True)
    yield client[database_name]
    client.close()


@pytest.fixture
def store(mongo_uri: str, database_name: str) -> Iterator[Store]:
    """The store of the test's database, with its indexes."""
    with open_store(config(mongo_uri, database_name)) as opened:
        opened.indexes.ensure()
        yield opened
