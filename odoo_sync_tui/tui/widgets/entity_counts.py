"""How many records of each entity both sides hold, side by side."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from textual.content import Content

from odoo_sync_tui.core.overview import EntityCounts as Counts
from odoo_sync_tui.tui import view
from odoo_sync_tui.tui.state import DashboardState
from odoo_sync_tui.tui.widgets.lines import Line, LineList

NAME_WIDTH = 13


@dataclass(frozen=True, slots=True)
class Column:
    """A column of figures. Those with a higher ``rank`` give way first where the room is narrow."""

    title: str
    width: int
    rank: int
    value: Callable[[DashboardState, Counts], Content]


def _figure(pick: Callable[[Counts], int | None]) -> Callable[[DashboardState, Counts], Content]:
    def value(state: DashboardState, counts: Counts) -> Content:
        figure = pick(counts)
        return view.line((view.number(figure, state.glyphs), "" if figure else view.MUTED))

    return value


def _quarantined(state: DashboardState, counts: Counts) -> Content:
    return view.line((view.number(counts.quarantined, state.glyphs), view.WARN if counts.quarantined else view.MUTED))


def _age(state: DashboardState, counts: Counts) -> Content:
    return view.line((view.short_age(state.now, counts.synced_at), view.MUTED))


COLUMNS = (
    Column("Odoo", 9, 0, _figure(lambda counts: counts.odoo)),
    Column("active", 9, 0, _figure(lambda counts: counts.active)),
    Column("inactive", 8, 0, _figure(lambda counts: counts.inactive)),
    Column("changed", 8, 2, _figure(lambda counts: counts.changed)),
    Column("quarantined", 11, 3, _quarantined),
    Column("synced", 6, 1, _age),
)


class EntityCounts(LineList):
    """One line an entity: rows in Odoo, active and inactive documents, what the last run changed, and when."""

    def header(self, state: DashboardState, width: int) -> Content:
        """The titles of the columns that fit."""
        columns, gap = _layout(width)
        titles = [view.fit_right(column.title, column.width + gap, state.glyphs) for column in columns]
        name = view.fit("entity", _name_width(width, columns, gap), state.glyphs)
        return Content.assemble(name, *titles).stylize(view.MUTED)

    def rows(self, state: DashboardState, width: int, height: int) -> Sequence[Line]:
        """One line an entity."""
        del height
        columns, gap = _layout(width)
        name_width = _name_width(width, columns, gap)
        entities = state.overview.entities if state.overview else ()
        return [Line(_row(state, counts, columns, gap, name_width), counts.name) for counts in entities]


def _row(state: DashboardState, counts: Counts, columns: Sequence[Column], gap: int, name_width: int) -> Content:
    name = view.fit(view.safe(counts.title, state.glyphs, 60), name_width, state.glyphs)
    figures = (view.fit_right(column.value(state, counts), column.width + gap, state.glyphs) for column in columns)
    return Content.assemble(name, *figures)


def _layout(width: int) -> tuple[list[Column], int]:
    """The columns that fit beside the name, and the gap between them: one cell, and more where there is room."""
    columns = list(COLUMNS)
    while len(columns) > 1 and _needed(columns, 1) > width:
        columns.remove(max(columns, key=lambda column: column.rank))
    gap = next(gap for gap in (4, 3, 2, 1) if gap == 1 or _needed(columns, gap) <= width)
    return columns, gap


def _needed(columns: Sequence[Column], gap: int) -> int:
    return NAME_WIDTH + sum(column.width + gap for column in columns)


def _name_width(width: int, columns: Sequence[Column], gap: int) -> int:
    """The name takes what the figures leave, so that the table fills its panel, up to a readable measure."""
    return max(NAME_WIDTH, min(width - sum(column.width + gap for column in columns), 40))
