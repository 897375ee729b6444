"""The whole screen as text, in every state and at every size that counts."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

import odoo_sync_tui
from odoo_sync_tui.core.errors import StoreUnavailable
from odoo_sync_tui.core.reports.overview import Overview
from tests.support.fake_backend.backend import FakeBackend
from tests.support.fake_backend.options import Ui
from tests.support.fake_backend.overview_queries import FakeOverviewQueries
from tests.support.fake_backend.values import (
    busy_overview,
    empty_overview,
    overview,
    partial_overview,
    troubled_overview,
    unreachable_overview,
)
from tests.support.slow import slow
from tests.tui.support.screen import RunApp
from tests.tui.support.sizes import LARGE, SMALL, TINY, TOO_SMALL, USUAL, name_of

PROD = Ui(environment="PROD")
PICTURE = Path(odoo_sync_tui.__file__).parent / "docs" / "dashboard.svg"


@dataclass(frozen=True)
class Scene:
    answer: Callable[[], Overview] = overview
    ui: Ui = PROD
    keys: tuple[str, ...] = ()
    waits_for: str = ""


SCENES = {
    "idle": Scene(),
    "empty": Scene(empty_overview, Ui()),
    "troubled": Scene(troubled_overview),
    "partial": Scene(partial_overview, Ui(environment="test")),
    "busy_elsewhere": Scene(busy_overview, Ui(environment="staging")),
    "unreachable": Scene(unreachable_overview, Ui(environment="staging")),
    "read_only": Scene(ui=Ui(environment="PROD", read_only=True)),
    "running": Scene(keys=("l",), waits_for="70 %"),
    "help": Scene(keys=("question_mark",), waits_for="Esc closes"),
    "event": Scene(keys=("a", "enter"), waits_for="Audit event"),
    "errors": Scene(troubled_overview, keys=("e",), waits_for="Errors and warnings"),
    "quitting": Scene(keys=("l", "q"), waits_for="Stay: go on."),
    "confirm_retire": Scene(partial_overview, keys=("w",), waits_for="Type PROD"),
    "confirm_full": Scene(keys=("f", "d"), waits_for="Full sync of departments"),
    "ascii": Scene(ui=Ui(environment="PROD", ascii=True), keys=("l",), waits_for="70 %"),
}


OF_BOTH_SIZES = ("idle", "running")
"""What is looked at most; others are laid out by the same rules."""


@pytest.mark.parametrize(
    ("scene", "size"),
    [
        *((scene, SMALL) for scene in SCENES),
        *((scene, USUAL) for scene in OF_BOTH_SIZES),
        *slow((scene, USUAL) for scene in SCENES if scene not in OF_BOTH_SIZES),
    ],
    ids=lambda value: value if isinstance(value, str) else name_of(value),
)
async def test_scene(scene: str, size: tuple[int, int], run_app: RunApp) -> None:
    await picture(SCENES[scene], f"{scene}-{name_of(size)}", size, run_app)


@pytest.mark.parametrize("scene", ["idle", "running"])
async def test_scene_on_a_large_terminal(scene: str, run_app: RunApp) -> None:
    await picture(SCENES[scene], f"{scene}-{name_of(LARGE)}", LARGE, run_app)


@pytest.mark.parametrize("scene", ["idle", "running", "confirm_retire", *slow(["troubled", "empty", "help"])])
async def test_scene_on_a_very_small_terminal(scene: str, run_app: RunApp) -> None:
    await picture(SCENES[scene], f"{scene}-{name_of(TINY)}", TINY, run_app)


async def test_a_terminal_that_is_too_small_is_told_what_it_takes(run_app: RunApp) -> None:
    async with run_app(size=TOO_SMALL) as screen:
        await screen.shows("at least 60x15")


async def test_without_colour_the_screen_says_the_same(monkeypatch: pytest.MonkeyPatch, run_app: RunApp) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with run_app(
        FakeBackend(FakeOverviewQueries(troubled_overview())), Ui(environment="PROD"), size=SMALL
    ) as screen:
        await screen.matches("troubled-80x24")


async def test_before_the_store_is_open(run_app: RunApp) -> None:
    def fails() -> FakeBackend:
        raise StoreUnavailable("MongoDB at db.example:27017 does not answer.", "Look whether it runs; then press r.")

    async with run_app(size=SMALL, ready=False, connect=fails) as screen:
        await screen.shows("MongoDB cannot be opened")
        await screen.matches("connect_failed-80x24")


async def test_the_picture_of_the_readme_is_the_screen(run_app: RunApp) -> None:
    """``UPDATE_SNAPSHOTS=1`` draws it anew."""
    async with run_app(FakeBackend(), Ui(environment="PROD"), size=(120, 36)) as screen:
        await screen.press("l")
        await screen.shows("70 %")
        await screen.settled()
        drawn = screen.app.export_screenshot(title="odoo-sync-tui")
    if os.environ.get("UPDATE_SNAPSHOTS"):
        PICTURE.write_text(drawn, encoding="utf-8")
    assert drawn == PICTURE.read_text(encoding="utf-8")


async def picture(scene: Scene, name: str, size: tuple[int, int], run_app: RunApp) -> None:
    async with run_app(FakeBackend(FakeOverviewQueries(scene.answer())), scene.ui, size=size) as screen:
        await screen.press(*scene.keys)
        if scene.waits_for:
            await screen.shows(scene.waits_for)
        await screen.matches(name)
        assert all(len(line) <= size[0] for line in screen.text.splitlines())
