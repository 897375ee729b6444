"""The list of the audit screen: one line per event, and more pages as the cursor goes down."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from odoo_sync_tui.core.audit.events import AuditEvent, AuditPage, Order
from odoo_sync_tui.core.audit.filter import describe_unknown_actions
from odoo_sync_tui.tui.format import render
from odoo_sync_tui.tui.format.event_row import format_history_row, format_history_titles
from odoo_sync_tui.tui.model.audit_page import MAX_COUNTED, LoadedEvents
from odoo_sync_tui.tui.model.state import DashboardState
from odoo_sync_tui.tui.widgets.lines import Line
from odoo_sync_tui.tui.widgets.paged_list import PagedList


class EventList(PagedList):
    """Draws an :class:`LoadedEvents`. Lines are laid out once, so that a long list costs no more than its new part."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 -- Textual's word
        super().__init__(id=id)
        self._list = LoadedEvents()
        self._line_cache: dict[str, Line] = {}
        self._cache_layout: object = None

    @property
    def selected_event(self) -> AuditEvent | None:
        """The event under the cursor."""
        events = self._list.events
        return events[self.cursor] if self.cursor < len(events) else None

    def find_event(self, key: str) -> AuditEvent | None:
        """Return the event of this key."""
        return next((event for event in self._list.events if event.id == key), None)

    def update_events(self, history: LoadedEvents, state: DashboardState) -> None:
        """Draw this list; the cursor and the scroll position stay with their events."""
        self._list = history
        old_cursor, old_scroll = self.cursor, self.scroll_offset.y
        self.update(state)
        moved = self.cursor - old_cursor
        if moved > 0 and old_scroll > 0:
            self.scroll_to(y=old_scroll + moved, animate=False)
        elif moved:
            self.watch_cursor(old_cursor, self.cursor)

    def build_header(self, state: DashboardState, width: int) -> Content:
        """Build the column titles; an arrow shows the direction of time."""
        arrow = state.glyphs.sort_arrows[self._list.order is Order.OLDEST_FIRST]
        return format_history_titles(state, width, arrow)

    def build_rows(self, state: DashboardState, width: int, height: int) -> Sequence[Line]:
        """Build one line per event; a sentence while there is none."""
        del height
        history = self._list
        if history.page is None:
            return []
        if not history.events:
            return [Line(render.assemble((_empty_text(history), render.MUTED)))]
        layout = (width, state.glyphs, state.now.date())  # a time of today is written otherwise than one of yesterday
        if layout != self._cache_layout:
            self._cache_layout, self._line_cache = layout, {}
        lines = [self._line_cache.get(event.id) or _event_line(state, event, width) for event in history.events]
        self._line_cache = {line.key: line for line in lines}
        return lines

    def action_move(self, offset: int) -> None:
        """Move the cursor; moving it down continues a stopped search."""
        super().action_move(offset)
        if offset > 0 and self._is_search_stopped:
            super()._request_next_page(self.cursor)

    def _request_next_page(self, row: int) -> None:
        """Request the next page in time, but never more of a stopped search: it may be long and in vain."""
        if not self._is_search_stopped:
            super()._request_next_page(row)

    @property
    def _is_search_stopped(self) -> bool:
        return self._list.page is not None and self._list.page.searched_to is not None


def describe_history(history: LoadedEvents, state: DashboardState) -> Content:
    """Describe the number of events, how many are held, and their order. Unknown numbers are left out."""
    glyphs = state.glyphs
    if history.page is None:
        return Content(f"reading the history {glyphs.ellipsis}")
    unknown = "" if history.events else describe_unknown_actions(history.query.actions)
    if unknown:
        return Content(render.safe_text(unknown, glyphs))
    parts = [_format_count(history, history.page, state), str(history.order)]
    if history.is_full:
        parts.append("no more are held: narrow the filter, or export")
    if history.following:
        parts.append("following")
    return Content(f"  {glyphs.separator}  ".join(parts))


def _format_count(history: LoadedEvents, page: AuditPage, state: DashboardState) -> str:
    count = render.format_number(len(history.events), state.glyphs)
    if history.query.is_search:
        if page.searched_to is not None:
            direction = "back" if history.order is Order.NEWEST_FIRST else "up"
            return (
                f"{count} found, searched {direction} to {render.format_time(state.now, page.searched_to)}; End goes on"
            )
        return f"{count} found, more further down" if page.after is not None else f"{count} found, all that there are"
    if history.total is None:
        return f"{count} shown, more further down" if page.after is not None else f"{count} of {count}"
    if history.total > MAX_COUNTED:
        return f"{count} of > {render.format_number(MAX_COUNTED, state.glyphs)}"
    return f"{count} of {render.format_number(history.total, state.glyphs)}"


def _event_line(state: DashboardState, event: AuditEvent, width: int) -> Line:
    return Line(format_history_row(event, state, width), event.id)


def _empty_text(history: LoadedEvents) -> str:
    if history.has_more:
        return "nothing found so far; End searches on"
    return "no event matches the filter" if history.text else "nothing has happened yet"
