"""The list of all sources, worst first, and the line of how many there are of each kind."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache, partial
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Size
from textual.message import Message

from odoo_sync_tui.core.reports.fleet import Standing
from odoo_sync_tui.tui.fleet.rows import RUNNING, FleetRow, format_age, format_due, format_now
from odoo_sync_tui.tui.format import render
from odoo_sync_tui.tui.format.layout import Column, Table
from odoo_sync_tui.tui.model.state import DashboardState
from odoo_sync_tui.tui.widgets.chrome.header import Header
from odoo_sync_tui.tui.widgets.lines import Line, Lines
from odoo_sync_tui.tui.widgets.paged_list import Cells, RowList

MAX_NAME_WIDTH = 36
SHORT_WORDS = {str(Standing.UNKNOWN): "never"}
STATE_END = 17
"""Where the state of a row ends, which is never dimmed."""


class FleetHeader(Header):
    """The top line of the fleet's screen: it is about no single Odoo."""

    def list_left_variants(self, state: DashboardState) -> list[Content]:
        """List what the left side may say."""
        del state
        return [render.assemble(("Odoo Sync", render.STRONG), "   all sources")]


class FleetCounts(Lines):
    """One line: how many sources there are of each kind; a pointer stands before the kind that is shown alone."""

    counts: Mapping[str, int] = {}
    only = ""

    def build_lines(self, state: DashboardState, width: int, height: int) -> Sequence[Line]:
        """Build the line: standings on the left, runs at work on the right."""
        del height
        running = self._format_kind(state, RUNNING, RUNNING)
        shown = [kind for kind, count in self.counts.items() if kind != RUNNING and (count or kind == self.only)]
        lefts = [
            Content(" " * gap).join(self._format_kind(state, kind, words.get(kind, kind)) for kind in shown)
            for gap, words in ((3, {}), (2, {}), (2, SHORT_WORDS))
        ]
        left = next((each for each in lefts if each.cell_length + running.cell_length + 2 <= width), lefts[-1])
        return [Line(render.align_ends(left, running, width, state.glyphs))]

    def _format_kind(self, state: DashboardState, kind: str, word: str) -> Content:
        glyphs, count = state.glyphs, self.counts.get(kind, 0)
        pointer = f"{glyphs.pointer} " if kind == self.only else ""
        text = f"{pointer}{glyphs.get_state_sign(kind)} {render.format_number(count, glyphs)} {word}"
        return render.assemble((text, render.STATE_COLORS[kind] if count else render.MUTED))


class FleetTable(RowList[FleetRow]):
    """All sources that are shown, one line each. Space asks to mark the one under the cursor.

    A line is built when it comes into sight: of ten thousand most never do. The cursor stays with its source even on
    the first line, because keys start syncs of what is under it.

    Attributes:
        marked: the names of the marked sources.
    """

    STAYS_AT_TOP = False
    BINDINGS: ClassVar[list[BindingType]] = [Binding("space", "mark", "Mark", show=False)]
    COLUMNS = (
        Column("", 1),
        Column("state", 15),
        Column("source", 16),
        Column("success", 7, 1, align_right=True),
        Column("rows", 9, 2, align_right=True),
        Column("due", 9, 6),
        Column("where", 14, 3),
        Column("tags", 14, 4),
        Column("zone", 6, 5),
        Column("now", 22),
    )
    marked: Collection[str] = ()

    class MarkRequested(Message):
        """Request to mark the source of this name, or to take its mark away."""

        def __init__(self, name: str) -> None:
            super().__init__()
            self.name = name

    def __init__(self, *, id: str) -> None:  # noqa: A002 -- Textual's word
        super().__init__(id=id)
        self._build_next: Callable[[int], Content] | None = None
        self._build_content: Callable[[int], Content] | None = None

    def get_key(self, row: FleetRow) -> str:
        """Return the name of the source."""
        return row.name

    def select(self, name: str) -> None:
        """Move the cursor to the source of this name, if it is shown."""
        names = [row.name for row in self.rows]
        if name in names:
            self.cursor = names.index(name)

    def action_mark(self) -> None:
        """Ask to mark the source under the cursor, and go on to the next one."""
        if row := self.chosen:
            self.post_message(self.MarkRequested(row.name))
            self.action_move(1)

    def choose_columns(self, width: int) -> Sequence[Column]:
        """Widen the names as far as a wide list has room for."""
        longest = max((len(row.name) for row in self.rows), default=0)
        room = max(self.COLUMNS[2].width, min(MAX_NAME_WIDTH, width // 5))
        return [
            replace(each, width=min(max(each.width, longest), room)) if each.title == "source" else each
            for each in self.COLUMNS
        ]

    def build_rows(self, state: DashboardState, width: int, height: int) -> Sequence[Line]:
        """Note each source; its line is built when it comes into sight."""
        del height
        table = Table(self.choose_columns(width), width, state.glyphs)
        build = partial(self._build_row, state, table, self.rows, frozenset(self.marked))
        self._build_next = lru_cache(maxsize=256)(build)
        return [Line(_UNSEEN, row.name) for row in self.rows]

    def build_cells(self, state: DashboardState, row: FleetRow) -> Cells:
        """Build the cells of a source."""
        return self._build_cells(state, row, is_marked=row.name in self.marked)

    def _build_cells(self, state: DashboardState, row: FleetRow, *, is_marked: bool) -> Cells:
        glyphs, source = state.glyphs, row.source
        now = state.now
        return {
            "": render.assemble((glyphs.selection_marks[0] if is_marked else " ", render.ACCENT)),
            "state": render.format_state(row.standing, glyphs),
            "source": render.safe_text(row.name, glyphs, 64),
            "success": format_age(now, source.last_success),
            "rows": render.format_number(source.documents, glyphs),
            "due": render.assemble((format_due(source, now), render.MUTED)),
            "where": render.assemble((render.safe_text(source.where, glyphs, 60), render.MUTED)),
            "tags": render.assemble((render.safe_text(" ".join(source.tags), glyphs, 100), render.MUTED)),
            "zone": render.assemble((render.safe_text(source.zone, glyphs, 40), render.MUTED)),
            "now": format_now(row, now, glyphs),
        }

    def _build_row(
        self, state: DashboardState, table: Table, rows: Sequence[FleetRow], marked: Collection[str], index: int
    ) -> Content:
        content = table.format_row(self._build_cells(state, rows[index], is_marked=rows[index].name in marked))
        return content.stylize(render.MUTED, STATE_END) if rows[index].is_old else content

    def _set_lines(self, lines: list[Line], size: Size) -> None:
        self._build_content = self._build_next
        super()._set_lines(lines, size)

    def _line_content(self, index: int) -> Content:
        row = index - self.HEADER_LINES
        if self._build_content is None or not 0 <= row < self._row_count:
            return super()._line_content(index)
        return self._build_content(row)


_UNSEEN = Content("")
