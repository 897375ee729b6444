"""Stored documents, rows in quarantine and changes of fields, one line each, and the search for documents."""

from __future__ import annotations

from collections.abc import Collection
from typing import ClassVar, TypeVar

from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message

from odoo_sync_tui.core.cursor import FieldDrift
from odoo_sync_tui.core.entity import InactiveReason
from odoo_sync_tui.core.reports.details import DocumentSummary, QuarantinedRow, SharedValue
from odoo_sync_tui.tui.format import render
from odoo_sync_tui.tui.format.document import format_holder, locate_record
from odoo_sync_tui.tui.format.layout import Column
from odoo_sync_tui.tui.model.glyphs import Glyphs
from odoo_sync_tui.tui.model.state import DashboardState
from odoo_sync_tui.tui.widgets.chrome.panel import fit_panel
from odoo_sync_tui.tui.widgets.lines import Line
from odoo_sync_tui.tui.widgets.paged_list import Cells, RowList

RecordT = TypeVar("RecordT", DocumentSummary, QuarantinedRow)


class RecordList(RowList[RecordT]):
    """Records of an entity. Space asks to mark the one under the cursor.

    ``marked``: Odoo ids of the records that are marked.
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("space", "mark", "Mark", show=False)]

    entity_id: str = ""
    marked: Collection[int] = ()

    class MarkRequested(Message):
        """Request to mark the record with this Odoo id, or to take its mark away."""

        def __init__(self, odoo_id: int) -> None:
            super().__init__()
            self.odoo_id = odoo_id

    def get_key(self, row: RecordT) -> str:
        """Return the Odoo id."""
        return str(row.odoo_id)

    def action_mark(self) -> None:
        """Ask to mark the record under the cursor, and go on to the next one."""
        for row in self.rows[self.cursor :][:1]:
            self.post_message(self.MarkRequested(row.odoo_id))
            self.action_move(1)

    def format_mark(self, row: RecordT, glyphs: Glyphs) -> str:
        """Format what stands before the text of a marked record."""
        return f"{glyphs.selection_marks[0]} " if row.odoo_id in self.marked else ""


class DocumentList(RecordList[DocumentSummary]):
    """Documents, one line each: Odoo id, state, time of the last write, and name with its mark."""

    COLUMNS = (
        Column("Odoo id", 10, align_right=True),
        Column("state", 10),
        Column("written", 11),
        Column("name", 30),
    )

    def build_cells(self, state: DashboardState, row: DocumentSummary) -> Cells:
        """Build the cells of a document."""
        glyphs = state.glyphs
        written = render.format_time(state.now, row.changed_at) if row.changed_at else glyphs.no_value
        return {
            "Odoo id": render.link(str(row.odoo_id), locate_record(state, self.entity_id, row.odoo_id)),
            "state": render.assemble((format_document_state(row), "" if row.active else render.MUTED)),
            "written": render.assemble((written, render.MUTED)),
            "name": self.format_mark(row, glyphs) + (render.safe_text(row.name, glyphs) or glyphs.no_value),
        }


class QuarantineList(RecordList[QuarantinedRow]):
    """Rows in quarantine, one line each: Odoo id, tries so far, time of the first, and reason with its mark."""

    COLUMNS = (
        Column("Odoo id", 10, align_right=True),
        Column("tries", 5, 2, align_right=True),
        Column("since", 11, 1),
        Column("reason", 30),
    )

    def build_cells(self, state: DashboardState, row: QuarantinedRow) -> Cells:
        """Build the cells of a row in quarantine."""
        glyphs = state.glyphs
        return {
            "Odoo id": render.link(str(row.odoo_id), locate_record(state, self.entity_id, row.odoo_id)),
            "tries": render.format_number(row.attempts, glyphs),
            "since": render.assemble((render.format_time(state.now, row.first_seen), render.MUTED)),
            "reason": render.assemble(
                self.format_mark(row, glyphs), (render.safe_text(row.reason, glyphs), render.WARN)
            ),
        }


class SharedValueList(RowList[SharedValue]):
    """Values of several documents, one line each: the value, the number of documents, and the first of them."""

    COLUMNS = (
        Column("value", 30),
        Column("documents", 9, 1, align_right=True),
        Column("of", 30),
    )

    def get_key(self, row: SharedValue) -> str:
        """Return the value."""
        return row.value

    def build_cells(self, state: DashboardState, row: SharedValue) -> Cells:
        """Build the cells of a shared value."""
        glyphs = state.glyphs
        return {
            "value": render.safe_text(row.value, glyphs),
            "documents": render.format_number(row.count, glyphs),
            "of": render.assemble((", ".join(format_holder(each, glyphs) for each in row.holders), render.WARN)),
        }


class DriftList(RowList[FieldDrift]):
    """Changes of fields in Odoo that nobody has seen yet, one line each: the field, what became of it, and when."""

    COLUMNS = (
        Column("field", 24),
        Column("found", 11, 1),
        Column("in Odoo", 30),
    )

    def get_key(self, row: FieldDrift) -> str:
        """Return the key of the change."""
        return row.key

    def build_cells(self, state: DashboardState, row: FieldDrift) -> Cells:
        """Build the cells of a change."""
        glyphs = state.glyphs
        return {
            "field": render.assemble((render.safe_text(row.field, glyphs), render.STRONG)),
            "found": render.assemble((render.format_time(state.now, row.found_at), render.MUTED)),
            "in Odoo": render.assemble((render.safe_text(row.describe(), glyphs), render.WARN)),
        }

    def _set_lines(self, lines: list[Line], size: Size) -> None:
        super()._set_lines(lines, size)
        fit_panel(self, len(lines))


def format_document_state(line: DocumentSummary) -> str:
    """Return the state of a document in a word: active, the reason of its retirement, or inactive."""
    if line.active:
        return "active"
    return line.reason if line.reason and line.reason in frozenset(InactiveReason) else "inactive"
