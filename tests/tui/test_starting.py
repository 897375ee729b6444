"""Before the settings are checked: the first picture waits for nothing, promises nothing, and can be left."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest

from odoo_sync_tui.core.errors import ConfigurationError
from odoo_sync_tui.tui.app.application import OdooSyncApp
from odoo_sync_tui.tui.backend import Setup
from odoo_sync_tui.tui.commands.registry import COMMANDS
from tests.support.fake_backend.backend import FakeBackend
from tests.support.fake_backend.options import Ui
from tests.support.fake_backend.values import ANNA, NOW
from tests.tui.support.screen import Screen

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
        return Setup(FakeBackend, PRODUCTION, ANNA, COMMANDS, lambda: iter(()))


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
        await screen.shows("PROD", "READ-ONLY", "reading the settings", "Recent audit events", "starting")
        assert "(A: all)" not in screen.text
        assert "Quit" not in screen.text
        await screen.press("d", "question_mark", "A", "ctrl+p", "f", "r")
        assert len(app.screen_stack) == 1
        checking.ended.set()
        await screen.shows("(A: all)", "anna", "q Quit", "55 007")
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
