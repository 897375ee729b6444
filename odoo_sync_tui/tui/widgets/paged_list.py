"""List of the first pages of a long list; requests the next page in time."""

from __future__ import annotations

from textual.geometry import Size
from textual.message import Message

from odoo_sync_tui.tui.widgets.lines import Line, LineList


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
