"""Stored documents, and rows in quarantine, one line each."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from odoo_sync_tui.core.entity import InactiveReason
from odoo_sync_tui.core.records import DocumentLine, QuarantinedRow
from odoo_sync_tui.tui import view
from odoo_sync_tui.tui.state import DashboardState
from odoo_sync_tui.tui.widgets.columns import Column, fitting, row, titles
from odoo_sync_tui.tui.widgets.lines import Line
from odoo_sync_tui.tui.widgets.paged_list import PagedList

DOCUMENTS = (
    Column("Odoo id", 10, right=True),
    Column("state", 10),
    Column("written", 11),
    Column("name", 30),
)

QUARANTINE = (
    Column("Odoo id", 10, right=True),
    Column("tries", 5, 2, right=True),
    Column("since", 11, 1),
    Column("reason", 30),
)


class DocumentList(PagedList):
    """Documents, one line each: Odoo id, state, time of the last write, and name."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 -- Textual's word
        super().__init__(id=id)
        self._documents: Sequence[DocumentLine] = ()

    def show_documents(self, state: DashboardState, documents: Sequence[DocumentLine]) -> None:
        """Draw these documents."""
        self._documents = documents
        self.show(state)

    def header(self, state: DashboardState, width: int) -> Content:
        """Build the titles of the columns that fit."""
        return titles(fitting(DOCUMENTS, width), width, state.glyphs)

    def rows(self, state: DashboardState, width: int, height: int) -> Sequence[Line]:
        """Build one line per document."""
        del height
        columns = fitting(DOCUMENTS, width)
        return [Line(_document_row(state, line, columns, width), str(line.odoo_id)) for line in self._documents]


class QuarantineList(PagedList):
    """Rows in quarantine, one line each: Odoo id, tries so far, time of the first, and reason."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 -- Textual's word
        super().__init__(id=id)
        self._rows: Sequence[QuarantinedRow] = ()

    def show_rows(self, state: DashboardState, rows: Sequence[QuarantinedRow]) -> None:
        """Draw these rows."""
        self._rows = rows
        self.show(state)

    def header(self, state: DashboardState, width: int) -> Content:
        """Build the titles of the columns that fit."""
        return titles(fitting(QUARANTINE, width), width, state.glyphs)

    def rows(self, state: DashboardState, width: int, height: int) -> Sequence[Line]:
        """Build one line per row."""
        del height
        columns = fitting(QUARANTINE, width)
        return [Line(_quarantine_row(state, entry, columns, width), str(entry.odoo_id)) for entry in self._rows]


def _document_row(state: DashboardState, line: DocumentLine, columns: Sequence[Column], width: int) -> Content:
    glyphs = state.glyphs
    written = view.moment_of(state.now, line.changed_at) if line.changed_at else glyphs.none
    cells: dict[str, Content | str] = {
        "Odoo id": str(line.odoo_id),
        "state": view.line((state_of(line), "" if line.active else view.MUTED)),
        "written": view.line((written, view.MUTED)),
        "name": view.safe(line.name, glyphs) or glyphs.none,
    }
    return row(columns, [cells[column.title] for column in columns], width, glyphs)


def state_of(line: DocumentLine) -> str:
    """Return the state of a document in a word: active, the reason of its retirement, or inactive."""
    if line.active:
        return "active"
    return line.reason if line.reason and line.reason in frozenset(InactiveReason) else "inactive"


def _quarantine_row(state: DashboardState, entry: QuarantinedRow, columns: Sequence[Column], width: int) -> Content:
    glyphs = state.glyphs
    cells: dict[str, Content | str] = {
        "Odoo id": str(entry.odoo_id),
        "tries": view.number(entry.attempts, glyphs),
        "since": view.line((view.moment_of(state.now, entry.first_seen), view.MUTED)),
        "reason": view.line((view.safe(entry.reason, glyphs), view.WARN)),
    }
    return row(columns, [cells[column.title] for column in columns], width, glyphs)
