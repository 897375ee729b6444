"""Quarantine of rows that could not be read or stored: kept with the reason, tried again by every run, never dropped.

A row that an operator dismissed is tried again once it has changed, and by full runs. Entries are written with a fence,
as documents are.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple

from pymongo import ASCENDING, UpdateOne
from pymongo.errors import BulkWriteError

from odoo_sync_tui.core.entity import Block, BrokenRule, RejectedRow
from odoo_sync_tui.core.reports.details import Dismissal, QuarantinedRow
from odoo_sync_tui.core.text.coerce import LATEST, as_enum, as_int, as_mapping, as_text
from odoo_sync_tui.store.documents.bulk_write import DUPLICATE_KEY, lease_taken_over
from odoo_sync_tui.store.documents.document_store import chunks
from odoo_sync_tui.store.driver.fences import not_newer_than
from odoo_sync_tui.store.driver.messages import to_message, to_storable
from odoo_sync_tui.store.driver.repository import Fields, Repository, translate_driver_errors
from odoo_sync_tui.store.driver.values import EPOCH, as_time, utc_now

COLLECTION = "sync_quarantine"
MAX_REASON_LENGTH = 1000
MAX_ROW_LENGTH = 10_000
"""Characters of all values of a row."""


class SeenRow(NamedTuple):
    """A row as it was set aside: its fingerprint, if it has one, and the time on Odoo's clock before it was read."""

    fingerprint: str
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class QuarantinedIds:
    """Odoo ids of rows in quarantine: those that every run tries again, and those that were dismissed."""

    waiting: frozenset[int]
    dismissed: Mapping[int, SeenRow]

    @property
    def all(self) -> frozenset[int]:
        """All of them."""
        return self.waiting.union(self.dismissed)


class Quarantine(Repository):
    """Quarantined rows of all entities."""

    @translate_driver_errors("writing the quarantine")
    def put(
        self, entity_id: str, run_id: str, rejected: Sequence[RejectedRow], fence: int, seen_at: datetime | None = None
    ) -> None:
        """Put rows into quarantine. One that is there gets the new reason and one more attempt, or comes back.

        Args:
            entity_id: the entity of the rows.
            run_id: the run that could not read or store them.
            rejected: the rows, without values that are masked.
            fence: the fence of the run.
            seen_at: a time on Odoo's clock before they were read; ``None``: now.

        Raises:
            LeaseLost: a newer run has put one of them into quarantine since.
        """
        moment = utc_now()
        found = {"run_id": run_id, "last_seen": moment, "seen_at": seen_at or moment, "fence": fence}
        for chunk in chunks(rejected):
            operations = [
                UpdateOne(
                    {"_id": _key(entity_id, row.odoo_id), **not_newer_than(fence)},
                    {
                        "$set": {"entity": entity_id, **_entry(row), **found},
                        "$setOnInsert": {"first_seen": moment},
                        "$unset": {"dismissed": ""},
                        "$inc": {"attempts": 1},
                    },
                    upsert=True,
                )
                for row in chunk
            ]
            self._write(operations)

    def _write(self, operations: Sequence[UpdateOne]) -> None:
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

    @translate_driver_errors("dismissing rows from the quarantine")
    def dismiss(self, rows: Collection[QuarantinedRow], dismissal: Dismissal, fence: int) -> None:
        """Dismiss rows; every run tries the others again.

        Raises:
            LeaseLost: a newer run has written one of them since.
        """
        reason = to_message(dismissal.reason)
        dismissed = {"by": to_message(dismissal.by), "at": dismissal.at, "reason": reason}
        self._update(rows, {"$set": {"dismissed": dismissed, "fence": fence}}, fence)

    @translate_driver_errors("taking rows back into the quarantine")
    def reopen(self, rows: Collection[QuarantinedRow], fence: int) -> None:
        """Take dismissed rows back; raises as :meth:`dismiss`."""
        self._update(rows, {"$unset": {"dismissed": ""}, "$set": {"fence": fence}}, fence)

    def _update(self, rows: Collection[QuarantinedRow], update: Fields, fence: int) -> None:
        for chunk in chunks(rows):
            keys = [_key(row.entity, row.odoo_id) for row in chunk]
            query = {"_id": {"$in": keys}, **not_newer_than(fence)}
            if self._database[COLLECTION].update_many(query, update).matched_count < len(keys):
                raise lease_taken_over("the quarantine")

    @translate_driver_errors("reading the quarantine")
    def ids(self, entity_id: str, block: Block) -> QuarantinedIds:
        """Return the quarantined Odoo ids of a block."""
        bounds = {"$gt": block.after} if block.through is None else {"$gt": block.after, "$lte": block.through}
        fields = ["odoo_id", "fingerprint", "seen_at", "dismissed"]
        found = list(self._database[COLLECTION].find({"entity": entity_id, "odoo_id": bounds}, fields))
        dismissed = [row for row in found if row.get("dismissed") is not None]
        return QuarantinedIds(
            frozenset(as_int(row["odoo_id"]) for row in found if row.get("dismissed") is None),
            {
                as_int(row["odoo_id"]): SeenRow(
                    as_text(row.get("fingerprint")) or "", as_time(row.get("seen_at")) or EPOCH
                )
                for row in dismissed
            },
        )

    @translate_driver_errors("reading the quarantine")
    def rows(
        self,
        entity_id: str,
        limit: int,
        after: int = 0,
        *,
        ids: Sequence[int] = (),
        rule: BrokenRule | None = None,
        dismissed: bool | None = False,
        with_values: bool = True,
    ) -> tuple[QuarantinedRow, ...]:
        """Return at most ``limit`` rows of an entity, in the order of their ids.

        Args:
            entity_id: the entity.
            limit: how many rows at most.
            after: only rows with a higher Odoo id.
            ids: only rows with these Odoo ids; empty: all.
            rule: only rows that break this rule.
            dismissed: only those that are dismissed, or are not; ``None``: both.
            with_values: read their values too.
        """
        query: Fields = {"entity": entity_id, "odoo_id": {"$gt": after, **({"$in": list(ids)} if ids else {})}}
        if rule:
            query["rule"] = str(rule)
        if dismissed is not None:
            query["dismissed"] = {"$ne": None} if dismissed else None
        fields = None if with_values else {"row": 0}
        found = self._database[COLLECTION].find(query, fields).sort("odoo_id", ASCENDING).limit(limit)
        return tuple(_row(row) for row in found)

    @translate_driver_errors("reading the quarantine")
    def rows_of_run(self, run_id: str, limit: int) -> tuple[QuarantinedRow, ...]:
        """Return at most ``limit`` rows that this run quarantined and that no later run has tried since."""
        order = [("entity", ASCENDING), ("odoo_id", ASCENDING)]
        return tuple(_row(row) for row in self._database[COLLECTION].find({"run_id": run_id}).sort(order).limit(limit))

    @translate_driver_errors("counting the quarantine")
    def counts(self, since: datetime = LATEST) -> dict[str, tuple[int, int]]:
        """Count the rows of each entity that wait, if any do, and those of them that came ``since``."""
        is_new = {"$cond": [{"$gte": ["$first_seen", since]}, 1, 0]}
        sums = {"_id": "$entity", "number": {"$sum": 1}, "new": {"$sum": is_new}}
        groups = self._database[COLLECTION].aggregate([{"$match": {"dismissed": None}}, {"$group": sums}])
        found = {as_text(group["_id"]): (int(group["number"]), int(group["new"])) for group in groups}
        return {entity_id: counts for entity_id, counts in found.items() if entity_id}

    @translate_driver_errors("counting the quarantine")
    def dismissed_ids(self) -> dict[str, list[int]]:
        """List the Odoo ids of the dismissed rows of each entity; entities without any are left out."""
        found: dict[str, list[int]] = {}
        for row in self._database[COLLECTION].find({"dismissed": {"$ne": None}}, ["entity", "odoo_id"]):
            found.setdefault(as_text(row.get("entity")) or "", []).append(as_int(row.get("odoo_id")))
        return found


def _key(entity_id: str, odoo_id: int) -> str:
    return f"{entity_id}:{odoo_id}"


def _entry(row: RejectedRow) -> Fields:
    return {
        "odoo_id": row.odoo_id,
        "reason": to_message(row.reason, MAX_REASON_LENGTH),
        "rule": str(row.rule),
        "row": None if row.row is None else to_storable(row.row, MAX_ROW_LENGTH),
        "fingerprint": row.fingerprint,
    }


def _row(row: Mapping[str, Any]) -> QuarantinedRow:
    values, dismissed = row.get("row"), as_mapping(row.get("dismissed"))
    found = QuarantinedRow(
        odoo_id=as_int(row.get("odoo_id")),
        reason=as_text(row.get("reason")) or "",
        run_id=as_text(row.get("run_id")) or "",
        first_seen=as_time(row.get("first_seen")) or EPOCH,
        last_seen=as_time(row.get("last_seen")) or EPOCH,
        attempts=as_int(row.get("attempts")),
        entity=as_text(row.get("entity")) or "",
        rule=as_enum(BrokenRule, row.get("rule")),
        row=None if values is None else as_mapping(values),
    )
    if not dismissed:
        return found
    by, reason = (as_text(dismissed.get(name)) or "" for name in ("by", "reason"))
    return replace(found, dismissal=Dismissal(by, as_time(dismissed.get("at")) or EPOCH, reason))
