"""Columns of a list: the selection that fits, and rows cut to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from textual.content import Content

from odoo_sync_tui.tui.format import render
from odoo_sync_tui.tui.model.glyphs import Glyphs

KEPT_RANK = 2
"""Columns up to this rank are not left out for the sake of a long name."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of text, or of figures (``align_right``). Columns with a higher ``rank`` are left out first."""

    title: str
    width: int
    rank: int = 0
    align_right: bool = False


def fit_columns(columns: Sequence[Column], width: int) -> list[Column]:
    """Select the columns that fit into ``width`` cells, with a gap of one cell between them."""
    kept = list(columns)
    while len(kept) > 1 and measure_width(kept) > width:
        kept.remove(max(kept, key=lambda column: column.rank))
    return kept


def widen_first(columns: Sequence[Column], texts: Iterable[str], width: int) -> list[Column]:
    """Widen the first column to the longest of its texts, as far as the columns that are kept leave room."""
    first, *others = columns
    room = width - sum(column.width + 1 for column in others if column.rank <= KEPT_RANK)
    longest = max((len(text) for text in texts), default=0)
    return [replace(first, width=max(first.width, min(longest, room))), *others]


def measure_width(columns: Sequence[Column]) -> int:
    """Return the cells that the columns take, with the gaps between them."""
    return sum(column.width for column in columns) + len(columns) - 1


def format_row(columns: Sequence[Column], cells: Sequence[Content | str], width: int, glyphs: Glyphs) -> Content:
    """Format one row, a cell per column; a last column of text takes the remaining cells."""
    parts: list[Content] = []
    for index, (column, cell) in enumerate(zip(columns, cells, strict=True)):
        rest = width - measure_width(columns) if index == len(columns) - 1 and not column.align_right else 0
        align = render.fit_right if column.align_right else render.fit
        parts += [Content(" ")] if parts else []
        parts.append(align(cell, column.width + max(0, rest), glyphs))
    return render.fit(Content.assemble(*parts), width, glyphs)


class Table:
    """A table of the columns that fit into ``width`` cells."""

    def __init__(self, columns: Sequence[Column], width: int, glyphs: Glyphs) -> None:
        self._columns = fit_columns(columns, width)
        self._width = width
        self._glyphs = glyphs

    def format_titles(self) -> Content:
        """Format the header."""
        return self.format_row({column.title: column.title for column in self._columns}).stylize(render.MUTED)

    def format_row(self, cells: Mapping[str, Content | str]) -> Content:
        """Format one row; ``cells`` by the titles of their columns."""
        shown = [cells[column.title] for column in self._columns]
        return format_row(self._columns, shown, self._width, self._glyphs)


@dataclass(frozen=True, slots=True)
class Entry:
    """A label and its text; without a label the text has the whole width."""

    text: Content
    label: Content | None = None


def layout_entries(entries: Sequence[Entry], label_width: int, width: int) -> Content:
    """Lay out the entries as lines of at most ``width`` cells; a label that is too long has a line of its own."""
    parts: list[Content | str] = []
    for entry in entries:
        label, indent = (entry.label, label_width) if entry.label is not None else (Content(""), 0)
        texts = _wrap(entry.text, max(8, width - indent))
        if label.rstrip().cell_length < max(1, indent):
            parts += ["\n", label, " " * (indent - label.cell_length), texts.pop(0)]
        else:
            parts += ["\n", label]
        for text in texts:
            parts += ["\n", " " * indent, text]
    return Content.assemble(*parts[1:])


def _wrap(text: Content, width: int) -> list[Content]:
    """Wrap a text; one that is a single short line, as most are, is that line: wrapping costs many times more."""
    if text.cell_length <= width and not any(sign in text.plain for sign in "\n\t"):
        return [text]
    return text.wrap(width)
