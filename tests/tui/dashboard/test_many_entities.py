"""Twelve entities, six of them with the longest names that there may be: nothing is lost on a small screen."""

from __future__ import annotations

from dataclasses import replace

import pytest

from odoo_sync_tui.core.actions import Action, Outcome
from odoo_sync_tui.core.reports.details import RunReport
from odoo_sync_tui.core.reports.verification import EntityVerification, Verdict, Verification
from odoo_sync_tui.core.result import Counts
from odoo_sync_tui.tui.format.run import format_run
from odoo_sync_tui.tui.format.verification import (
    VerificationProgress,
    format_verification,
    format_verification_progress,
)
from odoo_sync_tui.tui.model.glyphs import UNICODE
from odoo_sync_tui.tui.model.shown_runs import find_shown_runs
from odoo_sync_tui.tui.model.state import ConnectionState, DashboardState
from odoo_sync_tui.tui.widgets.dashboard.lists import EntityCountsPanel
from odoo_sync_tui.tui.widgets.dashboard.run import RunPanel
from odoo_sync_tui.tui.widgets.dashboard.trends import LastChanges
from odoo_sync_tui.tui.widgets.lines import Lines
from tests.support.declared import LONG_NAMES, TWELVE, twelve_overview
from tests.support.fake_backend.backend import FakeBackend
from tests.support.fake_backend.overview_queries import FakeOverviewQueries
from tests.support.fake_backend.values import ANNA, NOW
from tests.tui.support.screen import RunApp, Screen
from tests.tui.support.sizes import SMALL, TINY, name_of

TITLES = [entity.title for entity in TWELVE]
SMALL_WIDTH = 77
"""The cells of a line on a terminal of 80 columns."""


def twelve(outcome: Outcome = Outcome.SUCCESS) -> FakeBackend:
    return FakeBackend(FakeOverviewQueries(twelve_overview(outcome)))


def state(outcome: Outcome = Outcome.SUCCESS) -> DashboardState:
    return DashboardState(
        NOW, ANNA, UNICODE, TWELVE, connection=ConnectionState.READY, overview=twelve_overview(outcome)
    )


def shown_in(screen: Screen, panel: type[Lines]) -> list[str]:
    """The lines of a panel that are in sight."""
    lines = screen.app.screen.query_one(panel)
    return [lines.lines[index].content.plain.rstrip() for index in lines._visible_indexes() if index < len(lines.lines)]


def says_all_of(text: str, titles: list[str]) -> bool:
    """Whether the text has each of these titles as a word."""
    return set(titles) <= set(text.replace("lake users", "lake_users").split()) | {"lake users"}


async def test_the_dashboard_lists_them_all_by_scrolling_each_with_its_whole_name(run_app: RunApp) -> None:
    async with run_app(twelve(), size=SMALL, catalog=TWELVE) as screen:
        entities = screen.app.screen.query_one(EntityCountsPanel)
        entities.focus()
        first = shown_in(screen, EntityCountsPanel)
        assert [line[2:].partition("  ")[0] for line in first[1:]] == TITLES[:6]
        await screen.press("end")
        await screen.settled()
        last = shown_in(screen, EntityCountsPanel)
        assert last[0] == first[0]
        assert [line[2:].split()[0] for line in last[1:]] == list(LONG_NAMES)
        assert all(line in screen.text for line in (*first[:1], *last))
        assert "quarantined" in last[0]
        await screen.press("enter")
        await screen.until(lambda: ("entity", TWELVE.entities[-1].id) in screen.backend.detail_queries.asked)
        await screen.shows("Orders_of_the_northern_region_f")


@pytest.mark.parametrize(("size", "panel"), [((200, 60), EntityCountsPanel), ((200, 60), LastChanges)])
async def test_a_large_terminal_shows_them_all_at_once(
    size: tuple[int, int], panel: type[Lines], run_app: RunApp
) -> None:
    async with run_app(twelve(), size=size, catalog=TWELVE) as screen:
        await screen.settled()
        assert says_all_of("\n".join(shown_in(screen, panel)), TITLES)


async def test_what_the_last_runs_changed_scrolls_where_it_is_too_high(run_app: RunApp) -> None:
    async with run_app(twelve(), size=(200, 24), catalog=TWELVE) as screen:
        changes = screen.app.screen.query_one(LastChanges)
        changes.focus()
        await screen.press("end")
        await screen.settled()
        assert LONG_NAMES[-1] in shown_in(screen, LastChanges)[-1]


@pytest.mark.parametrize("size", [SMALL, TINY], ids=name_of)
async def test_the_question_what_to_sync_offers_them_all_and_its_answers_stay_in_sight(
    size: tuple[int, int], run_app: RunApp
) -> None:
    async with run_app(twelve(), size=size, catalog=TWELVE) as screen:
        await screen.press("s")
        await screen.shows("Space chooses", "Start", "Cancel")
        seen: set[str] = set()
        for _ in range(14):
            seen |= {title for title in TITLES if f": {title}" in screen.text}
            await screen.press("down")
        assert seen == set(TITLES)
        await screen.shows("start over", "Start", "Cancel")


async def test_the_help_keeps_a_long_name_apart_from_what_it_is(run_app: RunApp) -> None:
    async with run_app(twelve(), size=SMALL, catalog=TWELVE) as screen:
        await screen.press("question_mark", "end")
        await screen.shows(f"{LONG_NAMES[-1]}  ", " res.partner into data_lake_serving")


class TestTheRun:
    def panel(self, outcome: Outcome) -> str:
        panel, shown = RunPanel(), state(outcome)
        panel.shown = find_shown_runs(shown)
        return "\n".join(line.content.plain.rstrip() for line in panel.build_lines(shown, SMALL_WIDTH, 4))

    def test_of_the_entities_of_a_run_that_did_not_succeed_those_to_blame_come_first(self) -> None:
        assert f"◐ {LONG_NAMES[-1]} 73 899 of 73 889 and 9 more" in self.panel(Outcome.PARTIAL)

    def test_of_a_success_the_most_changed_are_named_and_the_others_counted(self) -> None:
        assert f"{LONG_NAMES[-1]} and 9 more changed   v opens the run" in self.panel(Outcome.SUCCESS)

    def test_its_screen_has_their_whole_names_where_few_figures_are_not_nought(self) -> None:
        run = twelve_overview().last_run
        assert run is not None
        assert run.result is not None
        entities = {
            name: replace(each, counts=Counts(unchanged=7), cursor_after=NOW)
            for name, each in run.result.entities.items()
        }
        report = RunReport(replace(run, result=replace(run.result, entities=entities)))
        lines = format_run(report, state(), SMALL_WIDTH)
        rows = {line.target: line.content.plain for line in lines if line.target.startswith("entity:")}
        for name in LONG_NAMES:
            assert rows[f"entity:data_lake:{name}"].startswith(f"{name} ✓ success")
            assert [line for line in lines if line.content.plain.startswith(f"{name} 2026-11-23")]
        assert all(line.content.cell_length <= SMALL_WIDTH for line in lines)

    def test_no_figure_of_trouble_gives_way_to_a_long_name(self) -> None:
        run = twelve_overview(Outcome.PARTIAL).last_run
        assert run is not None
        texts = [line.content.plain for line in format_run(RunReport(run), state(), SMALL_WIDTH)]
        titles = next(text for text in texts if text.startswith("entity"))
        assert titles.split() == ["entity", "state", "synced", "created", "updated", "retired", "quar."]


class TestTheVerification:
    def test_its_bars_have_their_whole_names(self) -> None:
        lines = format_verification_progress(VerificationProgress(tuple(TITLES)), UNICODE, SMALL_WIDTH)
        assert says_all_of("\n".join(line.plain for line in lines), TITLES)
        assert {line.cell_length for line in lines} == {SMALL_WIDTH}

    def test_its_table_has_every_finding_and_as_much_of_the_names_as_there_is_room_for(self) -> None:
        found = Verification(
            tuple(
                EntityVerification(each.id, each.name, each.title, Action.DATA_LAKE, Verdict.IN_STEP) for each in TWELVE
            ),
            200,
        )
        for width, is_whole in ((SMALL_WIDTH, False), (117, True)):
            text = "\n".join(line.plain for line in format_verification(found, state(), width))
            assert says_all_of(text, TITLES) is is_whole
            assert "missing   extra different  state" in text
