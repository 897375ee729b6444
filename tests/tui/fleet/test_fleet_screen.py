"""All sources on one screen: which stands where, what is marked and synced, and what is opened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from odoo_sync_tui.core.actions import Action
from odoo_sync_tui.core.errors import ConfigurationError, StoreUnavailable
from odoo_sync_tui.core.reports.fleet import SourceProgress, SourceState
from odoo_sync_tui.core.reports.health import HealthLevel
from odoo_sync_tui.tui.fleet.rows import FleetMemory
from odoo_sync_tui.tui.fleet.table import FleetTable
from tests.support.fake_backend.fleet import FakeFleet
from tests.support.fake_backend.options import Ui
from tests.support.fake_backend.values import NOW
from tests.support.hostile_text import HOSTILE
from tests.support.slow import slow
from tests.tui.support.screen import RunApp, Screen
from tests.tui.support.sizes import LARGE, SMALL, TINY, USUAL, name_of

HOUR = timedelta(hours=1)
ACME = SourceState("acme", HealthLevel.IN_STEP, last_success=NOW, documents=10, tags=("gold",), at=NOW)
BROKEN = replace(ACME, name="broken", health=HealthLevel.WRONG, reason="Odoo refuses the key", tags=())
LATE = replace(ACME, name="late-one", late_at=NOW - HOUR, tags=("retail",), where="box-7")
NEW = SourceState("new")
AT_WORK = replace(ACME, name="works", running=SourceProgress("sync_users", "r1", NOW, 30, 120), zone="eu")
FLEET = (ACME, BROKEN, LATE, NEW, AT_WORK)


def names(screen: Screen) -> list[str]:
    """The sources in the order of the screen."""
    return [row.name for row in table(screen).rows]


def table(screen: Screen) -> FleetTable:
    return screen.app.front.query_one(FleetTable)


async def read_again(screen: Screen, sources: Sequence[SourceState]) -> None:
    """Let something else be read than before."""
    screen.backend.sources = tuple(sources)
    count = screen.backend.reads
    screen.app.front.poll()
    await screen.until(lambda: screen.backend.reads > count, "it is read")
    await screen.until(lambda: len(screen.app.front._memory.fleet.sources) == len(sources), "it is shown")
    await screen.pilot.pause()


async def test_the_worst_stands_first_and_progress_moves_no_line(run_fleet: RunApp) -> None:
    async with run_fleet(FakeFleet(FLEET)) as screen:
        assert names(screen) == ["broken", "late-one", "new", "acme", "works"]
        assert "25 %" in screen.text
        further = replace(AT_WORK, running=SourceProgress("sync_users", "r1", NOW, 60, 120))
        await read_again(screen, (*FLEET[:-1], further))
        await screen.shows("50 %")
        assert names(screen) == ["broken", "late-one", "new", "acme", "works"]


@pytest.mark.parametrize("size", [SMALL, *slow([(USUAL,), (LARGE,)])], ids=name_of)
async def test_each_line_says_how_its_source_stands_in_words(size: tuple[int, int], run_fleet: RunApp) -> None:
    async with run_fleet(FakeFleet(FLEET), size=size) as screen:
        lines = {name: next(line for line in screen.text.splitlines() if f" {name} " in line) for name in names(screen)}
        assert "wrong" in lines["broken"]
        assert "Odoo refuses the" in lines["broken"]
        assert "late for 1 h" in lines["late-one"]
        assert "never synced" in lines["new"]
        assert "in step" in lines["acme"]
        assert "1 wrong" in screen.text
        assert "1 running" in screen.text


async def test_what_is_known_of_a_silent_run_is_called_old(run_fleet: RunApp) -> None:
    silent = replace(AT_WORK, at=NOW - timedelta(minutes=5))
    unheard = replace(ACME, at=NOW - 4 * HOUR, due_at=NOW - 3 * HOUR)
    async with run_fleet(FakeFleet((silent, unheard, LATE))) as screen:
        await screen.shows("no word for 5 min", "no word for 4 h", "0 running")
        assert screen.text.count("no word") == 2


async def test_the_cursor_stays_with_its_source_when_a_worse_one_comes_above(run_fleet: RunApp) -> None:
    async with run_fleet(FakeFleet((ACME, AT_WORK))) as screen:
        assert table(screen).chosen.name == "acme"
        await read_again(screen, (BROKEN, ACME, AT_WORK))
        assert names(screen)[0] == "broken"
        assert table(screen).chosen.name == "acme"


@pytest.mark.parametrize(
    ("text", "found"), [("BOX re", {"late-one"}), *slow([("gold", {"acme", "works"}), ("eu", {"works"})])]
)
async def test_typing_shows_the_sources_with_these_words(text: str, found: set[str], run_fleet: RunApp) -> None:
    async with run_fleet(FakeFleet(FLEET)) as screen:
        await screen.press("slash")
        await screen.type(text)
        await screen.until(lambda: set(names(screen)) == found, f"{found} are shown")
        await screen.press("enter")
        assert screen.app.focused is table(screen)
        await screen.press("escape")
        assert len(names(screen)) == len(FLEET)


async def test_f_shows_one_state_after_the_other(run_fleet: RunApp) -> None:
    shown: list[set[str]] = []
    async with run_fleet(FakeFleet(FLEET)) as screen:
        for _ in range(6):
            await screen.press("f")
            shown.append(set(names(screen)))
    assert shown == [{"broken"}, {"late-one"}, {"new"}, {"acme", "works"}, {"works"}, {source.name for source in FLEET}]


async def test_the_source_under_the_cursor_is_synced_without_a_question(run_fleet: RunApp) -> None:
    async with run_fleet(FakeFleet(FLEET)) as screen:
        await screen.press("down", "u")
        await screen.until(lambda: screen.backend.syncs, "the sync is started")
        assert (screen.backend.syncs[0].action, screen.backend.syncs[0].names) == (Action.USERS, ("late-one",))


async def test_marked_sources_are_synced_together_after_a_question(run_fleet: RunApp) -> None:
    async with run_fleet(FakeFleet(FLEET)) as screen:
        await screen.press("space", "space")
        await screen.shows("2 marked")
        await screen.press("d")
        await screen.shows("Sync departments of 2 sources?", "broken, late-one")
        await screen.press("escape")
        assert screen.backend.syncs == []
        await screen.press("d", "left", "enter")
        await screen.until(lambda: screen.backend.syncs, "the sync is started")
        assert screen.backend.syncs[0].names == ("broken", "late-one")
        await screen.shows("0 of 2 done", "waiting")
        assert "marked" not in screen.text


@pytest.mark.parametrize(("stops", "word"), [(False, "They go on when"), (True, "They stop when")])
async def test_the_question_says_what_becomes_of_the_syncs(stops: bool, word: str, run_fleet: RunApp) -> None:
    async with run_fleet(FakeFleet(FLEET, stops_syncs=stops)) as screen:
        await screen.press("a", "d")
        await screen.shows(word)


async def test_a_sync_says_what_became_of_its_sources(run_fleet: RunApp) -> None:
    async with run_fleet(FakeFleet(FLEET)) as screen:
        await screen.press("f", "f", "a", "f", "a", "escape", "l", "left", "enter")
        await screen.until(lambda: screen.backend.syncs, "the sync is started")
        (sync,) = screen.backend.syncs
        sync.problems = {"late-one": ""}
        await read_again(screen, FLEET)
        await screen.shows("1 of 2 done")
        ended = replace(
            NEW, health=HealthLevel.IN_STEP, at=NOW + timedelta(seconds=1)
        )  # its answer waits for that of another one
        await read_again(screen, (*FLEET[:3], ended, AT_WORK))
        await screen.shows("2 of 2 done")
        assert "waiting" not in screen.text
        sync.problems = {"late-one": "", "new": "Odoo does not answer."}
        await read_again(screen, FLEET)
        await screen.shows("1 not in step: new (Odoo does not answer.)", "log: /log")


async def test_a_marks_all_that_are_shown_and_takes_their_marks_away(run_fleet: RunApp) -> None:
    memory = FleetMemory()
    async with run_fleet(FakeFleet(FLEET), memory=memory) as screen:
        await screen.press("slash", *"gold", "enter", "a", "escape")
        assert memory.marked == {"acme", "works"}
        await screen.press("a")
        assert memory.marked == {source.name for source in FLEET}
        await screen.press("a")
        assert memory.marked == set()


async def test_nothing_is_synced_where_nothing_may_be_written(run_fleet: RunApp) -> None:
    async with run_fleet(FakeFleet(FLEET), Ui(read_only=True)) as screen:
        await screen.press("d")
        await screen.until(screen.toasts, "it says why")
        assert "read-only" in screen.toasts()[0]
        assert screen.backend.syncs == []


async def test_enter_opens_a_source_and_all_is_as_it_was_afterwards(run_fleet: RunApp) -> None:
    memory = FleetMemory()
    async with run_fleet(FakeFleet(FLEET), memory=memory) as screen:
        await screen.press("slash", *"gold", "enter", "space", "enter")
        await screen.until(lambda: screen.app.chosen, "it ends")
        assert screen.app.chosen == "works"
    async with run_fleet(FakeFleet(FLEET), memory=memory) as screen:
        assert names(screen) == ["acme", "works"]
        assert table(screen).chosen.name == "works"
        await screen.shows("1 marked")


async def test_the_cursor_is_in_sight_again_however_far_down_it_was(run_fleet: RunApp) -> None:
    memory = FleetMemory()
    async with run_fleet(memory=memory) as screen:
        await screen.press("end", "enter")
        await screen.until(lambda: screen.app.chosen, "it ends")
        chosen = screen.app.chosen
    async with run_fleet(memory=memory) as screen:
        await screen.shows(chosen)
        assert table(screen).chosen.name == chosen


async def test_escape_on_the_dashboard_of_a_source_leads_back(run_app: RunApp) -> None:
    async with run_app(source="acme", can_go_back=True) as screen:
        await screen.shows("esc Fleet")
        assert screen.text.split()[0] == "acme"
        await screen.press("R", "escape")
        assert not screen.app.goes_back
        await screen.press("escape")
        assert screen.app.goes_back
        assert not screen.app.is_running


async def test_escape_asks_while_a_run_of_the_dashboard_is_at_work(run_app: RunApp) -> None:
    async with run_app(can_go_back=True) as screen:
        await screen.press("l")
        await screen.until(screen.backend.begun.is_set, "the run has begun")
        await screen.press("escape")
        await screen.shows("A run of this dashboard is at work.")
        await screen.press("escape")
        await screen.until(lambda: "is at work." not in screen.text, "it stays")
        screen.backend.let_go.set()
        await screen.until(lambda: screen.app.runs.job is None, "the run has ended")
        await screen.press("q")
        assert not screen.app.goes_back


async def test_without_a_fleet_escape_does_nothing_on_the_dashboard(run_app: RunApp) -> None:
    async with run_app() as screen:
        await screen.press("escape")
        assert screen.app.is_running
        assert screen.toasts() == []


async def test_a_source_whose_settings_are_broken_says_why_in_place_of_a_dashboard(run_fleet: RunApp) -> None:
    problem = ConfigurationError("sources.d/broken.toml lacks odoo.url.", "Write it into that file.")
    async with run_fleet(FakeFleet(FLEET, {"broken": problem})) as screen:
        await screen.press("enter")
        await screen.shows("lacks odoo.url", "Write it into that file.", "Esc closes")
        assert not screen.app.chosen


async def test_a_database_that_is_away_leaves_the_last_picture_with_its_time(run_fleet: RunApp) -> None:
    fleet = FakeFleet(FLEET)
    async with run_fleet(fleet) as screen:
        fleet.problem = StoreUnavailable("MongoDB at db:27017 does not answer.", "")
        screen.app.front.poll()
        await screen.shows("MongoDB at db:27017 does not answer.", "What is shown is of", "stale")
        assert names(screen)[0] == "broken"
        fleet.problem = None
        screen.app.front.poll()
        await screen.until(lambda: "does not answer" not in screen.text and "stale" not in screen.text, "all is well")


@pytest.mark.parametrize("text", [*HOSTILE[:3], *slow(HOSTILE[3:])])
async def test_text_from_outside_is_only_text(text: str, run_fleet: RunApp) -> None:
    source = replace(BROKEN, name=text, reason=text, where=text, tags=(text,), zone=text)
    source = replace(source, running=SourceProgress(text, text, NOW))
    problem = ConfigurationError(text, text)
    async with run_fleet(FakeFleet((source, ACME), {text: problem}), size=LARGE) as screen:
        await screen.press("space", "up", "e")
        await screen.shows("Esc closes")
        await screen.press("escape", "d", "enter")
        await screen.shows("Esc closes")


async def test_ten_thousand_sources_scroll_and_only_those_in_sight_are_drawn(
    run_fleet: RunApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[str] = []
    build = FleetTable._build_cells

    def count(self: FleetTable, state: object, row: object, **marks: bool) -> object:
        drawn.append(row.name)
        return build(self, state, row, **marks)

    monkeypatch.setattr(FleetTable, "_build_cells", count)
    many = tuple(replace(ACME, name=f"source-{number:05}") for number in range(10_000))
    async with run_fleet(FakeFleet(many)) as screen:
        await screen.press("end")
        await screen.shows("source-09999")
    assert len(set(drawn)) < 200


SCENES = {"fleet": (), "fleet_marked": ("space", "space"), "fleet_details": ("e",)}


@pytest.mark.parametrize("size", [SMALL, *slow([(USUAL,), (LARGE,)])], ids=name_of)
@pytest.mark.parametrize("scene", SCENES)
async def test_scene(scene: str, size: tuple[int, int], run_fleet: RunApp) -> None:
    async with run_fleet(size=size) as screen:
        await screen.press(*SCENES[scene])
        await screen.matches(f"{scene}-{name_of(size)}")
        assert all(len(line) <= size[0] for line in screen.text.splitlines())


async def test_scene_on_a_very_small_terminal_and_in_ascii(run_fleet: RunApp) -> None:
    async with run_fleet(ui=Ui(environment="PROD", ascii=True), size=TINY) as screen:
        await screen.matches(f"fleet_ascii-{name_of(TINY)}")
        assert screen.text.isascii()
