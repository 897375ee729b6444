"""Documents as they were at a moment: those that are there, with what was logged since undone, the latest first.

Documents go in batches by their Odoo ids, and the entries of a batch are read after its documents: what a document
holds is then among its entries, or among those that it carries itself, whatever is written meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, cast

import pymongo
from pymongo import ASCENDING

from odoo_sync_tui.core.changes.entry import LoggedChange, LoggedKind
from odoo_sync_tui.core.changes.fields import ABSENT
from odoo_sync_tui.core.entity import Entity, Target
from odoo_sync_tui.core.reports.details import StoredDocument
from odoo_sync_tui.core.text.coerce import as_int, as_mapping, as_mappings
from odoo_sync_tui.store.change_log.entries import to_entry, to_logged_change
from odoo_sync_tui.store.change_log.head import COLLECTION, HEAD_COLLECTION, HEAD_ID
from odoo_sync_tui.store.documents.browse import to_python_fields
from odoo_sync_tui.store.documents.outbox import OWN_FIELDS, PENDING
from odoo_sync_tui.store.documents.unique_conflicts import value_at
from odoo_sync_tui.store.driver.repository import Fields, Repository, translate_driver_errors
from odoo_sync_tui.store.driver.values import INT64_LIMIT, as_time, utc_now

BATCH_SIZE = 1000
MAX_SEARCH_SECONDS = 300.0
"""Time limit of finding the first entry after a moment, which no index has at its beginning."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment, and the first number of the log that is later; ``None``: there is none."""

    at: datetime
    first_number: int | None


@dataclass(frozen=True, slots=True)
class DocumentBatch:
    """Documents of some Odoo ids, in their order.

    Attributes:
        documents: the documents, without what a run notes for itself.
        unknown_ids: Odoo ids of documents that were there, but nobody knows how: their changes were too large to log.
        after: the Odoo id after which the next batch begins; ``None``: there is no other.
    """

    documents: tuple[StoredDocument, ...]
    unknown_ids: tuple[int, ...] = ()
    after: int | None = None


class PastDocuments(Repository):
    """Reader of documents as they are, and as they were."""

    @translate_driver_errors("reading since when the change log is kept")
    def find_start(self, entity_id: str) -> datetime | None:
        """Find since when documents of an entity can be shown as they were; ``None``: their log is not complete.

        That is when logging began, or the time of the first entry that is kept; the server removes older ones by their
        time.
        """
        head: Mapping[str, Any] = self._database[HEAD_COLLECTION].find_one({"_id": HEAD_ID}) or {}
        since = as_mapping(as_mapping(head.get("since")).get(entity_id))
        began = as_time(since.get("at"))
        if began is None:
            return None
        limits = [began, *self._find_kept_since()]
        first: Mapping[str, Any] | None = self._database[COLLECTION].find_one({}, ["at"], sort=[("_id", ASCENDING)])
        if first is None and as_int(head.get("seq")) > as_int(since.get("seq")) and not head.get("batch"):
            limits.append(utc_now())
        if first is not None and as_int(first["_id"]) > as_int(since.get("seq")) + 1:
            limits.append(as_time(first.get("at")) or began)
        return max(limits)

    @translate_driver_errors("searching the change log")
    def find_moment(self, at: datetime) -> Moment:
        """Find where in the log a moment is."""
        with pymongo.timeout(MAX_SEARCH_SECONDS):
            first = self._database[COLLECTION].find_one({"at": {"$gt": at}}, ["_id"], sort=[("_id", ASCENDING)])
        return Moment(at, as_int(first["_id"]) if first else None)

    @translate_driver_errors("reading documents")
    def read(self, entity: Entity, after: int, moment: Moment | None = None) -> DocumentBatch:
        """Read a batch of documents with Odoo ids above ``after``: as they are, or as they were at a moment."""
        target = entity.target
        found, last = self._read_batch(target, after)
        if moment is None:
            return DocumentBatch(tuple(_export(target, each) for each in found), (), last)
        unknown: list[int] = []
        documents = tuple(
            _export(target, document)
            for document, changes in _pair(target, found, self._read_entries(entity.id, after, last, moment))
            if _undo(target, document, _later_than([*changes, *_pending(document)], moment.at), unknown)
        )
        return DocumentBatch(documents, tuple(unknown), last)

    def _read_batch(self, target: Target, after: int) -> tuple[Sequence[Fields], int | None]:
        """Read the next documents, and the highest Odoo id of them if there may be others."""
        condition: Fields = {**target.discriminator, target.id_field: {"$gt": after}}
        found = list(
            self._database[target.collection].find(condition).sort(target.id_field, ASCENDING).limit(BATCH_SIZE)
        )
        if len(found) < BATCH_SIZE:
            return found, None
        last = value_at(found[-1], target.id_field)
        whole = [each for each in found if value_at(each, target.id_field) != last]  # others may have the last id too
        found = whole or found
        return found, as_int(value_at(found[-1], target.id_field))

    def _read_entries(
        self, entity_id: str, after: int, last: int | None, moment: Moment
    ) -> Iterator[tuple[int, Iterator[LoggedChange]]]:
        """Read the entries of these Odoo ids since a moment: those of each id in their order."""
        if moment.first_number is None:
            return iter(())
        ids = {"$gt": after} if last is None else {"$gt": after, "$lte": last}
        condition: Fields = {"entity": entity_id, "odoo_id": ids, "_id": {"$gte": moment.first_number}}
        found = self._database[COLLECTION].find(condition).sort([("odoo_id", ASCENDING), ("_id", ASCENDING)])
        changes = (change for each in found if (change := to_logged_change(each)))
        return groupby(changes, lambda change: change.odoo_id)

    def _find_kept_since(self) -> Iterator[datetime]:
        """Yield the time before which the server removes entries, if it does."""
        for index in self._database[COLLECTION].index_information().values():
            if "expireAfterSeconds" in index:
                yield utc_now() - timedelta(seconds=as_int(index["expireAfterSeconds"]))


def _pair(
    target: Target, documents: Iterable[Fields], entries: Iterator[tuple[int, Iterator[LoggedChange]]]
) -> Iterator[tuple[Fields, Sequence[LoggedChange]]]:
    """Pair documents with their entries; both come in the order of the Odoo ids."""
    current, changes = 0, list[LoggedChange]()
    for document in documents:
        odoo_id = as_int(value_at(document, target.id_field))
        while current < odoo_id:
            current, group = next(entries, (INT64_LIMIT, iter(())))
            changes = list(group)
        yield document, [each for each in changes if current == odoo_id and each.document_id == document["_id"]]


def _pending(document: Mapping[str, Any]) -> Iterator[LoggedChange]:
    """Yield the changes that a document carries itself; that one of them may be in the log already does not matter."""
    for pending in as_mappings(document.get(PENDING)):
        entry = to_entry(pending, document["_id"], lambda _: True)
        change = to_logged_change(entry) if entry else None
        if change:
            yield change


def _later_than(changes: Sequence[LoggedChange], at: datetime) -> Sequence[LoggedChange]:
    """Return the first change that is later, and all after it: a clock may have been set back in between."""
    first = next((index for index, change in enumerate(changes) if change.at > at), len(changes))
    return changes[first:]


def _undo(target: Target, document: Fields, changes: Sequence[LoggedChange], unknown: list[int]) -> bool:
    """Undo changes of a document; ``False``: it was not there, or not linked, or nobody knows how it was."""
    if any(each.kind is LoggedKind.CREATED for each in changes):
        return False
    if any(each.values_omitted for each in changes):
        unknown.append(as_int(value_at(document, target.id_field)))
        return False
    for change in reversed(changes):
        for field in reversed(change.fields):
            _set(document, field.name, field.old)
    return as_int(value_at(document, target.id_field)) > 0


def _set(document: Fields, name: str, value: object) -> None:
    *parents, last = name.split(".")
    place = document
    for parent in parents:
        inner = place.get(parent)
        if not isinstance(inner, dict):
            if value is ABSENT:
                return
            inner = place[parent] = {}
        place = cast("Fields", inner)
    if value is ABSENT:
        place.pop(last, None)
    else:
        place[last] = value


def _export(target: Target, document: Fields) -> StoredDocument:
    own = {target.updated_at_field, PENDING, *OWN_FIELDS} - {"_id"}
    odoo_id = as_int(value_at(document, target.id_field))
    return StoredDocument(
        odoo_id, to_python_fields({name: value for name, value in document.items() if name not in own})
    )
