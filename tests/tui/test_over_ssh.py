"""A slow line gets fewer frames and no animation, decided before Textual reads its environment; a crash keeps quiet."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from odoo_sync_tui.tui.app.application import OdooSyncApp
from tests.support.fake_backend.backend import FakeBackend
from tests.support.fake_backend.overview_queries import FakeOverviewQueries
from tests.tui.support.screen import RunApp

PROGRAM = """
import json, os, sys
from odoo_sync_tui.tui import startup
early = "textual" in sys.modules
startup.prepare_environment(os.environ)
from textual import constants
print(json.dumps([early, constants.MAX_FPS, constants.TEXTUAL_ANIMATIONS, constants.SMOOTH_SCROLL]))
"""


def textual_with(**environment: str) -> list[object]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("TEXTUAL_", "SSH_"))}
    told = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=clean | environment, capture_output=True, text=True, check=True
    )
    return json.loads(told.stdout)


def test_at_home_nothing_is_changed() -> None:
    assert textual_with() == [False, 60, "full", True]


def test_over_ssh_it_is_thrifty() -> None:
    assert textual_with(SSH_CONNECTION="10.0.0.7 5 10.0.0.1 22") == [False, 15, "none", False]


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("TEXTUAL_FPS", "30", [False, 30, "none", False]),
        ("TEXTUAL_ANIMATIONS", "basic", [False, 15, "basic", False]),
        ("TEXTUAL_SMOOTH_SCROLL", "1", [False, 15, "none", True]),
    ],
)
def test_the_operators_own_word_counts(name: str, value: str, expected: list[object]) -> None:
    assert textual_with(SSH_CONNECTION="10.0.0.7 5 10.0.0.1 22", **{name: value}) == expected


async def crashed(run_app: RunApp) -> OdooSyncApp:
    running = run_app(FakeBackend(FakeOverviewQueries()), log_path="/var/log/the.log")
    screen = await running.__aenter__()

    def crash() -> None:
        password = "hunter2"  # noqa: F841
        raise ZeroDivisionError("division by zero")

    screen.app.call_later(crash)
    await screen.until(lambda: not screen.app.is_running, "it has crashed")
    with pytest.raises(ZeroDivisionError):
        await running.__aexit__(None, None, None)
    return screen.app


async def test_a_crash_tells_what_and_where_but_never_what_was_in_memory(run_app: RunApp, capsys, caplog) -> None:
    app = await crashed(run_app)
    told = capsys.readouterr()
    shown = told.out + told.err + "".join(str(renderable) for renderable in app._exit_renderables)
    assert "hunter2" not in shown
    assert "ZeroDivisionError: division by zero" in shown
    assert "/var/log/the.log" in shown
    assert app.return_code == 1
