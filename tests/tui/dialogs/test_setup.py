"""A first start with nothing set: what is missing is said, asked for, tried and written, and the dashboard goes on."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest
from textual.widgets import Input

from odoo_sync_tui.core.errors import ConfigurationError, StoreUnavailable
from odoo_sync_tui.core.reports.diagnosis import Check, Grade
from odoo_sync_tui.tui.dialogs.setup import SetupDialog
from odoo_sync_tui.tui.model.state import ConnectionState
from tests.support.fake_backend.options import Ui
from tests.support.fake_backend.own_settings import FakeOwnSettings, backend_without_settings
from tests.support.hostile_text import HOSTILE_ON_FURTHER_SCREENS, harmless
from tests.support.slow import slow
from tests.tui.support.screen import RunApp, Screen
from tests.tui.support.sizes import LARGE, SMALL, TINY, USUAL, name_of

PLAIN = Ui()
KEY = "canary-of-the-key"
TYPED = ("https://odoo.example.com", "acme", "sync@example.com", KEY)
ANSWERS = {
    "odoo.url": TYPED[0],
    "odoo.database": TYPED[1],
    "odoo.username": TYPED[2],
    "odoo.api_key": KEY,
    "mongo.uri": "embedded",
}


@dataclass
class FirstDay:
    """A dashboard whose settings lack something, and the file that it may write."""

    screen: Screen
    own_settings: FakeOwnSettings

    @property
    def dialog(self) -> SetupDialog | None:
        top = self.screen.app.screen
        return top if isinstance(top, SetupDialog) else None

    async def open(self) -> None:
        await self.screen.press("S")
        await self.screen.until(lambda: self.dialog is not None and self.dialog.query(Input), "the dialog is open")

    async def fill(self, *texts: str) -> None:
        """Type into the fields, each ended with Enter, and Enter for those that are left."""
        fields = len(self.own_settings.asked)
        for text in (*texts, *[""] * (fields - len(texts))):
            await self.screen.type(text)
            await self.screen.press("enter")


@pytest.fixture
def first_day(run_app: RunApp):
    @asynccontextmanager
    async def run(ui: Ui = PLAIN, **arguments: object) -> AsyncIterator[FirstDay]:
        backend = backend_without_settings()
        own_settings = FakeOwnSettings(backend)
        for name in [name for name in arguments if hasattr(own_settings, name)]:
            setattr(own_settings, name, arguments.pop(name))
        try:
            async with run_app(backend, ui, own_settings=own_settings, **arguments) as screen:
                yield FirstDay(screen, own_settings)
        finally:
            own_settings.goes_on.set()

    return run


async def test_the_answers_are_tried_written_and_used_without_leaving_the_screen(first_day):
    async with first_day() as day:
        await day.open()
        await day.fill(*TYPED)
        await day.screen.until(lambda: day.dialog is None, "the dialog has closed")
        assert (day.own_settings.tried, day.own_settings.saved) == ([ANSWERS], [ANSWERS])
        assert day.screen.toasts() == [f"Settings: {day.own_settings.path} is written."]
        state = lambda: day.screen.app.store.state  # noqa: E731
        await day.screen.until(lambda: not state().overview.integration.settings_problem, "the settings are used")
        await day.screen.press("l")
        await day.screen.until(day.screen.backend.begun.is_set, "a sync runs")
        assert "Set up" not in await day.screen.footer()


async def test_the_dashboard_says_what_is_missing_and_where_to_write_it(first_day):
    async with first_day() as day:
        await day.screen.shows("odoo.api_key are not set", "S sets it up")
        await day.screen.shows(f"Write into {day.own_settings.path}:", 'url = "https://odoo.example.com"')
        assert "Set up" in await day.screen.footer()


async def test_the_key_is_never_on_the_screen(first_day):
    async with first_day(checks=(Check("odoo.login", Grade.FAIL, "Odoo refused the login."),)) as day:
        await day.open()
        await day.fill(*TYPED)
        await day.screen.shows("Odoo refused the login.")
        assert day.own_settings.tried == [ANSWERS]
        assert TYPED[2] in day.screen.text
        assert KEY not in day.screen.text


async def test_what_fails_is_said_and_nothing_is_written_until_it_is_right(first_day):
    failing = (
        Check("odoo.tls", Grade.OK, "The certificate is trusted."),
        Check("odoo.login", Grade.FAIL, "Odoo refused the login.", "Make a new key."),
        Check("mongodb.connection", Grade.FAIL, "MongoDB does not answer.\nNor does its name."),
    )
    async with first_day(checks=failing) as day:
        await day.open()
        await day.fill(*TYPED)
        await day.screen.shows("Odoo refused the login. Make a new key.", "MongoDB does not answer.")
        assert "certificate" not in day.screen.text
        assert "⏎" not in day.screen.text, "a message of several lines is shown as lines"
        assert day.own_settings.saved == []
        day.own_settings.checks = ()
        await day.screen.press("end", "ctrl+u")
        await day.screen.type("http://10.0.0.1:8069")
        await day.fill()
        await day.screen.until(lambda: day.dialog is None, "the dialog has closed")
        assert day.own_settings.saved == [{**ANSWERS, "odoo.url": "http://10.0.0.1:8069"}]


async def test_a_try_that_failed_may_be_written_all_the_same(first_day):
    async with first_day(checks=(Check("odoo.dns", Grade.FAIL, "There is no such host."),)) as day:
        await day.open()
        assert "Save untried" not in day.screen.text
        await day.fill(*TYPED)
        await day.screen.shows("There is no such host.", "Save untried")
        await day.screen.pilot.click("#save")
        await day.screen.until(lambda: day.dialog is None, "the dialog has closed")
        assert day.own_settings.saved == [ANSWERS]


async def test_a_wrong_answer_is_explained(first_day):
    async with first_day(checks=ConfigurationError("odoo.database is empty.", "A sync needs it.")) as day:
        await day.open()
        await day.fill()
        await day.screen.shows("odoo.database is empty. A sync needs it.")
        assert "Save untried" not in day.screen.text


async def test_a_file_that_cannot_be_written_is_explained_in_the_dialog(first_day):
    async with first_day(refuses=ConfigurationError("The disk is full.", "Make room.")) as day:
        await day.open()
        await day.fill(*TYPED)
        await day.screen.shows("The disk is full. Make room.")
        assert day.dialog is not None


async def test_escape_during_a_try_writes_nothing(first_day):
    async with first_day(goes_on=threading.Event()) as day:
        await day.open()
        await day.fill(*TYPED)
        await day.screen.shows("Trying to reach Odoo")
        await day.screen.press("escape")
        await day.screen.until(lambda: day.dialog is None, "the dialog has closed")
        day.own_settings.goes_on.set()
        await day.screen.until(lambda: not day.screen.app.tasks._busy, "the try has ended")
        await day.screen.settled()
        assert day.own_settings.saved == []


async def test_only_what_is_set_nowhere_is_asked_for(first_day):
    async with first_day(asked=("odoo.username", "odoo.api_key")) as day:
        await day.open()
        assert "Database" not in day.screen.text
        await day.fill("anna", KEY)
        await day.screen.until(lambda: day.dialog is None, "the dialog has closed")
        assert day.own_settings.saved == [{"odoo.username": "anna", "odoo.api_key": KEY}]


async def test_an_existing_file_is_not_touched_its_lines_are_shown(first_day):
    async with first_day(is_written=True) as day:
        await day.screen.press("S")
        await day.screen.shows("Errors and warnings", day.own_settings.path, 'url = "https://odoo.example.com"')
        assert day.dialog is None


async def test_a_read_only_dashboard_writes_no_settings(first_day):
    async with first_day(Ui(read_only=True)) as day:
        assert "Set up" not in await day.screen.footer()
        await day.screen.press("S")
        await day.screen.settled()
        assert day.dialog is None


async def test_it_is_not_offered_where_nothing_is_missing(run_app: RunApp):
    async with run_app() as screen:
        screen.app.navigator.own_settings = FakeOwnSettings(screen.backend)
        assert "Set up" not in await screen.footer()
        await screen.press("S")
        await screen.shows("The settings name an Odoo already.")
        assert not isinstance(screen.app.screen, SetupDialog)


async def test_a_mongodb_that_is_missing_is_asked_for_too(first_day):
    answers = iter([StoreUnavailable("There is no binary of MongoDB.")])

    def connect():
        for error in answers:
            raise error
        return day.own_settings.backend

    async with first_day(connect=connect, ready=False) as day:
        state = day.screen.app.store.state
        await day.screen.until(lambda: day.screen.app.store.state.connection is ConnectionState.FAILED, "it failed")
        await day.open()
        await day.fill(*TYPED, *[""])
        await day.screen.until(
            lambda: day.screen.app.store.state.connection is ConnectionState.READY, f"it is open: {state}"
        )
        assert day.dialog is None


@pytest.mark.parametrize("text", HOSTILE_ON_FURTHER_SCREENS)
async def test_text_from_a_server_is_harmless(first_day, text: str):
    async with first_day(checks=(Check("odoo.dns", Grade.FAIL, f"seen: {text}", text),), path=f"/tmp/{text}") as day:
        await day.open()
        await day.fill(*TYPED)
        await day.screen.shows("seen:")
        assert harmless(await day.screen.settled())


@pytest.mark.parametrize("size", [SMALL, *slow([(USUAL,)])], ids=name_of)
async def test_the_dialog_looks_as_stored(first_day, size: tuple[int, int]):
    failing = (Check("odoo.login", Grade.FAIL, "Odoo refused the login of sync@example.com.", "Make a new key."),)
    async with first_day(checks=failing, size=size) as day:
        await day.open()
        await day.fill(*TYPED)
        await day.screen.shows("refused")
        await day.screen.matches(f"setup-dialog-{name_of(size)}")


@pytest.mark.parametrize("size", [TINY, SMALL, *slow([(USUAL,), (LARGE,)])], ids=name_of)
async def test_a_first_start_looks_as_stored(first_day, size: tuple[int, int]):
    async with first_day(size=size) as day:
        await day.screen.matches(f"first-start-{name_of(size)}")
