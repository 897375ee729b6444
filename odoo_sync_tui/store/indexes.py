"""Indexes of the store, declared as data and made when the store is opened.

An index that exists with the same meaning is left alone, whatever its name; one that stands in the way with another
meaning is reported and never dropped, because it may be another program's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pymongo
from pymongo.collation import Collation
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError, OperationFailure

from odoo_sync_tui.core.errors import ConfigurationError
from odoo_sync_tui.core.result import Notice
from odoo_sync_tui.store.errors import short
from odoo_sync_tui.store.part import Fields, Part, translated

BUILD_SECONDS = 600.0
"""Time limit of building one index on a lake that other programs filled."""

CONFLICT_CODES = frozenset({85, 86})  # IndexOptionsConflict, IndexKeySpecsConflict

UP, DOWN = pymongo.ASCENDING, pymongo.DESCENDING
FOLDED = Collation("en", strength=2)
"""Collation with equal upper and lower case."""


@dataclass(frozen=True, slots=True)
class Index:
    """One index. ``partial`` restricts it to matching documents; ``collation`` is the rule for comparing texts."""

    collection: str
    name: str
    keys: tuple[tuple[str, int], ...]
    unique: bool = False
    partial: Mapping[str, Any] = field(default_factory=dict[str, Any])
    collation: Collation | None = None

    def options(self) -> dict[str, Any]:
        """Return the keyword arguments of ``create_index``."""
        options: dict[str, Any] = {"name": self.name}
        if self.unique:
            options["unique"] = True
        if self.partial:
            options["partialFilterExpression"] = dict(self.partial)
        if self.collation:
            options["collation"] = self.collation
        return options

    def same_as(self, existing: Mapping[str, Any]) -> bool:
        """Whether an index of the server (in the form of ``listIndexes``) serves the same purpose."""
        found: Mapping[str, Any] = existing.get("collation") or {}
        collation = self.collation.document if self.collation else {}
        return (
            tuple(existing["key"].items()) == self.keys
            and bool(existing.get("unique")) == self.unique
            and dict(existing.get("partialFilterExpression") or {}) == dict(self.partial)
            and bool(found) == bool(collation)
            and all(found.get(name) == value for name, value in collation.items())
            and not existing.get("sparse")
        )


def _with_number(number_field: str) -> dict[str, Any]:
    """Build the filter for documents with an Odoo id or another number, in a form that the query planner can use."""
    return {number_field: {"$gt": 0}}


# A scan of a block of ids, and the counts of active and inactive ones, read the index alone: (ids, active).
INDEXES = (
    Index("data_lake_serving", "serving_id", (("serving_id", UP),), unique=True),
    Index("data_lake_serving", "entity_ids", (("entity_type", UP), ("data.id", UP), ("is_active", UP))),
    Index("departments", "odoo_id", (("odoo_id", UP),), unique=True, partial=_with_number("odoo_id")),
    Index("departments", "odoo_id_active", (("odoo_id", UP), ("active", UP)), partial=_with_number("odoo_id")),
    Index(
        "users",
        "odoo_employee_id",
        (("odoo_employee_id", UP),),
        unique=True,
        partial=_with_number("odoo_employee_id"),
    ),
    Index(
        "users",
        "odoo_employee_id_active",
        (("odoo_employee_id", UP), ("is_active", UP)),
        partial=_with_number("odoo_employee_id"),
    ),
    Index("users", "email_folded", (("email", UP),), collation=FOLDED),
    Index(
        "integrations",
        "integration_type_odoo",
        (("integration_type", UP),),
        unique=True,
        partial={"integration_type": "odoo"},
    ),
    Index("audit_log", "newest", (("source", UP), ("timestamp", DOWN), ("_id", DOWN))),
    Index("audit_log", "newest_of_action", (("source", UP), ("action", UP), ("timestamp", DOWN), ("_id", DOWN))),
    Index("audit_log", "newest_of_user", (("source", UP), ("user_id", UP), ("timestamp", DOWN), ("_id", DOWN))),
    Index("audit_log", "newest_of_outcome", (("source", UP), ("outcome", UP), ("timestamp", DOWN), ("_id", DOWN))),
    Index("audit_log", "chain", (("run_id", UP), ("seq", UP)), unique=True, partial=_with_number("seq")),
    Index("audit_log", "run_id", (("run_id", UP), ("timestamp", DOWN), ("_id", DOWN))),
    Index("sync_runs", "newest_first", (("started_at", DOWN), ("_id", DOWN))),
    Index("sync_runs", "unfinished", (("outcome", UP), ("started_at", DOWN))),
    Index("sync_quarantine", "entity_ids", (("entity", UP), ("odoo_id", UP))),
    Index("sync_quarantine", "of_run", (("run_id", UP), ("entity", UP), ("odoo_id", UP))),
)


class Indexes(Part):
    """Indexes of a database."""

    @translated("making the indexes")
    def ensure(self, indexes: Iterable[Index] = INDEXES) -> tuple[Notice, ...]:
        """Create the missing indexes; return a notice for each that conflicts with another definition.

        Raises:
            ConfigurationError: a unique index cannot be built, because stored documents hold a value twice.
            StoreError: MongoDB refused or went away.
        """
        wanted = tuple(indexes)
        existing = {name: self._existing(name) for name in {index.collection for index in wanted}}
        missing = [index for index in wanted if not any(map(index.same_as, existing[index.collection]))]
        with pymongo.timeout(BUILD_SECONDS):
            notices = [self._create(index) for index in missing]
        return tuple(notice for notice in notices if notice)

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
    example = ", ".join(f"{name} {value!r}" for name, value in values.items()) or short(details.get("errmsg", error))
    return ConfigurationError(
        f"The collection {index.collection} holds documents with the same {fields}, for example {short(example)}: "
        f"the unique index {index.name} cannot be built, and without it records could be stored twice.",
        "Remove or merge the doubles, then start again.",
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
        "it is then made anew at the next start.",
    )
