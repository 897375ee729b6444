"""Screens of the change log: the versions of one document, two of them compared, and what one run changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import ClassVar

from textual import on
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from odoo_sync_tui.core.changes.entry import LoggedChange
from odoo_sync_tui.core.changes.reading import DocumentHistory, DocumentVersion, compare_versions, to_difference
from odoo_sync_tui.core.reports.differences import Difference
from odoo_sync_tui.tui.backend import DashboardChangeQueries
from odoo_sync_tui.tui.commands.command import CHANGES, VERSIONS, CommandContext
from odoo_sync_tui.tui.commands.command_line import Subject
from odoo_sync_tui.tui.commands.keymap import get_key_display
from odoo_sync_tui.tui.dialogs.base import DetailDialog
from odoo_sync_tui.tui.format import render
from odoo_sync_tui.tui.format.difference import format_difference
from odoo_sync_tui.tui.screens.base import PageScreen, ScreenContext
from odoo_sync_tui.tui.widgets.change_list import ChangeList, VersionList, format_entity
from odoo_sync_tui.tui.widgets.chrome.panel import Panel
from odoo_sync_tui.tui.widgets.lines import LineList
from odoo_sync_tui.tui.widgets.paged_list import PagedList

CHANGES_PER_PAGE = 100
COMPARED = 2
"""Versions that are compared; one marked more takes the place of the one marked first."""


class _ChangeLogScreen(PageScreen):
    """What both screens have in common: a note below, and a dialog with old and new values."""

    def _show_difference(self, difference: Difference, what: str = "") -> None:
        state = self.state
        entity = render.safe_text(format_entity(state, difference.entity), state.glyphs, 40)
        title = Content(f"{entity} {difference.odoo_id}{what}")
        self.show_dialog(DetailDialog(title, lambda width: format_difference(difference, width, state.glyphs)))

    def draw(self) -> None:
        """Draw the note below."""
        for note in self.query("#note").results(Static):
            note.update(self._format_note() if self.problem is None else self.format_problem())

    def _format_note(self) -> Content:
        raise NotImplementedError


class VersionsScreen(_ChangeLogScreen):
    """Logged versions of one document, the newest first; Enter shows what one changed, Space marks two to compare."""

    SCREEN_NAME = VERSIONS
    AUTO_FOCUS: ClassVar[str | None] = "#versions"

    def __init__(self, context: ScreenContext, queries: DashboardChangeQueries, entity_id: str, odoo_id: int) -> None:
        super().__init__(context)
        self._queries = queries
        self._entity_id = entity_id
        self._odoo_id = odoo_id
        self._history: DocumentHistory | None = None
        self._marked: list[int] = []

    @property
    def commands(self) -> Mapping[str, Callable[[], object]]:
        """The commands of every screen, and the comparison."""
        return {**super().commands, "versions.compare": self._compare}

    @property
    def chosen_entity_id(self) -> str | None:
        """The entity of the document."""
        return self._entity_id

    def make_subject(self) -> Subject:
        """Name the document."""
        return replace(super().make_subject(), record_id=self._odoo_id)

    def refine_context(self, app_context: CommandContext) -> CommandContext:
        """Enable the comparison when two versions are marked."""
        return replace(super().refine_context(app_context), has_marked=len(self._marked) == COMPARED)

    def compose_content(self) -> Iterable[Widget]:
        """Compose the versions, and a note on them."""
        entity = render.safe_text(format_entity(self.state, self._entity_id), self.state.glyphs, 40)
        yield Panel(f"Versions of {entity} {self._odoo_id}", VersionList(id="versions"))
        yield Static(id="note", classes="note", markup=False)

    def read(self) -> None:
        """Read all versions."""
        read = partial(self._queries.get_history, self._entity_id, self._odoo_id)
        self.read_in_thread("versions", read, self._show_history)

    def _show_history(self, history: DocumentHistory) -> None:
        self._history, self.problem = history, None
        self.draw()

    @property
    def _rows(self) -> Sequence[DocumentVersion]:
        return self._history.versions[::-1] if self._history else ()

    @on(VersionList.MarkRequested)
    def _toggle_mark(self, message: VersionList.MarkRequested) -> None:
        message.stop()
        number = message.number
        others = [each for each in self._marked if each != number]
        self._marked = others if number in self._marked else [*others, number][-COMPARED:]
        self.draw()
        self.update_commands()

    def _compare(self) -> None:
        older, newer = sorted(self._marked)
        changes = [each.change for each in self._rows[::-1] if older < each.change.number <= newer]
        difference = compare_versions(changes)
        self._show_difference(difference, f", two versions {'compared' if difference.fields else 'that are equal'}")

    @on(LineList.Chosen, "#versions")
    def _open_version(self, message: LineList.Chosen) -> None:
        message.stop()
        for row in (each for each in self._rows if str(each.change.number) == message.key):
            self._show_difference(to_difference(row.change))

    def draw(self) -> None:
        """Draw the versions that were read."""
        for versions in self.query(VersionList):
            versions.marked = tuple(self._marked)
            versions.update_rows(self.state, self._rows)
        super().draw()

    def _format_note(self) -> Content:
        state, history = self.state, self._history
        if history is None:
            return Content(f"reading {state.glyphs.ellipsis}")
        if len(self._marked) == COMPARED:
            return Content(f"2 marked; {get_key_display(state, 'versions.compare')} compares them")
        since = history.complete_since
        logged = f"all since {render.format_full_time(state.now, since)}" if since else "others may be missing"
        total = render.format_total(len(history.versions), "logged version", state.glyphs)
        return Content(f"{total}, {logged}; Space marks two to compare")


class ChangesScreen(_ChangeLogScreen):
    """What one run changed, in its order; Enter shows old and new values."""

    SCREEN_NAME = CHANGES
    AUTO_FOCUS: ClassVar[str | None] = "#changes"

    def __init__(self, context: ScreenContext, queries: DashboardChangeQueries, run_id: str) -> None:
        super().__init__(context)
        self._queries = queries
        self._run_id = run_id
        self._rows: list[LoggedChange] = []
        self._has_more = True

    def compose_content(self) -> Iterable[Widget]:
        """Compose the changes, and a note on them."""
        run = render.safe_text(self._run_id, self.state.glyphs, 40)
        yield Panel(f"Changes of run {run}", ChangeList(id="changes"))
        yield Static(id="note", classes="note", markup=False)

    def read(self) -> None:
        """Read what there is besides the changes that were read."""
        after = self._rows[-1].number if self._rows else 0
        read = partial(self._queries.list_run_page, self._run_id, CHANGES_PER_PAGE, after)
        self.read_in_thread("changes", read, partial(self._show_page, after))

    @on(PagedList.NextPageRequested, "#changes")
    def _read_next_page(self, message: PagedList.NextPageRequested) -> None:
        if message.source.is_near_end and self._has_more:
            self.read()

    def _show_page(self, after: int, page: Sequence[LoggedChange]) -> None:
        if after == (self._rows[-1].number if self._rows else 0):
            self._rows += page
        self._has_more, self.problem = len(page) == CHANGES_PER_PAGE, None
        self.draw()

    @on(LineList.Chosen, "#changes")
    def _open_change(self, message: LineList.Chosen) -> None:
        message.stop()
        for row in (each for each in self._rows if str(each.number) == message.key):
            self._show_difference(to_difference(row))

    def draw(self) -> None:
        """Draw the changes that were read."""
        for changes in self.query(ChangeList):
            changes.update_rows(self.state, self._rows)
        super().draw()

    def _format_note(self) -> Content:
        glyphs = self.state.glyphs
        if not self._rows:
            return Content(f"reading {glyphs.ellipsis}" if self._has_more else "nothing was logged of this run")
        found = render.format_total(len(self._rows), "change", glyphs)
        return Content(f"{found} by now, more below" if self._has_more else found)
