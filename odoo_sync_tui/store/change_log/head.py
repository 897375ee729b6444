"""Head of the change log: the last number, the entries on their way, and since when the log is complete.

Entries become visible in the order of their numbers, whoever writes them: those of a statement are put into the head
together with the new last number, while no others are there. Whoever comes next completes them first, so that nobody
waits for a program that died, and a number that can be read has none below it that is still to come.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import bson
from bson.raw_bson import RawBSONDocument
from pymongo import DESCENDING, WriteConcern
from pymongo.collection import Collection
from pymongo.errors import BulkWriteError, DuplicateKeyError

from odoo_sync_tui.core.text.coerce import as_int, as_mapping, as_mappings
from odoo_sync_tui.store.change_log.entries import EncodedEntry
from odoo_sync_tui.store.documents.bulk_write import DUPLICATE_KEY, lease_taken_over
from odoo_sync_tui.store.driver.fences import as_fence, not_newer_than
from odoo_sync_tui.store.driver.repository import Fields, Repository
from odoo_sync_tui.store.driver.values import as_time

HEAD_COLLECTION = "sync_change_log"
HEAD_ID = "head"
COLLECTION = "sync_changes"


class Head(Repository):
    """Appends to the change log. Its errors are those of the driver, for the caller to translate."""

    def exists(self) -> bool:
        """Whether anything was ever logged, or since when a log is complete was noted."""
        return self._head.find_one({"_id": HEAD_ID}, ["_id"]) is not None

    def claim(self, resource: str, fence: int) -> None:
        """Make sure that the head is there, that no earlier run appends any more, and that no number comes twice.

        Raises:
            LeaseLost: a newer run has claimed it.
        """
        query, update = {"_id": HEAD_ID, **_claimed_by(resource, fence)}, {f"fences.{resource}": fence}
        last = self._find_last_number()
        if not self._head.update_one(query, {"$set": update, "$max": {"seq": bson.Int64(last)}}).matched_count:
            self._create(last)
            if not self._head.update_one(query, {"$set": update}).matched_count:
                raise lease_taken_over("the change log")

    def append(self, resource: str, fence: int, entries: Sequence[EncodedEntry]) -> None:
        """Append entries that are not in the log yet, in their order.

        Raises:
            LeaseLost: a newer run has claimed the head.
        """
        while True:
            seq = self.complete()
            fresh = self._drop_logged(entries)
            batch = [entry.with_number(number) for number, entry in enumerate(fresh, seq + 1)]
            if not batch or self._put(resource, fence, seq, batch):
                break
        if batch:
            self._finish(seq + len(batch), batch)

    def complete(self) -> int:
        """Complete what stands in the head; return the last number."""
        head = self._head.find_one({"_id": HEAD_ID}, ["seq", "batch"]) or {}
        seq, batch = as_int(head.get("seq")), [dict(each) for each in as_mappings(head.get("batch"))]
        if batch:
            self._finish(seq, batch)
        return seq

    def read_complete_since(self) -> Mapping[str, datetime]:
        """Read since when the log of each entity is complete, by its id; one whose log is not is left out."""
        head = self._head.find_one({"_id": HEAD_ID}, ["since"]) or {}
        times = {key: as_time(as_mapping(value).get("at")) for key, value in as_mapping(head.get("since")).items()}
        return {entity_id: moment for entity_id, moment in times.items() if moment}

    def set_complete_since(self, entity_id: str, moment: datetime | None) -> None:
        """Note since when the log of an entity is complete; ``None``: it is not."""
        path = f"since.{entity_id}"
        if moment is None:
            self._head.update_one({"_id": HEAD_ID, path: {"$exists": True}}, {"$unset": {path: ""}})
            return
        since = {"at": moment, "seq": bson.Int64(self.complete())}
        self._head.update_one({"_id": HEAD_ID, path: {"$exists": False}}, {"$set": {path: since}})

    @property
    def _head(self) -> Collection[Fields]:
        return self._database[HEAD_COLLECTION]

    def _create(self, last: int) -> None:
        try:
            self._head.insert_one({"_id": HEAD_ID, "seq": bson.Int64(last), "batch": [], "fences": {}, "since": {}})
        except DuplicateKeyError:
            return  # another program made it first

    def _find_last_number(self) -> int:
        newest = self._database[COLLECTION].find_one({}, ["_id"], sort=[("_id", DESCENDING)])
        return as_int((newest or {}).get("_id"))

    def _drop_logged(self, entries: Sequence[EncodedEntry]) -> Sequence[EncodedEntry]:
        """Drop the entries that were moved before their documents lost them."""
        tokens = list({entry.token for entry in entries})
        found = self._database[COLLECTION].find({"token": {"$in": tokens}}, {"_id": 0, "token": 1, "document_id": 1})
        logged = {(each.get("token"), repr(each.get("document_id"))) for each in found}
        return [entry for entry in entries if (entry.token, entry.document) not in logged] if logged else entries

    def _put(self, resource: str, fence: int, seq: int, batch: Sequence[RawBSONDocument]) -> bool:
        """Put entries into the empty head; ``False``: another program has put some.

        Durable before any of them can be read: no crash of a server gives their numbers to others.
        """
        query: Fields = {"_id": HEAD_ID, "seq": seq, "batch": [], **_claimed_by(resource, fence)}
        values = {"batch": batch, "seq": bson.Int64(seq + len(batch)), f"fences.{resource}": fence}
        durable = self._head.with_options(write_concern=WriteConcern(w="majority", j=True))
        if durable.update_one(query, {"$set": values}).matched_count:
            return True
        head = self._head.find_one({"_id": HEAD_ID}, ["fences"]) or {}
        if as_fence(as_mapping(head.get("fences")).get(resource)) > fence:
            raise lease_taken_over("the change log")
        return False

    def _finish(self, seq: int, batch: Sequence[Fields] | Sequence[RawBSONDocument]) -> None:
        """Make the entries of the head visible, unless somebody else has done it, and empty the head."""
        done = max(0, len(batch) - max(0, seq - self._find_last_number()))
        left: list[Fields | RawBSONDocument] = list(batch[done:])
        while left:
            try:
                self._database[COLLECTION].insert_many(left, ordered=True)
                break
            except BulkWriteError as error:
                (refused,) = error.details["writeErrors"]
                if refused["code"] != DUPLICATE_KEY:
                    raise
                left = left[refused["index"] + 1 :]  # another program has completed it meanwhile
        self._head.update_one({"_id": HEAD_ID, "seq": seq}, {"$set": {"batch": []}})


def _claimed_by(resource: str, fence: int) -> Fields:
    """Build the condition that no newer run has claimed the head."""
    return {f"fences.{resource}": not_newer_than(fence)["fence"]}
