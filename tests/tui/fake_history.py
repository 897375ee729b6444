"""A history in memory behind the audit screen: pages, counts and filters it as the store would."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import timedelta

from odoo_sync_tui.core.actions import Outcome
from odoo_sync_tui.core.audit.events import AuditEvent, AuditPage, AuditQuery, Order
from tests.tui.fakes import EVENTS, NOW, FakeMonitor

USERS = ("anna", "bob", "svc-odoo-sync")
ACTIONS = ("sync_users", "sync_departments", "sync_data_lake")
ENDS = (Outcome.SUCCESS, None, Outcome.SUCCESS, Outcome.FAILED, Outcome.PARTIAL)


def event(number: int, **changes: object) -> AuditEvent:
    """The event of this number: the higher, the older."""
    outcome = ENDS[number % 5]
    details: dict[str, object] = {"synced": 1000 + number, "created": number % 7, "updated": 0}
    if outcome is None:
        details = {"event": "started", "scope": {"entities": ["departments"], "mode": "incremental", "filter": None}}
    if outcome is Outcome.FAILED:
        details["errors"] = [{"kind": "odoo_transient", "message": f"Odoo did not answer within {number} s."}]
    made = AuditEvent(
        f"e{number:06}", ACTIONS[number % 3], USERS[number % 3], NOW - timedelta(minutes=7 * number),
        details, f"run-{number // 2}", outcome,
    )  # fmt: skip
    return replace(made, **changes)


def history(count: int) -> tuple[AuditEvent, ...]:
    return tuple(event(number) for number in range(count))


@dataclass
class FakeHistory(FakeMonitor):
    """Events newest first.

    ``looks_at`` is how many a search looks through before it stops. While ``answers`` is cleared, nothing is answered,
    or, with ``slow_user``, nothing about this user.
    """

    events: tuple[AuditEvent, ...] = EVENTS
    looks_at: int = 1_000_000
    error: Exception | None = None
    total: int | None = None
    asked: list[tuple[AuditQuery, int, str | None, Order]] = field(default_factory=list)
    slow_user: str | None = None
    answers: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.answers.set()

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


def passes(each: AuditEvent, query: AuditQuery) -> bool:
    equal = {"action": query.action, "user_id": query.user_id, "run_id": query.run_id, "outcome": query.outcome}
    excluded = query.exclusions
    return (
        all(value is None or getattr(each, name) == value for name, value in equal.items())
        and (not query.no_outcome or each.outcome is None)
        and (query.since is None or each.timestamp >= query.since)
        and (query.until is None or each.timestamp < query.until)
        and all(text.lower() in str(each).lower() for text in query.texts)
        and not any(text.lower() in str(each).lower() for text in excluded.texts)
        and not _in(each.user_id, excluded.user_ids)
        and not _in(each.outcome, excluded.outcomes)
        and not _in(each.action, excluded.actions)
    )


def _in(value: object, values: Iterable[object]) -> bool:
    return value in tuple(values)
