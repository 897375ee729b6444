"""The dashboard keeps true to the store, and says so when it cannot."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from textual import events

from odoo_sync_tui.core.errors import ConfigurationError, OdooTransientError, StoreUnavailable
from odoo_sync_tui.core.reports.overview import Overview
from tests.support.fake_backend.backend import FakeBackend
from tests.support.fake_backend.options import Ui
from tests.support.fake_backend.overview_queries import FakeOverviewQueries
from tests.support.fake_backend.values import ENTITIES, NOW, busy_overview, overview, result
from tests.tui.support.screen import RunApp
from tests.tui.support.sizes import SMALL, TINY, name_of

GONE = StoreUnavailable("MongoDB went away.", "Start it again.")


class TestConnecting:
    async def test_the_first_picture_waits_for_nothing(self, run_app: RunApp) -> None:
        opened = threading.Event()
        backend = FakeBackend()

        def slowly() -> FakeBackend:
            assert opened.wait(20)
            return backend

        async with run_app(backend, ready=False, connect=slowly) as screen:
            await screen.shows("connecting to MongoDB")
            opened.set()
            await screen.shows("3 min ago", "accounts")

    async def test_a_failure_says_what_to_do_and_r_tries_again(self, run_app: RunApp) -> None:
        backend, failures = FakeBackend(), [ConfigurationError("No mongod was found.", "Install the extra.")]

        def connect() -> FakeBackend:
            if failures:
                raise failures.pop()
            return backend

        async with run_app(backend, ready=False, connect=connect) as screen:
            await screen.shows("MongoDB cannot be opened", "No mongod was found.", "Install the extra.")
            await screen.press("r")
            await screen.shows("✓ in step", "55 007")

    async def test_an_unexpected_error_is_told_without_its_trace(self, run_app: RunApp, caplog) -> None:
        def connect() -> FakeBackend:
            secret = "s3cret"  # noqa: F841 -- a local variable that must not be shown
            raise OSError("no more files")

        async with run_app(ready=False, connect=connect) as screen:
            await screen.shows("Unexpected OSError: no more files")
            assert "s3cret" not in screen.text
            assert "Traceback" not in screen.text
        assert "no more files" in caplog.text


class TestReading:
    async def test_a_failed_reading_keeps_the_figures_and_says_since_when_they_are_stale(self, run_app: RunApp) -> None:
        async with run_app() as screen:
            screen.backend.overview_queries.answer = GONE
            await screen.press("r")
            await screen.shows("stale since 12:31", "MongoDB went away.", "55 007", "▲ stale")
            screen.backend.overview_queries.answer = overview()
            await screen.press("r")
            await screen.until(lambda: "stale" not in screen.text, "the badge is gone")

    async def test_a_last_tick_while_the_application_closes_is_no_crash(self, run_app: RunApp) -> None:
        async with run_app() as screen:
            shown = screen.app._screen_stack.copy()
            screen.app._screen_stack.clear()  # as Textual does before it stops the timers
            screen.app.poller.poll_if_visible()
            screen.app._screen_stack.extend(shown)

    async def test_readings_never_queue_up(self, run_app: RunApp) -> None:
        class Slow(FakeOverviewQueries):
            go_on = threading.Event()
            at_work = 0
            most_at_work = 0

            def get_overview(self, events: int = 50) -> Overview:
                self.at_work += 1
                self.most_at_work = max(self.most_at_work, self.at_work)
                assert self.go_on.wait(20)
                self.at_work -= 1
                return super().get_overview(events)

        monitor = Slow()
        async with run_app(FakeBackend(monitor), Ui(refresh_seconds=0.01), ready=False) as screen:
            await screen.until(lambda: monitor.at_work == 1, "a reading is at work")
            await screen.press("r", "r", "r")
            await screen.settled()
            assert monitor.most_at_work == 1
            monitor.go_on.set()
            await screen.shows("55 007")
            assert monitor.most_at_work == 1

    async def test_nothing_is_read_while_the_dashboard_is_covered(self, run_app: RunApp) -> None:
        async with run_app(ui=Ui(refresh_seconds=0.01)) as screen:
            await screen.press("question_mark")
            await screen.shows("Esc closes")
            await screen.settled()
            before = screen.backend.overview_queries.readings
            await screen.settled()
            assert screen.backend.overview_queries.readings == before
            await screen.press("escape")
            await screen.until(lambda: screen.backend.overview_queries.readings > before, "it is read again")

    async def test_reading_is_rare_while_the_terminal_is_not_in_front(self, run_app: RunApp) -> None:
        async with run_app(ui=Ui(refresh_seconds=0.01)) as screen:
            screen.app.post_message(events.AppBlur())
            await screen.until(lambda: not screen.app.app_focus, "blurred")
            await screen.settled()
            before = screen.backend.overview_queries.readings
            await screen.settled()
            assert screen.backend.overview_queries.readings == before
            screen.app.post_message(events.AppFocus())
            await screen.until(lambda: screen.backend.overview_queries.readings > before, "it is read again")

    async def test_ages_grow_with_the_clock(self, run_app: RunApp) -> None:
        time = [NOW]
        async with run_app(clock=lambda: time[0]) as screen:
            assert "3 min ago" in screen.text
            time[0] = NOW + timedelta(hours=2)
            await screen.shows("counted 2 h ago", "14:31")


class TestCountingInOdoo:
    async def test_odoo_is_counted_by_itself_when_the_counts_are_old(self, run_app: RunApp) -> None:
        old = tuple(replace(counts, odoo_at=NOW - timedelta(hours=1)) for counts in ENTITIES)
        backend = FakeBackend(FakeOverviewQueries(overview(entities=old)))
        async with run_app(backend, odoo_counts_seconds=300.0) as screen:
            await screen.until(lambda: backend.overview_queries.counted == 1, "Odoo is asked")
            await screen.press("r")
            await screen.settled()
            assert backend.overview_queries.counted == 1

    @pytest.mark.parametrize(
        ("answer", "ui"),
        [(overview(), Ui()), (busy_overview(), Ui()), (overview(entities=()), Ui(read_only=True))],
        ids=["fresh", "a run is at work", "read only"],
    )
    async def test_odoo_is_not_counted_by_itself_when(self, answer: Overview, ui: Ui, run_app: RunApp) -> None:
        backend = FakeBackend(FakeOverviewQueries(answer))
        async with run_app(backend, ui, odoo_counts_seconds=300.0) as screen:
            await screen.settled()
            assert backend.overview_queries.counted == 0

    async def test_a_failure_is_shown_with_what_to_do(self, run_app: RunApp) -> None:
        error = OdooTransientError("Odoo at odoo.acme.example does not answer.", "Look whether it runs.")
        async with run_app(FakeBackend(FakeOverviewQueries(count_error=error))) as screen:
            await screen.press("o")
            await screen.shows("▲ Odoo at odoo.acme.example does not answer.", "Look whether it runs.")
            screen.backend.overview_queries.count_error = None
            await screen.press("o")
            await screen.until(lambda: "does not answer" not in screen.text, "the warning is gone")

    async def test_a_failure_is_forgotten_when_a_run_has_reached_odoo_since(self, run_app: RunApp) -> None:
        error = OdooTransientError("Odoo at odoo.acme.example does not answer.", "Look whether it runs.")
        backend = FakeBackend(FakeOverviewQueries(count_error=error), ends=replace(result(), run_id="run-7"))
        async with run_app(backend) as screen:
            await screen.press("o")
            await screen.shows("▲ Odoo at odoo.acme.example does not answer.")
            await screen.press("r")
            await screen.settled()
            assert "does not answer" in screen.text, "the last run was before"
            screen.backend.let_go.set()
            await screen.press("l")
            await screen.until(lambda: "does not answer" not in screen.text, "the warning is gone")


class TestToasts:
    @pytest.mark.parametrize("size", [SMALL, TINY], ids=name_of)
    async def test_one_leaves_the_newest_events_and_the_keys_uncovered(
        self, size: tuple[int, int], run_app: RunApp
    ) -> None:
        async with run_app(size=size) as screen:
            await screen.press("l")
            await screen.shows("70 %")
            before = (await screen.settled()).splitlines()
            await screen.press("d")
            await screen.shows("Sync departments: A run of yours is at work")
            after = (await screen.settled()).splitlines()
            events = next(number for number, line in enumerate(before) if "Events" in line)
            assert after[: events + 3] == before[: events + 3]
            assert after[-1] == before[-1]

    @pytest.mark.parametrize(("keys", "shown"), [(("f", "d"), "Type PROD"), (("ctrl+p",), "Sync departments")])
    async def test_none_covers_a_question_or_the_menu(self, keys: tuple[str, ...], shown: str, run_app: RunApp) -> None:
        async with run_app(ui=Ui(environment="PROD"), size=SMALL) as screen:
            await screen.press(*keys)
            await screen.shows(shown)
            screen.app.toast("It is written.", "Export", "information")
            await screen.until(screen.toasts, "a toast")
            assert "It is written." not in await screen.settled()

    @pytest.mark.parametrize("size", [SMALL, TINY], ids=name_of)
    async def test_a_page_to_read_says_it_in_its_foot(
        self, size: tuple[int, int], run_app: RunApp, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name in ("TMUX", "STY"):
            monkeypatch.delenv(name, raising=False)
        async with run_app(size=size) as screen:
            await screen.press("a", "enter")
            await screen.shows("Audit event", "Esc closes")
            await screen.press("y")
            await screen.shows("Audit event", "Row: Sent to the terminal")
            assert "Esc closes" not in screen.text
            assert screen.toasts() == []

    async def test_one_goes_with_its_screen(self, run_app: RunApp) -> None:
        async with run_app() as screen:
            await screen.press("w")
            await screen.shows("Retire what was withheld: No documents wait to be retired.")
            await screen.press("R")
            await screen.until(lambda: len(screen.app.screen_stack) == 2, "the runs are open")
            assert "wait to be retired" not in await screen.settled()
            await screen.press("escape")
            await screen.until(lambda: len(screen.app.screen_stack) == 1, "the runs are closed")
            assert "wait to be retired" not in await screen.settled()
