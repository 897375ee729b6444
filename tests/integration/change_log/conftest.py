"""The world of the runs whose changes are logged: a small demo Odoo, a real mongod, and our service."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from odoo_sync_tui.demo import DemoOdoo
from tests.support.world import World, world


@pytest.fixture
def odoo() -> Iterator[DemoOdoo]:
    with DemoOdoo(records=20) as server:
        yield server


@pytest.fixture
def here(odoo: DemoOdoo, mongo_uri: str, database_name: str) -> Iterator[World]:
    with world(mongo_uri, database_name, odoo) as parts:
        yield parts
