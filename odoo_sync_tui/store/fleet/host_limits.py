"""Limits of Odoo hosts, booked call by call: one for all machines, dashboards and jobs, by the database server's clock.

One document a host: the slots that are held now, who waits for one, and when the last call that was booked begins. The
limits themselves are not stored: each booking brings those of its own settings, so that a changed one holds at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import pymongo
from pymongo import ReturnDocument, WriteConcern
from pymongo.collection import Collection

from odoo_sync_tui.core.reports.fleet import HostLimit, space_calls
from odoo_sync_tui.core.text.coerce import as_int, as_mappings
from odoo_sync_tui.runtime.process_identity import current_process
from odoo_sync_tui.store.driver.repository import Fields, Repository, translate_driver_errors
from odoo_sync_tui.store.runs.leases import is_holder_gone

COLLECTION = "host_limits"

MAX_OPERATION_SECONDS = 2.0
"""Time limit of one booking: a database that is away must not hold up the calls to Odoo for long."""
MARGIN_SECONDS = 10.0
"""How long a slot is held beyond the longest time of its call: names are looked up outside of that."""
MAX_HOLD_SECONDS = 2 * 3600.0
"""How far ahead an expiry is believed: what lies further was written by a clock that was wrong, and holds nothing."""
PATIENCE_SECONDS = 0.5
"""How long whoever waits lets others have the free slots; then the next ones are kept for it. Until then who asks first
is first: a run that just gave a slot back may take it again at once, so that none lies idle while the others ask."""
SIGHT_SECONDS = 3.0
"""How long somebody who waits counts without asking again."""
_RENEW_SECONDS = 1.0
ASK_AGAIN_SECONDS, MAX_ASK_AGAIN_SECONDS = 0.05, 0.5
"""Pause before asking again: so many times the first as one's place in the queue, at most the second."""


@dataclass(frozen=True, slots=True)
class Booking:
    """Answer to a booking: with a slot, the seconds until the call may begin; without, until to ask again."""

    has_slot: bool
    seconds: float


@dataclass(frozen=True, slots=True)
class HostUse:
    """How many slots of a host are held, and how many processes wait for one."""

    held: int
    waiting: int


class HostLimits(Repository):
    """Slots and starts of the calls to all hosts. Not on a majority: what a change of primary loses is a moment."""

    @translate_driver_errors("booking a call to Odoo")
    def book(self, limit: HostLimit, key: str, call_seconds: float) -> Booking:
        """Book one call in one atomic update; without a free slot, keep a place in the queue.

        Args:
            limit: the limit as the settings have it now.
            key: names this call; :meth:`release` it in any case.
            call_seconds: the longest time of the call. A slot whose holder died is free again a little later; at once
                if that was on this machine.
        """
        variables = {
            "key": key,
            "process": self._process,
            "slots": limit.calls_in_flight,
            "gap": 1000 * space_calls(limit.calls_per_second),
            "hold": _milliseconds(call_seconds + MARGIN_SECONDS),
        }
        with pymongo.timeout(MAX_OPERATION_SECONDS):
            answer: Fields = (
                self._collection.find_one_and_update(
                    {"_id": limit.host},
                    _BOOK,
                    _ANSWER,
                    upsert=True,
                    return_document=ReturnDocument.AFTER,
                    let=variables,
                )
                or {}
            )
        if (start := answer.get("start")) is not None:
            return Booking(True, max(0.0, as_int(start) / 1000))
        if dead := [each.get("key") for each in as_mappings(answer.get("others")) if is_holder_gone(each)]:
            self._remove(limit.host, dead)
            return Booking(False, 0.0)
        pause = ASK_AGAIN_SECONDS * (as_int(answer.get("place")) + 1)
        return Booking(False, min(pause, MAX_ASK_AGAIN_SECONDS))

    @translate_driver_errors("giving back a call to Odoo")
    def release(self, host: str, key: str) -> None:
        """Give the slot back, or the place in the queue."""
        self._remove(host, [key])

    @translate_driver_errors("reading the calls to Odoo")
    def read(self, host: str) -> HostUse:
        """Read how much of a host's limit is in use now."""
        counts = {"held": {"$size": _select("held", _IS_HELD)}, "waiting": {"$size": _select("waiting", _IS_SEEN)}}
        with pymongo.timeout(MAX_OPERATION_SECONDS):
            found: Fields = self._collection.find_one({"_id": host}, counts) or {}
        return HostUse(as_int(found.get("held")), as_int(found.get("waiting")))

    def _remove(self, host: str, keys: Sequence[object]) -> None:
        named = {"key": {"$in": keys}}
        with pymongo.timeout(MAX_OPERATION_SECONDS):
            self._collection.update_one({"_id": host}, {"$pull": {"held": named, "waiting": named}})

    @cached_property
    def _process(self) -> Mapping[str, object] | None:
        process = current_process()
        return process and asdict(process)

    @property
    def _collection(self) -> Collection[Fields]:
        return self._database[COLLECTION].with_options(write_concern=WriteConcern(w=1))


def _milliseconds(seconds: float) -> int:
    return round(seconds * 1000)


def _select(field: str, condition: object) -> dict[str, Any]:
    """Select the elements of an array; none where another program left something else."""
    array: dict[str, Any] = {"$cond": [{"$isArray": f"${field}"}, f"${field}", []]}
    return {"$filter": {"input": array, "as": "each", "cond": condition}}


def _get_first(array: str, condition: object, field: str) -> dict[str, Any]:
    return {"$getField": {"field": field, "input": {"$first": _select(array, condition)}}}


_IS_HELD = {
    "$and": [
        {"$gt": ["$$each.until", "$$NOW"]},
        {"$lt": ["$$each.until", {"$add": ["$$NOW", _milliseconds(MAX_HOLD_SECONDS)]}]},
    ]
}
_IS_SEEN = {"$gt": ["$$each.seen", {"$subtract": ["$$NOW", _milliseconds(SIGHT_SECONDS)]}]}
_IS_MINE = {"$eq": ["$$each.key", "$$key"]}
_IS_BEFORE_ME = {
    "$and": [
        {"$lt": ["$$each.since", "$_since"]},
        {"$lt": ["$$each.since", {"$subtract": ["$$NOW", _milliseconds(PATIENCE_SECONDS)]}]},
    ]
}
_SLOT = {"key": "$$key", "process": "$$process", "start": "$_start", "until": {"$add": ["$_start", "$$hold"]}}
_NEXT_START = {
    "$cond": [{"$eq": [{"$type": "$last_start"}, "date"]}, {"$add": ["$last_start", "$$gap"]}, "$$NOW"],
}
_LAST_POSSIBLE_START = {"$add": ["$$NOW", {"$multiply": ["$$slots", "$$gap"]}]}
"""No start lies further ahead than those of all slots together: a lower rate of before would hold on."""
_SEEN = {
    "$cond": [
        {"$lt": ["$$each.seen", {"$subtract": ["$$NOW", _milliseconds(_RENEW_SECONDS)]}]}, "$$NOW", "$$each.seen",
    ]
}  # fmt: skip
_RENEWED = {
    "$map": {
        "input": "$waiting",
        "as": "each",
        "in": {"$cond": [_IS_MINE, {"$mergeObjects": ["$$each", {"seen": _SEEN}]}, "$$each"]},
    }
}
_QUEUE = {
    "$switch": {
        "branches": [
            {"case": "$_takes", "then": _select("waiting", {"$not": [_IS_MINE]})},
            {"case": {"$in": ["$$key", "$waiting.key"]}, "then": _RENEWED},
        ],
        "default": {"$concatArrays": ["$waiting", [{"key": "$$key", "since": "$$NOW", "seen": "$$NOW"}]]},
    }
}
_BOOK: list[dict[str, Any]] = [
    {"$set": {"held": _select("held", _IS_HELD), "waiting": _select("waiting", _IS_SEEN)}},
    {"$set": {"_since": {"$ifNull": [_get_first("waiting", _IS_MINE, "since"), "$$NOW"]}}},
    {
        "$set": {
            "_takes": {
                "$lt": [{"$add": [{"$size": "$held"}, {"$size": _select("waiting", _IS_BEFORE_ME)}]}, "$$slots"]
            },
            "_start": {"$max": ["$$NOW", {"$min": [_NEXT_START, _LAST_POSSIBLE_START]}]},
        }
    },
    {
        "$set": {
            "held": {"$concatArrays": ["$held", {"$cond": ["$_takes", [_SLOT], []]}]},
            "waiting": _QUEUE,
            "last_start": {"$cond": ["$_takes", "$_start", "$last_start"]},
        }
    },
    {"$unset": ["_since", "_takes", "_start"]},
]
"""The update of one booking. Its variables: key and process of the call, slots, gap and hold in milliseconds."""
_ANSWER: dict[str, Any] = {
    "_id": 0,
    "start": {"$subtract": [_get_first("held", _IS_MINE, "start"), "$$NOW"]},
    "place": {"$indexOfArray": ["$waiting.key", "$$key"]},
    "others": {"$cond": [{"$in": ["$$key", "$held.key"]}, [], "$held"]},
}
