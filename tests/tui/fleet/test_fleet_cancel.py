"""What is at work is stopped from the list of all sources."""

from __future__ import annotations

from dataclasses import replace

from odoo_sync_tui.core.errors import StoreUnavailable
from odoo_sync_tui.core.reports.fleet import SourceProgress, SourceState
from odoo_sync_tui.core.reports.health import HealthLevel
from tests.support.fake_backend.fleet import FakeFleet
from tests.support.fake_backend.options import Ui
from tests.support.fake_backend.values import NOW
from tests.tui.support.screen import RunApp

IDLE = SourceState("acme", HealthLevel.IN_STEP, last_success=NOW, documents=10, at=NOW)
ALPHA = replace(IDLE, name="works-alpha", running=SourceProgress("sync_users", "r1", NOW, 30, 120))
BETA = replace(IDLE, name="works-beta", running=SourceProgress("sync_users", "r2", NOW, 30, 120))


async def test_a_run_that_somebody_else_began_is_cancelled_after_a_question(run_fleet: RunApp) -> None:
    async with run_fleet(FakeFleet((IDLE, ALPHA, BETA))) as screen:
        await screen.press("down", "c")
        await screen.shows("Cancel the sync of works-alpha?", "ends at its next page")
        await screen.press("escape")
        assert screen.backend.cancelled == {}
        await screen.press("c", "left", "enter")
        await screen.shows("asked to stop at its next page")
        assert screen.backend.cancelled == {"works-alpha": "r1"}


async def test_all_marked_runs_are_cancelled_and_sources_without_one_are_left_out(run_fleet: RunApp) -> None:
    async with run_fleet(FakeFleet((IDLE, ALPHA, BETA))) as screen:
        await screen.press("a", "c")
        await screen.shows("Cancel the syncs of 2 sources?", "works-alpha, works-beta.")
        await screen.press("left", "enter")
        await screen.until(lambda: screen.backend.cancelled, "they are cancelled")
        assert screen.backend.cancelled == {"works-alpha": "r1", "works-beta": "r2"}


async def test_a_sync_of_several_is_stopped_as_a_whole_with_those_that_wait(run_fleet: RunApp) -> None:
    async with run_fleet(FakeFleet((IDLE, replace(IDLE, name="beta"), ALPHA))) as screen:
        await screen.press("space", "space", "d", "left", "enter")
        await screen.shows("0 of 2 done", "waiting")
        await screen.press("home", "c")
        await screen.shows("Cancel the syncs of 2 sources?", "acme, beta.", "do not begin")
        await screen.press("left", "enter")
        await screen.shows("done; 2 cancelled")
        assert screen.backend.cancelled == {}


async def test_a_single_sync_of_this_screen_is_stopped_without_a_question(run_fleet: RunApp) -> None:
    async with run_fleet(FakeFleet((IDLE, ALPHA))) as screen:
        await screen.press("u")
        await screen.shows("0 of 1 done")
        await screen.press("c")
        await screen.shows("done; 1 cancelled")


async def test_where_nothing_is_at_work_it_is_said(run_fleet: RunApp) -> None:
    async with run_fleet(FakeFleet((IDLE, ALPHA))) as screen:
        await screen.press("c")
        await screen.shows("No run is at work in acme.")
        assert screen.backend.cancelled == {}


async def test_the_key_is_offered_only_while_something_is_at_work_and_may_be_written(run_fleet: RunApp) -> None:
    async with run_fleet(FakeFleet((IDLE, ALPHA))) as screen:
        assert "c Cancel" in await screen.footer()
    async with run_fleet(FakeFleet((IDLE,))) as screen:
        assert "c Cancel" not in await screen.footer()
    async with run_fleet(FakeFleet((IDLE, ALPHA)), Ui(read_only=True)) as screen:
        await screen.press("down", "c")
        assert "Cancel the sync" not in screen.text


async def test_a_store_that_cannot_be_written_is_said(run_fleet: RunApp) -> None:
    fleet = FakeFleet((ALPHA,))

    def fail(_runs: object) -> int:
        raise StoreUnavailable("MongoDB is away.")

    fleet.cancel = fail  # type: ignore[method-assign]
    async with run_fleet(fleet) as screen:
        await screen.press("c", "left", "enter")
        await screen.shows("Not cancelled", "MongoDB is away.")
