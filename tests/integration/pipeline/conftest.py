"""The world of most tests of the service: a demo Odoo of sixty records a model, a real mongod, and our service."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pymongo import monitoring

from odoo_sync_tui.demo import DemoOdoo
from tests.support.world import World, world


@pytest.fixture
def odoo() -> Iterator[DemoOdoo]:
    with DemoOdoo(records=60) as server:
        yield server


@pytest.fixture
def here(odoo: DemoOdoo, mongo_uri: str, database_name: str) -> Iterator[World]:
    with world(mongo_uri, database_name, odoo) as parts:
        yield parts


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch) -> list[monitoring.CommandStartedEvent]:
    """Every command of the clients made after this fixture: name it before ``here``."""
    seen: list[monitoring.CommandStartedEvent] = []

    class Listener(monitoring.CommandListener):
        def started(self, event: monitoring.CommandStartedEvent) -> None:
            seen.append(event)

        def succeeded(self, event: monitoring.CommandSucceededEvent) -> None: ...

        def failed(self, event: monitoring.CommandFailedEvent) -> None: ...

    listeners = monitoring._LISTENERS
    monkeypatch.setattr(monitoring, "_LISTENERS", monitoring._Listeners([Listener()], *listeners[1:]))
    return seen
