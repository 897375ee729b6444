"""Lists of the first pages of long lists; they request the next page in time."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import ClassVar, Generic, TypeVar

from textual.content import Content
from textual.geometry import Size
from textual.message import Message

from odoo_sync_tui.tui.format.layout import Column, Table
from odoo_sync_tui.tui.model.state import DashboardState
from odoo_sync_tui.tui.widgets.lines import Line, LineList

RowT = TypeVar("RowT")
Cells = Mapping[str, Content | str]
"""Content of the cells of a row by the titles of their columns."""


class PagedList(LineList):
    """List that requests more lines when less than a screenful lies below the cursor or the visible part."""

    class NextPageRequested(Message):
        """Request for the next page: the end of the list is near."""

        def __init__(self, source: PagedList) -> None:
            super().__init__()
            self.source = source

        @property
        def control(self) -> PagedList:
            """The list that sent the message."""
            return self.source

    @property
    def is_near_end(self) -> bool:
        """Whether the end of the list is near now: a request may be older than the answer to the one before it."""
        return self._is_row_near_end(max(self.cursor, self._last_visible_row))

    def watch_cursor(self, old: int, new: int) -> None:
        """Repaint, and request the next page when the end is near."""
        super().watch_cursor(old, new)
        self._request_next_page(new)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Request the next page after the mouse wheel too, which moves no cursor."""
        super().watch_scroll_y(old_value, new_value)
        self._request_next_page(self._last_visible_row)

    def _set_lines(self, lines: list[Line], size: Size) -> None:
        super()._set_lines(lines, size)
        self._request_next_page(self.cursor)

    @property
    def _last_visible_row(self) -> int:
        return round(self.scroll_y) + self.scrollable_content_region.height

    def _is_row_near_end(self, row: int) -> bool:
        return 1 < len(self.lines) < row + 1 + self.scrollable_content_region.height

    def _request_next_page(self, row: int) -> None:
        if self._is_row_near_end(row):
            self.post_message(self.NextPageRequested(self))


class RowList(PagedList, Generic[RowT]):
    """Rows under the titles of the columns that fit, one line each."""

    COLUMNS: ClassVar[tuple[Column, ...]]

    class CursorMoved(Message):
        """The cursor is on another row."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 -- Textual's word
        super().__init__(id=id)
        self.rows: Sequence[RowT] = ()

    @property
    def chosen(self) -> RowT | None:
        """The row under the cursor."""
        return next(iter(self.rows[self.cursor :]), None)

    def watch_cursor(self, old: int, new: int) -> None:
        """Repaint, and tell."""
        super().watch_cursor(old, new)
        self.post_message(self.CursorMoved())

    @abstractmethod
    def get_key(self, row: RowT) -> str:
        """Return the key of a row's line."""

    @abstractmethod
    def build_cells(self, state: DashboardState, row: RowT) -> Cells:
        """Build the cells of a row."""

    def choose_columns(self, width: int) -> Sequence[Column]:
        """Choose the columns of a list of this width; those that do not fit are left out of them."""
        del width
        return self.COLUMNS

    def update_rows(self, state: DashboardState, rows: Sequence[RowT]) -> None:
        """Draw these rows."""
        self.rows = rows
        self.update(state)

    def build_header(self, state: DashboardState, width: int) -> Content:
        """Build the titles of the columns that fit."""
        return Table(self.choose_columns(width), width, state.glyphs).format_titles()

    def build_rows(self, state: DashboardState, width: int, height: int) -> Sequence[Line]:
        """Build one line per row."""
        del height
        table = Table(self.choose_columns(width), width, state.glyphs)
        return [Line(table.format_row(self.build_cells(state, row)), self.get_key(row)) for row in self.rows]
