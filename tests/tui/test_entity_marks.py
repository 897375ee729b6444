"""Rows that are marked on the screen of an entity, and synced alone."""

from __future__ import annotations

import pytest
from textual.widgets import Input

from odoo_sync_tui.core.actions import Action
from odoo_sync_tui.core.scope import Scope, Selection
from odoo_sync_tui.tui.widgets.document_list import DocumentList
from tests.support.fake_backend.options import Ui
from tests.support.slow import slow
from tests.tui.support.entity_driver import open_entity
from tests.tui.support.screen import RunApp
from tests.tui.support.sizes import SMALL, USUAL, name_of


async def test_marked_documents_are_synced_alone(run_app: RunApp) -> None:
    async with run_app() as screen:
        await open_entity(screen)
        first, second, third = (row.odoo_id for row in screen.app.screen.query_one(DocumentList).rows[:3])
        await screen.press("space", "down", "space")
        await screen.shows("2 marked; S syncs them alone", "● ")
        await screen.press("S")
        await screen.until(lambda: screen.backend.synced, "the sync is asked for")
        ((action, _, scope),) = screen.backend.synced
        assert action is Action.DATA_LAKE
        assert scope == Scope(entities=("opportunities",), selection=Selection(ids=tuple(sorted((first, third)))))
        assert second not in scope.requested_ids
        await screen.until(lambda: "marked" not in screen.text, "the marks are gone")


async def test_a_second_press_takes_the_mark_away(run_app: RunApp) -> None:
    async with run_app() as screen:
        await open_entity(screen)
        await screen.press("space")
        await screen.shows("1 marked")
        await screen.press("up", "space")
        await screen.until(lambda: "marked" not in screen.text, "no row is marked")
        await screen.press("S")
        await screen.shows("No row is marked; Space marks one.")
        assert screen.backend.synced == []


async def test_rows_in_quarantine_are_marked_where_the_cursor_is(run_app: RunApp) -> None:
    async with run_app() as screen:
        await open_entity(screen)
        quarantine = screen.app.screen.query_one("#quarantine")
        quarantine.focus()
        number = quarantine.rows[0].odoo_id
        await screen.press("space", "S")
        await screen.until(lambda: screen.backend.synced, "the sync is asked for")
        assert screen.backend.synced[0][2].requested_ids == (number,)


async def test_a_read_only_dashboard_marks_and_syncs_nothing(run_app: RunApp) -> None:
    async with run_app(ui=Ui(read_only=True)) as screen:
        await open_entity(screen)
        await screen.press("space", "S")
        await screen.shows("This dashboard is read-only")
        assert screen.backend.synced == []


async def test_a_space_in_the_search_is_typed(run_app: RunApp) -> None:
    async with run_app() as screen:
        await open_entity(screen)
        await screen.press("slash")
        await screen.until(lambda: isinstance(screen.app.focused, Input), "the field is there")
        await screen.type("a b")
        assert isinstance(screen.app.focused, Input)
        assert screen.app.focused.value == "a b"
        assert "marked" not in screen.text


@pytest.mark.parametrize("size", [SMALL, *slow([(USUAL,)])], ids=name_of)
@pytest.mark.parametrize("ascii_only", [False, True], ids=["unicode", "ascii"])
async def test_a_marked_row_is_seen_without_colour(run_app: RunApp, size: tuple[int, int], ascii_only: bool) -> None:
    async with run_app(ui=Ui(ascii=ascii_only), size=size) as screen:
        await open_entity(screen)
        await screen.press("space", "space")
        await screen.shows("2 marked")
        await screen.matches(f"entity_marked{'_ascii' if ascii_only else ''}-{name_of(size)}")
