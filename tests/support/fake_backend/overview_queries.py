"""Queries of the integration as a whole, answered as the store would answer them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from odoo_sync_tui.core.audit.events import AuditEvent, AuditPage, AuditQuery, ChainBreak, ChainReport, NotedHead, Order
from odoo_sync_tui.core.errors import SyncError
from odoo_sync_tui.core.reports.overview import EntitySummary, Overview
from odoo_sync_tui.core.run import LeaseState, RunRecord
from odoo_sync_tui.runtime.cancel import CancelToken
from tests.support.fake_backend.history import passes
from tests.support.fake_backend.values import EVENTS, overview

HANGING_SECONDS = 60.0
"""Longer than any test waits."""


def answering() -> threading.Event:
    """An event that is set."""
    event = threading.Event()
    event.set()
    return event


HEAD = NotedHead(5, 0, 0, "h1:000102030405060708090a0b0c0d0e0f")


@dataclass
class FakeOverviewQueries:
    """Answers from memory.

    Attributes:
        answer: the overview, or what is raised instead.
        left_over: what is left of entities that are not synced.
        events: the audit history, newest first.
        looks_at: how many events a search looks through before it stops.
        total: how many events a count finds, instead of those in ``events``.
        error: what reading the history raises.
        answers: while it is cleared, the history is not answered, or, with ``slow_user``, nothing about this user.
        leases: the answers of ``get_lease``, one after the other; then there is no lease.
        breaks: what the verification of the history finds.
    """

    answer: Overview | Exception = field(default_factory=overview)
    left_over: tuple[EntitySummary, ...] = field(default=(), kw_only=True)
    readings: int = 0
    counted: int = 0
    count_hangs: bool = False
    counting_ended: threading.Event = field(default_factory=threading.Event)
    count_error: SyncError | None = None
    cancels: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    cancel_found: bool = True
    cancel_reasons: list[str] = field(default_factory=list[str])

    events: tuple[AuditEvent, ...] = EVENTS
    looks_at: int = 1_000_000
    error: Exception | None = None
    total: int | None = None
    asked: list[tuple[AuditQuery, int, str | None, Order]] = field(
        default_factory=list[tuple[AuditQuery, int, str | None, Order]]
    )
    slow_user: str | None = None
    answers: threading.Event = field(default_factory=answering)

    runs: list[RunRecord] = field(default_factory=list[RunRecord])
    leases: list[LeaseState] = field(default_factory=list[LeaseState])
    breaks: list[ChainBreak] = field(default_factory=list[ChainBreak])
    outside: int = 0
    head: NotedHead | None = HEAD
    noted: list[NotedHead | None] = field(default_factory=list[NotedHead | None])

    def get_overview(self, events: int = 50) -> Overview:
        self.readings += 1
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    def list_left_over(self) -> tuple[EntitySummary, ...]:
        return self.left_over

    def refresh_odoo_counts(self, cancel: CancelToken) -> None:
        self.counted += 1
        try:
            cancel.sleep(HANGING_SECONDS if self.count_hangs else 0)
        finally:
            self.counting_ended.set()
        if self.count_error:
            raise self.count_error

    def request_cancel(self, run_id: str, by: str, reason: str = "") -> bool:
        self.cancels.append((run_id, by))
        self.cancel_reasons.append(reason)
        return self.cancel_found

    def list_events(
        self, query: AuditQuery, limit: int, after: str | None = None, order: Order = Order.NEWEST_FIRST
    ) -> AuditPage:
        self.asked.append((query, limit, after, order))
        if self.slow_user in {None, query.user_id}:
            self.answers.wait(20)
        if self.error:
            raise self.error
        events = list(self.events if order is Order.NEWEST_FIRST else reversed(self.events))
        if after:
            events = events[1 + next(index for index, each in enumerate(events) if each.id == after) :]
        looked_at = events[: self.looks_at] if query.is_search else events
        found = [each for each in looked_at if passes(each, query)]
        if len(found) > limit:
            return AuditPage(tuple(found[:limit]), found[limit - 1].id)
        if len(looked_at) < len(events):
            return AuditPage(tuple(found), looked_at[-1].id, looked_at[-1].timestamp)
        return AuditPage(tuple(found))

    def count_events(self, query: AuditQuery, at_most: int) -> int:
        assert not query.is_search, "a search cannot be counted"
        found = sum(passes(each, query) for each in self.events)
        return min(at_most, found if self.total is None else self.total)

    def list_runs(self, limit: int) -> list[RunRecord]:
        return self.runs[:limit]

    def list_live_runs(self) -> list[RunRecord]:
        return [run for run in self.runs if run.live]

    def get_lease(self) -> LeaseState | None:
        return self.leases.pop(0) if self.leases else None

    def verify_audit_log(self, on_break: Callable[[ChainBreak], None], noted: NotedHead | None = None) -> ChainReport:
        self.noted.append(noted)
        for problem in self.breaks:
            on_break(problem)
        return ChainReport(7, 3, 1, 2, len(self.breaks), outside=self.outside, unproven=self.outside, head=self.head)
