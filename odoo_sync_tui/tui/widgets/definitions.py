"""Labels and texts in two columns, where a long text wraps inside its own column."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual.content import Content
from textual.widgets import Static


@dataclass(frozen=True, slots=True)
class Entry:
    """A label and its text; without a label the text has the whole width."""

    text: Content
    label: Content | None = None


class Definitions(Static):
    """Draws entries for the width it gets."""

    def __init__(self, entries: Sequence[Entry], label_width: int) -> None:
        super().__init__(Content(""))
        self._entries = entries
        self._label_width = label_width

    def on_resize(self) -> None:
        """Lay the texts out anew."""
        self.update(laid_out(self._entries, self._label_width, self.content_size.width))


def laid_out(entries: Sequence[Entry], label_width: int, width: int) -> Content:
    """The entries as lines of at most ``width`` cells."""
    lines: list[Content] = []
    for entry in entries:
        indent = label_width if entry.label is not None else 0
        texts = entry.text.wrap(max(8, width - indent)) if entry.text else [Content("")]
        label = entry.label or Content("")
        lines.append(Content.assemble(label.pad_right(max(0, indent - label.cell_length)), texts[0]))
        lines += [text.pad_left(indent) for text in texts[1:]]
    return Content("\n").join(lines)
