"""Screen of all runs, newest first, page after page; Enter opens one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual import on
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static

from odoo_sync_tui.core.reports.details import RunPage
from odoo_sync_tui.core.run import RunRecord
from odoo_sync_tui.tui.backend import DashboardDetailQueries
from odoo_sync_tui.tui.commands import RUNS
from odoo_sync_tui.tui.format import render
from odoo_sync_tui.tui.model.state import Problem
from odoo_sync_tui.tui.screens.base import PageScreen, ScreenContext, make_panel
from odoo_sync_tui.tui.widgets.paged_list import PagedList
from odoo_sync_tui.tui.widgets.run_list import RunList

RUNS_PER_PAGE = 100
REFRESHED_RUNS = 20
"""Number of runs that can still change, or are new: all others have ended."""


class RunsScreen(PageScreen):
    """The list of runs. The newest are read again at the dashboard's interval; older ones no longer change."""

    SCREEN_NAME = RUNS
    AUTO_FOCUS: ClassVar[str | None] = "#runs"

    class Read(Message):
        """A page of runs; ``continues`` means that it comes after the runs in the list."""

        def __init__(self, page: RunPage, *, continues: bool) -> None:
            super().__init__()
            self.page = page
            self.continues = continues

    class Failed(Message):
        """The runs could not be read."""

        def __init__(self, problem: Problem) -> None:
            super().__init__()
            self.problem = problem

    def __init__(self, context: ScreenContext, inspector: DashboardDetailQueries) -> None:
        super().__init__(context)
        self._inspector = inspector
        self._runs: list[RunRecord] = []
        self._after: str | None = None
        self._was_read = False

    def compose_content(self) -> Iterable[Widget]:
        """Compose the list and the number of its runs."""
        yield make_panel("Runs", RunList(id="runs"))
        yield Static(id="note", classes="note", markup=False)

    def on_mount(self) -> None:
        """Read the newest runs again at the dashboard's interval."""
        super().on_mount()
        self.set_interval(self._screen_context.refresh_seconds, self._read_newest)

    def read(self) -> None:
        """Read the first page."""
        self.read_in_thread(
            "runs",
            lambda: self.Read(self._inspector.list_runs(RUNS_PER_PAGE), continues=False),
            self.Failed,
        )

    def _read_newest(self) -> None:
        if not self.is_active or not self._was_read:
            return
        self.read_in_thread(
            "runs", lambda: self.Read(self._inspector.list_runs(REFRESHED_RUNS), continues=False), self.Failed
        )

    @on(PagedList.NextPageRequested, "#runs")
    def _read_next_page(self, message: PagedList.NextPageRequested) -> None:
        after = self._after
        if after is not None and message.source.is_near_end:
            self.read_in_thread(
                "older runs",
                lambda: self.Read(self._inspector.list_runs(RUNS_PER_PAGE, after), continues=True),
                self.Failed,
            )

    def on_runs_screen_read(self, message: Read) -> None:
        """Merge the page into the list, and draw it."""
        page, self.problem = message.page, None
        if message.continues:
            self._runs, self._after = merge_runs(self._runs, page.runs), page.after
        else:
            shown = {run.id for run in self._runs}
            if shown.isdisjoint(run.id for run in page.runs):  # there may be others between them and those shown
                self._runs, self._after = [], page.after
            self._runs = merge_runs(page.runs, self._runs)
        self._was_read = True
        self.draw()

    def on_runs_screen_failed(self, message: Failed) -> None:
        """Keep the runs on the screen, and mark them as old."""
        self.problem = message.problem
        self.draw()

    def draw(self) -> None:
        """Draw the runs that were read."""
        for runs in self.query(RunList):
            runs.update_runs(self.state, self._runs)
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
