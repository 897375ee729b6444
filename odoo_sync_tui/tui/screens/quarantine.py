"""Screen of the quarantine: its rows, the one under the cursor in full, and what can be done about them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import groupby
from typing import ClassVar

from textual import on
from textual.containers import Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from odoo_sync_tui.core.audit.export import ExportFormat
from odoo_sync_tui.core.entity import BrokenRule
from odoo_sync_tui.core.reports.details import QuarantinedRow
from odoo_sync_tui.core.text.jsonable import to_jsonable
from odoo_sync_tui.runtime.files import write_file
from odoo_sync_tui.tui.backend import DashboardDetailQueries
from odoo_sync_tui.tui.commands.command import QUARANTINE, CommandContext
from odoo_sync_tui.tui.commands.command_line import Subject
from odoo_sync_tui.tui.commands.keymap import get_key_display
from odoo_sync_tui.tui.dialogs.stop import DismissDialog
from odoo_sync_tui.tui.format import render
from odoo_sync_tui.tui.format.document import locate_record
from odoo_sync_tui.tui.messages import CopyAddresses
from odoo_sync_tui.tui.screens.base import PageScreen, ScreenContext
from odoo_sync_tui.tui.widgets.chrome.panel import Panel, format_note
from odoo_sync_tui.tui.widgets.quarantine import QuarantineTable, RowDetail

ROWS_PER_ENTITY = 200
RULE_ORDER = {rule: index for index, rule in enumerate(BrokenRule)}


SyncRows = Callable[[str, Sequence[int]], None]
"""Starts a sync of rows of an entity."""
DismissRows = Callable[[str, Sequence[QuarantinedRow], str, bool], Sequence[QuarantinedRow]]
"""Dismisses rows of an entity with a reason, or takes them back; returns those that were. Called in a thread."""


class QuarantineScreen(PageScreen):
    """Rows in quarantine of one or more entities, those that were dismissed last. Read again when a run has ended."""

    SCREEN_NAME = QUARANTINE
    AUTO_FOCUS: ClassVar[str | None] = "#rows"

    def __init__(
        self,
        context: ScreenContext,
        queries: DashboardDetailQueries,
        entity_ids: Sequence[str],
        sync_rows: SyncRows,
        dismiss_rows: DismissRows,
    ) -> None:
        super().__init__(context)
        self._queries = queries
        self._entity_ids = entity_ids
        self._sync_rows = sync_rows
        self._dismiss_rows = dismiss_rows
        self._rows: list[QuarantinedRow] | None = None
        self._has_more = False
        self._marked: set[str] = set()
        self._was_running = False
        self._report = ""

    def compose_content(self) -> Iterable[Widget]:
        """Compose the list, the row, and a note."""
        with Vertical(id="panes"):
            yield Panel("Quarantine", QuarantineTable(id="rows"))
            yield Panel("Row", RowDetail(id="row"))
        yield Static(id="note", classes="note", markup=False)

    # ----------------------------------------------------------------------------------------------- commands

    @property
    def commands(self) -> Mapping[str, Callable[[], object]]:
        """The commands of every screen, and those of the quarantine."""
        return {
            **super().commands,
            "quarantine.retry": self._retry,
            "quarantine.dismiss": self._dismiss_or_reopen,
            "quarantine.export": self._export,
            "record.copy": self._copy_addresses,
        }

    def refine_context(self, app_context: CommandContext) -> CommandContext:
        """Enable what needs a row."""
        has_row = bool(self._rows)
        has_record = has_row and self.state.web_client is not None
        return replace(super().refine_context(app_context), has_row=has_row, has_record=has_record)

    @property
    def chosen_entity_id(self) -> str | None:
        """The entity of the rows that are chosen."""
        return min((row.entity for row in self._chosen()), default=None)

    def make_subject(self) -> Subject:
        """Name the rows that are chosen, of the first entity among them."""
        subject = super().make_subject()
        entity_id = subject.entity.id if subject.entity else ""
        return replace(subject, marked=tuple(row.odoo_id for row in self._chosen() if row.entity == entity_id))

    def _chosen(self) -> list[QuarantinedRow]:
        """The rows that are marked, or the one under the cursor."""
        table = self.query_one(QuarantineTable)
        marked = [row for row in self._rows or () if table.get_key(row) in self._marked]
        return marked or [row for row in [table.chosen] if row]

    def _retry(self) -> None:
        rows = sorted(self._chosen(), key=lambda row: row.entity)
        entity_id = rows[0].entity
        chosen = [row for row in rows if row.entity == entity_id]  # a run has the rows of one entity
        self._sync_rows(entity_id, [row.odoo_id for row in chosen])
        self._marked -= {self.query_one(QuarantineTable).get_key(row) for row in chosen}
        self.draw()

    def _dismiss_or_reopen(self) -> None:
        rows = self._chosen()
        waiting = [row for row in rows if row.dismissal is None]
        if not waiting:
            self._change(rows, "", undo=True)
            return
        count = render.format_total(len(waiting), "row", self.state.glyphs)
        first = ", ".join(f"{self._title(row.entity)} {row.odoo_id}" for row in waiting[:3])
        text = Content(f"{count}: {first}{self.state.glyphs.ellipsis if len(waiting) > 3 else ''}")

        def answered(reason: str | None) -> None:
            if reason:
                self._change(waiting, reason, undo=False)

        self.app.push_screen(DismissDialog(text), answered)  # pyright: ignore[reportUnknownMemberType]  # Textual's

    def _change(self, rows: Sequence[QuarantinedRow], reason: str, *, undo: bool) -> None:
        done = "back in the quarantine" if undo else "dismissed"
        groups = [(entity, list(group)) for entity, group in groupby(rows, key=lambda row: row.entity)]

        def work() -> int:
            return sum(len(self._dismiss_rows(entity, group, reason, undo)) for entity, group in groups)

        def show(count: int) -> None:
            others = len(rows) - count
            self._report = f"{render.format_total(count, 'row', self.state.glyphs)} {done}" + (
                f"; {others} failed for another reason meanwhile: look again" if others else ""
            )
            self._marked.clear()
            self.read()

        self.read_in_thread("quarantine change", work, show)

    def _export(self) -> None:
        now = self._screen_context.store.state.now
        lines = (f"{json.dumps(to_jsonable(row))}\n" for row in self._all_rows())
        write = partial(write_file, lines, "quarantine", ExportFormat.JSON_LINES, now)
        self.read_in_thread("quarantine export", write, self._show_export)

    def _show_export(self, path: object) -> None:
        self._report = f"written to {render.safe_text(path, self.state.glyphs)}"
        self.draw()

    def _all_rows(self) -> Iterator[QuarantinedRow]:
        for entity_id in self._entity_ids:
            after = 0
            while rows := self._queries.list_quarantine(entity_id, ROWS_PER_ENTITY, after, dismissed=None).rows:
                yield from rows
                after = rows[-1].odoo_id

    def _copy_addresses(self) -> None:
        found = (locate_record(self.state, row.entity, row.odoo_id) for row in self._chosen())
        if addresses := list(filter(None, found)):
            self.post_message(CopyAddresses(addresses))

    # ------------------------------------------------------------------------------------------------ reading

    def read(self) -> None:
        """Read the rows of all entities again."""
        self.read_in_thread("quarantine", self._read_rows, self._show_rows)

    def _read_rows(self) -> tuple[list[QuarantinedRow], bool]:
        pages = [self._queries.list_quarantine(each, ROWS_PER_ENTITY, dismissed=None) for each in self._entity_ids]
        rows = [row for page in pages for row in page.rows]
        rows.sort(key=lambda row: (row.dismissal is not None, RULE_ORDER.get(row.rule, -1) if row.rule else -1))
        return rows, any(page.has_more for page in pages)

    def _show_rows(self, found: tuple[list[QuarantinedRow], bool]) -> None:
        (self._rows, self._has_more), self.problem = found, None
        self.draw()
        self.update_commands()

    def update(self) -> None:
        """Draw the application's state; read the rows again when a run has ended."""
        super().update()
        is_running = self._screen_context.store.app_context.running
        if self._was_running and not is_running:
            self.read()
        self._was_running = is_running

    @on(QuarantineTable.MarkRequested)
    def _toggle_mark(self, message: QuarantineTable.MarkRequested) -> None:
        message.stop()
        self._marked ^= {message.key}
        self._report = ""
        self.draw()

    # ------------------------------------------------------------------------------------------------ drawing

    def draw(self) -> None:
        """Draw the rows that were read."""
        for table in self.query(QuarantineTable):
            table.marked = self._marked
            table.update_rows(self.state, self._rows or [])
        for panel in self.query("#rows-panel").results(Panel):
            dismissed = sum(row.dismissal is not None for row in self._rows or ())
            panel.set_note(format_note(f"{dismissed} dismissed" if dismissed else ""))
        self._draw_row()
        for note in self.query("#note").results(Static):
            note.update(self._format_note())

    @on(QuarantineTable.CursorMoved)
    def _draw_row(self) -> None:
        for table, detail in zip(self.query(QuarantineTable), self.query(RowDetail), strict=False):
            row, is_other = table.chosen, detail.row is not table.chosen
            detail.row = row
            detail.update(self.state)
            if is_other:
                detail.scroll_home(animate=False)
            for panel in self.query("#row-panel").results(Panel):
                panel.set_title(f"{self._title(row.entity)} {row.odoo_id}" if row else "Row")

    def _title(self, entity_id: str) -> str:
        entity = self.state.catalog.find(entity_id)
        return render.safe_text(entity.title if entity else entity_id, self.state.glyphs, 40)

    def _format_note(self) -> Content:
        glyphs, rows = self.state.glyphs, self._rows
        if self.problem is not None:
            return self.format_problem()
        if rows is None:
            return Content(f"reading {glyphs.ellipsis}")
        if self._marked:
            retry, dismiss = (get_key_display(self.state, f"quarantine.{name}") for name in ("retry", "dismiss"))
            return Content(f"{len(self._marked)} marked; {retry} syncs them alone, {dismiss} dismisses them")
        if self._report:
            return Content(self._report)
        if not rows:
            return Content("no row is in quarantine")
        more = f"; of an entity the first {ROWS_PER_ENTITY} are shown" if self._has_more else ""
        return Content(f"{render.format_total(len(rows), 'row', glyphs)}; Space marks some{more}")
