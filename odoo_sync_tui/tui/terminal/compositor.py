"""Partial repaints that send only the changed cells.

Textual's compositor knows which cells of a line are to be repainted, yet it sends the line from the left edge of the
widget onwards (``ChopsUpdate.render_segments`` of textual 8.2: it crops on the right only). On a dashboard whose lines
change at their right end, that is most of the bytes on the wire. This module alone uses Textual's private compositor;
the tests that count bytes fail when it no longer fits.
"""

from __future__ import annotations

from rich.console import Console
from rich.control import Control
from textual._compositor import ChopsUpdate, Compositor


class CroppedUpdate(ChopsUpdate):
    """Partial update cropped on both sides."""

    def render_segments(self, console: Console) -> str:
        """Render the update as terminal sequences."""
        sequences: list[str] = []
        for y, first, last in self.spans:
            for end, (x, strip) in zip(self.chop_ends[y], self.chops[y].items(), strict=False):
                left, right = max(x, first), min(end, last)
                if strip is None or left >= right:
                    continue
                sequences.append(Control.move_to(left, y).segment.text)
                sequences.append(strip.crop(left - x, right - x).render(console))
        return "".join(sequences)


class CroppingCompositor(Compositor):
    """Compositor with partial updates cropped on both sides."""

    def render_partial_update(self) -> ChopsUpdate | None:
        """Return the cells changed since the last update; ``None`` without any."""
        update = super().render_partial_update()
        return update and CroppedUpdate(update.chops, update.spans, update.chop_ends)
