"""What the store knows of masks: with which key they were made, which fields have one; and values that lack theirs.

Documents without a row in Odoo are never written again by a sync: a new mask has to be put on what is stored of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, cast

from pymongo import UpdateOne
from pymongo.errors import BulkWriteError

from odoo_sync_tui.core.entity import Target
from odoo_sync_tui.core.text.coerce import as_mapping, as_text, as_texts
from odoo_sync_tui.core.text.masking import FieldMask, Masker
from odoo_sync_tui.store.change_log.head import COLLECTION as CHANGES
from odoo_sync_tui.store.documents.bulk_write import DUPLICATE_KEY, lease_taken_over
from odoo_sync_tui.store.documents.document_store import chunks
from odoo_sync_tui.store.documents.quarantine import COLLECTION as QUARANTINE
from odoo_sync_tui.store.documents.unique_conflicts import value_at
from odoo_sync_tui.store.driver.fences import not_newer_than
from odoo_sync_tui.store.driver.repository import Fields, Repository, translate_driver_errors
from odoo_sync_tui.store.driver.values import utc_now
from odoo_sync_tui.store.runs.integrations import COLLECTION, INTEGRATION_FILTER, ensure_document

UNTOLD_REASON = "It was set aside before fields were masked, or records erased, as they are now; the next run says why."

Masks = Mapping[str, FieldMask]
"""Masks by dotted path of documents."""


class StoredMasks(Repository):
    """Masks in the document of the integration, and in the documents of entities. Written with the fence of the run."""

    @translate_driver_errors("reading the masks")
    def key_fingerprint(self) -> str | None:
        """Read the fingerprint of the key with which the store was masked; ``None``: it never was."""
        return as_text(self._read().get("mask_key"))

    def fields(self, entity_id: str) -> list[tuple[str, str, str]]:
        """Read what is masked of an entity: path, kind, and fingerprint of the key, sorted."""
        return self.fields_by_entity().get(entity_id, [])

    @translate_driver_errors("reading the masks")
    def fields_by_entity(self) -> dict[str, list[tuple[str, str, str]]]:
        """Read what is masked of every entity; see :meth:`fields`."""
        return {entity_id: _parse_fields(each) for entity_id, each in as_mapping(self._read().get("masks")).items()}

    @translate_driver_errors("saving the key of the masks")
    def save_key(self, fingerprint: str, fence: int) -> None:
        """Save with which key the store is masked from now on.

        Raises:
            LeaseLost: a newer run has written since.
        """
        self._save({"mask_key": fingerprint}, fence)

    @translate_driver_errors("saving the masks")
    def save_fields(self, entity_id: str, fields: Sequence[tuple[str, str, str]], fence: int) -> None:
        """Save what is masked of an entity, when no stored value is left without its mask; see :meth:`fields`.

        Raises:
            LeaseLost: a newer run has written since.
        """
        self._save({f"masks.{entity_id}": list(map(list, fields))}, fence)

    @translate_driver_errors("masking what is stored")
    def mask_documents(self, target: Target, masks: Masks, fence: int, check: Callable[[], None]) -> int:
        """Put masks on stored values that lack them; return the number of changed documents.

        Fingerprints of rows that were made without the key are removed. Doing it twice changes nothing.

        Args:
            target: the collection.
            masks: what is masked of its documents.
            fence: the fence of the run.
            check: called before each chunk is written; it raises where no more may be.
        """
        query = {**target.discriminator, target.id_field: {"$ne": None}, "$or": list(_conditions(masks))}
        found, changed = self._database[target.collection].find(query, ["hash", *masks]), 0
        for documents in chunks(found):
            updates = [_make_update(target, document, masks, fence) for document in documents]
            check()
            changed += self._write(target, [each for each in updates if each])
        return changed

    @translate_driver_errors("masking the change log")
    def mask_changes(self, target: Target, entity_id: str, masks: Masks, check: Callable[[], None]) -> None:
        """Put masks on the old and new values of an entity's entries in the change log, as on its documents.

        Entries have to be moved there first. Doing it twice changes nothing. ``check`` is as for the documents.
        """
        collection = self._database[CHANGES]
        names = sorted({name for path in masks for name in _with_parents(path)})
        found = collection.find({"entity": entity_id, "fields.name": {"$in": names}}, ["fields"])
        for entries in chunks(found):
            updates = [
                UpdateOne({"_id": entry["_id"]}, {"$set": {"fields": fields}})
                for entry in entries
                if (fields := _mask_changed_fields(target, entry["fields"], masks)) != entry["fields"]
            ]
            check()
            if updates:
                collection.bulk_write(updates, ordered=False)

    @translate_driver_errors("masking the quarantine")
    def forget_reasons(self, entity_id: str, fence: int) -> None:
        """Remove from the quarantine the rows, and why they are there. The next run that reads them says it."""
        query = {"entity": entity_id, **not_newer_than(fence)}
        self._database[QUARANTINE].update_many(query, {"$set": {"reason": UNTOLD_REASON}, "$unset": {"row": ""}})

    def _write(self, target: Target, operations: Sequence[UpdateOne]) -> int:
        """Write updates. Where a unique index of another program refuses one mask for two documents, one has none."""
        if not operations:
            return 0
        collection = self._database[target.collection]
        try:
            return collection.bulk_write(operations, ordered=False).modified_count
        except BulkWriteError as error:
            errors: list[Mapping[str, Any]] = error.details["writeErrors"]
            if any(each["code"] != DUPLICATE_KEY for each in errors) or error.details.get("writeConcernErrors"):
                raise
            refused = [each["op"] for each in errors]
            emptied = [
                UpdateOne(each["q"], {"$unset": dict.fromkeys({**each["u"].get("$set", {}), "hash": ""}, "")})
                for each in refused
            ]
            return error.details["nModified"] + collection.bulk_write(emptied, ordered=False).modified_count

    def _read(self) -> Mapping[str, Any]:
        return self._database[COLLECTION].find_one(INTEGRATION_FILTER, ["mask_key", "masks"]) or {}

    def _save(self, values: Fields, fence: int) -> None:
        ensure_document(self._database)
        query = {**INTEGRATION_FILTER, **not_newer_than(fence)}
        if not self._database[COLLECTION].update_one(query, {"$set": {**values, "fence": fence}}).matched_count:
            raise lease_taken_over("the integration")


def _parse_fields(stored: object) -> list[tuple[str, str, str]]:
    parts = [as_texts(each) for each in cast("list[object]", stored)] if isinstance(stored, list) else []
    return sorted((each[0], each[1], each[2]) for each in parts if len(each) == 3)


def _conditions(masks: Masks) -> Iterator[Fields]:
    """Yield conditions of which one holds for every document that is not masked."""
    for path, mask in masks.items():
        form = mask.masker.stored_form(mask.kind)
        yield {path: {"$ne": None, "$not": {"$regex": f"^{form}$"}} if form else {"$ne": None}}
    for masker in _maskers(masks):
        yield {"hash": {"$ne": None, "$not": {"$regex": f"^{masker.row_start}"}}}


def _with_parents(path: str) -> list[str]:
    """Return the names under which a value may stand in the change log: its own, and those of what holds it."""
    parts = path.split(".")
    return [".".join(parts[: end + 1]) for end in range(len(parts))]


def _mask_changed_fields(target: Target, fields: Sequence[Fields], masks: Masks) -> list[Fields]:
    """Mask the changed fields of one entry; what is left out of documents where it is empty has no value here."""
    masked: list[Fields] = []
    for each in fields:
        name, values = as_text(each.get("name")) or "", dict(each)
        for side in {"old", "new"} & values.keys():
            values[side] = _mask_value(name, values[side], masks)
            if values[side] is None and each[side] is not None and name in target.sparse_fields:
                del values[side]
        masked.append(values)
    return masked


def _mask_value(path: str, value: object, masks: Masks) -> object:
    """Mask a value, or what is masked within it."""
    if mask := masks.get(path):
        return mask.masker.mask_stored(mask.kind, value)
    if not isinstance(value, dict) or not any(each.startswith(f"{path}.") for each in masks):
        return cast("object", value)
    content = cast("Mapping[str, object]", value)
    return {name: _mask_value(f"{path}.{name}", each, masks) for name, each in content.items()}


def _maskers(masks: Masks) -> list[Masker]:
    return [mask.masker for mask in masks.values()][:1]


def _make_update(target: Target, document: Fields, masks: Masks, fence: int) -> UpdateOne | None:
    """Make the update of one document, if it needs one; what is left out where it is empty is removed."""
    stored = {path: value_at(document, path) for path in masks}
    masked = {path: masks[path].masker.mask_stored(masks[path].kind, value) for path, value in stored.items()}
    changed = {path: value for path, value in masked.items() if value != stored[path]}
    removed = {path: "" for path, value in changed.items() if value is None and path in target.sparse_fields}
    row_hash = document.get("hash")
    if isinstance(row_hash, str) and not any(row_hash.startswith(each.row_start) for each in _maskers(masks)):
        removed["hash"] = ""
    if not changed and not removed:
        return None
    values = {path: value for path, value in changed.items() if path not in removed}
    update: Fields = {"$set": {**values, target.updated_at_field: utc_now()}}
    return UpdateOne(
        {"_id": document["_id"], **not_newer_than(fence)}, update | ({"$unset": removed} if removed else {})
    )
