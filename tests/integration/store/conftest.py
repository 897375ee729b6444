"""A store for tests that begin with an empty one: its indexes are made once, which would take most of their time."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from pymongo import MongoClient
from pymongo.database import Database

from odoo_sync_tui.store.database import open_store
from odoo_sync_tui.store.embedded.server import EmbeddedMongo
from tests.support.store import config

Shapes = dict[str, dict[str, Any]]


def shapes_of(database: Database[dict[str, Any]]) -> Shapes:
    """The options and the indexes of each collection: what a test leaves behind in one that it empties."""
    return {
        each["name"]: {"options": each["options"], "indexes": database[each["name"]].index_information()}
        for each in database.list_collections()
    }


@pytest.fixture(scope="session")
def prepared(mongod: EmbeddedMongo) -> Iterator[tuple[Database[dict[str, Any]], Shapes]]:
    """The database that these tests use one after the other, and its collections as the program makes them."""
    name = f"test_store_{uuid.uuid4().hex[:12]}"
    with MongoClient[dict[str, Any]](mongod.uri) as client:
        with open_store(config(mongod.uri, name)) as store:
            store.indexes.ensure()
        yield client[name], shapes_of(client[name])
        client.drop_database(name)


@pytest.fixture
def database_name(
    request: pytest.FixtureRequest, prepared: tuple[Database[dict[str, Any]], Shapes], database_name: str
) -> str:
    """The name of a database that holds no document; without ``store`` it is not even there."""
    if "store" not in request.fixturenames:
        return database_name
    database, made = prepared
    for name, shape in shapes_of(database).items():
        if shape == made.get(name):
            database[name].delete_many({})
        else:
            database.drop_collection(name)  # a test has made it, or changed its options or indexes
    return database.name
