"""Screen of all runs, newest first, page after page; Enter opens one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from typing import ClassVar

from textual import on
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from odoo_sync_tui.core.reports.details import RunPage
from odoo_sync_tui.core.reports.trends import MAX_RUNS
from odoo_sync_tui.core.run import RunRecord
from odoo_sync_tui.tui.backend import DashboardDetailQueries
from odoo_sync_tui.tui.commands.command import RUNS
from odoo_sync_tui.tui.format import render
from odoo_sync_tui.tui.screens.base import PageScreen, ScreenContext
from odoo_sync_tui.tui.widgets.chrome.panel import Panel
from odoo_sync_tui.tui.widgets.lines import LineList
from odoo_sync_tui.tui.widgets.paged_list import PagedList
from odoo_sync_tui.tui.widgets.run_list import RunList
from odoo_sync_tui.tui.widgets.trends import RunTrends

RUNS_PER_PAGE = 100
REFRESHED_RUNS = 20
"""Number of runs that can still change, or are new: all others have ended."""


class RunsScreen(PageScreen):
    """The list of runs. The newest are read again at the dashboard's interval; older ones no longer change."""

    SCREEN_NAME = RUNS
    AUTO_FOCUS: ClassVar[str | None] = "#runs"

    def __init__(self, context: ScreenContext, inspector: DashboardDetailQueries) -> None:
        super().__init__(context)
        self._navigation = context.navigation
        self._inspector = inspector
        self._runs: list[RunRecord] = []
        self._after: str | None = None
        self._was_read = False

    def compose_content(self) -> Iterable[Widget]:
        """Compose the last runs of the sync under the cursor, the list, and the number of its runs."""
        yield Panel("Last runs", RunTrends(id="trends"))
        yield Panel("Runs", RunList(id="runs"))
        yield Static(id="note", classes="note", markup=False)

    def on_mount(self) -> None:
        """Read the newest runs again at the dashboard's interval. Textual calls the base's handler too."""
        self.set_interval(self._screen_context.refresh_seconds, self._read_newest)

    def read(self) -> None:
        """Read the first page."""
        self.read_in_thread("runs", partial(self._inspector.list_runs, RUNS_PER_PAGE), self._show_newest)

    def _read_newest(self) -> None:
        if self.is_active and self._was_read:
            self.read_in_thread("runs", partial(self._inspector.list_runs, REFRESHED_RUNS), self._show_newest)

    @on(PagedList.NextPageRequested, "#runs")
    def _read_next_page(self, message: PagedList.NextPageRequested) -> None:
        after = self._after
        if after is not None and message.source.is_near_end:
            read = partial(self._inspector.list_runs, RUNS_PER_PAGE, after)
            self.read_in_thread("older runs", read, self._show_older)

    def _show_newest(self, page: RunPage) -> None:
        shown = {run.id for run in self._runs}
        if shown.isdisjoint(run.id for run in page.runs):  # there may be others between them and those shown
            self._runs, self._after = [], page.after
        self._show_runs(merge_runs(page.runs, self._runs))

    def _show_older(self, page: RunPage) -> None:
        self._after = page.after
        self._show_runs(merge_runs(self._runs, page.runs))

    def _show_runs(self, runs: list[RunRecord]) -> None:
        self._runs, self._was_read, self.problem = runs, True, None
        self.draw()

    @on(LineList.Chosen, "#runs")
    def _run_chosen(self, message: LineList.Chosen) -> None:
        self._navigation.open_run(message.key)

    @on(RunList.CursorMoved)
    def _draw_trends(self) -> None:
        """Draw the last runs of the sync whose run is under the cursor."""
        run, glyphs = next((runs.chosen for runs in self.query(RunList)), None), self.state.glyphs
        for panel in self.query("#trends-panel").results(Panel):
            panel.display = run is not None
            panel.set_title(f"Last {MAX_RUNS} runs: {render.format_action(run.action, glyphs)}" if run else "")
        for trends in self.query(RunTrends):
            trends.action = run.action if run else ""
            trends.update(self.state)

    def draw(self) -> None:
        """Draw the runs that were read."""
        for runs in self.query(RunList):
            runs.update_rows(self.state, self._runs)
        self._draw_trends()
        for note in self.query("#note").results(Static):
            note.update(self._format_note())

    def _format_note(self) -> Content:
        if self.problem is not None:
            return self.format_problem()
        if not self._was_read:
            return Content(f"reading the runs {self.state.glyphs.ellipsis}")
        if not self._runs:
            return Content("There was no run yet.")
        glyphs = self.state.glyphs
        if not self._after:
            return Content(render.format_total(len(self._runs), "run", glyphs))
        return Content(f"the newest {render.format_number(len(self._runs), glyphs)} runs, older ones below")


def merge_runs(newer: Sequence[RunRecord], older: Sequence[RunRecord]) -> list[RunRecord]:
    """Merge two lists of runs; a run in both is taken from ``newer``."""
    known = {run.id for run in newer}
    return [*newer, *(run for run in older if run.id not in known)]
