"""The audit screen, opened on a history in memory."""

from __future__ import annotations

from odoo_sync_tui.tui.screens.audit import AuditScreen
from odoo_sync_tui.tui.widgets.chrome.inputs import FilterBar
from odoo_sync_tui.tui.widgets.event_list import EventList
from tests.support.fake_backend.backend import FakeBackend
from tests.support.fake_backend.history import history
from tests.support.fake_backend.overview_queries import FakeOverviewQueries
from tests.tui.support.screen import Screen


def backend(count: int = 450, **changes: object) -> FakeBackend:
    return FakeBackend(FakeOverviewQueries(events=history(count), **changes))


async def open_history(screen: Screen) -> None:
    await screen.press("A")
    await screen.until(lambda: isinstance(screen.app.screen, AuditScreen), "the history is open")
    await screen.until(lambda: screen.app.screen.history.page is not None, "the first page is there")
    await screen.settled()


def cursor_line(screen: Screen) -> str:
    table = screen.app.screen.query_one(EventList)
    return table.selected_event.id


async def type_filter(screen: Screen, text: str) -> None:
    """As if it had been typed; that typing works is a test of its own."""
    await screen.press("slash")
    await screen.until(lambda: screen.app.screen.query_one(FilterBar).has_focus, "the bar has the focus")
    screen.app.screen.query_one(FilterBar).value = text
    await screen.press("enter")
