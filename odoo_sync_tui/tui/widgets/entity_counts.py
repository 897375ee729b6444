"""Record counts of each entity in Odoo and in the store, side by side."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from textual.content import Content

from odoo_sync_tui.core.reports.health import HealthLevel
from odoo_sync_tui.core.reports.overview import EntityCounts as Counts
from odoo_sync_tui.core.text.format import format_number
from odoo_sync_tui.tui.format import render
from odoo_sync_tui.tui.model.state import DashboardState
from odoo_sync_tui.tui.widgets.lines import Line, LineList

NAME_WIDTH = 15


@dataclass(frozen=True, slots=True)
class CountColumn:
    """A column of figures. Columns with a higher ``rank`` are left out first on a narrow screen."""

    title: str
    width: int
    rank: int
    value: Callable[[DashboardState, Counts], Content]


def _number_cell(get: Callable[[Counts], int | None]) -> Callable[[DashboardState, Counts], Content]:
    def value(state: DashboardState, counts: Counts) -> Content:
        number = get(counts)
        return render.assemble((render.format_number(number, state.glyphs), "" if number else render.MUTED))

    return value


def _quarantined_cell(state: DashboardState, counts: Counts) -> Content:
    return render.assemble(
        (render.format_number(counts.quarantined, state.glyphs), render.WARN if counts.quarantined else render.MUTED)
    )


def _gap_cell(state: DashboardState, counts: Counts) -> Content:
    """Show how many rows the store lacks: a fault if the run itself counted them, else rows written since."""
    if not counts.gap:
        return render.assemble((render.format_number(counts.gap, state.glyphs), render.MUTED))
    return render.assemble((f"{format_number(counts.gap)}", render.WARN if counts.is_counted_by_run else render.ACCENT))


def _age_cell(state: DashboardState, counts: Counts) -> Content:
    return render.assemble((render.format_short_age(state.now, counts.synced_at), render.MUTED))


COLUMNS = (
    CountColumn("Odoo", 9, 0, _number_cell(lambda counts: counts.odoo)),
    CountColumn("active", 9, 0, _number_cell(lambda counts: counts.active)),
    CountColumn("inactive", 8, 2, _number_cell(lambda counts: counts.inactive)),
    CountColumn("gap", 8, 0, _gap_cell),
    CountColumn("changed", 8, 3, _number_cell(lambda counts: counts.changed)),
    CountColumn("quarantined", 11, 4, _quarantined_cell),
    CountColumn("synced", 6, 1, _age_cell),
)


class EntityCountsPanel(LineList):
    """Entities, one line each: rows in Odoo, active and inactive documents, changes and time of the last run."""

    def inputs(self, state: DashboardState) -> tuple[object, ...]:
        """Return the counts, their ages, and the health."""
        entities = state.overview.entities if state.overview else ()
        return (
            entities,
            state.overview and state.overview.health,
            *(render.format_short_age(state.now, counts.synced_at) for counts in entities),
        )

    def build_header(self, state: DashboardState, width: int) -> Content:
        """Build the titles of the columns that fit."""
        columns, gap = _layout(width)
        titles = [render.fit_right(column.title, column.width + gap, state.glyphs) for column in columns]
        name = render.fit("  entity", _name_width(width, columns, gap), state.glyphs)
        return Content.assemble(name, *titles).stylize(render.MUTED)

    def build_rows(self, state: DashboardState, width: int, height: int) -> Sequence[Line]:
        """Build one line per entity."""
        del height
        columns, gap = _layout(width)
        name_width = _name_width(width, columns, gap)
        entities = state.overview.entities if state.overview else ()
        return [Line(_row(state, counts, columns, gap, name_width), counts.name) for counts in entities]


def _row(state: DashboardState, counts: Counts, columns: Sequence[CountColumn], gap: int, name_width: int) -> Content:
    name = render.fit(_name_cell(state, counts), name_width, state.glyphs)
    figures = (render.fit_right(column.value(state, counts), column.width + gap, state.glyphs) for column in columns)
    return Content.assemble(name, *figures)


def _name_cell(state: DashboardState, counts: Counts) -> Content:
    """Build the name, behind a sign where the entity is not in step: what is well is calm."""
    entity = state.overview.health.find_entity(counts.name) if state.overview else None
    title = render.safe_text(counts.title, state.glyphs, 60)
    if entity is None or entity.level in {HealthLevel.IN_STEP, HealthLevel.UNKNOWN}:
        return Content(f"  {title}")
    sign = state.glyphs.get_state_sign(entity.level)
    return render.assemble((f"{sign} {title}", render.STATE_COLORS[entity.level]))


def _layout(width: int) -> tuple[list[CountColumn], int]:
    """Select the columns that fit beside the name, and the gap between them: one cell, or more where it fits."""
    columns = list(COLUMNS)
    while len(columns) > 1 and _table_width(columns, 1) > width:
        columns.remove(max(columns, key=lambda column: column.rank))
    gap = next(gap for gap in (4, 3, 2, 1) if gap == 1 or _table_width(columns, gap) <= width)
    return columns, gap


def _table_width(columns: Sequence[CountColumn], gap: int) -> int:
    return NAME_WIDTH + sum(column.width + gap for column in columns)


def _name_width(width: int, columns: Sequence[CountColumn], gap: int) -> int:
    """Give the name the cells that the figures leave, so that the table fills its panel, up to a readable width."""
    return max(NAME_WIDTH, min(width - sum(column.width + gap for column in columns), 40))
