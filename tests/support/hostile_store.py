"""A store in which every text holds what no output may: controls, line breaks, secrets; and that a megabyte long."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from bson import ObjectId
from pymongo.collection import Collection
from pymongo.database import Database

from tests.support.documents import Path, paths, value_at, with_value

Fields = dict[str, Any]

SINGLE_COLLECTIONS = ("integrations", "sync_leases")

KEPT = frozenset({"integration_type", "api_key"})
"""What says which document is the integration's; and a key, which is registered as a secret whatever it is."""

MAX_DOCUMENT_LENGTH = 2_000_000
"""Characters of all texts of a document that has it everywhere: MongoDB takes 16 MB."""


def make_hostile(database: Database[Fields], text: str) -> None:
    """Put the text into every text field of every collection.

    A collection of one document has it in all of them at once. Else each field of the newest document that holds a text
    has it in turn, in a document that is added; one more has it as a name of a field, and as its own key.
    """
    for name in database.list_collection_names():
        collection = database[name]
        newest = collection.find_one(sort=[("_id", -1)])
        if newest is None:
            continue
        if name in SINGLE_COLLECTIONS:
            collection.replace_one({"_id": newest["_id"]}, _everywhere(newest, text))
        else:
            collection.insert_many(list(_in_turn(newest, text, _unique_fields(collection))))


def _everywhere(document: Fields, text: str) -> Fields:
    changed = [path for path in _text_paths(document) if not KEPT & set(path)]
    for path in changed:
        document = with_value(document, path, text[: MAX_DOCUMENT_LENGTH // len(changed)])
    return document


def _in_turn(document: Fields, text: str, unique: set[str]) -> Iterator[Fields]:
    by_name = {path[-1]: (path, text) for path in _text_paths(document)}
    named = {"details", "entities", "data"}
    changes: list[tuple[Path, object]] = [*by_name.values(), (("_id",), text)]
    changes += [(path, {text: {text: [text]}}) for path in paths(document) if path[-1] in named]
    for number, (path, value) in enumerate(changes):
        form = {
            **document,
            "_id": ObjectId() if isinstance(document["_id"], ObjectId) else f"odd-{number}",
            **{name: _other(document[name], number) for name in unique & document.keys()},
        }
        yield with_value(form, path, value)


def _unique_fields(collection: Collection[Fields]) -> set[str]:
    indexes = collection.index_information().values()
    return {"id", *(field for index in indexes if index.get("unique") for field, _ in index["key"])}


def _other(value: object, number: int) -> object:
    """A value of the same type that no other document has."""
    return f"odd-{number}@x" if isinstance(value, str) else 1_000_000 + number if isinstance(value, int) else value


def _text_paths(document: Mapping[str, Any]) -> Iterator[Path]:
    return (path for path in paths(document) if isinstance(value_at(document, path), str))
