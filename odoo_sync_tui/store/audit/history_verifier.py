"""Verification of the whole history in a database: the chain, the chains of earlier versions, and all other events."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import fields
from itertools import groupby
from operator import itemgetter
from typing import Any

from pymongo import ASCENDING
from pymongo.database import Database

from odoo_sync_tui.core.audit.events import ChainBreak, ChainReport, NotedHead
from odoo_sync_tui.core.text.coerce import as_int, as_mapping
from odoo_sync_tui.store.audit.chain import (
    COLLECTION,
    NUMBERED_FILTER,
    RUN_CHAINED_FILTER,
    SOURCE,
    STRAY_FILTER,
    Head,
    StoredEvent,
    event_hash,
    read_head,
)
from odoo_sync_tui.store.audit.chain_verifier import ChainVerifier, break_at
from odoo_sync_tui.store.audit.run_chains import ChainAnchor, anchor_of, find_breaks, written_count
from odoo_sync_tui.store.driver.repository import Fields
from odoo_sync_tui.store.runs.run_records import COLLECTION as RUNS

BATCH_SIZE = 1000
"""Maximum number of documents in memory; the server's default batch, 16 MB, is many times that when decoded."""
RUN_CHAIN_ORDER = [("run_id", ASCENDING), ("seq", ASCENDING)]
_RECORD, _EVENT, _CHAINED = range(3)


class HistoryVerifier:
    """Verifier of the whole history, in bounded memory. Made for one use.

    Args:
        database: database of the history.
        on_break: called with every break, as soon as it is found.
        is_live: whether the run of this id is at work.
    """

    def __init__(
        self, database: Database[Fields], on_break: Callable[[ChainBreak], None], is_live: Callable[[str], bool]
    ) -> None:
        self._database = database
        self._log = database[COLLECTION]
        self._runs = database[RUNS]
        self._found = on_break
        self._is_live = is_live
        self._head: Head | None = None
        self._older = {"of_runs": 0, "strays": 0}
        self._counts = {each.name: 0 for each in fields(ChainReport) if each.name != "head"}

    def run(self, noted: NotedHead | None) -> ChainReport:
        """Verify, also that the ``noted`` head is still part of the chain. Raises the driver's errors."""
        self._verify_chain(noted)
        for run_id, items in groupby(self._by_run(), itemgetter(0)):
            self._verify_run(run_id, ((rank, document) for _, rank, document in items))
        for event in self._log.find(STRAY_FILTER).batch_size(BATCH_SIZE):
            self._verify_stray(event)
        self._verify_older()
        counts, head = self._counts, self._head
        counts["unproven"] = max(counts["outside"] - (noted.outside if noted else 0), 0)
        to_note = NotedHead(head.number, counts["missing"], counts["outside"], head.digest) if head else None
        return ChainReport(**counts, head=to_note)

    def _verify_chain(self, noted: NotedHead | None) -> None:
        self._head, exists = read_head(self._database)
        chain = ChainVerifier(self._head, noted, self._report)
        for event in self._sorted(NUMBERED_FILTER, [("chain_number", ASCENDING)]):
            self._counts["events"] += 1
            chain.add(event)
        if self._head is None and (exists or chain.newest):
            self._report(ChainBreak("the head of the chain, audit_head in integrations, was removed or made odd"))
        chain.finish()
        self._counts["missing"] = chain.missing
        if self._head and chain.newest > self._head.number:  # an event follows its announcement, unless it was added
            later, _ = read_head(self._database)
            if later is None or later.number < chain.newest:
                self._report(ChainBreak(f"there are events up to number {chain.newest}, behind the head of the chain"))

    def _sorted(
        self, query: Mapping[str, Any], order: list[tuple[str, int]], *projection: str
    ) -> Iterator[StoredEvent]:
        found = self._log.find(query, list(projection) or None)
        return iter(found.sort(order).allow_disk_use(True).batch_size(BATCH_SIZE))

    def _by_run(self) -> Iterator[tuple[str, int, StoredEvent]]:
        """Yield by run id: the run's record, its events in short, and those that are chained within it by number."""
        records = self._runs.find({"_id": {"$type": "string"}}, {"audit": 1}).sort("_id", ASCENDING)
        with_run = {"run_id": RUN_CHAINED_FILTER["run_id"]}
        events = self._sorted(with_run, [("run_id", ASCENDING)], "run_id", "outcome", "source")
        return heapq.merge(
            ((run["_id"], _RECORD, run) for run in records.batch_size(BATCH_SIZE)),
            ((event["run_id"], _EVENT, event) for event in events),
            ((event["run_id"], _CHAINED, event) for event in self._sorted(RUN_CHAINED_FILTER, RUN_CHAIN_ORDER)),
            key=itemgetter(0, 1),
        )

    def _verify_run(self, run_id: str, parts: Iterator[tuple[int, StoredEvent]]) -> None:
        anchor: ChainAnchor | None = None
        recorded = ours = ended = chained = broken = False
        for kind, same in groupby(parts, itemgetter(0)):
            documents: Iterator[StoredEvent] = map(itemgetter(1), same)
            if kind == _RECORD:
                recorded, anchor = True, anchor_of(next(documents))
            elif kind == _EVENT:
                for event in documents:
                    ours = ours or event.get("source") == SOURCE
                    ended = ended or event.get("outcome") is not None
            else:
                chained, broken = True, self._verify_run_chain(run_id, documents, anchor)
        if broken or (anchor and anchor.written_count and not chained):
            self._verify_run_again(run_id)
        self._counts["runs"] += ours or chained
        self._counts["unanchored"] += (ours or chained) and not recorded
        if recorded and not ended:
            self._verify_end(run_id)

    def _verify_run_chain(self, run_id: str, events: Iterable[StoredEvent], anchor: ChainAnchor | None) -> bool:
        """Count the events of a run that are chained within it; return whether one is broken."""
        counted = self._counted(events)
        broken = next(find_breaks(run_id, counted, anchor), None) is not None
        for _ in counted:  # after the first break the rest is only counted
            pass
        return broken

    def _verify_run_again(self, run_id: str) -> None:
        """Report the breaks of a run that may be at work right now, in a program of an earlier version.

        The number of written events is read before the events, the announced hashes after them: so no event that
        comes meanwhile can look wrong.
        """
        run = self._runs.find_one({"_id": run_id}, {"audit.written": 1})
        anchor = ChainAnchor(lambda digest: self._announced(run_id, digest), written_count(run)) if run else None
        events = self._sorted({**RUN_CHAINED_FILTER, "run_id": run_id}, RUN_CHAIN_ORDER)
        for problem in find_breaks(run_id, events, anchor):
            self._report(problem)

    def _announced(self, run_id: str, digest: str) -> bool:
        return self._runs.count_documents({"_id": run_id, "audit.announced": digest}, limit=1) > 0

    def _verify_end(self, run_id: str) -> None:
        """Report a run without an end, unless it is at work: its end is written before its lease is released."""
        if self._is_live(run_id):
            return
        if self._log.find_one({"run_id": run_id, "outcome": {"$ne": None}}, {"_id": 1}) is None:
            self._report(ChainBreak("it has no end: nobody has recorded how it ended", run_id))

    def _counted(self, events: Iterable[StoredEvent]) -> Iterator[StoredEvent]:
        for event in events:
            self._counts["events"] += 1
            self._counts["outside"] += self._is_later(event)
            self._older["of_runs"] += not self._is_later(event)
            yield event

    def _verify_stray(self, event: StoredEvent) -> None:
        """Verify one of our events that is in no chain."""
        self._counts["events"] += 1
        if self._is_later(event):
            self._report(break_at("it has no place in the chain: it was added or changed", event))
            return
        self._older["strays"] += 1
        if event.get("run_id") is not None or any(event.get(name) is not None for name in ("seq", "chain_number")):
            self._report(break_at("it has no number among the events of its run: it was added or changed", event))
        elif event.get("hash") is None:
            self._counts["unchained"] += 1
        elif event_hash(event) != event["hash"]:
            self._report(break_at("it was changed", event))

    def _is_later(self, event: StoredEvent) -> bool:
        """Whether the event was not there yet when the chain began: its id is newer than all that were there."""
        if self._head is None:
            return False
        newest: Any = as_mapping(self._head.before).get("newest")
        event_id: Any = event["_id"]
        return newest is None or bool(event_id.__class__ is newest.__class__ and event_id > newest)

    def _verify_older(self) -> None:
        """Compare the number of events that are older than the chain with that at its beginning."""
        if self._head is None:
            return
        before = as_mapping(self._head.before)
        for name, found in self._older.items():
            known = as_int(before.get(name))
            if found < known:
                self._report(ChainBreak(f"{known - found} of the {known} events from before the chain are missing"))
            elif name == "of_runs":  # by a machine whose clock is behind
                self._counts["outside"] += found - known
            elif found > known:
                text = f"{found - known} events without a place in the chain were added as if they were older than it"
                self._report(ChainBreak(text))

    def _report(self, problem: ChainBreak) -> None:
        self._counts["breaks"] += 1
        self._found(problem)
