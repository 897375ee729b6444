"""Screen of what the last dry runs would change: fields on top, documents below; Enter opens one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import ClassVar, NamedTuple

from textual import on
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from odoo_sync_tui.core.actions import Action
from odoo_sync_tui.core.reports.differences import Difference
from odoo_sync_tui.pipeline.run.difference_log import DifferenceLog
from odoo_sync_tui.tui.commands.command import DIFFERENCES
from odoo_sync_tui.tui.commands.keymap import get_key_display
from odoo_sync_tui.tui.commands.registry import COMMANDS_BY_ID
from odoo_sync_tui.tui.dialogs.base import DetailDialog
from odoo_sync_tui.tui.format import render
from odoo_sync_tui.tui.format.difference import describe_difference, format_change, format_difference, format_sums
from odoo_sync_tui.tui.format.layout import Column
from odoo_sync_tui.tui.model.state import DashboardState
from odoo_sync_tui.tui.screens.base import PageScreen, ScreenContext
from odoo_sync_tui.tui.tasks import SyncJob
from odoo_sync_tui.tui.widgets.chrome.panel import Panel
from odoo_sync_tui.tui.widgets.lines import Line, LineList, ScrollingLines
from odoo_sync_tui.tui.widgets.paged_list import Cells, PagedList, RowList

DOCUMENTS_PER_PAGE = 100


class DifferenceRow(NamedTuple):
    """A document that would change, with the sync of its entity and its place in the list."""

    place: int
    action: Action
    difference: Difference


class DifferenceList(RowList[DifferenceRow]):
    """Documents that would change, one line each, in the order of the runs."""

    COLUMNS = (
        Column("entity", 14),
        Column("change", 11),
        Column("odoo id", 10, align_right=True),
        Column("fields", 20),
    )

    def get_key(self, row: DifferenceRow) -> str:
        """Return the place in the list."""
        return str(row.place)

    def build_cells(self, state: DashboardState, row: DifferenceRow) -> Cells:
        """Build the cells of a document."""
        difference, glyphs = row.difference, state.glyphs
        return {
            "entity": render.safe_text(_title(state, row.action, difference.entity), glyphs, 60),
            "change": format_change(difference),
            "odoo id": str(difference.odoo_id),
            "fields": describe_difference(difference, glyphs),
        }


class DifferenceSums(ScrollingLines):
    """Sums and fields of each entity."""

    jobs: Sequence[SyncJob] = ()

    def build_lines(self, state: DashboardState, width: int, height: int) -> Sequence[Line]:
        """Build all lines, of any number."""
        del height
        summaries = (
            (_title(state, job.action, name), summary)
            for job in self.jobs
            for name, summary in (job.differences.summaries.items() if job.differences else ())
        )
        return [Line(content) for content in format_sums(summaries, width, state.glyphs)]


class DifferencesScreen(PageScreen):
    """What the last dry runs would change.

    Args:
        context: the values that every screen is opened with.
        jobs: the dry runs.
        run_for_real: starts the same syncs to write.
    """

    SCREEN_NAME = DIFFERENCES
    AUTO_FOCUS: ClassVar[str | None] = "#differences"

    def __init__(self, context: ScreenContext, jobs: Sequence[SyncJob], run_for_real: Callable[[], None]) -> None:
        super().__init__(context)
        self._jobs = tuple(jobs)
        self._run_for_real = run_for_real
        self._rows: list[DifferenceRow] = []

    @property
    def commands(self) -> Mapping[str, Callable[[], object]]:
        """The commands of every screen, and the one that makes the differences real."""
        return {**super().commands, "differences.run": self._run}

    def _run(self) -> None:
        """Leave, and start the sync: its progress is on the dashboard."""
        self.go_back()
        self._run_for_real()

    def compose_content(self) -> Iterable[Widget]:
        """Compose sums, documents, and a note on them."""
        yield Panel("What would change", DifferenceSums(id="sums"))
        yield Panel("Documents", DifferenceList(id="differences"))
        yield Static(id="note", classes="note", markup=False)

    def read(self) -> None:
        """Read the first page of documents, unless there are some already."""
        if not self._rows:
            self._read_page()

    @on(PagedList.NextPageRequested, "#differences")
    def _read_next_page(self, message: PagedList.NextPageRequested) -> None:
        if message.source.is_near_end and len(self._rows) < self._row_count:
            self._read_page()

    @property
    def _row_count(self) -> int:
        return sum(job.differences.kept for job in self._jobs if job.differences)

    def _read_page(self) -> None:
        first = len(self._rows)
        self.read_in_thread("differences", partial(_read_rows, self._jobs, first), partial(self._show_rows, first))

    def _show_rows(self, first: int, rows: list[DifferenceRow]) -> None:
        self._rows[first:] = rows
        self.problem = None
        self.draw()

    @on(LineList.Chosen, "#differences")
    def _open_document(self, message: LineList.Chosen) -> None:
        message.stop()
        row, glyphs = self._rows[int(message.key)], self.state.glyphs
        entity = render.safe_text(_title(self.state, row.action, row.difference.entity), glyphs, 40)
        title = Content(f"{entity} {row.difference.odoo_id}")
        self.show_dialog(DetailDialog(title, lambda width: format_difference(row.difference, width, glyphs)))

    def draw(self) -> None:
        """Draw the sums, and the documents that were read."""
        for sums in self.query(DifferenceSums):
            sums.jobs = self._jobs
            sums.update(self.state)
        for documents in self.query(DifferenceList):
            documents.update_rows(self.state, self._rows)
        for note in self.query("#note").results(Static):
            note.update(self._format_note())

    def _format_note(self) -> Content:
        if self.problem is not None:
            return self.format_problem()
        state = self.state
        count = state.difference_count
        total = f"{render.format_number(count, state.glyphs)} {'document' if count == 1 else 'documents'}"
        context = self.refine_context(self._screen_context.store.app_context)
        if not COMMANDS_BY_ID["differences.run"].is_available(context):
            return Content(f"{total} would change; nothing was written.")
        key = get_key_display(state, "differences.run")
        return Content(f"{total} would change. {key} syncs now, and writes.")


def _title(state: DashboardState, action: Action, name: str) -> str:
    return state.catalog.titles(action).get(name, name)


def _read_rows(jobs: Sequence[SyncJob], first: int) -> list[DifferenceRow]:
    """Read the documents of a page; the logs of the runs follow each other."""
    rows: list[DifferenceRow] = []
    before = 0
    for job in jobs:
        log: DifferenceLog | None = job.differences
        if log is None:
            continue
        place = first + len(rows)
        found = log.page(max(0, place - before), DOCUMENTS_PER_PAGE - len(rows)) if place >= before else []
        rows += [DifferenceRow(place + at, job.action, each) for at, each in enumerate(found)]
        before += log.kept
    return rows
