"""Reads of documents for people: a page, a search by the beginning of a name, one document in full.

Nothing here reads a whole collection at once: pages go by the index of Odoo ids, and a search by name looks through
a bounded number of documents by that index, or for a bounded time, and returns the place where it stopped.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from decimal import Decimal
from typing import Any, cast

import pymongo
from bson.decimal128 import Decimal128
from pymongo import ASCENDING, DESCENDING
from pymongo.database import Database
from pymongo.errors import PyMongoError

from odoo_sync_tui.core.entity import Target
from odoo_sync_tui.core.reports.details import DocumentPage, DocumentSummary, SharedValue, StoredDocument, ValueHolder
from odoo_sync_tui.core.text.coerce import as_int, as_text
from odoo_sync_tui.store.documents.outbox import PENDING
from odoo_sync_tui.store.documents.unique_conflicts import value_at
from odoo_sync_tui.store.driver.errors import ErrorTranslator
from odoo_sync_tui.store.driver.repository import Fields, Repository, translate_driver_errors
from odoo_sync_tui.store.driver.values import as_time
from odoo_sync_tui.store.indexes import CASE_INSENSITIVE

SEARCH_BATCH_SIZE = 20_000
"""Maximum number of documents that one statement of a search looks through."""

MAX_SEARCH_SECONDS = 2.0
"""Time limit of a search, which then returns the place where it stopped."""

MAX_COUNT_SECONDS = 2.0
"""Time limit of counting the reasons; it is given up then, because the counts are no more than an extra."""

MAX_PREFIX_LENGTH = 200

MAX_SHARED_VALUES = 100
"""Maximum number of shared values that are listed, each with at most :data:`MAX_SHOWN_HOLDERS` documents."""

MAX_SHOWN_HOLDERS = 20


class DocumentBrowser(Repository):
    """Reader of the documents of any target. ``clock`` returns monotonic seconds."""

    def __init__(
        self, database: Database[Fields], errors: ErrorTranslator, clock: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__(database, errors)
        self._clock = clock

    @translate_driver_errors("reading documents")
    def page(self, target: Target, limit: int, after: int | None = None) -> DocumentPage:
        """Return at most ``limit`` documents with Odoo ids below ``after``, the highest first."""
        found = self._lines(target, _below(target, after), limit + 1)
        return DocumentPage(tuple(found[:limit]), found[limit - 1].odoo_id if len(found) > limit else None)

    @translate_driver_errors("searching documents")
    def search_by_name(self, target: Target, prefix: str, limit: int, after: int | None = None) -> DocumentPage:
        """Find documents by the beginning of a word in the name: at most ``limit``, with Odoo ids below ``after``.

        Case of ``prefix`` does not matter. A search goes on where it stopped with the ``after`` of the page before.
        """
        condition = {target.name_field: _word_starts_with(prefix)}
        found: list[DocumentSummary] = []
        end, searched = self._clock() + MAX_SEARCH_SECONDS, 0
        while True:
            through, size = self._next_batch(target, after)
            searched += size
            query: Fields = {"$and": [_below(target, after), _from(target, through), condition]}
            found += self._lines(target, query, limit + 1 - len(found))
            if len(found) > limit:
                last = found[limit - 1].odoo_id
                searched -= self._count({"$and": [_below(target, last), _from(target, through)]}, target)
                return DocumentPage(tuple(found[:limit]), last, searched)
            if through is None or self._clock() >= end:
                return DocumentPage(tuple(found), through, searched)
            after = through

    @translate_driver_errors("reading a document")
    def get(self, target: Target, odoo_id: int) -> StoredDocument | None:
        """Return the whole document with this Odoo id, ``None`` if there is none; of two, the one that we created."""
        query = {**target.discriminator, target.id_field: odoo_id}
        found = list(self._database[target.collection].find(query, {PENDING: 0}).limit(2))
        ours = target.make_key(odoo_id)
        document = next((each for each in found if each["_id"] == ours), found[0] if found else None)
        return StoredDocument(odoo_id, to_python_fields(document)) if document else None

    @translate_driver_errors("reading documents")
    def find_by_keys(self, target: Target, keys: Sequence[object], fields: Collection[str]) -> list[Fields]:
        """Return these top-level fields, and the ``_id``, of the documents with these ``_id``, in any order."""
        return list(self._database[target.collection].find({"_id": {"$in": keys}}, list(fields)))

    @translate_driver_errors("searching a document")
    def get_line(self, target: Target, odoo_id: int) -> DocumentSummary | None:
        """Return the document with this Odoo id as a line of a list; ``None`` if there is none."""
        return next(iter(self._lines(target, {**target.discriminator, target.id_field: odoo_id}, 1)), None)

    @translate_driver_errors("counting inactive documents")
    def count_inactive_by_reason(self, target: Target) -> dict[str, int] | None:
        """Count inactive documents by reason, "" for those without one; ``None`` when it takes too long."""
        query = {**_below(target, None), target.active_field: {"$ne": True}}
        groups = [{"$match": query}, {"$group": {"_id": "$inactive_reason", "number": {"$sum": 1}}}]
        counts: dict[str, int] = {}
        try:
            with pymongo.timeout(MAX_COUNT_SECONDS):
                for group in self._database[target.collection].aggregate(groups):
                    reason = as_text(group["_id"]) or ""
                    counts[reason] = counts.get(reason, 0) + int(group["number"])
        except PyMongoError as error:
            if not error.timeout:
                raise
            return None
        return counts

    @translate_driver_errors("looking for shared values")
    def list_shared_values(self, target: Target) -> tuple[SharedValue, ...] | None:
        """List the values of ``match_field`` of which it is not clear whose they are; ``None`` when it takes too long.

        They are held by a document without an Odoo id and by a linked one, or by an active and an inactive linked one.
        Those with documents that are not linked come first.
        """
        field = target.match_field
        if field is None:
            return ()
        collection = self._database[target.collection]
        try:
            with pymongo.timeout(MAX_COUNT_SECONDS):
                groups = collection.aggregate(_shared_values(target, field), collation=CASE_INSENSITIVE)
                return tuple(self._shared_value(target, field, group) for group in groups)
        except PyMongoError as error:
            if not error.timeout:
                raise
            return None

    def _shared_value(self, target: Target, field: str, group: Mapping[str, Any]) -> SharedValue:
        query = {**target.discriminator, field: group["_id"]}
        fields = [target.id_field, target.name_field, target.active_field]
        found = self._database[target.collection].find(query, fields).collation(CASE_INSENSITIVE)
        holders = found.sort([(target.id_field, ASCENDING), ("_id", ASCENDING)]).limit(MAX_SHOWN_HOLDERS)
        return SharedValue(str(group["_id"]).lower(), group["number"], tuple(_holder(target, each) for each in holders))

    def _next_batch(self, target: Target, after: int | None) -> tuple[int | None, int]:
        """Return the lowest id of the next batch to search, by the index alone, and the size of the batch.

        The id is ``None`` for the last batch.
        """
        ids = self._database[target.collection].find(_below(target, after), {"_id": 0, target.id_field: 1})
        last = list(ids.sort(target.id_field, DESCENDING).skip(SEARCH_BATCH_SIZE - 1).limit(1))
        if last:
            return as_int(value_at(last[0], target.id_field)), SEARCH_BATCH_SIZE
        return None, self._count(_below(target, after), target)

    def _count(self, query: Fields, target: Target) -> int:
        return self._database[target.collection].count_documents(query)

    def _lines(self, target: Target, query: Mapping[str, Any], limit: int) -> list[DocumentSummary]:
        fields = [
            target.id_field,
            target.name_field,
            target.active_field,
            target.updated_at_field,
            "inactive_reason",
        ]
        found = self._database[target.collection].find(query, fields).sort(target.id_field, DESCENDING).limit(limit)
        return [_line(target, document) for document in found]


def _shared_values(target: Target, field: str) -> list[Mapping[str, Any]]:
    """Build the pipeline for :meth:`DocumentBrowser.list_shared_values`."""
    unlinked = {"$eq": [{"$ifNull": [f"${target.id_field}", None]}, None]}
    active = {"$and": [{"$not": [unlinked]}, {"$eq": [f"${target.active_field}", True]}]}
    numbers = {"unlinked": {"$sum": {"$cond": [unlinked, 1, 0]}}, "active": {"$sum": {"$cond": [active, 1, 0]}}}
    beside = [
        {"$and": [{"$gt": ["$unlinked", 0]}, {"$lt": ["$unlinked", "$number"]}]},
        {"$and": [{"$gt": ["$active", 0]}, {"$lt": ["$active", "$number"]}]},
    ]
    return [
        {"$match": {**target.discriminator, field: {"$gt": ""}}},
        {"$group": {"_id": f"${field}", "number": {"$sum": 1}, **numbers}},
        {"$match": {"$expr": {"$or": beside}}},
        {"$sort": {"unlinked": DESCENDING, "_id": ASCENDING}},
        {"$limit": MAX_SHARED_VALUES},
    ]


def _holder(target: Target, document: Mapping[str, Any]) -> ValueHolder:
    name, odoo_id = value_at(document, target.name_field), value_at(document, target.id_field)
    return ValueHolder(
        key=str(document["_id"]),
        odoo_id=None if odoo_id is None else as_int(odoo_id),
        name="" if name is None else str(name),
        active=document.get(target.active_field) is True,
    )


def _below(target: Target, after: int | None) -> Fields:
    """Build the filter for documents with an Odoo id; only those below ``after`` if that is given."""
    return {**target.discriminator, target.id_field: {"$gt": 0} if after is None else {"$gt": 0, "$lt": after}}


def _from(target: Target, through: int | None) -> Fields:
    return {target.id_field: {"$gt": 0} if through is None else {"$gte": through}}


def _word_starts_with(start: str) -> Fields:
    """Build the condition that a word of the text begins with ``start``.

    MongoDB's expressions are those of PCRE, whose escapes are Python's.
    """
    start = start[:MAX_PREFIX_LENGTH].replace("\0", "")
    return {"$regex": rf"(?:^|[\s(\"'/-]){re.escape(start)}", "$options": "i"}


def _line(target: Target, document: Mapping[str, Any]) -> DocumentSummary:
    name = value_at(document, target.name_field)
    return DocumentSummary(
        odoo_id=as_int(value_at(document, target.id_field)),
        name="" if name is None else str(name),
        active=document.get(target.active_field) is True,
        reason=as_text(document.get("inactive_reason")),
        changed_at=as_time(document.get(target.updated_at_field)),
    )


def to_python_fields(fields: Mapping[str, Any]) -> dict[str, object]:
    """Convert the fields of a stored document to plain Python."""
    return {name: to_python(value) for name, value in fields.items()}


def to_python(value: Any) -> object:  # noqa: ANN401  (a stored value of any type)
    """Convert a stored value to plain Python; types that only MongoDB knows become text."""
    match value:
        case None | bool() | float() | str() | Decimal():
            return value
        case int():
            return int(value)
        case Decimal128():
            return value.to_decimal()
        case Mapping():
            return to_python_fields(cast("Mapping[str, Any]", value))
        case list():
            return [to_python(inner) for inner in cast("list[Any]", value)]
        case bytes():
            return f"{len(value)} bytes"
        case _:
            return as_time(value) or str(value)
