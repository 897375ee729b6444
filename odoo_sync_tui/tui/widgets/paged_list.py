"""A list that holds the first pages of something long and asks for the next one in time."""

from __future__ import annotations

from textual.geometry import Size
from textual.message import Message

from odoo_sync_tui.tui.widgets.lines import Line, LineList


class PagedList(LineList):
    """Asks for more as soon as less than a screenful lies below the cursor or the visible part."""

    class MoreWanted(Message):
        """The end of the list comes near."""

        def __init__(self, source: PagedList) -> None:
            super().__init__()
            self.source = source

        @property
        def control(self) -> PagedList:
            """The list it happened in."""
            return self.source

    @property
    def wants_more(self) -> bool:
        """Whether the end of the list is near now: a request may be older than the answer to the one before it."""
        return self._near_end(max(self.cursor, self._lowest_row))

    def watch_cursor(self, old: int, new: int) -> None:
        """Repaint, and ask for more when the end comes near."""
        super().watch_cursor(old, new)
        self._ask_for_more(new)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """The same for the mouse wheel, which moves no cursor."""
        super().watch_scroll_y(old_value, new_value)
        self._ask_for_more(self._lowest_row)

    def _accept(self, lines: list[Line], size: Size) -> None:
        super()._accept(lines, size)
        self._ask_for_more(self.cursor)

    @property
    def _lowest_row(self) -> int:
        return round(self.scroll_y) + self.scrollable_content_region.height

    def _near_end(self, row: int) -> bool:
        return 1 < len(self.lines) < row + 1 + self.scrollable_content_region.height

    def _ask_for_more(self, row: int) -> None:
        if self._near_end(row):
            self.post_message(self.MoreWanted(self))
