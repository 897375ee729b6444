"""The audit screen: paged, counted, filtered, ordered, followed, read, exported."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from odoo_sync_tui.core.actions import Outcome
from odoo_sync_tui.core.audit.events import AuditQuery, Order
from odoo_sync_tui.core.errors import StoreUnavailable
from odoo_sync_tui.tui.dialogs.event import EventDialog
from odoo_sync_tui.tui.screens.audit import AuditScreen
from odoo_sync_tui.tui.screens.run import RunScreen
from tests.support.fake_backend.backend import FakeBackend
from tests.support.fake_backend.history import event
from tests.support.fake_backend.options import Ui
from tests.support.fake_backend.overview_queries import FakeOverviewQueries
from tests.support.fake_backend.values import NOW
from tests.support.hostile_text import HOSTILE_ON_FURTHER_SCREENS, MARKUP, harmless
from tests.support.slow import slow
from tests.tui.support.audit_driver import backend, cursor_line, open_history, type_filter
from tests.tui.support.screen import RunApp
from tests.tui.support.sizes import SMALL, TINY, USUAL, name_of

QUICK = Ui(refresh_seconds=0.05)


class TestPaging:
    async def test_the_first_page_is_two_hundred_events_and_says_how_many_there_are(self, run_app: RunApp) -> None:
        async with run_app(backend()) as screen:
            await open_history(screen)
            assert "200 of 450" in screen.text
            assert [(limit, after) for _, limit, after, _ in screen.backend.overview_queries.asked] == [(200, None)]

    async def test_more_are_read_as_the_cursor_nears_the_end_until_there_are_no_more(self, run_app: RunApp) -> None:
        async with run_app(backend()) as screen:
            await open_history(screen)
            await screen.press("end")
            await screen.shows("400 of 450")
            await screen.press("end")
            await screen.shows("450 of 450")
            await screen.press("end", "enter")
            await screen.shows("e000449")
            assert [after for _, _, after, _ in screen.backend.overview_queries.asked] == [None, "e000199", "e000399"]

    async def test_a_long_history_is_counted_no_further_than_ten_thousand(self, run_app: RunApp) -> None:
        async with run_app(backend(total=1_000_000)) as screen:
            await open_history(screen)
            assert "200 of > 10 000" in screen.text

    async def test_no_more_than_five_thousand_are_held(self, run_app: RunApp) -> None:
        async with run_app(backend(6000)) as screen:
            await open_history(screen)
            for pages in range(2, 26):
                await screen.press("end")
                await screen.until(lambda pages=pages: len(screen.app.screen.history.events) == 200 * pages, "a page")
            await screen.shows("no more are held: narrow the filter, or export")
            asked = len(screen.backend.overview_queries.asked)
            await screen.press("home", "end")
            await screen.settled()
            assert len(screen.backend.overview_queries.asked) == asked

    async def test_an_empty_history_says_so(self, run_app: RunApp) -> None:
        async with run_app(backend(0)) as screen:
            await open_history(screen)
            assert "nothing has happened yet" in screen.text
            assert "Export" not in await screen.footer()

    async def test_a_reading_that_fails_is_told_and_r_tries_again(self, run_app: RunApp) -> None:
        async with run_app(backend(error=StoreUnavailable("MongoDB went away.", "Wait."))) as screen:
            await screen.press("A")
            await screen.shows("MongoDB went away. Wait.")
            screen.backend.overview_queries.error = None
            await screen.press("r")
            await screen.shows("200 of 450")
            assert "went away" not in screen.text


class TestFilter:
    async def test_a_filter_is_asked_of_the_store(self, run_app: RunApp) -> None:
        async with run_app(backend()) as screen:
            await open_history(screen)
            await type_filter(screen, "action:users user:anna outcome:failed since:2d")
            await screen.shows("28 of 28")
            query, _, _, _ = screen.backend.overview_queries.asked[-1]
            assert query == AuditQuery(("sync_users",), "anna", Outcome.FAILED, since=NOW - timedelta(days=2))
            rows = screen.text.splitlines()[5:20]
            assert all("failed" in line for line in rows)

    async def test_a_search_says_how_far_it_came_and_goes_on_at_the_end(self, run_app: RunApp) -> None:
        async with run_app(backend(looks_at=100)) as screen:
            await open_history(screen)
            await type_filter(screen, '"did not answer within 3 s" !bob')
            await screen.shows("1 found, searched back to 00:58:08; End goes on")
            for _ in range(4):
                asked = len(screen.backend.overview_queries.asked)
                await screen.press("end")
                await screen.until(
                    lambda asked=asked: len(screen.backend.overview_queries.asked) > asked, "it searches on"
                )
                await screen.settled()
            await screen.shows("1 found, all that there are")

    async def test_what_cannot_be_understood_is_told_under_the_bar_and_changes_nothing(self, run_app: RunApp) -> None:
        async with run_app(backend()) as screen:
            await open_history(screen)
            await type_filter(screen, "outcome:bad")
            await screen.shows('There is no outcome "bad"; there are success')
            assert len(screen.backend.overview_queries.asked) == 1
            assert "12:31:08" in screen.text
            await screen.press("escape")
            await screen.shows("200 of 450")

    async def test_escape_clears_the_filter_and_then_goes_back(self, run_app: RunApp) -> None:
        async with run_app(backend()) as screen:
            await open_history(screen)
            await type_filter(screen, "user:bob")
            await screen.shows("150 of 150")
            await screen.press("escape")
            await screen.shows("200 of 450")
            await screen.press("escape")
            await screen.until(lambda: len(screen.app.screen_stack) == 1, "back on the dashboard")

    async def test_an_answer_to_a_filter_that_is_gone_is_not_shown(self, run_app: RunApp) -> None:
        async with run_app(backend(slow_user="bob")) as screen:
            await open_history(screen)
            monitor = screen.backend.overview_queries
            monitor.answers.clear()
            await type_filter(screen, "user:bob")
            await screen.until(lambda: len(monitor.asked) == 2, "the filter is asked for")
            await screen.press("escape")
            await screen.shows("200 of 450")
            monitor.answers.set()
            await screen.app.workers.wait_for_complete()
            await screen.settled()
            assert "200 of 450" in screen.text

    async def test_the_last_word_is_completed(self, run_app: RunApp) -> None:
        async with run_app(backend()) as screen:
            await open_history(screen)
            await screen.press("slash", *"outc")
            await screen.shows("outcome:")
            await screen.press("right", "f")
            await screen.shows("outcome:failed")
            await screen.press("right", "enter")
            await screen.shows("90 of 90")

    async def test_a_user_of_the_events_shown_is_completed(self, run_app: RunApp) -> None:
        async with run_app(backend()) as screen:
            await open_history(screen)
            await screen.press("slash", *"user:sv", "right", "enter")
            await screen.shows("150 of 150")
            assert screen.backend.overview_queries.asked[-1][0].user_id == "svc-odoo-sync"

    async def test_keys_of_commands_are_text_while_a_filter_is_typed(self, run_app: RunApp) -> None:
        async with run_app(backend()) as screen:
            await open_history(screen)
            await screen.press("slash", *"sfxyq", "enter")
            await screen.shows("no event matches the filter")


class TestOrder:
    async def test_s_turns_the_order_round_and_tells(self, run_app: RunApp) -> None:
        async with run_app(backend()) as screen:
            await open_history(screen)
            assert "time ↓" in screen.text
            await screen.press("s")
            await screen.shows("time ↑", "oldest first")
            await screen.until(lambda: cursor_line(screen) == "e000449", "the oldest is on top")
            assert screen.backend.overview_queries.asked[-1][3] is Order.OLDEST_FIRST
            await screen.press("s")
            await screen.shows("newest first")
            await screen.until(lambda: cursor_line(screen) == "e000000", "the newest is on top")


class TestFollowing:
    async def test_new_events_come_on_top_and_the_cursor_stays_with_its_event(self, run_app: RunApp) -> None:
        async with run_app(backend(), QUICK) as screen:
            await open_history(screen)
            await screen.press("f", "down", "down")
            await screen.shows("following")
            assert cursor_line(screen) == "e000002"
            monitor = screen.backend.overview_queries
            newer = [event(0, id=f"new-{n}", timestamp=NOW + timedelta(seconds=n), user_id="zoe") for n in (2, 1)]
            monitor.events = (*newer, *monitor.events)
            await screen.shows("202 of 452", "12:31:10")
            assert cursor_line(screen) == "e000002"
            assert screen.text.count("zoe") == 2

    async def test_an_event_of_a_host_whose_clock_is_behind_is_not_missed(self, run_app: RunApp) -> None:
        async with run_app(backend(), QUICK) as screen:
            await open_history(screen)
            await screen.press("f")
            monitor = screen.backend.overview_queries
            late = event(0, id="late", timestamp=NOW - timedelta(seconds=30), user_id="zoe")
            monitor.events = (monitor.events[0], late, *monitor.events[1:])
            await screen.shows("zoe")
            assert screen.text.index("12:31:08    ") < screen.text.index("12:30:38")

    async def test_when_more_happened_than_a_page_tells_the_list_begins_anew(self, run_app: RunApp) -> None:
        async with run_app(backend(), QUICK) as screen:
            await open_history(screen)
            await screen.press("f")
            monitor = screen.backend.overview_queries
            newer = [event(0, id=f"new-{n:04}", timestamp=NOW + timedelta(minutes=2, seconds=n)) for n in range(300)]
            monitor.events = (*reversed(newer), *monitor.events)
            await screen.shows("12:38:07")
            assert "200 shown, more further down" in screen.text

    async def test_nothing_is_read_while_nothing_is_followed(self, run_app: RunApp) -> None:
        async with run_app(backend(), QUICK) as screen:
            await open_history(screen)
            readings = screen.backend.overview_queries.readings
            await screen.press("f", "f")
            asked = len(screen.backend.overview_queries.asked)
            await screen.settled()
            assert len(screen.backend.overview_queries.asked) - asked <= 1
            assert screen.backend.overview_queries.readings == readings, "the dashboard below is read too"

    async def test_following_needs_the_newest_on_top(self, run_app: RunApp) -> None:
        async with run_app(backend(), QUICK) as screen:
            await open_history(screen)
            await screen.press("s", "f")
            await screen.shows("newest first", "following")
            await screen.press("s")
            await screen.shows("oldest first")
            assert "following" not in screen.text


class TestEvent:
    async def test_enter_opens_the_event_and_its_run(self, run_app: RunApp) -> None:
        async with run_app(backend()) as screen:
            await open_history(screen)
            await screen.press("down", "down", "down", "enter")
            await screen.shows("Audit event", "e000003", "Odoo did not answer within 3 s.", "v its run")
            assert isinstance(screen.app.screen, EventDialog)
            await screen.press("v")
            await screen.until(lambda: isinstance(screen.app.screen, RunScreen), "the run is open")
            assert screen.app.screen.run_id == "run-1"
            await screen.press("escape", "escape", "escape")
            await screen.until(lambda: len(screen.app.screen_stack) == 1, "back on the dashboard")

    async def test_the_operators_own_keys_work_on_an_open_event(self, run_app: RunApp) -> None:
        ui = Ui(keymap={"audit.copy": "g"})
        async with run_app(backend(), ui) as screen:
            await open_history(screen)
            await screen.press("enter")
            await screen.shows("g copies the line")
            await screen.press("g")
            await screen.until(lambda: screen.app.clipboard, "it is sent")
            assert screen.app.clipboard.startswith("2026-11-23 12:31:08 UTC  sync_users  anna  success")


@pytest.mark.parametrize("text", HOSTILE_ON_FURTHER_SCREENS, ids=lambda text: ascii(text[:12]))
async def test_foreign_text_is_shown_and_not_obeyed(text: str, run_app: RunApp) -> None:
    hostile = replace(
        event(3), action=text, user_id=text, run_id=text or "r", source=text,
        details={text: text, "errors": [{"message": text}], "deep": {text: [text]}},
    )  # fmt: skip
    async with run_app(FakeBackend(FakeOverviewQueries(events=(hostile, event(4)))), Ui(), size=(80, 24)) as screen:
        await open_history(screen)
        for offset in range(1, 70, 17):
            await screen.pilot.click("#history", offset=(offset, 1))  # the line under the cursor: it opens
            await screen.until(lambda: isinstance(screen.app.screen, EventDialog), "the event is open")
            await screen.press("escape")
            await screen.until(lambda: isinstance(screen.app.screen, AuditScreen), "it is closed")
        assert harmless(screen.text)
        await screen.press("home", "enter")
        await screen.until(lambda: isinstance(screen.app.screen, EventDialog), "the event is open")
        await screen.settled()
        assert harmless(screen.text)
        await screen.press("y", "Y")
        await screen.settled()
        assert harmless(screen.text)
        assert harmless(screen.app.clipboard)
        assert screen.app.is_running


@pytest.mark.parametrize("text", [MARKUP, '"\x1b]52;c;x', *slow(["[/foo]", "user:[bold", "\u202eabc"])])
async def test_a_filter_may_be_any_text(text: str, run_app: RunApp) -> None:
    async with run_app(backend(), Ui(), size=(80, 24)) as screen:
        await open_history(screen)
        await type_filter(screen, text)
        await screen.settled()
        assert harmless(screen.text)
        assert screen.app.is_running


class TestPictures:
    @pytest.mark.parametrize("size", [SMALL, TINY, *slow([(USUAL,)])], ids=name_of)
    async def test_the_history(self, size: tuple[int, int], run_app: RunApp) -> None:
        async with run_app(backend(), Ui(environment="PROD"), size=size) as screen:
            await open_history(screen)
            await screen.matches(f"audit-{name_of(size)}")

    @pytest.mark.parametrize("size", [SMALL, *slow([(USUAL,)])], ids=name_of)
    async def test_a_filter_that_is_wrong(self, size: tuple[int, int], run_app: RunApp) -> None:
        async with run_app(backend(), Ui(environment="PROD"), size=size) as screen:
            await open_history(screen)
            await type_filter(screen, "user:anna colour:red")
            await screen.matches(f"audit_filter_error-{name_of(size)}")

    @pytest.mark.parametrize("size", [SMALL, *slow([(USUAL,)])], ids=name_of)
    async def test_filtering(self, size: tuple[int, int], run_app: RunApp) -> None:
        async with run_app(backend(), Ui(environment="PROD"), size=size) as screen:
            await open_history(screen)
            await type_filter(screen, "outcome:failed user:anna")
            await screen.shows("30 of 30")
            await screen.press("slash")
            await screen.matches(f"audit_filtering-{name_of(size)}")

    @pytest.mark.parametrize("size", [SMALL, *slow([(USUAL,)])], ids=name_of)
    async def test_an_open_event(self, size: tuple[int, int], run_app: RunApp) -> None:
        async with run_app(backend(), Ui(environment="PROD"), size=size) as screen:
            await open_history(screen)
            await screen.press("down", "down", "down", "enter")
            await screen.shows("Audit event")
            await screen.matches(f"audit_event-{name_of(size)}")

    @pytest.mark.parametrize("size", [SMALL, *slow([(USUAL,)])], ids=name_of)
    async def test_the_question_for_the_form(
        self, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch, run_app: RunApp
    ) -> None:
        monkeypatch.setattr(
            "odoo_sync_tui.tui.app.audit_actions.exports_directory", lambda: Path("/home/anna/Downloads")
        )
        async with run_app(backend(), Ui(environment="PROD"), size=size) as screen:
            await open_history(screen)
            await type_filter(screen, "outcome:failed")
            await screen.shows("90 of 90")
            await screen.press("x")
            await screen.matches(f"audit_export-{name_of(size)}")

    async def test_without_colour_the_history_says_the_same(
        self, monkeypatch: pytest.MonkeyPatch, run_app: RunApp
    ) -> None:
        monkeypatch.setenv("NO_COLOR", "1")
        async with run_app(backend(), Ui(environment="PROD"), size=SMALL) as screen:
            await open_history(screen)
            await screen.matches("audit-80x24")

    async def test_the_history_in_ascii(self, run_app: RunApp) -> None:
        async with run_app(backend(), Ui(environment="PROD", ascii=True), size=SMALL) as screen:
            await open_history(screen)
            await screen.matches("audit_ascii-80x24")
            assert screen.text.isascii()
