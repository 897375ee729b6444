"""Runs in full: the list of them, one of them, live and ended, and what text from outside does there."""

from __future__ import annotations

from dataclasses import replace

import pytest

from odoo_sync_tui.core.actions import Action, Outcome
from odoo_sync_tui.core.errors import StoreUnavailable
from odoo_sync_tui.core.reports.details import QuarantinePage, RunReport
from odoo_sync_tui.core.result import SyncResult
from odoo_sync_tui.core.run import Operator
from odoo_sync_tui.core.scope import Scope, Selection
from odoo_sync_tui.tui.format.run import format_run
from odoo_sync_tui.tui.model.glyphs import ASCII, UNICODE
from odoo_sync_tui.tui.model.state import DashboardState
from odoo_sync_tui.tui.screens import runs as runs_module
from odoo_sync_tui.tui.widgets.run_list import RunList
from tests.support.fake_backend.backend import FakeBackend
from tests.support.fake_backend.detail_queries import (
    ROWS,
    FakeDetailQueries,
    cut_off_run,
    ended_run,
    report_of,
    with_cursors,
)
from tests.support.fake_backend.options import Ui
from tests.support.fake_backend.overview_queries import FakeOverviewQueries
from tests.support.fake_backend.values import ANNA, BOB, NOW, ago, busy_overview, progress, record, result
from tests.support.hostile_text import HOSTILE, HOSTILE_ON_FURTHER_SCREENS, harmless
from tests.support.slow import slow
from tests.tui.support.screen import RunApp
from tests.tui.support.sizes import SMALL, TINY, USUAL, name_of

PROD = Ui(environment="PROD", refresh_seconds=0.05)


def behind(inspector: FakeDetailQueries, monitor: FakeOverviewQueries | None = None) -> FakeBackend:
    return FakeBackend(monitor or FakeOverviewQueries(), detail_queries=inspector)


def live_report(**changes: object) -> RunReport:
    return RunReport(replace(record(BOB), **changes))


class TestTheListOfRuns:
    async def test_the_list_of_runs_opens_and_goes_back(self, run_app: RunApp) -> None:
        async with run_app() as screen:
            await screen.press("R")
            await screen.shows("Runs", "all 2 runs", "◐ partial", "▲ interrupted", "bob")
            await screen.press("escape")
            await screen.until(lambda: len(screen.app.screen_stack) == 1, "the dashboard is back")

    async def test_the_last_runs_of_the_sync_under_the_cursor_stand_above_with_a_word_for_what_is_far_from_usual(
        self, run_app: RunApp
    ) -> None:
        lake, users = record(BOB, run_id="run-1"), replace(record(BOB, run_id="run-2"), action=str(Action.USERS))
        async with run_app(behind(FakeDetailQueries(runs_shown=(lake, users)))) as screen:
            await screen.press("R")
            await screen.shows("Last 30 runs: Data lake", "last 41.2 s, slow (2)", "last 980, many (4)", "60 000 usual")
            await screen.press("down")
            await screen.shows("Last 30 runs: Users", "last 0.4 s  1 slow  0.3 s usual")

    async def test_enter_opens_the_run_under_the_cursor_and_back_leads_to_the_list(self, run_app: RunApp) -> None:
        async with run_app() as screen:
            await screen.press("R")
            await screen.shows("all 2 runs")
            await screen.press("down", "enter")
            await screen.until(lambda: ("run", "run-2") in screen.backend.detail_queries.asked, "the run is asked for")
            await screen.shows("Timeline")
            await screen.press("escape")
            await screen.shows("all 2 runs")

    async def test_older_runs_come_when_the_cursor_nears_the_end(self, run_app: RunApp) -> None:
        many = tuple(replace(ended_run(f"r{n}"), started_at=ago(minutes=n)) for n in range(250))
        async with run_app(behind(FakeDetailQueries(runs_shown=many)), size=SMALL) as screen:
            await screen.press("R")
            await screen.shows("the newest 100 runs, older ones below")
            await screen.press("end")
            await screen.shows("the newest 200 runs")
            await screen.press("end")
            await screen.shows("all 250 runs")
            await screen.press("end", "enter")
            await screen.until(lambda: ("run", "r249") in screen.backend.detail_queries.asked, "the oldest is opened")

    async def test_new_runs_appear_on_top_and_what_is_shown_stays(
        self, run_app: RunApp, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(runs_module, "REFRESHED_RUNS", 2)
        inspector = FakeDetailQueries(runs_shown=tuple(ended_run(f"r{n}") for n in range(5)))
        async with run_app(behind(inspector), PROD) as screen:
            await screen.press("R")
            await screen.shows("all 5 runs")
            inspector.runs_shown = (
                replace(ended_run("new"), operator=Operator("newcomer", "h", 1)),
                *inspector.runs_shown,
            )
            await screen.shows("newcomer", "all 6 runs")

    async def test_a_gap_that_grew_while_nobody_looked_leaves_no_hole(
        self, run_app: RunApp, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(runs_module, "REFRESHED_RUNS", 2)
        inspector = FakeDetailQueries(runs_shown=tuple(ended_run(f"r{n}") for n in range(3)))
        async with run_app(behind(inspector), PROD) as screen:
            await screen.press("R")
            await screen.shows("all 3 runs")
            inspector.runs_shown = (*(ended_run(f"new{n}") for n in range(9)), *inspector.runs_shown)
            await screen.shows("all 12 runs")

    async def test_nothing_is_read_while_it_is_covered(self, run_app: RunApp) -> None:
        async with run_app(ui=PROD) as screen:
            await screen.press("R")
            await screen.shows("all 2 runs")
            await screen.press("question_mark")
            await screen.shows("Esc closes")
            await screen.until(lambda: not screen.app.tasks._busy, "no reading is under way")
            before = len(screen.backend.detail_queries.asked)
            await screen.settled()
            assert len(screen.backend.detail_queries.asked) == before

    async def test_when_the_store_is_away_what_is_shown_stays_and_is_said_to_be_old(self, run_app: RunApp) -> None:
        async with run_app(ui=PROD) as screen:
            await screen.press("R")
            await screen.shows("all 2 runs")
            screen.backend.detail_queries.raises = StoreUnavailable("MongoDB does not answer.", "Look whether it runs.")
            await screen.shows("▲ MongoDB does not answer. Look whether it runs.", "◐ partial")
            screen.backend.detail_queries.raises = None
            await screen.shows("all 2 runs")

    async def test_a_list_without_any_run_says_so(self, run_app: RunApp) -> None:
        async with run_app(behind(FakeDetailQueries(runs_shown=()))) as screen:
            await screen.press("R")
            await screen.shows("There was no run yet.")


class TestARun:
    async def test_everything_that_is_known_of_it(self, run_app: RunApp) -> None:
        async with run_app(size=(120, 70)) as screen:
            await screen.press("v")
            await screen.shows("Timeline")
            for told in (
                "full · anna · 12:28:08",
                "ops-1, process 4711, from 10.0.0.7",
                "scope         accounts, opportunities",
                "run run-0, which was cut off",
                "retirement confirmed (of 12)",
                "ended ◐ partial after 1:00",
                "2026-11-23 12:27:08 UTC, before that 2026-11-23 09:31:08 UTC",
                "still 2026-11-23 09:31:08 UTC",
                "opportunities: The Odoo user may not read crm.lead. Give it the right.",
                "1 rows could not be read or stored",
                "opportunities 4711  3 attempts, first 2 d ago",
                "Odoo cannot read this row: ValueError in a computed field of res.partner.",
            ):
                assert told in screen.text, told

    async def test_the_shown_run_is_opened(self, run_app: RunApp) -> None:
        async with run_app(behind(FakeDetailQueries(), FakeOverviewQueries(busy_overview()))) as screen:
            await screen.press("v")
            await screen.until(
                lambda: ("run", "run-2") in screen.backend.detail_queries.asked, "the live run is asked for"
            )

    async def test_a_run_of_this_dashboard_is_opened_once_the_store_knows_it(self, run_app: RunApp) -> None:
        async with run_app() as screen:
            await screen.press("l")
            await screen.shows("19 000 of 50 000")
            await screen.press("v")
            await screen.until(
                lambda: ("run", "run-2") in screen.backend.detail_queries.asked, "the own run is asked for"
            )

    async def test_a_live_run_goes_on_before_the_operators_eyes_and_then_rests(self, run_app: RunApp) -> None:
        inspector = FakeDetailQueries(report=live_report())
        async with run_app(behind(inspector, FakeOverviewQueries(busy_overview())), PROD) as screen:
            await screen.press("v")
            await screen.shows(
                "▶ Data lake  incremental", "19 000 of 50 000", "bob @ etl-2", "last sign of life, just now"
            )
            told = progress(operator=BOB)
            entities = (told.entities[0], replace(told.entities[1], done=31_000), *told.entities[2:])
            inspector.report = live_report(progress=replace(told, entities=entities))
            await screen.shows("31 000 of 50 000")
            inspector.report = report_of(ended_run("run-2", Outcome.SUCCESS))
            await screen.shows("✓ Data lake  full")
            await screen.settled()
            before = len(inspector.asked)
            await screen.settled()
            assert len(inspector.asked) == before

    async def test_a_live_run_can_be_cancelled_from_here(self, run_app: RunApp) -> None:
        inspector = FakeDetailQueries(report=live_report(id="run-1"))
        async with run_app(behind(inspector), PROD) as screen:
            await screen.press("v")
            await screen.shows("▶ Data lake")
            assert "c Cancel" in await screen.footer()
            await screen.press("c")
            await screen.shows("bob on etl-2 started it at")
            await screen.press("enter")
            await screen.until(lambda: screen.backend.overview_queries.cancels == [("run-1", "anna")], "it was asked")
            inspector.report = live_report(id="run-1", cancel_requested_by="anna", cancel_reason="wrong scope")
            await screen.shows("■ Data lake", "anna asked it to stop: wrong scope")
            await screen.until(lambda: "c Cancel" not in screen.text.splitlines()[-1], "not offered any more")

    async def test_an_ended_run_cannot_be_cancelled_even_while_another_one_is_live(self, run_app: RunApp) -> None:
        async with run_app(behind(FakeDetailQueries(), FakeOverviewQueries(busy_overview()))) as screen:
            await screen.press("R")
            await screen.shows("all 2 runs")
            await screen.press("enter")
            await screen.shows("Timeline")
            assert "c Cancel" not in await screen.footer()
            await screen.press("c")
            await screen.settled()
            assert screen.backend.overview_queries.cancels == []

    async def test_nothing_of_the_dashboard_can_be_started_here(self, run_app: RunApp) -> None:
        async with run_app() as screen:
            await screen.press("v")
            await screen.shows("Timeline")
            await screen.press("d", "u", "l", "f", "o", "w", "A", "R", "E")
            await screen.settled()
            assert screen.backend.synced == []
            assert len(screen.app.screen_stack) == 2

    async def test_a_run_that_was_cut_off_tells_how_far_it_came(self, run_app: RunApp) -> None:
        async with run_app(behind(FakeDetailQueries(report=RunReport(cut_off_run()))), size=(120, 50)) as screen:
            await screen.press("v")
            await screen.shows("▲ interrupted", "last sign of life", "stored up to Odoo id 30 000", "as run-9 noticed")

    async def test_a_run_that_is_not_there(self, run_app: RunApp) -> None:
        async with run_app(behind(FakeDetailQueries(report=None))) as screen:
            await screen.press("v")
            await screen.shows("There is no such run in the store.")

    async def test_a_failed_reading_is_told(self, run_app: RunApp) -> None:
        inspector = FakeDetailQueries(raises=StoreUnavailable("MongoDB does not answer.", "Look whether it runs."))
        async with run_app(behind(inspector)) as screen:
            await screen.press("v")
            await screen.shows("▲ MongoDB does not answer. Look whether it runs.")
            inspector.raises = None
            await screen.press("r")
            await screen.shows("Timeline")

    async def test_a_run_scrolls_to_its_end_on_a_small_terminal(self, run_app: RunApp) -> None:
        async with run_app(size=SMALL) as screen:
            await screen.press("v")
            await screen.shows("Timeline")
            assert "ValueError" not in screen.text
            await screen.press("end")
            await screen.shows("Odoo cannot read this row: ValueError")
            await screen.press("home", "j")
            await screen.shows("Timeline")


@pytest.mark.parametrize("size", [SMALL, *slow([(USUAL,)])], ids=name_of)
@pytest.mark.parametrize("scene", ["runs", "run", "run_live", "run_ascii"])
async def test_scene(scene: str, size: tuple[int, int], run_app: RunApp) -> None:
    report = live_report() if scene == "run_live" else report_of(ended_run())
    ui = Ui(environment="PROD", ascii=scene == "run_ascii")
    async with run_app(behind(FakeDetailQueries(report=report)), ui, size=size) as screen:
        await screen.press("R" if scene == "runs" else "v")
        await screen.shows("all 2 runs" if scene == "runs" else "Timeline")
        await screen.matches(f"{scene}-{name_of(size)}")
        assert all(len(line) <= size[0] for line in screen.text.splitlines())


async def test_scene_on_a_very_small_terminal(run_app: RunApp) -> None:
    async with run_app(ui=Ui(environment="PROD"), size=TINY) as screen:
        await screen.press("v")
        await screen.until(lambda: len(screen.app.screen_stack) == 2, "the run is open")
        await screen.matches("run-60x15")


async def test_without_colour_a_run_says_the_same(monkeypatch: pytest.MonkeyPatch, run_app: RunApp) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with run_app(ui=Ui(environment="PROD"), size=SMALL) as screen:
        await screen.press("v")
        await screen.shows("Timeline")
        await screen.matches("run-80x24")


def hostile_report(text: str) -> RunReport:
    run = ended_run()
    selection = Selection(department=text, domain=((text, "=", text),), name=text)
    scope = Scope(entities=(text,), domain=((text, "=", text),), selection=selection)
    told = {**with_cursors(result()).as_dict(), "errors": [{"kind": text, "message": text, "hint": text}]}
    told["entities"] = {text: {**result().entities["users"].as_dict(), "state": text, "cursor_before": text}}
    who = Operator(text, text, 1, text)
    stored = SyncResult.from_dict(told)
    run = replace(run, id=text, action=text, operator=who, scope=scope, result=stored, continues=text)
    run = replace(run, interrupted_by=text, cancel_requested_by=text, cancel_reason=text)
    events = tuple(
        replace(event, details={"event": text, text: text, "reason": text}) for event in report_of(run).events
    )
    rows = tuple(replace(row, reason=text, run_id=text, entity=text) for row in ROWS)
    return RunReport(run, events, QuarantinePage(rows))


@pytest.mark.parametrize("text", HOSTILE_ON_FURTHER_SCREENS, ids=lambda text: ascii(text[:12]))
async def test_text_from_outside_is_shown_not_obeyed(text: str, run_app: RunApp) -> None:
    report = hostile_report(text)
    inspector = FakeDetailQueries(runs_shown=(report.run,), report=report)
    async with run_app(behind(inspector), Ui(environment="[/x]"), size=SMALL) as screen:
        await screen.press("R")
        await screen.shows("1 run")
        assert harmless(screen.text)
        await screen.press("enter")
        await screen.shows("Details", "host")
        for key in ("pagedown", "pagedown", "end"):
            assert harmless(screen.text)
            await screen.press(key)
        assert harmless(await screen.settled())
        assert screen.app.is_running


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text[:12]))
@pytest.mark.parametrize("glyphs", [UNICODE, ASCII], ids=["unicode", "ascii"])
def test_no_line_is_wider_than_its_room(text: str, glyphs, monkeypatch: pytest.MonkeyPatch) -> None:
    report = hostile_report(text)
    state = DashboardState(NOW, ANNA, glyphs)
    for width in (60, 76, 118):
        lines = [line.content for line in format_run(report, state, width)]
        rows = RunList()
        rows.rows = (report.run,)
        lines += [line.content for line in rows.build_rows(state, width, 10)]
        assert all(line.cell_length <= width and harmless(line.plain) for line in lines)
        assert glyphs.is_unicode or all(line.plain.isascii() for line in lines)
