"""The part of the history that the audit screen holds: read page by page, in one order, as one frozen value."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import timedelta

from odoo_sync_tui.core.audit import AuditEvent, AuditPage, AuditQuery, Order

PAGE_ROWS = 200
ROWS_AT_MOST = 5_000
"""More are not held: who needs them narrows the filter, turns the order round, or exports."""

COUNTED_AT_MOST = 10_000

CLOCKS_DIFFER_BY = timedelta(seconds=60)
"""Hosts write events with clocks of their own: so much before the newest one, another may still appear."""


@dataclass(frozen=True, slots=True)
class AuditList:
    """Events, and how they were asked for.

    Attributes:
        text: the filter as it was typed, and ``query`` what it stands for.
        order: which end of the history is on top.
        page: every event that was read so far, the place to go on from, and how far a search has come; ``None``
            before the first answer.
        total: how many events the query finds, counted no further than one above :data:`COUNTED_AT_MOST`; ``None``
            while it is unknown, and for a search, which cannot be counted without being done.
        following: whether new events are looked for and added on top.
    """

    text: str = ""
    query: AuditQuery = field(default_factory=AuditQuery)
    order: Order = Order.NEWEST_FIRST
    page: AuditPage | None = None
    total: int | None = None
    following: bool = False

    @property
    def events(self) -> tuple[AuditEvent, ...]:
        """Every event that was read so far."""
        return self.page.events if self.page else ()

    @property
    def full(self) -> bool:
        """Whether it holds as many events as it may."""
        return len(self.events) >= ROWS_AT_MOST

    @property
    def goes_on(self) -> bool:
        """Whether another page can be asked for."""
        return self.page is not None and self.page.after is not None and not self.full

    def begun(self, page: AuditPage, total: int | None) -> AuditList:
        """With the first page."""
        return replace(self, page=page, total=total)

    def continued(self, page: AuditPage) -> AuditList:
        """With the next page added at the end."""
        return replace(self, page=replace(page, events=(*self.events, *self._unknown(page.events))))

    def newer_query(self) -> AuditQuery:
        """What finds the events that have come since, with those that a clock may have dated back."""
        if not self.events:
            return self.query
        since = self.events[0].timestamp - CLOCKS_DIFFER_BY
        return replace(self.query, since=max(since, self.query.since or since))

    def followed(self, newest: AuditPage) -> AuditList:
        """With what the :meth:`newer_query` found added on top, newest first."""
        if self.page is None or not self.events:
            return replace(self, page=newest, total=None if self.total is None else len(newest.events))
        unknown = self._unknown(newest.events)
        if newest.after is not None and len(unknown) == len(newest.events):
            # More has happened than one page tells: begin anew with it, for between it and ours may be a gap.
            return replace(self, page=newest, total=None)
        if self.page.after is not None:  # what lies further down comes with its own page
            unknown = [event for event in unknown if event.timestamp >= self.events[-1].timestamp]
        if not unknown:
            return self
        events = sorted((*unknown, *self.events), key=lambda event: event.timestamp, reverse=True)[:ROWS_AT_MOST]
        total = None if self.total is None else self.total + len(unknown)
        return replace(self, page=replace(self.page, events=tuple(events)), total=total)

    def _unknown(self, events: Iterable[AuditEvent]) -> list[AuditEvent]:
        known = {event.id for event in self.events}
        return [event for event in events if event.id not in known]
