"""Screen of the whole audit history: filtered and counted by the server, followed live, copied, exported."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial
from typing import ClassVar

from textual import on
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, Static

from odoo_sync_tui.core.audit.events import AuditEvent, AuditPage, AuditQuery, Order
from odoo_sync_tui.core.audit.filter import FilterError, parse_filter
from odoo_sync_tui.core.text.sanitize import sanitize
from odoo_sync_tui.tui.backend import DashboardOverviewQueries
from odoo_sync_tui.tui.commands.command import AUDIT, CommandContext
from odoo_sync_tui.tui.commands.command_line import Subject
from odoo_sync_tui.tui.format import render
from odoo_sync_tui.tui.messages import CopyRequested, OpenEvent
from odoo_sync_tui.tui.model.audit_page import MAX_COUNTED, PAGE_SIZE, LoadedEvents
from odoo_sync_tui.tui.screens.base import PageScreen, R, ScreenContext
from odoo_sync_tui.tui.widgets.chrome.inputs import FilterBar
from odoo_sync_tui.tui.widgets.chrome.panel import Panel
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

    def __init__(
        self, context: ScreenContext, monitor: DashboardOverviewQueries, export: Callable[[LoadedEvents], None]
    ) -> None:
        super().__init__(context)
        self._monitor = monitor
        self._export = export
        self._list = LoadedEvents(query=parse_filter("", self.state.now))
        self._generation = 0
        self._filter_error: FilterError | None = None

    @property
    def commands(self) -> Mapping[str, Callable[[], object]]:
        """The commands of every screen, and those of the history."""
        return {
            **super().commands,
            "audit.filter": self.edit_filter,
            "audit.order": self.toggle_order,
            "audit.follow": self.toggle_following,
            "audit.export": lambda: self._export(self._list),
            "audit.copy": partial(self._copy, as_json=False),
            "audit.copy_json": partial(self._copy, as_json=True),
        }

    @property
    def history(self) -> LoadedEvents:
        """The events on the screen, with their filter and order."""
        return self._list

    @property
    def selected_event(self) -> AuditEvent | None:
        """The event under the cursor."""
        event_lists = self.query(EventList)
        return event_lists.first().selected_event if event_lists else None

    def make_subject(self) -> Subject:
        """Name the filter."""
        return replace(super().make_subject(), query=self._list.query)

    def refine_context(self, app_context: CommandContext) -> CommandContext:
        """Enable copying and exporting when there are events."""
        return replace(super().refine_context(app_context), has_event=bool(self._list.events))

    def compose_content(self) -> Iterable[Widget]:
        """Compose the filter, the number of its events, and the events."""
        yield FilterBar(id="filter")
        yield Static(id="note", classes="note", markup=False)
        yield Panel("Audit history", EventList(id="history"))

    def on_mount(self) -> None:
        """Read newer events at the dashboard's interval while following. Textual calls the base's handler too."""
        self.query_one(FilterBar).value = self._list.text
        self.set_interval(self._screen_context.refresh_seconds, self._read_newer)

    # ------------------------------------------------------------------------------------------------ reading

    def read(self) -> None:
        """Read the first page anew."""
        self._generation += 1
        query, order, generation = self._list.query, self._list.order, self._generation

        def read() -> tuple[AuditPage, int | None]:
            page = self._monitor.list_events(query, PAGE_SIZE, None, order)
            return page, None if query.is_search else self._monitor.count_events(query, MAX_COUNTED + 1)

        self._read_events(f"events {generation}", read, _with_first_page)

    @on(PagedList.NextPageRequested, "#history")
    def _read_next_page(self) -> None:
        history, generation = self._list, self._generation
        if not history.has_more or history.page is None:
            return
        after = history.page.after
        read = partial(self._monitor.list_events, history.query, PAGE_SIZE, after, history.order)
        self._read_events(f"events after {after} {generation}", read, LoadedEvents.with_next_page)

    def _read_newer(self) -> None:
        history, generation = self._list, self._generation
        if not (history.following and self.is_active and history.page is not None):
            return
        read = partial(self._monitor.list_events, history.build_newer_query(), PAGE_SIZE)
        self._read_events(f"new events {generation}", read, LoadedEvents.with_newer_events)

    def _read_events(self, name: str, read: Callable[[], R], add: Callable[[LoadedEvents, R], LoadedEvents]) -> None:
        """Read events in a thread and add them, unless filter or order have changed meanwhile."""
        generation = self._generation

        def show(answer: R) -> None:
            if generation == self._generation:
                self._show_history(add(self._list, answer))

        self.read_in_thread(name, read, show)

    def _show_history(self, history: LoadedEvents) -> None:
        self.problem = None
        if history == self._list:
            return
        self._list = history
        self.draw()
        self.update_commands()

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

    def _copy(self, *, as_json: bool) -> None:
        if self.selected_event is not None:
            self.post_message(CopyRequested(self.selected_event, as_json=as_json))

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
        self._screen_context.store.refine_again()
        self.query_one(EventList).cursor = 0
        self.draw()
        self.read()

    # ------------------------------------------------------------------------------------------------ drawing

    def draw(self) -> None:
        """Draw the events and the note."""
        for event_list in self.query(EventList):
            event_list.update_events(self._list, self.state)
        for bar in self.query(FilterBar):
            bar.offer_users(sanitize(event.user_id) for event in self._list.events)
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


def _with_first_page(history: LoadedEvents, answer: tuple[AuditPage, int | None]) -> LoadedEvents:
    return history.with_first_page(*answer)
