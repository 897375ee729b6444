"""Quarantine of rows that could not be read or stored: kept with the reason, tried again by every run, never dropped.

Entries are written with the fence of the run, as documents are.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from pymongo import ASCENDING, UpdateOne
from pymongo.errors import BulkWriteError

from odoo_sync_tui.core.entity import Block, RejectedRow
from odoo_sync_tui.core.reports.details import QuarantinedRow
from odoo_sync_tui.core.text.coerce import LATEST, as_int, as_text
from odoo_sync_tui.store.documents.bulk_write import DUPLICATE_KEY, lease_taken_over
from odoo_sync_tui.store.documents.document_store import chunks
from odoo_sync_tui.store.driver.fences import not_newer_than
from odoo_sync_tui.store.driver.messages import to_message
from odoo_sync_tui.store.driver.repository import Repository, translate_driver_errors
from odoo_sync_tui.store.driver.values import EPOCH, as_time, utc_now

COLLECTION = "sync_quarantine"
MAX_REASON_LENGTH = 1000


class Quarantine(Repository):
    """Quarantined rows of all entities."""

    @translate_driver_errors("writing the quarantine")
    def put(self, entity_id: str, run_id: str, rejected: Sequence[RejectedRow], fence: int) -> None:
        """Put rows into quarantine. A quarantined row gets the new reason and one more attempt.

        Raises:
            LeaseLost: a newer run has put one of them into quarantine since.
        """
        moment = utc_now()
        operations = [
            UpdateOne(
                {"_id": _key(entity_id, row.odoo_id), **not_newer_than(fence)},
                {
                    "$set": {
                        "entity": entity_id,
                        "odoo_id": row.odoo_id,
                        "reason": to_message(row.reason, MAX_REASON_LENGTH),
                        "run_id": run_id,
                        "last_seen": moment,
                        "fence": fence,
                    },
                    "$setOnInsert": {"first_seen": moment},
                    "$inc": {"attempts": 1},
                },
                upsert=True,
            )
            for row in rejected
        ]
        if not operations:
            return
        try:
            self._database[COLLECTION].bulk_write(operations, ordered=False)
        except BulkWriteError as error:
            if {each["code"] for each in error.details["writeErrors"]} != {DUPLICATE_KEY}:
                raise
            # The fence condition kept the entry from matching, so the server tried to insert a second one.
            raise lease_taken_over("the quarantine") from None

    @translate_driver_errors("clearing the quarantine")
    def clear(self, entity_id: str, odoo_ids: Collection[int], fence: int) -> None:
        """Remove rows that are in step again, or gone. Rows that a newer run has quarantined since stay."""
        for chunk in chunks(odoo_ids):
            keys = [_key(entity_id, odoo_id) for odoo_id in chunk]
            self._database[COLLECTION].delete_many({"_id": {"$in": keys}, **not_newer_than(fence)})

    @translate_driver_errors("reading the quarantine")
    def ids(self, entity_id: str, block: Block) -> set[int]:
        """Return the quarantined Odoo ids of a block."""
        bounds = {"$gt": block.after} if block.through is None else {"$gt": block.after, "$lte": block.through}
        found = self._database[COLLECTION].find({"entity": entity_id, "odoo_id": bounds}, {"_id": 0, "odoo_id": 1})
        return {as_int(row["odoo_id"]) for row in found}

    @translate_driver_errors("reading the quarantine")
    def rows(self, entity_id: str, limit: int, after: int = 0) -> tuple[QuarantinedRow, ...]:
        """Return at most ``limit`` rows with an Odoo id greater than ``after``, in the order of their ids."""
        query = {"entity": entity_id, "odoo_id": {"$gt": after}}
        found = self._database[COLLECTION].find(query).sort("odoo_id", ASCENDING).limit(limit)
        return tuple(_row(row) for row in found)

    @translate_driver_errors("reading the quarantine")
    def rows_of_run(self, run_id: str, limit: int) -> tuple[QuarantinedRow, ...]:
        """Return at most ``limit`` rows that this run quarantined and that no later run has tried since."""
        order = [("entity", ASCENDING), ("odoo_id", ASCENDING)]
        return tuple(_row(row) for row in self._database[COLLECTION].find({"run_id": run_id}).sort(order).limit(limit))

    @translate_driver_errors("counting the quarantine")
    def counts(self, since: datetime = LATEST) -> dict[str, tuple[int, int]]:
        """Count the quarantined rows of each entity that has any, and those of them that came ``since``."""
        is_new = {"$cond": [{"$gte": ["$first_seen", since]}, 1, 0]}
        sums = {"_id": "$entity", "number": {"$sum": 1}, "new": {"$sum": is_new}}
        groups = self._database[COLLECTION].aggregate([{"$group": sums}])
        found = {as_text(group["_id"]): (int(group["number"]), int(group["new"])) for group in groups}
        return {entity_id: counts for entity_id, counts in found.items() if entity_id}


def _key(entity_id: str, odoo_id: int) -> str:
    return f"{entity_id}:{odoo_id}"


def _row(row: Mapping[str, Any]) -> QuarantinedRow:
    return QuarantinedRow(
        odoo_id=as_int(row.get("odoo_id")),
        reason=as_text(row.get("reason")) or "",
        run_id=as_text(row.get("run_id")) or "",
        first_seen=as_time(row.get("first_seen")) or EPOCH,
        last_seen=as_time(row.get("last_seen")) or EPOCH,
        attempts=as_int(row.get("attempts")),
        entity=as_text(row.get("entity")) or "",
    )
