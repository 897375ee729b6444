"""Documents of every entity: reading stored ones, writing changed ones, retiring those without a row.

Nothing here knows an entity by name; a :class:`Target` names the collection and fields. Every write carries the fence
of its run, so that a run that lost its lease while it was stopped can no longer change anything.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, NamedTuple, TypeVar

from pymongo import UpdateMany, UpdateOne

from odoo_sync_tui.core.entity import MISSING_ROW_REASONS, Block, Entity, InactiveReason, Reference, Target
from odoo_sync_tui.core.reports.overview import DocumentCounts
from odoo_sync_tui.core.text.coerce import as_enum, as_int_or_none, as_text
from odoo_sync_tui.store.documents.bulk_write import PageWriter
from odoo_sync_tui.store.documents.changes import INCOMPLETE, Change, WriteReport, retired_state
from odoo_sync_tui.store.documents.outbox import Outbox
from odoo_sync_tui.store.documents.snapshot import (
    MAX_GROUPED_DOCUMENTS,
    BlockSnapshot,
    SnapshotBuilder,
    group_stage,
    in_block,
)
from odoo_sync_tui.store.documents.unique_conflicts import value_at
from odoo_sync_tui.store.driver.fences import not_newer_than
from odoo_sync_tui.store.driver.repository import Fields, Repository, translate_driver_errors
from odoo_sync_tui.store.driver.values import content_hash, utc_now
from odoo_sync_tui.store.indexes import ASCENDING, CASE_INSENSITIVE

CHUNK_SIZE = 1000
"""Ids in one ``$in``: speed is flat between 1,000 and 5,000, and no statement grows with the lake."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class DocumentState:
    """State of a stored document, without its content.

    ``key`` is its ``_id``; ``reason`` is the reason of our retirement, ``None`` for a document that another program
    switched off. An active document has a reason only where another program switched it on.
    ``incomplete`` marks a document with a missing part: a name could not be read, or a related document was not stored
    yet (a reference's source is set while none of its copies is).
    ``has_nulls``: a field that is left out where it is empty (``Target.sparse_fields``) is stored as null.
    """

    key: object
    hash: str | None
    active: bool
    reason: InactiveReason | None
    incomplete: bool = False
    has_nulls: bool = False


class Holder(NamedTuple):
    """A stored document that holds a certain value.

    ``odoo_id`` is ``None`` for one of another program, ``identity`` holds the values of ``Target.identity_fields``.
    """

    key: object
    odoo_id: object
    active: bool
    name: str
    identity: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class StoredPage:
    """Stored documents of a page, by Odoo id.

    Attributes:
        states: their state.
        content_hashes: hashes of what they hold now. The ``hash`` of a document stands for what we wrote; another
            program may have changed the document since, and only reading it shows that.
        contents: what they hold now, of all fields that a change may set or remove.
    """

    states: Mapping[int, DocumentState] = field(default_factory=dict[int, DocumentState])
    content_hashes: Mapping[int, str] = field(default_factory=dict[int, str])
    contents: Mapping[int, Fields] = field(default_factory=dict[int, Fields])


class Documents(Repository):
    """Documents of all entities."""

    @translate_driver_errors("reading the stored documents")
    def snapshot(self, entity: Entity, block: Block, row_ids: Collection[int]) -> BlockSnapshot:
        """Summarize the stored documents of a block; ``row_ids`` are the ids that the census holds of the block.

        The server groups the documents and sends none of them. A block of few rows may hold many documents whose rows
        are gone: they are grouped in parts, because the server's answer is one document of at most 16 MB.
        """
        target = entity.target
        builder, after = SnapshotBuilder(row_ids), block.after
        while after is not None:
            stages = [
                {"$match": in_block(target, Block(after, block.through))},
                {"$sort": {target.id_field: ASCENDING}},
                {"$limit": MAX_GROUPED_DOCUMENTS},
                {"$group": group_stage(entity)},
            ]
            group = next(iter(self._database[target.collection].aggregate(stages)), None)
            after = builder.add(group, MAX_GROUPED_DOCUMENTS) if group else None
        return builder.build(self.find_outdated(entity, block))

    @translate_driver_errors("reading the stored documents")
    def find_outdated(self, entity: Entity, block: Block) -> set[int]:
        """Find documents with outdated copies: a related document was added, changed or removed since."""
        target, collection = entity.target, self._database[entity.target.collection]
        matching = in_block(target, block)
        outdated: set[int] = set()
        for reference in entity.references:
            sources = collection.distinct(reference.source_field, matching)
            related_ids = [each for each in sources if isinstance(each, int)]
            current, none = self.resolve(reference, related_ids), dict.fromkeys(reference.copied_fields)
            for document in collection.find(
                matching, [target.id_field, reference.source_field, *reference.copied_fields]
            ):
                source: Any = document.get(reference.source_field)
                copies = {field: document.get(field) for field in reference.copied_fields}
                known = current.get(source, none) if isinstance(source, int) else none
                if copies != known and (odoo_id := as_int_or_none(value_at(document, target.id_field))) is not None:
                    outdated.add(odoo_id)
        return outdated

    @translate_driver_errors("reading the stored documents")
    def find_page(self, entity: Entity, ids: Collection[int], fields: Collection[str]) -> StoredPage:
        """Read the state and the content of the documents with these Odoo ids; see :meth:`find_in_block`.

        Args:
            entity: the entity of the documents.
            ids: their Odoo ids.
            fields: top-level fields that Odoo owns (the keys of ``Document.owned``): the content to hash.
        """
        target = entity.target
        states, hashes, contents = dict[int, DocumentState](), dict[int, str](), dict[int, Fields]()
        for chunk in chunks(ids):
            query = {**target.discriminator, target.id_field: {"$in": chunk}}
            for odoo_id, document in self._find(entity, query, fields):
                states[odoo_id], contents[odoo_id] = _state_of(document, entity), document
                hashes[odoo_id] = content_hash({name: document.get(name) for name in fields})
        return StoredPage(states, hashes, contents)

    @translate_driver_errors("reading the stored documents")
    def find_in_block(self, entity: Entity, block: Block) -> dict[int, DocumentState]:
        """Read the state of the documents of a block, by Odoo id: one range scan, without the content.

        Of two documents with the same Odoo id, the one that we created (by its ``_id``) is returned.
        """
        found = self._find(entity, in_block(entity.target, block))
        return {odoo_id: _state_of(document, entity) for odoo_id, document in found}

    def _find(
        self, entity: Entity, query: Mapping[str, object], content: Collection[str] = ()
    ) -> Iterator[tuple[int, Fields]]:
        """Yield documents with the fields of their state and content; of two with the same Odoo id, ours is last."""
        target = entity.target
        copied = [name for each in entity.references for name in (each.source_field, *each.copied_fields)]
        state = target.active_field, target.deactivated_at_field, "inactive_reason"
        fields = ["hash", INCOMPLETE, target.id_field, *state, *copied]
        # MongoDB refuses to return both a field and a part of it.
        projection = [*content, *(name for name in fields if name.partition(".")[0] not in content)]
        seen: set[int] = set()
        for document in self._database[target.collection].find(query, projection):
            odoo_id = as_int_or_none(value_at(document, target.id_field))
            if odoo_id is None:  # another program's: a list that holds one of the ids, say
                continue
            if odoo_id not in seen or document["_id"] == target.make_key(odoo_id):
                seen.add(odoo_id)
                yield odoo_id, document

    @translate_driver_errors("looking for documents to link")
    def find_unlinked_values(self, target: Target, values: Iterable[str]) -> set[str]:
        """Select the values of ``match_field`` that a document without an Odoo id holds; see :meth:`find_holders`."""
        return {value for value, _ in self._find_by_value(target, values, {target.id_field: None}, ())}

    @translate_driver_errors("looking for documents to link")
    def find_holders(self, target: Target, values: Iterable[str]) -> dict[str, list[Holder]]:
        """Find the documents with each value of ``match_field``, in the order of their ``_id``.

        Values are compared trimmed and without regard to case, and must be given so.
        """
        fields = (target.id_field, target.active_field, target.name_field, *target.identity_fields)
        holders: dict[str, list[Holder]] = {}
        for value, document in self._find_by_value(target, values, {}, fields):
            holders.setdefault(value, []).append(_holder(target, document))
        return {value: sorted(found, key=lambda each: str(each.key)) for value, found in holders.items()}

    def _find_by_value(
        self, target: Target, values: Iterable[str], condition: Mapping[str, object], fields: Sequence[str]
    ) -> Iterator[tuple[str, Fields]]:
        match_field = target.match_field
        given = {value for value in values if value}
        if match_field is None:
            return
        for chunk in chunks(sorted(given)):
            query = {**target.discriminator, match_field: {"$in": chunk}, **condition}
            found = self._database[target.collection].find(query, [match_field, *fields]).collation(CASE_INSENSITIVE)
            for document in found:
                value = str(value_at(document, match_field)).strip().lower()
                if value in given:
                    yield value, document

    @translate_driver_errors("looking up related documents")
    def resolve(self, reference: Reference, ids: Collection[int]) -> dict[int, Mapping[str, object]]:
        """Map Odoo ids of related documents to our fields with the values to copy. Unknown ids are left out."""
        copies: dict[int, Mapping[str, object]] = {}
        fields = [reference.id_field, *reference.copied_fields.values()]
        for chunk in chunks(sorted(set(ids))):
            query = {reference.id_field: {"$in": chunk}}
            for document in self._database[reference.collection].find(query, fields):
                if (related := as_int_or_none(value_at(document, reference.id_field))) is not None:
                    values = reference.copied_fields.items()
                    copies[related] = {ours: value_at(document, theirs) for ours, theirs in values}
        return copies

    @translate_driver_errors("writing documents")
    def write(self, target: Target, changes: Sequence[Change], fence: int, outbox: Outbox | None = None) -> WriteReport:
        """Write a page of changes in one unordered bulk; nothing at all when there is none.

        A document that MongoDB cannot hold, or that a rule of the database refuses, is rejected with the reason and
        the rest is written. With an ``outbox``, each document carries an entry of the change log.

        Raises:
            StoreUnavailable, StoreError: MongoDB went away or refused; part of the page may be written, and writing
                the page again is safe.
        """
        return PageWriter(self._database[target.collection], target, fence, self.errors, outbox).write(changes)

    @translate_driver_errors("writing documents")
    def update_hashes(self, target: Target, hashes: Mapping[object, str], fence: int) -> None:
        """Set row fingerprints, by ``_id``, of documents with the right content already. Nothing else is touched."""
        operations = [
            UpdateOne({"_id": key, **not_newer_than(fence)}, {"$set": {"hash": value}}) for key, value in hashes.items()
        ]
        if operations:
            self._database[target.collection].bulk_write(operations, ordered=False)

    @translate_driver_errors("writing documents")
    def unset_nulls(self, target: Target, keys: Iterable[object], fence: int, outbox: Outbox | None = None) -> None:
        """Remove the fields of ``Target.sparse_fields`` that are null from the documents with these ``_id``."""
        moment = utc_now()
        operations = [
            UpdateMany(
                {"_id": {"$in": chunk}, name: {"$type": "null"}, **not_newer_than(fence)},
                outbox.make_update(outbox.make_token(), moment, {target.updated_at_field: moment}, [name])
                if outbox
                else {"$unset": {name: ""}},
            )
            for chunk in chunks(keys)
            for name in sorted(target.sparse_fields)
        ]
        if operations:
            self._database[target.collection].bulk_write(operations, ordered=False)

    @translate_driver_errors("writing documents")
    def clear_hashes(self, target: Target, odoo_ids: Iterable[int], fence: int) -> None:
        """Remove the row fingerprints of these documents, so that the rows are read again, however old."""
        for chunk in chunks(odoo_ids):
            query = {**target.discriminator, target.id_field: {"$in": chunk}, **not_newer_than(fence)}
            self._database[target.collection].update_many(query, {"$unset": {"hash": ""}})

    @translate_driver_errors("retiring documents")
    def retire(
        self,
        target: Target,
        odoo_ids: Iterable[int],
        reason: InactiveReason,
        fence: int,
        outbox: Outbox | None = None,
    ) -> int:
        """Deactivate the active ones among these documents, in bounded chunks; return their number."""
        moment = utc_now()
        fields: Fields = {**retired_state(target, reason, moment), target.updated_at_field: moment, "fence": fence}
        retired = 0
        for chunk in chunks(odoo_ids):
            query = {
                **target.discriminator,
                target.id_field: {"$in": chunk},
                target.active_field: True,
                **not_newer_than(fence),
            }
            update = outbox.make_update(outbox.make_token(), moment, fields) if outbox else {"$set": fields}
            retired += self._database[target.collection].update_many(query, update).modified_count
        return retired

    @translate_driver_errors("counting documents")
    def count_active(self, target: Target) -> int:
        """Count the active documents with an Odoo id."""
        return self._count_states(target)[0]

    @translate_driver_errors("counting documents")
    def counts(self, targets: Iterable[Target]) -> list[DocumentCounts]:
        """Count the documents with an Odoo id of each target. Reads indexes only."""
        return [DocumentCounts(*self._count_states(target), self._count_without_row(target)) for target in targets]

    def _count_without_row(self, target: Target) -> int:
        without_row = {"inactive_reason": {"$in": sorted(MISSING_ROW_REASONS)}}
        return self._database[target.collection].count_documents({**target.discriminator, **without_row})

    def _count_states(self, target: Target) -> tuple[int, int]:
        pipeline: list[Mapping[str, Any]] = [
            {"$match": {**target.discriminator, target.id_field: {"$gt": 0}}},
            {"$group": {"_id": f"${target.active_field}", "number": {"$sum": 1}}},
        ]
        groups = list(self._database[target.collection].aggregate(pipeline))
        active = sum(int(group["number"]) for group in groups if group["_id"] is True)
        return active, sum(int(group["number"]) for group in groups) - active


def chunks(items: Iterable[T], size: int = CHUNK_SIZE) -> Iterator[list[T]]:
    """Yield the items in lists of at most ``size``."""
    iterator = iter(items)
    while chunk := list(islice(iterator, size)):
        yield chunk


def _holder(target: Target, document: Fields) -> Holder:
    name = value_at(document, target.name_field)
    return Holder(
        key=document["_id"],
        odoo_id=value_at(document, target.id_field),
        active=document.get(target.active_field) is True,
        name="" if name is None else str(name),
        identity={field: document.get(field) for field in target.identity_fields},
    )


def _state_of(document: Fields, entity: Entity) -> DocumentState:
    active = document.get(entity.target.active_field) is True
    return DocumentState(
        key=document["_id"],
        hash=as_text(document.get("hash")),
        active=active,
        reason=as_enum(InactiveReason, document.get("inactive_reason")),
        incomplete=document.get(INCOMPLETE) is True
        or any(_lacks_copies(document, reference) for reference in entity.references),
        has_nulls=any(document.get(name, "") is None for name in entity.target.sparse_fields),
    )


def _lacks_copies(document: Fields, reference: Reference) -> bool:
    has_source = document.get(reference.source_field) is not None
    return has_source and all(document.get(name) is None for name in reference.copied_fields)
