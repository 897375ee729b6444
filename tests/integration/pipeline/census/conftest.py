"""An Odoo with a clock that tests move on, and a lake read in small steps."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from odoo_sync_tui.demo import DemoOdoo
from tests.support.world import Clock, World, world


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def odoo(clock: Clock) -> Iterator[DemoOdoo]:
    with DemoOdoo(records=60, clock=clock) as server:
        yield server


@pytest.fixture
def here(odoo: DemoOdoo, mongo_uri: str, database_name: str) -> Iterator[World]:
    with world(mongo_uri, database_name, odoo, odoo__page_size=20, sync__block_size=20) as parts:
        yield parts
