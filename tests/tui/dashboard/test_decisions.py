"""Dialogs of the dashboard: what waits, what to sync and whom to stop is asked, then done in the operator's name."""

from __future__ import annotations

from dataclasses import replace

import pytest

from odoo_sync_tui.core.actions import Action, Outcome
from odoo_sync_tui.core.reports.health import Decision
from odoo_sync_tui.core.scope import Mode, Scope
from tests.support.fake_backend.backend import FakeBackend
from tests.support.fake_backend.options import Ui
from tests.support.fake_backend.overview_queries import FakeOverviewQueries
from tests.support.fake_backend.values import busy_overview, health, overview, partial_overview, record, result
from tests.support.world import FULL
from tests.tui.support.screen import RunApp
from tests.tui.support.sizes import SMALL, TINY, name_of


class TestConfirmingARetirement:
    async def test_a_confirmation_syncs_the_withheld_entities_with_the_operators_word(self, run_app: RunApp) -> None:
        async with run_app(FakeBackend(FakeOverviewQueries(partial_overview()))) as screen:
            assert "w Retire" in await screen.footer()
            await screen.press("w")
            await screen.shows("opportunities. That is more", "Nothing is deleted.")
            await screen.press("escape")
            assert screen.backend.synced == []
            await screen.press("w")
            await screen.until(lambda: len(screen.app.screen_stack) == 2, "the question")
            await screen.pilot.click("#confirm")
            await screen.until(screen.backend.begun.is_set, "the run has begun")
            scope = Scope(entities=("opportunities",), mode=Mode.FULL, confirm_retire={"opportunities": 512})
            assert screen.backend.synced == [(Action.DATA_LAKE, "anna", scope)]

    async def test_a_confirmation_is_not_offered_when_nothing_was_withheld(self, run_app: RunApp) -> None:
        async with run_app() as screen:
            await screen.press("w")
            await screen.settled()
            assert len(screen.app.screen_stack) == 1


class TestAnotherOdoo:
    @staticmethod
    def behind_the_store(action: str = "") -> FakeBackend:
        decision = Decision("source", action, None, "the store holds records of database acme at old", "adopt it")
        whole = health(record(live=False, outcome=Outcome.SUCCESS, ended=result()), decisions=(decision,))
        return FakeBackend(FakeOverviewQueries(overview(health=whole)))

    async def test_it_is_said_and_adopted_only_by_the_name_of_the_database(self, run_app: RunApp) -> None:
        async with run_app(self.behind_the_store()) as screen:
            await screen.shows("✗ wrong  the store holds records", "O adopts it")
            await screen.press("O")
            await screen.shows("Adopt this Odoo", "Type acme")
            await screen.type("acm")
            await screen.press("enter")
            assert screen.backend.synced == []
            await screen.press("escape", "O")
            await screen.shows("Type acme")
            await screen.type("acme")
            await screen.press("enter")
            await screen.until(screen.backend.begun.is_set, "the run has begun")
            assert screen.backend.synced == [(Action.DEPARTMENTS, "anna", Scope(adopt_source=True))]

    async def test_the_sync_that_was_refused_is_the_one_that_follows(self, run_app: RunApp) -> None:
        async with run_app(self.behind_the_store(str(Action.USERS))) as screen:
            await screen.press("O", *"acme", "enter")
            await screen.until(screen.backend.begun.is_set, "the run has begun")
            assert screen.backend.synced == [(Action.USERS, "anna", Scope(adopt_source=True))]


class TestStoppingTheRunOfSomebodyElse:
    async def test_a_run_of_somebody_else_is_asked_to_stop_with_a_reason(self, run_app: RunApp) -> None:
        async with run_app(FakeBackend(FakeOverviewQueries(busy_overview()))) as screen:
            await screen.press("c")
            await screen.shows("bob on etl-2 started it at", "Rows so far: opportunities 19 000 of 50 000.")
            assert screen.backend.overview_queries.cancels == []
            await screen.type("wrong scope")
            await screen.press("enter")
            await screen.until(lambda: screen.backend.overview_queries.cancels == [("run-2", "anna")], "it was asked")
            assert screen.backend.overview_queries.cancel_reasons == ["wrong scope"]
            screen.backend.overview_queries.answer = busy_overview(cancel_requested_by="anna")
            await screen.press("r")
            await screen.shows("■ Data lake  incremental", "stops at the next page")
            assert "c Cancel" not in await screen.footer()

    @pytest.mark.parametrize("size", [TINY, SMALL])
    async def test_the_question_before_a_stop(self, run_app: RunApp, size: tuple[int, int]) -> None:
        async with run_app(FakeBackend(FakeOverviewQueries(busy_overview())), size=size) as screen:
            await screen.press("c")
            await screen.shows("Let it go on", "Reason, or none")
            await screen.matches(f"stop-{name_of(size)}")

    @pytest.mark.parametrize("keys", [["escape"], ["tab", "tab", "enter"]])
    async def test_a_run_of_somebody_else_can_be_let_go_on(self, run_app: RunApp, keys: list[str]) -> None:
        async with run_app(FakeBackend(FakeOverviewQueries(busy_overview()))) as screen:
            await screen.press("c")
            await screen.shows("Let it go on")
            await screen.press(*keys)
            await screen.until(lambda: len(screen.app.screen_stack) == 1, "the question is gone")
            await screen.settled()
            assert screen.backend.overview_queries.cancels == []

    async def test_the_button_stops_a_run_of_somebody_else_without_a_reason(self, run_app: RunApp) -> None:
        async with run_app(FakeBackend(FakeOverviewQueries(busy_overview()))) as screen:
            await screen.press("c")
            await screen.shows("Let it go on")
            await screen.press("tab", "enter")
            await screen.until(lambda: screen.backend.overview_queries.cancels, "it was asked")
            assert screen.backend.overview_queries.cancel_reasons == [""]


class TestChoosing:
    async def test_the_entity_under_the_cursor_alone_as_a_dry_run_that_starts_over(self, run_app: RunApp) -> None:
        async with run_app(FakeBackend(ends=replace(result(), dry_run=True))) as screen:
            screen.backend.let_go.set()
            screen.app.query_one("#entities").focus()
            await screen.press("down", "down", "down", "s")
            await screen.shows("[ ] Departments: departments", "[x] Data lake: opportunities", "[ ] full:")
            await screen.press("end", "space", "up", "space", "enter")
            await screen.until(lambda: screen.backend.synced, "the run has begun")
            await screen.shows("✓ Data lake  incremental · anna · 12:31:08 · dry run, nothing written")
            scope = Scope(entities=("opportunities",), dry_run=True, restart=True)
            assert screen.backend.synced == [(Action.DATA_LAKE, "anna", scope)]

    async def test_the_entity_that_is_open(self, run_app: RunApp) -> None:
        async with run_app() as screen:
            screen.app.navigator.open_entity("data_lake:invoices")
            await screen.shows("Documents")
            await screen.press("s")
            await screen.shows("[x] Data lake: invoices", "[ ] Data lake: accounts")
            await screen.press("enter")
            await screen.until(lambda: screen.backend.synced, "the run has begun")
            assert screen.backend.synced[0][2] == Scope(entities=("invoices",))

    async def test_a_full_sync_of_production_is_confirmed_by_its_name(self, run_app: RunApp) -> None:
        async with run_app(ui=Ui(environment="PROD")) as screen:
            await screen.press("f", "s")
            await screen.shows("[x] full:")
            await screen.press("enter")
            await screen.shows("Full sync of departments in PROD", "Type PROD to confirm")
            assert screen.backend.synced == []
            await screen.type("PROD")
            await screen.press("enter")
            await screen.until(lambda: screen.backend.synced, "the run has begun")
            assert screen.backend.synced == [(Action.DEPARTMENTS, "anna", FULL)]

    async def test_nothing_chosen_starts_nothing(self, run_app: RunApp) -> None:
        async with run_app() as screen:
            await screen.press("s", "space", "enter")
            await screen.shows("Choose at least one entity with Space.")
            await screen.press("escape")
            await screen.until(lambda: len(screen.app.screen_stack) == 1, "the dialog is gone")
            assert screen.backend.synced == []

    async def test_a_click_chooses_and_starts_nothing(self, run_app: RunApp) -> None:
        async with run_app() as screen:
            await screen.press("s")
            await screen.shows("[x] Departments")
            await screen.pilot.click("#choices", offset=(2, 2))
            await screen.pilot.click("#choices", offset=(2, 0))
            await screen.shows("[ ] Departments", "[x] Data lake: accounts")
            await screen.pilot.click("#start")
            await screen.until(lambda: screen.backend.synced, "the run has begun")
            assert screen.backend.synced[0][2] == Scope(entities=("accounts",))

    @pytest.mark.parametrize("size", [TINY, SMALL])
    async def test_the_choice(self, run_app: RunApp, size: tuple[int, int]) -> None:
        async with run_app(size=size) as screen:
            await screen.press("s")
            await screen.shows("Enter starts")
            await screen.matches(f"choose-{name_of(size)}")
