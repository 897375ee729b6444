"""Panels drawn line by line; only changed cells are repainted.

Over SSH every repainted cell is paid for. Textual's ``DataTable`` repaints itself whole for each changed cell (some
17 kB on a 120x40 terminal) and a ``Static`` at least its whole region; these widgets compare the new lines with the
old ones and mark only the span of cells that differs, so that a second on a clock costs some twenty bytes.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from rich.cells import cell_len
from rich.segment import Segment
from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.style import Style
from textual.visual import Visual

from odoo_sync_tui.tui.model.state import DashboardState

Cell = tuple[str, object, int]


def _split_cells(segments: Sequence[Segment]) -> list[Cell]:
    """Split segments into cells: character, style, and the cell's index inside a wide character."""
    cells: list[Cell] = []
    for text, style, _control in segments:
        for character in text:
            cells.extend((character, style, part) for part in range(cell_len(character)))
    return cells


def find_changed_span(old: Strip, new: Strip) -> tuple[int, int] | None:
    """Return the first and one-past-last cell in which two strips differ; ``None`` when they look the same.

    Characters that take no cell of their own (combining marks, joiners) make the line count as changed throughout.
    """
    if old == new:
        return None
    width = max(old.cell_length, new.cell_length)
    before, after = _split_cells(list(old)), _split_cells(list(new))
    if len(before) != old.cell_length or len(after) != new.cell_length or len(before) != len(after):
        return 0, width
    if any(not cell_len(character) for strip in (old, new) for character in strip.text):
        return 0, width
    different = [index for index, pair in enumerate(zip(before, after, strict=True)) if pair[0] != pair[1]]
    return (different[0], different[-1] + 1) if different else None


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a panel. ``key`` identifies its object, so that the cursor stays with it when lines move.

    Lines without a key are not told apart: the cursor stays at its place.
    """

    content: Content
    key: str = ""


class StyledLine(NamedTuple):
    """Content and style of a line, independent of the width."""

    content: Content
    style: Style


class Lines(ScrollView, can_focus=False):
    """Panel that draws a dashboard state. Subclasses build the lines in :meth:`build_lines`."""

    DEFAULT_CSS = """
    Lines {
        height: 1fr;
        overflow: hidden hidden;
        text-wrap: nowrap;
        text-overflow: clip;
    }
    """
    ALLOW_SELECT: ClassVar[bool] = False

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 -- Textual's word
        super().__init__(id=id, classes=classes)
        self._state: DashboardState | None = None
        self._inputs: tuple[object, ...] | None = None
        self._lines: list[Line] = []

    @abstractmethod
    def build_lines(self, state: DashboardState, width: int, height: int) -> Sequence[Line]:
        """Build the lines for ``width`` x ``height`` cells."""

    @property
    def lines(self) -> Sequence[Line]:
        """The lines on the screen now."""
        return self._lines

    def inputs(self, state: DashboardState) -> tuple[object, ...] | None:
        """Return what the lines are built from, size aside; ``None`` builds them anew at every update.

        A clock that ticks and a run that reports four times a second concern one panel of five.
        """
        del state
        return None

    def update(self, state: DashboardState) -> None:
        """Draw another state, unless the lines show nothing of what has changed."""
        inputs = self.inputs(state)
        is_same = inputs is not None and inputs == self._inputs
        self._state, self._inputs = state, inputs
        if not is_same:
            self._rebuild()

    def on_resize(self) -> None:
        """Build the lines anew for the new size."""
        self._rebuild()

    def render_line(self, y: int) -> Strip:
        """Render the strip at ``y`` of the visible part."""
        return self._render_strip(self._styled_line(self._index_at(y)))

    def _rebuild(self) -> None:
        size = self.scrollable_content_region.size
        if self._state is None or not size:
            return
        self._replace_lines(list(self.build_lines(self._state, size.width, size.height)), size)

    def _replace_lines(self, lines: list[Line], size: Size) -> None:
        before = [self._styled_line(index) for index in self._visible_indexes()]
        self._set_lines(lines, size)
        for y, (index, old) in enumerate(zip(self._visible_indexes(), before, strict=True)):
            new = self._styled_line(index)
            if new.content.is_same(old.content) and new.style == old.style:  # most lines, most of the time
                continue
            span = find_changed_span(self._render_strip(old), self._render_strip(new))
            if span is not None:
                self.refresh(Region(span[0], y, span[1] - span[0], 1))

    def _set_lines(self, lines: list[Line], size: Size) -> None:
        del size
        self._lines = lines

    def _visible_indexes(self) -> list[int]:
        return [self._index_at(y) for y in range(self.scrollable_content_region.height)]

    def _index_at(self, y: int) -> int:
        return y + self.scroll_offset.y

    def _styled_line(self, index: int) -> StyledLine:
        return StyledLine(self._line_content(index), self._line_style(index))

    def _render_strip(self, drawn: StyledLine) -> Strip:
        width, rich_style = self.scrollable_content_region.width, drawn.style.rich_style
        if not drawn.content:
            return Strip.blank(width, rich_style)
        strips = Visual.to_strips(self, drawn.content, width, 1, drawn.style, apply_selection=False)
        return (strips[0] if strips else Strip.blank(width)).adjust_cell_length(width, rich_style)

    def _line_content(self, index: int) -> Content:
        return self._lines[index].content if 0 <= index < len(self._lines) else Content("")

    def _line_style(self, index: int) -> Style:
        del index
        return self.visual_style


class LineList(Lines, can_focus=True):
    """Lines under a fixed header, with a cursor for arrow keys, mouse and Enter.

    The cursor stays with its line's key.
    """

    DEFAULT_CSS = """
    LineList {
        overflow-y: auto;
        scrollbar-gutter: stable;
        scrollbar-size-vertical: 1;
        & > .line-list--cursor { background: $foreground 10%; }
        &:focus > .line-list--cursor { background: $foreground 16%; }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {"line-list--cursor"}
    HEADER_LINES: ClassVar[int] = 1
    """Number of lines above the rows that do not scroll: 1, or 0 for a list without column titles."""
    STAYS_AT_TOP: ClassVar[bool] = True
    """Whether the cursor stays on the first line, so that new lines come into sight, or always with its line's key."""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "Up", show=False),
        Binding("down,j", "move(1)", "Down", show=False),
        Binding("pageup", "page(-1)", "Page up", show=False),
        Binding("pagedown", "page(1)", "Page down", show=False),
        Binding("home", "move(-1000000)", "First", show=False),
        Binding("end", "move(1000000)", "Last", show=False),
        Binding("enter", "choose", "Open", show=False),
    ]

    cursor: reactive[int] = reactive(0, repaint=False)

    class Chosen(Message):
        """Enter, or a second click, on the line with this key."""

        def __init__(self, source: LineList, key: str) -> None:
            super().__init__()
            self.source = source
            self.key = key

        @property
        def control(self) -> LineList:
            """The list that sent the message."""
            return self.source

    @abstractmethod
    def build_header(self, state: DashboardState, width: int) -> Content:
        """Build the column titles, which do not scroll."""

    def build_lines(self, state: DashboardState, width: int, height: int) -> Sequence[Line]:
        """Build header and rows."""
        header = [Line(self.build_header(state, width))] * self.HEADER_LINES
        return [*header, *self.build_rows(state, width, height)]

    @abstractmethod
    def build_rows(self, state: DashboardState, width: int, height: int) -> Sequence[Line]:
        """Build the lines under the header."""

    def action_move(self, offset: int) -> None:
        """Move the cursor by a number of lines."""
        self._move_cursor(self.cursor + offset)

    def action_page(self, pages: int) -> None:
        """Move the cursor by a number of pages."""
        self._move_cursor(self.cursor + pages * max(1, self._page_height - 1))

    def action_choose(self) -> None:
        """Open the line under the cursor."""
        if (key := self._key_at(self.cursor)) is not None:
            self.post_message(self.Chosen(self, key))

    def on_click(self, event: events.Click) -> None:
        """Move the cursor to the clicked line; open the line if the cursor is on it already."""
        content_offset = event.get_content_offset(self)
        if content_offset is None or content_offset.y < self.HEADER_LINES:
            return
        row = self._index_at(content_offset.y) - self.HEADER_LINES
        if row == self.cursor:
            self.action_choose()
        else:
            self._move_cursor(row)

    def watch_cursor(self, old: int, new: int) -> None:
        """Repaint the old and the new cursor line, and keep the cursor in sight."""
        for row in (old, new):
            self.refresh(Region(0, row + self.HEADER_LINES - self.scroll_offset.y, self.size.width, 1))
        page = self._page_height
        if new < self.scroll_offset.y:
            self.scroll_to(y=new, animate=False)
        elif page > 0 and new >= self.scroll_offset.y + page:
            self.scroll_to(y=new - page + 1, animate=False)

    def _set_lines(self, lines: list[Line], size: Size) -> None:
        key = self._key_at(self.cursor)
        keys = [entry.key for entry in lines[self.HEADER_LINES :]]
        follows_key = (self.cursor > 0 or not self.STAYS_AT_TOP) and bool(key) and key in keys
        row = keys.index(key) if follows_key and key else min(self.cursor, max(0, len(keys) - 1))
        self.set_reactive(LineList.cursor, row)
        super()._set_lines(lines, size)
        self.virtual_size = Size(size.width, len(lines))

    @property
    def _page_height(self) -> int:
        return self.scrollable_content_region.height - self.HEADER_LINES

    @property
    def _row_count(self) -> int:
        return len(self._lines) - self.HEADER_LINES

    def _key_at(self, row: int) -> str | None:
        return self._lines[row + self.HEADER_LINES].key if 0 <= row < self._row_count else None

    def _move_cursor(self, row: int) -> None:
        self.cursor = min(max(row, 0), max(0, self._row_count - 1))

    def _index_at(self, y: int) -> int:
        return y if y < self.HEADER_LINES else y + self.scroll_offset.y

    def _is_cursor_line(self, index: int) -> bool:
        return index == self.cursor + self.HEADER_LINES and self._row_count > 0

    def _line_style(self, index: int) -> Style:
        if not self._is_cursor_line(index):
            return self.visual_style
        # Textual takes everything but "reverse" from the style sheet; where colours are few or none it is the cursor.
        is_reversed = self.get_component_styles("line-list--cursor").text_style.reverse
        return self.get_visual_style("line-list--cursor") + Style(reverse=is_reversed)


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
