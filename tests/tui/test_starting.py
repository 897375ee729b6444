"""The first picture waits for nothing, promises nothing and can be left; then the settings say what they have to."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace

import pytest

from odoo_sync_tui.core.errors import ConfigurationError
from odoo_sync_tui.entities.registry import BUILT_IN
from odoo_sync_tui.settings.load import build_settings_from_overrides
from odoo_sync_tui.tui.app.application import OdooSyncApp
from odoo_sync_tui.tui.backend import Setup
from odoo_sync_tui.tui.commands.registry import COMMANDS
from odoo_sync_tui.tui.startup import build_setup
from tests.support.fake_backend.backend import FakeBackend
from tests.support.fake_backend.discovery import FakeDiscovery
from tests.support.fake_backend.options import Ui
from tests.support.fake_backend.overview_queries import FakeOverviewQueries
from tests.support.fake_backend.values import ANNA, NOW, overview
from tests.support.slow import slow
from tests.tui.support.screen import RunApp, Screen

PRODUCTION = Ui(environment="PROD", read_only=True)
PROGRAM = """
import sys
from odoo_sync_tui.settings.early import read_early_settings
from odoo_sync_tui.settings.layers import read_option_layer
from odoo_sync_tui.tui.app.application import OdooSyncApp

def set_up():
    seen.append(sorted({"pydantic", "pydantic_settings", "pymongo", "bson", "urllib3"} & set(sys.modules)))
    raise RuntimeError("enough")

seen = []
OdooSyncApp(set_up, read_early_settings([read_option_layer({"ui.ascii": "yes"})])).run(headless=True)
print(seen)
"""


class Checking:
    """Settings whose checking takes as long as the test wants."""

    def __init__(self) -> None:
        self.ended = threading.Event()
        self.error: Exception | None = None

    def __call__(self) -> Setup:
        assert self.ended.wait(20)
        if self.error:
            raise self.error
        return Setup(FakeBackend, PRODUCTION, ANNA, BUILT_IN, COMMANDS, lambda: iter(()), FakeDiscovery())


@pytest.fixture
def checking() -> Iterator[Checking]:
    checking = Checking()
    yield checking
    checking.ended.set()


def starting(checking: Checking) -> OdooSyncApp:
    return OdooSyncApp(checking, PRODUCTION, clock=lambda: NOW)


def test_the_first_picture_needs_neither_pydantic_nor_a_driver() -> None:
    told = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    assert told.stdout == "[[]]\n"


async def test_what_is_shown_is_right_and_what_is_not_known_is_not_shown(checking: Checking) -> None:
    app = starting(checking)
    async with app.run_test(size=(120, 40), notifications=True, tooltips=True) as pilot:
        screen = Screen(app, pilot, FakeBackend())
        await screen.shows("PROD", "READ-ONLY", "reading the settings", "Events", "starting")
        assert "A all" not in screen.text
        assert "Quit" not in screen.text
        await screen.press("d", "question_mark", "A", "ctrl+p", "f", "r")
        assert len(app.screen_stack) == 1
        checking.ended.set()
        await screen.shows("A all", "anna", "q Quit", "55 007")
        assert "reading the settings" not in screen.text


@pytest.mark.parametrize("key", ["q", "ctrl+q", "ctrl+c"])
async def test_a_dashboard_that_is_starting_can_be_left(key: str, checking: Checking) -> None:
    app = starting(checking)
    async with app.run_test() as pilot:
        await pilot.press(key)
        await Screen(app, pilot, FakeBackend()).until(lambda: not app.is_running, "it ends")
        checking.ended.set()
    assert (app.return_code, app.refused) == (0, None)


@pytest.mark.parametrize("error", [ConfigurationError("ui.mouse is wrong."), KeyError("a defect")])
async def test_the_dashboard_ends_with_the_error_of_the_settings(error: Exception, checking: Checking) -> None:
    app = starting(checking)
    async with app.run_test(notifications=True) as pilot:
        checking.error = error
        checking.ended.set()
        await Screen(app, pilot, FakeBackend()).until(lambda: not app.is_running, "it ends")
    assert app.refused is error


@pytest.mark.parametrize("columns", [80, *slow([120])])
@pytest.mark.parametrize("words", ["no TLS", "TLS unchecked"])
async def test_the_top_line_has_room_for_an_unsafe_way_to_mongodb(run_app: RunApp, columns: int, words: str) -> None:
    async with run_app(exposure=words, size=(columns, 24)) as screen:
        line = (await screen.settled()).splitlines()[0]
    assert words in line
    assert "acme @ odoo.acme.example" in line
    assert "anna" in line
    assert line.index(words) > line.index("odoo.acme.example")
    assert len(line) <= columns


@pytest.mark.parametrize(
    ("url", "is_open"),
    [("http://odoo.acme.example", True), ("http://127.0.0.1:8069", False), ("https://odoo.acme.example", False)],
)
async def test_the_top_line_says_that_odoo_is_reached_without_tls(run_app: RunApp, url: str, is_open: bool) -> None:
    usual = overview()
    backend = FakeBackend(FakeOverviewQueries(replace(usual, integration=replace(usual.integration, url=url))))
    async with run_app(backend) as screen:
        line = (await screen.settled()).splitlines()[0]
    assert ("no TLS" in line) is is_open


def test_the_top_line_gets_the_weakness_of_the_settings_address() -> None:
    settings = build_settings_from_overrides({"mongo.uri": "mongodb://sync:secret@db.example"})
    assert build_setup(settings, lambda: iter(()), ExitStack()).exposure == "no TLS"


async def test_notices_about_the_settings_are_shown_when_the_dashboard_opens(run_app: RunApp) -> None:
    async with run_app(notices=("One thing.", "And [another].")) as screen:
        await screen.shows("One thing. And [another].")
