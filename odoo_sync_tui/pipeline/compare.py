"""Compare mapped documents with stored ones, and sort them into changes. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from odoo_sync_tui.core.entity import GONE, Document, Target
from odoo_sync_tui.store.documents import Change, ChangeKind, Stored

Same = Callable[[Document, Stored], bool]
"""Predicate: whether a mapped document has the content of the stored one."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """The changes of a page.

    Attributes:
        changes: documents to write.
        unchanged: how many documents need no change.
        updated_hashes: by ``_id``, the row hashes of unchanged documents, where the stored hash differs.
    """

    changes: tuple[Change, ...]
    unchanged: int
    renewed: Mapping[object, str] = field(default_factory=dict[object, str])


def compare(
    target: Target,
    documents: Sequence[Document],
    hashes: Mapping[int, str],
    stored: Mapping[int, Stored],
    links: Mapping[int, object],
    same: Same,
) -> Comparison:
    """Sort documents into changes.

    Args:
        target: the collection of the documents.
        documents: the documents of the page.
        hashes: the hashes of their rows, by Odoo id.
        stored: the stored documents, by Odoo id.
        links: ``_id`` of the local document that a document not stored yet takes over, by Odoo id.
        is_same_content: compares the content of a document with that of the stored one.
    """
    changes: list[Change] = []
    updated_hashes: dict[object, str] = {}
    for document in documents:
        existing, row_hash = stored.get(document.odoo_id), hashes.get(document.odoo_id)
        if existing is None:
            changes.append(_new(document, row_hash, links.get(document.odoo_id)))
        elif kind := _kind(target, document, existing, same):
            changes.append(Change(kind, document, row_hash, existing.key))
        elif row_hash is not None and row_hash != existing.hash:
            updated_hashes[existing.key] = row_hash
    return Comparison(tuple(changes), len(documents) - len(changes), updated_hashes)


def needs_fetch(known: Stored | None) -> bool:
    """Whether a row must be read although it was not written since the cursor.

    True for rows that the store lacks, for documents that another program wrote or activated, for documents that were
    retired as gone and whose row is in the census again, and for incomplete documents.
    """
    if known is None or known.hash is None or known.incomplete:
        return True
    return known.reason is not None if known.active else known.reason in GONE


def _new(document: Document, row_hash: str | None, link: object | None) -> Change:
    kind = ChangeKind.CREATED if link is None else ChangeKind.LINKED
    return Change(kind, document, row_hash, link)


def _kind(target: Target, document: Document, existing: Stored, is_same_content: Same) -> ChangeKind | None:
    if document.active and not existing.active and (existing.reason or not target.locally_switchable):
        return ChangeKind.REACTIVATED
    if existing.active and not document.active:
        return ChangeKind.DEACTIVATED
    if existing.active and existing.reason:
        return ChangeKind.RESTATED
    return None if is_same_content(document, existing) else ChangeKind.UPDATED
