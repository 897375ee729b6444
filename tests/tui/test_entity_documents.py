"""Documents of an entity: read page by page, opened, searched."""

from __future__ import annotations

from dataclasses import replace

import pytest
from textual.widgets import Input

from odoo_sync_tui.core.errors import StoreUnavailable
from odoo_sync_tui.core.reports.details import DocumentPage, DocumentSummary, StoredDocument
from odoo_sync_tui.tui.widgets.document_list import DocumentList, QuarantineList
from tests.support.fake_backend.backend import FakeBackend
from tests.support.fake_backend.detail_queries import FakeDetailQueries, documents, entity_report
from tests.support.fake_backend.overview_queries import FakeOverviewQueries
from tests.support.fake_backend.values import overview
from tests.tui.support.entity_driver import LEADS, behind, open_entity
from tests.tui.support.screen import RunApp, Screen
from tests.tui.support.sizes import SMALL


class TestDocuments:
    async def test_enter_opens_one_with_all_its_values_as_they_are(self, run_app: RunApp) -> None:
        async with run_app() as screen:
            await open_entity(screen)
            await screen.press("enter")
            await screen.shows(
                "opportunities 1000000", "1234567.80", "2026-01-02 03:04:05 UTC", "2026-12-24", "42.5", "won"
            )
            assert ("document", LEADS, 1_000_000) in screen.backend.detail_queries.asked
            await screen.press("escape")
            await screen.until(lambda: len(screen.app.screen_stack) == 2, "it is closed")

    async def test_the_screen_says_what_is_masked_and_so_does_a_document(self, run_app: RunApp) -> None:
        masked = {"data.email": "hash", "data.phone": "drop"}
        document = StoredDocument(7, {"data": {"id": 7, "email": f"h:{'0' * 40}", "phone": None}}, masked)
        shown = FakeDetailQueries(entity_shown=replace(entity_report(), masked=masked), document_shown=document)
        async with run_app(behind(shown)) as screen:
            await open_entity(screen)
            await screen.shows("masked       email (hash), phone (drop)")
            await screen.press("enter")
            await screen.shows(f"h:{'0' * 40} (masked: hash)", "(masked: drop)")

    async def test_pages_come_as_the_cursor_goes_down(self, run_app: RunApp) -> None:
        async with run_app(behind(FakeDetailQueries(documents_shown=documents(number=230))), size=SMALL) as screen:
            await open_entity(screen)
            await screen.shows("the 100 highest Odoo ids, more below")
            await screen.press("end")
            await screen.shows("the 200 highest Odoo ids")
            await screen.press("end")
            await screen.shows("all 230 documents")

    async def test_a_document_that_is_gone_by_now_is_told(self, run_app: RunApp) -> None:
        async with run_app(behind(FakeDetailQueries(document_shown=None))) as screen:
            await open_entity(screen)
            await screen.press("enter")
            await screen.shows("▲ This document is gone.")
            await screen.press("r")
            await screen.until(lambda: "is gone" not in screen.text, "it is read anew")

    async def test_a_failed_reading_is_told(self, run_app: RunApp) -> None:
        async with run_app() as screen:
            await open_entity(screen)
            screen.backend.detail_queries.raises = StoreUnavailable("MongoDB does not answer.", "Look whether it runs.")
            await screen.press("r")
            await screen.shows("▲ MongoDB does not answer. Look whether it runs.", "998 761 active")
            screen.backend.detail_queries.raises = None
            await screen.press("r")
            await screen.shows("all 12 documents")


class TestAddress:
    async def test_a_record_shows_its_address_in_odoo_and_y_copies_it(
        self, run_app: RunApp, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("TERM", "xterm")
        for variable in ("TMUX", "STY"):
            monkeypatch.delenv(variable, raising=False)
        address = "https://odoo.acme.example/odoo/crm.lead/1000000?db=acme"
        async with run_app() as screen:
            await open_entity(screen)
            await screen.press("y")
            await screen.shows("Address in Odoo", f"Sent to the terminal, {len(address)} bytes")
            assert screen.app.clipboard == address
            screen.app.copy_to_clipboard("")
            await screen.press("enter")
            await screen.shows(address, "y copies the address in Odoo")
            await screen.press("y")
            await screen.until(lambda: screen.app.clipboard == address, "it is copied")
            await screen.shows("Sent to the terminal")

    async def test_a_list_that_is_empty_by_now_has_none_to_copy(self, run_app: RunApp) -> None:
        async with run_app() as screen:
            await open_entity(screen)
            for row_list in (DocumentList, QuarantineList):
                screen.app.screen.query_one(row_list).rows = ()
            await screen.press("y")
            await screen.settled()
            assert screen.app.is_running
            assert screen.toasts() == []

    async def test_without_a_known_odoo_there_is_none_to_copy(self, run_app: RunApp) -> None:
        unknown = replace(overview(), integration=replace(overview().integration, url=""))
        async with run_app(FakeBackend(FakeOverviewQueries(unknown))) as screen:
            await open_entity(screen)
            await screen.press("y")
            await screen.shows("There is no record here whose address in Odoo is known.")
            await screen.press("enter")
            await screen.shows("1234567.80", "Esc closes")
            assert "in Odoo" not in screen.text


class TestSearch:
    async def search(self, screen: Screen, text: str) -> None:
        await screen.press("slash")
        await screen.until(lambda: isinstance(screen.app.focused, Input), "the field is there")
        await screen.type(text)
        await screen.press("enter")

    async def test_a_search_finds_and_says_how_much_it_looked_through(self, run_app: RunApp) -> None:
        async with run_app(size=SMALL) as screen:
            await open_entity(screen)
            await self.search(screen, "quit")
            await screen.shows('2 found for "quit", 1 000 000 looked through', "999000")
            assert ("documents", LEADS, "quit", None) in screen.backend.detail_queries.asked
            assert screen.app.focused.id == "documents"
            await screen.press("enter")
            await screen.shows("1234567.80")

    async def test_letters_are_typed_not_obeyed(self, run_app: RunApp) -> None:
        async with run_app() as screen:
            await open_entity(screen)
            await screen.press("slash")
            await screen.until(lambda: isinstance(screen.app.focused, Input), "the field is there")
            await screen.press(*"qncTr/?")
            assert screen.app.focused.value == "qncTr/?"
            assert screen.app.is_running

    async def test_back_leaves_the_search_first_and_then_the_screen(self, run_app: RunApp) -> None:
        async with run_app() as screen:
            await open_entity(screen)
            await self.search(screen, "x")
            await screen.shows('2 found for "x"')
            await screen.press("escape")
            await screen.shows("all 12 documents")
            assert not screen.app.screen.query_one("#search").display
            await screen.press("escape")
            await screen.until(lambda: len(screen.app.screen_stack) == 1, "the dashboard is back")

    async def test_a_search_that_ran_out_of_time_goes_on_when_it_is_told_to_and_only_then(
        self, run_app: RunApp
    ) -> None:
        inspector = FakeDetailQueries(found=DocumentPage(documents(900, 1), 500, 40_000))
        async with run_app(behind(inspector)) as screen:
            await open_entity(screen)
            await self.search(screen, "x")
            await screen.shows('1 found for "x", 40 000 looked through by now; m looks further')
            await screen.settled()
            assert ("documents", LEADS, "x", 500) not in inspector.asked
            await screen.press("m")
            await screen.shows('1 found for "x", 40 005 looked through')
            assert "looks further" not in screen.text

    async def test_a_search_with_many_finds_shows_the_first_page_of_them(self, run_app: RunApp) -> None:
        inspector = FakeDetailQueries(
            found=DocumentPage(documents(900, 100), 801, 100), further=DocumentPage((), None, 7)
        )
        async with run_app(behind(inspector), size=SMALL) as screen:
            await open_entity(screen)
            await self.search(screen, "x")
            await screen.shows('100 found for "x", more below')
            await screen.press("end")
            await screen.shows('100 found for "x", 107 looked through')

    async def test_an_odoo_id_needs_no_looking_through(self, run_app: RunApp) -> None:
        inspector = FakeDetailQueries(found=DocumentPage(documents(42, 1)))
        async with run_app(behind(inspector)) as screen:
            await open_entity(screen)
            await self.search(screen, "42")
            await screen.shows('1 found for "42"')
            assert "looked through" not in screen.text

    async def test_the_answer_to_an_earlier_search_is_for_nobody(self, run_app: RunApp) -> None:
        async with run_app() as screen:
            await open_entity(screen)
            front = screen.app.screen
            front._show_documents(front._request - 1, DocumentPage((DocumentSummary(666, "late", True),)))
            await screen.settled()
            assert "666" not in screen.text
