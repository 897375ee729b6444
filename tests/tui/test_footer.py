"""The line of keys at the bottom: what can be pressed now, as much of it as there is room for."""

from __future__ import annotations

from odoo_sync_tui.tui.dialogs.help import HelpDialog
from odoo_sync_tui.tui.widgets.chrome.footer import CommandFooter
from odoo_sync_tui.tui.widgets.chrome.inputs import FilterBar
from tests.support.fake_backend.backend import FakeBackend
from tests.support.fake_backend.options import Ui
from tests.tui.support.audit_driver import backend, open_history
from tests.tui.support.screen import RunApp, Screen


def last_line(screen: Screen) -> str:
    return screen.text.splitlines()[-1].strip()


async def test_a_wide_one_shows_more_keys_and_a_narrow_one_keeps_those_that_matter(run_app: RunApp) -> None:
    async with run_app(FakeBackend(), size=(120, 40)) as screen:
        assert "R Runs" in await screen.footer()
        await screen.pilot.resize_terminal(60, 24)
        await screen.until(lambda: "R Runs" not in last_line(screen), "the further keys give way")
        assert last_line(screen).endswith("? Help  q Quit")


async def test_a_click_on_a_key_presses_it(run_app: RunApp) -> None:
    async with run_app(FakeBackend()) as screen:
        x = (await screen.footer()).index("? Help")
        await screen.pilot.click(CommandFooter, offset=(x + 3, 0))
        await screen.until(lambda: isinstance(screen.app.screen, HelpDialog), "the help is open")


async def test_a_click_between_two_keys_does_nothing(run_app: RunApp) -> None:
    async with run_app(FakeBackend()) as screen:
        x = (await screen.footer()).index("? Help")
        await screen.pilot.click(CommandFooter, offset=(x - 1, 0))
        await screen.settled()
        assert not isinstance(screen.app.screen, HelpDialog)


async def test_while_text_is_typed_only_keys_that_are_no_text_are_offered(run_app: RunApp) -> None:
    async with run_app(backend()) as screen:
        await open_history(screen)
        assert "/ Filter" in last_line(screen)
        await screen.press("slash")
        await screen.until(lambda: screen.app.screen.query_one(FilterBar).has_focus, "the bar has the focus")
        await screen.until(lambda: "Enter Apply" in last_line(screen), "Enter is told")
        assert "/ Filter" not in last_line(screen)
        assert "esc Back" in last_line(screen)


async def test_a_command_with_two_keys_is_offered_by_the_one_that_is_no_text(run_app: RunApp) -> None:
    async with run_app(backend(), ui=Ui(keymap={"audit.filter": "slash,ctrl+f"})) as screen:
        await open_history(screen)
        assert "/ Filter" in last_line(screen)
        await screen.press("slash")
        await screen.until(lambda: "^f Filter" in last_line(screen), "the other key is told")
        assert "/ Filter" not in last_line(screen)


async def test_a_dashboard_that_may_not_write_says_in_the_help_which_keys_are_off(run_app: RunApp) -> None:
    async with run_app(FakeBackend(), ui=Ui(read_only=True)) as screen:
        await screen.press("question_mark")
        await screen.shows("(read-only: off) Bring departments in step")
        assert "(read-only: off) Move to" not in screen.text
