"""Screen of one entity: its figures, its quarantine, and its documents, to search and open."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import ClassVar

from textual import on
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, Static

from odoo_sync_tui.core.cursor import FieldDrift
from odoo_sync_tui.core.reports.details import (
    DocumentPage,
    DocumentSummary,
    EntityReport,
    QuarantinedRow,
    QuarantinePage,
    SharedValue,
    StoredDocument,
)
from odoo_sync_tui.tui.backend import DashboardDetailQueries
from odoo_sync_tui.tui.commands.command import ENTITY, CommandContext
from odoo_sync_tui.tui.commands.command_line import Subject
from odoo_sync_tui.tui.commands.keymap import get_key_display
from odoo_sync_tui.tui.dialogs.base import DetailDialog
from odoo_sync_tui.tui.format import render
from odoo_sync_tui.tui.format.document import (
    LABEL_WIDTH,
    format_document,
    format_found,
    format_quarantine_entry,
    format_shared_value,
    locate_record,
)
from odoo_sync_tui.tui.messages import CopyAddresses
from odoo_sync_tui.tui.model.state import Problem
from odoo_sync_tui.tui.screens.base import PageScreen, ScreenContext
from odoo_sync_tui.tui.widgets.chrome.inputs import SearchField
from odoo_sync_tui.tui.widgets.chrome.panel import Panel, format_note
from odoo_sync_tui.tui.widgets.document_list import DocumentList, DriftList, QuarantineList, RecordList, SharedValueList
from odoo_sync_tui.tui.widgets.entity_facts import EntityFacts
from odoo_sync_tui.tui.widgets.lines import LineList
from odoo_sync_tui.tui.widgets.paged_list import PagedList

DOCUMENTS_PER_PAGE = 100
ROWS_PER_PAGE = 200
SEARCH_HINT = "Odoo id, or how a word of the name begins"


class EntityScreen(PageScreen):
    """One entity. It is read again only at the operator's request."""

    SCREEN_NAME = ENTITY
    AUTO_FOCUS: ClassVar[str | None] = "#documents"

    def __init__(
        self,
        context: ScreenContext,
        inspector: DashboardDetailQueries,
        entity_id: str,
        title: str,
        sync_rows: Callable[[Sequence[int]], None],
        acknowledge: Callable[[Collection[str]], object],
    ) -> None:
        super().__init__(context)
        self._navigation = context.navigation
        self._inspector = inspector
        self._sync_rows = sync_rows
        self._acknowledge = acknowledge
        self._marked: set[int] = set()
        self.entity_id = entity_id
        self._title = title
        self._report: EntityReport | None = None
        self._quarantine: list[QuarantinedRow] = []
        self._has_more_quarantine = False
        self._search = ""
        self._documents: list[DocumentSummary] = []
        self._after: int | None = None
        self._searched_count: int | None = None
        self._stopped_early = False
        self._request, self._is_reading = 0, False

    def compose_content(self) -> Iterable[Widget]:
        """Compose figures, drift, quarantine, shared values, documents and search, top to bottom."""
        title = render.safe_text(self._title, self.state.glyphs, 40)
        yield Panel(title[:1].upper() + title[1:], EntityFacts(id="facts"))
        yield Panel("Changes of fields", DriftList(id="drift"))
        yield Panel("Quarantine", QuarantineList(id="quarantine"))
        yield Panel("Shared values", SharedValueList(id="shared"))
        yield Panel("Documents", DocumentList(id="documents"))
        yield SearchField(SEARCH_HINT, id="search")
        yield Static(id="note", classes="note", markup=False)

    # ----------------------------------------------------------------------------------------------- commands

    @property
    def commands(self) -> Mapping[str, Callable[[], object]]:
        """The commands of every screen, and those of an entity."""
        return {
            **super().commands,
            "entity.search": self.edit_search,
            "entity.further": self.continue_search,
            "entity.seen": self._acknowledge_drift,
            "entity.sync_marked": self._sync_marked,
            "entity.next": partial(self._open_neighbour, 1),
            "entity.previous": partial(self._open_neighbour, -1),
            "record.copy": self._copy_address,
            "record.versions": self._open_versions,
            "view.verification": partial(self._navigation.open_verification, self.entity_id),
        }

    @property
    def chosen_entity_id(self) -> str | None:
        """This entity."""
        return self.entity_id

    def refine_context(self, app_context: CommandContext) -> CommandContext:
        """Enable copying the address of a record, syncing marked rows, acknowledging drift, where there are any."""
        has_record = bool(self._documents or self._quarantine) and self.state.web_client is not None
        marked, drift = bool(self._marked), bool(self._drift)
        return replace(super().refine_context(app_context), has_record=has_record, has_marked=marked, has_drift=drift)

    def make_subject(self) -> Subject:
        """Name the row that is meant, and the marked ones."""
        record_id = next(iter(self._chosen_ids), None)
        return replace(super().make_subject(), record_id=record_id, marked=tuple(sorted(self._marked)))

    @property
    def _chosen_ids(self) -> Sequence[int]:
        """The Odoo id of the row that is meant; none while a search is under way."""
        quarantine, documents = self.query_one(QuarantineList), self.query_one(DocumentList)
        row_list = quarantine if quarantine.has_focus or not documents.rows else documents
        return [row.odoo_id for row in row_list.rows[row_list.cursor :][:1]]

    def _copy_address(self) -> None:
        for address in filter(None, map(self._locate, self._chosen_ids)):
            self.post_message(CopyAddresses([address]))

    def _open_versions(self) -> None:
        for odoo_id in self._chosen_ids:
            self._navigation.open_versions(self.entity_id, odoo_id)

    @on(RecordList.MarkRequested)
    def _toggle_mark(self, message: RecordList.MarkRequested) -> None:
        message.stop()
        self._marked ^= {message.odoo_id}
        self.draw()
        self.update_commands()

    def _sync_marked(self) -> None:
        self._sync_rows(sorted(self._marked))
        self._marked.clear()
        self.draw()
        self.update_commands()

    @property
    def _drift(self) -> Sequence[FieldDrift]:
        return self._report.counts.drift if self._report else ()

    def _acknowledge_drift(self) -> None:
        """Acknowledge what is shown, and nothing that a run has found since."""
        keys = [each.key for each in self._drift]
        self.read_in_thread("seen", partial(self._acknowledge, keys), lambda _: self._read_report())

    def _locate(self, odoo_id: int) -> str | None:
        return locate_record(self.state, self.entity_id, odoo_id)

    def _open_neighbour(self, step: int) -> None:
        ids = [entity.id for entity in self.state.catalog]
        self._navigation.open_entity(ids[(ids.index(self.entity_id) + step) % len(ids)])

    def edit_search(self) -> None:
        """Show and focus the search field."""
        field = self.query_one(SearchField)
        field.display = True
        field.focus()

    def go_back(self) -> None:
        """Close the search if there is one, else leave the screen."""
        field = self.query_one(SearchField)
        if not field.display:
            super().go_back()
            return
        field.value, field.display = "", False
        self.query_one(DocumentList).focus()
        if self._search:
            self._start_search("")

    @on(Input.Submitted, "#search")
    def _search_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.query_one(DocumentList).focus()
        self._start_search(event.value.strip())

    # ------------------------------------------------------------------------------------------------ reading

    def read(self) -> None:
        """Read the entity, and its documents from the first page on."""
        self._read_report()
        self._start_search(self._search)

    def _read_report(self) -> None:
        self.read_in_thread("entity", partial(self._inspector.get_entity, self.entity_id), self._show_report)

    def _start_search(self, search: str) -> None:
        self._search, self._documents, self._after, self._searched_count = search, [], None, None
        self._read_documents(None)

    def _read_documents(self, after: int | None) -> None:
        self._request += 1
        self._is_reading = True
        search, request = self._search, self._request
        read = partial(self._inspector.list_documents, self.entity_id, search, DOCUMENTS_PER_PAGE, after)
        self.read_in_thread(f"documents {request}", read, partial(self._show_documents, request))
        self.draw()

    @on(PagedList.NextPageRequested, "#documents")
    def _read_next_documents(self, message: PagedList.NextPageRequested) -> None:
        if message.source.is_near_end and not self._stopped_early:
            self.continue_search()

    def continue_search(self) -> None:
        """Continue the search, or the list, where it stopped."""
        if self._after is not None and not self._is_reading:
            self._read_documents(self._after)

    @on(PagedList.NextPageRequested, "#quarantine")
    def _read_next_rows(self) -> None:
        if not self._has_more_quarantine:
            return
        after = self._quarantine[-1].odoo_id
        read = partial(self._inspector.list_quarantine, self.entity_id, ROWS_PER_PAGE, after)
        self.read_in_thread(f"quarantine {after}", read, self._show_more_rows)

    def _show_report(self, report: EntityReport) -> None:
        self._report, self.problem = report, None
        self._quarantine = list(report.quarantine.rows)
        self._has_more_quarantine = report.quarantine.has_more
        self.draw()
        self.update_commands()

    def _show_more_rows(self, page: QuarantinePage) -> None:
        known = {row.odoo_id for row in self._quarantine}
        self._quarantine += [row for row in page.rows if row.odoo_id not in known]
        self._has_more_quarantine = page.has_more
        self.draw()

    def _show_documents(self, request: int, page: DocumentPage) -> None:
        if request != self._request:  # another search was started since
            return
        self._is_reading, self.problem = False, None
        self._documents += page.documents
        self._after = page.after
        # A search that came to the end of its time continues only at the operator's request.
        self._stopped_early = page.after is not None and len(page.documents) < DOCUMENTS_PER_PAGE
        self._searched_count = (
            None if page.searched_count is None else (self._searched_count or 0) + page.searched_count
        )
        self.draw()
        self.update_commands()

    def show_problem(self, problem: Problem) -> None:
        """Keep the values on the screen, and mark them as old."""
        self._is_reading = False
        super().show_problem(problem)

    # ------------------------------------------------------------------------------------------------ opening

    @on(LineList.Chosen, "#documents")
    def _open_document(self, message: LineList.Chosen) -> None:
        message.stop()
        if message.key:
            odoo_id = int(message.key)
            read = partial(self._inspector.get_document, self.entity_id, odoo_id)
            self.read_in_thread(f"document {odoo_id}", read, self._show_document)

    def _show_document(self, document: StoredDocument | None) -> None:
        if document is None:
            self.show_problem(Problem("This document is gone.", "Read the list anew."))
            return
        entries = format_document(document, self.state.now, self.state.glyphs)
        title = Content(f"{render.safe_text(self._title, self.state.glyphs, 40)} {document.odoo_id}")
        self._navigation.open_record(title, entries, self._locate(document.odoo_id))

    @on(LineList.Chosen, "#quarantine")
    def _open_row(self, message: LineList.Chosen) -> None:
        message.stop()
        row = next((row for row in self._quarantine if str(row.odoo_id) == message.key), None)
        if row is not None:
            entries = format_quarantine_entry(row, self.state.now, self.state.glyphs)
            address = self._locate(row.odoo_id)
            self._navigation.open_record(Content("Row in quarantine"), entries, address)

    @on(LineList.Chosen, "#shared")
    def _open_shared_value(self, message: LineList.Chosen) -> None:
        message.stop()
        shared = next((each for each in self._shared_values if each.value == message.key), None)
        if shared is not None:
            entries = format_shared_value(shared, self.state.glyphs)
            self.show_dialog(DetailDialog(Content("Value of several documents"), entries, LABEL_WIDTH))

    @property
    def _shared_values(self) -> Sequence[SharedValue]:
        return (self._report.shared_values or ()) if self._report else ()

    # ------------------------------------------------------------------------------------------------ drawing

    def draw(self) -> None:
        """Draw the values that were read."""
        state = self.state
        for facts in self.query(EntityFacts):
            facts.report = self._report
            facts.update(state)
        for frame in self.query("#drift-panel").results(Panel):
            frame.display = bool(self._drift)
            frame.set_note(format_note(f"{get_key_display(state, 'entity.seen')} when you have seen them"))
        for drift in self.query(DriftList):
            drift.update_rows(state, self._drift)
        for frame in self.query("#quarantine-panel"):
            frame.display = bool(self._quarantine)
        for rows in self.query(QuarantineList):
            rows.entity_id, rows.marked = self.entity_id, self._marked
            rows.update_rows(state, self._quarantine)
        for frame in self.query("#shared-panel").results(Panel):
            frame.display = bool(self._shared_values)
            frame.set_title(f"{self._report.match_field if self._report else ''} of several documents")
        for shared in self.query(SharedValueList):
            shared.update_rows(state, self._shared_values)
        for documents in self.query(DocumentList):
            documents.entity_id, documents.marked = self.entity_id, self._marked
            documents.update_rows(state, self._documents)
        for note in self.query("#note").results(Static):
            note.update(self._format_note())

    def _format_note(self) -> Content:
        glyphs = self.state.glyphs
        if self.problem is not None:
            return self.format_problem()
        if self._marked:
            count = render.format_number(len(self._marked), glyphs)
            return Content(f"{count} marked; {get_key_display(self.state, 'entity.sync_marked')} syncs them alone")
        if self._is_reading:
            return Content(f"{'searching' if self._search else 'reading'} {glyphs.ellipsis}")
        further = get_key_display(self.state, "entity.further") if self._stopped_early else ""
        found, searched, has_more = len(self._documents), self._searched_count, self._after is not None
        return Content(format_found(found, self._search, searched, glyphs, has_more=has_more, further_key=further))
