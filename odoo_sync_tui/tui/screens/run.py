"""Screen of one run: its progress or its end, and below that all its details."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import ClassVar

from textual import on
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from odoo_sync_tui.core.reports.details import RunReport
from odoo_sync_tui.core.run import RunRecord
from odoo_sync_tui.tui.backend import DashboardDetailQueries
from odoo_sync_tui.tui.commands.command import RUN, CommandContext
from odoo_sync_tui.tui.commands.command_line import Subject
from odoo_sync_tui.tui.format.run import format_run, is_stopping
from odoo_sync_tui.tui.messages import OpenEvent
from odoo_sync_tui.tui.model.shown_runs import find_shown_runs
from odoo_sync_tui.tui.model.state import DashboardState
from odoo_sync_tui.tui.screens.base import PageScreen, ScreenContext
from odoo_sync_tui.tui.widgets.chrome.panel import Panel
from odoo_sync_tui.tui.widgets.dashboard.run import RunPanel
from odoo_sync_tui.tui.widgets.lines import Line, LineList


class RunDetails(LineList):
    """What else there is to know of a run; the entities, events and runs that it names can be opened."""

    HEADER_LINES = 0
    report: RunReport | None = None

    def build_header(self, state: DashboardState, width: int) -> Content:
        """Return nothing: the lines have no columns in common."""
        del state, width
        return Content("")

    def build_rows(self, state: DashboardState, width: int, height: int) -> Sequence[Line]:
        """Build all lines of the run, of any number."""
        del height
        if self.report is None:
            return []
        return [Line(*line) for line in format_run(self.report, state, width)]


class RunScreen(PageScreen):
    """One run. A live run is read again at the dashboard's interval."""

    SCREEN_NAME = RUN
    AUTO_FOCUS: ClassVar[str | None] = "#details"

    def __init__(
        self,
        context: ScreenContext,
        inspector: DashboardDetailQueries,
        run_id: str,
        cancel: Callable[[RunRecord | None], None],
    ) -> None:
        super().__init__(context)
        self._navigation = context.navigation
        self._inspector = inspector
        self._cancel = cancel
        self.run_id = run_id
        self.report: RunReport | None = None
        self._was_read = False

    @property
    def commands(self) -> Mapping[str, Callable[[], object]]:
        """The commands of every screen, cancelling of this run, and its changes."""
        return {
            **super().commands,
            "run.cancel": lambda: self._cancel(self.report and self.report.run),
            "run.changes": partial(self._navigation.open_changes, self.run_id),
        }

    def compose_content(self) -> Iterable[Widget]:
        """Compose the run as on the dashboard, the details, and the problem of the last read."""
        yield Panel("Run", RunPanel(id="run", is_headline_only=True))
        yield Panel("Details: Enter opens what is underlined", RunDetails(id="details"))
        yield Static(id="note", classes="note", markup=False)

    @on(LineList.Chosen, "#details")
    def _open(self, message: LineList.Chosen) -> None:
        message.stop()
        kind, _, name = message.key.partition(":")
        events = self.report.events if self.report else ()
        match kind:
            case "entity":
                self._navigation.open_entity(name)
            case "run":
                self._navigation.open_run(name)
            case "event":
                for event in (each for each in events if each.id == name):
                    self.post_message(OpenEvent(event))
            case _:  # a line that leads nowhere
                pass

    def on_mount(self) -> None:
        """Read a live run again at the dashboard's interval. Textual calls the base's handler too."""
        self.set_interval(self._screen_context.refresh_seconds, self._read_if_live)

    def make_subject(self) -> Subject:
        """Name this run."""
        return replace(super().make_subject(), run_id=self.run_id)

    def refine_context(self, app_context: CommandContext) -> CommandContext:
        """Enable cancelling for this run, not for any other."""
        run = self.report.run if self.report else None
        live = bool(run and run.live)
        return replace(
            app_context, screen=self.SCREEN_NAME, running=live, stopping=bool(run and live and is_stopping(run))
        )

    def read(self) -> None:
        """Read the run."""
        self.read_in_thread("run", partial(self._inspector.get_run, self.run_id), self._show_report)

    def _read_if_live(self) -> None:
        if self.is_active and self.report is not None and self.report.run.live:
            self.read()

    def _show_report(self, report: RunReport | None) -> None:
        before = self.refine_context(CommandContext())
        self._was_read, self.report, self.problem = True, report or self.report, None
        self.draw()
        if self.refine_context(CommandContext()) != before:
            self.update_commands()

    def draw(self) -> None:
        """Draw the run that was read."""
        state = self._state_of_run()
        for live_run in self.query(RunPanel):
            live_run.shown = find_shown_runs(state)
            live_run.update(state)
            live_run.display = self.report is not None
        self.set_class(self.report is not None and not self.report.run.live, "-ended")
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
