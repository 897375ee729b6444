"""Choice of the next run's mode: incremental or full."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from odoo_sync_tui.core.scope import Mode
from odoo_sync_tui.tui import view
from odoo_sync_tui.tui.glyphs import Glyphs


class ModeChoice(Widget, can_focus=True):
    """Choice of two modes on one line. The chosen mode has another sign, not only another colour."""

    DEFAULT_CSS = """
    ModeChoice {
        width: auto;
        height: 1;
        text-wrap: nowrap;
        &:focus { text-style: $button-focus-text-style; }
        &:disabled { text-opacity: 60%; }
    }
    """
    ALLOW_SELECT: ClassVar[bool] = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,right,space,enter", "switch", "Switch", show=False),
    ]

    mode: reactive[Mode] = reactive(Mode.INCREMENTAL)

    class Picked(Message):
        """Request of the operator for this mode."""

        def __init__(self, mode: Mode) -> None:
            super().__init__()
            self.mode = mode

    def __init__(self, glyphs: Glyphs, *, id: str | None = None) -> None:  # noqa: A002 -- Textual's word
        super().__init__(id=id)
        self._glyphs = glyphs

    def render(self) -> Content:
        """Render both modes with their signs."""
        return view.line(self._format_mode(Mode.INCREMENTAL), "  ", self._format_mode(Mode.FULL))

    def action_switch(self) -> None:
        """Request the other mode."""
        self.post_message(self.Picked(Mode.FULL if self.mode is Mode.INCREMENTAL else Mode.INCREMENTAL))

    def on_click(self, event: events.Click) -> None:
        """Request the mode under the pointer."""
        border = self._format_mode(Mode.INCREMENTAL).cell_length + 1
        self.post_message(self.Picked(Mode.INCREMENTAL if event.x < border else Mode.FULL))

    def _format_mode(self, mode: Mode) -> Content:
        on, off = self._glyphs.chosen
        chosen = mode is self.mode
        return view.line((f"({on if chosen else off}) ", view.ACCENT if chosen else view.MUTED), mode)
