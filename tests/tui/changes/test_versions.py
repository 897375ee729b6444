"""Versions of a document on the screen, and two of them compared."""

from __future__ import annotations

from dataclasses import replace

import pytest

from odoo_sync_tui.core.changes.entry import FieldChange
from odoo_sync_tui.core.changes.reading import DocumentHistory, DocumentVersion
from odoo_sync_tui.core.errors import ConfigurationError
from tests.support.fake_backend.backend import FakeBackend
from tests.support.fake_backend.change_queries import HISTORY, LEADS, FakeChangeQueries, logged
from tests.support.fake_backend.options import Ui
from tests.support.fake_backend.values import ago
from tests.support.hostile_text import HOSTILE_ON_FURTHER_SCREENS, harmless
from tests.support.slow import slow
from tests.tui.support.entity_driver import open_entity
from tests.tui.support.screen import RunApp, Screen
from tests.tui.support.sizes import SMALL, USUAL, name_of

PROD = Ui(environment="PROD")


def behind(queries: FakeChangeQueries) -> FakeBackend:
    return FakeBackend(change_queries=queries)


async def open_versions(screen: Screen) -> None:
    await open_entity(screen)
    await screen.press("h")
    await screen.shows("Versions of opportunities")


class TestVersions:
    async def test_h_on_a_document_lists_its_versions_the_newest_first(self, run_app: RunApp) -> None:
        async with run_app() as screen:
            await open_versions(screen)
            await screen.shows("all 4 logged versions, all since", "Space marks two to compare")
            assert screen.backend.change_queries.asked == [(LEADS, 1_000_000)]
            rows = [line for line in screen.text.splitlines() if "data." in line]
            assert ["updated" in rows[0], "data.stage_id, data.name" in rows[2], "created" in rows[3]] == [True] * 3
            assert 'data.name "Roof"' in rows[3]

    async def test_enter_shows_old_and_new_value_of_one_version(self, run_app: RunApp) -> None:
        async with run_app() as screen:
            await open_versions(screen)
            await screen.shows("data.stage_id, data.name")
            await screen.press("down", "enter")
            await screen.shows("opportunities 4711", "old 2", "new 3")

    async def test_two_marked_versions_are_compared_in_the_order_of_time(self, run_app: RunApp) -> None:
        async with run_app() as screen:
            await open_versions(screen)
            await screen.shows("data.stage_id, data.name")
            await screen.press("space", "c")  # one is not enough
            await screen.press("down", "space")
            await screen.shows("2 marked; c compares them")
            await screen.press("c")
            await screen.shows("two versions compared", 'old "Solar roof"', 'new "Solar roof for Nordwind"')
            await screen.shows("old 2", "new 3")  # which changed in between

    async def test_a_third_mark_takes_the_place_of_the_first(self, run_app: RunApp) -> None:
        async with run_app() as screen:
            await open_versions(screen)
            await screen.shows("data.stage_id, data.name")
            await screen.press("space", "space", "space", "c")
            await screen.shows("two versions compared", "old 2", "new 3")
            assert "Nordwind" not in screen.text

    async def test_a_document_without_a_history_says_so(self, run_app: RunApp) -> None:
        none = FakeChangeQueries(raises=ConfigurationError("There is no document 1 of opportunities."))
        async with run_app(behind(none)) as screen:
            await open_versions(screen)
            await screen.shows("There is no document 1 of opportunities.")
        empty = FakeChangeQueries(DocumentHistory(LEADS, 1))
        async with run_app(behind(empty)) as screen:
            await open_versions(screen)
            await screen.shows("no logged versions, others may be missing")

    @pytest.mark.parametrize("text", HOSTILE_ON_FURTHER_SCREENS)
    async def test_no_text_of_a_version_acts_on_the_terminal(self, run_app: RunApp, text: str) -> None:
        change = replace(logged(5, FieldChange(f"data.{text}", text, [text]), at=ago(days=1)), run_id=text, entity=text)
        queries = FakeChangeQueries(replace(HISTORY, versions=(DocumentVersion(change, text),)))
        async with run_app(behind(queries)) as screen:
            await open_versions(screen)
            await screen.shows("1 logged version")
            await screen.press("enter")
            await screen.shows("updated", "old")
            assert harmless(await screen.settled())

    @pytest.mark.parametrize("size", [SMALL, *slow([(USUAL,)])], ids=name_of)
    async def test_versions_look_as_they_should(self, run_app: RunApp, size: tuple[int, int]) -> None:
        async with run_app(ui=PROD, size=size) as screen:
            await open_versions(screen)
            await screen.shows("data.stage_id, data.name")
            await screen.press("space", "space")
            await screen.shows("2 marked")
            await screen.matches(f"versions-{name_of(size)}")
            await screen.press("c")
            await screen.shows("two versions compared")
            await screen.matches(f"versions_compared-{name_of(size)}")
