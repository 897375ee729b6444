"""Translation of an audit query into a MongoDB query that an index answers.

What an index can answer (equal fields, a span of time, the place where the last page ended) selects and orders the
events. What no index can (texts, exclusions) filters them afterwards, on the server, a bounded number at a time: so a
search through a long history sends only its results, and can stop when it has taken long enough.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import bson
from bson.datetime_ms import DatetimeMS
from bson.errors import BSONError
from pymongo import ASCENDING, DESCENDING

from odoo_sync_tui.core.audit.events import AuditQuery, Exclusions, Order
from odoo_sync_tui.core.errors import StoreError
from odoo_sync_tui.store.audit.chain import SOURCE
from odoo_sync_tui.store.driver.values import CODEC_OPTIONS, as_sort_time

SORT_ORDERS: Mapping[Order, list[tuple[str, int]]] = {
    Order.NEWEST_FIRST: [("timestamp", DESCENDING), ("_id", DESCENDING)],
    Order.OLDEST_FIRST: [("timestamp", ASCENDING), ("_id", ASCENDING)],
}

SEARCHED_PATHS = (
    "action", "user_id", "run_id", "outcome", "id", "details",
    "details.errors", "details.errors.message", "details.errors.hint", "details.errors.entity", "details.errors.kind",
    "details.warnings", "details.warnings.message", "details.warnings.hint", "details.warnings.entity",
    "details.scope.entities", "details.scope.mode", "details.scope.filter",
    "details.scope.selection",
)  # fmt: skip
"""Paths that a text is searched in, beside every text that stands directly in the details."""


def index_filter(query: AuditQuery, order: Order, after: str | None, through: str | None = None) -> dict[str, Any]:
    """Build the filter for an index: equal fields, a span of time, and a range between two places of the log.

    Events that come while the log is read change nothing between two places: beyond ``after``, and no further than
    ``through``, which is included.

    Raises:
        StoreError: a place is none in the log.
    """
    equal = {"user_id": query.user_id, "run_id": query.run_id, "outcome": query.outcome}
    conditions: dict[str, Any] = {"source": SOURCE}
    conditions |= {name: str(value) for name, value in equal.items() if value is not None}
    if query.actions:
        conditions["action"] = query.actions[0] if len(query.actions) == 1 else {"$in": list(query.actions)}
    if query.no_outcome:
        conditions["outcome"] = None
    span = {"$gte": query.since, "$lt": query.until}
    bounds: dict[str, Any] = {operator: moment for operator, moment in span.items() if moment is not None}
    between: list[dict[str, Any]] = []
    older, newer = "$lt", "$gt"
    beyond, before = (older, newer) if order is Order.NEWEST_FIRST else (newer, older)
    for place, side, inclusive in ((after, beyond, ""), (through, before, "e")):
        if place is None:
            continue
        moment, event_id = _decode_place(place)
        # The bound that includes the moment lets the index begin right there; the rest separates events of one moment.
        bounds[f"{side}e"] = max(moment, bounds.get(f"{side}e", moment), key=_milliseconds)
        between.append({"$or": [{"timestamp": {side: moment}}, {"_id": {f"{side}{inclusive}": event_id}}]})
    return conditions | ({"timestamp": bounds} if bounds else {}) | ({"$and": between} if between else {})


def scan_filter(query: AuditQuery) -> dict[str, Any]:
    """Build the filter that no index answers; empty when there is nothing to filter."""
    parts: list[dict[str, Any]] = [_contains(text) for text in query.texts]
    exclusions = _exclusions(query.exclusions)
    if exclusions:
        parts.append({"$nor": exclusions})
    return {"$and": parts} if parts else {}


def encode_position(document: Mapping[str, Any]) -> str:
    """Encode the place of an event in the log as text."""
    place = {"timestamp": document.get("timestamp"), "id": document["_id"]}
    return bson.encode(place, codec_options=CODEC_OPTIONS).hex()


def _exclusions(excluded: Exclusions) -> list[dict[str, Any]]:
    fields: dict[str, list[Any]] = {
        "action": list(excluded.actions),
        "user_id": list(excluded.user_ids),
        "run_id": list(excluded.run_ids),
        "outcome": [None if outcome is None else str(outcome) for outcome in excluded.outcomes],
    }
    equal = [{name: {"$in": values}} for name, values in fields.items() if values]
    return [*equal, *(_contains(text) for text in excluded.texts)]


def _contains(text: str) -> dict[str, Any]:
    """Build the condition that the text, in any case, is at one of the paths or directly in the details."""
    pattern = re.escape(text)
    anywhere: list[dict[str, Any]] = [{path: {"$regex": pattern, "$options": "i"}} for path in SEARCHED_PATHS]
    return {"$or": [*anywhere, {"$expr": _in_a_detail(pattern)}]}


def _in_a_detail(pattern: str) -> dict[str, Any]:
    matches = {"$regexMatch": {"input": "$$detail.v", "regex": pattern, "options": "i"}}
    is_text = {"$eq": [{"$type": "$$detail.v"}, "string"]}
    details: dict[str, list[Any]] = {
        "$cond": [{"$eq": [{"$type": "$details"}, "object"]}, {"$objectToArray": "$details"}, []]
    }
    return {
        "$anyElementTrue": [
            {"$map": {"input": details, "as": "detail", "in": {"$cond": [is_text, matches, False]}}},
        ]
    }


def _milliseconds(moment: datetime | DatetimeMS) -> int:
    return int(moment if isinstance(moment, DatetimeMS) else DatetimeMS(moment))


def _decode_place(place: str) -> tuple[datetime | DatetimeMS, Any]:
    try:
        last = bson.decode(bytes.fromhex(place), codec_options=CODEC_OPTIONS)  # pyright: ignore[reportUnknownMemberType]  # the driver names array without its type
        return as_sort_time(last["timestamp"]), last["id"]
    except (ValueError, KeyError, BSONError) as error:
        raise StoreError("This is no place in the audit log.", "Begin again with its newest page.") from error
