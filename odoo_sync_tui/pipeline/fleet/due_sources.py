"""Which sources are due, the one that waits longest for its interval first, and how many may run at once. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from odoo_sync_tui.core.reports.fleet import FleetState, SourceState, is_old

LOOK_AGAIN = timedelta(minutes=10)
"""After which time a source is looked at again of which nothing is due: it is paused, say, and somebody resumed it."""


@dataclass(frozen=True, slots=True)
class Member:
    """A source that is to be kept in step.

    Attributes:
        name: its name.
        every: the shortest interval of its syncs.
        tags: its tags.
        zone: where it may be executed only; empty: anywhere.
        changed_at: when its settings were changed last.
    """

    name: str
    every: timedelta
    tags: tuple[str, ...] = ()
    zone: str = ""
    changed_at: datetime | None = None


class DueList:
    """Finds what is due.

    Args:
        jitter: chooses by how much a run of such an interval is put off.
    """

    def __init__(self, jitter: Callable[[timedelta], timedelta]) -> None:
        self._jitter = jitter
        self._first_seen: dict[str, datetime] = {}
        self._put_off: dict[str, tuple[datetime, datetime]] = {}

    def find(self, members: Iterable[Member], fleet: FleetState) -> list[tuple[Member, datetime]]:
        """Find the sources that nobody has taken yet, each with the time from when on it may run, and sort them.

        Who has waited longest, in terms of its interval, is first, so that nobody starves.
        """
        states = {state.name: state for state in fleet.sources}
        found = [
            (member, since)
            for member in members
            if (since := self._find_time(member, states.get(member.name, SourceState(member.name)), fleet.at))
        ]
        return sorted(found, key=lambda each: ((each[1] - fleet.at) / each[0].every, each[0].name))

    def _find_time(self, member: Member, state: SourceState, now: datetime) -> datetime | None:
        """Find from when on a source may run; ``None`` while it is taken."""
        is_at_work = state.running is not None and not is_old(state, now)  # whoever started it; a dead one is old soon
        if (state.claim and state.claim.live) or is_at_work:
            return None
        looked_at = _looked_at(state)
        if looked_at and member.changed_at and looked_at < member.changed_at <= now:
            return member.changed_at  # what is known follows from other settings
        since = self._find_due(member, state, now)
        return max(since, state.retry_at) if state.retry_at and state.retry_at > now else since

    def _find_due(self, member: Member, state: SourceState, now: datetime) -> datetime:
        if state.at is None:
            return self._first_seen.setdefault(member.name, now)
        if state.due_at is None:
            return state.at + LOOK_AGAIN
        known, put_off = self._put_off.get(member.name, (None, state.due_at))
        if known != state.due_at:
            put_off = state.due_at + self._jitter(member.every)
            self._put_off[member.name] = (state.due_at, put_off)
        return put_off


def _looked_at(state: SourceState) -> datetime | None:
    """Return when its settings were read last: by a run that told its state, or by one that could not begin."""
    ends = [state.at, state.claim.until if state.claim else None]
    return max((each for each in ends if each), default=None)


@dataclass(frozen=True, slots=True)
class RunLimits:
    """How many runs may be at work at once, on all machines together.

    Attributes:
        runs: of all sources; ``None``: any number.
        runs_of_tag: of the sources with a tag.
    """

    runs: int | None = None
    runs_of_tag: Mapping[str, int] = field(default_factory=dict[str, int])

    def concern(self, member: Member) -> bool:
        """Whether any of them limits the runs of this source."""
        return self.runs is not None or any(tag in self.runs_of_tag for tag in member.tags)

    def leave_room(self, member: Member, at_work: Iterable[Iterable[str]]) -> bool:
        """Whether one more run may begin, beside those at work, which have these tags."""
        tags = [set(each) for each in at_work]
        if self.runs is not None and len(tags) >= self.runs:
            return False
        limits = ((tag, self.runs_of_tag[tag]) for tag in member.tags if tag in self.runs_of_tag)
        return all(sum(tag in each for each in tags) < most for tag, most in limits)
