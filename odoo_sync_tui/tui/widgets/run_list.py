"""Runs, newest first, one line each."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from odoo_sync_tui.core.result import Counts
from odoo_sync_tui.core.run import RunRecord
from odoo_sync_tui.tui import view
from odoo_sync_tui.tui.glyphs import Glyphs
from odoo_sync_tui.tui.shown_run import WITH_THE_OTHER, RunSummary, summary_of_record
from odoo_sync_tui.tui.state import DashboardState
from odoo_sync_tui.tui.widgets.columns import Column, fitting, row, titles
from odoo_sync_tui.tui.widgets.lines import Line
from odoo_sync_tui.tui.widgets.paged_list import PagedList

COLUMNS = (
    Column("started", 11),
    Column("sync", 11),
    Column("mode", 11, 3),
    Column("operator", 12, 1),
    Column("host", 13, 4),
    Column("outcome", 13),
    Column("took", 7, 2, right=True),
    Column("what happened", 18),
)

CHANGES = (
    ("created", "created"),
    ("updated", "updated"),
    ("reactivated", "reactivated"),
    ("deactivated", "retired"),
    ("quarantined", "quarantined"),
)
"""Figures that are shown above nought, and their words on the screen."""


class RunList(PagedList):
    """Runs, one line each: start, sync, operator, host, outcome, duration, and the changes or the error."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 -- Textual's word
        super().__init__(id=id)
        self._runs: Sequence[RunRecord] = ()

    def show_runs(self, state: DashboardState, runs: Sequence[RunRecord]) -> None:
        """Draw these runs."""
        self._runs = runs
        self.show(state)

    def header(self, state: DashboardState, width: int) -> Content:
        """Build the titles of the columns that fit."""
        return titles(fitting(COLUMNS, width), width, state.glyphs)

    def rows(self, state: DashboardState, width: int, height: int) -> Sequence[Line]:
        """Build one line per run."""
        del height
        columns = fitting(COLUMNS, width)
        return [Line(_run_row(state, run, columns, width), run.id) for run in self._runs]


def state_word(run: RunRecord) -> str:
    """Return the run's state in a word: its outcome, "running" or "stopping", or "interrupted" without an end."""
    if run.live:
        return "stopping" if stopping(run) else "running"
    return str(run.outcome or "interrupted")


def stopping(run: RunRecord) -> bool:
    """Whether a live run was asked to stop."""
    return bool(run.cancel_requested_by or (run.progress and run.progress.stopping))


def _run_row(state: DashboardState, run: RunRecord, columns: Sequence[Column], width: int) -> Content:
    glyphs = state.glyphs
    summary = summary_of_record(run)
    cells: dict[str, Content | str] = {
        "started": view.line((view.moment_of(state.now, run.started_at), view.MUTED)),
        "sync": view.action_title(run.action, glyphs),
        "mode": str(run.scope.mode),
        "operator": view.safe(run.operator.name, glyphs, 60),
        "host": view.safe(run.operator.host, glyphs, 60),
        "outcome": view.state_part(state_word(run), glyphs),
        "took": view.duration(summary.seconds, glyphs),
        "what happened": _describe_run(run, summary, glyphs),
    }
    return row(columns, [cells[column.title] for column in columns], width, glyphs)


def _describe_run(run: RunRecord, summary: RunSummary, glyphs: Glyphs) -> str:
    if summary.errors:
        return view.safe(summary.errors[0], glyphs)
    text = changes(summary.counts, glyphs)
    if run.live and not text:
        return "at work"
    text = text or "nothing changed"
    return ", ".join([text, *([WITH_THE_OTHER] if run.continues else []), *(["dry run"] if run.scope.dry_run else [])])


def changes(counts: Counts, glyphs: Glyphs) -> str:
    """Format the changes in figures and words; empty without changes."""
    figures = ((getattr(counts, name), word) for name, word in CHANGES)
    return ", ".join(f"{view.number(figure, glyphs)} {word}" for figure, word in figures if figure)
