"""Keeps all sources in step: takes what is due, hands it to an engine, and gives it back when it has ended.

There is no leader. Any number of runners on any machines read one and the same list, take a source by one update on the
clock of the main database, and free what a dead one held when its claim ends. That no source runs twice at once is
decided by its own lease; that a run is not due any more by its own store.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator, Iterable, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from uuid import uuid4

from odoo_sync_tui.core.errors import LeaseHeld, SyncError
from odoo_sync_tui.core.reports.fleet import FleetState
from odoo_sync_tui.pipeline.fleet.due_sources import DueList, Member, RunLimits
from odoo_sync_tui.pipeline.fleet.engine import Assignment, Engine, RunOutcome
from odoo_sync_tui.pipeline.run.scheduler import choose_jitter
from odoo_sync_tui.runtime.cancel import CancelToken

CLAIM_SECONDS = 60.0
"""After which time a claim ends whose holder is gone."""
RENEW_SECONDS = CLAIM_SECONDS / 3
POLL_SECONDS = 2.0
"""How often the list of sources is read while nothing happens here: others take from it, and runs of others end."""

LONG_LOOK_SECONDS = 0.1
"""A look at the list that takes longer, as at thousands of sources, is followed by as long a rest."""

RETRY_SECONDS = 60.0
"""After which time a run is tried again that may begin by itself later: at its next time, where that is sooner."""
REFUSED_SECONDS = 600.0
"""The same for one that was refused, and will be until a person sets something right."""
USAGE = 2
"""Exit code of a run that was refused; as everywhere in this program."""


class SourceStates(Protocol):
    """The list of sources in the main database."""

    def read(self) -> FleetState:
        """Read all states with one query."""
        ...


class Claims(Protocol):
    """The claims on sources in the main database."""

    def claim(self, name: str, holder: str, host: str, engine: str, seconds: float) -> bool:
        """Claim a source for one run; ``False``: another holder has it."""
        ...

    def renew(self, holder: str, seconds: float) -> int:
        """Extend all live claims of a holder."""
        ...

    def release(self, name: str, holder: str, retry_after: float | None = None) -> None:
        """End a claim, if the holder has it still."""
        ...


class RunnerToken(CancelToken):
    """A request to stop that wakes the runner up, as the end of a run does."""

    def __init__(self) -> None:
        super().__init__()
        self._news = threading.Event()

    def request(self, reason: str) -> None:
        """Request a stop: every run ends at its next page."""
        super().request(reason)
        self._news.set()

    def wake(self) -> None:
        """Wake the runner up: a run has ended."""
        self._news.set()

    def wait(self, seconds: float) -> None:
        """Wait for news, so many seconds at most."""
        self._news.wait(seconds)
        self._news.clear()


@dataclass(frozen=True, slots=True)
class FleetHooks:
    """What a runner calls.

    Attributes:
        read_members: reads which sources are to be kept in step, again when their settings have changed.
        on_outcome: takes each run that has ended.
        on_problem: takes what hinders the runner itself, once.
    """

    read_members: Callable[[], Mapping[str, Member]]
    on_outcome: Callable[[RunOutcome], None]
    on_problem: Callable[[SyncError], None]


@dataclass(frozen=True, slots=True)
class RunnerOptions:
    """How a runner works.

    Attributes:
        host: the name of this machine.
        limits: how many runs may be at work at once, on all machines.
        user: the operator, for the audit history of each source.
        tags: only sources with one of these are run; empty: all.
        jitter: chooses by how much a run is put off.
        clock: monotonic seconds.
    """

    host: str
    limits: RunLimits
    user: str = ""
    tags: frozenset[str] = frozenset()
    jitter: Callable[[timedelta], timedelta] = choose_jitter
    clock: Callable[[], float] = time.monotonic

    def choose(self, member: Member) -> bool:
        """Whether the runner runs this source."""
        return not self.tags or not self.tags.isdisjoint(member.tags)


@dataclass(frozen=True, slots=True)
class _Run:
    member: Member
    future: Future[RunOutcome]


class FleetRunner:
    """Runs whatever is due, of all sources.

    Args:
        states: the list of sources.
        claims: the claims on them.
        engine: executes the runs.
        options: how it works.
        hooks: what it calls.
        cancel: lets every run end at its next page.
    """

    def __init__(
        self,
        states: SourceStates,
        claims: Claims,
        engine: Engine,
        options: RunnerOptions,
        hooks: FleetHooks,
        cancel: RunnerToken,
    ) -> None:
        self._states = states
        self._claims = claims
        self._engine = engine
        self._options = options
        self._hooks = hooks
        self._cancel = cancel
        self._holder = str(uuid4())
        self._members: Mapping[str, Member] = {}
        self._runs: dict[str, _Run] = {}
        self._to_release: dict[str, float | None] = {}
        self._renewed_at = float("-inf")
        self._look_seconds = 0.0
        self._told: object = None

    def run_forever(self) -> None:
        """Run whatever is due, whenever it is.

        Raises:
            RunCancelled: the end was requested; all runs have ended.
        """
        due_list = DueList(self._options.jitter)
        with self._ending():
            while True:
                seconds = POLL_SECONDS
                with self._telling_problems():
                    found, fleet = self._look(due_list)
                    self._start([member for member, since in found if since <= fleet.at], fleet)
                    ahead = [(since - fleet.at).total_seconds() for _, since in found if since > fleet.at]
                    seconds = min([POLL_SECONDS, *ahead])
                self._wait(seconds)

    def run_due(self) -> None:
        """Run what is due now, each source at most once and without delay.

        Raises:
            SyncError: the main database cannot be read, and nothing is at work here.
            RunCancelled: the end was requested; all runs have ended.
        """
        due_list = DueList(lambda _: timedelta())
        left: set[str] = set()
        is_first = True
        with self._ending():
            while is_first or left or self._runs:
                with self._telling_problems(raised=not self._runs):
                    found, fleet = self._look(due_list)
                    due = {member.name: member for member, since in found if since <= fleet.at}
                    left = set(due) if is_first else left.intersection(due)
                    is_first = False
                    left -= self._start([member for name, member in due.items() if name in left], fleet)
                if left or self._runs:
                    self._wait(POLL_SECONDS)

    def _look(self, due_list: DueList) -> tuple[list[tuple[Member, datetime]], FleetState]:
        """Settle what has ended, and find what is due when."""
        begun = self._options.clock()
        self._settle()
        self._members = self._hooks.read_members()
        fleet = self._states.read()
        found = due_list.find(filter(self._options.choose, self._members.values()), fleet)
        self._look_seconds = self._options.clock() - begun
        return found, fleet

    def _start(self, due: Iterable[Member], fleet: FleetState) -> set[str]:
        """Begin as many runs as there is room for; return which."""
        begun: set[str] = set()
        for member in due:
            if self._cancel.is_requested or member.name in self._runs or member.name in self._to_release:
                continue
            if self._engine.free(member.zone) <= 0 or not self._has_room(member, fleet):
                continue
            if not self._claims.claim(member.name, self._holder, self._options.host, self._engine.name, CLAIM_SECONDS):
                continue
            self._to_release[member.name] = None  # should the next reading fail
            if self._options.limits.concern(member):
                # Counted again with the claim: of several that take the last place, the last one sees all others. More
                # than one may give it back then, but never none.
                fleet = self._states.read()
                if not self._has_room(member, fleet):
                    self._release()
                    continue
            del self._to_release[member.name]
            self._begin(member)
            begun.add(member.name)
        return begun

    def _has_room(self, member: Member, fleet: FleetState) -> bool:
        """Whether the limits leave room beside all other sources that are taken."""
        taken = [state for state in fleet.sources if state.claim and state.claim.live and state.name != member.name]
        return self._options.limits.leave_room(member, [self._members.get(each.name, each).tags for each in taken])

    def _begin(self, member: Member) -> None:
        future = self._engine.submit(Assignment(member.name, member.zone, self._options.user))
        self._runs[member.name] = _Run(member, future)
        future.add_done_callback(lambda _: self._cancel.wake())

    def _settle(self) -> None:
        """Take the runs that have ended, give their sources back, and renew the claims on the others."""
        for name, run in list(self._runs.items()):
            if run.future.done():
                outcome = run.future.result()
                del self._runs[name]
                self._to_release[name] = None if self._cancel.is_requested else choose_retry(outcome, run.member.every)
                self._hooks.on_outcome(outcome)
        self._release()
        if self._runs and self._options.clock() - self._renewed_at >= RENEW_SECONDS:
            self._claims.renew(self._holder, CLAIM_SECONDS)
            self._renewed_at = self._options.clock()

    def _release(self) -> None:
        for name, retry_after in list(self._to_release.items()):
            self._claims.release(name, self._holder, retry_after)
            del self._to_release[name]

    def _wait(self, seconds: float) -> None:
        self._cancel.wait(seconds)
        self._cancel.raise_if_requested()
        if self._look_seconds > LONG_LOOK_SECONDS:
            self._cancel.sleep(self._look_seconds)

    @contextmanager
    def _ending(self) -> Generator[None]:
        """End all runs at their next page however the block ends, and give back all sources."""
        try:
            yield
        finally:
            if self._runs:
                self._engine.cancel("the fleet run ends")  # by whatever signal: what it ends is due again
            while self._runs:
                with self._telling_problems():
                    self._settle()
                if self._runs:
                    self._cancel.wait(POLL_SECONDS)
            with self._telling_problems():  # what cannot be given back is free when its claim ends
                self._release()

    @contextmanager
    def _telling_problems(self, *, raised: bool = False) -> Generator[None]:
        """Tell once that the main database is away: what runs goes on without it."""
        try:
            yield
        except SyncError as error:
            if raised:
                raise
            if self._told != error.sentences:
                self._told = error.sentences
                self._hooks.on_problem(error)
        else:
            self._told = None


def is_held_up(outcome: RunOutcome) -> bool:
    """Whether another run of the source was at work: it was simply not due."""
    return any(result.get("kind") == LeaseHeld.kind for result in outcome.results)


def choose_retry(outcome: RunOutcome, every: timedelta) -> float | None:
    """Choose for how long a source is not tried again, in seconds; ``None``: its state says when it is due.

    That is so after a run that began. Where none did, or nothing was due, its state may still say that it is due now.
    """
    if outcome.exit_code == 0 and outcome.results:
        return None
    return min(every.total_seconds(), REFUSED_SECONDS if outcome.exit_code == USAGE else RETRY_SECONDS)
