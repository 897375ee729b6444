"""A look-alike of each dialect, fresh for every test, and clients for it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from odoo_sync_tui.demo import DemoOdoo
from tests.integration.contract.client import CLIENTS, Client, Target
from tests.unit.demo.calls import Connect, Start


@pytest.fixture
def odoo() -> Iterator[DemoOdoo]:
    with DemoOdoo(records=60) as server:
        yield server


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts a look-alike with the arguments given; all are stopped when the test ends."""
    started: list[DemoOdoo] = []

    def go(**arguments: object) -> DemoOdoo:
        server = DemoOdoo(**arguments)
        server.start()
        started.append(server)
        return server

    yield go
    for server in started:
        server.stop()


@pytest.fixture
def connect() -> Connect:
    """A client for a server, over JSON-2 unless told otherwise."""

    def go(server: DemoOdoo, protocol: str = "json2") -> Client:
        target = Target(server.url, server.database, server.username, server.api_key, server.dialect, real=False)
        return CLIENTS[protocol](target)

    return go
