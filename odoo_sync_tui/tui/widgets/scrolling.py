"""Lines that are only read: they scroll, and repaint only what changed."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.geometry import Size

from odoo_sync_tui.tui.widgets.lines import Line, Lines


class ScrollingLines(Lines, can_focus=True):
    """Lines without a cursor, of any number: arrow keys, Page up and down, Home, End, and the mouse wheel scroll."""

    DEFAULT_CSS = """
    ScrollingLines {
        overflow-y: auto;
        scrollbar-gutter: stable;
        scrollbar-size-vertical: 1;
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("k", "scroll_up", show=False),
        Binding("j", "scroll_down", show=False),
    ]

    def _accept(self, lines: list[Line], size: Size) -> None:
        super()._accept(lines, size)
        self.virtual_size = Size(size.width, len(lines))
