"""Entries of the change log, one line each."""

from __future__ import annotations

from collections.abc import Collection
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message

from odoo_sync_tui.core.changes.entry import LoggedChange
from odoo_sync_tui.core.changes.reading import DocumentVersion, to_difference
from odoo_sync_tui.tui.format import render
from odoo_sync_tui.tui.format.difference import describe_difference, format_change
from odoo_sync_tui.tui.format.layout import Column
from odoo_sync_tui.tui.model.glyphs import Glyphs
from odoo_sync_tui.tui.model.state import DashboardState
from odoo_sync_tui.tui.widgets.paged_list import Cells, RowList

OMITTED = "values too large to be kept"


class VersionList(RowList[DocumentVersion]):
    """Versions of a document, one line each: mark, time, change, operator, run and fields. Space asks to mark one.

    ``marked``: numbers of the versions that are marked.
    """

    COLUMNS = (
        Column("", 1),
        Column("when", 11),
        Column("change", 11),
        Column("operator", 12, 1),
        Column("run", 8, 2),
        Column("fields", 20),
    )
    BINDINGS: ClassVar[list[BindingType]] = [Binding("space", "mark", "Mark", show=False)]

    marked: Collection[int] = ()

    class MarkRequested(Message):
        """Request to mark the version with this number, or to take its mark away."""

        def __init__(self, number: int) -> None:
            super().__init__()
            self.number = number

    def get_key(self, row: DocumentVersion) -> str:
        """Return the number of the version."""
        return str(row.change.number)

    def action_mark(self) -> None:
        """Ask to mark the version under the cursor, and go on to the next one."""
        for row in self.rows[self.cursor :][:1]:
            self.post_message(self.MarkRequested(row.change.number))
            self.action_move(1)

    def build_cells(self, state: DashboardState, row: DocumentVersion) -> Cells:
        """Build the cells of a version."""
        glyphs, change = state.glyphs, row.change
        return {
            "": glyphs.selection_marks[0] if change.number in self.marked else "",
            "when": render.assemble((render.format_time(state.now, change.at), render.MUTED)),
            "change": format_change(to_difference(change)),
            "operator": render.safe_text(row.operator, glyphs, 60),
            "run": render.safe_text(change.run_id, glyphs, 8),
            "fields": _describe(change, glyphs),
        }


class ChangeList(RowList[LoggedChange]):
    """Changes of a run, one line each: entity, change, Odoo id and fields."""

    COLUMNS = (
        Column("entity", 14),
        Column("change", 11),
        Column("odoo id", 10, align_right=True),
        Column("fields", 20),
    )

    def get_key(self, row: LoggedChange) -> str:
        """Return the number of the entry."""
        return str(row.number)

    def build_cells(self, state: DashboardState, row: LoggedChange) -> Cells:
        """Build the cells of an entry."""
        return {
            "entity": render.safe_text(format_entity(state, row.entity), state.glyphs, 60),
            "change": format_change(to_difference(row)),
            "odoo id": str(row.odoo_id),
            "fields": _describe(row, state.glyphs),
        }


def format_entity(state: DashboardState, entity_id: str) -> str:
    """Return the title of an entity; its id where it is not synced any more."""
    entity = state.catalog.find(entity_id)
    return entity.title if entity else entity_id


def _describe(change: LoggedChange, glyphs: Glyphs) -> str:
    return OMITTED if change.values_omitted else describe_difference(to_difference(change), glyphs)
