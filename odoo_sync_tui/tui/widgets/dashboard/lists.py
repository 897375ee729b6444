"""The two lists of the dashboard: the entities with their counts in Odoo and in the store, and the newest events."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.content import Content
from textual.geometry import Size

from odoo_sync_tui.core.reports.health import HealthLevel
from odoo_sync_tui.core.reports.overview import EntityCounts as Counts
from odoo_sync_tui.core.reports.trends import MAX_RUNS
from odoo_sync_tui.tui.format import render
from odoo_sync_tui.tui.format.event_row import format_event_row, leave_out_starts
from odoo_sync_tui.tui.format.problems import STYLE_BY_LEVEL
from odoo_sync_tui.tui.model.state import DashboardState
from odoo_sync_tui.tui.widgets.chrome.panel import fit_panel
from odoo_sync_tui.tui.widgets.lines import Line, LineList

MIN_NAME_WIDTH, MAX_NAME_WIDTH = 15, 33
CHART_GAP = 4
DRIFT_MARK = " !drift"
"""Behind the name of an entity whose fields have changed in Odoo, until somebody has seen it."""


@dataclass(frozen=True, slots=True)
class CountColumn:
    """A column of figures. Columns with a higher ``rank`` are left out first on a narrow screen."""

    title: str
    width: int
    rank: int
    value: Callable[[DashboardState, Counts], Content]


def _level(state: DashboardState, counts: Counts) -> HealthLevel:
    entity = state.overview.health.find_entity(counts.name) if state.overview else None
    return entity.level if entity else HealthLevel.UNKNOWN


def _tone(state: DashboardState, counts: Counts) -> str:
    """Return the colour of a wrong figure: that of the entity's health; where Odoo has moved on since, the accent."""
    return STYLE_BY_LEVEL.get(_level(state, counts), render.WARN if counts.is_counted_by_run else render.ACCENT)


def _odoo_cell(state: DashboardState, counts: Counts) -> Content:
    return render.assemble((render.format_number(counts.odoo, state.glyphs), "" if counts.odoo else render.FAINT))


def _store_cell(state: DashboardState, counts: Counts) -> Content:
    tone = f"bold {_tone(state, counts)}" if counts.gap else "" if counts.documents else render.FAINT
    return render.assemble((render.format_number(counts.documents, state.glyphs), tone))


def _gap_cell(state: DashboardState, counts: Counts) -> Content:
    """Show how many rows the store lacks: a fault if the run itself counted them, else rows written since."""
    return _figure(counts.gap, f"bold {_tone(state, counts)}", state)


def _changed_cell(state: DashboardState, counts: Counts) -> Content:
    return render.assemble((render.format_number(counts.changed, state.glyphs), "" if counts.changed else render.FAINT))


def _quarantined_cell(state: DashboardState, counts: Counts) -> Content:
    return _figure(counts.quarantined, f"bold {render.WARN}", state)


def _figure(number: int | None, tone: str, state: DashboardState) -> Content:
    """Show a figure that is nought where all is well: then it is but a dot."""
    if number:
        return render.assemble((render.format_number(number, state.glyphs), tone))
    return render.assemble((state.glyphs.no_value if number is None else state.glyphs.separator, render.FAINT))


def _age_cell(state: DashboardState, counts: Counts) -> Content:
    tone = STYLE_BY_LEVEL.get(_level(state, counts))
    return render.assemble((render.format_short_age(state.now, counts.synced_at), tone or render.MUTED))


COLUMNS = (
    CountColumn("Odoo", 9, 0, _odoo_cell),
    CountColumn("store", 9, 0, _store_cell),
    CountColumn("gap", 9, 0, _gap_cell),
    CountColumn("changed", 9, 2, _changed_cell),
    CountColumn("quarantined", 11, 1, _quarantined_cell),
    CountColumn("synced", 7, 3, _age_cell),
)


class EntityCountsPanel(LineList):
    """Entities, one line each: rows in Odoo, documents of them, the gap, and what the last runs changed."""

    def inputs(self, state: DashboardState) -> tuple[object, ...]:
        """Return the counts, their ages, the health and the trends."""
        overview = state.overview
        entities = overview.entities if overview else ()
        ages = [render.format_short_age(state.now, counts.synced_at) for counts in entities]
        return entities, overview and overview.health, overview and overview.trends, ages

    def build_header(self, state: DashboardState, width: int) -> Content:
        """Build the titles of the columns that fit."""
        layout = _Layout.of(width, state)
        titles = [render.fit_right(each.title, each.width + layout.gap, state.glyphs) for each in layout.columns]
        name = render.fit("  entity", layout.name_width, state.glyphs)
        chart = f"{' ' * CHART_GAP}changes, last {MAX_RUNS} runs" if layout.has_chart else ""
        return Content.assemble(name, *titles, chart).stylize(render.MUTED)

    def build_rows(self, state: DashboardState, width: int, height: int) -> Sequence[Line]:
        """Build one line per entity."""
        del height
        layout = _Layout.of(width, state)
        entities = state.overview.entities if state.overview else ()
        return [Line(_row(state, counts, layout), counts.name) for counts in entities]

    def _set_lines(self, lines: list[Line], size: Size) -> None:
        super()._set_lines(lines, size)
        fit_panel(self, len(lines))


@dataclass(frozen=True, slots=True)
class _Layout:
    """The columns that fit beside the longest name, the gap between them, and whether the chart fits too."""

    name_width: int
    columns: tuple[CountColumn, ...]
    gap: int
    has_chart: bool

    @classmethod
    def of(cls, width: int, state: DashboardState) -> _Layout:
        columns = list(COLUMNS)
        entities = state.overview.entities if state.overview else ()
        longest = max((len(each.title) + len(DRIFT_MARK) * bool(each.drift) for each in entities), default=0)
        room = width - _figures_width([column for column in columns if not column.rank], 1)
        name_width = max(MIN_NAME_WIDTH, min(longest + 2, MAX_NAME_WIDTH, room))
        width -= name_width
        while len(columns) > 1 and _figures_width(columns, 1) > width:
            columns.remove(max(columns, key=lambda column: column.rank))
        chart = CHART_GAP + MAX_RUNS
        has_chart = _figures_width(columns, 1) + chart <= width
        left = width - chart if has_chart else width
        gap = next(gap for gap in (3, 2, 1) if gap == 1 or _figures_width(columns, gap) <= left)
        return cls(name_width, tuple(columns), gap, has_chart)


def _figures_width(columns: Sequence[CountColumn], gap: int) -> int:
    return sum(column.width + gap for column in columns)


def _row(state: DashboardState, counts: Counts, layout: _Layout) -> Content:
    name = render.fit(_name_cell(state, counts), layout.name_width, state.glyphs)
    figures = [
        render.fit_right(column.value(state, counts), column.width + layout.gap, state.glyphs)
        for column in layout.columns
    ]
    chart = [" " * CHART_GAP, _chart(state, counts)] if layout.has_chart else []
    return Content.assemble(name, *figures, *chart)


def _name_cell(state: DashboardState, counts: Counts) -> Content:
    level = _level(state, counts)
    title = render.safe_text(counts.title, state.glyphs, 60)
    tone = STYLE_BY_LEVEL.get(level, "")
    return render.assemble(
        (f"{state.glyphs.get_state_sign(level)} ", render.STATE_COLORS[level]),
        (title, f"bold {tone}" if tone else ""),
        *([(DRIFT_MARK, render.WARN)] if counts.drift else []),
    )


def _chart(state: DashboardState, counts: Counts) -> Content:
    """Draw the changes of the last runs; the newest at the right end."""
    changes = state.overview.find_trend(counts.name).changes if state.overview else ()
    chart = render.format_sparkline(tuple(map(float, changes)), MAX_RUNS, state.glyphs, logarithmic=True)
    return render.assemble((f"{chart:>{MAX_RUNS}}", STYLE_BY_LEVEL.get(_level(state, counts), render.MUTED)))


class RecentEvents(LineList):
    """The newest audit events, one line a run: when, which sync, who, and what happened in words."""

    HEADER_LINES: ClassVar[int] = 0

    def inputs(self, state: DashboardState) -> tuple[object, ...]:
        """Return the events, and the minute that their ages are shown for."""
        minute = state.now.replace(second=0, microsecond=0)
        return state.overview.events if state.overview else None, minute

    def build_header(self, state: DashboardState, width: int) -> Content:
        """There is none: each row is a sentence."""
        del state, width
        return Content("")

    def build_rows(self, state: DashboardState, width: int, height: int) -> Sequence[Line]:
        """Build one line per run, newest first; a sentence while there is none."""
        del height
        if state.overview is None:
            return []
        if not state.overview.events:
            return [Line(render.assemble(("nothing has happened yet", render.MUTED)))]
        return [
            Line(format_event_row(event, state, width), event.id) for event in leave_out_starts(state.overview.events)
        ]
