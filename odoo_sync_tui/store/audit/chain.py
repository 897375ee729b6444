"""Hash chain over the audit events of a run, which reveals later changes to the history.

The events of a run are numbered from 1 (a unique index admits no two with the same number, so that two processes
cannot fork the chain), and each holds the hash of the one before it and its own. Besides, the run's record, in another
collection, anchors them: it gets the hash of an event before the event is written (``audit.announced``), and the
number of events after it (``audit.written``). So an event that was changed and hashed anew, or added behind the last
one, was never announced, and a missing last one is noticed. A process that is killed between these steps leaves a hash
that no event has, or one event more than are counted: both are allowed.

A program that may write to both collections and knows the recipe can still forge a history: there is no key in it,
because the machine that writes it would have to hold the key.
"""

from __future__ import annotations

import hashlib
import heapq
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from itertools import chain, groupby
from operator import itemgetter
from typing import Any

from pymongo import ASCENDING
from pymongo.database import Database

from odoo_sync_tui.core.audit.events import ChainBreak, ChainReport
from odoo_sync_tui.core.text.coerce import as_int, as_mapping, as_text, as_texts
from odoo_sync_tui.store.driver.repository import Fields
from odoo_sync_tui.store.driver.values import HASH_VERSION
from odoo_sync_tui.store.runs.run_records import COLLECTION as RUNS

COLLECTION = "audit_log"
SOURCE = "odoo"
"""Source of this program's events; the log is shared with other programs."""

UNHASHED_FIELDS = frozenset({"_id", "hash"})
_SCALAR: Mapping[str, Any] = {"$not": {"$type": "array"}}
NUMBERED_FILTER: Mapping[str, Any] = {"seq": {"$gt": 0, "$lt": 2**53, "$type": ["int", "long", "double"], **_SCALAR}}
CHAINED_FILTER: Mapping[str, Any] = {**NUMBERED_FILTER, "run_id": {"$type": "string", **_SCALAR}}
BATCH_SIZE = 1000
"""Maximum number of documents in memory; the server's default batch, 16 MB, is many times that when decoded."""
CHAIN_ORDER = [("run_id", ASCENDING), ("seq", ASCENDING)]

StoredEvent = Mapping[str, Any]


def event_hash(event: StoredEvent) -> str:
    """Hash a stored event: blake2b over the canonical JSON of all its fields but ``_id`` and the hash.

    Dates count as ISO text to the millisecond, as BSON keeps them; other values that JSON does not know, which no
    event of ours holds, as their representation.
    """
    hashed = {name: value for name, value in event.items() if name not in UNHASHED_FIELDS}
    text = json.dumps(hashed, sort_keys=True, ensure_ascii=True, separators=(",", ":"), default=_as_text)
    return f"{HASH_VERSION}:{hashlib.blake2b(text.encode(), digest_size=16).hexdigest()}"


def with_chain_hash(event: Fields, previous: StoredEvent | None) -> Fields:
    """Return the event with its number, the hash of the run's ``previous`` event, and its own hash."""
    numbered = {
        **event,
        "seq": int(previous["seq"]) + 1 if previous else 1,
        "prev": previous.get("hash") if previous else None,
    }
    return {**numbered, "hash": event_hash(numbered)}


def with_own_hash(event: Fields) -> Fields:
    """Return an event of no run with its hash."""
    alone = {**event, "seq": None, "prev": None}
    return {**alone, "hash": event_hash(alone)}


def record_pending_hash(database: Database[Fields], event: StoredEvent) -> None:
    """Add the hash of an event to the run's record, if there is one, before the event is written."""
    database[RUNS].update_one({"_id": event["run_id"]}, {"$push": {"audit.announced": event["hash"]}})


def record_written_count(database: Database[Fields], event: StoredEvent) -> None:
    """Set the number of written events in the run's record, after an event was written."""
    database[RUNS].update_one({"_id": event["run_id"]}, {"$max": {"audit.written": event["seq"]}})


@dataclass(frozen=True, slots=True)
class ChainAnchor:
    """Data about the events in a run's record: the announced hashes and the number of written events."""

    is_announced: Callable[[str], bool]
    written_count: int


def find_breaks(run_id: str, events: Iterable[StoredEvent], anchor: ChainAnchor | None) -> Iterator[ChainBreak]:
    """Yield the breaks in the events of a run, given in the order of their numbers.

    ``anchor`` is ``None`` for a run without a record.
    """
    number, last = 0, None
    for event in events:
        text = _break_between(number, last, event) or _break_within(event, anchor)
        if text:
            yield ChainBreak(text, run_id, as_text(event.get("id")) or str(event["_id"]))
        number, last = event["seq"], event.get("hash")
    if anchor and anchor.written_count > number:
        yield ChainBreak(
            f"of its {anchor.written_count} events, the last {anchor.written_count - number} are missing", run_id
        )


def _break_between(number: int, last: str | None, event: StoredEvent) -> str | None:
    """Describe the break between the event of this number and hash and the next event; ``None`` if there is none."""
    if event["seq"] != number + 1:
        return f"it is number {event['seq']}, after number {number}: events between them are missing, or it was added"
    return None if event.get("prev") == last else "it does not follow on the event before it: one of them was changed"


def _break_within(event: StoredEvent, anchor: ChainAnchor | None) -> str | None:
    if event_hash(event) != event.get("hash"):
        return "it was changed"
    if anchor and not anchor.is_announced(event["hash"]):
        return "its run did not announce it: it was added, or changed and hashed anew"
    return None


class ChainVerifier:
    """Verifier of the whole history, which is read once, in bounded memory. Made for one use.

    Args:
        database: database of the history.
        on_break: called with every break, as soon as it is found.
        is_live: whether the run of this id is at work.
    """

    def __init__(
        self, database: Database[Fields], on_break: Callable[[ChainBreak], None], is_live: Callable[[str], bool]
    ) -> None:
        self._log = database[COLLECTION]
        self._runs = database[RUNS]
        self._found = on_break
        self._is_live = is_live
        self._ends = False
        self._counts = dict.fromkeys((each.name for each in fields(ChainReport)), 0)

    def run(self) -> ChainReport:
        """Verify. Raises the driver's errors."""
        for run_id, items in groupby(self._by_run(), itemgetter(0)):
            events = map(itemgetter(2), items)
            self._verify_run(run_id, next(events), events)
        for event in self._log.find({"source": SOURCE, "$nor": [CHAINED_FILTER]}).batch_size(BATCH_SIZE):
            self._verify_stray(event)
        return ChainReport(**self._counts)

    def _by_run(self) -> Iterator[tuple[str, int, StoredEvent]]:
        """Yield records and events merged by run id: first the record (0), then the events (1) by number."""
        records = (
            self._runs.find({"_id": {"$type": "string"}}, {"audit": 1}).sort("_id", ASCENDING).batch_size(BATCH_SIZE)
        )
        return heapq.merge(
            ((run["_id"], 0, run) for run in records),
            ((event["run_id"], 1, event) for event in self._chained(CHAINED_FILTER)),
            key=itemgetter(0, 1),
        )

    def _chained(self, query: Mapping[str, Any]) -> Iterator[StoredEvent]:
        return iter(self._log.find(query).sort(CHAIN_ORDER).allow_disk_use(True).batch_size(BATCH_SIZE))

    def _verify_run(self, run_id: str, first: StoredEvent, others: Iterator[StoredEvent]) -> None:
        """Verify the events of a run. ``first`` is its record, or where it has none, its first event."""
        anchor = None if "run_id" in first else _anchor(first)
        events = self._counted(others if anchor else chain([first], others))
        broken = next(find_breaks(run_id, events, anchor), None)
        for _ in events:  # after the first break the rest is only counted
            pass
        if anchor is None:
            self._counts["unanchored"] += 1
        if broken:
            self._verify_again(run_id)
        if anchor and not self._ends:
            self._verify_end(run_id)

    def _verify_end(self, run_id: str) -> None:
        """Report a run without an end, unless it is at work: its end is written before its lease is released."""
        if self._is_live(run_id):
            return
        if self._log.find_one({"run_id": run_id, "outcome": {"$ne": None}}, {"_id": 1}) is None:
            self._report(ChainBreak("it has no end: nobody has recorded how it ended", run_id))

    def _verify_again(self, run_id: str) -> None:
        """Report the breaks of a run that may be at work right now.

        The number of written events is read before the events, the announced hashes after them: so no event that
        comes meanwhile can look wrong.
        """
        run = self._runs.find_one({"_id": run_id}, {"audit.written": 1})
        anchor = ChainAnchor(lambda digest: self._announced(run_id, digest), _written(run)) if run else None
        for problem in find_breaks(run_id, self._chained({**CHAINED_FILTER, "run_id": run_id}), anchor):
            self._report(problem)

    def _announced(self, run_id: str, digest: str) -> bool:
        return self._runs.count_documents({"_id": run_id, "audit.announced": digest}, limit=1) > 0

    def _counted(self, events: Iterable[StoredEvent]) -> Iterator[StoredEvent]:
        """Yield the events of a run and count each."""
        self._ends = False
        for number, event in enumerate(events):
            self._ends = self._ends or event.get("outcome") is not None
            self._counts["events"] += 1
            self._counts["runs"] += number == 0
            yield event

    def _verify_stray(self, event: StoredEvent) -> None:
        """Verify one of our events that is in no chain."""
        self._counts["events"] += 1
        event_id, run_id = as_text(event.get("id")) or str(event["_id"]), event.get("run_id")
        if run_id is not None or event.get("seq") is not None:
            text = "it has no number among the events of its run: it was added or changed"
            self._report(ChainBreak(text, None if run_id is None else str(run_id), event_id))
        elif event.get("hash") is None:
            self._counts["unchained"] += 1
        elif event_hash(event) != event["hash"]:
            self._report(ChainBreak("it was changed", None, event_id))

    def _report(self, problem: ChainBreak) -> None:
        self._counts["breaks"] += 1
        self._found(problem)


def _anchor(run: StoredEvent) -> ChainAnchor:
    announced = frozenset(as_texts(as_mapping(run.get("audit")).get("announced")))
    return ChainAnchor(announced.__contains__, _written(run))


def _written(run: StoredEvent) -> int:
    return as_int(as_mapping(run.get("audit")).get("written"))


def _as_text(value: object) -> str:
    return value.isoformat(timespec="milliseconds") if isinstance(value, datetime) else repr(value)
