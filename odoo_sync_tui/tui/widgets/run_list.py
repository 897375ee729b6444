"""Runs, newest first, one line each."""

from __future__ import annotations

from odoo_sync_tui.core.result import Counts
from odoo_sync_tui.core.run import RunRecord
from odoo_sync_tui.tui.format import render
from odoo_sync_tui.tui.format.layout import Column
from odoo_sync_tui.tui.format.run import format_run_state
from odoo_sync_tui.tui.model.glyphs import Glyphs
from odoo_sync_tui.tui.model.run_summary import CONTINUATION_NOTE, RunSummary, summarize_record
from odoo_sync_tui.tui.model.state import DashboardState
from odoo_sync_tui.tui.widgets.paged_list import Cells, RowList

CHANGE_LABELS = (
    ("created", "created"),
    ("updated", "updated"),
    ("reactivated", "reactivated"),
    ("deactivated", "retired"),
    ("quarantined", "quarantined"),
)
"""Figures that are shown above nought, and their words on the screen."""


class RunList(RowList[RunRecord]):
    """Runs, one line each: start, sync, operator, host, outcome, duration, and the changes or the error."""

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

    def get_key(self, row: RunRecord) -> str:
        """Return the run's id."""
        return row.id

    def build_cells(self, state: DashboardState, row: RunRecord) -> Cells:
        """Build the cells of a run."""
        glyphs, summary = state.glyphs, summarize_record(row)
        return {
            "started": render.assemble((render.format_time(state.now, row.started_at), render.MUTED)),
            "sync": render.format_action(row.action, glyphs),
            "mode": str(row.scope.mode),
            "operator": render.safe_text(row.operator.name, glyphs, 60),
            "host": render.safe_text(row.operator.host, glyphs, 60),
            "outcome": render.format_state(format_run_state(row), glyphs),
            "took": render.format_duration(summary.seconds, glyphs),
            "what happened": _describe_run(row, summary, glyphs),
        }


def _describe_run(run: RunRecord, summary: RunSummary, glyphs: Glyphs) -> str:
    if summary.errors:
        return render.safe_text(summary.errors[0], glyphs)
    text = format_changes(summary.counts, glyphs)
    if run.live and not text:
        return "at work"
    dry, continued = "dry run" if run.scope.dry_run else "", CONTINUATION_NOTE if run.continues else ""
    rows = render.safe_text(run.scope.describe_rows(), glyphs, 100)
    return ", ".join(part for part in (text or "nothing changed", continued, dry, rows) if part)


def format_changes(counts: Counts, glyphs: Glyphs) -> str:
    """Format the changes in figures and words; empty without changes."""
    figures = ((getattr(counts, name), word) for name, word in CHANGE_LABELS)
    return ", ".join(f"{render.format_number(figure, glyphs)} {word}" for figure, word in figures if figure)
