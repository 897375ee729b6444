"""What waits for the operator is offered, asked about once more, and done in the operator's name."""

from __future__ import annotations

from odoo_sync_tui.core.actions import Action, Outcome
from odoo_sync_tui.core.reports.health import Decision
from odoo_sync_tui.core.scope import Mode, Scope
from tests.support.fake_backend.backend import FakeBackend
from tests.support.fake_backend.overview_queries import FakeOverviewQueries
from tests.support.fake_backend.values import health, overview, partial_overview, record, result
from tests.tui.support.screen import RunApp


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
            await screen.press(*"acm", "enter")
            assert screen.backend.synced == []
            await screen.press("escape", "O")
            await screen.shows("Type acme")
            await screen.press(*"acme", "enter")
            await screen.until(screen.backend.begun.is_set, "the run has begun")
            assert screen.backend.synced == [(Action.DEPARTMENTS, "anna", Scope(adopt_source=True))]

    async def test_the_sync_that_was_refused_is_the_one_that_follows(self, run_app: RunApp) -> None:
        async with run_app(self.behind_the_store(str(Action.USERS))) as screen:
            await screen.press("O", *"acme", "enter")
            await screen.until(screen.backend.begun.is_set, "the run has begun")
            assert screen.backend.synced == [(Action.USERS, "anna", Scope(adopt_source=True))]
