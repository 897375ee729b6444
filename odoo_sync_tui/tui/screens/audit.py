"""The whole history, page after page: filtered and counted by the server, followed live, copied, and exported."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import ClassVar

from textual import on
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input, Static

from odoo_sync_tui.core.audit import AuditEvent, AuditPage, AuditQuery, Order
from odoo_sync_tui.core.audit_filter import FilterError, parse_filter
from odoo_sync_tui.tui import view
from odoo_sync_tui.tui.audit_list import COUNTED_AT_MOST, PAGE_ROWS, AuditList
from odoo_sync_tui.tui.backend import DashboardMonitor
from odoo_sync_tui.tui.commands import AUDIT, Situation
from odoo_sync_tui.tui.messages import EventAsked
from odoo_sync_tui.tui.screens.placed import PlacedScreen, Surroundings, panel
from odoo_sync_tui.tui.state import Problem
from odoo_sync_tui.tui.widgets.audit_history import AuditHistory, found
from odoo_sync_tui.tui.widgets.filter_bar import FilterBar
from odoo_sync_tui.tui.widgets.lines import LineList
from odoo_sync_tui.tui.widgets.paged_list import PagedList

HINT = "action: user: outcome: run: since: until: or text; ! leaves out; Enter applies"


class AuditScreen(PlacedScreen):
    """The audit events that a filter lets through, newest or oldest first.

    An answer that comes after the filter or the order has changed is for nobody: ``generation`` tells.
    """

    PLACE = AUDIT
    AUTO_FOCUS: ClassVar[str | None] = "#history"

    class Read(Message):
        """The first page of events, and how many there are."""

        def __init__(self, page: AuditPage, total: int | None, generation: int) -> None:
            super().__init__()
            self.page = page
            self.total = total
            self.generation = generation

    class Continued(Message):
        """The next page."""

        def __init__(self, page: AuditPage, generation: int) -> None:
            super().__init__()
            self.page = page
            self.generation = generation

    class Followed(Message):
        """What has happened since, as far as one page tells."""

        def __init__(self, page: AuditPage, generation: int) -> None:
            super().__init__()
            self.page = page
            self.generation = generation

    class Failed(Message):
        """The events could not be read."""

        def __init__(self, problem: Problem) -> None:
            super().__init__()
            self.problem = problem

    def __init__(self, surroundings: Surroundings, monitor: DashboardMonitor, text: str = "") -> None:
        super().__init__(surroundings)
        self._monitor = monitor
        self._list = AuditList(text=text, query=parse_filter(text, self.state.now))
        self._generation = 0
        self._filter_error: FilterError | None = None

    @property
    def shown(self) -> AuditList:
        """What is shown, and how it was asked for."""
        return self._list

    @property
    def chosen(self) -> AuditEvent | None:
        """The event under the cursor."""
        history = self.query(AuditHistory)
        return history.first().chosen if history else None

    def situation(self, of_application: Situation) -> Situation:
        """Events can be copied and exported when there are some."""
        return replace(super().situation(of_application), chosen=bool(self._list.events))

    def parts(self) -> Iterable[Widget]:
        """The filter, how much it finds, and the events."""
        yield FilterBar(id="filter")
        yield Static(id="note", classes="note", markup=False)
        yield panel("Audit history", AuditHistory(id="history"))

    def on_mount(self) -> None:
        """Look for new events in the dashboard's rhythm while they are followed. Textual calls the base's, too."""
        self.query_one(FilterBar).value = self._list.text
        self.set_interval(self._surroundings.refresh_seconds, self._follow)

    # ------------------------------------------------------------------------------------------------ reading

    def read(self) -> None:
        """Read the first page anew."""
        self._generation += 1
        query, order, generation = self._list.query, self._list.order, self._generation

        def work() -> Message:
            page = self._monitor.audit(query, PAGE_ROWS, None, order)
            total = None if query.searches else self._monitor.count_audit(query, COUNTED_AT_MOST + 1)
            return self.Read(page, total, generation)

        self.ask(f"events {generation}", work, self.Failed)

    @on(PagedList.MoreWanted, "#history")
    def _more_wanted(self) -> None:
        shown, generation = self._list, self._generation
        if not shown.goes_on or shown.page is None:
            return
        after = shown.page.after

        def work() -> Message:
            return self.Continued(self._monitor.audit(shown.query, PAGE_ROWS, after, shown.order), generation)

        self.ask(f"events after {after} {generation}", work, self.Failed)

    def _follow(self) -> None:
        shown, generation = self._list, self._generation
        if not (shown.following and self.is_active and shown.page is not None):
            return
        query = shown.newer_query()
        self.ask(
            f"new events {generation}",
            lambda: self.Followed(self._monitor.audit(query, PAGE_ROWS), generation),
            self.Failed,
        )

    def on_audit_screen_read(self, message: Read) -> None:
        """Draw the first page."""
        if message.generation == self._generation:
            self._accept(self._list.begun(message.page, message.total))

    def on_audit_screen_continued(self, message: Continued) -> None:
        """Draw what comes further down."""
        if message.generation == self._generation:
            self._accept(self._list.continued(message.page))

    def on_audit_screen_followed(self, message: Followed) -> None:
        """Draw what is new."""
        if message.generation == self._generation:
            self._accept(self._list.followed(message.page))

    def on_audit_screen_failed(self, message: Failed) -> None:
        """What is shown stays, and is said to be old."""
        self.problem = message.problem
        self.draw()

    def _accept(self, shown: AuditList) -> None:
        self.problem = None
        if shown == self._list:
            return
        self._list = shown
        self.draw()
        self.refresh_bindings()

    # -------------------------------------------------------------------------------------- filter and order

    def edit_filter(self) -> None:
        """Go to the line in which the filter is typed."""
        self.query_one(FilterBar).focus()

    def filter_by(self, text: str) -> None:
        """Show what this filter lets through; one that cannot be understood changes nothing but the note."""
        query = self._query_of(text)
        if query is None:
            return
        self._show_anew(replace(self._list, text=text, query=query))
        self.query_one(FilterBar).value = text
        self.query_one(AuditHistory).focus()

    def switch_order(self) -> None:
        """Turn the order round. New events belong on top, so following them ends."""
        oldest = self._list.order is Order.NEWEST_FIRST
        order = Order.OLDEST_FIRST if oldest else Order.NEWEST_FIRST
        self._show_anew(replace(self._list, order=order, following=False))

    def switch_following(self) -> None:
        """Begin or end to add new events on top; to begin, the newest have to be on top."""
        following = not self._list.following
        if following and self._list.order is Order.OLDEST_FIRST:
            self._show_anew(replace(self._list, order=Order.NEWEST_FIRST, following=True))
            return
        self._list = replace(self._list, following=following)
        self.draw()
        self._follow()

    def back(self) -> None:
        """Clear the filter if there is one, else leave."""
        bar = self.query_one(FilterBar)
        if bar.value or self._list.text:
            self.filter_by("")
        elif bar.has_focus:
            self.query_one(AuditHistory).focus()
        else:
            super().back()

    @on(Input.Changed, "#filter")
    def _filter_changed(self, event: Input.Changed) -> None:
        self._query_of(event.value)

    @on(Input.Submitted, "#filter")
    def _filter_submitted(self, event: Input.Submitted) -> None:
        self.filter_by(event.value.strip())

    def on_descendant_focus(self) -> None:
        """The note tells how to filter while the filter is typed."""
        self._draw_note()

    def on_descendant_blur(self) -> None:
        """And else what was found."""
        self._draw_note()

    def _query_of(self, text: str) -> AuditQuery | None:
        """What the filter stands for; ``None`` when it cannot be understood, and then the note says why."""
        query = None
        self._filter_error = None
        try:
            query = parse_filter(text, self.state.now)
        except FilterError as error:
            self._filter_error = error
        self._draw_note()
        return query

    def _show_anew(self, wanted: AuditList) -> None:
        self._list = replace(wanted, page=None, total=None)
        self.query_one(AuditHistory).cursor = 0
        self.draw()
        self.read()

    # ------------------------------------------------------------------------------------------------ drawing

    def draw(self) -> None:
        """Draw the events and what is to be said of them."""
        for history in self.query(AuditHistory):
            history.show_list(self._list, self.state)
        self._draw_note()

    def _draw_note(self) -> None:
        for note in self.query("#note").results(Static):
            note.update(self._note())

    def _note(self) -> Content:
        if self._filter_error is not None:
            glyphs = self.state.glyphs
            return view.line((f"{glyphs.state('failed')} {view.safe(self._filter_error, glyphs)}", view.BAD))
        if self.problem is not None:
            return self.told_problem()
        bar = self.query(FilterBar)
        if bar and bar.first().has_focus:
            return Content(HINT)
        return found(self._list, self.state)

    @on(LineList.Chosen, "#history")
    def _chosen(self, message: LineList.Chosen) -> None:
        event = self.query_one(AuditHistory).event(message.key)
        if event is not None:
            self.post_message(EventAsked(event))
