"""Copy single audit events and addresses of records, and export the history into a file."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from functools import partial

from textual.content import Content

from odoo_sync_tui.core.audit.events import AuditEvent
from odoo_sync_tui.core.audit.export import ExportFormat, export_lines, format_json
from odoo_sync_tui.runtime.cancel import CancelToken
from odoo_sync_tui.runtime.files import write_file
from odoo_sync_tui.runtime.paths import exports_directory
from odoo_sync_tui.tui.app.state_store import StateStore
from odoo_sync_tui.tui.app.store_poller import StorePoller
from odoo_sync_tui.tui.app.ui import Ui
from odoo_sync_tui.tui.backend import DashboardOverviewQueries
from odoo_sync_tui.tui.dialogs.export import ExportDialog
from odoo_sync_tui.tui.format import render
from odoo_sync_tui.tui.format.event import format_event_line
from odoo_sync_tui.tui.model.audit_page import LoadedEvents
from odoo_sync_tui.tui.model.state import Problem
from odoo_sync_tui.tui.tasks import Tasks
from odoo_sync_tui.tui.terminal import clipboard
from odoo_sync_tui.tui.terminal.clipboard import ClipboardText, Route

EXPORT = "Export"
EVENTS_PER_PAGE = 500


class EventStream:
    """The events of a query, page after page, counted on their way. For one use, in a worker thread."""

    def __init__(self, queries: DashboardOverviewQueries, history: LoadedEvents, cancel: CancelToken) -> None:
        self._queries = queries
        self._history = history
        self._cancel = cancel
        self.count = 0

    def __iter__(self) -> Iterator[AuditEvent]:
        after: str | None = None
        while True:
            self._cancel.raise_if_requested()
            page = self._queries.list_events(self._history.query, EVENTS_PER_PAGE, after, self._history.order)
            yield from page.events
            self.count += len(page.events)
            after = page.after
            if after is None:
                return


class Copier:
    """Copies texts to the operator's clipboard, in the way that works here, and reports which that was.

    Args:
        send_to_terminal: writes a text to the clipboard of the operator's terminal.
    """

    def __init__(self, store: StateStore, tasks: Tasks, ui: Ui, send_to_terminal: Callable[[str], None]) -> None:
        self._store = store
        self._tasks = tasks
        self._ui = ui
        self._send_to_terminal = send_to_terminal

    def copy(self, event: AuditEvent, *, as_json: bool) -> None:
        """Copy an event, as a line of text or with all its details."""
        if as_json:
            self.copy_text(ClipboardText(format_json(event), "audit-event", "json"), "Event as JSON")
        else:
            line = format_event_line(event, self._store.state)
            self.copy_text(ClipboardText(line, "audit-event", "txt"), "Row")

    def copy_text(self, text: ClipboardText, title: str) -> None:
        """Copy a text; the title heads the message about how it went."""
        route, now = clipboard.choose_route(text, os.environ), self._store.now()
        if route is Route.TERMINAL:
            self._ui.toast(clipboard.send_to_terminal(text, self._send_to_terminal), title, "information")
            return
        write = clipboard.load_into_tmux if route is Route.TMUX else clipboard.write_to_file
        glyphs = self._store.state.glyphs
        self._tasks.run(
            "clipboard",
            lambda: write(text, now),
            lambda report: self._ui.toast(render.safe_text(report, glyphs), title, "information"),
            lambda problem: self._ui.toast(render.safe_text(problem, glyphs), title, "error"),
        )


class AuditExporter:
    """Exports the events that a filter selects."""

    def __init__(self, store: StateStore, tasks: Tasks, ui: Ui, poller: StorePoller) -> None:
        self._store = store
        self._tasks = tasks
        self._ui = ui
        self._poller = poller

    def ask(self, history: LoadedEvents) -> None:
        """Ask for the format, and export."""
        glyphs = self._store.state.glyphs
        what = Content(f"Everything that the filter finds, {history.order}: {render.safe_text(history.text, glyphs)}")
        if not history.text:
            what = Content(f"The whole history, {history.order}.")
        where = Content(f"Into {render.safe_text(exports_directory(), glyphs)}")
        self._ui.ask(ExportDialog(what, where), lambda form: self._export(history, form) if form else None)

    def _export(self, history: LoadedEvents, form: ExportFormat) -> None:
        backend, now = self._poller.backend, self._store.now()
        if backend is None:
            return
        stream = EventStream(backend.overview_queries, history, self._tasks.closing)
        self._tasks.run(
            "export",
            lambda: write_file(export_lines(stream, form), "audit", form, now),
            partial(self._exported, stream),
            self._export_failed,
        )
        self._ui.toast("The events are being written; the file appears when it is complete.", EXPORT, "information")

    def _exported(self, stream: EventStream, path: object) -> None:
        glyphs = self._store.state.glyphs
        text = f"{render.format_number(stream.count, glyphs)} events written to {path}"
        self._ui.toast(render.safe_text(text, glyphs), EXPORT, "information")

    def _export_failed(self, problem: Problem) -> None:
        self._ui.toast(render.safe_text(problem, self._store.state.glyphs), EXPORT, "error")
