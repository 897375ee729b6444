"""What a wide terminal has room for: what the last runs changed, and how much and how long over many runs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import zip_longest
from statistics import median

from textual.content import Content
from textual.geometry import Size

from odoo_sync_tui.core.reports.overview import EntityCounts
from odoo_sync_tui.core.reports.trends import OUTLIER, SyncTrend
from odoo_sync_tui.core.result import Counts
from odoo_sync_tui.tui.format import render
from odoo_sync_tui.tui.format.layout import Column, Table, layout_entries, widen_first
from odoo_sync_tui.tui.format.problems import format_problems
from odoo_sync_tui.tui.model.glyphs import Glyphs
from odoo_sync_tui.tui.model.shown_runs import ShownRuns
from odoo_sync_tui.tui.model.state import DashboardState
from odoo_sync_tui.tui.widgets.chrome.panel import fit_panel
from odoo_sync_tui.tui.widgets.lines import Line, Lines, ScrollingLines
from odoo_sync_tui.tui.widgets.trends import format_seconds_trend

COLUMNS = (
    Column("entity", 14),
    Column("created", 9, 0, align_right=True),
    Column("updated", 9, 0, align_right=True),
    Column("reactivated", 11, 3, align_right=True),
    Column("retired", 9, 0, align_right=True),
    Column("quarantined", 11, 1, align_right=True),
)
AXIS_WIDTH = 9


class WaitingList(Lines):
    """What is wrong and what waits for the operator, every sentence in full."""

    shown = ShownRuns()

    def inputs(self, state: DashboardState) -> tuple[object, ...]:
        """Return everything that can be wrong, and the second while a server is in trouble."""
        live = self.shown.live
        trouble = live.progress.trouble if live and live.progress else None
        problems = (state.problem, state.odoo_problem, state.stale_since, trouble, trouble and state.now)
        return state.overview, self.shown.last, problems, state.keys

    def build_lines(self, state: DashboardState, width: int, height: int) -> Sequence[Line]:
        """Wrap the sentences: all of them, because the panel is made as high as they need."""
        del height
        contents = layout_entries(format_problems(state, self.shown), 0, width).split("\n", allow_blank=True)
        return [Line(content) for content in contents]

    def _set_lines(self, lines: list[Line], size: Size) -> None:
        super()._set_lines(lines, size)
        fit_panel(self, len(lines))


class LastChanges(ScrollingLines):
    """What the newest run of each entity changed, kind by kind."""

    def inputs(self, state: DashboardState) -> tuple[object, ...]:
        """Return the trends of all entities."""
        return (state.overview.trends if state.overview else (),)

    def build_lines(self, state: DashboardState, width: int, height: int) -> Sequence[Line]:
        """Build one row per entity, under the titles."""
        del height
        entities = state.overview.entities if state.overview else ()
        titles = (render.safe_text(counts.title, state.glyphs, 60) for counts in entities)
        table = Table(widen_first(COLUMNS, titles, width), width, state.glyphs)
        rows = [table.format_row(_change_cells(state, counts)) for counts in entities]
        return [Line(content) for content in (table.format_titles(), *rows)]

    def _set_lines(self, lines: list[Line], size: Size) -> None:
        super()._set_lines(lines, size)
        fit_panel(self, len(lines))


class RunDurations(Lines):
    """How long the last runs of each sync took, a line for each."""

    def inputs(self, state: DashboardState) -> tuple[object, ...]:
        """Return the trends of all syncs."""
        return (state.overview.trends if state.overview else (),)

    def build_lines(self, state: DashboardState, width: int, height: int) -> Sequence[Line]:
        """Build the charts."""
        del height
        trends = state.overview.trends if state.overview else ()
        return [Line(render.fit(_duration_line(trend, state.glyphs), width, state.glyphs)) for trend in trends]


class ChangeChart(Lines):
    """Documents changed in each of the last runs of all syncs, as columns on a scale of orders of magnitude."""

    def inputs(self, state: DashboardState) -> tuple[object, ...]:
        """Return the trends of all syncs."""
        return (state.overview.trends if state.overview else (),)

    def build_lines(self, state: DashboardState, width: int, height: int) -> Sequence[Line]:
        """Build the chart over the whole height."""
        trends = state.overview.trends if state.overview else ()
        changes = _changes_per_run(trends)
        if not changes:
            return [Line(render.assemble(("no run yet", render.MUTED)))]
        return [Line(content) for content in draw_columns(changes, width, height, state.glyphs)]


def draw_columns(values: Sequence[int], width: int, height: int, glyphs: Glyphs) -> list[Content]:
    """Draw values as columns, the last line their names; the axis is logarithmic, as its figures say."""
    rows = max(1, height - 1)
    gap = 1 if (width - AXIS_WIDTH) // max(1, len(values)) >= 2 else 0
    column = max(1, (width - AXIS_WIDTH) // len(values) - gap)
    shown = values[-((width - AXIS_WIDTH) // (column + gap)) :]
    top = max(1, math.ceil(math.log10(max(shown) + 1)))
    limit = OUTLIER * median(shown)
    lines = [_chart_row(row, rows, top, shown, limit, (column, gap), glyphs) for row in range(rows)]
    caption = f"{'':{AXIS_WIDTH}}{'oldest':<{max(6, (column + gap) * len(shown) - 6)}}newest"
    return [*lines, render.fit(render.assemble((caption, render.FAINT)), width, glyphs)]


def _chart_row(
    row: int, rows: int, top: int, values: Sequence[int], limit: float, sizes: tuple[int, int], glyphs: Glyphs
) -> Content:
    """Draw one row of the columns, from the top; a power of ten stands at the row that it begins in."""
    column, gap = sizes
    steps = len(glyphs.chart_levels)
    base = (rows - 1 - row) / rows
    parts: list[tuple[str, str]] = [(_axis_label(row, rows, top), render.FAINT)]
    for value in values:
        filled = math.log10(value + 1) / top - base
        level = min(steps, math.ceil(filled * rows * steps)) if filled > 0 else 0
        tone = render.WARN if limit and value > limit else render.MUTED
        parts.append(((glyphs.chart_levels[level - 1] if level else " ") * column + " " * gap, tone))
    return render.assemble(*parts)


def _axis_label(row: int, rows: int, top: int) -> str:
    exponents = [exponent for exponent in range(1, top + 1) if round(rows * (1 - exponent / top)) == row]
    text = render.text.format_number(10 ** exponents[0]) if exponents else ""
    return f"{text:>{AXIS_WIDTH - 1}} "


def _changes_per_run(trends: Sequence[SyncTrend]) -> list[int]:
    """Return the changes of the sync with the most entities, which is the lake, run by run."""
    trend = max(trends, key=lambda each: len(each.entities), default=SyncTrend(""))
    newest_first = [reversed(entity.changes) for entity in trend.entities.values()]
    return [sum(counts) for counts in zip_longest(*newest_first, fillvalue=0)][::-1]


def _change_cells(state: DashboardState, counts: EntityCounts) -> dict[str, Content | str]:
    last = state.overview.find_trend(counts.name).last if state.overview else Counts()
    figures = {
        "created": last.created, "updated": last.updated, "reactivated": last.reactivated, "retired": last.deactivated,
    }  # fmt: skip
    dot = (state.glyphs.separator, render.FAINT)
    quarantined = (render.format_number(last.quarantined, state.glyphs), f"bold {render.WARN}")
    return {
        "entity": render.safe_text(counts.title, state.glyphs, 60),
        **{
            title: render.assemble((render.format_number(n, state.glyphs), render.STRONG) if n else dot)
            for title, n in figures.items()
        },
        "quarantined": render.assemble(quarantined if last.quarantined else dot),
    }


def _duration_line(trend: SyncTrend, glyphs: Glyphs) -> Content:
    title = f"{render.format_action(trend.action, glyphs):<13}"
    return render.assemble(title, format_seconds_trend(trend.seconds, glyphs))
