"""What is left of an entity that is synced no more: its documents, and what runs have recorded about it."""

from __future__ import annotations

from collections.abc import Collection

from odoo_sync_tui.core.entity import Target
from odoo_sync_tui.core.text.coerce import as_mapping
from odoo_sync_tui.store.documents.bulk_write import lease_taken_over
from odoo_sync_tui.store.driver.fences import not_newer_than
from odoo_sync_tui.store.driver.repository import Fields, Repository, translate_driver_errors
from odoo_sync_tui.store.runs import integrations, run_records

FIELDS = ("cursors", "census", "entities", "drift", "masks", "proofs")
"""Fields of the integration's document whose keys are ids of entities."""


class LeftOver(Repository):
    """What is left of entities; every deletion carries the fence of its lease, as the writes of a run do."""

    @translate_driver_errors("reading the integration")
    def known_ids(self) -> frozenset[str]:
        """Return the ids of all entities about which the integration's document holds anything, synced or not."""
        stored = self._database[integrations.COLLECTION].find_one(integrations.INTEGRATION_FILTER, list(FIELDS)) or {}
        return frozenset(entity_id for name in FIELDS for entity_id in as_mapping(stored.get(name)))

    @translate_driver_errors("looking for documents to delete")
    def find_keys(self, target: Target, fence: int, limit: int) -> list[object]:
        """Find the ``_id`` of at most ``limit`` documents with an Odoo id that no newer run has written.

        Raises:
            ValueError: the target has its collection for itself: other programs keep records there.
        """
        found = self._database[target.collection].find(_deletable(target, fence), ["_id"]).limit(limit)
        return [document["_id"] for document in found]

    @translate_driver_errors("deleting documents")
    def delete(self, target: Target, keys: Collection[object], fence: int) -> int:
        """Delete the documents with these ``_id`` that no newer run has written since; return their number."""
        query = {**_deletable(target, fence), "_id": {"$in": list(keys)}}
        return self._database[target.collection].delete_many(query).deleted_count

    @translate_driver_errors("removing checkpoints")
    def forget_checkpoints(self, entity_id: str) -> None:
        """Remove an entity's checkpoints from all runs, so that no later run goes on behind them."""
        path = f"checkpoints.{entity_id}"
        self._database[run_records.COLLECTION].update_many({path: {"$exists": True}}, {"$unset": {path: ""}})

    @translate_driver_errors("removing an entity")
    def forget(self, entity_id: str, fence: int) -> None:
        """Remove cursor, census, statistics and drift of an entity, which nothing is known of then.

        Raises:
            LeaseLost: a newer run has written since.
        """
        integrations.ensure_document(self._database)
        query = {**integrations.INTEGRATION_FILTER, **not_newer_than(fence)}
        update = {"$set": {"fence": fence}, "$unset": {f"{name}.{entity_id}": "" for name in FIELDS}}
        if not self._database[integrations.COLLECTION].update_one(query, update).matched_count:
            raise lease_taken_over("the integration")


def _deletable(target: Target, fence: int) -> Fields:
    if not target.discriminator:
        raise ValueError(f"{target.collection} holds records of other programs: nothing is deleted there")
    return {**target.discriminator, target.id_field: {"$gt": 0}, **not_newer_than(fence)}
