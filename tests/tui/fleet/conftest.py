"""The screen of all sources on a fleet in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from odoo_sync_tui.tui.fleet.application import FleetApp
from odoo_sync_tui.tui.fleet.rows import FleetMemory
from tests.support.fake_backend.fleet import FakeFleet
from tests.support.fake_backend.options import Ui
from tests.support.fake_backend.values import NOW
from tests.tui.support.screen import RunApp, Screen

PROD = Ui(environment="PROD")


@pytest.fixture
def run_fleet() -> RunApp:
    """``async with run_fleet(fleet) as screen``: the screen, once the sources were read."""

    @asynccontextmanager
    async def run(
        fleet: FakeFleet | None = None,
        ui: Ui = PROD,
        *,
        size: tuple[int, int] = (120, 40),
        memory: FleetMemory | None = None,
    ) -> AsyncIterator[Screen]:
        fleet = fleet or FakeFleet()
        app = FleetApp(fleet.make_setup, ui, memory or FleetMemory(), clock=lambda: NOW)
        async with app.run_test(size=size, notifications=True, tooltips=True) as pilot:
            screen = Screen(app, pilot, fleet)
            await screen.until(lambda: "reading" not in screen.text and fleet.reads, "the sources are read")
            await pilot.pause()
            yield screen

    return run
