"""Queries on what is due: the last runs of each sync, the pauses, and what is expected."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from odoo_sync_tui.core.actions import Action
from odoo_sync_tui.core.reports.health import IntegrationHealth
from odoo_sync_tui.core.schedule import LastRuns, PlannedSync, next_due
from odoo_sync_tui.pipeline.run.scheduler import SyncPast
from odoo_sync_tui.settings.model import Settings
from odoo_sync_tui.store.database import Store


class ScheduleQueries:
    """Read when syncs ran, and which of them are paused. Every method may be called from any thread."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store = store
        self._rules = settings.schedule_rules
        self._late_after = settings.late_after
        self._cached: tuple[str, Mapping[Action, LastRuns]] | None = None

    def read_past(self, action: Action) -> SyncPast:
        """Read what a schedule has to know of a sync.

        Raises:
            StoreError: the store cannot be read.
        """
        return SyncPast(self._read_last(action), self._store.pauses.read(datetime.now(UTC)).get(action))

    def list_planned(self, version: str, health: IntegrationHealth) -> tuple[PlannedSync, ...]:
        """List the syncs of which anything is planned or expected, and those that are paused.

        Args:
            version: another text whenever a run has begun or ended.
            health: what is known of the last successes.

        Raises:
            StoreError: the store cannot be read.
        """
        now = datetime.now(UTC)
        pauses, last = self._store.pauses.read(now), self._list_last(version)
        successes = {sync.action: sync.last_success for sync in health.syncs}
        planned: list[PlannedSync] = []
        for action in Action:
            rule, pause, late_after = self._rules.get(action), pauses.get(action), self._late_after.get(action)
            if rule or pause or late_after:
                due = next_due(action, now, last[action], rule) if rule else None
                each = PlannedSync(action, due, pause, rule.every if rule else None, late_after)
                planned.append(each.judge(now, successes.get(str(action))))
        return tuple(planned)

    def _list_last(self, version: str) -> Mapping[Action, LastRuns]:
        cached = self._cached
        if cached is None or cached[0] != version:
            cached = self._cached = (version, {action: self._read_last(action) for action in self._rules})
        return cached[1]

    def _read_last(self, action: Action) -> LastRuns:
        newest = self._store.runs.find_latest_of_all_rows(action)
        full = self._store.runs.find_latest_full(action)
        return LastRuns(newest and newest.started_at, full and full.started_at, bool(newest and newest.was_cut_off))
