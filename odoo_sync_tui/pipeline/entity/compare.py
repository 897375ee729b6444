"""Compare mapped documents with stored ones, and sort them into changes. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from odoo_sync_tui.core.entity import MISSING_ROW_REASONS, Document, Target
from odoo_sync_tui.store.documents.changes import Change, ChangeKind
from odoo_sync_tui.store.documents.document_store import DocumentState, StoredPage
from odoo_sync_tui.store.driver.values import UnstorableValue, content_hash


@dataclass(frozen=True, slots=True)
class Comparison:
    """The changes of a page.

    Attributes:
        changes: documents to write.
        unchanged: how many documents need no change.
        updated_hashes: by ``_id``, the row hashes of unchanged documents, where the stored hash differs.
        keys_with_nulls: the ``_id`` of unchanged documents with a null that is to be left out.
    """

    changes: tuple[Change, ...]
    unchanged: int
    updated_hashes: Mapping[object, str] = field(default_factory=dict[object, str])
    keys_with_nulls: Sequence[object] = ()


def compare(
    target: Target,
    documents: Sequence[Document],
    hashes: Mapping[int, str],
    stored: StoredPage,
) -> Comparison:
    """Sort documents into changes.

    Contents are compared, so that a document that another program changed does not look unchanged, and one whose row
    has only another form (over another protocol, for example) does not look changed.

    Args:
        target: the collection of the documents.
        documents: the documents of the page.
        hashes: the hashes of their rows, by Odoo id.
        stored: the stored documents.
    """
    changes: list[Change] = []
    updated_hashes: dict[object, str] = {}
    keys_with_nulls: list[object] = []
    for document in documents:
        existing, row_hash = stored.states.get(document.odoo_id), hashes.get(document.odoo_id)
        if existing is None:
            changes.append(Change(ChangeKind.CREATED, document, row_hash))
        elif kind := _kind(target, document, existing, stored.content_hashes.get(document.odoo_id)):
            before = stored.contents.get(document.odoo_id)
            changes.append(Change(kind, document, row_hash, existing.key, before))
        else:
            if row_hash is not None and row_hash != existing.hash:
                updated_hashes[existing.key] = row_hash
            if existing.has_nulls:
                keys_with_nulls.append(existing.key)
    return Comparison(tuple(changes), len(documents) - len(changes), updated_hashes, keys_with_nulls)


def needs_fetch(existing: DocumentState | None) -> bool:
    """Whether a row must be read although it was not written since the cursor.

    True for rows that the store lacks, for documents that another program wrote or activated, for documents that were
    retired as gone and whose row is in the census again, and for incomplete documents.
    """
    if existing is None or existing.hash is None or existing.incomplete:
        return True
    return existing.reason is not None if existing.active else existing.reason in MISSING_ROW_REASONS


def _kind(target: Target, document: Document, existing: DocumentState, stored_hash: str | None) -> ChangeKind | None:
    if document.active and not existing.active and (existing.reason or not target.locally_managed_state):
        return ChangeKind.REACTIVATED
    if existing.active and not document.active:
        return ChangeKind.DEACTIVATED
    if existing.active and existing.reason:
        return ChangeKind.RESTATED
    return None if _has_content(document, stored_hash) else ChangeKind.UPDATED


def _has_content(document: Document, stored_hash: str | None) -> bool:
    try:
        return content_hash(document.owned) == stored_hash
    except UnstorableValue:
        return False  # the write reports the reason
