"""Models of Odoo, and the fields of one with a tick before each that is read, one line each."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence, Sized
from dataclasses import replace
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message

from odoo_sync_tui.core.reports.discovery import FieldReport, ModelReport
from odoo_sync_tui.entities.declaration import ALL_FIELDS
from odoo_sync_tui.settings.writer import format_declaration
from odoo_sync_tui.tui.commands.keymap import get_key_display
from odoo_sync_tui.tui.format import render
from odoo_sync_tui.tui.format.layout import Column, Entry, widen_first
from odoo_sync_tui.tui.model.draft import Fields, ModelDraft, TableDraft
from odoo_sync_tui.tui.model.found_models import search_fields
from odoo_sync_tui.tui.model.glyphs import Glyphs
from odoo_sync_tui.tui.model.state import DashboardState
from odoo_sync_tui.tui.widgets.chrome.panel import Panel, format_note
from odoo_sync_tui.tui.widgets.lines import Line, ScrollingLines
from odoo_sync_tui.tui.widgets.paged_list import Cells, RowList

MAX_CELL_LENGTH = 200
MAX_LINE_LENGTH = 4000
"""Characters of the longest line of a table that is shown."""


class ModelRows(RowList[ModelReport]):
    """Models, one line each: name, rows where they are known, and label with the entities before.

    Attributes:
        opened: the name of the model that is open.
        names: the names of all models, whether a search finds them or not: it moves no column.
    """

    COLUMNS = (
        Column("model", 18),
        Column("rows", 7, 1, align_right=True),
        Column("[entity] label", 14),
    )
    opened: str = ""
    names: Sequence[str] = ()

    def get_key(self, row: ModelReport) -> str:
        """Return the name of the model."""
        return row.model

    def choose_columns(self, width: int) -> Sequence[Column]:
        """Make room for the longest name, but leave most of it to the label."""
        first, *others = widen_first(self.COLUMNS, self.names, width)
        return [replace(first, width=max(self.COLUMNS[0].width, min(first.width, width * 2 // 5))), *others]

    def build_cells(self, state: DashboardState, row: ModelReport) -> Cells:
        """Build the cells of a model; the one that is open is bold."""
        glyphs = state.glyphs
        name = render.safe_text(row.model, glyphs, MAX_CELL_LENGTH)
        label = render.safe_text(row.format_label(), glyphs, MAX_CELL_LENGTH)
        return {
            "model": render.assemble((name, render.STRONG if row.model == self.opened else "")),
            "rows": render.format_number(row.rows, glyphs) if row.rows is not None else "",
            "[entity] label": render.assemble((label, render.GOOD if row.entities else render.MUTED)),
        }


class FieldRows(RowList[FieldReport]):
    """Fields, one line each: tick and name, type, in how many rows of the sample it is filled, how read, and label.

    Space asks to tick or untick the one under the cursor.

    Attributes:
        names: the names of all fields, whether a search finds them or not: it moves no column.
        draft: says which fields can be ticked.
        ticked: names of the fields that are ticked.
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("space", "tick", "Tick", show=False)]
    COLUMNS = (
        Column("field", 22),
        Column("type", 9),
        Column("filled", 7, 2, align_right=True),
        Column("how read", 8, 1),
        Column("label", 14),
    )
    names: Sequence[str] = ()
    draft: TableDraft | None = None
    ticked: Collection[str] = ()

    class TickRequested(Message):
        """Request to tick or untick the field of this name."""

        def __init__(self, field: str) -> None:
            super().__init__()
            self.field = field

    def get_key(self, row: FieldReport) -> str:
        """Return the name of the field."""
        return row.name

    def action_tick(self) -> None:
        """Ask to tick or untick the field under the cursor, and go on to the next one."""
        for row in self.rows[self.cursor :][:1]:
            self.post_message(self.TickRequested(row.name))
            self.action_move(1)

    def choose_columns(self, width: int) -> Sequence[Column]:
        """Make room for the longest name."""
        return widen_first(self.COLUMNS, (f"[x] {name}" for name in self.names), width)

    def build_cells(self, state: DashboardState, row: FieldReport) -> Cells:
        """Build the cells of a field; one that cannot be ticked is quiet."""
        glyphs = state.glyphs
        is_fixed = self.draft is not None and bool(self.draft.explain_fixed(row))
        style = render.MUTED if is_fixed else ""
        name = f"{self._format_tick(row, is_fixed=is_fixed)} {render.safe_text(row.name, glyphs, MAX_CELL_LENGTH)}"
        label = render.safe_text(row.format_label(), glyphs, MAX_CELL_LENGTH)
        return {
            "field": render.assemble((name, style)),
            "type": render.assemble((render.safe_text(row.type, glyphs, MAX_CELL_LENGTH), render.MUTED)),
            "filled": render.assemble((row.format_filled(glyphs.no_value), style)),
            "how read": render.assemble((row.format_reading(glyphs.no_value), style)),
            "label": render.assemble((label, render.ACCENT if row.is_custom else style)),
        }

    def _format_tick(self, row: FieldReport, *, is_fixed: bool) -> str:
        """Format the tick: in brackets, or alone where it cannot be changed."""
        mark = "x" if row.name in self.ticked else " "
        return f" {mark} " if is_fixed else f"[{mark}]"


class DeclarationLines(ScrollingLines):
    """The table of an entity as it would be written; long lines are wrapped."""

    texts: Sequence[str] = ()

    def build_lines(self, state: DashboardState, width: int, height: int) -> Sequence[Line]:
        """Build all lines, of any number."""
        del height
        return [Line(line) for text in self.texts for line in _wrap_line(text, width, state.glyphs)]


def _wrap_line(text: str, width: int, glyphs: Glyphs) -> list[Content]:
    safe = render.safe_text(text, glyphs, MAX_LINE_LENGTH)
    return Content(safe).wrap(width) if len(safe) > width else [render.fit(safe, width, glyphs)]


class OpenedModel(Vertical):
    """The fields of the model that is open, to tick, above the declaration of an entity of it.

    Args:
        changed: called when the declaration has changed, or could not be, which the text then explains.

    Attributes:
        drafts: the models that were opened, by name.
        opened: the one that is open; empty while none is.
        search: words that the fields on the screen have.
    """

    def __init__(self, changed: Callable[[str], None], *, id: str) -> None:  # noqa: A002 -- Textual's word
        super().__init__(id=id)
        self._changed = changed
        self.drafts: dict[str, ModelDraft] = {}
        self.opened = ""
        self.search = ""

    def compose(self) -> ComposeResult:
        """Compose both."""
        yield Panel("Fields", FieldRows(id="fields"))
        yield Panel("Declaration", DeclarationLines(id="declaration"))

    @property
    def model(self) -> ModelDraft | None:
        """The model that is open."""
        return self.drafts.get(self.opened)

    def open_model(self, model: str) -> None:
        """Show a model that was described, from its first field on."""
        self.opened, self.search = model, ""
        fields = self.query_one(FieldRows)
        fields.cursor = 0
        fields.focus()

    def choose_table(self) -> None:
        """Show the next table that there may be of this model."""
        if self.model is not None:
            self.drafts[self.opened] = self.model.choose_next()
            self._changed("")

    def tick(self, patterns: Sequence[str]) -> None:
        """Tick what these patterns mean, and nothing else."""
        self._change(lambda draft, fields: draft.take(patterns, fields))

    def tick_all(self) -> None:
        """Tick every stored field; while a search is open, the fields that it finds."""
        self._change_found(ALL_FIELDS, TableDraft.tick)

    def tick_none(self) -> None:
        """Untick every field; while a search is open, the fields that it finds."""
        self._change_found((), TableDraft.untick)

    @on(FieldRows.TickRequested)
    def _tick_one(self, message: FieldRows.TickRequested) -> None:
        message.stop()
        if self.model is None:
            return
        if fixed := self.model.draft.explain_fixed(self.model.fields[message.field]):
            self._changed(fixed)
        else:
            self._change(lambda draft, fields: draft.toggle(message.field, fields))

    def _change_found(
        self, patterns: Sequence[str], change: Callable[[TableDraft, Iterable[str], Fields], TableDraft]
    ) -> None:
        if not self.search:
            self.tick(patterns)
            return
        found = [each.name for each in search_fields(self.model.fields.values() if self.model else (), self.search)]
        self._change(lambda draft, fields: change(draft, found, fields))

    def _change(self, change: Callable[[TableDraft, Fields], TableDraft]) -> None:
        if (model := self.model) is not None:
            self.drafts[self.opened] = model.replace_draft(change(model.draft, model.fields))
            self._changed("")

    def update(self, state: DashboardState) -> None:
        """Draw the fields that the search finds, and the table that is shown; nothing while no model is open."""
        model, glyphs = self.model, state.glyphs
        fields: Fields = model.fields if model else {}
        ticked = model.draft.find_ticked(fields) if model else frozenset[str]()
        found = search_fields(fields.values(), self.search)
        for rows in self.query(FieldRows):
            rows.names, rows.ticked, rows.draft = tuple(fields), ticked, model.draft if model else None
            rows.update_rows(state, found)
        for lines in self.query(DeclarationLines):
            lines.texts = format_draft(model.draft) if model else ()
            lines.update(state)
        name, total = render.safe_text(self.opened, glyphs, MAX_CELL_LENGTH), render.format_number(len(fields), glyphs)
        of_search = f"{render.format_number(len(found), glyphs)} found {glyphs.separator} " if self.search else ""
        for panel in self.query("#fields-panel").results(Panel):
            panel.set_title(f"Fields of {name}" if model else "Fields")
            panel.set_note(format_note(f"{of_search}{len(ticked)} of {total} ticked" if model else ""))
        for panel in self.query("#declaration-panel").results(Panel):
            panel.set_note(format_note(_format_place(model, state) if model else ""))


def _format_place(model: ModelDraft, state: DashboardState) -> str:
    """Format which table is shown; where there are several, the key to the next one."""
    if len(model.drafts) == 1:
        return "new"
    key = get_key_display(state, "discovery.table")
    is_new = model.chosen == len(model.drafts) - 1
    return f"{'new' if is_new else model.draft.name}, {model.chosen + 1} of {len(model.drafts)}  {key} next"


def format_found(found: Sized, all_of_them: Sized, glyphs: Glyphs) -> str:
    """Format how many there are, and how many of them a search finds."""
    total = render.format_number(len(all_of_them), glyphs)
    return total if len(found) == len(all_of_them) else f"{render.format_number(len(found), glyphs)} of {total}"


def format_draft(draft: TableDraft) -> Sequence[str]:
    """Format a table as lines of TOML; a comment where it cannot be written."""
    if not draft.is_complete:
        return ("# No field is ticked: an entity has at least one.",)
    return format_declaration(draft.table)


def describe_model(model: ModelReport, state: DashboardState) -> str:
    """Describe a model in a line: label, rows, newest change, and the entities that read it."""
    glyphs = state.glyphs
    label = render.safe_text(model.label or model.model, glyphs, MAX_CELL_LENGTH)
    rows = f", {render.format_number(model.rows, glyphs)} {'row' if model.rows == 1 else 'rows'}"
    newest = f", the newest change {render.format_age(state.now, model.newest)}" if model.newest else ""
    entities = render.safe_text(", ".join(model.entities), glyphs, MAX_CELL_LENGTH)
    return f"{label}{rows}{newest}; {f'entity {entities}' if entities else 'no entity yet'}"


def format_field(field: FieldReport, draft: TableDraft, glyphs: Glyphs) -> list[Entry]:
    """Format all that is known of a field."""
    facts = {
        "label": field.label,
        "type": field.type + (f", of {field.relation}" if field.relation else ""),
        "stored": "yes" if field.is_stored else "no: Odoo computes it when it is read",
        "custom": "yes: added to this Odoo by hand" if field.is_custom else "no",
        "how read": field.format_reading(glyphs.no_value),
        "filled": "not read" if field.filled is None else f"in {field.filled} of {field.sample} rows of a sample",
        "ticks": draft.explain_fixed(field),
    }
    return [
        Entry(Content(render.safe_text(text, glyphs, MAX_LINE_LENGTH)), render.assemble((name, render.MUTED)))
        for name, text in facts.items()
        if text
    ]
