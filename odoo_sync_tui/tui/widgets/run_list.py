"""Runs, newest first, one line each."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from odoo_sync_tui.core.result import Counts
from odoo_sync_tui.core.run import RunRecord
from odoo_sync_tui.tui.format import render
from odoo_sync_tui.tui.format.layout import Column, fit_columns, format_row, format_titles
from odoo_sync_tui.tui.format.run import format_run_state
from odoo_sync_tui.tui.model.glyphs import Glyphs
from odoo_sync_tui.tui.model.run_summary import CONTINUATION_NOTE, RunSummary, summarize_record
from odoo_sync_tui.tui.model.state import DashboardState
from odoo_sync_tui.tui.widgets.lines import Line
from odoo_sync_tui.tui.widgets.paged_list import PagedList

COLUMNS = (
    Column("started", 11),
    Column("sync", 11),
    Column("mode", 11, 3),
    Column("operator", 12, 1),
    Column("host", 13, 4),
    Column("outcome", 13),
    Column("took", 7, 2, align_right=True),
    Column("what happened", 18),
)

CHANGE_LABELS = (
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

    def update_runs(self, state: DashboardState, runs: Sequence[RunRecord]) -> None:
        """Draw these runs."""
        self._runs = runs
        self.update(state)

    def build_header(self, state: DashboardState, width: int) -> Content:
        """Build the titles of the columns that fit."""
        return format_titles(fit_columns(COLUMNS, width), width, state.glyphs)

    def build_rows(self, state: DashboardState, width: int, height: int) -> Sequence[Line]:
        """Build one line per run."""
        del height
        columns = fit_columns(COLUMNS, width)
        return [Line(_run_row(state, run, columns, width), run.id) for run in self._runs]


def _run_row(state: DashboardState, run: RunRecord, columns: Sequence[Column], width: int) -> Content:
    glyphs = state.glyphs
    summary = summarize_record(run)
    cells: dict[str, Content | str] = {
        "started": render.assemble((render.format_time(state.now, run.started_at), render.MUTED)),
        "sync": render.format_action(run.action, glyphs),
        "mode": str(run.scope.mode),
        "operator": render.safe_text(run.operator.name, glyphs, 60),
        "host": render.safe_text(run.operator.host, glyphs, 60),
        "outcome": render.format_state(format_run_state(run), glyphs),
        "took": render.format_duration(summary.seconds, glyphs),
        "what happened": _describe_run(run, summary, glyphs),
    }
    return format_row(columns, [cells[column.title] for column in columns], width, glyphs)


def _describe_run(run: RunRecord, summary: RunSummary, glyphs: Glyphs) -> str:
    if summary.errors:
        return render.safe_text(summary.errors[0], glyphs)
    text = format_changes(summary.counts, glyphs)
    if run.live and not text:
        return "at work"
    text = text or "nothing changed"
    return ", ".join(
        [text, *([CONTINUATION_NOTE] if run.continues else []), *(["dry run"] if run.scope.dry_run else [])]
    )


def format_changes(counts: Counts, glyphs: Glyphs) -> str:
    """Format the changes in figures and words; empty without changes."""
    figures = ((getattr(counts, name), word) for name, word in CHANGE_LABELS)
    return ", ".join(f"{render.format_number(figure, glyphs)} {word}" for figure, word in figures if figure)
