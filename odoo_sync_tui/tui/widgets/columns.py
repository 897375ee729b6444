"""Columns of a list: the selection that fits, and rows cut to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual.content import Content

from odoo_sync_tui.tui import view
from odoo_sync_tui.tui.glyphs import Glyphs


@dataclass(frozen=True, slots=True)
class Column:
    """A column of text, or of figures (``right``). Columns with a higher ``rank`` are left out first."""

    title: str
    width: int
    rank: int = 0
    right: bool = False


def fitting(columns: Sequence[Column], width: int) -> list[Column]:
    """Select the columns that fit into ``width`` cells, with a gap of one cell between them."""
    kept = list(columns)
    while len(kept) > 1 and needed(kept) > width:
        kept.remove(max(kept, key=lambda column: column.rank))
    return kept


def needed(columns: Sequence[Column]) -> int:
    """Return the cells that the columns take, with the gaps between them."""
    return sum(column.width for column in columns) + len(columns) - 1


def row(columns: Sequence[Column], cells: Sequence[Content | str], width: int, glyphs: Glyphs) -> Content:
    """Format one row, a cell per column; a last column of text takes the remaining cells."""
    parts: list[Content] = []
    for index, (column, cell) in enumerate(zip(columns, cells, strict=True)):
        rest = width - needed(columns) if index == len(columns) - 1 and not column.right else 0
        align = view.fit_right if column.right else view.fit
        parts += [Content(" ")] if parts else []
        parts.append(align(cell, column.width + max(0, rest), glyphs))
    return view.fit(Content.assemble(*parts), width, glyphs)


def titles(columns: Sequence[Column], width: int, glyphs: Glyphs) -> Content:
    """Format the header of the columns."""
    return row(columns, [column.title for column in columns], width, glyphs).stylize(view.MUTED)
