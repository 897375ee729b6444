"""The manual in the dashboard: an operator over SSH has no browser."""

from __future__ import annotations

from textual.widgets import Markdown

from odoo_sync_tui.core.errors import StoreUnavailable
from odoo_sync_tui.runtime.paths import doc_pages
from tests.support.fake_backend.backend import FakeBackend
from tests.support.fake_backend.options import Ui
from tests.tui.support.screen import RunApp, Screen


async def open_manual(screen: Screen) -> None:
    await screen.press("M")
    await screen.shows(f"{len(doc_pages())} pages", "● index", "what it holds")


async def test_the_manual_opens_with_its_list_of_pages(run_app: RunApp) -> None:
    async with run_app(size=(80, 24)) as screen:
        await open_manual(screen)
        await screen.press("escape")
        await screen.shows("Health", "Entities")


async def test_n_and_p_turn_the_pages_around_both_ends(run_app: RunApp) -> None:
    async with run_app() as screen:
        await open_manual(screen)
        await screen.press("p")
        await screen.shows("● speed")
        await screen.press("n")
        await screen.shows("● index")
        await screen.press("n")
        await screen.shows("● alerts", "Alerts")


async def test_enter_in_the_list_opens_a_page_and_the_arrows_scroll_it(run_app: RunApp) -> None:
    async with run_app(size=(80, 24)) as screen:
        await open_manual(screen)
        await screen.press("shift+tab", *["down"] * 4, "enter")
        await screen.shows("● commands", "odoo-sync-tui")
        top = screen.text
        await screen.press("pagedown")
        await screen.until(lambda: screen.text != top, "the page scrolls")


async def test_a_link_leads_to_its_page_and_an_address_is_only_shown(run_app: RunApp) -> None:
    async with run_app() as screen:
        await open_manual(screen)
        markdown = screen.app.screen.query_one(Markdown)
        markdown.post_message(Markdown.LinkClicked(markdown, "data.md#collections"))
        await screen.shows("● data")
        markdown.post_message(Markdown.LinkClicked(markdown, "https://odoo.example/[bold]"))
        await screen.until(lambda: "Not in the manual: https://odoo.example/[bold]" in screen.toasts(), "the address")
        await screen.shows("● data")


async def test_a_terminal_without_unicode_gets_the_page_as_it_is_written(run_app: RunApp) -> None:
    async with run_app(ui=Ui(ascii=True), size=(80, 24)) as screen:
        await screen.press("M")
        await screen.shows("* index", "# odoo-sync-tui: the manual", "| page |")
        assert screen.text.isascii()


async def test_the_manual_can_be_read_while_the_store_cannot_be_opened(run_app: RunApp) -> None:
    def refuse() -> FakeBackend:
        raise StoreUnavailable("MongoDB does not answer.")

    async with run_app(connect=refuse, ready=False) as screen:
        await screen.shows("MongoDB cannot be opened")
        await open_manual(screen)
