"""What tests on real servers share besides: most begin with an empty store whose indexes are made once a process."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from pymongo import MongoClient
from pymongo.database import Database

from odoo_sync_tui.store.database import Store, open_store
from odoo_sync_tui.store.embedded.server import EmbeddedMongo
from tests.support.store import config

Shapes = dict[str, dict[str, Any]]
PREPARED = {"here", "store", "witness"}
"""Fixtures whose database is emptied for a test, not made for it: that would take a third of the test's time."""


def shapes_of(database: Database[dict[str, Any]]) -> Shapes:
    """The options and the indexes of each collection: what a test leaves behind in one that it empties."""
    return {
        each["name"]: {"options": each["options"], "indexes": database[each["name"]].index_information()}
        for each in database.list_collections()
    }


@pytest.fixture(scope="session")
def prepared(mongod: EmbeddedMongo) -> Iterator[tuple[Database[dict[str, Any]], Shapes]]:
    """The database that these tests use one after the other, and its collections as the program makes them."""
    name = f"test_prepared_{uuid.uuid4().hex[:12]}"
    with MongoClient[dict[str, Any]](mongod.uri) as client:
        with open_store(config(mongod.uri, name)) as store:
            store.indexes.ensure()
            store.indexes.keep_changes(timedelta(days=400))
        yield client[name], shapes_of(client[name])
        client.drop_database(name)


@pytest.fixture
def database_name(
    request: pytest.FixtureRequest, prepared: tuple[Database[dict[str, Any]], Shapes], database_name: str
) -> str:
    """The name of a database that holds no document; without one of ``PREPARED`` it is not even there."""
    if PREPARED.isdisjoint(request.fixturenames):
        return database_name
    database, made = prepared
    for name, shape in shapes_of(database).items():
        if shape == made.get(name):
            database[name].delete_many({})
        else:
            database.drop_collection(name)  # a test has made it, or changed its options or indexes
    return database.name


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
