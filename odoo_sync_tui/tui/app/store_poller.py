"""The application's eyes: opens the store, reads it in the dashboard's rhythm, and has Odoo's rows counted."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from textual import on

from odoo_sync_tui.core.actions import Outcome
from odoo_sync_tui.tui import messages
from odoo_sync_tui.tui.app.base import StatefulApp
from odoo_sync_tui.tui.app.polling import (
    UNFOCUSED_POLL_SECONDS,
    PollGate,
    RateHistory,
    StallDetector,
    find_oldest_odoo_count,
)
from odoo_sync_tui.tui.backend import DashboardBackend
from odoo_sync_tui.tui.commands import COMMANDS_BY_ID, command_context
from odoo_sync_tui.tui.model.state import ConnectionState, DashboardState
from odoo_sync_tui.tui.screens.dashboard import DashboardScreen
from odoo_sync_tui.tui.tasks import attempt


@dataclass(frozen=True, slots=True)
class Sources:
    """Where the dashboard's figures come from, and how often they are asked for.

    Attributes:
        connect: opens the backend; called in a worker thread, again when the operator asks for it after a failure.
        refresh_seconds: how often the store is read.
        odoo_counts_seconds: how often Odoo is asked for its counts while nothing runs; 0: never by itself.
        events: how many audit events are read.
    """

    connect: Callable[[], DashboardBackend]
    refresh_seconds: float
    odoo_counts_seconds: float
    events: int


class ReadingApp(StatefulApp):
    """Keeps the state true to the store. No reading begins before the one before it has ended."""

    _sources: Sources
    """Known once the reading has started."""

    def __init__(self, state: DashboardState, clock: Callable[[], datetime]) -> None:
        super().__init__(state, clock)
        self.backend: DashboardBackend | None = None
        self.rates = RateHistory()
        self.standstill = StallDetector()
        self._reading = PollGate()
        self._counting = PollGate()

    def start_reading(self, sources: Sources) -> None:
        """Open the store in a worker, so that no picture waits for it, and read it from then on."""
        self._sources = sources
        self.open_backend()
        self.set_interval(1.0, self.change)
        self.set_interval(sources.refresh_seconds, self._read_if_seen)

    def open_backend(self) -> None:
        """Open the store; the answer comes as a message."""
        self.change(connection=ConnectionState.CONNECTING, problem=None)
        work = partial(attempt, lambda: messages.Connected(self._sources.connect()), messages.ConnectFailed)
        self.in_thread(work, "connect", "open the store")

    @on(messages.Connected)
    def _connected(self, message: messages.Connected) -> None:
        self.backend = message.backend
        self.change(connection=ConnectionState.READY)
        self.read()

    @on(messages.ConnectFailed)
    def _connect_failed(self, message: messages.ConnectFailed) -> None:
        self.change(connection=ConnectionState.FAILED, problem=message.problem)

    # ----------------------------------------------------------------------------------------------- reading

    def _read_if_seen(self) -> None:
        """The regular reading: not while something covers the dashboard, rarely while the terminal is not in front."""
        on_top = self.screen_stack[-1:]  # none while the application closes: a last tick may come then
        if not any(isinstance(screen, DashboardScreen) for screen in on_top):
            return
        if not self.app_focus and not self._reading.is_due(time.monotonic(), UNFOCUSED_POLL_SECONDS):
            return
        self.read()

    def read(self) -> None:
        """Read the store now, unless it is being read."""
        backend = self.backend
        if backend is None or not self._reading.try_start(time.monotonic()):
            return
        events = self._sources.events
        work = partial(
            attempt,
            lambda: messages.OverviewRead(backend.overview_queries.get_overview(events)),
            messages.OverviewFailed,
        )
        self.in_thread(work, "read", "read the store")

    @on(messages.OverviewRead)
    def _overview_read(self, message: messages.OverviewRead) -> None:
        self._reading.finish()
        changes: dict[str, object] = {"overview": message.overview, "problem": None, "stale_since": None}
        live, last = message.overview.live_run, message.overview.last_run
        if self.state.own_run is None and live is not None and live.progress is not None:
            changes["rates"] = self.rates.add(live.progress)
            changes["last_progress_at"] = self.standstill.observe(live.progress, self.now())
        self.change(**changes)
        if last is not None and last.outcome is Outcome.SUCCESS:
            self.odoo_answered(last.id)
        self._count_if_old()

    @on(messages.OverviewFailed)
    def _overview_failed(self, message: messages.OverviewFailed) -> None:
        self._reading.finish()
        known_at = self.state.overview.at if self.state.overview else self.state.now
        since = self.state.stale_since or known_at.astimezone(self.state.now.tzinfo)
        self.change(problem=message.problem, stale_since=since)

    @on(messages.DashboardResumed)
    def _uncovered(self) -> None:
        self.read()

    def on_app_focus(self) -> None:
        """The terminal is in front again: what is shown may be old."""
        self.read()

    # ------------------------------------------------------------------------------------------ Odoo's counts

    def odoo_answered(self, run_id: str) -> None:
        """A run that succeeded has reached Odoo: if it ended since, the trouble of asking it is over."""
        if self.state.odoo_problem is not None and run_id != self.state.odoo_problem_after:
            self.change(odoo_problem=None)

    def _count_if_old(self) -> None:
        every = self._sources.odoo_counts_seconds
        if not every or not self._counting.is_due(time.monotonic(), every):
            return
        if not COMMANDS_BY_ID["odoo.count"].is_available(command_context(self.state)):
            return
        asked = find_oldest_odoo_count(self.state)
        if asked is None or (self.state.now - asked).total_seconds() >= every:
            self.count()

    def count(self) -> None:
        """Have Odoo's rows counted now, unless they are being counted."""
        backend = self.backend
        if backend is None or not self._counting.try_start(time.monotonic()):
            return

        def count() -> messages.OdooCounted:
            backend.overview_queries.refresh_odoo_counts(self.life)
            return messages.OdooCounted()

        self.change(counting=True)
        self.in_thread(partial(attempt, count, messages.OdooCounted), "count", "count in Odoo")

    @on(messages.OdooCounted)
    def _odoo_counted(self, message: messages.OdooCounted) -> None:
        self._counting.finish()
        last = self.state.overview.last_run if self.state.overview else None
        self.change(odoo_problem=message.problem, odoo_problem_after=last and last.id, counting=False)
        self.read()
