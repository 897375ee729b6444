"""Frame of a panel: its title on the left, and a note on the right of the same line."""

from __future__ import annotations

from textual.containers import Vertical
from textual.content import Content
from textual.widget import Widget

from odoo_sync_tui.tui.format import render

LINE_CHARACTERS = {"ascii": "-"}


class Panel(Vertical):
    """A titled frame around one or more widgets.

    Args:
        title: the title.
        content: the widgets.
        id: the id; by default that of the first widget with "-panel" behind it.
    """

    def __init__(self, title: str, *content: Widget, id: str = "") -> None:  # noqa: A002 -- Textual's word
        super().__init__(*content, id=id or f"{content[0].id}-panel", classes="panel")
        self._title = title
        self._note = Content("")

    def set_title(self, title: str) -> None:
        """Change the title."""
        if title != self._title:
            self._title = title
            self._update_title()

    def set_note(self, note: Content) -> None:
        """Write a note at the right end of the title's line; an empty one removes it."""
        if not note.is_same(self._note):
            self._note = note
            self._update_title()

    def mark(self, name: str, is_set: bool) -> None:
        """Set or remove a class that colours the frame."""
        if self.has_class(name) is not is_set:
            self.set_class(is_set, name)
            self.call_after_refresh(self._update_title)

    def fit_height(self, lines: int) -> None:
        """Make the panel as high as these lines and its frame need; the style sheet says at most how high."""
        height = lines + self.gutter.height
        if self.styles.height is None or self.styles.height.value != height:
            self.styles.height = height

    def on_resize(self) -> None:
        """Put the note to the new right end."""
        self._update_title()

    def _update_title(self) -> None:
        edge, color = self.styles.border_top
        has_corners = bool(self.styles.border_left[0])  # beside corners Textual leaves blanks around the title
        text = self._title if has_corners else f" {self._title} "
        room = self.outer_size.width - (8 if has_corners else 4) - len(text) - self._note.cell_length
        if not self._note or room < 1:
            title = Content(text)
        else:
            line = (LINE_CHARACTERS.get(edge, "\u2500") * room, f"not bold {color.hex}")
            end = "" if has_corners else " "
            title = Content.assemble(text, " " * has_corners, line, " ", self._note, end)
        if self.border_title != title.markup:  # setting it repaints the frame
            self.border_title = title


def fit_panel(content: Widget, lines: int) -> None:
    """Make the panel around a widget as high as these lines need."""
    if isinstance(content.parent, Panel):
        content.parent.fit_height(lines)


def format_note(text: str) -> Content:
    """Format a note: quiet, beside the bold title."""
    return render.assemble((text, f"not bold {render.MUTED}"))
