"""Screen of the manual: its pages, and links between them, for operators who have a terminal and no browser."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Markdown, Static

from odoo_sync_tui.tui.commands.command import MANUAL
from odoo_sync_tui.tui.format import render
from odoo_sync_tui.tui.model.state import DashboardState
from odoo_sync_tui.tui.screens.base import PageContext, PageScreen
from odoo_sync_tui.tui.widgets.chrome.panel import Panel
from odoo_sync_tui.tui.widgets.lines import Line, LineList

INDEX = "index"
"""The page that lists the others."""


class PageList(LineList):
    """The names of the pages, the one shown marked by its sign."""

    pages: Sequence[str] = ()
    shown = INDEX

    def build_header(self, state: DashboardState, width: int) -> Content:
        """Build the line above the pages: how many there are."""
        return render.fit(f"{len(self.pages)} pages", width, state.glyphs).stylize(render.MUTED)

    def build_rows(self, state: DashboardState, width: int, height: int) -> Sequence[Line]:
        """Build one line per page."""
        del height
        selected, other = state.glyphs.selection_marks
        signs = {page: selected if page == self.shown else other for page in self.pages}
        return [Line(render.fit(f"{sign} {page}", width, state.glyphs), page) for page, sign in signs.items()]


class PageText(VerticalScroll, can_focus=True):
    """One page to read."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("k", "scroll_up", show=False),
        Binding("j", "scroll_down", show=False),
    ]


class ManualScreen(PageScreen):
    """Shows the pages that are shipped with the program. Markdown is drawn where the terminal has Unicode."""

    SCREEN_NAME = MANUAL
    AUTO_FOCUS: ClassVar[str | None] = "#page-text"

    def __init__(self, context: PageContext, pages: Mapping[str, Path]) -> None:
        super().__init__(context)
        self._pages = {page: pages[page] for page in sorted(pages, key=lambda page: (page != INDEX, page))}
        self.page = INDEX

    @property
    def commands(self) -> Mapping[str, Callable[[], object]]:
        """The commands that this screen runs itself."""
        turns = {"manual.next": partial(self.show_neighbour, 1), "manual.previous": partial(self.show_neighbour, -1)}
        return {**super().commands, **turns}

    def compose_content(self) -> Iterable[Widget]:
        """Compose the list of pages beside the page."""
        pages = PageList(id="pages")
        pages.pages = tuple(self._pages)
        draws_markdown = self.state.glyphs.is_unicode
        text = Markdown(id="markdown", open_links=False) if draws_markdown else Static(id="plain", markup=False)
        with Horizontal(id="manual"):
            yield Panel("Pages", pages)
            yield PageText(text, id="page-text")

    def read(self) -> None:
        """Read the page again."""
        self.show_page(self.page)

    def draw(self) -> None:
        """Mark the page in the list."""
        for pages in self.query(PageList):
            pages.shown = self.page
            pages.update(self.state)

    def show_page(self, page: str, anchor: str = "") -> None:
        """Show a page from its top, or from the heading that the anchor names."""
        self.page = page
        text = self._pages[page].read_text(encoding="utf-8")
        text = re.sub(r"^<!--.*?-->\n", "", text, flags=re.MULTILINE | re.DOTALL)
        self.draw()
        self.query_one(PageText).scroll_home(animate=False)
        for plain in self.query("#plain").results(Static):
            plain.update(Content(text.encode("ascii", "replace").decode("ascii")))
        for markdown in self.query(Markdown):
            self.run_worker(self._show_markdown(markdown, text, anchor), exclusive=True, group="page")

    async def _show_markdown(self, markdown: Markdown, text: str, anchor: str) -> None:
        await markdown.update(text)
        if anchor:
            markdown.goto_anchor(anchor)

    def show_neighbour(self, step: int) -> None:
        """Show the page so many places further in the list, around its ends."""
        names = list(self._pages)
        self.show_page(names[(names.index(self.page) + step) % len(names)])

    @on(LineList.Chosen, "#pages")
    def _page_chosen(self, message: LineList.Chosen) -> None:
        self.show_page(message.key)
        self.query_one(PageText).focus()

    @on(Markdown.LinkClicked)
    def _link_clicked(self, message: Markdown.LinkClicked) -> None:
        """Follow a link between pages; show the address of any other, because a browser is not at hand."""
        message.stop()
        file, _, anchor = message.href.partition("#")
        page = file.removesuffix(".md") or self.page
        if page in self._pages:
            self.show_page(page, anchor)
        else:
            self.notify(f"Not in the manual: {message.href}", markup=False)
