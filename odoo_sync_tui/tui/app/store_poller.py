"""Poll the store and refresh the dashboard state; have Odoo's rows counted."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from odoo_sync_tui.core.actions import Outcome
from odoo_sync_tui.core.progress import RunProgress
from odoo_sync_tui.core.reports.overview import Overview
from odoo_sync_tui.tui.app.polling import (
    UNFOCUSED_POLL_SECONDS,
    PollGate,
    RateHistory,
    StallDetector,
    find_oldest_odoo_count,
)
from odoo_sync_tui.tui.app.state_store import StateStore
from odoo_sync_tui.tui.app.ui import Ui
from odoo_sync_tui.tui.backend import DashboardBackend
from odoo_sync_tui.tui.commands.registry import COMMANDS_BY_ID
from odoo_sync_tui.tui.model.state import ConnectionState, Problem
from odoo_sync_tui.tui.tasks import Tasks


@dataclass(frozen=True, slots=True)
class Sources:
    """Where the dashboard's figures come from, and how often they are read.

    Attributes:
        connect: opens the backend; called in a worker thread, and again when the operator retries after a failure.
        refresh_seconds: seconds between two reads of the store.
        odoo_counts_seconds: seconds between two counts in Odoo while nothing runs; 0: only on command.
        events: number of audit events to read.
    """

    connect: Callable[[], DashboardBackend]
    refresh_seconds: float
    odoo_counts_seconds: float
    events: int


class StorePoller:
    """Keeps the state true to the store. No read begins before the one before it has ended.

    Attributes:
        backend: the open backend; ``None`` until the store is open.
    """

    def __init__(self, store: StateStore, tasks: Tasks, ui: Ui) -> None:
        self._store = store
        self._tasks = tasks
        self._ui = ui
        self._sources: Sources | None = None
        self._rates = RateHistory()
        self._stall = StallDetector()
        self._reading = PollGate()
        self._counting = PollGate()
        self.backend: DashboardBackend | None = None

    @property
    def refresh_seconds(self) -> float:
        """Seconds between two reads of the store; 0 until polling has started."""
        return self._sources.refresh_seconds if self._sources else 0.0

    def start(self, sources: Sources) -> None:
        """Open the store in a worker, so that no picture waits for it, and poll it from then on.

        Once more with other sources: the store is opened with them, and the timers go on.
        """
        is_first = self._sources is None
        self._sources = sources
        self.connect()
        if not is_first:
            return
        self._ui.every(1.0, self._store.change)
        self._ui.every(sources.refresh_seconds, self.poll_if_visible)

    def connect(self) -> None:
        """Open the store."""
        if self._sources is not None:
            self._store.change(connection=ConnectionState.CONNECTING, problem=None)
            self._tasks.run("connect", self._sources.connect, self._connected, self._connect_failed)

    def refresh(self) -> None:
        """Read the store now; after a failed start, try to open it again."""
        if self._store.state.connection is ConnectionState.FAILED:
            self.connect()
        else:
            self.poll()

    def poll_if_visible(self) -> None:
        """Read the store unless something covers the dashboard; rarely while the terminal is not in front."""
        if not self._ui.is_dashboard_uncovered:
            return
        if self._ui.is_focused or self._reading.is_due(time.monotonic(), UNFOCUSED_POLL_SECONDS):
            self.poll()

    def poll(self) -> None:
        """Read the store now, unless it is being read."""
        backend, sources = self.backend, self._sources
        if backend is None or sources is None or not self._reading.try_start(time.monotonic()):
            return
        self._tasks.run(
            "read", lambda: backend.overview_queries.get_overview(sources.events), self._read, self._read_failed
        )

    def observe(self, progress: RunProgress) -> dict[str, object]:
        """Return the changes of the state that the progress of a run, ours or not, brings."""
        return {
            "rates": self._rates.add(progress),
            "last_progress_at": self._stall.observe(progress, self._store.now()),
        }

    def on_run_succeeded(self, run_id: str) -> None:
        """Clear the problem of asking Odoo if this run, which reached Odoo, ended after it."""
        state = self._store.state
        if state.odoo_problem is not None and run_id != state.odoo_problem_after:
            self._store.change(odoo_problem=None)

    def count_odoo(self) -> None:
        """Have Odoo's rows counted now, unless they are being counted."""
        backend = self.backend
        if backend is None or not self._counting.try_start(time.monotonic()):
            return

        def count() -> None:
            backend.overview_queries.refresh_odoo_counts(self._tasks.closing)

        self._store.change(counting=True)
        self._tasks.run("count", count, lambda _: self._counted(None), self._counted)

    def _connected(self, backend: DashboardBackend) -> None:
        self.backend = backend
        self._store.change(connection=ConnectionState.READY)
        self.poll()

    def _connect_failed(self, problem: Problem) -> None:
        self._store.change(connection=ConnectionState.FAILED, problem=problem)

    def _read(self, overview: Overview) -> None:
        self._reading.finish()
        changes: dict[str, object] = {"overview": overview, "problem": None, "stale_since": None}
        live, last = overview.live_run, overview.last_run
        if self._store.state.own_run is None and live is not None and live.progress is not None:
            changes |= self.observe(live.progress)
        self._store.change(**changes)
        if last is not None and last.outcome is Outcome.SUCCESS:
            self.on_run_succeeded(last.id)
        self._count_if_old()

    def _read_failed(self, problem: Problem) -> None:
        self._reading.finish()
        state = self._store.state
        known_at = state.overview.at if state.overview else state.now
        self._store.change(problem=problem, stale_since=state.stale_since or known_at.astimezone(state.now.tzinfo))

    def _count_if_old(self) -> None:
        every = self._sources.odoo_counts_seconds if self._sources else 0.0
        if not every or not self._counting.is_due(time.monotonic(), every):
            return
        if not COMMANDS_BY_ID["odoo.count"].is_available(self._store.app_context):
            return
        state = self._store.state
        counted_at = find_oldest_odoo_count(state)
        if counted_at is None or (state.now - counted_at).total_seconds() >= every:
            self.count_odoo()

    def _counted(self, problem: Problem | None) -> None:
        self._counting.finish()
        overview = self._store.state.overview
        last = overview.last_run if overview else None
        self._store.change(odoo_problem=problem, odoo_problem_after=last and last.id, counting=False)
        self.poll()
