"""Move entries of the change log from the documents that carry them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from pymongo.database import Database

from odoo_sync_tui.core.changes.policy import ChangeLogState
from odoo_sync_tui.core.run import INTEGRATION
from odoo_sync_tui.core.text.coerce import as_int, as_mappings, as_text
from odoo_sync_tui.store.change_log.entries import EncodedEntry, encode_entry, to_entry
from odoo_sync_tui.store.change_log.head import Head
from odoo_sync_tui.store.documents.outbox import PENDING
from odoo_sync_tui.store.driver.errors import ErrorTranslator
from odoo_sync_tui.store.driver.repository import Fields, Repository, translate_driver_errors
from odoo_sync_tui.store.indexes import EXPIRY, PENDING_COLLECTIONS, WITH_PENDING

MAX_BATCH_ENTRIES = 4000
MAX_BATCH_BYTES = 4 * 1024 * 1024
"""Entries that are moved at once: at most so many, and so many bytes of BSON, if there is more than one."""

FieldFilter = Callable[[str], bool]


@dataclass(slots=True)
class _Batch:
    """Entries to move, and the documents that carry them, by the tokens of the entries."""

    entries: list[EncodedEntry] = field(default_factory=list[EncodedEntry])
    moved: dict[tuple[str, ...], list[object]] = field(default_factory=dict[tuple[str, ...], list[object]])
    size: int = 0
    number: int = 0
    is_full: bool = False

    def add(self, document: Mapping[str, Any], wants: FieldFilter) -> None:
        """Add the entries of a document, or the first of them where there is no place for more."""
        tokens: list[str] = []
        for pending in as_mappings(document.get(PENDING)):
            if self.is_full:
                break
            entry = to_entry(pending, document["_id"], wants)
            if entry:
                self.entries.append(encode_entry(entry))
                self.size += len(self.entries[-1].encoded)
            self.number += 1
            tokens.append(as_text(pending.get("token")) or "")
            self.is_full = self.number >= MAX_BATCH_ENTRIES or self.size >= MAX_BATCH_BYTES
        self.moved.setdefault(tuple(tokens), []).append(document["_id"])


class ChangeLog(Repository):
    """The change log, as runs write it."""

    def __init__(self, database: Database[Fields], errors: ErrorTranslator) -> None:
        super().__init__(database, errors)
        self._head = Head(database, errors)

    @translate_driver_errors("opening the change log")
    def open(self, fence: int, wants: FieldFilter) -> None:
        """Claim the log for a run, and move what earlier ones have left in documents.

        Raises:
            LeaseLost: a newer run has claimed it.
        """
        self._head.claim(INTEGRATION, fence)
        self._head.complete()
        for collection in PENDING_COLLECTIONS:
            self._move(collection, fence, wants)

    @translate_driver_errors("looking for a change log")
    def exists(self) -> bool:
        """Whether anything was ever logged."""
        return self._head.exists()

    @translate_driver_errors("writing the change log")
    def move(self, collection: str, fence: int, wants: FieldFilter) -> None:
        """Move the entries that the documents of a collection carry; those that changed nothing are dropped.

        Raises:
            LeaseLost: a newer run has claimed the log.
        """
        self._move(collection, fence, wants)

    @translate_driver_errors("reading the change log")
    def read_complete_since(self) -> Mapping[str, datetime]:
        """Read since when the log of each entity is complete, by its id; one whose log is not is left out."""
        return self._head.read_complete_since()

    @translate_driver_errors("reading the change log")
    def read_state(self) -> ChangeLogState:
        """Read how the log stands."""
        pending = sum(self._database[name].count_documents(WITH_PENDING) for name in PENDING_COLLECTIONS)
        indexes = self._database[EXPIRY.collection].index_information().values()
        kept = next((as_int(each["expireAfterSeconds"]) for each in indexes if "expireAfterSeconds" in each), None)
        since = self._head.read_complete_since()
        return ChangeLogState(since, pending, None if kept is None else timedelta(seconds=kept))

    @translate_driver_errors("writing the change log")
    def set_complete_since(self, entity_id: str, moment: datetime | None) -> None:
        """Note since when the log of an entity is complete, unless that is known; ``None``: it is not."""
        self._head.set_complete_since(entity_id, moment)

    def _move(self, collection: str, fence: int, wants: FieldFilter) -> None:
        documents, is_full = self._database[collection], True
        while is_full:
            batch = _Batch()
            with documents.find(WITH_PENDING, [PENDING]) as found:
                for document in found:
                    batch.add(document, wants)
                    if batch.is_full:
                        break
            if batch.entries:
                self._head.append(INTEGRATION, fence, batch.entries)
            for tokens, keys in batch.moved.items():
                query = {"_id": {"$in": keys}, PENDING: {"$size": len(tokens)}, f"{PENDING}.token": {"$all": tokens}}
                if documents.update_many(query, {"$unset": {PENDING: ""}}).matched_count < len(keys):
                    documents.update_many({"_id": {"$in": keys}, PENDING: {"$exists": True}}, _without(tokens))
            is_full = batch.is_full


def _without(tokens: Sequence[str]) -> list[Fields]:
    """Build the update that takes the entries with these tokens from documents, and the list with the last of them."""
    is_other = {"$not": [{"$in": ["$$this.token", {"$literal": list(tokens)}]}]}
    is_ours = {"$eq": [{"$type": "$$this.token"}, "string"]}  # another program's would never be moved
    left = {"$filter": {"input": f"${PENDING}", "cond": {"$and": [is_ours, is_other]}}}
    return [
        {"$set": {PENDING: {"$cond": [{"$isArray": f"${PENDING}"}, left, []]}}},
        {"$set": {PENDING: {"$cond": [{"$eq": [f"${PENDING}", []]}, "$$REMOVE", f"${PENDING}"]}}},
    ]
