"""Screen of the whole audit history: filtered and counted by the server, followed live, copied, exported."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import ClassVar

from textual import on
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input, Static

from odoo_sync_tui.core.audit.events import AuditEvent, AuditPage, AuditQuery, Order
from odoo_sync_tui.core.audit.filter import FilterError, parse_filter
from odoo_sync_tui.tui.backend import DashboardOverviewQueries
from odoo_sync_tui.tui.commands import AUDIT, CommandContext
from odoo_sync_tui.tui.format import render
from odoo_sync_tui.tui.messages import OpenEvent
from odoo_sync_tui.tui.model.audit_page import MAX_COUNTED, PAGE_SIZE, LoadedEvents
from odoo_sync_tui.tui.model.state import Problem
from odoo_sync_tui.tui.screens.base import PageScreen, ScreenContext, make_panel
from odoo_sync_tui.tui.widgets.chrome.inputs import FilterBar
from odoo_sync_tui.tui.widgets.event_list import EventList, describe_history
from odoo_sync_tui.tui.widgets.lines import LineList
from odoo_sync_tui.tui.widgets.paged_list import PagedList

FILTER_HINT = "action: user: outcome: run: since: until: or text; ! leaves out; Enter applies"


class AuditScreen(PageScreen):
    """The audit events that match a filter, newest or oldest first.

    ``generation`` counts the changes of filter and order: an answer to an earlier one is dropped.
    """

    SCREEN_NAME = AUDIT
    AUTO_FOCUS: ClassVar[str | None] = "#history"

    class Read(Message):
        """The first page of events, and the number of all."""

        def __init__(self, page: AuditPage, total: int | None, generation: int) -> None:
            super().__init__()
            self.page = page
            self.total = total
            self.generation = generation

    class Continued(Message):
        """The next page of events."""

        def __init__(self, page: AuditPage, generation: int) -> None:
            super().__init__()
            self.page = page
            self.generation = generation

    class Followed(Message):
        """Newer events, at most one page."""

        def __init__(self, page: AuditPage, generation: int) -> None:
            super().__init__()
            self.page = page
            self.generation = generation

    class Failed(Message):
        """The events could not be read."""

        def __init__(self, problem: Problem) -> None:
            super().__init__()
            self.problem = problem

    def __init__(self, context: ScreenContext, monitor: DashboardOverviewQueries, text: str = "") -> None:
        super().__init__(context)
        self._monitor = monitor
        self._list = LoadedEvents(text=text, query=parse_filter(text, self.state.now))
        self._generation = 0
        self._filter_error: FilterError | None = None

    @property
    def history(self) -> LoadedEvents:
        """The events on the screen, with their filter and order."""
        return self._list

    @property
    def selected_event(self) -> AuditEvent | None:
        """The event under the cursor."""
        event_lists = self.query(EventList)
        return event_lists.first().selected_event if event_lists else None

    def refine_context(self, app_context: CommandContext) -> CommandContext:
        """Enable copying and exporting when there are events."""
        return replace(super().refine_context(app_context), has_event=bool(self._list.events))

    def compose_content(self) -> Iterable[Widget]:
        """Compose the filter, the number of its events, and the events."""
        yield FilterBar(id="filter")
        yield Static(id="note", classes="note", markup=False)
        yield make_panel("Audit history", EventList(id="history"))

    def on_mount(self) -> None:
        """Read newer events at the dashboard's interval while following. Textual calls the base's handler too."""
        self.query_one(FilterBar).value = self._list.text
        self.set_interval(self._screen_context.refresh_seconds, self._read_newer)

    # ------------------------------------------------------------------------------------------------ reading

    def read(self) -> None:
        """Read the first page anew."""
        self._generation += 1
        query, order, generation = self._list.query, self._list.order, self._generation

        def work() -> Message:
            page = self._monitor.list_events(query, PAGE_SIZE, None, order)
            total = None if query.is_search else self._monitor.count_events(query, MAX_COUNTED + 1)
            return self.Read(page, total, generation)

        self.read_in_thread(f"events {generation}", work, self.Failed)

    @on(PagedList.NextPageRequested, "#history")
    def _read_next_page(self) -> None:
        history, generation = self._list, self._generation
        if not history.has_more or history.page is None:
            return
        after = history.page.after

        def work() -> Message:
            return self.Continued(self._monitor.list_events(history.query, PAGE_SIZE, after, history.order), generation)

        self.read_in_thread(f"events after {after} {generation}", work, self.Failed)

    def _read_newer(self) -> None:
        history, generation = self._list, self._generation
        if not (history.following and self.is_active and history.page is not None):
            return
        query = history.build_newer_query()
        self.read_in_thread(
            f"new events {generation}",
            lambda: self.Followed(self._monitor.list_events(query, PAGE_SIZE), generation),
            self.Failed,
        )

    def on_audit_screen_read(self, message: Read) -> None:
        """Draw the first page."""
        if message.generation == self._generation:
            self._show_history(self._list.with_first_page(message.page, message.total))

    def on_audit_screen_continued(self, message: Continued) -> None:
        """Draw the next page."""
        if message.generation == self._generation:
            self._show_history(self._list.with_next_page(message.page))

    def on_audit_screen_followed(self, message: Followed) -> None:
        """Draw newer events."""
        if message.generation == self._generation:
            self._show_history(self._list.with_newer_events(message.page))

    def on_audit_screen_failed(self, message: Failed) -> None:
        """Keep the events, and mark them as old."""
        self.problem = message.problem
        self.draw()

    def _show_history(self, history: LoadedEvents) -> None:
        self.problem = None
        if history == self._list:
            return
        self._list = history
        self.draw()
        self.refresh_bindings()

    # -------------------------------------------------------------------------------------- filter and order

    def edit_filter(self) -> None:
        """Focus the filter."""
        self.query_one(FilterBar).focus()

    def filter_by(self, text: str) -> None:
        """Show the events of this filter; an invalid filter changes only the note."""
        query = self._parse_filter(text)
        if query is None:
            return
        self._reload(replace(self._list, text=text, query=query))
        self.query_one(FilterBar).value = text
        self.query_one(EventList).focus()

    def toggle_order(self) -> None:
        """Reverse the order. New events belong on top, so following them ends."""
        oldest = self._list.order is Order.NEWEST_FIRST
        order = Order.OLDEST_FIRST if oldest else Order.NEWEST_FIRST
        self._reload(replace(self._list, order=order, following=False))

    def toggle_following(self) -> None:
        """Start or stop adding new events on top; to start, the newest have to be on top."""
        following = not self._list.following
        if following and self._list.order is Order.OLDEST_FIRST:
            self._reload(replace(self._list, order=Order.NEWEST_FIRST, following=True))
            return
        self._list = replace(self._list, following=following)
        self.draw()
        self._read_newer()

    def go_back(self) -> None:
        """Clear the filter if there is one, else leave the screen."""
        bar = self.query_one(FilterBar)
        if bar.value or self._list.text:
            self.filter_by("")
        elif bar.has_focus:
            self.query_one(EventList).focus()
        else:
            super().go_back()

    @on(Input.Changed, "#filter")
    def _filter_changed(self, event: Input.Changed) -> None:
        self._parse_filter(event.value)

    @on(Input.Submitted, "#filter")
    def _filter_submitted(self, event: Input.Submitted) -> None:
        self.filter_by(event.value.strip())

    def on_descendant_focus(self) -> None:
        """Show the filter syntax in the note while the filter has the focus."""
        self._draw_note()

    def on_descendant_blur(self) -> None:
        """Show the number of events in the note again."""
        self._draw_note()

    def _parse_filter(self, text: str) -> AuditQuery | None:
        """Parse a filter; ``None`` when it is invalid: the note shows the reason."""
        query = None
        self._filter_error = None
        try:
            query = parse_filter(text, self.state.now)
        except FilterError as error:
            self._filter_error = error
        self._draw_note()
        return query

    def _reload(self, history: LoadedEvents) -> None:
        self._list = replace(history, page=None, total=None)
        self.query_one(EventList).cursor = 0
        self.draw()
        self.read()

    # ------------------------------------------------------------------------------------------------ drawing

    def draw(self) -> None:
        """Draw the events and the note."""
        for event_list in self.query(EventList):
            event_list.update_events(self._list, self.state)
        self._draw_note()

    def _draw_note(self) -> None:
        for note in self.query("#note").results(Static):
            note.update(self._format_note())

    def _format_note(self) -> Content:
        if self._filter_error is not None:
            glyphs = self.state.glyphs
            return render.assemble(
                (f"{glyphs.get_state_sign('failed')} {render.safe_text(self._filter_error, glyphs)}", render.BAD)
            )
        if self.problem is not None:
            return self.format_problem()
        bar = self.query(FilterBar)
        if bar and bar.first().has_focus:
            return Content(FILTER_HINT)
        return describe_history(self._list, self.state)

    @on(LineList.Chosen, "#history")
    def _open_event(self, message: LineList.Chosen) -> None:
        event = self.query_one(EventList).find_event(message.key)
        if event is not None:
            self.post_message(OpenEvent(event))
