"""What the details of a run say and lead to."""

from __future__ import annotations

from dataclasses import replace

import pytest

from odoo_sync_tui.core.reports.details import QuarantinePage, RunReport
from odoo_sync_tui.core.scope import Scope, Selection
from odoo_sync_tui.entities.registry import BUILT_IN
from odoo_sync_tui.tui.format.run import format_run
from odoo_sync_tui.tui.model.glyphs import UNICODE
from odoo_sync_tui.tui.model.state import DashboardState
from odoo_sync_tui.tui.widgets.lines import LineList
from tests.support.fake_backend.detail_queries import ROWS, ended_run
from tests.support.fake_backend.values import ANNA, NOW
from tests.tui.support.screen import RunApp

STATE = DashboardState(NOW, ANNA, UNICODE, BUILT_IN)


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("retirement confirmed", ("Audit event", "retirement confirmed")),
        ("opportunities  ◐", ("Documents", "crm.lead")),
        ("4711  3 attempts", ("Documents", "crm.lead")),
    ],
)
async def test_enter_opens_what_the_details_underline(line: str, shown: tuple[str, ...], run_app: RunApp) -> None:
    async with run_app() as screen:
        await screen.press("v")
        await screen.shows("Timeline")
        details = screen.app.screen.query_one("#details", LineList)
        rows = [each.content.plain for each in details.lines]
        details.cursor = next(index for index, text in enumerate(rows) if line in text)
        assert "underline" in str([span.style for span in details.lines[details.cursor].content.spans])
        await screen.press("enter")
        await screen.shows(*shown)


async def test_enter_opens_the_run_that_is_continued_and_nothing_on_a_line_without_a_link(run_app: RunApp) -> None:
    async with run_app() as screen:
        await screen.press("v")
        await screen.shows("Timeline")
        await screen.press("enter", "down", "enter")
        assert len(screen.app.screen_stack) == 2
        await screen.press("down", "down", "enter")
        await screen.until(lambda: len(screen.app.screen_stack) == 3, "the other run is open")
        assert ("run", "run-0") in screen.backend.detail_queries.asked


def test_a_filtered_dry_run_says_what_it_does_not_do() -> None:
    scope = Scope(domain=(("name", "ilike", "acme"),), dry_run=True, confirm_retire={"accounts": 512})
    run = replace(ended_run(), scope=scope)
    told = "\n".join(line.content.plain for line in format_run(RunReport(run), STATE, 110))
    assert "all entities, dry run: nothing is written" in told
    assert "(('name', 'ilike', 'acme'),); retires nothing, moves no cursor" in told
    assert "up to 512 documents of accounts may be retired" in told


def test_a_run_of_a_selection_says_which_rows_it_covers() -> None:
    scope = Scope(entities=("accounts",), domain=(("id", "in", (4, 5)),), selection=Selection(ids=(4, 5)))
    told = "\n".join(
        line.content.plain for line in format_run(RunReport(replace(ended_run(), scope=scope)), STATE, 110)
    )
    assert "ids 4, 5; retires nothing by absence, moves no cursor" in told
    assert "filter" not in told


def test_rows_that_later_runs_tried_again_are_not_hidden() -> None:
    told = "\n".join(line.content.plain for line in format_run(RunReport(ended_run()), STATE, 110))
    assert "1 others were tried again by later runs" in told
    many = RunReport(ended_run(), quarantine=QuarantinePage(ROWS, has_more=True))
    assert "and more: the screen of the entity has them all" in "\n".join(
        line.content.plain for line in format_run(many, STATE, 110)
    )
