"""The list of the audit screen: one line an event, as on the dashboard, and more of them as the cursor goes down."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from odoo_sync_tui.core.audit import AuditEvent, AuditPage, Order
from odoo_sync_tui.tui import view
from odoo_sync_tui.tui.audit_list import COUNTED_AT_MOST, AuditList
from odoo_sync_tui.tui.state import DashboardState
from odoo_sync_tui.tui.widgets.audit_table import COLUMN_TITLES, event_columns, event_row
from odoo_sync_tui.tui.widgets.lines import Line
from odoo_sync_tui.tui.widgets.paged_list import PagedList


class AuditHistory(PagedList):
    """Draws an :class:`AuditList`. Lines are laid out once, so that a long list costs no more than its new part."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 -- Textual's word
        super().__init__(id=id)
        self._list = AuditList()
        self._laid_out: dict[str, Line] = {}
        self._laid_out_for: object = None

    @property
    def chosen(self) -> AuditEvent | None:
        """The event under the cursor."""
        events = self._list.events
        return events[self.cursor] if self.cursor < len(events) else None

    def event(self, key: str) -> AuditEvent | None:
        """The event of this key."""
        return next((event for event in self._list.events if event.id == key), None)

    def show_list(self, shown: AuditList, state: DashboardState) -> None:
        """Draw this list; the cursor and what is in sight stay with their events."""
        self._list = shown
        before, offset = self.cursor, self.scroll_offset.y
        self.show(state)
        moved = self.cursor - before
        if moved > 0 and offset > 0:
            self.scroll_to(y=offset + moved, animate=False)
        elif moved:
            self.watch_cursor(before, self.cursor)

    def header(self, state: DashboardState, width: int) -> Content:
        """The column titles; an arrow tells which way time runs."""
        arrow = state.glyphs.arrows[self._list.order is Order.OLDEST_FIRST]
        time, *others = COLUMN_TITLES
        titles = (view.line(title) for title in (f"{time} {arrow}", *others))
        return event_columns(state.glyphs, width, *titles).stylize(view.MUTED)

    def rows(self, state: DashboardState, width: int, height: int) -> Sequence[Line]:
        """One line an event; a sentence while there is none."""
        del height
        shown = self._list
        if shown.page is None:
            return []
        if not shown.events:
            return [Line(view.line((_nothing(shown), view.MUTED)))]
        basis = (width, state.glyphs, state.now.date())  # a time of today is written otherwise than one of yesterday
        if basis != self._laid_out_for:
            self._laid_out_for, self._laid_out = basis, {}
        lines = [self._laid_out.get(event.id) or _line(state, event, width) for event in shown.events]
        self._laid_out = {line.key: line for line in lines}
        return lines

    def action_move(self, by: int) -> None:
        """Move the cursor; a search that has stopped goes on when it is moved down."""
        super().action_move(by)
        if by > 0 and self._search_stopped:
            super()._ask_for_more(self.cursor)

    def _ask_for_more(self, row: int) -> None:
        """Ask for the next page in time; but never by itself for more of a search, which may be long and in vain."""
        if not self._search_stopped:
            super()._ask_for_more(row)

    @property
    def _search_stopped(self) -> bool:
        return self._list.page is not None and self._list.page.searched_to is not None


def found(shown: AuditList, state: DashboardState) -> Content:
    """How many events are there, how many of them are shown, and in which way. Says what it does not know."""
    glyphs = state.glyphs
    if shown.page is None:
        return Content(f"reading the history {glyphs.cut}")
    parts = [_how_many(shown, shown.page, state), str(shown.order)]
    if shown.full:
        parts.append("no more are held: narrow the filter, or export")
    if shown.following:
        parts.append("following")
    return Content(f"  {glyphs.dot}  ".join(parts))


def _how_many(shown: AuditList, page: AuditPage, state: DashboardState) -> str:
    count = view.number(len(shown.events), state.glyphs)
    if shown.query.searches:
        if page.searched_to is not None:
            direction = "back" if shown.order is Order.NEWEST_FIRST else "up"
            return f"{count} found, searched {direction} to {view.moment_of(state.now, page.searched_to)}; End goes on"
        return f"{count} found, more further down" if page.after is not None else f"{count} found, all that there are"
    if shown.total is None:
        return f"{count} shown, more further down" if page.after is not None else f"{count} of {count}"
    if shown.total > COUNTED_AT_MOST:
        return f"{count} of > {view.number(COUNTED_AT_MOST, state.glyphs)}"
    return f"{count} of {view.number(shown.total, state.glyphs)}"


def _line(state: DashboardState, event: AuditEvent, width: int) -> Line:
    return Line(event_row(state, event, width), event.id)


def _nothing(shown: AuditList) -> str:
    if shown.goes_on:
        return "nothing found so far; End searches on"
    return "no event matches the filter" if shown.text else "nothing has happened yet"
