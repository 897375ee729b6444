"""Audit log: actor, action, time and outcome. Events are added and read; no code here changes or removes one.

The events of a run are chained (:mod:`odoo_sync_tui.store.audit_chain`), so that changes by others are found.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields
from itertools import chain, repeat
from typing import Any

from pymongo import DESCENDING
from pymongo.errors import DuplicateKeyError

from odoo_sync_tui.core.audit import AuditEvent, AuditPage, AuditQuery, ChainBreak, ChainReport, Order
from odoo_sync_tui.core.words import Outcome
from odoo_sync_tui.store import audit_chain
from odoo_sync_tui.store.audit_chain import COLLECTION, SOURCE
from odoo_sync_tui.store.audit_query import ORDERS, place_of, selection, sieve
from odoo_sync_tui.store.part import Fields, Part, translated
from odoo_sync_tui.store.values import (
    EPOCH,
    as_datetime,
    as_enum,
    as_mapping,
    as_text,
    plain,
    to_milliseconds,
)

LAST = [("seq", DESCENDING)]
WRITERS_AT_ONCE = 10
"""Maximum number of processes that add an event to one run at the same moment; more than two never do."""

SEARCH_SECONDS = 1.5
"""Time limit of a search, which then returns its results so far and the place to go on from."""

PORTIONS = (1_000, 5_000, 20_000)
"""Events that a search filters at a time: few at first, because the wanted events are mostly recent."""


class AuditLog(Part):
    """Audit log in MongoDB. May be used from several threads."""

    @translated("writing the audit log")
    def append(self, event: AuditEvent) -> None:
        """Add an event, for good."""
        if event.run_id is None:
            self._database[COLLECTION].insert_one(audit_chain.sealed_alone(_document(event)))
            return None
        for _ in range(WRITERS_AT_ONCE - 1):
            try:
                return self._append_to_run(event, event.run_id)
            except DuplicateKeyError:  # another process was first; ours comes after it
                continue
        return self._append_to_run(event, event.run_id)

    def _append_to_run(self, event: AuditEvent, run_id: str) -> None:
        log = self._database[COLLECTION]
        last = log.find_one({"run_id": run_id, **audit_chain.NUMBERED}, {"seq": 1, "hash": 1}, sort=LAST)
        document = audit_chain.sealed(_document(event), last)
        audit_chain.announce(self._database, document)
        log.insert_one(document)
        audit_chain.confirm(self._database, document)

    @translated("verifying the audit log")
    def verify(self, found: Callable[[ChainBreak], None]) -> ChainReport:
        """Check all events for changes, removals and additions by other programs.

        Every break goes to ``found`` as soon as it is seen.
        """
        return audit_chain.Verification(self._database, found).run()

    @translated("reading the audit log")
    def page(
        self, query: AuditQuery, limit: int, after: str | None = None, order: Order = Order.NEWEST_FIRST
    ) -> AuditPage:
        """Return at most ``limit`` events; ``after`` continues where the page that gave it ended.

        Pages by the last event's place, so that events that arrive in between move nothing. A query that no index
        answers looks through the events for about :data:`SEARCH_SECONDS` and then returns its results so far.

        Raises:
            StoreError: ``after`` is no place in the log.
        """
        if query.searches:
            return self._search(query, limit, after, order)
        selected = self._database[COLLECTION].find(selection(query, order, after))
        found = list(selected.sort(ORDERS[order]).limit(limit + 1))
        return AuditPage(_events(found[:limit]), place_of(found[limit - 1]) if len(found) > limit else None)

    @translated("counting audit events")
    def count(self, query: AuditQuery, at_most: int) -> int:
        """Count the events of a query, no further than ``at_most``."""
        conditions = {"$and": [selection(query, Order.NEWEST_FIRST, None), sieve(query)]}
        return self._database[COLLECTION].count_documents(conditions, limit=at_most)

    def _search(self, query: AuditQuery, limit: int, after: str | None, order: Order) -> AuditPage:
        """Filter one batch after the other, until the page is full, the log ends, or the time limit is reached."""
        found: list[Fields] = []
        ends_at = time.monotonic() + SEARCH_SECONDS
        for size in chain(PORTIONS, repeat(PORTIONS[-1])):
            last = self._last_of(size, query, order, after)
            batch_end = place_of(last) if last else None
            # The limit is never reached. It keeps the filter out of the choice of an index, for which the server would
            # try the filter on thousands of events with every index there is.
            stages = [*_ordered(query, order, after, batch_end), {"$limit": 2 * size}, {"$match": sieve(query)}]
            found += self._database[COLLECTION].aggregate([*stages, {"$limit": limit + 1 - len(found)}])
            if len(found) > limit:
                return AuditPage(_events(found[:limit]), place_of(found[limit - 1]))
            if last is None:
                break
            after = batch_end
            if time.monotonic() >= ends_at:
                return AuditPage(_events(found), after, as_datetime(last["timestamp"]))
        return AuditPage(_events(found))

    def _last_of(self, size: int, query: AuditQuery, order: Order, after: str | None) -> Fields | None:
        """Return the last one of the next ``size`` events; ``None`` when there are fewer."""
        last = {"count": {"$sum": 1}, "timestamp": {"$last": "$timestamp"}, "id": {"$last": "$_id"}}
        stages = [*_ordered(query, order, after), {"$limit": size}, {"$group": {"_id": None, **last}}]
        counted = next(self._database[COLLECTION].aggregate(stages), None)
        complete = counted is not None and counted["count"] == size
        return {"timestamp": counted["timestamp"], "_id": counted["id"]} if counted and complete else None


def _ordered(query: AuditQuery, order: Order, after: str | None, through: str | None = None) -> list[Fields]:
    """Return the stages of a pipeline that select and order."""
    return [{"$match": selection(query, order, after, through)}, {"$sort": dict(ORDERS[order])}]


def _document(event: AuditEvent) -> Fields:
    document: Fields = {each.name: plain(getattr(event, each.name)) for each in fields(AuditEvent)}
    return document | {"timestamp": to_milliseconds(event.timestamp)}


def _events(documents: Iterable[Mapping[str, Any]]) -> tuple[AuditEvent, ...]:
    return tuple(_event(document) for document in documents)


def _event(document: Mapping[str, Any]) -> AuditEvent:
    """Build the event; other programs' events may lack some of the fields."""
    return AuditEvent(
        id=as_text(document.get("id")) or str(document["_id"]),
        action=as_text(document.get("action")) or "",
        user_id=str(document.get("user_id") or ""),
        timestamp=as_datetime(document.get("timestamp")) or EPOCH,
        details=dict(as_mapping(document.get("details"))),
        run_id=as_text(document.get("run_id")),
        outcome=as_enum(Outcome, document.get("outcome")),
        source=as_text(document.get("source")) or SOURCE,
    )
