"""Labels and texts in two columns; a long text wraps inside its own column."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache, partial

from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget


@dataclass(frozen=True, slots=True)
class Entry:
    """A label and its text; without a label the text has the whole width."""

    text: Content
    label: Content | None = None


class Definitions(Widget):
    """Widget of entries, as high as its entries are at its width."""

    DEFAULT_CSS = "Definitions { height: auto; text-wrap: nowrap; }"

    def __init__(self, entries: Sequence[Entry], label_width: int) -> None:
        super().__init__()
        self._entry_layout = lru_cache(2)(partial(laid_out, entries, label_width))

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Return the number of lines of the entries at ``width``. See :meth:`Widget.get_content_height`."""
        del container, viewport
        return self._entry_layout(width).plain.count("\n") + 1

    def render(self) -> Content:
        """Render the entries."""
        return self._entry_layout(self.content_size.width)


def laid_out(entries: Sequence[Entry], label_width: int, width: int) -> Content:
    """Lay out the entries as lines of at most ``width`` cells."""
    lines: list[Content] = []
    for entry in entries:
        indent = label_width if entry.label is not None else 0
        texts = entry.text.wrap(max(8, width - indent)) if entry.text else [Content("")]
        label = entry.label or Content("")
        lines.append(Content.assemble(label.pad_right(max(0, indent - label.cell_length)), texts[0]))
        lines += [text.pad_left(indent) for text in texts[1:]]
    return Content("\n").join(lines)
