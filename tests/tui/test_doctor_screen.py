"""The doctor's rounds from the dashboard, also when the store cannot be opened."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from odoo_sync_tui.core.errors import StoreUnavailable
from odoo_sync_tui.core.reports.diagnosis import Check, Grade
from odoo_sync_tui.tui.model.glyphs import ASCII, UNICODE
from odoo_sync_tui.tui.screens.doctor import format_checks
from tests.support.fake_backend.backend import FakeBackend
from tests.support.fake_backend.options import Ui
from tests.support.fake_backend.values import CHECKS
from tests.support.hostile_text import HOSTILE, harmless
from tests.support.slow import slow
from tests.tui.support.screen import RunApp
from tests.tui.support.sizes import SMALL, TINY, USUAL, name_of


class SlowChecks:
    """Checks that are made when they are let go, one after the other."""

    def __init__(self) -> None:
        self.steps = threading.Semaphore(0)
        self.made: list[str] = []

    def __iter__(self) -> Iterator[Check]:
        for check in CHECKS:
            self.steps.acquire()
            self.made.append(check.name)
            yield check


async def test_every_check_is_told_with_what_to_do(run_app: RunApp) -> None:
    async with run_app() as screen:
        await screen.press("D")
        await screen.shows("settings.file", "odoo.acme.example refused the key.", "Make a new API key in Odoo")
        await screen.shows("1 ok, 1 warn, 1 fail, 1 skipped")
        await screen.press("escape")
        await screen.until(lambda: len(screen.app.screen_stack) == 1, "the dashboard is back")


async def test_checks_appear_as_they_are_made_and_none_begins_when_it_is_left(run_app: RunApp) -> None:
    checks = SlowChecks()
    backend = FakeBackend(checks=checks)
    async with run_app(backend) as screen:
        await screen.press("D")
        checks.steps.release()
        await screen.shows("settings.file", "examining")
        assert "terminal.tmux" not in screen.text
        await screen.press("escape")
        await screen.until(lambda: len(screen.app.screen_stack) == 1, "the dashboard is back")
        checks.steps.release(2)
        await screen.until(lambda: len(checks.made) == 2, "the check under way has ended")
    assert len(checks.made) == 2


async def test_rows_stay_where_they_are_while_checks_come_and_failures_are_on_top_in_the_end(run_app: RunApp) -> None:
    checks = SlowChecks()
    async with run_app(FakeBackend(checks=checks)) as screen:
        await screen.press("D")
        checks.steps.release(len(CHECKS) - 1)
        await screen.shows("examining", *(check.name for check in CHECKS[:-1]))
        assert shown_order(screen.text) == [check.name for check in CHECKS[:-1]]
        checks.steps.release()
        await screen.shows("1 fail")
        assert shown_order(screen.text)[:2] == [
            check.name for grade in (Grade.FAIL, Grade.WARN) for check in CHECKS if check.health is grade
        ]


def shown_order(text: str) -> list[str]:
    """The names of the checks, from the top of the screen."""
    names = {check.name for check in CHECKS}
    return [word for line in text.splitlines() for word in line.split()[2:3] if word in names]


async def test_the_rounds_are_made_again(run_app: RunApp) -> None:
    async with run_app() as screen:
        await screen.press("D")
        await screen.shows("1 fail")
        screen.backend.checks = CHECKS[:1]
        await screen.press("r")
        await screen.until(lambda: "1 fail" not in screen.text, "it was made again")
        await screen.shows("1 ok")


async def test_where_the_store_cannot_be_opened_it_is_needed_most(run_app: RunApp) -> None:
    def fails() -> FakeBackend:
        raise StoreUnavailable("MongoDB at db.example:27017 does not answer.", "Look whether it runs; then press r.")

    async with run_app(size=SMALL, ready=False, connect=fails) as screen:
        await screen.shows("MongoDB cannot be opened")
        await screen.press("D")
        await screen.shows("1 ok, 1 warn, 1 fail, 1 skipped")


async def test_who_may_not_write_may_not_even_try_to(run_app: RunApp) -> None:
    async with run_app(ui=Ui(read_only=True)) as screen:
        await screen.press("D")
        await screen.settled()
        assert len(screen.app.screen_stack) == 1


async def test_a_defect_in_a_check_is_told(run_app: RunApp) -> None:
    def broken() -> Iterator[Check]:
        yield CHECKS[0]
        raise RuntimeError("a defect")

    backend = FakeBackend(checks=broken())
    async with run_app(backend) as screen:
        await screen.press("D")
        await screen.shows("settings.file", "Unexpected RuntimeError: a defect")


@pytest.mark.parametrize("size", [SMALL, *slow([(USUAL,)])], ids=name_of)
@pytest.mark.parametrize("ascii_only", [False, True], ids=["unicode", "ascii"])
async def test_scene(ascii_only: bool, size: tuple[int, int], run_app: RunApp) -> None:
    name = f"doctor{'_ascii' if ascii_only else ''}-{name_of(size)}"
    async with run_app(ui=Ui(environment="PROD", ascii=ascii_only), size=size) as screen:
        await screen.press("D")
        await screen.shows("1 fail")
        await screen.matches(name)


async def test_scene_on_a_very_small_terminal(run_app: RunApp) -> None:
    async with run_app(ui=Ui(environment="PROD"), size=TINY) as screen:
        await screen.press("D")
        await screen.until(lambda: len(screen.app.screen_stack) == 2, "the doctor is there")
        await screen.matches("doctor-60x15")


async def test_without_colour_the_doctor_says_the_same(monkeypatch: pytest.MonkeyPatch, run_app: RunApp) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with run_app(ui=Ui(environment="PROD"), size=SMALL) as screen:
        await screen.press("D")
        await screen.shows("1 fail")
        await screen.matches("doctor-80x24")


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text[:12]))
@pytest.mark.parametrize("glyphs", [UNICODE, ASCII], ids=["unicode", "ascii"])
def test_text_from_outside_is_shown_not_obeyed(text: str, glyphs) -> None:
    for width in (60, 76, 118):
        lines = format_checks([Check(text, health, text, text) for health in Grade], glyphs, width)
        assert all(line.cell_length <= width and harmless(line.plain) for line in lines)
        assert glyphs.is_unicode or all(line.plain.isascii() for line in lines)
