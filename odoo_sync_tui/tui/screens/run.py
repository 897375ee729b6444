"""Screen of one run: its progress or its end, and below that all its details."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import ClassVar

from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static

from odoo_sync_tui.core.reports.details import RunReport
from odoo_sync_tui.tui.backend import DashboardDetailQueries
from odoo_sync_tui.tui.commands import RUN, CommandContext
from odoo_sync_tui.tui.format.run import format_run, is_stopping
from odoo_sync_tui.tui.model.state import DashboardState, Problem
from odoo_sync_tui.tui.screens.base import PageScreen, ScreenContext, make_panel
from odoo_sync_tui.tui.widgets.lines import Line, ScrollingLines
from odoo_sync_tui.tui.widgets.live_run import LiveRunPanel


class RunDetails(ScrollingLines):
    """A run written out in full."""

    report: RunReport | None = None

    def build_lines(self, state: DashboardState, width: int, height: int) -> Sequence[Line]:
        """Build all lines of the run, of any number."""
        del height
        if self.report is None:
            return []
        return [Line(content) for content in format_run(self.report, state.now, state.glyphs, width)]


class RunScreen(PageScreen):
    """One run. A live run is read again at the dashboard's interval."""

    SCREEN_NAME = RUN
    AUTO_FOCUS: ClassVar[str | None] = "#details"

    class Read(Message):
        """The run; ``None`` when there is no such run."""

        def __init__(self, report: RunReport | None) -> None:
            super().__init__()
            self.report = report

    class Failed(Message):
        """The run could not be read."""

        def __init__(self, problem: Problem) -> None:
            super().__init__()
            self.problem = problem

    def __init__(self, context: ScreenContext, inspector: DashboardDetailQueries, run_id: str) -> None:
        super().__init__(context)
        self._inspector = inspector
        self.run_id = run_id
        self.report: RunReport | None = None
        self._was_read = False

    def compose_content(self) -> Iterable[Widget]:
        """Compose the run as on the dashboard, the details, and the problem of the last read."""
        yield make_panel("Run", LiveRunPanel(id="run"))
        yield make_panel("Details", RunDetails(id="details"))
        yield Static(id="note", classes="note", markup=False)

    def on_mount(self) -> None:
        """Read a live run again at the dashboard's interval."""
        super().on_mount()
        self.set_interval(self._screen_context.refresh_seconds, self._read_if_live)

    def refine_context(self, app_context: CommandContext) -> CommandContext:
        """Enable cancelling for this run, not for any other."""
        run = self.report.run if self.report else None
        live = bool(run and run.live)
        return replace(
            app_context, screen=self.SCREEN_NAME, running=live, stopping=bool(run and live and is_stopping(run))
        )

    def read(self) -> None:
        """Read the run."""
        self.read_in_thread("run", lambda: self.Read(self._inspector.get_run(self.run_id)), self.Failed)

    def _read_if_live(self) -> None:
        if self.is_active and self.report is not None and self.report.run.live:
            self.read()

    def on_run_screen_read(self, message: Read) -> None:
        """Draw the run."""
        before = self.refine_context(CommandContext())
        self._was_read, self.report, self.problem = True, message.report or self.report, None
        self.draw()
        if self.refine_context(CommandContext()) != before:
            self.refresh_bindings()

    def on_run_screen_failed(self, message: Failed) -> None:
        """Keep the run on the screen, and mark it as old."""
        self.problem = message.problem
        self.draw()

    def draw(self) -> None:
        """Draw the run that was read."""
        state = self._state_of_run()
        for live_run in self.query(LiveRunPanel):
            live_run.update(state)
            live_run.display = self.report is not None
        for details in self.query(RunDetails):
            details.report = self.report
            details.update(state)
        for note in self.query("#note").results(Static):
            text = self._format_note()
            note.update(text)
            note.display = bool(text)

    def _state_of_run(self) -> DashboardState:
        """Return the state as if this run were the only one, so that it is drawn as on the dashboard."""
        state = self.state
        if self.report is None or state.overview is None:
            return state
        run = self.report.run
        overview = replace(state.overview, live_run=run if run.live else None, last_run=run)
        return replace(state, own_run=None, ended_run=None, rates=(), leaving=False, overview=overview)

    def _format_note(self) -> Content:
        if self.problem is not None:
            return self.format_problem()
        if not self._was_read:
            return Content(f"reading the run {self.state.glyphs.ellipsis}")
        if self.report is None:
            return Content("There is no such run in the store.")
        return Content("")
