"""The store is polled while somebody can see it; failures keep what is known."""

from __future__ import annotations

from datetime import timedelta

from odoo_sync_tui.core.errors import OdooTransientError, StoreUnavailable
from odoo_sync_tui.tui.app import store_poller
from odoo_sync_tui.tui.app.polling import UNFOCUSED_POLL_SECONDS
from odoo_sync_tui.tui.model.state import ConnectionState
from tests.support.fake_backend.backend import FakeBackend
from tests.support.fake_backend.overview_queries import FakeOverviewQueries
from tests.support.fake_backend.values import NOW, busy_overview, overview
from tests.unit.tui.manual import Desk

GONE = StoreUnavailable("MongoDB went away.", "Start it again.")


def test_the_store_is_opened_first_and_then_read() -> None:
    desk = Desk()
    desk.poller.start(desk.sources)
    assert desk.state.connection is ConnectionState.CONNECTING
    desk.tasks.finish("connect")
    assert desk.state.connection is ConnectionState.READY
    desk.tasks.finish("read")
    assert desk.state.overview == overview()
    assert sorted(desk.ui.timers.values()) == [1.0, 5.0]


def test_a_store_that_could_not_be_opened_is_opened_by_the_next_refresh() -> None:
    desk = Desk()
    failures = [GONE]

    def connect() -> FakeBackend:
        if failures:
            raise failures.pop()
        return desk.backend

    desk.poller.start(store_poller.Sources(connect, 5.0, 0.0, 50))
    desk.tasks.finish("connect")
    assert (desk.state.connection, str(desk.state.problem)) == (
        ConnectionState.FAILED,
        str(GONE.message) + " " + GONE.hint,
    )
    desk.poller.refresh()
    desk.tasks.finish("connect")
    assert (desk.state.connection, desk.state.problem) == (ConnectionState.READY, None)


def test_a_refresh_of_an_open_store_reads_it() -> None:
    desk = Desk().open()
    desk.poller.refresh()
    assert list(desk.tasks.pending) == ["read"]


def test_no_read_begins_before_the_one_before_it_has_ended() -> None:
    desk = Desk().open()
    for _ in range(3):
        desk.poller.poll()
    desk.tasks.finish("read")
    assert (desk.backend.overview_queries.readings, desk.tasks.pending) == (2, {})


def test_nothing_is_read_behind_another_screen() -> None:
    desk = Desk().open()
    desk.ui.is_dashboard_uncovered = False
    desk.poller.poll_if_visible()
    assert desk.tasks.pending == {}


def test_the_store_is_read_rarely_without_the_focus(monkeypatch) -> None:
    clock = [1000.0]
    monkeypatch.setattr(store_poller.time, "monotonic", lambda: clock[0])
    desk = Desk().open()
    desk.ui.is_focused = False
    desk.poller.poll_if_visible()
    assert desk.tasks.pending == {}
    clock[0] += UNFOCUSED_POLL_SECONDS
    desk.poller.poll_if_visible()
    assert list(desk.tasks.pending) == ["read"]


def test_a_failed_read_keeps_the_figures_and_the_time_since_when_they_are_stale() -> None:
    desk = Desk().open()
    desk.backend.overview_queries.answer = GONE
    for _ in range(2):
        desk.passes(minutes=5)
        desk.poller.poll()
        desk.tasks.finish("read")
    assert (desk.state.overview, desk.state.stale_since) == (overview(), NOW)
    assert desk.state.problem.message == "MongoDB went away."
    desk.backend.overview_queries.answer = overview()
    desk.poller.poll()
    desk.tasks.finish("read")
    assert (desk.state.problem, desk.state.stale_since) == (None, None)


def test_the_rates_of_a_run_elsewhere_are_kept() -> None:
    desk = Desk(FakeBackend(FakeOverviewQueries(busy_overview()))).open()
    assert desk.state.rates == (8_940.0,)
    assert desk.state.last_progress_at == NOW


def test_counting_in_odoo_is_shown_and_ends_with_a_read() -> None:
    desk = Desk().open()
    desk.poller.count_odoo()
    desk.poller.count_odoo()
    assert desk.state.counting
    desk.tasks.finish("count")
    assert (desk.state.counting, desk.state.odoo_problem, desk.backend.overview_queries.counted) == (False, None, 1)
    assert list(desk.tasks.pending) == ["read"]


def test_a_problem_of_counting_goes_with_the_next_run_that_succeeds() -> None:
    error = OdooTransientError("Odoo does not answer.", "Look whether it runs.")
    desk = Desk(FakeBackend(FakeOverviewQueries(count_error=error))).open()
    desk.poller.count_odoo()
    desk.tasks.finish("count")
    assert desk.state.odoo_problem.message == "Odoo does not answer."
    desk.poller.on_run_succeeded("run-1")
    assert desk.state.odoo_problem is not None, "that run was before"
    desk.poller.on_run_succeeded("run-2")
    assert desk.state.odoo_problem is None


def test_odoo_is_counted_by_itself_when_the_counts_are_old_and_nothing_runs() -> None:
    assert "count" not in Desk(counts_every=600.0).open().tasks.pending, "the counts are three minutes old"
    assert "count" in Desk(counts_every=60.0).open().tasks.pending
    assert (
        "count" not in Desk(FakeBackend(FakeOverviewQueries(busy_overview())), counts_every=60.0).open().tasks.pending
    )
    assert "count" not in Desk(counts_every=60.0, read_only=True).open().tasks.pending


def test_the_clock_ticks_once_a_second() -> None:
    desk = Desk().open()
    (tick,) = [call for call, seconds in desk.ui.timers.items() if seconds == 1.0]
    tick_at = desk.passes(seconds=1)
    tick()
    assert desk.state.now == tick_at == NOW + timedelta(seconds=1)
