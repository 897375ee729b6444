"""Incremental or full: what the next run reads."""

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
    """A choice of two on one line. The chosen one has another sign, not only another colour."""

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
        """The operator wants this mode."""

        def __init__(self, mode: Mode) -> None:
            super().__init__()
            self.mode = mode

    def __init__(self, glyphs: Glyphs, *, id: str | None = None) -> None:  # noqa: A002 -- Textual's word
        super().__init__(id=id)
        self._glyphs = glyphs

    def render(self) -> Content:
        """Both modes with their signs."""
        return view.line(self._choice(Mode.INCREMENTAL), "  ", self._choice(Mode.FULL))

    def action_switch(self) -> None:
        """The other one."""
        self.post_message(self.Picked(Mode.FULL if self.mode is Mode.INCREMENTAL else Mode.INCREMENTAL))

    def on_click(self, event: events.Click) -> None:
        """The one under the pointer."""
        border = self._choice(Mode.INCREMENTAL).cell_length + 1
        self.post_message(self.Picked(Mode.INCREMENTAL if event.x < border else Mode.FULL))

    def _choice(self, mode: Mode) -> Content:
        on, off = self._glyphs.chosen
        chosen = mode is self.mode
        return view.line((f"({on if chosen else off}) ", view.ACCENT if chosen else view.MUTED), mode)
