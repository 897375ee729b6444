"""Indexes of the store, declared as data and made by what writes: without one, reading is slower and never wrong.

An index that exists with the same meaning is left alone, whatever its name; one that stands in the way with another
meaning is reported and never dropped, because it may be another program's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pymongo
from pymongo.collation import Collation
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError, OperationFailure

from odoo_sync_tui.core.errors import ConfigurationError
from odoo_sync_tui.core.result import Notice
from odoo_sync_tui.core.text.format import format_number
from odoo_sync_tui.store.driver.errors import shorten
from odoo_sync_tui.store.driver.repository import Fields, Repository, translate_driver_errors

MAX_BUILD_SECONDS = 600.0
"""Time limit of building one index on a lake that other programs filled."""

CONFLICT_CODES = frozenset({85, 86})  # IndexOptionsConflict, IndexKeySpecsConflict

ASCENDING, DESCENDING = pymongo.ASCENDING, pymongo.DESCENDING
CASE_INSENSITIVE = Collation("en", strength=2)
"""Collation with equal upper and lower case."""


@dataclass(frozen=True, slots=True)
class Index:
    """One index: ``partial_filter`` restricts it to matching documents, ``collation`` rules how texts compare."""

    collection: str
    name: str
    keys: tuple[tuple[str, int], ...]
    unique: bool = False
    partial_filter: Mapping[str, Any] = field(default_factory=dict[str, Any])
    collation: Collation | None = None

    def options(self) -> dict[str, Any]:
        """Return the keyword arguments of ``create_index``."""
        options: dict[str, Any] = {"name": self.name}
        if self.unique:
            options["unique"] = True
        if self.partial_filter:
            options["partialFilterExpression"] = dict(self.partial_filter)
        if self.collation:
            options["collation"] = self.collation
        return options

    def is_equivalent_to(self, existing: Mapping[str, Any]) -> bool:
        """Whether an index of the server (in the form of ``listIndexes``) serves the same purpose."""
        found: Mapping[str, Any] = existing.get("collation") or {}
        collation = self.collation.document if self.collation else {}
        return (
            tuple(existing["key"].items()) == self.keys
            and bool(existing.get("unique")) == self.unique
            and dict(existing.get("partialFilterExpression") or {}) == dict(self.partial_filter)
            and bool(found) == bool(collation)
            and all(found.get(name) == value for name, value in collation.items())
            and not existing.get("sparse")
        )


def _with_number(number_field: str) -> dict[str, Any]:
    """Build the filter for documents with an Odoo id or another number, in a form that the query planner can use."""
    return {number_field: {"$gt": 0}}


_WITH_REASON: Mapping[str, Any] = {"inactive_reason": {"$gt": ""}}
"""Filter for documents that were retired: an index of them alone, however many active ones there are."""

WITHOUT_HASH: Mapping[str, Any] = {"hash": None}
"""Filter for documents without a fingerprint, whose rows have to be read: an index of them alone, as there are few."""

PENDING_COLLECTIONS = ("data_lake_serving", "departments", "users")
"""Collections whose documents carry entries of the change log until these are moved."""

WITH_PENDING: Mapping[str, Any] = {"pending_changes.token": {"$gt": ""}}
"""Filter for documents that carry such entries: an index of them alone, as there are few."""

# A scan of a block of ids, and the counts of active and inactive ones, read the index alone: (ids, active).
INDEXES = (
    Index("data_lake_serving", "serving_id", (("serving_id", ASCENDING),), unique=True),
    Index(
        "data_lake_serving",
        "entity_ids",
        (("entity_type", ASCENDING), ("data.id", ASCENDING), ("is_active", ASCENDING)),
    ),
    Index(
        "data_lake_serving",
        "retired",
        (("entity_type", ASCENDING), ("inactive_reason", ASCENDING)),
        partial_filter=_WITH_REASON,
    ),
    Index(
        "data_lake_serving",
        "without_hash",
        (("entity_type", ASCENDING), ("data.id", ASCENDING)),
        partial_filter=WITHOUT_HASH,
    ),
    Index("departments", "without_hash", (("odoo_id", ASCENDING),), partial_filter=WITHOUT_HASH),
    Index("users", "without_hash", (("odoo_employee_id", ASCENDING),), partial_filter=WITHOUT_HASH),
    Index("departments", "retired", (("inactive_reason", ASCENDING),), partial_filter=_WITH_REASON),
    Index("users", "retired", (("inactive_reason", ASCENDING),), partial_filter=_WITH_REASON),
    Index("departments", "odoo_id", (("odoo_id", ASCENDING),), unique=True, partial_filter=_with_number("odoo_id")),
    Index(
        "departments",
        "odoo_id_active",
        (("odoo_id", ASCENDING), ("active", ASCENDING)),
        partial_filter=_with_number("odoo_id"),
    ),
    Index(
        "users",
        "odoo_employee_id",
        (("odoo_employee_id", ASCENDING),),
        unique=True,
        partial_filter=_with_number("odoo_employee_id"),
    ),
    Index(
        "users",
        "odoo_employee_id_active",
        (("odoo_employee_id", ASCENDING), ("is_active", ASCENDING)),
        partial_filter=_with_number("odoo_employee_id"),
    ),
    Index("users", "email_folded", (("email", ASCENDING),), collation=CASE_INSENSITIVE),
    Index(
        "integrations",
        "integration_type_odoo",
        (("integration_type", ASCENDING),),
        unique=True,
        partial_filter={"integration_type": "odoo"},
    ),
    Index("audit_log", "newest", (("source", ASCENDING), ("timestamp", DESCENDING), ("_id", DESCENDING))),
    Index(
        "audit_log",
        "newest_of_action",
        (("source", ASCENDING), ("action", ASCENDING), ("timestamp", DESCENDING), ("_id", DESCENDING)),
    ),
    Index(
        "audit_log",
        "newest_of_user",
        (("source", ASCENDING), ("user_id", ASCENDING), ("timestamp", DESCENDING), ("_id", DESCENDING)),
    ),
    Index(
        "audit_log",
        "newest_of_outcome",
        (("source", ASCENDING), ("outcome", ASCENDING), ("timestamp", DESCENDING), ("_id", DESCENDING)),
    ),
    Index(
        "audit_log",
        "chain_number",
        (("chain_number", ASCENDING),),
        unique=True,
        partial_filter=_with_number("chain_number"),
    ),
    Index(  # events of earlier versions, which are numbered within their run
        "audit_log",
        "chain",
        (("run_id", ASCENDING), ("seq", ASCENDING)),
        unique=True,
        partial_filter=_with_number("seq"),
    ),
    Index("audit_log", "run_id", (("run_id", ASCENDING), ("timestamp", DESCENDING), ("_id", DESCENDING))),
    Index("sync_runs", "newest_first", (("started_at", DESCENDING), ("_id", DESCENDING))),
    Index("sync_runs", "newest_of_action", (("action", ASCENDING), ("started_at", DESCENDING), ("_id", DESCENDING))),
    Index("sync_runs", "unfinished", (("outcome", ASCENDING), ("started_at", DESCENDING))),
    Index("sync_quarantine", "entity_ids", (("entity", ASCENDING), ("odoo_id", ASCENDING))),
    Index("sync_quarantine", "of_run", (("run_id", ASCENDING), ("entity", ASCENDING), ("odoo_id", ASCENDING))),
    *(
        Index(name, "pending_changes", (("pending_changes.token", ASCENDING),), partial_filter=WITH_PENDING)
        for name in PENDING_COLLECTIONS
    ),
    Index("sync_changes", "of_record", (("entity", ASCENDING), ("odoo_id", ASCENDING), ("_id", ASCENDING))),
    Index("sync_changes", "of_run", (("run_id", ASCENDING), ("_id", ASCENDING))),
    Index("sync_changes", "token", (("token", ASCENDING), ("document_id", ASCENDING)), unique=True),
)

EXPIRY = Index("sync_changes", "expiry", (("at", ASCENDING),))
"""Index by which the server drops old changes; the settings say how old."""


class Indexes(Repository):
    """Indexes of a database."""

    @translate_driver_errors("making the indexes")
    def ensure(
        self, indexes: Iterable[Index] = INDEXES, on_build: Callable[[str | None], None] = lambda _: None
    ) -> tuple[Notice, ...]:
        """Create the missing indexes; return a notice for each that conflicts with another definition.

        Args:
            indexes: the indexes.
            on_build: takes what is being built of which collection, where it has documents, and ``None`` at the end.

        Raises:
            ConfigurationError: a unique index cannot be built, because stored documents hold a value twice.
            StoreError: MongoDB refused or went away.
        """
        wanted = tuple(indexes)
        existing = {name: self._existing(name) for name in {index.collection for index in wanted}}
        missing = [index for index in wanted if not any(map(index.is_equivalent_to, existing[index.collection]))]
        with pymongo.timeout(MAX_BUILD_SECONDS):
            notices = [self._create(index) for index in self._tell(missing, on_build)]
        return tuple(notice for notice in notices if notice)

    def _tell(self, indexes: Sequence[Index], on_build: Callable[[str | None], None]) -> Iterator[Index]:
        """Yield indexes to build, each told before: one on millions of documents takes minutes."""
        is_told = False
        for number, index in enumerate(indexes, 1):
            if documents := self._database[index.collection].estimated_document_count():
                is_told, counted = True, format_number(documents)
                place = f"index {number} of {len(indexes)}: {index.name} of {index.collection}"
                on_build(f"Building {place}, {counted} documents")
            yield index
        if is_told:
            on_build(None)

    @translate_driver_errors("setting how long changes are kept")
    def keep_changes(self, keep: timedelta) -> None:
        """Let the server drop logged changes that are older; another time than before counts at once.

        Raises:
            StoreError: MongoDB refused or went away.
        """
        seconds, collection = round(keep.total_seconds()), EXPIRY.collection
        existing = next(
            (each for each in self._existing(collection) if tuple(each["key"].items()) == EXPIRY.keys), None
        )
        if existing is None:
            self._database[collection].create_index(list(EXPIRY.keys), name=EXPIRY.name, expireAfterSeconds=seconds)
        elif existing.get("expireAfterSeconds") != seconds:
            index = {"name": existing["name"], "expireAfterSeconds": seconds}
            self._database.command("collMod", collection, index=index)

    def _existing(self, collection: str) -> list[Mapping[str, Any]]:
        return [dict(index) for index in self._database[collection].list_indexes()]

    def _create(self, index: Index) -> Notice | None:
        try:
            self._database[index.collection].create_index(list(index.keys), **index.options())
        except DuplicateKeyError as error:
            raise _duplicates(index, error) from error
        except OperationFailure as error:
            if error.code not in CONFLICT_CODES:
                raise
            return _conflict(self._database, index)
        return None


def _duplicates(index: Index, error: DuplicateKeyError) -> ConfigurationError:
    fields = " + ".join(name for name, _ in index.keys)
    details: Mapping[str, Any] = error.details or {}
    values: Mapping[str, Any] = details.get("keyValue") or {}
    example = ", ".join(f"{name} {value!r}" for name, value in values.items()) or shorten(details.get("errmsg", error))
    return ConfigurationError(
        f"The collection {index.collection} holds documents with the same {fields}, for example {shorten(example)}: "
        f"the unique index {index.name} cannot be built, and without it records could be stored twice.",
        "Remove or merge the doubles, then sync again.",
    )


def _conflict(database: Database[Fields], index: Index) -> Notice:
    fields = ", ".join(name for name, _ in index.keys)
    existing = database[index.collection].index_information()
    # By its name, or on servers before 5.0 by its keys: there, one more index on the same keys is a conflict too.
    same_keys = (name for name, each in existing.items() if tuple(each["key"]) == index.keys)
    other = index.name if index.name in existing else next(same_keys, index.name)
    return Notice(
        "index",
        f"The index {other} of the collection {index.collection} is defined otherwise than {index.name} "
        f"({fields}{', unique' if index.unique else ''}) should be; it was left as it is.",
        f"Where no other program needs it, drop it: db.{index.collection}.dropIndex({other!r}); "
        "it is then made anew by the next sync.",
    )
