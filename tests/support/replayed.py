"""The change log, held against the documents: what it tells of them, applied to what they were, is what they are."""

from __future__ import annotations

import copy
from typing import Any

from pymongo.database import Database

COLLECTIONS = ("data_lake_serving", "departments", "users")
NOTES = ("hash", "fence", "incomplete")
"""What runs note for themselves in a document."""

TIMES = {"data_lake_serving": "last_aggregated", "departments": "synced_at", "users": "updated_at"}
"""The field of the time of the last change, by collection."""

Documents = dict[str, dict[str, dict[str, Any]]]


def read_documents(database: Database[Any]) -> Documents:
    """All documents, by collection and ``_id``."""
    return {
        name: {
            repr(each["_id"]): {key: value for key, value in each.items() if key not in NOTES}
            for each in database[name].find()
        }
        for name in COLLECTIONS
    }


class Replay:
    """What the documents were at one time, and how the log goes on from there."""

    def __init__(self, database: Database[Any]) -> None:
        self._database = database
        self._documents = read_documents(database)
        newest = database.sync_changes.find_one(sort=[("_id", -1)])
        self._last = newest["_id"] if newest else 0

    def follow(self) -> list[dict[str, Any]]:
        """Apply the entries since the last time, and compare; return them."""
        entries = list(self._database.sync_changes.find({"_id": {"$gt": self._last}}).sort("_id", 1))
        for entry in entries:
            self._apply(entry)
            self._last = entry["_id"]
        now = read_documents(self._database)
        for name in COLLECTIONS:
            gone = self._documents[name].keys() - now[name].keys()  # no run deletes: another program has
            told = {key: each for key, each in self._documents[name].items() if key not in gone}
            assert told == now[name], differing(told, now[name])
        return entries

    def _apply(self, entry: dict[str, Any]) -> None:
        subject, _, kind = entry["type"].partition(".")
        name = {"department": "departments", "employee": "users"}.get(subject, "data_lake_serving")
        documents, key = self._documents[name], repr(entry["document_id"])
        if kind == "created":
            documents[key] = {"_id": entry["document_id"]}
        document = documents[key] = copy.deepcopy(documents[key])
        for field in entry["fields"]:
            apply(document, field)
        document[TIMES[name]] = entry["at"]


def apply(document: dict[str, Any], field: dict[str, Any]) -> None:
    """Set one field as an entry says, or remove it."""
    *parents, last = field["name"].split(".")
    for parent in parents:
        document = document.setdefault(parent, {})
    if "new" in field:
        document[last] = field["new"]
    else:
        document.pop(last, None)


def differing(told: dict[str, Any], now: dict[str, Any]) -> str:
    """Describe the first differences."""
    keys = [key for key in {**told, **now} if told.get(key) != now.get(key)]
    return "\n".join(f"{key}\n  log: {told.get(key)}\n  now: {now.get(key)}" for key in keys[:3])
