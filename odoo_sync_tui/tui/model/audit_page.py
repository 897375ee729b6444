"""The audit events that the screen has loaded, page by page in one order, as one frozen value."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import timedelta

from odoo_sync_tui.core.audit.events import AuditEvent, AuditPage, AuditQuery, Order

PAGE_SIZE = 200
MAX_EVENTS = 5_000
"""Limit of loaded events. To see others, operators narrow the filter, reverse the order, or export."""

MAX_COUNTED = 10_000

MAX_CLOCK_SKEW = timedelta(seconds=60)
"""Assumed largest difference between hosts' clocks: an event this much older than the newest may still appear."""


@dataclass(frozen=True, slots=True)
class LoadedEvents:
    """Loaded events with their query.

    Attributes:
        text: the filter as it was typed; ``query`` is its parsed form.
        order: newest or oldest event on top.
        page: all events read so far, the position of the next page, and how far a search has come; ``None`` before
            the first answer.
        total: number of events that match the query, counted no further than one above :data:`MAX_COUNTED`;
            ``None`` while unknown, and for a search, because counting one means running it.
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
        """All events read so far."""
        return self.page.events if self.page else ()

    @property
    def is_full(self) -> bool:
        """Whether the limit of loaded events is reached."""
        return len(self.events) >= MAX_EVENTS

    @property
    def has_more(self) -> bool:
        """Whether another page can be requested."""
        return self.page is not None and self.page.after is not None and not self.is_full

    def with_first_page(self, page: AuditPage, total: int | None) -> LoadedEvents:
        """Return a copy with the first page."""
        return replace(self, page=page, total=total)

    def with_next_page(self, page: AuditPage) -> LoadedEvents:
        """Return a copy with the next page appended."""
        return replace(self, page=replace(page, events=(*self.events, *self._without_loaded(page.events))))

    def build_newer_query(self) -> AuditQuery:
        """Build the query for newer events, including those that another host's slow clock dates earlier."""
        if not self.events:
            return self.query
        since = self.events[0].timestamp - MAX_CLOCK_SKEW
        return replace(self.query, since=max(since, self.query.since or since))

    def with_newer_events(self, newest: AuditPage) -> LoadedEvents:
        """Return a copy with the events of the :meth:`build_newer_query` added on top, newest first."""
        if self.page is None or not self.events:
            return replace(self, page=newest, total=None if self.total is None else len(newest.events))
        unseen = self._without_loaded(newest.events)
        if newest.after is not None and len(unseen) == len(newest.events):
            # More events are new than one page holds: begin anew with that page, for a gap may lie below it.
            return replace(self, page=newest, total=None)
        if self.page.after is not None:  # older events come with their own page
            unseen = [event for event in unseen if event.timestamp >= self.events[-1].timestamp]
        if not unseen:
            return self
        events = sorted((*unseen, *self.events), key=lambda event: event.timestamp, reverse=True)[:MAX_EVENTS]
        total = None if self.total is None else self.total + len(unseen)
        return replace(self, page=replace(self.page, events=tuple(events)), total=total)

    def _without_loaded(self, events: Iterable[AuditEvent]) -> list[AuditEvent]:
        known = {event.id for event in self.events}
        return [event for event in events if event.id not in known]
