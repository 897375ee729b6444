"""Stored documents, and rows in quarantine, one line each."""

from __future__ import annotations

from odoo_sync_tui.core.entity import InactiveReason
from odoo_sync_tui.core.reports.details import DocumentSummary, QuarantinedRow, SharedValue
from odoo_sync_tui.tui.format import render
from odoo_sync_tui.tui.format.document import format_holder, locate_record
from odoo_sync_tui.tui.format.layout import Column
from odoo_sync_tui.tui.model.state import DashboardState
from odoo_sync_tui.tui.widgets.paged_list import Cells, RowList


class DocumentList(RowList[DocumentSummary]):
    """Documents, one line each: Odoo id, state, time of the last write, and name."""

    COLUMNS = (
        Column("Odoo id", 10, align_right=True),
        Column("state", 10),
        Column("written", 11),
        Column("name", 30),
    )

    entity_id: str = ""

    def get_key(self, row: DocumentSummary) -> str:
        """Return the Odoo id."""
        return str(row.odoo_id)

    def build_cells(self, state: DashboardState, row: DocumentSummary) -> Cells:
        """Build the cells of a document."""
        glyphs = state.glyphs
        written = render.format_time(state.now, row.changed_at) if row.changed_at else glyphs.no_value
        return {
            "Odoo id": render.link(str(row.odoo_id), locate_record(state, self.entity_id, row.odoo_id)),
            "state": render.assemble((format_document_state(row), "" if row.active else render.MUTED)),
            "written": render.assemble((written, render.MUTED)),
            "name": render.safe_text(row.name, glyphs) or glyphs.no_value,
        }


class QuarantineList(RowList[QuarantinedRow]):
    """Rows in quarantine, one line each: Odoo id, tries so far, time of the first, and reason."""

    COLUMNS = (
        Column("Odoo id", 10, align_right=True),
        Column("tries", 5, 2, align_right=True),
        Column("since", 11, 1),
        Column("reason", 30),
    )

    entity_id: str = ""

    def get_key(self, row: QuarantinedRow) -> str:
        """Return the Odoo id."""
        return str(row.odoo_id)

    def build_cells(self, state: DashboardState, row: QuarantinedRow) -> Cells:
        """Build the cells of a row in quarantine."""
        glyphs = state.glyphs
        return {
            "Odoo id": render.link(str(row.odoo_id), locate_record(state, self.entity_id, row.odoo_id)),
            "tries": render.format_number(row.attempts, glyphs),
            "since": render.assemble((render.format_time(state.now, row.first_seen), render.MUTED)),
            "reason": render.assemble((render.safe_text(row.reason, glyphs), render.WARN)),
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


def format_document_state(line: DocumentSummary) -> str:
    """Return the state of a document in a word: active, the reason of its retirement, or inactive."""
    if line.active:
        return "active"
    return line.reason if line.reason and line.reason in frozenset(InactiveReason) else "inactive"
