"""What the parts of the application spare: outcomes for closed screens, derivations, and lines that stay the same."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from odoo_sync_tui.tui.app import state_store
from odoo_sync_tui.tui.widgets.lines import Lines
from tests.support.fake_backend.values import NOW
from tests.tui.support.screen import RunApp


async def test_a_closed_screen_gets_no_outcome_of_its_read(run_app: RunApp) -> None:
    async with run_app() as screen:
        shown: list[str] = []
        goes_on = threading.Event()

        def read() -> str:
            assert goes_on.wait(20)
            return "late"

        await screen.press("R")
        await screen.shows("all ")
        page = screen.app.front
        page.read_in_thread("late", read, shown.append)
        await screen.press("escape")
        await screen.until(lambda: not page.is_attached, "the screen is closed")
        goes_on.set()
        await screen.until(lambda: not screen.app.workers, "the thread has ended")
        screen.app.call_later(shown.append, "after it")
        await screen.until(lambda: shown, "the loop has come to it")
        assert shown == ["after it"]


async def test_runs_are_derived_once_per_change_however_many_keys_are_offered(
    run_app: RunApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with run_app() as screen:
        await screen.settled()
        derived, changed = [], []
        find, change = state_store.find_shown_runs, screen.app.store._set
        monkeypatch.setattr(state_store, "find_shown_runs", lambda state: derived.append(state) or find(state))
        monkeypatch.setattr(screen.app.store, "_set", lambda state: changed.append(state) or change(state))
        await screen.press("question_mark")
        await screen.shows("Esc closes")
        await screen.press("escape", "R")
        await screen.shows("all ")
        assert len(derived) == len(changed)


async def test_a_tick_of_the_clock_rebuilds_no_panel_and_a_minute_those_with_ages(
    run_app: RunApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    time = [NOW]
    async with run_app(clock=lambda: time[0]) as screen:
        await screen.settled()
        rebuilt: list[str] = []
        rebuild = Lines._rebuild
        monkeypatch.setattr(Lines, "_rebuild", lambda lines: rebuilt.append(lines.id) or rebuild(lines))
        time[0] = NOW + timedelta(seconds=1)
        screen.app.store.change()
        assert rebuilt == []
        time[0] = NOW + timedelta(minutes=1)
        screen.app.store.change()
        assert set(rebuilt) == {"headline", "syncs", "entities", "run", "audit"}
