"""The chain of all audit events: how an event is added to it, whichever process or run it is from.

The integration's document holds the head of the chain: the number of the last event, and a digest into which the hashes
of all events so far were folded, one after the other. An event is added in four steps:

1. the head is read; the event gets the next number, the digest before it, and its own hash;
2. the head moves on to it, if it is still the one that was read: the event is *announced*, its number *pending*;
3. the event is inserted;
4. its number is pending no more.

A process that is killed after the second step leaves a number without an event. This is allowed for a pending number
only, and no past event can be made to look like that: the first event that comes more than :data:`MAX_IN_FLIGHT`
numbers later names, as a part of the chain, each number that is still pending and has no event (``unwritten``). Should
the process have been asleep only, and write its event at last, this is allowed too.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pymongo
from pymongo import DESCENDING
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from odoo_sync_tui.core.text.coerce import as_int_or_none, as_mapping, as_text
from odoo_sync_tui.store.driver.repository import Fields
from odoo_sync_tui.store.driver.values import HASH_VERSION
from odoo_sync_tui.store.runs.integrations import COLLECTION as INTEGRATIONS
from odoo_sync_tui.store.runs.integrations import INTEGRATION_FILTER, ensure_document

COLLECTION = "audit_log"
SOURCE = "odoo"
"""Source of this program's events; the log is shared with other programs."""

MAX_IN_FLIGHT = 20
"""A pending number that is further behind than this is taken for that of a killed process."""

MAX_COUNT_SECONDS = 600.0
"""Time limit of counting what was there before the first event of the chain."""

UNHASHED_FIELDS = frozenset({"_id", "hash"})
SCALAR: Mapping[str, Any] = {"$not": {"$type": "array"}}
WHOLE: Mapping[str, Any] = {"$gt": 0, "$lt": 2**53, "$type": ["int", "long", "double"], **SCALAR}
NUMBERED_FILTER: Mapping[str, Any] = {"chain_number": WHOLE}
RUN_CHAINED_FILTER: Mapping[str, Any] = {
    "seq": WHOLE,
    "run_id": {"$type": "string", **SCALAR},
    "$nor": [NUMBERED_FILTER],
}
"""Events as the versions before this chain wrote them: numbered within their run."""
STRAY_FILTER: Mapping[str, Any] = {"source": SOURCE, "$nor": [NUMBERED_FILTER, RUN_CHAINED_FILTER]}
"""Events of ours in no chain at all: versions before any chain wrote such."""

_DIGEST = re.compile(r"^[0-9a-z]+:[0-9a-f]+$(?!\n)", re.ASCII)
_VALID_HEAD: Mapping[str, Any] = {
    "audit_head": SCALAR,
    "audit_head.number": {"$gte": 0, "$lt": 2**53},
    "$or": [{"audit_head.number": {"$type": "int"}}, {"audit_head.number": {"$type": "long"}}],
    "audit_head.digest": {"$regex": _DIGEST.pattern},
    "audit_head.pending": {"$type": "object", **SCALAR},
}
"""What :func:`read_head` takes for a head, in the server's terms."""

StoredEvent = Mapping[str, Any]


def event_hash(event: StoredEvent) -> str:
    """Hash a stored event: blake2b over the canonical JSON of all its fields but ``_id`` and the hash.

    Dates count as ISO text to the millisecond, as BSON keeps them; other values that JSON does not know, which no
    event of ours holds, as their representation.
    """
    return _digest({name: value for name, value in event.items() if name not in UNHASHED_FIELDS})


def fold(digest: str, hash_of_next: str) -> str:
    """Return the digest of the chain after one more event."""
    return _digest([digest, hash_of_next])


def first_digest(before: object) -> str:
    """Return the digest of a chain without an event: that of what was there before it."""
    return _digest(before)


@dataclass(frozen=True, slots=True)
class Head:
    """The head of the chain, as the integration's document holds it.

    ``pending`` has the hashes of announced events by number; ``before`` says what was in the log before the chain.
    """

    number: int
    digest: str
    pending: Mapping[int, str]
    before: Any


def read_head(database: Database[Fields]) -> tuple[Head | None, bool]:
    """Read the head; ``None`` if it is missing or odd, and whether there is anything at all."""
    document = database[INTEGRATIONS].find_one(INTEGRATION_FILTER, {"audit_head": 1}) or {}
    stored = as_mapping(document.get("audit_head"))
    number = None if isinstance(stored.get("number"), float) else as_int_or_none(stored.get("number"))
    digest, has_pending = as_text(stored.get("digest")) or "", isinstance(stored.get("pending"), Mapping)
    if number is None or not 0 <= number < 2**53 or not has_pending or not _DIGEST.match(digest):
        return None, document.get("audit_head") is not None
    return Head(number, digest, numbered_hashes(stored["pending"]), stored.get("before")), True


def numbered_hashes(stored: object) -> dict[int, str]:
    """Read hashes by number, without odd entries."""
    return {
        int(name): digest
        for name, value in as_mapping(stored).items()
        if name.isascii() and name.isdigit() and len(name) < 17 and (digest := as_text(value))
    }


def append(database: Database[Fields], event: Fields) -> bool:
    """Add the event to the chain, for good; ``False`` when another process was first: try again.

    Raises the driver's errors.
    """
    head, _ = read_head(database)
    if head is None:
        _begin(database)
        return False
    settled, unwritten = _settle(database, head)
    made = _with_place(event, head, unwritten)
    digest = fold(head.digest, made["hash"])
    if not announce(database, head, made, digest):
        return False
    try:
        insert(database, made)
    except DuplicateKeyError:
        _skip_used_numbers(database, Head(made["chain_number"], digest, {}, None))
        return False
    confirm(database, [made["chain_number"], *settled])
    return True


def announce(database: Database[Fields], head: Head, event: StoredEvent, digest: str) -> bool:
    """Move the head on to the event; ``False`` when it is not the given one any more."""
    number = event["chain_number"]
    moved = {"number": number, "digest": digest, f"pending.{number}": event["hash"]}
    return _update_head(database, head, {"$set": {f"audit_head.{name}": value for name, value in moved.items()}})


def insert(database: Database[Fields], event: Fields) -> None:
    """Insert the announced event."""
    database[COLLECTION].insert_one(event)


def confirm(database: Database[Fields], numbers: list[int]) -> None:
    """Record that these numbers are pending no more."""
    update = {"$unset": {f"audit_head.pending.{number}": "" for number in numbers}}
    database[INTEGRATIONS].update_one(INTEGRATION_FILTER, update)


def _update_head(database: Database[Fields], head: Head, update: Fields) -> bool:
    same = {"audit_head.number": head.number, "audit_head.digest": head.digest}
    query = {**INTEGRATION_FILTER, "$and": [_VALID_HEAD, same]}
    return database[INTEGRATIONS].update_one(query, update).matched_count == 1


def _with_place(event: Fields, head: Head, unwritten: Mapping[int, str]) -> Fields:
    """Return the event with its number, the digest before it, and its own hash."""
    placed = {**event, "chain_number": head.number + 1, "prev": head.digest}
    if unwritten:
        placed["unwritten"] = {str(number): digest for number, digest in unwritten.items()}
    return {**placed, "hash": event_hash(placed)}


def _settle(database: Database[Fields], head: Head) -> tuple[list[int], dict[int, str]]:
    """Return the numbers that the next event makes pending no more, and those of them that have no event."""
    if not head.pending:
        return [], {}
    query = {"chain_number": {"$in": list(head.pending)}}
    written = {event["chain_number"] for event in database[COLLECTION].find(query, {"chain_number": 1})}
    unwritten = {
        number: digest
        for number, digest in head.pending.items()
        if number not in written and number <= head.number - MAX_IN_FLIGHT
    }
    return [*(number for number in head.pending if number in written), *unwritten], unwritten


def _begin(database: Database[Fields]) -> None:
    """Make the first head of a chain, or where it was removed or made odd, another one, which fits no event so far."""
    with pymongo.timeout(MAX_COUNT_SECONDS):
        before = _count_unchained(database)
    ensure_document(database)
    head = {"number": _newest_number(database), "digest": first_digest(before), "pending": {}, "before": before}
    database[INTEGRATIONS].update_one({**INTEGRATION_FILTER, "$nor": [_VALID_HEAD]}, {"$set": {"audit_head": head}})


def _count_unchained(database: Database[Fields]) -> Fields:
    """Count the events that are not in the chain, and find the newest id among them, by the server's order."""
    log = database[COLLECTION]
    newest = log.find_one({"$or": [RUN_CHAINED_FILTER, STRAY_FILTER]}, {"_id": 1}, sort=[("_id", DESCENDING)])
    return {
        "of_runs": log.count_documents(RUN_CHAINED_FILTER),
        "strays": log.count_documents(STRAY_FILTER),
        "newest": newest and newest["_id"],
    }


def _skip_used_numbers(database: Database[Fields], head: Head) -> None:
    """Move the head behind all events, if somebody set it back: the sync goes on, and the digest shows the break."""
    _update_head(database, head, {"$set": {"audit_head.number": max(head.number, _newest_number(database))}})


def _newest_number(database: Database[Fields]) -> int:
    newest = database[COLLECTION].find_one(NUMBERED_FILTER, {"chain_number": 1}, sort=[("chain_number", DESCENDING)])
    return int(newest["chain_number"]) if newest else 0


def _digest(value: object) -> str:
    text = json.dumps(value, sort_keys=True, ensure_ascii=True, separators=(",", ":"), default=_as_text)
    return f"{HASH_VERSION}:{hashlib.blake2b(text.encode(), digest_size=16).hexdigest()}"


def _as_text(value: object) -> str:
    return value.isoformat(timespec="milliseconds") if isinstance(value, datetime) else repr(value)
