"""What a dry run would change: fields on top, documents below, one with its old and new values, and the sync itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from odoo_sync_tui.core.actions import Action
from odoo_sync_tui.core.entity import InactiveReason
from odoo_sync_tui.core.reports.differences import Difference, DifferenceKind, ValueChange
from odoo_sync_tui.core.scope import Mode, Scope
from odoo_sync_tui.pipeline.run.difference_log import DifferenceLog
from odoo_sync_tui.tui.dialogs.sync import SyncRequest
from tests.support.fake_backend.backend import FakeBackend
from tests.support.fake_backend.options import Ui
from tests.support.fake_backend.values import result
from tests.support.hostile_text import HOSTILE, harmless
from tests.support.slow import slow
from tests.tui.support.screen import RunApp, Screen
from tests.tui.support.sizes import SMALL, TINY, USUAL, name_of

DRY = Scope(entities=("opportunities",), dry_run=True)


def updated(odoo_id: int, **fields: tuple[object, object]) -> Difference:
    changes = {f"data.{name}": ValueChange(*values) for name, values in fields.items()}
    return Difference("opportunities", odoo_id, DifferenceKind.UPDATED, None, changes)


SOME = (
    updated(4, stage_id=(1, 2), name=("Office for ten", "Office for twelve, with a terrace and a kitchen")),
    updated(5, stage_id=(1, 2)),
    Difference("opportunities", 9, DifferenceKind.RETIRED, InactiveReason.DELETED),
    Difference("opportunities", 11, DifferenceKind.REACTIVATED, None, {"is_active": ValueChange(False, True)}),
    Difference("opportunities", 17, DifferenceKind.CREATED, None, {"data.name": ValueChange(None, "New")}),
    Difference("users", 3, DifferenceKind.CREATED, None, {"data.name": ValueChange(None, "Zoe")}),
)


def backend(differences: Sequence[Difference] = SOME) -> FakeBackend:
    made = FakeBackend(ends=replace(result(), dry_run=True), differences=differences)
    made.let_go.set()
    return made


async def dry_run(screen: Screen, *runs: tuple[Action, Scope]) -> None:
    """Have the dry run chosen, and wait for its end."""
    screen.app.runs._start_chosen(SyncRequest(runs or [(Action.DATA_LAKE, DRY)]))
    await screen.until(lambda: screen.app.runs.job is None and screen.app.runs.dry_runs, "the dry run has ended")


async def open_differences(screen: Screen) -> None:
    await dry_run(screen)
    await screen.press("W")
    await screen.until(lambda: len(screen.app.screen_stack) == 2, "the screen is open")


class TestLooking:
    async def test_fields_are_on_top_and_documents_below(self, run_app: RunApp) -> None:
        async with run_app(backend()) as screen:
            await open_differences(screen)
            await screen.shows(
                "opportunities  2 updated, 1 reactivated, 1 retired (1 deleted), 1 created",
                "2 x data.stage_id",
                "1 x data.name",
                "lake users  1 created",
                "6 documents would change. s syncs now, and writes.",
            )
            lines = [line for line in screen.text.splitlines() if " 17 " in line or " 9 " in line or " 4 " in line]
            assert ["data.stage_id, data.name" in lines[0], "deleted" in lines[1], '"New"' in lines[2]] == [True] * 3

    async def test_enter_shows_old_and_new_value_beside_each_other_each_with_its_word(self, run_app: RunApp) -> None:
        async with run_app(backend()) as screen:
            await open_differences(screen)
            await screen.shows("data.stage_id, data.name")
            await screen.press("enter")
            await screen.shows("opportunities 4")
            text = await screen.settled()
            line = next(line for line in text.splitlines() if '"Office for ten"' in line)
            assert (
                line.index("old ") < line.index('"Office for ten"') < line.index("new ") < line.index('"Office for tw')
            )

    async def test_documents_beyond_the_first_page_are_read_when_they_are_near(self, run_app: RunApp) -> None:
        async with run_app(backend([updated(each, name=(1, 2)) for each in range(1000, 1350)])) as screen:
            await open_differences(screen)
            for _ in range(12):
                await screen.press("end")
                await screen.settled()
            await screen.shows(" 1349 ")
            assert [row.difference.odoo_id for row in screen.app.screen._rows] == list(range(1000, 1350))

    async def test_a_list_that_is_shown_whole_is_not_read_again(
        self, run_app: RunApp, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        reads: list[int] = []
        page = DifferenceLog.page
        monkeypatch.setattr(DifferenceLog, "page", lambda log, at, limit: (reads.append(at), page(log, at, limit))[1])
        async with run_app(backend()) as screen:
            await open_differences(screen)
            await screen.shows("6 documents would change")
            await screen.settled()
        assert reads == [0]

    async def test_two_syncs_are_shown_as_one(self, run_app: RunApp) -> None:
        async with run_app(backend([SOME[0]])) as screen:
            screen.app.runs._start_chosen(SyncRequest([(Action.DATA_LAKE, DRY), (Action.USERS, Scope(dry_run=True))]))
            await screen.until(lambda: len(screen.app.runs.dry_runs) == 2, "both have ended")
            await screen.press("W")
            await screen.shows("2 documents would change")

    async def test_text_from_outside_does_nothing_to_the_screen(self, run_app: RunApp) -> None:
        hostile = Difference("accounts", 1, DifferenceKind.UPDATED, None, {HOSTILE: ValueChange(HOSTILE, [HOSTILE])})
        async with run_app(backend([hostile])) as screen:
            await open_differences(screen)
            await screen.shows("1 x ")
            assert harmless(await screen.settled())
            await screen.press("enter")
            await screen.shows("accounts 1")
            assert harmless(await screen.settled())

    async def test_without_a_dry_run_the_key_says_why_it_does_nothing(self, run_app: RunApp) -> None:
        async with run_app() as screen:
            await screen.press("W")
            await screen.shows("No dry run of this dashboard has found anything to change.")


class TestSyncingNow:
    async def test_the_same_sync_is_started_to_write(self, run_app: RunApp) -> None:
        async with run_app(backend()) as screen:
            await open_differences(screen)
            await screen.press("s")
            await screen.until(lambda: len(screen.backend.synced) == 2, "the sync has begun")
            assert screen.backend.synced[1] == (Action.DATA_LAKE, "anna", replace(DRY, dry_run=False))
            await screen.until(lambda: len(screen.app.screen_stack) == 1, "the dashboard shows the run")
            await screen.until(lambda: screen.app.runs.job is None, "it has ended")
            assert (screen.app.runs.dry_runs, screen.app.store.state.difference_count) == ([], 0)

    async def test_in_production_a_full_one_is_asked_about(self, run_app: RunApp) -> None:
        async with run_app(backend(), Ui(environment="PROD")) as screen:
            await dry_run(screen, (Action.DATA_LAKE, replace(DRY, mode=Mode.FULL)))
            await screen.press("W")
            await screen.shows("s syncs now")
            await screen.press("s")
            await screen.shows("Full sync of data lake in PROD", "Type PROD to confirm")
            assert len(screen.backend.synced) == 1


class TestLeaving:
    async def test_the_files_are_closed_when_the_dashboard_ends(self, run_app: RunApp) -> None:
        async with run_app(backend()) as screen:
            await dry_run(screen)
            log = screen.app.runs.dry_runs[0].differences
            assert log.kept == len(SOME)
            screen.app.exit()
        assert log.kept == 0


@pytest.mark.parametrize("size", [SMALL, *slow([(USUAL,), (TINY,)])], ids=name_of)
@pytest.mark.parametrize(
    ("scene", "ui"), [("differences", Ui(environment="PROD")), ("differences_ascii", Ui(ascii=True))]
)
async def test_scene(scene: str, ui: Ui, size: tuple[int, int], run_app: RunApp) -> None:
    async with run_app(backend(), ui, size=size) as screen:
        await open_differences(screen)
        await screen.shows("syncs now")
        await screen.matches(f"{scene}-{name_of(size)}")
        assert all(len(line) <= size[0] for line in screen.text.splitlines())


@pytest.mark.parametrize("size", [SMALL, *slow([(USUAL,)])], ids=name_of)
async def test_scene_of_one_document(size: tuple[int, int], run_app: RunApp) -> None:
    async with run_app(backend(), Ui(environment="PROD"), size=size) as screen:
        await open_differences(screen)
        await screen.shows("syncs now")
        await screen.press("enter")
        await screen.shows("Esc closes")
        await screen.matches(f"differences_document-{name_of(size)}")
