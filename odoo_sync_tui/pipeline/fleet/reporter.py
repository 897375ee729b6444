"""Report how a source stands to the database of the main settings, so that one query shows all of them.

Nothing depends on it: a run neither waits nor fails because that database is away, and its silence is seen there.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial

from odoo_sync_tui.core.errors import SyncError
from odoo_sync_tui.core.progress import ProgressListener, RunProgress
from odoo_sync_tui.core.reports.fleet import SourceState, progress_of, summarize_source
from odoo_sync_tui.core.reports.overview import Overview
from odoo_sync_tui.settings.model import Settings
from odoo_sync_tui.store.database import Store
from odoo_sync_tui.store.fleet.store import FleetStore, open_fleet_store

LOG = logging.getLogger(__name__)

INTERVAL_SECONDS = 2.0
"""How often the progress of a run is written."""

SILENCE_SECONDS = 30.0
"""How long that database is left alone when it could not be reached."""

MAX_JOIN_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Reporting:
    """Where and as whom a source reports.

    Attributes:
        name: the name of the source.
        open: connects to the database of the main settings.
        summarize: summarizes what the source's own database holds.
    """

    name: str
    open: Callable[[], FleetStore]
    summarize: Callable[[], SourceState]


def choose_reporting(settings: Settings, store: Store, read: Callable[[], Overview]) -> Reporting | None:
    """Choose how the source of these settings and this store reports; ``None``: they are of no source."""
    membership = settings.membership
    if membership is None:
        return None
    name, tags, zone = membership.source, settings.tags, settings.zone
    open_main = partial(open_fleet_store, membership.main, beside=store)
    return Reporting(name, open_main, lambda: summarize_source(name, tags, zone, read()))


class FleetReporter:
    """Reports of one source; ``reporting`` is ``None`` where there is nobody to report to."""

    def __init__(self, reporting: Reporting | None, interval: float = INTERVAL_SECONDS) -> None:
        self._reporting = reporting
        self._interval = interval
        self._store: FleetStore | None = None
        self._failed_at: float | None = None
        self._progress: RunProgress | None = None
        self._lock = threading.Lock()

    def listen(self, listener: ProgressListener | None) -> ProgressListener | None:
        """Return a listener that keeps the progress for the reports and hands it on."""
        if self._reporting is None:
            return listener

        def keep(progress: RunProgress) -> None:
            self._progress = progress
            if listener:
                listener(progress)

        return keep

    @contextmanager
    def around_run(self) -> Generator[None]:
        """Report at the beginning of the block, with the progress during it, and at its end."""
        if self._reporting is None:
            yield
            return
        ended = threading.Event()
        thread = threading.Thread(target=self._report_until, args=(ended,), name="fleet", daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join(MAX_JOIN_SECONDS)
            self._progress = None
            self.report()

    def report(self) -> None:
        """Report how the source stands; does nothing where there is nobody to report to, or nobody can be reached."""
        if self._reporting is None:
            return
        summarize = self._reporting.summarize

        def save(store: FleetStore) -> None:
            running = self._progress and progress_of(self._progress)
            state = summarize()
            store.sources.save(replace(state, running=running or state.running))

        self._try(save)

    def close(self) -> None:
        """Close the connection, if there is one."""
        with self._lock:
            store, self._store = self._store, None
        if store:
            store.close()

    def _report_until(self, ended: threading.Event) -> None:
        self.report()
        while not ended.wait(self._interval):
            if self._progress:
                self._try(partial(self._save_progress, self._progress))

    def _save_progress(self, progress: RunProgress, store: FleetStore) -> None:
        if self._reporting:
            store.sources.save_progress(self._reporting.name, progress_of(progress), progress.host)

    def _try(self, write: Callable[[FleetStore], None]) -> None:
        """Try to write; for some time after a failure nothing is tried."""
        if self._reporting is None or not self._may_try():
            return
        try:
            with self._lock:
                self._store = self._store or self._reporting.open()
                write(self._store)
                self._failed_at = None
        except SyncError as error:
            self._failed_at = time.monotonic()
            LOG.warning("The state of the source could not be reported: %s", error)

    def _may_try(self) -> bool:
        return self._failed_at is None or time.monotonic() - self._failed_at > SILENCE_SECONDS
