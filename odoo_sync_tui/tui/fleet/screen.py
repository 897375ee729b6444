"""Screen of all sources: how each stands, the worst first; mark some, sync them, open one."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import ClassVar

from textual import on
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, Static

from odoo_sync_tui.core.actions import Action
from odoo_sync_tui.core.reports.fleet import FleetState
from odoo_sync_tui.tui.app.polling import UNFOCUSED_POLL_SECONDS, PollGate
from odoo_sync_tui.tui.app.ui import Ui
from odoo_sync_tui.tui.commands.command import FLEET, CommandContext
from odoo_sync_tui.tui.commands.command_line import Subject
from odoo_sync_tui.tui.commands.keymap import get_key_display
from odoo_sync_tui.tui.dialogs.base import DetailDialog
from odoo_sync_tui.tui.fleet.rows import (
    FleetFilter,
    FleetMemory,
    FleetRow,
    choose_next_filter,
    count_rows,
    describe_row,
    format_sync,
)
from odoo_sync_tui.tui.fleet.setup import FleetSetup, SyncLook
from odoo_sync_tui.tui.fleet.syncs import FleetSyncs
from odoo_sync_tui.tui.fleet.table import FleetCounts, FleetHeader, FleetTable
from odoo_sync_tui.tui.format import render
from odoo_sync_tui.tui.format.layout import Entry
from odoo_sync_tui.tui.model.state import ConnectionState, Problem
from odoo_sync_tui.tui.screens.base import PageContext, PageScreen
from odoo_sync_tui.tui.widgets.chrome.inputs import SearchField
from odoo_sync_tui.tui.widgets.chrome.panel import Panel, format_note
from odoo_sync_tui.tui.widgets.lines import LineList

REFRESH_SECONDS = 1.0
LABEL_WIDTH = 13
SYNC_COMMANDS = {
    "sync.departments": Action.DEPARTMENTS, "sync.users": Action.USERS, "sync.data_lake": Action.DATA_LAKE,
}  # fmt: skip
SEARCH_HINT = "a part of the name, a tag, a zone or a machine"


class FleetScreen(PageScreen):
    """All sources. Read each second while the screen is looked at.

    Args:
        context: values that every screen is opened with.
        memory: what is shown and marked; it outlives the screen.
        ui: shows dialogs and toasts.
        change: changes the application's state.
        open_source: opens the dashboard of a source.
        reload: loads the settings of all sources again.
    """

    SCREEN_NAME = FLEET
    AUTO_FOCUS: ClassVar[str | None] = "#sources"

    def __init__(
        self,
        context: PageContext,
        memory: FleetMemory,
        ui: Ui,
        change: Callable[..., None],
        open_source: Callable[[str], None],
        reload: Callable[[], None],
    ) -> None:
        super().__init__(context)
        self._memory = memory
        self._ui = ui
        self._syncs = FleetSyncs(context, memory, ui, self._look_again)
        self._change = change
        self._open_source = open_source
        self._reload = reload
        self._setup: FleetSetup | None = None
        self._gate = PollGate()
        self._rows: Sequence[FleetRow] = ()
        self._note = Content("")

    def make_header(self) -> FleetHeader:
        """Make the top line."""
        return FleetHeader(id="headline")

    def compose_content(self) -> Iterable[Widget]:
        """Compose the counts, the list, a note, and the filter."""
        yield FleetCounts(id="counts")
        yield Panel("Sources", FleetTable(id="sources"))
        yield Static(id="note", classes="note", markup=False)
        yield SearchField(SEARCH_HINT, id="search")

    def on_mount(self) -> None:
        """Show the filter that there was, and what was read last."""
        field = self.query_one(SearchField)
        field.value, field.display = self._memory.filter.text, bool(self._memory.filter.text)
        super().on_mount()
        self.call_after_refresh(self.query_one(FleetTable).select, self._memory.cursor)

    def use(self, setup: FleetSetup) -> None:
        """Read and sync with what the settings bring."""
        is_first = self._setup is None
        self._setup = setup
        self._memory.forget_others(setup.names)
        if is_first:
            self._screen_context.every(REFRESH_SECONDS, self._tick)
        self.poll()

    # ----------------------------------------------------------------------------------------------- commands

    @property
    def commands(self) -> Mapping[str, Callable[[], object]]:
        """The commands of the fleet."""
        return {
            **super().commands,
            "fleet.all": self._show_all,
            "fleet.filter": self._edit_filter,
            "fleet.state": self._show_next_kind,
            "fleet.mark_all": self._mark_all,
            "fleet.details": self._open_details,
            "fleet.cancel": self._stop,
            **{command_id: partial(self._sync, action) for command_id, action in SYNC_COMMANDS.items()},
        }

    def refine_context(self, app_context: CommandContext) -> CommandContext:
        """Enable what needs a source, and what needs one at work."""
        context = super().refine_context(app_context)
        return replace(context, has_row=bool(self._rows), has_filter=self._is_filtered, has_run=self._is_at_work)

    @property
    def _is_at_work(self) -> bool:
        return any(row.is_running or row.is_waiting for row in self._memory.list_rows(self._find_now()))

    @property
    def _is_filtered(self) -> bool:
        return self._memory.filter != FleetFilter() or any(field.display for field in self.query(SearchField))

    def make_subject(self) -> Subject:
        """Name the sources that are marked, or the one under the cursor."""
        return replace(super().make_subject(), sources=tuple(self._chosen()))

    def _chosen(self) -> list[str]:
        """The names of the marked sources, or that of the one under the cursor."""
        chosen = self.query_one(FleetTable).chosen
        return sorted(self._memory.marked) or ([chosen.name] if chosen else [])

    def _show_all(self) -> None:
        field = self.query_one(SearchField)
        field.value, field.display = "", False
        self.query_one(FleetTable).focus()
        self._filter(FleetFilter())
        self.update_commands()

    def _edit_filter(self) -> None:
        field = self.query_one(SearchField)
        field.display = True
        field.focus()
        self.update_commands()

    @on(Input.Changed, "#search")
    def _filter_typed(self, event: Input.Changed) -> None:
        event.stop()
        self._filter(replace(self._memory.filter, text=event.value.strip()))

    @on(Input.Submitted, "#search")
    def _filter_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        event.input.display = bool(event.value.strip())
        self.query_one(FleetTable).focus()

    def _show_next_kind(self) -> None:
        rows = self._memory.list_rows(self._find_now())
        self._filter(choose_next_filter(self._memory.filter, count_rows(rows), self._memory.marked))

    def _filter(self, chosen: FleetFilter) -> None:
        if chosen != self._memory.filter:
            self._memory.filter = chosen
            self.draw()
            self.update_commands()

    def _mark_all(self) -> None:
        """Mark all that are shown; where all of them are marked, take their marks away."""
        shown = {row.name for row in self._rows}
        marked = self._memory.marked
        self._memory.marked = marked - shown if shown <= marked else marked | shown
        self.draw()

    @on(FleetTable.MarkRequested)
    def _toggle_mark(self, message: FleetTable.MarkRequested) -> None:
        message.stop()
        self._memory.marked ^= {message.name}
        self.draw()

    # ---------------------------------------------------------------------------------------- opening and syncing

    @on(LineList.Chosen, "#sources")
    def _open_chosen(self, message: LineList.Chosen) -> None:
        message.stop()
        if self._setup is not None and message.key in self._setup.problems:
            self._open_details()
        else:
            self._memory.cursor = message.key
            self._open_source(message.key)

    def _open_details(self) -> None:
        row = self.query_one(FleetTable).chosen
        if row is None:
            return
        glyphs = self.state.glyphs
        entries = describe_row(row, self._find_now(), glyphs)
        if self._setup is not None and (problem := self._setup.problems.get(row.name)):
            text = render.safe_text(problem, glyphs, 2000)
            entries.append(Entry(Content(text), render.assemble(("settings", render.MUTED))))
        self.show_dialog(DetailDialog(Content(render.safe_text(row.name, glyphs, 64)), entries, LABEL_WIDTH))

    def _sync(self, action: Action) -> None:
        if self._setup is not None and (names := self._chosen()):
            self._syncs.ask_to_sync(self._setup, action, names, self._find_now())

    def _stop(self) -> None:
        if self._setup is not None and (names := self._chosen()):
            self._syncs.ask_to_stop(self._setup, names, self._memory.list_rows(self._find_now()))

    def _look_again(self) -> None:
        self.poll()
        self.draw()

    # ------------------------------------------------------------------------------------------------ reading

    def read(self) -> None:
        """Load the settings of all sources again, and read."""
        if self._setup is not None:
            self._reload()

    def _tick(self) -> None:
        self._change()
        is_looked_at = self._ui.is_focused and self._ui.is_dashboard_uncovered
        if is_looked_at or self._gate.is_due(time.monotonic(), UNFOCUSED_POLL_SECONDS):
            self.poll()

    def poll(self) -> None:
        """Read the state of all sources now, unless it is being read."""
        setup = self._setup
        if setup is None or not self._gate.try_start(time.monotonic()):
            return
        syncs = tuple(self._memory.syncs)
        self.read_in_thread("fleet", lambda: ([each.sync.look() for each in syncs], setup.read()), self._show)

    def _show(self, found: tuple[list[SyncLook], FleetState]) -> None:
        self._gate.finish()
        looks, fleet = found
        self._memory.take(fleet, looks, self.state.now)
        self.problem = None
        self._change(connection=ConnectionState.READY, problem=None, stale_since=None)
        self.draw()
        self.update_commands()

    def show_problem(self, problem: Problem) -> None:
        """Keep what was read last on the screen, and say since when it is old."""
        self._gate.finish()
        is_new = self._memory.fleet is None
        connection = ConnectionState.FAILED if is_new else ConnectionState.READY
        self._change(connection=connection, problem=problem, stale_since=self._memory.read_at)
        super().show_problem(problem)

    # ------------------------------------------------------------------------------------------------ drawing

    def draw(self) -> None:
        """Draw what was read last, as the filter shows it."""
        memory, now = self._memory, self._find_now()
        state = replace(self.state, now=now)
        rows = memory.list_rows(now)
        self._rows = [row for row in rows if memory.filter.matches(row, memory.marked)]
        for counts in self.query(FleetCounts):
            counts.counts, counts.only = count_rows(rows), memory.filter.only
            counts.update(state)
        for table in self.query(FleetTable):
            table.marked = memory.marked
            table.update_rows(state, self._rows)
        for panel in self.query(Panel):
            panel.set_note(format_note(self._format_shown(len(rows))))
        self._draw_note(self._format_note(rows))

    def _draw_note(self, text: Content) -> None:
        if not text.is_same(self._note):  # updating it repaints it
            self._note = text
            self.query_one("#note", Static).update(text)

    @on(FleetTable.CursorMoved)
    def _remember_cursor(self) -> None:
        for table in self.query(FleetTable):
            if table.chosen is not None:
                self._memory.cursor = table.chosen.name

    def _find_now(self) -> datetime:
        return self._memory.find_now(self.state.now)

    def _format_shown(self, count: int) -> str:
        if len(self._rows) == count:
            return render.format_total(count, "source", self.state.glyphs) if count else ""
        return f"{len(self._rows)} of {render.format_number(count, self.state.glyphs)}"

    def _format_note(self, rows: Sequence[FleetRow]) -> Content:
        glyphs, memory = self.state.glyphs, self._memory
        if self.problem is not None:
            return self._format_old_picture(self.problem)
        if memory.fleet is None:
            return Content(f"reading {glyphs.ellipsis}")
        if memory.marked:
            hidden = len(memory.marked - {row.name for row in self._rows})
            return Content(
                f"{len(memory.marked)} marked{f', {hidden} of them not shown' if hidden else ''}; {self._format_keys()}"
            )
        if memory.syncs:
            return format_sync(memory.syncs[-1], rows, glyphs)
        if not memory.fleet.sources:
            return Content("There are no sources: each is a file sources.d/NAME.toml beside the settings file.")
        return Content("Enter opens a source, Space marks it")

    def _format_keys(self) -> str:
        keys = [get_key_display(self.state, command_id) for command_id in SYNC_COMMANDS]
        return "{} syncs departments, {} users, {} the data lake".format(*keys)

    def _format_old_picture(self, problem: Problem) -> Content:
        glyphs, read_at = self.state.glyphs, self._memory.read_at
        since = f" What is shown is of {render.format_time(self.state.now, read_at)}." if read_at else ""
        text = f"{glyphs.get_state_sign('stale')} {render.safe_text(problem.message, glyphs)}{since} It is tried again."
        return render.assemble((text, render.WARN))
