"""Rows in quarantine of any entity, one line each, and one of them in full."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message

from odoo_sync_tui.core.reports.details import QuarantinedRow
from odoo_sync_tui.tui.format import render
from odoo_sync_tui.tui.format.document import format_quarantine_entry, locate_record
from odoo_sync_tui.tui.format.layout import Column, layout_entries
from odoo_sync_tui.tui.model.state import DashboardState
from odoo_sync_tui.tui.widgets.lines import Line, ScrollingLines
from odoo_sync_tui.tui.widgets.paged_list import Cells, RowList

LABEL_WIDTH = 22


class QuarantineTable(RowList[QuarantinedRow]):
    """Rows in quarantine: rule, entity, Odoo id, tries so far, time of the first, and reason with its mark.

    Space asks to mark the row under the cursor. ``marked``: keys of the rows that are marked.
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("space", "mark", "Mark", show=False)]
    COLUMNS = (
        Column("rule", 9),
        Column("entity", 14),
        Column("Odoo id", 10, align_right=True),
        Column("tries", 5, 2, align_right=True),
        Column("since", 11, 1),
        Column("reason", 26),
    )
    marked: Collection[str] = ()

    class MarkRequested(Message):
        """Request to mark the row with this key, or to take its mark away."""

        def __init__(self, key: str) -> None:
            super().__init__()
            self.key = key

    def get_key(self, row: QuarantinedRow) -> str:
        """Return the entity and the Odoo id."""
        return f"{row.entity}:{row.odoo_id}"

    def action_mark(self) -> None:
        """Ask to mark the row under the cursor, and go on to the next one."""
        if row := self.chosen:
            self.post_message(self.MarkRequested(self.get_key(row)))
            self.action_move(1)

    def build_cells(self, state: DashboardState, row: QuarantinedRow) -> Cells:
        """Build the cells of a row; one that is dismissed is faint."""
        glyphs, entity = state.glyphs, state.catalog.find(row.entity)
        mark = f"{glyphs.selection_marks[0]} " if self.get_key(row) in self.marked else ""
        tone, text = (
            (render.MUTED, f"dismissed: {row.dismissal.reason}") if row.dismissal else (render.WARN, row.reason)
        )
        return {
            "rule": render.assemble((str(row.rule or glyphs.no_value), render.MUTED if row.dismissal else "")),
            "entity": render.safe_text(entity.title if entity else row.entity, glyphs, 60),
            "Odoo id": render.link(str(row.odoo_id), locate_record(state, row.entity, row.odoo_id)),
            "tries": render.format_number(row.attempts, glyphs),
            "since": render.assemble((render.format_time(state.now, row.first_seen), render.MUTED)),
            "reason": render.assemble(mark, (render.safe_text(text, glyphs), tone)),
        }


class RowDetail(ScrollingLines):
    """One row: what is wrong with it beside its values."""

    row: QuarantinedRow | None = None

    def build_lines(self, state: DashboardState, width: int, height: int) -> Sequence[Line]:
        """Build the lines of the whole row."""
        del height
        if self.row is None:
            return []
        entries = format_quarantine_entry(self.row, state.now, state.glyphs)
        lines = layout_entries(entries, LABEL_WIDTH, width).split("\n", allow_blank=True)
        return [Line(render.fit(line, width, state.glyphs)) for line in lines]
