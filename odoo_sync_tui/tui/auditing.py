"""The application's memory: opens the history and single events, copies them, and exports them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from functools import partial

from textual import on
from textual.content import Content

from odoo_sync_tui.core.audit import AuditEvent
from odoo_sync_tui.core.audit_export import ExportFormat, lines_of, readable_json
from odoo_sync_tui.core.cancel import CancelToken
from odoo_sync_tui.paths import exports_directory
from odoo_sync_tui.tui import clipboard, messages, view
from odoo_sync_tui.tui.audit_list import AuditList
from odoo_sync_tui.tui.backend import DashboardMonitor
from odoo_sync_tui.tui.clipboard import Clipping, Route
from odoo_sync_tui.tui.commands import Command
from odoo_sync_tui.tui.event_detail import event_as_text
from odoo_sync_tui.tui.files import write_file
from odoo_sync_tui.tui.runner import attempt
from odoo_sync_tui.tui.screens.audit import AuditScreen
from odoo_sync_tui.tui.screens.audit_event import EventDialog
from odoo_sync_tui.tui.screens.export import ExportDialog
from odoo_sync_tui.tui.state import Problem
from odoo_sync_tui.tui.verifying import VerifyingApp
from odoo_sync_tui.tui.widgets.lines import LineList

EXPORT = "Export"
ROWS_AT_ONCE = 500


class EventStream:
    """The events of a query, one page after the other; counts them on their way. For one use, in a worker thread."""

    def __init__(self, monitor: DashboardMonitor, shown: AuditList, cancel: CancelToken) -> None:
        self._monitor = monitor
        self._shown = shown
        self._cancel = cancel
        self.count = 0

    def __iter__(self) -> Iterator[AuditEvent]:
        after: str | None = None
        while True:
            self._cancel.raise_if_requested()
            page = self._monitor.audit(self._shown.query, ROWS_AT_ONCE, after, self._shown.order)
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
            "audit.order": lambda: self._on_audit_screen(AuditScreen.switch_order),
            "audit.follow": lambda: self._on_audit_screen(AuditScreen.switch_following),
            "audit.export": lambda: self._on_audit_screen(self._ask_to_export),
            "audit.copy": lambda: self._on_audit_screen(partial(self._copy, whole=False)),
            "audit.copy_json": lambda: self._on_audit_screen(partial(self._copy, whole=True)),
        }

    def _open_history(self) -> None:
        if self.backend is not None:
            self.push_screen(AuditScreen(self.surroundings, self.backend.monitor))

    def _on_audit_screen(self, act: Callable[[AuditScreen], object]) -> None:
        front = self.placed_screen
        if isinstance(front, AuditScreen):
            act(front)

    @on(messages.EventAsked)
    def _event_asked(self, message: messages.EventAsked) -> None:
        self._show_event(message.event)

    @on(LineList.Chosen, "#audit")
    def _event_chosen(self, message: LineList.Chosen) -> None:
        events = self.state.overview.events if self.state.overview else ()
        for event in (event for event in events if event.id == message.key):
            self._show_event(event)

    def _show_event(self, event: AuditEvent) -> None:
        self.push_screen(EventDialog(event, self.state, {command.id: command for command in self.commands}))

    @on(messages.RunAsked)
    def _run_asked(self, message: messages.RunAsked) -> None:
        self.open_run(message.run_id)

    # ------------------------------------------------------------------------------------------------ copying

    def _copy(self, screen: AuditScreen, *, whole: bool) -> None:
        if screen.chosen is not None:
            self.post_message(messages.CopyAsked(screen.chosen, whole=whole))

    @on(messages.CopyAsked)
    def _copy_asked(self, message: messages.CopyAsked) -> None:
        if message.whole:
            self.hand_over(Clipping(readable_json(message.event), "audit-event", "json"), "Event as JSON")
        else:
            self.hand_over(Clipping(event_as_text(message.event, self.state), "audit-event", "txt"), "Row")

    def hand_over(self, clipping: Clipping, title: str) -> None:
        """Hand a text to the operator's clipboard, in the way that works here, and tell which that was."""
        route, now = clipboard.route_of(clipping, os.environ), self.now()
        if route is Route.TERMINAL:
            told = clipboard.sent_to_terminal(clipping, self.copy_to_clipboard)
            self.toast(told, title, "information")
            return
        give = clipboard.given_to_tmux if route is Route.TMUX else clipboard.written_to_file
        work = partial(
            attempt,
            lambda: messages.Handed(title, told=give(clipping, now)),
            lambda problem: messages.Handed(title, problem=problem),
        )
        self.in_thread(work, "clipboard", "hand a text over")

    @on(messages.Handed)
    def _handed(self, message: messages.Handed) -> None:
        self._tell(message.title, message.told, message.problem)

    # ---------------------------------------------------------------------------------------------- exporting

    def _ask_to_export(self, screen: AuditScreen) -> None:
        shown, glyphs = screen.shown, self.state.glyphs
        what = Content(f"Everything that the filter finds, {shown.order}: {view.safe(shown.text, glyphs)}")
        if not shown.text:
            what = Content(f"The whole history, {shown.order}.")
        where = Content(f"Into {view.safe(exports_directory(), glyphs)}")
        self.push_screen(ExportDialog(what, where), lambda form: self._export(shown, form) if form else None)

    def _export(self, shown: AuditList, form: ExportFormat) -> None:
        backend, now = self.backend, self.now()
        if backend is None:
            return
        stream = EventStream(backend.monitor, shown, self.life)

        def export() -> messages.Exported:
            path = write_file(lines_of(stream, form), "audit", form, now)
            return messages.Exported(f"{view.number(stream.count, self.state.glyphs)} events written to {path}")

        work = partial(attempt, export, lambda problem: messages.Exported(problem=problem))
        self.in_thread(work, "export", "export the history")
        self.toast("The events are being written; the file appears when it is complete.", EXPORT, "information")

    @on(messages.Exported)
    def _exported(self, message: messages.Exported) -> None:
        self._tell(EXPORT, message.told, message.problem)

    def _tell(self, title: str, told: str, problem: Problem | None) -> None:
        if problem is None:
            self.toast(view.safe(told, self.state.glyphs), title, "information")
        else:
            self.toast(view.safe(problem, self.state.glyphs), title, "error")
