"""One entity: its figures, its quarantine, its documents, the search, and what text from outside does there."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from textual.widgets import Input

from odoo_sync_tui.core.cursor import ColumnVerdict
from odoo_sync_tui.core.reports.details import DocumentPage, QuarantinePage, StoredDocument
from odoo_sync_tui.tui.format.document import format_document, format_quarantine_entry
from odoo_sync_tui.tui.format.layout import layout_entries
from odoo_sync_tui.tui.model.glyphs import ASCII, UNICODE
from odoo_sync_tui.tui.model.state import DashboardState
from odoo_sync_tui.tui.widgets.document_list import DocumentList, QuarantineList
from odoo_sync_tui.tui.widgets.entity_facts import EntityFacts
from tests.support.fake_backend.detail_queries import ROWS, SHARED, FakeDetailQueries, documents, entity_report
from tests.support.fake_backend.options import Ui
from tests.support.fake_backend.values import ANNA, NOW
from tests.support.hostile_text import HOSTILE, HOSTILE_ON_FURTHER_SCREENS, harmless
from tests.support.slow import slow
from tests.tui.support.entity_driver import LEADS, behind, open_entity
from tests.tui.support.screen import RunApp
from tests.tui.support.sizes import SMALL, TINY, USUAL, name_of


class TestOpening:
    async def test_enter_opens_the_entity_under_the_cursor(self, run_app: RunApp) -> None:
        async with run_app() as screen:
            await screen.press("shift+tab")
            screen.app.screen.query_one("#entities").focus()
            await screen.press("down", "down", "down", "enter")
            await screen.shows("Opportunities", "crm.lead where")
            assert ("entity", LEADS) in screen.backend.detail_queries.asked
            await screen.press("escape")
            await screen.until(lambda: len(screen.app.screen_stack) == 1, "the dashboard is back")

    async def test_the_key_of_entities_opens_one_without_moving_there(self, run_app: RunApp) -> None:
        async with run_app() as screen:
            await screen.press("E")
            await screen.until(
                lambda: ("entity", "departments") in screen.backend.detail_queries.asked, "it is asked for"
            )

    async def test_the_palette_names_every_entity(self, run_app: RunApp) -> None:
        async with run_app() as screen:
            await screen.press("ctrl+p", *"open invo")
            await screen.shows("Open invoices")
            await screen.press("enter")
            await screen.until(
                lambda: ("entity", "data_lake:invoices") in screen.backend.detail_queries.asked, "it is asked for"
            )

    async def test_next_and_previous_go_round(self, run_app: RunApp) -> None:
        async with run_app() as screen:
            await open_entity(screen, "departments")
            await screen.press("p")
            await screen.shows("Lake users")
            await screen.press("n")
            await screen.shows("Departments")
            await screen.press("n")
            await screen.shows("┌─ Users" if "┌" in screen.text else "╭─ Users")
            assert len(screen.app.screen_stack) == 2

    async def test_nothing_of_the_dashboard_can_be_started_here(self, run_app: RunApp) -> None:
        async with run_app() as screen:
            await open_entity(screen)
            await screen.press("d", "u", "l", "f", "o", "c", "w", "A", "R", "E", "v")
            await screen.settled()
            assert screen.backend.synced == []
            assert len(screen.app.screen_stack) == 2


class TestFigures:
    async def test_the_last_runs_with_a_word_for_what_is_far_from_usual(self, run_app: RunApp) -> None:
        async with run_app() as screen:
            await screen.press("down", "down", "E")
            await screen.shows("last 6.1 s, slow  0.4 s usual", "last 73 891  73 891 usual", "last 179  90 usual")

    async def test_both_sides_states_cursor_and_where_it_comes_from(self, run_app: RunApp) -> None:
        async with run_app() as screen:
            await open_entity(screen)
            for told in (
                "1 000 000 rows, counted 3 min ago",
                "998 761 active, 1 239 inactive (38 deleted, 1 200 archived, 1 for no reason of ours)",
                "3 min ago, 83 documents changed",
                "2026-11-23 12:27:08 UTC, by run run-1",
                "crm.lead where type = opportunity",
                "data_lake_serving where entity_type = opportunity",
            ):
                assert told in screen.text, told

    @pytest.mark.parametrize("size", [SMALL, *slow([(USUAL,)])], ids=name_of)
    async def test_fields_that_are_read_by_rows_for_a_reason_are_named(
        self, run_app: RunApp, size: tuple[int, int]
    ) -> None:
        shown = entity_report()
        assert shown.cursor is not None
        verdict = ColumnVerdict("basis", ("name",), ("contact_name", "phone"))
        shown = replace(shown, cursor=replace(shown.cursor, columns=verdict))
        async with run_app(behind(FakeDetailQueries(entity_shown=shown)), size=size) as screen:
            await open_entity(screen)
            await screen.shows("read by rows contact_name, phone (Odoo answers otherwise by columns)")

    async def test_clock_and_ages_go_on(self, run_app: RunApp) -> None:
        time = [NOW]
        async with run_app(clock=lambda: time[0]) as screen:
            await open_entity(screen)
            time[0] = NOW + timedelta(hours=2)
            await screen.shows("14:31", "counted 2 h ago")

    async def test_an_entity_that_was_never_synced(self, run_app: RunApp) -> None:
        shown = replace(entity_report(rows=()), inactive_by_reason=None, cursor=None)
        shown = replace(shown, counts=replace(shown.counts, odoo=None, odoo_at=None, changed=None, synced_at=None))
        async with run_app(behind(FakeDetailQueries(entity_shown=shown, documents_shown=()))) as screen:
            await open_entity(screen)
            await screen.shows(
                "– never counted",
                "too many to tell why",
                "nothing yet: the next run reads every row",
                "no documents",
            )
            assert "Quarantine" not in screen.text


class TestQuarantine:
    async def test_a_row_opens_with_its_reason_in_full(self, run_app: RunApp) -> None:
        async with run_app(size=SMALL) as screen:
            await open_entity(screen)
            assert "4712" in screen.text
            screen.app.screen.query_one("#quarantine").focus()
            await screen.press("down", "enter")
            await screen.shows(
                "Row in quarantine", "surrogate pair, which is no character", "since", "Nothing is known of its values."
            )

    async def test_more_rows_come_when_they_are_wanted(self, run_app: RunApp) -> None:
        report = replace(entity_report(), quarantine=QuarantinePage(ROWS, has_more=True))
        async with run_app(behind(FakeDetailQueries(entity_shown=report))) as screen:
            await open_entity(screen)
            await screen.shows("4713", "4715")
            assert ("quarantine", LEADS, 4712) in screen.backend.detail_queries.asked


class TestSharedValues:
    @pytest.mark.parametrize("size", [SMALL, *slow([(USUAL,)])], ids=name_of)
    async def test_an_address_of_several_documents_is_listed_and_opens(
        self, run_app: RunApp, size: tuple[int, int]
    ) -> None:
        report = replace(entity_report(), match_field="email", shared_values=SHARED)
        async with run_app(behind(FakeDetailQueries(entity_shown=report)), size=size) as screen:
            await open_entity(screen)
            await screen.shows("email of several documents", "info@acme.example")
            screen.app.screen.query_one("#shared").focus()
            await screen.press("enter")
            await screen.shows(
                "7f3a, not linked Info desk", "Odoo id 5 Ada", "Odoo id 9, inactive", "and 20 more", "nobody was linked"
            )

    async def test_without_any_the_list_is_not_there(self, run_app: RunApp) -> None:
        async with run_app() as screen:
            await open_entity(screen)
            assert "of several documents" not in screen.text

    async def test_a_search_that_took_too_long_is_told(self, run_app: RunApp) -> None:
        report = replace(entity_report(), match_field="email", shared_values=None)
        async with run_app(behind(FakeDetailQueries(entity_shown=report)), size=USUAL) as screen:
            await open_entity(screen)
            await screen.shows("too many documents to tell which of them share their email")


def test_a_value_is_told_as_it_is_stored() -> None:
    fields = {
        "money": Decimal("0.10"), "much": Decimal("1E+3"), "none": None, "yes": True, "id": 1234567,
        "when": datetime(2026, 11, 22, 23, 0, tzinfo=UTC), "deep": {"a": {"b": {"c": {"d": {"e": {"f": {"g": 1}}}}}}},
        "list": ["x", {"y": 2}], "odd": Decimal("NaN"),
    }  # fmt: skip
    told = layout_entries(format_document(StoredDocument(1, fields), NOW, UNICODE), 20, 80).plain
    for line in ("money               0.10", "much                1000", "none                –",
                 "yes                 yes",
                 "id                  1234567", "when                2026-11-22 23:00:00 UTC", "  1.                x",
                 "    y               2", "odd                 NaN"):  # fmt: skip
        assert line in told, told


def test_a_document_that_never_ends_is_cut_and_says_so() -> None:
    entries = format_document(StoredDocument(1, {str(n): n for n in range(5000)}), NOW, UNICODE)
    assert len(entries) == 1001
    assert entries[-1].text.plain == "… and more"


@pytest.mark.parametrize("size", [SMALL, *slow([(USUAL,)])], ids=name_of)
@pytest.mark.parametrize("scene", ["entity", "entity_search", "entity_document", "entity_ascii"])
async def test_scene(scene: str, size: tuple[int, int], run_app: RunApp) -> None:
    ui = Ui(environment="PROD", ascii=scene == "entity_ascii")
    async with run_app(ui=ui, size=size) as screen:
        await open_entity(screen)
        await screen.until(lambda: "all 12 documents" in screen.text, "the documents are read")
        if scene == "entity_search":
            await screen.press("slash", *"nord")
        if scene == "entity_document":
            await screen.press("enter")
            await screen.shows("Esc closes")
        await screen.matches(f"{scene}-{name_of(size)}")
        assert all(len(line) <= size[0] for line in screen.text.splitlines())


async def test_scene_on_a_very_small_terminal(run_app: RunApp) -> None:
    async with run_app(ui=Ui(environment="PROD"), size=TINY) as screen:
        screen.app.navigator.open_entity(LEADS)
        await screen.until(lambda: len(screen.app.screen_stack) == 2, "it is open")
        await screen.matches("entity-60x15")


async def test_without_colour_an_entity_says_the_same(monkeypatch: pytest.MonkeyPatch, run_app: RunApp) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with run_app(ui=Ui(environment="PROD"), size=SMALL) as screen:
        await open_entity(screen)
        await screen.until(lambda: "all 12 documents" in screen.text, "the documents are read")
        await screen.matches("entity-80x24")


def hostile_inspector(text: str) -> FakeDetailQueries:
    rows = tuple(replace(row, reason=text, run_id=text) for row in ROWS)
    report = entity_report(rows=rows)
    cursor = replace(report.cursor, run_id=text)
    report = replace(report, model=text, collection=text, domain=(text,), discriminator={text: text}, cursor=cursor,
                     inactive_by_reason={text: 1})  # fmt: skip
    lines = tuple(replace(line, name=text, reason=text, active=False) for line in documents())
    fields = {text: text, "data": {text: [text, {text: text}]}, "deep": {"a": {"b": {"c": {"d": {"e": {text: text}}}}}}}
    return FakeDetailQueries(
        entity_shown=report, documents_shown=lines, found=DocumentPage(lines, 1, 5),
        document_shown=StoredDocument(1, fields),
    )  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE_ON_FURTHER_SCREENS, ids=lambda text: ascii(text[:12]))
async def test_text_from_outside_is_shown_not_obeyed(text: str, run_app: RunApp) -> None:
    async with run_app(behind(hostile_inspector(text)), Ui(environment="[/x]"), size=SMALL) as screen:
        await open_entity(screen)
        assert harmless(screen.text)
        for offset in (3, 40):
            await screen.pilot.click("#quarantine", offset=(offset, 2))
        await screen.until(lambda: len(screen.app.screen_stack) == 3, "a row is open")
        assert harmless(await screen.settled())
        await screen.press("escape")
        await screen.until(lambda: len(screen.app.screen_stack) == 2, "the row is closed")
        screen.app.screen.query_one("#documents").focus()
        await screen.press("enter")
        await screen.until(lambda: len(screen.app.screen_stack) == 3, "a document is open")
        assert harmless(await screen.settled())
        await screen.press("escape", "slash")
        await screen.until(lambda: isinstance(screen.app.focused, Input), "the field is there")
        screen.app.focused.value = text
        await screen.press("enter")
        await screen.until(lambda: "found for" in screen.text or not text, "it has searched")
        assert harmless(await screen.settled())
        assert screen.app.is_running


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text[:12]))
@pytest.mark.parametrize("glyphs", [UNICODE, ASCII], ids=["unicode", "ascii"])
def test_no_line_is_wider_than_its_room(text: str, glyphs) -> None:
    inspector, state = hostile_inspector(text), DashboardState(NOW, ANNA, glyphs)
    facts, lines, rows = EntityFacts(), DocumentList(), QuarantineList()
    facts.report = inspector.entity_shown
    lines.rows, rows.rows = inspector.documents_shown, inspector.entity_shown.quarantine.rows
    for width in (40, 76, 118):
        for drawn in (
            facts.build_lines(state, width, 7),
            lines.build_lines(state, width, 9),
            rows.build_lines(state, width, 9),
        ):
            assert all(line.content.cell_length <= width and harmless(line.content.plain) for line in drawn)
            assert glyphs.is_unicode or all(line.content.plain.isascii() for line in drawn)
    for entries in (
        format_document(inspector.document_shown, NOW, glyphs),
        format_quarantine_entry(ROWS[0], NOW, glyphs),
    ):
        assert harmless(layout_entries(entries, 24, 60).plain)
