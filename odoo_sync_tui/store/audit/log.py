"""Audit log: actor, action, time and outcome. Events are added and read; no code here changes or removes one.

The events are chained (:mod:`odoo_sync_tui.store.audit.chain`), so that changes by others are found.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields
from itertools import chain, repeat
from typing import Any

from odoo_sync_tui.core.actions import Outcome
from odoo_sync_tui.core.audit.events import AuditEvent, AuditPage, AuditQuery, ChainBreak, ChainReport, NotedHead, Order
from odoo_sync_tui.core.errors import StoreError
from odoo_sync_tui.core.run import INTEGRATION
from odoo_sync_tui.core.text.coerce import as_enum, as_mapping, as_text
from odoo_sync_tui.store.audit import chain as audit_chain
from odoo_sync_tui.store.audit.chain import COLLECTION, SOURCE
from odoo_sync_tui.store.audit.history_verifier import HistoryVerifier
from odoo_sync_tui.store.audit.query import SORT_ORDERS, encode_position, index_filter, scan_filter
from odoo_sync_tui.store.driver.messages import MAX_NAME_LENGTH, to_message, to_storable
from odoo_sync_tui.store.driver.repository import Fields, Repository, translate_driver_errors
from odoo_sync_tui.store.driver.values import EPOCH, as_time, to_milliseconds
from odoo_sync_tui.store.runs.leases import Leases

MAX_TRIES = 200
"""Maximum number of tries to add an event: one fails only when another process has added one in between."""

MAX_SEARCH_SECONDS = 1.5
"""Time limit of a search, which then returns its results so far and the place to go on from."""

SEARCH_BATCH_SIZES = (1_000, 5_000, 20_000)
"""Events that a search filters at a time: few at first, because the wanted events are mostly recent."""


class AuditLog(Repository):
    """Audit log in MongoDB. May be used from several threads."""

    @translate_driver_errors("writing the audit log")
    def append(self, event: AuditEvent) -> None:
        """Add an event, for good.

        Raises:
            StoreError: other processes add events all the time, or the head of the chain is made odd all the time.
        """
        document = _document(event)
        if not any(audit_chain.append(self._database, document) for _ in range(MAX_TRIES)):
            raise StoreError(
                "The audit event could not be written: other programs keep changing the head of the audit log's chain.",
                "Look what else writes the field audit_head in the collection integrations, then sync again.",
            )

    @translate_driver_errors("reading the audit log")
    def contains(self, event: AuditEvent) -> bool:
        """Whether an event with this action and id was added before."""
        query = {"source": event.source, "action": event.action, "id": event.id}
        return self._database[COLLECTION].find_one(query, ["_id"]) is not None

    @translate_driver_errors("verifying the audit log")
    def verify(self, on_break: Callable[[ChainBreak], None], noted: NotedHead | None = None) -> ChainReport:
        """Check all events for changes, removals and additions by other programs.

        Every break goes to ``on_break`` as soon as it is seen. ``noted`` is a head of an earlier verification, which
        must still be part of the chain.
        """
        leases = Leases(self._database, self.errors)

        def is_live(run_id: str) -> bool:
            lease = leases.state(INTEGRATION)
            return lease is not None and lease.live and lease.run_id == run_id

        return HistoryVerifier(self._database, on_break, is_live).run(noted)

    @translate_driver_errors("reading the audit log")
    def page(
        self, query: AuditQuery, limit: int, after: str | None = None, order: Order = Order.NEWEST_FIRST
    ) -> AuditPage:
        """Return at most ``limit`` events; ``after`` continues where the page that gave it ended.

        Pages by the last event's place, so that events that arrive in between move nothing. A query that no index
        answers looks through the events for about :data:`MAX_SEARCH_SECONDS` and then returns its results so far.

        Raises:
            StoreError: ``after`` is no place in the log.
        """
        if query.is_search:
            return self._search(query, limit, after, order)
        selected = self._database[COLLECTION].find(index_filter(query, order, after))
        found = list(selected.sort(SORT_ORDERS[order]).limit(limit + 1))
        return AuditPage(_events(found[:limit]), encode_position(found[limit - 1]) if len(found) > limit else None)

    @translate_driver_errors("counting audit events")
    def count(self, query: AuditQuery, at_most: int) -> int:
        """Count the events of a query, no further than ``at_most``."""
        conditions = {"$and": [index_filter(query, Order.NEWEST_FIRST, None), scan_filter(query)]}
        return self._database[COLLECTION].count_documents(conditions, limit=at_most)

    def _search(self, query: AuditQuery, limit: int, after: str | None, order: Order) -> AuditPage:
        """Filter one batch after the other, until the page is full, the log ends, or the time limit is reached."""
        found: list[Fields] = []
        ends_at = time.monotonic() + MAX_SEARCH_SECONDS
        for size in chain(SEARCH_BATCH_SIZES, repeat(SEARCH_BATCH_SIZES[-1])):
            last = self._last_of(size, query, order, after)
            batch_end = encode_position(last) if last else None
            # The limit is never reached. It keeps the filter out of the choice of an index, for which the server would
            # try the filter on thousands of events with every index there is.
            stages = [*_ordered(query, order, after, batch_end), {"$limit": 2 * size}, {"$match": scan_filter(query)}]
            found += self._database[COLLECTION].aggregate([*stages, {"$limit": limit + 1 - len(found)}])
            if len(found) > limit:
                return AuditPage(_events(found[:limit]), encode_position(found[limit - 1]))
            if last is None:
                break
            after = batch_end
            if time.monotonic() >= ends_at:
                return AuditPage(_events(found), after, as_time(last["timestamp"]))
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
    return [{"$match": index_filter(query, order, after, through)}, {"$sort": dict(SORT_ORDERS[order])}]


def _document(event: AuditEvent) -> Fields:
    document: Fields = {each.name: to_storable(getattr(event, each.name)) for each in fields(AuditEvent)}
    user_id = to_message(event.user_id, MAX_NAME_LENGTH)
    return document | {"user_id": user_id, "timestamp": to_milliseconds(event.timestamp)}


def _events(documents: Iterable[Mapping[str, Any]]) -> tuple[AuditEvent, ...]:
    return tuple(_event(document) for document in documents)


def _event(document: Mapping[str, Any]) -> AuditEvent:
    """Build the event; other programs' events may lack some of the fields."""
    return AuditEvent(
        id=as_text(document.get("id")) or str(document["_id"]),
        action=as_text(document.get("action")) or "",
        user_id=str(document.get("user_id") or ""),
        timestamp=as_time(document.get("timestamp")) or EPOCH,
        details=dict(as_mapping(document.get("details"))),
        run_id=as_text(document.get("run_id")),
        outcome=as_enum(Outcome, document.get("outcome")),
        source=as_text(document.get("source")) or SOURCE,
    )
