"""Run syncs when they are due, one at a time, until somebody ends it."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from odoo_sync_tui.core.actions import Action
from odoo_sync_tui.core.errors import ConfigurationError, LeaseHeld, RunCancelled, StoreError, SyncError
from odoo_sync_tui.core.schedule import Due, LastRuns, Pause, ScheduleRule, next_due
from odoo_sync_tui.runtime.cancel import CancelToken

POLL_SECONDS = 5.0
"""How often the store is asked whether anything has changed: a pause, or a run that somebody else has started."""

WATCH_INTERVAL = timedelta(minutes=1)
"""How often it is looked, while nothing runs, whether any sync is late."""

MAX_JITTER = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class SyncPast:
    """What a schedule has to know of a sync: its last runs, and the pause that it is in, if any."""

    last: LastRuns
    pause: Pause | None = None


@dataclass(frozen=True, slots=True)
class ScheduleHooks:
    """What a schedule calls.

    Attributes:
        read_past: reads what is known of a sync.
        run: executes a run that is due.
        on_wait: takes the next run when it has become another one; ``None``: all syncs are paused. And the pauses.
        on_problem: takes what hindered a run from its beginning, or the reading of the past.
        watch: called each minute while nothing runs, to tell whoever is to know that a sync is late.
    """

    read_past: Callable[[Action], SyncPast]
    run: Callable[[Due], None]
    on_wait: Callable[[Due | None, Mapping[Action, Pause]], None]
    on_problem: Callable[[SyncError], None]
    watch: Callable[[], None] = lambda: None


def choose_jitter(every: timedelta) -> timedelta:
    """Choose by how much a run is put off: schedules that were written alike must not all call Odoo in one second."""
    return min(every / 10, MAX_JITTER) * random.random()  # noqa: S311 -- nothing to guess


class Scheduler:
    """Runs syncs by their rules.

    A run that could not begin is tried again at its next time, and at once when another run hindered it.
    """

    def __init__(
        self,
        rules: Mapping[Action, ScheduleRule],
        hooks: ScheduleHooks,
        cancel: CancelToken,
        jitter: Callable[[timedelta], timedelta] = choose_jitter,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._rules = rules
        self._hooks = hooks
        self._cancel = cancel
        self._jitter = jitter
        self._clock = clock
        self._tried_at: dict[Action, datetime] = {}
        self._earliest: dict[Action, tuple[object, datetime]] = {}
        self._told: object = None
        self._watched_at: datetime | None = None

    def run_forever(self) -> None:
        """Run whatever is due, whenever it is.

        Raises:
            ConfigurationError: the first run was refused; the same would happen to all others.
            RunCancelled: the end was requested.
        """
        while True:
            self._cancel.raise_if_requested()
            due = self._find_next()
            wait = (due.at - self._clock()).total_seconds() if due else POLL_SECONDS
            if due and wait <= 0:
                self._execute(due)
            else:
                self._watch()
                self._cancel.sleep(min(wait, POLL_SECONDS))

    def run_due(self) -> int:
        """Run what is due now, each sync at most once and without delay; return how many were.

        Raises:
            SyncError: a run could not begin.
        """
        dues = [due for action in self._rules if (due := self._find_due(action, self._hooks.read_past(action)))]
        ready = [due for due in sorted(dues, key=lambda due: due.at) if due.at <= self._clock()]
        for due in ready:
            self._cancel.raise_if_requested()
            self._hooks.run(due)
        return len(ready)

    def _find_next(self) -> Due | None:
        """Find the run that is due first, and tell when it is another one; ``None``: there is none, or none known."""
        try:
            past = {action: self._hooks.read_past(action) for action in self._rules}
        except StoreError as error:
            self._tell_problem(error)
            return None
        pauses = {action: each.pause for action, each in past.items() if each.pause}
        dues = [self._delay(due, each.last) for action, each in past.items() if (due := self._find_due(action, each))]
        first = min(dues, key=lambda due: due.at, default=None)
        if (first, pauses) != self._told and (first is None or first.at > self._clock()):
            self._told = (first, pauses)
            self._hooks.on_wait(first, pauses)
        return first

    def _watch(self) -> None:
        now = self._clock()
        if self._watched_at and now - self._watched_at < WATCH_INTERVAL:
            return
        self._watched_at = now
        try:
            self._hooks.watch()
        except StoreError as error:
            self._tell_problem(error)

    def _find_due(self, action: Action, past: SyncPast) -> Due | None:
        """Find the next run of a sync; ``None`` while it is paused."""
        if past.pause:
            return None
        last, tried_at = past.last, self._tried_at.get(action)
        if tried_at:  # what this process has cut off itself has its next time, too
            last = replace(last, started_at=max(last.started_at or tried_at, tried_at), was_cut_off=False)
        return next_due(action, self._clock(), last, self._rules[action])

    def _delay(self, due: Due, last: LastRuns) -> Due:
        """Put a run off by a moment that is chosen once for it."""
        follows = (last.started_at, self._tried_at.get(due.action))
        known, earliest = self._earliest.get(due.action, (None, due.at))
        if known != follows:
            earliest = due.at + self._jitter(self._rules[due.action].every)
            self._earliest[due.action] = (follows, earliest)
        return replace(due, at=max(due.at, earliest))

    def _execute(self, due: Due) -> None:
        is_first, tried_at = not self._tried_at, self._clock()
        try:
            self._hooks.run(due)
        except LeaseHeld as error:
            self._tell_problem(error)
            self._cancel.sleep(POLL_SECONDS)
            return
        except RunCancelled:
            raise
        except SyncError as error:
            if is_first and isinstance(error, ConfigurationError):
                raise
            self._tell_problem(error)
        self._tried_at[due.action] = tried_at

    def _tell_problem(self, error: SyncError) -> None:
        """Tell a problem once, however often it is met before something else is told."""
        if self._told != error.sentences:
            self._told = error.sentences
            self._hooks.on_problem(error)
