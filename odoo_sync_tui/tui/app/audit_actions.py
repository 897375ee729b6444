"""The application's memory: opens the history and single events, copies them, and exports them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from functools import partial

from textual import on
from textual.content import Content

from odoo_sync_tui.core.audit.events import AuditEvent
from odoo_sync_tui.core.audit.export import ExportFormat, export_lines, format_json
from odoo_sync_tui.runtime.cancel import CancelToken
from odoo_sync_tui.runtime.files import write_file
from odoo_sync_tui.runtime.paths import exports_directory
from odoo_sync_tui.tui import messages
from odoo_sync_tui.tui.app.navigator import VerifyingApp
from odoo_sync_tui.tui.backend import DashboardOverviewQueries
from odoo_sync_tui.tui.commands import Command
from odoo_sync_tui.tui.dialogs.event import EventDialog
from odoo_sync_tui.tui.dialogs.export import ExportDialog
from odoo_sync_tui.tui.format import render
from odoo_sync_tui.tui.format.event import format_event_line
from odoo_sync_tui.tui.model.audit_page import LoadedEvents
from odoo_sync_tui.tui.model.state import Problem
from odoo_sync_tui.tui.screens.audit import AuditScreen
from odoo_sync_tui.tui.tasks import attempt
from odoo_sync_tui.tui.terminal import clipboard
from odoo_sync_tui.tui.terminal.clipboard import ClipboardText, Route
from odoo_sync_tui.tui.widgets.lines import LineList

EXPORT = "Export"
ROWS_AT_ONCE = 500


class EventStream:
    """The events of a query, one page after the other; counts them on their way. For one use, in a worker thread."""

    def __init__(self, monitor: DashboardOverviewQueries, shown: LoadedEvents, cancel: CancelToken) -> None:
        self._monitor = monitor
        self._shown = shown
        self._cancel = cancel
        self.count = 0

    def __iter__(self) -> Iterator[AuditEvent]:
        after: str | None = None
        while True:
            self._cancel.raise_if_requested()
            page = self._monitor.list_events(self._shown.query, ROWS_AT_ONCE, after, self._shown.order)
            yield from page.events
            self.count += len(page.events)
            after = page.after
            if after is None:
                return


class AuditingApp(VerifyingApp):
    """Everything that operators do with audit events, on the dashboard, on the audit screen, and on an open event."""

    commands: tuple[Command, ...]
    """The registry, with the operator's own keys."""

    @property
    def audit_handlers(self) -> dict[str, Callable[[], object]]:
        """What each command for audit events does."""
        return {
            "view.history": self._open_history,
            "audit.filter": lambda: self._on_audit_screen(AuditScreen.edit_filter),
            "audit.order": lambda: self._on_audit_screen(AuditScreen.toggle_order),
            "audit.follow": lambda: self._on_audit_screen(AuditScreen.toggle_following),
            "audit.export": lambda: self._on_audit_screen(self._ask_to_export),
            "audit.copy": lambda: self._on_audit_screen(partial(self._copy, whole=False)),
            "audit.copy_json": lambda: self._on_audit_screen(partial(self._copy, whole=True)),
        }

    def _open_history(self) -> None:
        if self.backend is not None:
            self.push_screen(AuditScreen(self.surroundings, self.backend.overview_queries))

    def _on_audit_screen(self, act: Callable[[AuditScreen], object]) -> None:
        front = self.placed_screen
        if isinstance(front, AuditScreen):
            act(front)

    @on(messages.OpenEvent)
    def _event_asked(self, message: messages.OpenEvent) -> None:
        self._show_event(message.event)

    @on(LineList.Chosen, "#audit")
    def _event_chosen(self, message: LineList.Chosen) -> None:
        events = self.state.overview.events if self.state.overview else ()
        for event in (event for event in events if event.id == message.key):
            self._show_event(event)

    def _show_event(self, event: AuditEvent) -> None:
        self.push_screen(EventDialog(event, self.state, {command.id: command for command in self.commands}))

    @on(messages.OpenRun)
    def _run_asked(self, message: messages.OpenRun) -> None:
        self.open_run(message.run_id)

    # ------------------------------------------------------------------------------------------------ copying

    def _copy(self, screen: AuditScreen, *, whole: bool) -> None:
        if screen.selected_event is not None:
            self.post_message(messages.CopyRequested(screen.selected_event, as_json=whole))

    @on(messages.CopyRequested)
    def _copy_asked(self, message: messages.CopyRequested) -> None:
        if message.as_json:
            self.hand_over(ClipboardText(format_json(message.event), "audit-event", "json"), "Event as JSON")
        else:
            self.hand_over(ClipboardText(format_event_line(message.event, self.state), "audit-event", "txt"), "Row")

    def hand_over(self, clipping: ClipboardText, title: str) -> None:
        """Hand a text to the operator's clipboard, in the way that works here, and tell which that was."""
        route, now = clipboard.choose_route(clipping, os.environ), self.now()
        if route is Route.TERMINAL:
            told = clipboard.send_to_terminal(clipping, self.copy_to_clipboard)
            self.toast(told, title, "information")
            return
        give = clipboard.load_into_tmux if route is Route.TMUX else clipboard.write_to_file
        work = partial(
            attempt,
            lambda: messages.CopyFinished(title, text=give(clipping, now)),
            lambda problem: messages.CopyFinished(title, problem=problem),
        )
        self.in_thread(work, "clipboard", "hand a text over")

    @on(messages.CopyFinished)
    def _handed(self, message: messages.CopyFinished) -> None:
        self._tell(message.title, message.text, message.problem)

    # ---------------------------------------------------------------------------------------------- exporting

    def _ask_to_export(self, screen: AuditScreen) -> None:
        shown, glyphs = screen.history, self.state.glyphs
        what = Content(f"Everything that the filter finds, {shown.order}: {render.safe_text(shown.text, glyphs)}")
        if not shown.text:
            what = Content(f"The whole history, {shown.order}.")
        where = Content(f"Into {render.safe_text(exports_directory(), glyphs)}")
        self.push_screen(ExportDialog(what, where), lambda form: self._export(shown, form) if form else None)

    def _export(self, shown: LoadedEvents, form: ExportFormat) -> None:
        backend, now = self.backend, self.now()
        if backend is None:
            return
        stream = EventStream(backend.overview_queries, shown, self.life)

        def export() -> messages.ExportFinished:
            path = write_file(export_lines(stream, form), "audit", form, now)
            return messages.ExportFinished(
                f"{render.format_number(stream.count, self.state.glyphs)} events written to {path}"
            )

        work = partial(attempt, export, lambda problem: messages.ExportFinished(problem=problem))
        self.in_thread(work, "export", "export the history")
        self.toast("The events are being written; the file appears when it is complete.", EXPORT, "information")

    @on(messages.ExportFinished)
    def _exported(self, message: messages.ExportFinished) -> None:
        self._tell(EXPORT, message.text, message.problem)

    def _tell(self, title: str, told: str, problem: Problem | None) -> None:
        if problem is None:
            self.toast(render.safe_text(told, self.state.glyphs), title, "information")
        else:
            self.toast(render.safe_text(problem, self.state.glyphs), title, "error")
