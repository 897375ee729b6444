"""Paints that send only the cells which differ from what the terminal shows.

Textual paints whole regions: each layout, each screen that comes to the front and each change of a style sends the
picture again, changed or not, and a partial paint sends its lines from the left edge of the widget onwards. Over SSH
every byte is paid for. So the picture is kept here, and each paint compared with it.

Measured with textual 8.2 at 120x40: the start sent 3.7 complete pictures, opening the help 2.5 and closing it 1.7.
This module alone uses Textual's private compositor; the tests that count bytes fail when it no longer fits.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import lru_cache
from itertools import compress, count, pairwise
from operator import ne, sub

from rich.cells import cell_len
from rich.console import Console
from rich.control import Control
from rich.style import Style
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate
from textual.strip import Strip

Cell = int
"""A character and its look in one number, because thousands are compared for each paint."""

SHORTEST_GAP = 12
"""Unchanged cells between two changed ones that are skipped: to move the cursor and name the colours costs as much."""


class Picture:
    """The cells that the terminal shows, as far as they are known."""

    def __init__(self) -> None:
        self._rows: dict[int, list[Cell | None]] = {}

    def forget(self) -> None:
        """Forget everything: the terminal may show something else, so that the next paints are sent whole."""
        self._rows.clear()

    def replace(self, x: int, y: int, strip: Strip) -> Iterator[tuple[int, Strip]]:
        """Put a strip into the picture; yield those parts of it that change it, each with its column."""
        row, width = self._rows.setdefault(y, []), strip.cell_length
        row.extend([None] * (x + width - len(row)))
        cells = _split_cells(strip)
        if cells is None:
            # Terminals do not agree on the width of such characters: nothing from here on is known for certain.
            row[x:] = [None] * (len(row) - x)
            yield x, strip
            return
        before = row[x : x + width]
        if before == cells:
            return
        row[x : x + width] = cells
        for start, end in _find_changes(before, cells):
            yield x + start, strip.crop(start, end)


class ChangedCells(CompositorUpdate):
    """The part of another update that changes the picture.

    Args:
        picture: what the terminal shows.
        update: the update, of the whole screen or of spans of lines.
    """

    def __init__(self, picture: Picture, update: LayoutUpdate | ChopsUpdate) -> None:
        self._picture = picture
        self._update = update

    def render_segments(self, console: Console) -> str:
        """Render the changes as terminal sequences; the picture is from now on as they leave it."""
        sequences: list[str] = []
        for x, y, strip in _list_strips(self._update):
            for column, part in self._picture.replace(x, y, strip):
                sequences += (Control.move_to(column, y).segment.text, part.render(console))
        return "".join(sequences)


def _list_strips(update: LayoutUpdate | ChopsUpdate) -> Iterator[tuple[int, int, Strip]]:
    """List column, line and content of everything that an update paints."""
    if isinstance(update, LayoutUpdate):
        for y, strips in enumerate(update.strips, update.region.y):
            yield update.region.x, y, Strip.join(strips)
        return
    for y, first, last in update.spans:
        for end, (x, strip) in zip(update.chop_ends[y], update.chops[y].items(), strict=False):
            left, right = max(x, first), min(end, last)
            if strip is not None and left < right:
                yield left, y, strip.crop(left - x, right - x)


def _split_cells(strip: Strip) -> list[Cell] | None:
    """Split a strip into cells; ``None`` when a character in it takes more or less than one of them."""
    cells: list[Cell] = []
    for text, style, _control in strip:
        part = _split_segment(text, style or Style.null())
        if part is None:
            return None
        cells += part
    return cells


@lru_cache(maxsize=4096)
def _split_segment(text: str, style: Style) -> tuple[Cell, ...] | None:
    """Split a segment into cells; most of a picture comes again and again."""
    if not text.isascii() and any(cell_len(character) != 1 for character in set(text)):
        return None
    look, blank = _find_looks(style)
    return tuple(blank if character == " " else look + ord(character) for character in text)


@lru_cache(maxsize=4096)
def _find_looks(style: Style) -> tuple[Cell, Cell]:
    """Return the look of this style for any character to be added, and a blank of it, of which the ground is seen.

    The address of a link is never seen, but a character that was painted without it, or with another one, leads astray.
    """
    look = style.clear_meta_and_links().update_link(style.link)
    is_seen = style.reverse or style.underline or style.underline2 or style.strike or style.overline
    return _number_look(look), _number_look(look if is_seen else style.background_style) + ord(" ")


@lru_cache(maxsize=4096)
def _number_look(look: Style) -> Cell:
    """Number the looks, equal ones alike, in steps that leave room for every character.

    A look that was forgotten gets a new number: its cells are sent once more.
    """
    del look
    return next(_look_numbers) * (sys.maxunicode + 1)


_look_numbers = count()


def _find_changes(before: list[Cell | None], after: list[Cell]) -> list[tuple[int, int]]:
    """Return first and one-past-last index of the runs of cells that differ."""
    different = list(compress(count(), map(ne, before, after)))
    steps = map(sub, different[1:], different)
    borders = [0, *(index for index, step in enumerate(steps, 1) if step > SHORTEST_GAP), len(different)]
    return [(different[first], different[end - 1] + 1) for first, end in pairwise(borders)]
