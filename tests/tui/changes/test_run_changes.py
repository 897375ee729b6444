"""What a run changed, on the screen; and the changes of an entity by day."""

from __future__ import annotations

from dataclasses import replace

import pytest

from odoo_sync_tui.core.changes.entry import LoggedChange
from odoo_sync_tui.tui.screens import changes as changes_module
from tests.support.fake_backend.backend import FakeBackend
from tests.support.fake_backend.change_queries import VERSIONS, FakeChangeQueries
from tests.support.fake_backend.detail_queries import FakeDetailQueries, entity_report
from tests.tui.support.entity_driver import open_entity
from tests.tui.support.screen import RunApp


def behind(queries: FakeChangeQueries) -> FakeBackend:
    return FakeBackend(change_queries=queries)


async def test_h_on_a_run_lists_what_it_changed(run_app: RunApp) -> None:
    async with run_app() as screen:
        screen.app.navigator.open_run("run-1")
        await screen.shows("Details")
        await screen.press("h")
        await screen.shows("Changes of run run-1", "all 4 changes", "4702")
        await screen.press("down", "enter")
        await screen.shows("opportunities 4702", 'old "Roof"', 'new "Solar roof"')


async def test_further_changes_are_read_in_time(run_app: RunApp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changes_module, "CHANGES_PER_PAGE", 40)
    many = tuple(replace(VERSIONS[2].change, number=n, odoo_id=n) for n in range(1, 96))
    async with run_app(behind(FakeChangeQueries(changes=many))) as screen:
        screen.app.navigator.open_changes("run-1")
        await screen.shows("Changes of run run-1")
        await screen.press("end", "end", "end")
        await screen.until(lambda: "all 95 changes" in screen.text, "all are read")


async def test_a_run_of_which_nothing_was_logged_says_so(run_app: RunApp) -> None:
    none: tuple[LoggedChange, ...] = ()
    async with run_app(behind(FakeChangeQueries(changes=none))) as screen:
        screen.app.navigator.open_changes("run-1")
        await screen.shows("nothing was logged of this run")


async def test_an_entity_shows_its_changes_per_day_as_a_chart(run_app: RunApp) -> None:
    report = replace(entity_report(), changes_per_day=(0, 1, 10, 100, 1000, 12))
    async with run_app(FakeBackend(detail_queries=FakeDetailQueries(entity_shown=report))) as screen:
        await open_entity(screen)
        await screen.shows("changes", "▁▂▄▆█▄ 1 123 in 6 days, 12 today")
