"""Reading the change log: in the order of its numbers, by run, and by document.

A number that can be read has none below it that is still to come, so a reader that goes on after the last number it has
seen misses nothing. Entries are read as a majority of the members has them: one that a change of primary rolls back
would give its number to another.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import pymongo
from pymongo import ASCENDING, DESCENDING
from pymongo.collection import Collection
from pymongo.errors import PyMongoError
from pymongo.read_concern import ReadConcern

from odoo_sync_tui.core.changes.entry import FieldChange, LoggedChange
from odoo_sync_tui.core.changes.fields import ABSENT
from odoo_sync_tui.core.changes.reading import ChangeGap, ChangePage, ChangeQuery
from odoo_sync_tui.core.text.coerce import as_int, as_mapping, as_mappings
from odoo_sync_tui.store.change_log.entries import to_logged_change
from odoo_sync_tui.store.change_log.head import COLLECTION, HEAD_COLLECTION, HEAD_ID
from odoo_sync_tui.store.documents.browse import MAX_COUNT_SECONDS, to_python
from odoo_sync_tui.store.driver.repository import Fields, Repository, translate_driver_errors

SCANNED_NUMBERS = 20_000
"""Entries that one statement looks through: a query that finds nothing among millions stays below every time limit."""


class ChangeReader(Repository):
    """Reader of the change log; needs no right to write."""

    @translate_driver_errors("reading the change log")
    def page(self, query: ChangeQuery, after: int, limit: int) -> ChangePage:
        """Return at most ``limit`` entries with numbers above ``after``, in their order."""
        found: list[LoggedChange] = []
        last = self._find_end(DESCENDING)
        while after < last:
            through = min((self._find_next(after) or last) + SCANNED_NUMBERS - 1, last)
            condition: Fields = {"_id": {"$gt": after, "$lte": through}}
            if query.entity_ids:
                condition["entity"] = {"$in": list(query.entity_ids)}
            for stored in self._entries.find(condition).sort("_id", ASCENDING).batch_size(limit):
                change = _to_change(stored)
                if change and query.includes(change):
                    found.append(change)
                if len(found) == limit:
                    return ChangePage(tuple(found), as_int(stored["_id"]), is_last=False)
            after = through
        return ChangePage(tuple(found), after, is_last=True)

    @translate_driver_errors("reading the change log")
    def find_gap(self, after: int) -> ChangeGap | None:
        """Find the entries that follow a number and are not kept any more.

        The oldest ones go first. A number that is missing between others was never given to an entry, or its entry was
        erased.
        """
        head: Mapping[str, Any] = self._head.find_one({"_id": HEAD_ID}, ["seq", "batch._id"]) or {}
        following = self._find_end(ASCENDING)
        if not following:
            coming = [as_int(each.get("_id")) for each in as_mappings(head.get("batch"))]
            following = min((number for number in coming if number > after), default=as_int(head.get("seq")) + 1)
        return ChangeGap(after, following - 1) if following - 1 > after else None

    @translate_driver_errors("reading the change log")
    def find_start(self) -> int:
        """Return the number after which the entries that are kept begin."""
        first = self._find_end(ASCENDING)
        return first - 1 if first else self._find_last_number()

    @translate_driver_errors("reading the change log")
    def find_last_number(self) -> int:
        """Return the last number that was given; 0 where nothing was ever logged."""
        return self._find_last_number()

    @translate_driver_errors("reading the change log")
    def list_of_run(self, run_id: str, after: int, limit: int) -> list[LoggedChange]:
        """List at most ``limit`` entries of a run with numbers above ``after``, in their order."""
        return self._list({"run_id": run_id, "_id": {"$gt": after}}, limit)

    @translate_driver_errors("reading the change log")
    def list_of_document(self, entity_id: str, odoo_id: int, after: int, limit: int) -> list[LoggedChange]:
        """List at most ``limit`` entries of a record's document with numbers above ``after``, in their order."""
        return self._list({"entity": entity_id, "odoo_id": odoo_id, "_id": {"$gt": after}}, limit)

    @translate_driver_errors("reading the change log")
    def find_first_time(self) -> datetime | None:
        """Return the time of the first entry that is kept; ``None`` where there is none."""
        first = next(iter(self._list({}, 1)), None)
        return first.at if first else None

    @translate_driver_errors("counting changes")
    def count_per_day(self, first_day: datetime) -> Mapping[str, Mapping[str, int]] | None:
        """Count the changes of each entity by day in UTC ("2026-01-31") from a day on; ``None``: it takes too long."""
        day = {"$dateToString": {"format": "%Y-%m-%d", "date": "$at"}}
        groups = [
            {"$match": {"at": {"$gte": first_day}}},
            {"$group": {"_id": {"entity": "$entity", "day": day}, "number": {"$sum": 1}}},
        ]
        counts: dict[str, dict[str, int]] = {}
        try:
            with pymongo.timeout(MAX_COUNT_SECONDS):
                for group in self._entries.aggregate(groups):
                    key = as_mapping(group["_id"])
                    counts.setdefault(str(key.get("entity")), {})[str(key.get("day"))] = as_int(group["number"])
        except PyMongoError as error:
            if not error.timeout:
                raise
            return None
        return counts

    @property
    def _entries(self) -> Collection[Fields]:
        return self._database[COLLECTION].with_options(read_concern=ReadConcern("majority"))

    @property
    def _head(self) -> Collection[Fields]:
        return self._database[HEAD_COLLECTION]

    def _find_last_number(self) -> int:
        head: Mapping[str, Any] = self._head.find_one({"_id": HEAD_ID}, ["seq"]) or {}
        return max(as_int(head.get("seq")), self._find_end(DESCENDING))

    def _find_end(self, direction: int) -> int:
        """Return the first or the last number in the log; 0 where it is empty."""
        return as_int((self._entries.find_one({}, ["_id"], sort=[("_id", direction)]) or {}).get("_id"))

    def _find_next(self, after: int) -> int | None:
        found = self._entries.find_one({"_id": {"$gt": after}}, ["_id"], sort=[("_id", ASCENDING)])
        return as_int(found["_id"]) if found else None

    def _list(self, condition: Mapping[str, Any], limit: int) -> list[LoggedChange]:
        found = self._entries.find(condition).sort("_id", ASCENDING).limit(limit)
        return [change for stored in found if (change := _to_change(stored))]


def _to_change(stored: Mapping[str, Any]) -> LoggedChange | None:
    """Read a stored entry, with values of plain Python."""
    change = to_logged_change(stored)
    if change is None:
        return None
    fields = tuple(FieldChange(each.name, _to_value(each.old), _to_value(each.new)) for each in change.fields)
    return replace(change, document_id=to_python(change.document_id), fields=fields)


def _to_value(value: object) -> object:
    return ABSENT if value is ABSENT else to_python(value)
