"""Scrolling lines without a cursor."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.geometry import Size

from odoo_sync_tui.tui.widgets.lines import Line, Lines


class ScrollingLines(Lines, can_focus=True):
    """Any number of lines without a cursor; arrow keys, Page up and down, Home, End and mouse wheel scroll."""

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

    def _set_lines(self, lines: list[Line], size: Size) -> None:
        super()._set_lines(lines, size)
        self.virtual_size = Size(size.width, len(lines))
