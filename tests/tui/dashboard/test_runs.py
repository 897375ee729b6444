"""Runs: started, watched, cancelled, confirmed and left, by key and by button."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from textual.widgets import Button, Input

from odoo_sync_tui.core.actions import Action, Outcome
from odoo_sync_tui.core.errors import ConfigurationError, LeaseHeld
from odoo_sync_tui.core.result import Notice
from odoo_sync_tui.core.scope import Scope
from tests.support.fake_backend.backend import FakeBackend
from tests.support.fake_backend.options import Ui
from tests.support.fake_backend.overview_queries import FakeOverviewQueries
from tests.support.fake_backend.values import (
    ANNA,
    NOW,
    ago,
    busy_overview,
    health,
    overview,
    progress,
    record,
    result,
)
from tests.support.world import FULL
from tests.tui.support.screen import RunApp

START = {"d": Action.DEPARTMENTS, "u": Action.USERS, "l": Action.DATA_LAKE}


class TestStarting:
    @pytest.mark.parametrize(("key", "action"), START.items())
    async def test_a_key_starts_its_sync(self, key: str, action: Action, run_app: RunApp) -> None:
        async with run_app() as screen:
            await screen.press(key)
            await screen.until(screen.backend.begun.is_set, "the run has begun")
            assert screen.backend.synced == [(action, "anna", Scope())]

    @pytest.mark.parametrize("size", [(80, 24), (120, 40)])
    async def test_a_button_starts_its_sync(self, size: tuple[int, int], run_app: RunApp) -> None:
        async with run_app(size=size) as screen:
            await screen.pilot.click("#sync-users")
            await screen.until(screen.backend.begun.is_set, "the run has begun")
            assert screen.backend.synced == [(Action.USERS, "anna", Scope())]
            starters = [button for button in screen.app.screen.query(Button) if button.id != "run-cancel"]
            await screen.until(lambda: all(button.has_class("-off") for button in starters), "no second run is offered")

    async def test_full_is_chosen_by_key_or_mouse_and_stays_chosen(self, run_app: RunApp) -> None:
        async with run_app() as screen:
            await screen.press("f")
            await screen.shows("full  f incremental")
            await screen.press("d")
            await screen.until(screen.backend.begun.is_set, "the run has begun")
            assert screen.backend.synced == [(Action.DEPARTMENTS, "anna", FULL)]
            screen.backend.let_go.set()
            await screen.until(lambda: screen.app.runs.job is None, "the run has ended")
            await screen.shows("full  f incremental")
            await screen.pilot.click("#mode", offset=(1, 0))
            await screen.shows("incremental  f full")

    async def test_only_one_run_at_a_time(self, run_app: RunApp) -> None:
        async with run_app() as screen:
            await screen.press("l", "d", "u", "l")
            await screen.until(screen.backend.begun.is_set, "the run has begun")
            await screen.settled()
            assert len(screen.backend.synced) == 1

    async def test_a_full_sync_of_production_wants_its_name_typed(self, run_app: RunApp) -> None:
        async with run_app(ui=Ui(environment="PROD")) as screen:
            await screen.press("f", "l")
            await screen.shows("Full sync of data lake in PROD", "Type PROD to confirm")
            assert screen.app.focused.id == "cancel"
            await screen.press("enter")
            await screen.until(lambda: len(screen.app.screen_stack) == 1, "the question is gone")
            assert screen.backend.synced == []
            await screen.press("l")
            await screen.shows("Type PROD")
            screen.app.screen.query_one(Input).focus()
            await screen.press("p", "r", "o", "d", "enter")
            await screen.shows("> prod", "That is not PROD.")
            assert screen.app.screen.query_one("#confirm", Button).disabled
            screen.app.screen.query_one(Input).value = "PROD"
            await screen.pilot.pause()
            await screen.press("enter")
            await screen.until(screen.backend.begun.is_set, "the run has begun")
            assert screen.backend.synced == [(Action.DATA_LAKE, "anna", FULL)]

    async def test_what_is_typed_goes_into_the_field_wherever_the_focus_is(self, run_app: RunApp) -> None:
        async with run_app(ui=Ui(environment="PROD")) as screen:
            await screen.press("f", "l")
            await screen.shows("Type PROD to confirm")
            await screen.press("P", "R", "O", "D")
            await screen.shows("> PROD")
            await screen.press("enter")
            await screen.until(screen.backend.begun.is_set, "the run has begun")

    async def test_read_only_starts_and_cancels_nothing(self, run_app: RunApp) -> None:
        async with run_app(FakeBackend(FakeOverviewQueries(busy_overview())), Ui(read_only=True)) as screen:
            assert "READ-ONLY" in screen.text
            await screen.press("d", "u", "l", "c", "o")
            await screen.settled()
            assert (
                screen.backend.synced,
                screen.backend.overview_queries.cancels,
                screen.backend.overview_queries.counted,
            ) == (
                [],
                [],
                0,
            )


class TestWatching:
    async def test_progress_figures_and_end(self, run_app: RunApp) -> None:
        async with run_app() as screen:
            await screen.press("l")
            await screen.shows("▶ Data lake  incremental · anna", "✓ accounts 55 007", "19 000 of 50 000", "70 %  ETA")
            await screen.shows("· invoices", "2 retries")
            screen.backend.let_go.set()
            await screen.shows("✓ Data lake  incremental · anna · 12:31:08", "1 289 opportunities", "took 41.2 s")
            assert screen.toasts() == [], "the panel has said it"

    async def test_the_end_is_told_on_another_screen_too(self, run_app: RunApp) -> None:
        async with run_app() as screen:
            await screen.press("l")
            await screen.until(screen.backend.begun.is_set, "the run has begun")
            await screen.press("R")
            await screen.until(lambda: len(screen.app.screen_stack) == 2, "the runs are open")
            screen.backend.let_go.set()
            await screen.shows("Data lake: success: 341 475 synced, 1 216 created, 87 updated, 8 retired")

    async def test_the_newest_progress_wins(self, run_app: RunApp) -> None:
        told = tuple(replace(progress(), retries=n) for n in range(500))
        async with run_app(FakeBackend(reports=told)) as screen:
            await screen.press("l")
            await screen.shows("499 retries")

    async def test_elapsed_time_goes_on_while_the_run_is_silent(self, run_app: RunApp) -> None:
        time = [NOW]
        async with run_app(FakeBackend(reports=()), clock=lambda: time[0]) as screen:
            await screen.press("l")
            await screen.shows("connecting to Odoo")
            time[0] = NOW + timedelta(seconds=95)
            await screen.shows("elapsed  1:35")

    async def test_a_failed_run_shows_its_errors_until_the_next_one(self, run_app: RunApp) -> None:
        notice = Notice("odoo_setup", "The key was refused.", "Make a new one.", "accounts")
        backend = FakeBackend(ends=result(Outcome.FAILED, errors=(notice,)))
        async with run_app(backend) as screen:
            await screen.press("l")
            backend.let_go.set()
            await screen.shows("✗ Data lake  failed", "accounts: The key was refused. Make a new one.")
            assert screen.toasts() == []
            await screen.press("e")
            await screen.shows("Errors and warnings", "Make a new one.")

    @pytest.mark.parametrize(
        ("error", "told"),
        [
            (ConfigurationError("odoo.url is not set.", "Set it."), "odoo.url is not set. Set it."),
            (LeaseHeld("bob", "etl-2", None, None), "Another run is at work: bob on etl-2."),
            (ZeroDivisionError("oh"), "Unexpected ZeroDivisionError: oh"),
        ],
    )
    async def test_a_run_that_cannot_begin_says_why(self, error: Exception, told: str, run_app: RunApp) -> None:
        async with run_app(FakeBackend(refuses=error)) as screen:
            await screen.press("l")
            await screen.shows("✗ Data lake  failed", told)
            assert screen.toasts() == []
            assert "l Sync" in await screen.footer()

    async def test_a_run_elsewhere_is_shown_with_who_and_where(self, run_app: RunApp) -> None:
        async with run_app(FakeBackend(FakeOverviewQueries(busy_overview()))) as screen:
            assert "▶ Data lake  incremental · bob @ etl-2" in screen.text
            assert "19 000 of 50 000" in screen.text
            assert "l Sync" not in await screen.footer()
            screen.backend.overview_queries.answer = overview()
            await screen.press("r")
            await screen.shows("✓ Data lake  incremental · anna")

    async def test_a_run_without_lease_is_interrupted_not_running(self, run_app: RunApp) -> None:
        cut_off = record(live=False)
        status = replace(overview().integration, interrupted=True)
        answer = overview(integration=status, last_run=cut_off, health=health(cut_off))
        async with run_app(FakeBackend(FakeOverviewQueries(answer))) as screen:
            assert "▲ Data lake  interrupted · incremental · bob" in screen.text
            assert "▲ attention" in screen.text
            assert "the run of bob on etl-2" in screen.text
            assert "▶ Data lake" not in screen.text

    async def test_a_later_run_of_somebody_else_replaces_our_summary(self, run_app: RunApp) -> None:
        async with run_app() as screen:
            await screen.press("d")
            screen.backend.let_go.set()
            await screen.shows("✓ Departments  incremental · anna")
            later = record(run_id="run-9", live=False, outcome=Outcome.PARTIAL, ended=result(Outcome.PARTIAL))
            later = replace(later, started_at=NOW, finished_at=NOW + timedelta(minutes=1))
            screen.backend.overview_queries.answer = overview(last_run=later)
            await screen.press("r")
            await screen.shows("◐ Data lake  partial · incremental · bob")

    async def test_a_run_of_ours_that_has_ended_is_nobody_elses(self, run_app: RunApp) -> None:
        """The store may have been read while it was at work."""
        async with run_app(FakeBackend(FakeOverviewQueries())) as screen:
            screen.backend.overview_queries.answer = busy_overview(run_id="run-1")
            await screen.press("l")
            screen.backend.let_go.set()
            await screen.shows("✓ Data lake  incremental · anna")
            await screen.press("r")
            await screen.settled()
            assert "▶ Data lake" not in screen.text
            assert "c Cancel" not in await screen.footer()

    async def test_a_run_that_does_not_come_further_says_for_how_long(self, run_app: RunApp) -> None:
        time = [NOW]
        async with run_app(FakeBackend(FakeOverviewQueries(busy_overview())), clock=lambda: time[0]) as screen:
            time[0] = NOW + timedelta(seconds=71)
            await screen.settled()
            assert "no progress" not in screen.text, "nobody has looked since"
            screen.backend.overview_queries.answer = replace(busy_overview(), at=time[0])
            await screen.press("r")
            await screen.shows("▶ Data lake  incremental · bob @ etl-2 · no progress for 1:11")

    async def test_figures_of_two_runs_are_told_as_such(self, run_app: RunApp) -> None:
        continued = replace(overview().last_run, continues="run-0")
        async with run_app(FakeBackend(FakeOverviewQueries(overview(last_run=continued)))) as screen:
            assert "12:28:08 · with the run it continues" in screen.text

    async def test_the_end_of_a_run_does_not_cover_a_question(self, run_app: RunApp) -> None:
        async with run_app(size=(80, 24)) as screen:
            await screen.press("d")
            await screen.until(screen.backend.begun.is_set, "the run has begun")
            await screen.press("q")
            await screen.shows("A run of this dashboard is at work.")
            screen.backend.let_go.set()
            await screen.until(screen.toasts, "the end is told")
            assert "Cancel the run" in await screen.settled()
            assert "341 475 synced" not in screen.text

    async def test_the_palette_does_not_disturb_a_run(self, run_app: RunApp) -> None:
        async with run_app() as screen:
            await screen.press("l")
            await screen.until(screen.backend.begun.is_set, "the run has begun")
            await screen.press("ctrl+p")
            await screen.until(lambda: len(screen.app.screen_stack) == 2, "the palette is open")
            await screen.press("escape")
            screen.backend.let_go.set()
            await screen.shows("✓ Data lake  incremental · anna")
            assert screen.backend.cancel_reasons == []


class TestCancelling:
    async def test_our_own_run_stops_at_its_next_page(self, run_app: RunApp) -> None:
        async with run_app() as screen:
            await screen.press("l")
            await screen.until(screen.backend.begun.is_set, "the run has begun")
            await screen.press("c")
            await screen.shows("■ Data lake  cancelled")
            assert screen.backend.cancel_reasons == ["cancelled by anna"]

    async def test_a_run_that_has_just_ended_is_told(self, run_app: RunApp) -> None:
        monitor = FakeOverviewQueries(busy_overview(), cancel_found=False)
        async with run_app(FakeBackend(monitor)) as screen:
            await screen.press("c")
            await screen.shows("Let it go on")
            await screen.press("enter")
            await screen.until(screen.toasts, "a toast")
            assert "had ended already" in screen.toasts()[0]


class TestLeaving:
    @pytest.mark.parametrize("key", ["q", "ctrl+q", "ctrl+c"])
    async def test_at_once_when_no_run_of_ours_is_at_work(self, key: str, run_app: RunApp) -> None:
        async with run_app(FakeBackend(FakeOverviewQueries(busy_overview()))) as screen:
            await screen.press(key)
            await screen.until(lambda: not screen.app.is_running, "it has left")
            assert screen.app.return_code == 0

    async def test_an_odoo_that_does_not_answer_is_not_waited_for(self, run_app: RunApp) -> None:
        monitor = FakeOverviewQueries(count_hangs=True)
        async with run_app(FakeBackend(monitor)) as screen:
            await screen.press("o")
            await screen.until(lambda: monitor.counted, "Odoo is asked")
            await screen.press("q")
            await screen.until(monitor.counting_ended.is_set, "the question is given up")

    async def test_stay_is_focused_and_goes_on(self, run_app: RunApp) -> None:
        async with run_app() as screen:
            await screen.press("l", "q")
            await screen.shows("A run of this dashboard is at work.")
            assert screen.app.focused.id == "stay"
            await screen.press("enter")
            await screen.until(lambda: len(screen.app.screen_stack) == 1, "the question is gone")
            assert screen.app.runs.job is not None
            assert not screen.app.runs.job.cancel.is_requested

    async def test_wait_leaves_when_the_run_has_ended(self, run_app: RunApp) -> None:
        async with run_app() as screen:
            await screen.press("l", "q", "w")
            await screen.shows("leaving when it has ended")
            screen.backend.let_go.set()
            await screen.until(lambda: not screen.app.is_running, "it has left")
            assert screen.backend.cancel_reasons == []

    async def test_stop_ends_the_run_at_its_next_page_and_leaves(self, run_app: RunApp) -> None:
        async with run_app() as screen:
            await screen.press("l", "q", "s")
            await screen.until(lambda: not screen.app.is_running, "it has left")
            assert screen.backend.cancel_reasons == ["cancelled by anna"]

    async def test_a_signal_leaves_without_asking_and_names_itself(self, run_app: RunApp) -> None:
        async with run_app() as screen:
            await screen.press("l")
            await screen.until(screen.backend.begun.is_set, "the run has begun")
            screen.app.leave_at_once("interrupted by SIGHUP", 129)
            await screen.until(lambda: screen.backend.cancel_reasons, "the run has heard it")
            assert screen.backend.cancel_reasons == ["interrupted by SIGHUP"]
            assert screen.app.return_code == 129


async def test_a_run_that_began_before_the_dashboard_has_its_summary(run_app: RunApp) -> None:
    before = record(ANNA, run_id="old", live=False, outcome=Outcome.CANCELLED, ended=result(), started_at=ago(hours=5))
    async with run_app(FakeBackend(FakeOverviewQueries(overview(last_run=before)))) as screen:
        assert "■ Data lake  cancelled" in screen.text
