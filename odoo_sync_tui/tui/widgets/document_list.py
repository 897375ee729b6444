"""Stored documents, and rows in quarantine, one line each."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from odoo_sync_tui.core.entity import InactiveReason
from odoo_sync_tui.core.reports.details import DocumentSummary, QuarantinedRow
from odoo_sync_tui.tui.format import render
from odoo_sync_tui.tui.format.layout import Column, fit_columns, format_row, format_titles
from odoo_sync_tui.tui.model.state import DashboardState
from odoo_sync_tui.tui.widgets.lines import Line
from odoo_sync_tui.tui.widgets.paged_list import PagedList

DOCUMENT_COLUMNS = (
    Column("Odoo id", 10, align_right=True),
    Column("state", 10),
    Column("written", 11),
    Column("name", 30),
)

QUARANTINE_COLUMNS = (
    Column("Odoo id", 10, align_right=True),
    Column("tries", 5, 2, align_right=True),
    Column("since", 11, 1),
    Column("reason", 30),
)


class DocumentList(PagedList):
    """Documents, one line each: Odoo id, state, time of the last write, and name."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 -- Textual's word
        super().__init__(id=id)
        self._documents: Sequence[DocumentSummary] = ()

    def update_documents(self, state: DashboardState, documents: Sequence[DocumentSummary]) -> None:
        """Draw these documents."""
        self._documents = documents
        self.update(state)

    def build_header(self, state: DashboardState, width: int) -> Content:
        """Build the titles of the columns that fit."""
        return format_titles(fit_columns(DOCUMENT_COLUMNS, width), width, state.glyphs)

    def build_rows(self, state: DashboardState, width: int, height: int) -> Sequence[Line]:
        """Build one line per document."""
        del height
        columns = fit_columns(DOCUMENT_COLUMNS, width)
        return [Line(_document_row(state, line, columns, width), str(line.odoo_id)) for line in self._documents]


class QuarantineList(PagedList):
    """Rows in quarantine, one line each: Odoo id, tries so far, time of the first, and reason."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 -- Textual's word
        super().__init__(id=id)
        self._rows: Sequence[QuarantinedRow] = ()

    def update_rows(self, state: DashboardState, rows: Sequence[QuarantinedRow]) -> None:
        """Draw these rows."""
        self._rows = rows
        self.update(state)

    def build_header(self, state: DashboardState, width: int) -> Content:
        """Build the titles of the columns that fit."""
        return format_titles(fit_columns(QUARANTINE_COLUMNS, width), width, state.glyphs)

    def build_rows(self, state: DashboardState, width: int, height: int) -> Sequence[Line]:
        """Build one line per row."""
        del height
        columns = fit_columns(QUARANTINE_COLUMNS, width)
        return [Line(_quarantine_row(state, entry, columns, width), str(entry.odoo_id)) for entry in self._rows]


def _document_row(state: DashboardState, line: DocumentSummary, columns: Sequence[Column], width: int) -> Content:
    glyphs = state.glyphs
    written = render.format_time(state.now, line.changed_at) if line.changed_at else glyphs.no_value
    cells: dict[str, Content | str] = {
        "Odoo id": str(line.odoo_id),
        "state": render.assemble((format_document_state(line), "" if line.active else render.MUTED)),
        "written": render.assemble((written, render.MUTED)),
        "name": render.safe_text(line.name, glyphs) or glyphs.no_value,
    }
    return format_row(columns, [cells[column.title] for column in columns], width, glyphs)


def format_document_state(line: DocumentSummary) -> str:
    """Return the state of a document in a word: active, the reason of its retirement, or inactive."""
    if line.active:
        return "active"
    return line.reason if line.reason and line.reason in frozenset(InactiveReason) else "inactive"


def _quarantine_row(state: DashboardState, entry: QuarantinedRow, columns: Sequence[Column], width: int) -> Content:
    glyphs = state.glyphs
    cells: dict[str, Content | str] = {
        "Odoo id": str(entry.odoo_id),
        "tries": render.format_number(entry.attempts, glyphs),
        "since": render.assemble((render.format_time(state.now, entry.first_seen), render.MUTED)),
        "reason": render.assemble((render.safe_text(entry.reason, glyphs), render.WARN)),
    }
    return format_row(columns, [cells[column.title] for column in columns], width, glyphs)
