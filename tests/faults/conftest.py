"""The world that the faults strike: a small demo Odoo, a real mongod, our service with little patience."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator

import pytest
from pymongo import MongoClient

from odoo_sync_tui.demo import DemoOdoo
from odoo_sync_tui.odoo.calls import retry
from odoo_sync_tui.pipeline.heartbeat import Heartbeat
from tests.support.world import World, world

AtTheEnd = Callable[[Callable[[], object]], None]

SETTINGS: dict[str, object] = {
    "odoo__page_size": 10,
    "odoo__retry_seconds": 3.0,
    "odoo__timeout_seconds": 5.0,
    "sync__block_size": 20,
    "sync__lease_seconds": 3,
    "sync__retire_min": 5,
    "mongo__timeout_seconds": 5.0,
}


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Calls are repeated at once: what is tested is what happens then, not how long it takes."""
    monkeypatch.setattr(retry, "FIRST_PAUSE", 0.02)


@pytest.fixture
def at_the_end(monkeypatch: pytest.MonkeyPatch) -> AtTheEnd:
    """Have something happen once, when the next run has synced everything and before it records its end."""

    def arrange(strike: Callable[[], object]) -> None:
        leave, strikes = Heartbeat.__exit__, iter([strike])

        def struck(heartbeat: Heartbeat, *raised: object) -> None:
            leave(heartbeat, *raised)
            next(strikes, lambda: None)()

        monkeypatch.setattr(Heartbeat, "__exit__", struck)

    return arrange


@pytest.fixture(scope="session")
def faults_database() -> str:
    """One database for all tests of this folder: making its indexes anew for each would take most of their time."""
    return f"test_faults_{uuid.uuid4().hex[:12]}"


@pytest.fixture
def database_name(mongo_uri: str, faults_database: str) -> str:
    """Its name; it is empty when a test begins."""
    with MongoClient(mongo_uri) as client:
        for name in client[faults_database].list_collection_names():
            client[faults_database][name].delete_many({})
    return faults_database


@pytest.fixture
def odoo() -> Iterator[DemoOdoo]:
    with DemoOdoo(records=30) as server:
        yield server


@pytest.fixture
def here(odoo: DemoOdoo, mongo_uri: str, database_name: str) -> Iterator[World]:
    with world(mongo_uri, database_name, odoo, **SETTINGS) as parts:
        yield parts
