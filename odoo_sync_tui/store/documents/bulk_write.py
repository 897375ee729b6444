"""Bulk writes of changes: operations for the server, and a report from its answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import DecimalException
from typing import Any
from uuid import uuid4

from bson.errors import InvalidDocument
from pymongo import InsertOne, UpdateOne
from pymongo.collection import Collection
from pymongo.errors import BulkWriteError, DocumentTooLarge, DuplicateKeyError, OperationFailure

from odoo_sync_tui.core.entity import BrokenRule, Document, InactiveReason, RejectedRow, Target
from odoo_sync_tui.core.errors import LeaseLost
from odoo_sync_tui.runtime.threads import make_way
from odoo_sync_tui.store.documents.changes import (
    INCOMPLETE,
    Change,
    ChangeKind,
    WriteReport,
    active_state,
    find_absent,
    reject,
    retired_state,
    state_to_write,
)
from odoo_sync_tui.store.documents.outbox import PENDING, Outbox
from odoo_sync_tui.store.documents.unique_conflicts import (
    UniqueConflict,
    UniqueConflicts,
    WriteError,
    find_ring_member,
)
from odoo_sync_tui.store.driver.errors import ErrorTranslator, shorten
from odoo_sync_tui.store.driver.fences import newer_than, not_newer_than
from odoo_sync_tui.store.driver.repository import Fields
from odoo_sync_tui.store.driver.values import MAX_DOCUMENT_BYTES, UnstorableValue, encode, utc_now, without_zone

SERVING_ID = "serving_id"
"""Field of the public key of a lake document; a document with it needs no ``id`` and ``created_at`` of its own."""

DUPLICATE_KEY = 11000
TOO_LARGE_CODES = frozenset(
    {
        10334,  # BSONObjectTooLarge
        17419,  # resulting document too large after an update
        17420,  # document too large to insert
    }
)
REFUSED_CODES = TOO_LARGE_CODES | {
    2,  # BadValue
    9,  # FailedToParse
    14,  # TypeMismatch
    28,  # PathNotViable
    52,  # DollarPrefixedFieldName
    121,  # DocumentValidationFailure
    171,  # CannotIndexParallelArrays
    17280,  # KeyTooLong
}
"""Error codes of MongoDB for one unfit document, not for an unfit server (``error_codes.yml``)."""

ENCODING_ERRORS = (InvalidDocument, DocumentTooLarge, OverflowError, UnicodeEncodeError, DecimalException)
"""Errors of the driver, before or while it sends a page, for a document that BSON cannot hold."""

NEWER_RUN_HINT = (
    "Look at that run; start another after it. If there is none, another program has changed a fence:"
    " odoo-sync-tui lease free."
)
"""What to do about a fence above the run's own."""

Operation = InsertOne[Fields] | UpdateOne


def lease_taken_over(resource: str) -> LeaseLost:
    """Build the error of a run that found the fence of a newer one."""
    return LeaseLost(f"The lease was lost: a newer run writes {resource} now.", NEWER_RUN_HINT)


class PageWriter:
    """Writer of one page of changes to one collection; with an ``outbox``, documents carry what was changed."""

    def __init__(
        self,
        collection: Collection[Fields],
        target: Target,
        fence: int,
        errors: ErrorTranslator,
        outbox: Outbox | None = None,
    ) -> None:
        self._collection = collection
        self._target = target
        self._fence = fence
        self._errors = errors
        self._outbox = outbox
        self._token = ""
        self._conflicts = UniqueConflicts(collection, target)
        self._moment = without_zone(utc_now())
        self._active = active_state(target)
        self._archived = retired_state(target, InactiveReason.ARCHIVED, self._moment)
        self._written = 0
        self._rejected: list[RejectedRow] = []
        self._contested: list[tuple[Change, WriteError]] = []
        self._without_values: set[int] = set()

    def write(self, changes: Sequence[Change]) -> WriteReport:
        """Write the changes; see :meth:`Documents.write`.

        A document that is created although it exists (another program made it since our read) is written once
        more, as an update of the existing document. So is one that was refused for a value that another document of
        the page gives up.
        """
        try:
            refused = self._write_compared(changes) if self._outbox else self._write_bulk(changes, self._operation)
        except (*ENCODING_ERRORS, OperationFailure) as error:
            if isinstance(error, OperationFailure) and error.code not in REFUSED_CODES:
                raise
            refused = self._write_bulk(self._select_storable(changes), self._operation)
        self._sort_refused(refused)
        contested = self._write_contested()
        self._rejected += [reject(each.change, BrokenRule.UNIQUE, each.describe(self._target)) for each in contested]
        unmatched = len(changes) - self._written - len(self._rejected)
        stale = min(unmatched, self._count_newer(changes)) if unmatched else 0
        contested_ids = frozenset(each.change.document.odoo_id for each in contested)
        return WriteReport(self._written, stale, unmatched - stale, tuple(self._rejected), contested_ids)

    def _write_compared(self, changes: Sequence[Change]) -> list[tuple[Change, WriteError]]:
        """Write changes on condition that their documents are as they were read; the others as they are now.

        What was changed is known then, and need not be worked out by the server from both contents.
        """
        refused = self._write_bulk(changes, self._compared)
        if self._written + len(refused) == len(changes):
            return refused
        query: Fields = {"_id": {"$in": [each.key for each in changes]}, f"{PENDING}.token": self._token}
        done = {repr(each["_id"]) for each in self._collection.find(query, ["_id"])}
        done.update(repr(change.key) for change, _ in refused)
        left = [each for each in changes if each.before is not None and repr(each.key) not in done]
        return [*refused, *self._write_bulk(left, self._operation)]

    def _sort_refused(self, refused: Sequence[tuple[Change, WriteError]]) -> None:
        """Write documents that exist already as updates; collect contested ones, and reject the others."""
        races = {change.document.odoo_id: error for change, error in refused if self._is_race(change, error)}
        others = [(change, error) for change, error in refused if not self._is_race(change, error)]
        existing = [change for change, _ in refused if change.document.odoo_id in races]
        others += self._write_bulk(existing, lambda change: self._as_update(change, races[change.document.odoo_id]))
        too_large = [change for change, error in others if self._may_omit_values(change, error)]
        if too_large:
            self._without_values.update(change.document.odoo_id for change in too_large)
            self._sort_refused(self._write_bulk(too_large, self._operation))
        for change, error in others:
            if change not in too_large:
                self._classify_error(change, error)

    def _write_contested(self) -> list[UniqueConflict]:
        """Write changes again whose value another one of the page gave up; return the conflicts that stay.

        Where two documents swap their values, or more of them in a ring, one lets go of its value first.
        """
        conflicts: list[UniqueConflict] = []
        while self._contested:
            contested, self._contested = self._contested, []
            changes = [change for change, _ in contested]
            self._sort_refused(self._write_bulk(changes, self._operation))
            if len(self._contested) == len(contested):
                conflicts = self._conflicts.find(
                    (change, self._fields(change), error) for change, error in self._contested
                )
                member = find_ring_member(conflicts)
                if member is None or not self._free_value(member):
                    return conflicts
        return []

    def _free_value(self, conflict: UniqueConflict) -> bool:
        """Remove the contested fields that a document holds and is about to change; return whether it let go."""
        names = [name for name in conflict.values if name in conflict.change.document.owned]
        query: Fields = {"_id": conflict.change.key, **not_newer_than(self._fence)}
        update: Fields | list[Fields] = {"$unset": dict.fromkeys(names, "")}
        if self._outbox:
            query["$or"] = [{name: {"$exists": True}} for name in names] or [{"_id": None}]
            update = self._outbox.make_update(self._outbox.make_token(), self._moment, {}, names)
        try:
            return bool(names) and self._collection.update_one(query, update).modified_count > 0
        except DuplicateKeyError:
            return False  # an index that is not sparse allows one document without a value, and there is one

    def _count_newer(self, changes: Sequence[Change]) -> int:
        """Count the documents that a newer run has written."""
        ids = [change.document.odoo_id for change in changes]
        query = {**self._target.discriminator, self._target.id_field: {"$in": ids}, **newer_than(self._fence)}
        return self._collection.count_documents(query)

    def _select_storable(self, changes: Sequence[Change]) -> list[Change]:
        """Select the changes that MongoDB can hold; reject the others, so that they do not block the page."""
        storable: list[Change] = []
        for change in changes:
            odoo_id = change.document.odoo_id
            try:
                size = len(encode(self._fields(change)))
            except UnstorableValue as error:
                self._rejected.append(reject(change, BrokenRule.STORABLE, f"It cannot be stored: {error}."))
                continue
            if 2 * size > MAX_DOCUMENT_BYTES:  # the document and its values once more
                self._without_values.add(odoo_id)
            storable.append(change)
        return storable

    def _fields(self, change: Change) -> Fields:
        """Return the whole document for CREATED, else the fields to set."""
        document = change.document
        fields = self._birth(document) if change.kind is ChangeKind.CREATED else {}
        fields.update(self._content(document))
        fields.update(self._state(change))
        fields[self._target.updated_at_field] = self._moment
        fields["hash"], fields["fence"] = change.hash, self._fence
        if document.incomplete:
            fields[INCOMPLETE] = True
        return fields

    def _birth(self, document: Document) -> Fields:
        """Return what a document is given when it is created, and keeps."""
        fields: Fields = {"_id": self._target.make_key(document.odoo_id)}
        if SERVING_ID not in document.initial:
            fields.update({"id": str(uuid4()), "created_at": self._moment})
        fields.update(self._target.discriminator)
        fields.update(document.initial)
        return fields

    def _content(self, document: Document) -> Fields:
        """Return the fields that Odoo owns, without those that are left out where they are empty."""
        owned, sparse = document.owned, self._target.sparse_fields
        if not sparse:
            return owned
        return {name: value for name, value in owned.items() if value is not None or name not in sparse}

    def _state(self, change: Change) -> Mapping[str, object]:
        return state_to_write(change, self._active, self._archived)

    def _operation(self, change: Change) -> Operation:
        make_way()
        fields = self._fields(change)
        if change.kind is ChangeKind.CREATED:
            return InsertOne(self._with_entry(change, fields))
        query = {"_id": change.key, **not_newer_than(self._fence)}
        if change.kind is ChangeKind.LINKED:
            query[self._target.id_field] = None
        return UpdateOne(query, self._update(change, fields))

    def _compared(self, change: Change) -> Operation:
        """Make the write of a change on condition that its document is as it was read, where that is known."""
        if self._outbox is None or change.before is None:
            return self._operation(change)
        make_way()
        document, fields = change.document, self._fields(change)
        absent, outbox = find_absent(self._target, document), self._outbox
        known = outbox.make_known_update(self._token, self._moment, fields, absent, change.before, document.odoo_id)
        return UpdateOne({"_id": change.key, **not_newer_than(self._fence), **known.condition}, known.update)

    def _with_entry(self, change: Change, fields: Fields) -> Fields:
        """Add the entry of the change log to a new document, if changes are logged."""
        odoo_id = change.document.odoo_id
        if self._outbox is None:
            return fields
        with_values = odoo_id not in self._without_values
        return self._outbox.make_document(self._token, odoo_id, self._moment, fields, with_values=with_values)

    def _update(self, change: Change, fields: Fields) -> Fields | list[Fields]:
        odoo_id, absent = change.document.odoo_id, find_absent(self._target, change.document)
        if self._outbox is None:
            return {"$set": fields, **({"$unset": dict.fromkeys(absent, "")} if absent else {})}
        with_values = odoo_id not in self._without_values
        return self._outbox.make_update(
            self._token, self._moment, fields, absent, odoo_id=odoo_id, with_values=with_values
        )

    def _as_update(self, change: Change, error: WriteError) -> Operation:
        """Turn a creation into an update of the existing document, found by the shared key."""
        fields = {
            **self._content(change.document),
            # The program that made it may have switched it off with reason.
            **({} if self._target.locally_managed_state else self._state(change)),
            self._target.updated_at_field: self._moment,
            "hash": change.hash,
            "fence": self._fence,
            **({INCOMPLETE: True} if change.document.incomplete else {}),
        }
        return UpdateOne(
            {**self._shared_key(change, error), **not_newer_than(self._fence)}, self._update(change, fields)
        )

    def _shared_key(self, change: Change, error: WriteError) -> Mapping[str, Any]:
        """Return the fields and values that the server found twice.

        A server whose error lacks them has only one unique key.
        """
        return error.get("keyValue") or {"_id": self._target.make_key(change.document.odoo_id)}

    def _is_identity(self, change: Change, error: WriteError) -> bool:
        """Whether the write failed because a document with the same identity exists."""
        names = {"_id", SERVING_ID, self._target.id_field, *self._target.discriminator}
        return error["code"] == DUPLICATE_KEY and names.issuperset(self._shared_key(change, error))

    def _is_race(self, change: Change, error: WriteError) -> bool:
        return change.kind is ChangeKind.CREATED and self._is_identity(change, error)

    def _may_omit_values(self, change: Change, error: WriteError) -> bool:
        """Whether a document was refused for its size, and its entry of the change log can be made smaller."""
        is_too_large = error["code"] in TOO_LARGE_CODES
        return is_too_large and self._outbox is not None and change.document.odoo_id not in self._without_values

    def _classify_error(self, change: Change, error: WriteError) -> None:
        """Classify a refused write: existing documents are missed, contested ones tried again, unfit ones rejected.

        Every other error is raised.
        """
        if self._is_identity(change, error):
            return
        if error["code"] == DUPLICATE_KEY:
            self._contested.append((change, error))
            return
        if error["code"] in REFUSED_CODES:
            reason = f"MongoDB refused it: {shorten(error.get('errmsg', 'no reason given'))}."
        else:
            raise self._errors.translate_write_error(error, "writing documents")
        self._rejected.append(reject(change, BrokenRule.STORABLE, reason))

    def _write_bulk(
        self, changes: Sequence[Change], make: Callable[[Change], Operation]
    ) -> list[tuple[Change, WriteError]]:
        """Send the operations, count the written ones, return the refused ones. No call without operations."""
        if not changes:
            return []
        if self._outbox:
            self._token = self._outbox.make_token()
        refused: list[WriteError] = []
        try:
            answer = self._collection.bulk_write([make(each) for each in changes], ordered=False).bulk_api_result
        except BulkWriteError as error:
            if error.details.get("writeConcernErrors"):
                raise
            answer = error.details
            refused = answer["writeErrors"]
        self._written += answer["nInserted"] + answer["nMatched"]
        return [(changes[error["index"]], error) for error in refused]
