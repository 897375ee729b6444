"""What tests on real servers share besides."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from pymongo import MongoClient
from pymongo.database import Database


@pytest.fixture
def database(mongo_uri: str, database_name: str) -> Iterator[Database[dict[str, Any]]]:
    """The test's database, as another program would open it."""
    client: MongoClient[dict[str, Any]] = MongoClient(mongo_uri, tz_aware=True)
    yield client[database_name]
    client.close()
