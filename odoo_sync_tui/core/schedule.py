"""When a sync is due: a rule, its last runs, and the moment that follows from both. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from odoo_sync_tui.core.actions import Action
from odoo_sync_tui.core.text.times import parse_age

ONE_DAY = timedelta(days=1)
UTC_NAME = "UTC"

_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


@dataclass(frozen=True, slots=True)
class QuietHours:
    """A part of each day in which no run begins, by the clock on the wall; ``end`` is not in it.

    An end that is not after the start is on the next day.
    """

    start: time
    end: time

    def includes(self, moment: time) -> bool:
        """Whether a time of the day is in it."""
        if self.start < self.end:
            return self.start <= moment < self.end
        return moment >= self.start or moment < self.end

    def end_day(self, local: datetime) -> date:
        """Return the day on which the hours end that include this local time."""
        crosses_midnight = self.start >= self.end and local.time() >= self.start
        return local.date() + ONE_DAY if crosses_midnight else local.date()


@dataclass(frozen=True, slots=True)
class ScheduleRule:
    """When a sync is to run.

    Attributes:
        every: time from the beginning of a run to that of the next.
        full_at: time of the day of a run that reads every row; ``None``: there is none.
        quiet: parts of the day in which no run begins.
        zone: the zone of these times of the day.
    """

    every: timedelta
    full_at: time | None = None
    quiet: tuple[QuietHours, ...] = ()
    zone: tzinfo = UTC


@dataclass(frozen=True, slots=True)
class LastRuns:
    """What is known of the runs of a sync before the next one.

    Attributes:
        started_at: when the newest one began; ``None``: there was none.
        full_at: when the newest one began that read every row and ended well; ``None``: there was none.
        was_cut_off: the newest one died or was interrupted, and is to be continued.
    """

    started_at: datetime | None = None
    full_at: datetime | None = None
    was_cut_off: bool = False


@dataclass(frozen=True, slots=True)
class Pause:
    """A stop of the scheduled runs of a sync. Whoever starts a run by hand is not held up.

    ``until``: when it ends by itself; ``None``: when it is ended.
    """

    by: str
    since: datetime
    until: datetime | None = None
    reason: str = ""

    def is_over(self, now: datetime) -> bool:
        """Whether it has ended by itself."""
        return self.until is not None and self.until <= now


@dataclass(frozen=True, slots=True)
class Due:
    """The next run of a sync.

    Attributes:
        action: the sync.
        at: when it is to begin, outside of the quiet hours; not before it is asked for.
        full: whether it reads every row.
    """

    action: Action
    at: datetime
    full: bool = False


class Punctuality(StrEnum):
    """Whether a sync runs when it should."""

    ON_TIME = "on time"
    DUE = "due"
    LATE = "late"


@dataclass(frozen=True, slots=True)
class PlannedSync:
    """What is planned for a sync, or expected of it.

    Attributes:
        action: the sync.
        due: its next run by its rule; ``None``: it has none.
        pause: the pause that it is in, if any.
        every: the interval of its rule.
        late_after: how long after its last success it is late; ``None``: never.
        punctuality: whether it runs when it should; ``None`` where nothing is expected, and while it is paused.
        last_success: when it was last in step, where it is judged by that.
    """

    action: Action
    due: Due | None = None
    pause: Pause | None = None
    every: timedelta | None = None
    late_after: timedelta | None = None
    punctuality: Punctuality | None = None
    last_success: datetime | None = None

    def judge(self, now: datetime, last_success: datetime | None) -> PlannedSync:
        """Return it with its punctuality; a sync that was never in step is due, not late."""
        if self.pause or self.late_after is None:
            return self
        if last_success and now - last_success > self.late_after:
            return replace(self, punctuality=Punctuality.LATE, last_success=last_success)
        is_due = last_success is None or (self.due is not None and self.due.at <= now)
        return replace(self, punctuality=Punctuality.DUE if is_due else Punctuality.ON_TIME)


def parse_interval(text: str) -> timedelta:
    """Parse the time between two runs ("15m", "2h"), a second at least.

    Raises:
        ValueError: it is none; the message is worded for the operator.
    """
    interval = parse_age(text)
    if not interval:
        raise ValueError("an interval of 1s or more is accepted")
    return interval


def parse_time_of_day(text: str) -> time:
    """Parse a time of the day: "02:00".

    Raises:
        ValueError: it is none; the message is worded for the operator.
    """
    if not _TIME.fullmatch(text):
        raise ValueError(f'{text!r} is no time of the day: "02:00" is accepted')
    return time.fromisoformat(text)


def parse_quiet_hours(text: str) -> QuietHours:
    """Parse a part of each day: "08:00-09:00", "22:00-06:00".

    Raises:
        ValueError: it is none; the message is worded for the operator.
    """
    start, dash, end = text.partition("-")
    if not (dash and _TIME.fullmatch(start) and _TIME.fullmatch(end)):
        raise ValueError(f'{text!r} is no part of a day: "08:00-09:00" is accepted')
    return QuietHours(time.fromisoformat(start), time.fromisoformat(end))


def parse_zone(name: str) -> tzinfo:
    """Parse the name of a time zone: "Europe/Brussels", "UTC".

    Raises:
        ValueError: there is none of this name; the message is worded for the operator.
    """
    if name == UTC_NAME:
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f'{name!r} is no time zone: a name such as "Europe/Brussels" is accepted') from error


def next_due(action: Action, now: datetime, last: LastRuns, rule: ScheduleRule) -> Due:
    """Find when a sync is to run next: at ``now``, if it is due already."""
    regular = now if last.started_at is None or last.was_cut_off else last.started_at + rule.every
    full = _next_full(last, rule)
    wanted = max(regular if full is None else min(regular, full), now)
    at = _leave_quiet_hours(wanted, rule)
    return Due(action, at, full=full is not None and full <= at)


def covers_whole_day(quiet: Sequence[QuietHours]) -> bool:
    """Whether no time of the day is left."""
    ends = (hours.end for hours in quiet)
    return bool(quiet) and all(any(hours.includes(end) for hours in quiet) for end in ends)


def _next_full(last: LastRuns, rule: ScheduleRule) -> datetime | None:
    """Find the first full run after the last one. The first run of all reads every row by itself."""
    before = last.full_at or last.started_at
    if rule.full_at is None or before is None:
        return None
    return next(moment for moment in _daily(rule.full_at, before, rule.zone) if moment > before)


def _daily(at: time, since: datetime, zone: tzinfo) -> Iterator[datetime]:
    """Yield the moments at this time of each day, once a day even where the clock is set forward or back."""
    day = since.astimezone(zone).date()
    while True:
        # A time that is skipped is taken by the clock before the change, one that comes twice the first time.
        yield datetime.combine(day, at, zone).astimezone(UTC)
        day += ONE_DAY


def _leave_quiet_hours(moment: datetime, rule: ScheduleRule) -> datetime:
    """Return the moment itself, or the end of the quiet hours that it is in, where one leads into another too."""
    for _ in range(2 * len(rule.quiet)):  # an end that comes twice may be in its own hours the first time
        local = moment.astimezone(rule.zone)
        hours = next((each for each in rule.quiet if each.includes(local.time())), None)
        if hours is None:
            break
        end = datetime.combine(hours.end_day(local), hours.end, rule.zone)
        moment = max(end.replace(fold=local.fold).astimezone(UTC), moment)
    return moment.astimezone(UTC)
