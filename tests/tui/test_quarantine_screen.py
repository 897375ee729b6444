"""The quarantine: its rows by what is wrong, one beside its values, tried again, dismissed, taken back, exported."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from odoo_sync_tui.core.reports.details import Dismissal
from odoo_sync_tui.tui.widgets.quarantine import QuarantineTable
from tests.support.fake_backend.backend import FakeBackend
from tests.support.fake_backend.detail_queries import QUARANTINED, FakeDetailQueries
from tests.support.fake_backend.options import Ui
from tests.support.fake_backend.values import NOW
from tests.support.hostile_text import HOSTILE, harmless
from tests.support.slow import slow
from tests.tui.support.entity_driver import LEADS, behind, open_entity
from tests.tui.support.screen import RunApp, Screen
from tests.tui.support.sizes import SMALL, USUAL, name_of


async def open_quarantine(screen: Screen) -> None:
    await screen.press("Q")
    await screen.shows("4 rows", "1 dismissed")


def chosen(screen: Screen) -> int | None:
    row = screen.app.screen.query_one(QuarantineTable).chosen
    return row and row.odoo_id


@pytest.mark.parametrize("size", [SMALL, *slow([(USUAL,)]), (200, 60)], ids=name_of)
async def test_the_row_under_the_cursor_stands_beside_what_is_wrong_with_it(
    run_app: RunApp, size: tuple[int, int]
) -> None:
    async with run_app(size=size) as screen:
        await open_quarantine(screen)
        await screen.shows("opportunities 4711", "Odoo cannot answer the row", "Nothing is known of its values.")
        await screen.press("down")
        await screen.shows(
            "opportunities 4712", "a value is not what its field allows", "Correct it in Odoo.", '"many"'
        )
        await screen.press("end")
        await screen.shows("accounts 90", "by bert", "a company of the")
        await screen.press("escape")
        await screen.until(lambda: len(screen.app.screen_stack) == 1, "the dashboard is back")


async def test_of_an_entity_that_is_open_its_rows_alone_are_shown(run_app: RunApp) -> None:
    async with run_app() as screen:
        await open_entity(screen)
        await screen.press("Q")
        await screen.shows("2 rows", "opportunities 4711")
        assert "accounts" not in screen.text


async def test_marked_rows_alone_are_synced_again_and_the_list_is_read_when_the_run_has_ended(run_app: RunApp) -> None:
    async with run_app() as screen:
        await open_quarantine(screen)
        await screen.press("space", "space", "s")
        await screen.until(lambda: bool(screen.backend.synced), "a run has begun")
        ((_, user, scope),) = screen.backend.synced
        assert (user, scope.entities, scope.requested_ids) == ("anna", ("opportunities",), (4711, 4712))
        screen.backend.detail_queries.quarantined = QUARANTINED[1:]
        screen.backend.let_go.set()
        await screen.shows("3 rows")


async def test_a_row_is_dismissed_with_a_reason_and_taken_back(run_app: RunApp) -> None:
    async with run_app() as screen:
        await open_quarantine(screen)
        await screen.press("d")
        await screen.shows("Dismiss rows from the quarantine", "opportunities 4711")
        await screen.press("enter")
        await screen.settled()
        assert screen.backend.dismissed == [], "a reason has to be given"
        await screen.press(*"gone", "enter")
        await screen.shows("1 row dismissed", "2 dismissed")
        assert screen.backend.dismissed == [("anna", LEADS, (4711,), "gone")]
        await screen.press("home", *["down"] * 2)
        assert chosen(screen) == 4711
        await screen.press("d")
        await screen.shows("1 row back in the quarantine")
        assert screen.backend.dismissed[-1] == ("anna", LEADS, (4711,), None)


async def test_escape_leaves_a_row_where_it_is(run_app: RunApp) -> None:
    async with run_app() as screen:
        await open_quarantine(screen)
        await screen.press("d", *"gone", "escape")
        await screen.shows("4 rows")
        assert screen.backend.dismissed == []


async def test_all_rows_are_exported_with_their_values(
    run_app: RunApp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    async with run_app() as screen:
        await open_quarantine(screen)
        await screen.press("x")
        await screen.shows("written to")
        (path,) = tmp_path.rglob("quarantine-*.jsonl")
        rows = [json.loads(line) for line in path.read_text().splitlines()]
        assert sorted(row["odoo_id"] for row in rows) == [88, 90, 4711, 4712]
        assert next(row for row in rows if row["odoo_id"] == 4712)["row"]["probability"] == "many"


async def test_a_read_only_dashboard_shows_rows_and_changes_none(run_app: RunApp) -> None:
    async with run_app(ui=Ui(read_only=True)) as screen:
        await open_quarantine(screen)
        for key in ("s", "d"):
            await screen.press(key)
            await screen.shows("This dashboard is read-only")
        assert (screen.backend.synced, screen.backend.dismissed) == ([], [])


HARDEST = ("[@click=app.quit]x[/]", "\x1b]52;c;ZXZpbA==\x07", "\ud800", "a\r\nb\tc\x00", "x" * 10_000)
"""One text of each kind."""


@pytest.mark.parametrize("text", [*HARDEST, *slow(text for text in HOSTILE if text not in HARDEST)])
async def test_no_text_of_a_row_reaches_the_terminal_as_it_is(run_app: RunApp, text: str) -> None:
    row = replace(
        QUARANTINED[1], reason=text, run_id=text, row={text: text, "list": [text]}, dismissal=Dismissal(text, NOW, text)
    )
    async with run_app(behind(FakeDetailQueries(quarantined=(row,)))) as screen:
        await screen.press("Q")
        await screen.shows("1 row", "opportunities 4712")
        assert harmless(screen.text)


async def test_an_empty_quarantine_says_so(run_app: RunApp) -> None:
    async with run_app(FakeBackend(detail_queries=FakeDetailQueries(quarantined=()))) as screen:
        await screen.press("Q")
        await screen.shows("no row is in quarantine")
        await screen.press("d")
        await screen.shows("No row is in quarantine.")
