"""The history: who did what, when, and how it ended. Events are added and read; no code here changes or removes one.

The events of a run are chained (:mod:`odoo_sync_tui.store.audit_chain`), so that it shows when somebody else does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any

import bson
from bson.errors import BSONError
from pymongo import DESCENDING
from pymongo.errors import DuplicateKeyError

from odoo_sync_tui.core.audit import AuditEvent, AuditPage, AuditQuery, ChainBreak, ChainReport
from odoo_sync_tui.core.errors import StoreError
from odoo_sync_tui.core.result import Outcome
from odoo_sync_tui.store import audit_chain
from odoo_sync_tui.store.audit_chain import COLLECTION, SOURCE
from odoo_sync_tui.store.part import Fields, Part, translated
from odoo_sync_tui.store.values import (
    CODEC,
    EPOCH,
    as_datetime,
    as_enum,
    as_mapping,
    as_text,
    plain,
    to_milliseconds,
)

NEWEST = [("timestamp", DESCENDING), ("_id", DESCENDING)]
LAST = [("seq", DESCENDING)]
WRITERS_AT_ONCE = 10
"""So many processes may add an event to one run at the same moment; more than two never do."""


class AuditLog(Part):
    """The audit log. May be used from several threads."""

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
        """Look whether an event was changed, removed or added by anybody else; reads all of them.

        Every problem goes to ``found`` as soon as it is seen.
        """
        return audit_chain.Verification(self._database, found).run()

    @translated("reading the audit log")
    def page(self, query: AuditQuery, limit: int, after: str | None = None) -> AuditPage:
        """At most ``limit`` events, newest first; ``after`` continues where the page that gave it ended.

        Pages by the last event's place, so that events that arrive in between move nothing.

        Raises:
            StoreError: ``after`` is no place in the log.
        """
        conditions = _conditions(query)
        if after is not None:
            conditions = {"$and": [conditions, _older_than(after)]}
        found = list(self._database[COLLECTION].find(conditions).sort(NEWEST).limit(limit + 1))
        events = tuple(_event(document) for document in found[:limit])
        return AuditPage(events, _place(found[limit - 1]) if len(found) > limit else None)

    @translated("counting audit events")
    def count(self, query: AuditQuery, at_most: int) -> int:
        """How many events there are; counts no further than ``at_most``."""
        return self._database[COLLECTION].count_documents(_conditions(query), limit=at_most)


def _document(event: AuditEvent) -> Fields:
    document: Fields = {each.name: plain(getattr(event, each.name)) for each in fields(AuditEvent)}
    return document | {"timestamp": to_milliseconds(event.timestamp)}


def _event(document: Mapping[str, Any]) -> AuditEvent:
    """The event; other programs' events may lack some of the fields."""
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


def _conditions(query: AuditQuery) -> dict[str, Any]:
    equal = {"action": query.action, "user_id": query.user_id, "run_id": query.run_id}
    conditions: dict[str, Any] = {"source": SOURCE} | {
        name: value for name, value in equal.items() if value is not None
    }
    if query.outcome is not None:
        conditions["outcome"] = str(query.outcome)
    span = {"$gte": query.since, "$lt": query.until}
    if bounds := {operator: moment for operator, moment in span.items() if moment is not None}:
        conditions["timestamp"] = bounds
    return conditions


def _place(document: Mapping[str, Any]) -> str:
    """Where an event stands, as text."""
    return bson.encode({"timestamp": document["timestamp"], "id": document["_id"]}, codec_options=CODEC).hex()


def _older_than(place: str) -> dict[str, Any]:
    try:
        last = bson.decode(bytes.fromhex(place), codec_options=CODEC)  # pyright: ignore[reportUnknownMemberType]  # the driver names array without its type
        moment, event_id = last["timestamp"], last["id"]
    except (ValueError, KeyError, BSONError) as error:
        raise StoreError("This is no place in the audit log.", "Begin again with its newest page.") from error
    return {"$or": [{"timestamp": {"$lt": moment}}, {"timestamp": moment, "_id": {"$lt": event_id}}]}
