"""One registry: keys, footer, menu, buttons and help agree because they are made from it."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial
from itertools import combinations

import pytest
from textual.widgets import Input, OptionList

from odoo_sync_tui.entities.registry import BUILT_IN
from odoo_sync_tui.tui.commands.command import (
    AUDIT,
    DASHBOARD,
    DOCTOR,
    ENTITY,
    RUN,
    RUNS,
    VERIFICATION,
    Command,
    CommandContext,
)
from odoo_sync_tui.tui.commands.keymap import apply_keymap
from odoo_sync_tui.tui.commands.registry import COMMANDS, COMMANDS_BY_ID
from odoo_sync_tui.tui.dialogs.help import FIGURE_MEANINGS
from odoo_sync_tui.tui.dialogs.menu import MenuEntry, build_menu
from odoo_sync_tui.tui.screens.dashboard import BUTTON_LABELS
from tests.support.fake_backend.backend import FakeBackend
from tests.support.fake_backend.options import Ui
from tests.support.fake_backend.overview_queries import FakeOverviewQueries
from tests.support.fake_backend.values import EVENTS, overview, troubled_overview
from tests.support.slow import slow
from tests.tui.support.screen import RunApp
from tests.unit.docs.pages import commands, described_commands, options_of


def test_no_id_is_used_twice_and_no_key_means_two_things_on_one_screen() -> None:
    assert all(a.id != b.id for a, b in combinations(COMMANDS, 2))
    assert [command.id for command in apply_keymap({})] == [command.id for command in COMMANDS]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.id)
def test_a_command_bears_its_name_of_the_footer_in_the_menu_too(command: Command) -> None:
    assert set(command.label.lower().split()) <= set(re.findall(r"\w+", command.title.lower()))


def test_what_the_command_line_does_has_its_name_there_on_the_screen_too() -> None:
    both = {"sync", "cancel", "runs", "audit", "verify", "doctor"}
    assert both <= commands().keys()
    assert both <= {command.label.lower() for command in COMMANDS}


def test_what_has_a_name_has_no_second_one() -> None:
    on_screens = [f"{command.title} {command.description}" for command in COMMANDS]
    shown = [*on_screens, *(" ".join(described) for described in described_commands()), *map(str, FIGURE_MEANINGS)]
    shown += [text for parser in commands().values() for _, text in options_of(parser)]
    second = re.compile(
        r"\b(mend|palette|compare with odoo|examine everything|users of the data lake|set aside the)\b", re.IGNORECASE
    )
    assert [text for text in shown if second.search(text)] == []


def test_buttons_are_commands() -> None:
    assert all(command_id in COMMANDS_BY_ID for command_id in BUTTON_LABELS)


async def test_every_command_is_run_by_each_screen_that_offers_it_or_by_the_application(run_app: RunApp) -> None:
    async with run_app() as screen:
        app, navigator = screen.app, screen.app.navigator
        openers = {
            DASHBOARD: lambda: None,
            RUNS: navigator.open_runs,
            RUN: partial(navigator.open_run, "run-1"),
            ENTITY: partial(navigator.open_entity, "users"),
            AUDIT: navigator.open_history,
            VERIFICATION: navigator.open_verification,
            DOCTOR: navigator.open_doctor,
        }
        for name, open_screen in openers.items():
            open_screen()
            await screen.until(lambda name=name: name == app.front.SCREEN_NAME, f"{name} is open")
            offered = {command.id for command in COMMANDS if not command.screens or name in command.screens}
            assert offered - {*app.front.commands, *app.commands} == set()


async def test_every_command_is_bound_to_its_key(run_app: RunApp) -> None:
    async with run_app(can_go_back=True) as screen:
        bound = {binding.id: key for key, binding in screen.app._bindings if binding.id}
        assert bound == {command.id: command.key for command in COMMANDS}


async def test_the_help_names_every_command_and_entity(run_app: RunApp) -> None:
    async with run_app(size=(120, 240), can_go_back=True) as screen:
        await screen.press("question_mark")
        await screen.shows("Esc closes")
        told = " ".join(screen.text.replace("│", " ").split())
        for command in COMMANDS:
            assert f"{command.key_display} " in told
            assert " ".join(command.description.split()[:4]) in told
        assert "res.partner into data_lake_serving" in told


@pytest.mark.parametrize("opens", ["A", "V", *slow(["R", "D"])])
async def test_the_help_begins_with_the_keys_of_the_screen_in_front(opens: str, run_app: RunApp) -> None:
    async with run_app(size=(60, 15)) as screen:
        await screen.press(opens)
        await screen.until(lambda: screen.app.front.SCREEN_NAME != DASHBOARD, "the screen is open")
        name = screen.app.front.SCREEN_NAME
        await screen.press("question_mark")
        await screen.shows("On this screen", "Esc closes")
        first = next(command for command in COMMANDS if name in command.screens)
        assert f"{first.key_display}  " in screen.text.split("On this screen")[1].splitlines()[1]
        assert "Sync departments" not in screen.text
        await screen.press("end")
        await screen.shows("lake users", "Esc closes")


async def test_the_menu_offers_what_can_be_done_now(run_app: RunApp) -> None:
    async with run_app() as screen:
        offered = {entry.title for entry in screen.app.menu_entries()}
        assert "Sync data lake" in offered
        assert "Cancel the run" not in offered
        await screen.press("l")
        await screen.until(screen.backend.begun.is_set, "the run has begun")
        offered = {entry.title for entry in screen.app.menu_entries()}
        assert "Sync data lake" not in offered
        assert "Cancel the run" in offered


def menu_of(**facts: object) -> list[MenuEntry]:
    return build_menu(COMMANDS, CommandContext(ready=True, **facts), lambda _: None, BUILT_IN, lambda _: None)


def test_the_menu_has_the_syncs_first_then_the_rest_in_the_order_of_use() -> None:
    titles = [entry.title for entry in menu_of()]
    assert titles[:4] == ["Sync departments", "Sync users", "Sync data lake", "Choose what to sync"]
    assert titles[-5:] == ["Choose the theme", "Help", "Command lines", "Manual", "Quit"]
    assert titles.index("Verify against Odoo") < titles.index("Open invoices") < titles.index("Help")


def test_the_menu_begins_with_cancelling_while_a_run_is_at_work() -> None:
    assert [entry.id for entry in menu_of(running=True)][:2] == ["run.cancel", "view.events"]


def test_the_menu_of_a_screen_begins_with_what_only_that_screen_can_do() -> None:
    assert [entry.id for entry in menu_of(screen=AUDIT, has_event=True)][:2] == ["audit.filter", "audit.order"]
    assert [entry.id for entry in menu_of(screen=ENTITY)][:2] == ["entity.search", "entity.further"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("A", ["Open the audit history"]),
        ("^p", []),
        ("sync", ["Sync departments", "Sync users", "Sync data lake"]),
        ("view.verification", ["Verify against Odoo"]),
        ("what to do", ["Run the doctor"]),
        *slow(
            [
                ("DOCTOR", ["Run the doctor"]),
                ("on another host", []),
                ("lake sync", ["Sync data lake"]),
            ]
        ),
    ],
)
async def test_the_menu_finds_a_command_by_key_name_id_and_description(
    query: str, found: list[str], run_app: RunApp
) -> None:
    async with run_app(size=(120, 60)) as screen:
        await screen.press("ctrl+p")
        await screen.shows("Sync departments")
        palette = screen.app.screen
        palette.query_one(Input).value = query
        options = palette.query_one(OptionList)
        if not found:
            await screen.shows("No matches found")
            return
        await screen.until(
            lambda: [option.hit.text for option in options.options[: len(found)]] == found, f"{query} finds {found}"
        )
        assert found[0] in screen.text


async def test_the_menu_runs_a_command(run_app: RunApp) -> None:
    async with run_app() as screen:
        await screen.press("ctrl+p", *"sync dep")
        await screen.shows("Sync departments")
        await screen.press("enter")
        await screen.until(lambda: screen.backend.begun.is_set(), "the run has begun")
        assert len(screen.backend.synced) == 1


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_the_footer_shows_what_can_be_done_now_and_nothing_is_cut(size: tuple[int, int], run_app: RunApp) -> None:
    async with run_app(size=size) as screen:
        footer = await screen.footer()
        assert all(label in footer for label in ("d  u  l Sync", "? Help", "q Quit"))
        assert "Cancel" not in footer
        await screen.press("l")
        await screen.until(lambda: "c Cancel" in screen.text.splitlines()[-1], "the footer has changed")
        assert "Sync" not in await screen.footer()


def test_what_can_be_done_when() -> None:
    idle, busy = CommandContext(ready=True), CommandContext(ready=True, running=True)

    def offered(situation: CommandContext) -> set[str]:
        return {command.id for command in COMMANDS if command.is_available(situation)}

    everywhere = {"app.command_line", "app.palette", "app.help", "app.manual", "app.quit", "app.theme"}
    assert offered(CommandContext()) == {*everywhere, "app.fleet"}  # bound only where there is a fleet
    assert "view.refresh" in offered(CommandContext(failed=True))
    assert offered(idle) - offered(busy) == {
        "sync.departments",
        "sync.users",
        "sync.data_lake",
        "sync.choose",
        "run.mode",
        "odoo.count",
    }
    assert offered(busy) - offered(idle) == {"run.cancel"}
    assert "run.cancel" not in offered(CommandContext(ready=True, running=True, stopping=True))
    assert "run.cancel" not in offered(CommandContext(ready=True, running=True, writable=False))
    assert "run.confirm_retire" in offered(CommandContext(ready=True, withheld=1))
    assert "run.confirm_retire" not in offered(CommandContext(ready=True, withheld=1, writable=False))
    assert "run.adopt_source" in offered(CommandContext(ready=True, other_source=True))
    assert "run.adopt_source" not in offered(CommandContext(ready=True, other_source=True, writable=False))


async def test_errors_are_offered_only_when_there_are_some(run_app: RunApp) -> None:
    async with run_app() as screen:
        await screen.press("e")
        assert len(screen.app.screen_stack) == 1
    async with run_app(FakeBackend(FakeOverviewQueries(troubled_overview()))) as screen:
        await screen.press("e")
        await screen.shows("Make a new API key in Odoo and set odoo.api_key.")


class TestLists:
    async def test_enter_opens_the_event_under_the_cursor(self, run_app: RunApp) -> None:
        async with run_app() as screen:
            await screen.press("a", "down", "down", "enter")
            await screen.shows(
                "Audit event", "svc-odoo-sync", "Odoo did not answer within 60 s.", "Look at the server."
            )
            await screen.press("escape")
            await screen.until(lambda: len(screen.app.screen_stack) == 1, "closed")

    async def test_a_click_moves_the_cursor_and_a_second_one_opens(self, run_app: RunApp) -> None:
        async with run_app() as screen:
            await screen.pilot.click("#audit", offset=(5, 3))
            await screen.settled()
            assert len(screen.app.screen_stack) == 1
            await screen.pilot.click("#audit", offset=(5, 3))
            await screen.shows("Audit event", "12 003")

    async def test_the_cursor_stays_with_its_event_when_newer_ones_come(self, run_app: RunApp) -> None:
        async with run_app() as screen:
            await screen.press("a", "down")
            newer = tuple(replace_id(EVENTS[0], f"new-{n}") for n in range(3))
            screen.backend.overview_queries.answer = overview(events=(*newer, *EVENTS))
            await screen.press("r")
            await screen.until(
                lambda: screen.backend.overview_queries.readings >= 2 and screen.text.count("12:28:08") >= 4, "read"
            )
            await screen.press("enter")
            await screen.shows("Audit event", "event        e3")

    async def test_more_events_than_lines_scroll_with_the_cursor(self, run_app: RunApp) -> None:
        many = tuple(replace_id(EVENTS[2], f"e-{n}") for n in range(100))
        async with run_app(FakeBackend(FakeOverviewQueries(overview(events=many))), Ui(), size=(80, 24)) as screen:
            await screen.press("a", "end", "enter")
            await screen.shows("e-99")
            await screen.press("escape", "home", "enter")
            await screen.shows("e-0")


def replace_id(event: object, event_id: str) -> object:
    return replace(event, id=event_id, run_id=event_id)
