"""Records that were erased: that they were, which is all that is kept of them, and the removal of everything else.

What is removed can come back: a run that has lost its lease may still write what it has read before. So every run
removes it again before it reads (:mod:`odoo_sync_tui.pipeline.run.removal.clear_out`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from pymongo import ASCENDING
from pymongo.errors import DuplicateKeyError

from odoo_sync_tui.core.actions import ERASE_RECORD, Outcome
from odoo_sync_tui.core.audit.events import AuditEvent
from odoo_sync_tui.core.cursor import DocumentTotals
from odoo_sync_tui.core.entity import MISSING_ROW_REASONS, Entity, Target
from odoo_sync_tui.core.errors import LeaseLost
from odoo_sync_tui.core.reports.overview import ErasedRecord, RecordParts
from odoo_sync_tui.core.text.coerce import as_int, as_mapping, as_text
from odoo_sync_tui.entities.declared import EXTRA_FIELD
from odoo_sync_tui.store.change_log.head import COLLECTION as CHANGES
from odoo_sync_tui.store.documents.bulk_write import INCOMPLETE, NEWER_RUN_HINT, lease_taken_over
from odoo_sync_tui.store.documents.document_store import chunks
from odoo_sync_tui.store.documents.outbox import PENDING
from odoo_sync_tui.store.documents.quarantine import COLLECTION as QUARANTINE
from odoo_sync_tui.store.documents.unique_conflicts import value_at
from odoo_sync_tui.store.driver.fences import newer_than, not_newer_than
from odoo_sync_tui.store.driver.messages import to_storable
from odoo_sync_tui.store.driver.repository import Fields, Repository, translate_driver_errors
from odoo_sync_tui.store.driver.values import EPOCH, as_time, utc_now
from odoo_sync_tui.store.runs import integrations

COLLECTION = "sync_erased"


class Erasures(Repository):
    """What was erased, by Odoo model and id: no name, no value. Every write carries the fence of its lease."""

    @translate_driver_errors("reading which records were erased")
    def list_records(self) -> list[ErasedRecord]:
        """List all records that were erased, by model and id."""
        found = self._database[COLLECTION].find().sort([("model", ASCENDING), ("odoo_id", ASCENDING)])
        return [_to_record(each) for each in found]

    def find(self, model: str, odoo_id: int) -> ErasedRecord | None:
        """Find a record that was erased."""
        return next((each for each in self.list_records() if (each.model, each.odoo_id) == (model, odoo_id)), None)

    def leave_out(self, entities: Iterable[Entity]) -> tuple[Entity, ...]:
        """Return the entities without the rows that were erased."""
        erased: dict[str, list[int]] = {}
        for each in self.list_records():
            erased.setdefault(each.model, []).append(each.odoo_id)
        return tuple(replace(entity, erased_ids=tuple(erased.get(entity.model, ()))) for entity in entities)

    @translate_driver_errors("noting that a record is erased")
    def begin(self, model: str, odoo_id: int, event: AuditEvent, fence: int) -> None:
        """Note that a record is erased, and the event that is to be logged once nothing of it is left.

        Raises:
            LeaseLost: a newer run has written since.
        """
        pending = {"id": event.id, "user_id": event.user_id, "details": to_storable(event.details)}
        values = {"model": model, "odoo_id": odoo_id, "erased_at": utc_now(), "pending": pending, "fence": fence}
        query = {"_id": _key(model, odoo_id), **not_newer_than(fence)}
        try:
            self._database[COLLECTION].update_one(query, {"$set": values}, upsert=True)
        except DuplicateKeyError:  # its fence kept it from matching
            raise lease_taken_over("which records are erased") from None

    @translate_driver_errors("noting that a record is erased")
    def finish(self, model: str, odoo_id: int, fence: int) -> None:
        """Note that nothing is left of a record, and that this is logged."""
        query = {"_id": _key(model, odoo_id), **not_newer_than(fence)}
        self._database[COLLECTION].update_one(query, {"$unset": {"pending": ""}, "$set": {"fence": fence}})

    @translate_driver_errors("letting a record come back")
    def lift(self, model: str, odoo_id: int, fence: int) -> None:
        """Let a record come back.

        Raises:
            LeaseLost: a newer run has written since.
        """
        key = _key(model, odoo_id)
        collection = self._database[COLLECTION]
        if not collection.delete_one({"_id": key, **not_newer_than(fence)}).deleted_count and collection.find_one(key):
            raise lease_taken_over("which records are erased")

    @translate_driver_errors("looking for what is stored of a record")
    def count(self, entity: Entity, odoo_id: int) -> RecordParts:
        """Count what is stored of a record as one entity."""
        collection, target = self._database[entity.target.collection], entity.target
        query = _of_records(target, [odoo_id])
        documents = collection.count_documents({**query, **_created_by_us(target, [odoo_id])})
        record = {"entity": entity.id, "odoo_id": odoo_id}
        return RecordParts(
            documents,
            collection.count_documents(query) - documents,
            self._database[CHANGES].count_documents(record),
            self._database[QUARANTINE].count_documents(record),
        )

    @translate_driver_errors("looking for what is stored of erased records")
    def has_parts(self, entity: Entity) -> bool:
        """Whether anything is stored of the rows of an entity that were erased."""
        ids = list(entity.erased_ids)
        record = {"entity": entity.id, "odoo_id": {"$in": ids}}
        queries = {entity.target.collection: _of_records(entity.target, ids), CHANGES: record, QUARANTINE: record}
        return bool(ids) and any(self._database[name].find_one(query, ["_id"]) for name, query in queries.items())

    @translate_driver_errors("erasing records")
    def remove(self, entity: Entity, odoo_ids: Collection[int], fence: int) -> int:
        """Remove what is stored of records as one entity; return the number of documents deleted or unlinked.

        What documents carry for the change log has to be moved there first.

        Raises:
            LeaseLost: a newer run has written one of them.
        """
        removed = 0
        for chunk in chunks(odoo_ids):
            removed += self._remove_documents(entity, _of_records(entity.target, chunk), chunk, fence)
            record = {"entity": entity.id, "odoo_id": {"$in": chunk}}
            self._database[CHANGES].delete_many(record)
            self._database[QUARANTINE].delete_many({**record, **not_newer_than(fence)})
        return removed

    @translate_driver_errors("looking for old documents")
    def list_expired(self, target: Target, before: datetime) -> list[tuple[int, bool]]:
        """List documents that were retired before a time because Odoo has their rows no more.

        Each with its Odoo id, and whether it has a fingerprint.
        """
        found = self._database[target.collection].find(_expired(target, before), [target.id_field, "hash"])
        return [(as_int(value_at(each, target.id_field)), each.get("hash") is not None) for each in found]

    @translate_driver_errors("dropping old documents")
    def drop_expired(self, entity: Entity, odoo_ids: Sequence[int], before: datetime, fence: int) -> int:
        """Delete or unlink those of these documents that still are as :meth:`list_expired` found them."""
        query = {**_expired(entity.target, before), entity.target.id_field: {"$in": list(odoo_ids)}}
        return self._remove_documents(entity, query, odoo_ids, fence)

    @translate_driver_errors("saving a cursor")
    def move_census(self, entity_id: str, moved: DocumentTotals, fence: int) -> None:
        """Add to the totals of an entity's documents, where there are any."""
        path = f"census.{entity_id}"
        numbers = {
            "documents.count": moved.ids.count,
            "documents.id_sum": moved.ids.id_sum,
            "active": moved.active,
            "without_hash": moved.without_hash,
        }
        query = {
            **integrations.INTEGRATION_FILTER,
            f"{path}.documents.id_sum": {"$type": "number"},
            **not_newer_than(fence),
        }
        update = {"$inc": {f"{path}.{name}": number for name, number in numbers.items()}}
        self._database[integrations.COLLECTION].update_one(query, update)

    def _remove_documents(self, entity: Entity, query: Fields, odoo_ids: Sequence[int], fence: int) -> int:
        collection, target = self._database[entity.target.collection], entity.target
        ours, fenced = _created_by_us(target, odoo_ids), not_newer_than(fence)
        deleted = collection.delete_many({**query, **ours, **fenced}).deleted_count
        unlinked = 0
        if ours:
            theirs = {"_id": {"$nin": ours["_id"]["$in"]}}
            own = {target.updated_at_field: utc_now(), "fence": fence}
            lost = [*list_owned_fields(entity), f"data.{EXTRA_FIELD}", "hash", INCOMPLETE, "inactive_reason", PENDING]
            update: Fields = {"$unset": dict.fromkeys(lost, ""), "$set": own}
            unlinked = collection.update_many({**query, **theirs, **fenced}, update).modified_count
        if newer := collection.count_documents({**query, **newer_than(fence)}):
            raise LeaseLost(f"{newer} documents of {entity.name} were written by a newer run.", NEWER_RUN_HINT)
        return deleted + unlinked


def list_owned_fields(entity: Entity) -> list[str]:
    """List the fields that Odoo owns: an account of another program loses them when it is unlinked."""
    copies = [name for each in entity.references for name in each.copied_fields]
    return [each.name for each in entity.document_fields] + copies


def _of_records(target: Target, odoo_ids: Sequence[int]) -> Fields:
    return {**target.discriminator, target.id_field: {"$in": list(odoo_ids)}}


def _created_by_us(target: Target, odoo_ids: Sequence[int]) -> Fields:
    """Build the condition of documents that this program created; none where no other program's are among them."""
    return {} if target.discriminator else {"_id": {"$in": list(map(target.make_key, odoo_ids))}}


def _expired(target: Target, before: datetime) -> Fields:
    return {
        **target.discriminator,
        target.id_field: {"$gt": 0},
        target.active_field: {"$ne": True},
        "inactive_reason": {"$in": sorted(MISSING_ROW_REASONS)},
        target.deactivated_at_field: {"$lt": before},
    }


def _key(model: str, odoo_id: int) -> str:
    return f"{model}:{odoo_id}"


def _to_record(stored: Mapping[str, Any]) -> ErasedRecord:
    pending, erased_at = as_mapping(stored.get("pending")), as_time(stored.get("erased_at")) or EPOCH
    event_id, user, details = (pending.get(name) for name in ("id", "user_id", "details"))
    event = AuditEvent(
        as_text(event_id) or "",
        ERASE_RECORD,
        as_text(user) or "",
        erased_at,
        as_mapping(details),
        outcome=Outcome.SUCCESS,
    )
    return ErasedRecord(
        as_text(stored.get("model")) or "", as_int(stored.get("odoo_id")), erased_at, event if event.id else None
    )
