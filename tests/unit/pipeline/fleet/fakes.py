"""A main database and an engine in the memory, on a clock that a test turns."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from odoo_sync_tui.core.errors import SyncError
from odoo_sync_tui.core.reports.fleet import Claim, FleetState, SourceState
from odoo_sync_tui.pipeline.fleet.engine import Assignment, RunOutcome

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)


@dataclass
class MainDatabase:
    """The states of all sources and the claims on them, with its own clock; ``away``: what it answers instead."""

    now: datetime = NOON
    states: dict[str, SourceState] = field(default_factory=dict)
    away: SyncError | None = None
    renewed: list[datetime] = field(default_factory=list)

    def know(self, name: str, **fields: object) -> None:
        self.states[name] = replace(self.states.get(name, SourceState(name)), at=self.now, **fields)

    def pass_time(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def read(self) -> FleetState:
        self._reach()
        return FleetState(self.now, tuple(replace(each, claim=self._seen(each)) for each in self.states.values()))

    def claim(self, name: str, holder: str, host: str, engine: str, seconds: float) -> bool:
        self._reach()
        state = self.states.setdefault(name, SourceState(name))
        if (seen := self._seen(state)) and seen.live:
            return False
        until = self.now + timedelta(seconds=seconds)
        self.states[name] = replace(state, claim=Claim(holder, host, engine, self.now, until, live=True))
        return True

    def renew(self, holder: str, seconds: float) -> int:
        self._reach()
        held = [
            each for each in self.states.values() if (seen := self._seen(each)) and seen.live and seen.holder == holder
        ]
        for each in held:
            until = self.now + timedelta(seconds=seconds)
            self.states[each.name] = replace(each, claim=replace(each.claim, until=until))
        self.renewed.append(self.now)
        return len(held)

    def release(self, name: str, holder: str, retry_after: float | None = None) -> None:
        self._reach()
        state = self.states[name]
        assert state.claim is not None
        assert state.claim.holder == holder
        retry_at = None if retry_after is None else self.now + timedelta(seconds=retry_after)
        self.states[name] = replace(state, claim=replace(state.claim, until=self.now), retry_at=retry_at)

    def taken(self) -> set[str]:
        return {each.name for each in self.states.values() if (seen := self._seen(each)) and seen.live}

    def _seen(self, state: SourceState) -> Claim | None:
        return state.claim and replace(state.claim, live=state.claim.until > self.now)

    def _reach(self) -> None:
        if self.away:
            raise self.away


@dataclass
class FakeEngine:
    """Runs that end when a test says so; those of a cancelled engine end at once."""

    slots: dict[str, int] = field(default_factory=lambda: {"": 99})
    name: str = "fake"
    begun: list[Assignment] = field(default_factory=list)
    at_work: dict[str, Future[RunOutcome]] = field(default_factory=dict)
    cancelled: str = ""

    def submit(self, assignment: Assignment) -> Future[RunOutcome]:
        self.begun.append(assignment)
        self.at_work[assignment.source] = Future()
        return self.at_work[assignment.source]

    def free(self, zone: str) -> int:
        return self.slots[zone] - sum(each.zone == zone for each in self.begun if each.source in self.at_work)

    def end(self, name: str, exit_code: int = 0, *results: dict[str, object]) -> None:
        self.at_work.pop(name).set_result(RunOutcome(name, exit_code, results or ({"outcome": "success"},)))

    def cancel(self, reason: str) -> None:
        self.cancelled = reason
        for name in list(self.at_work):
            self.end(name, 143)

    def close(self) -> None:
        pass
