"""Compare mapped documents with stored ones, and sort them into changes. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from odoo_sync_tui.core.entity import MISSING_ROW_REASONS, Document, Target
from odoo_sync_tui.store.documents.changes import Change, ChangeKind
from odoo_sync_tui.store.documents.content_hashes import ContentHashes
from odoo_sync_tui.store.documents.document_store import DocumentState
from odoo_sync_tui.store.driver.values import UnstorableValue, content_hash

ContentMatcher = Callable[[Document, DocumentState], bool]
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
    updated_hashes: Mapping[object, str] = field(default_factory=dict[object, str])


def compare(
    target: Target,
    documents: Sequence[Document],
    hashes: Mapping[int, str],
    stored: Mapping[int, DocumentState],
    links: Mapping[int, object],
    is_same_content: ContentMatcher,
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
        elif kind := _kind(target, document, existing, is_same_content):
            changes.append(Change(kind, document, row_hash, existing.key))
        elif row_hash is not None and row_hash != existing.hash:
            updated_hashes[existing.key] = row_hash
    return Comparison(tuple(changes), len(documents) - len(changes), updated_hashes)


def needs_fetch(existing: DocumentState | None) -> bool:
    """Whether a row must be read although it was not written since the cursor.

    True for rows that the store lacks, for documents that another program wrote or activated, for documents that were
    retired as gone and whose row is in the census again, and for incomplete documents.
    """
    if existing is None or existing.hash is None or existing.incomplete:
        return True
    return existing.reason is not None if existing.active else existing.reason in MISSING_ROW_REASONS


def _new(document: Document, row_hash: str | None, link: object | None) -> Change:
    kind = ChangeKind.CREATED if link is None else ChangeKind.LINKED
    return Change(kind, document, row_hash, link)


def _kind(
    target: Target, document: Document, existing: DocumentState, is_same_content: ContentMatcher
) -> ChangeKind | None:
    if document.active and not existing.active and (existing.reason or not target.locally_managed_state):
        return ChangeKind.REACTIVATED
    if existing.active and not document.active:
        return ChangeKind.DEACTIVATED
    if existing.active and existing.reason:
        return ChangeKind.RESTATED
    return None if is_same_content(document, existing) else ChangeKind.UPDATED


def load_content_matcher(
    contents: ContentHashes, target: Target, documents: Sequence[Document], stored: Mapping[int, DocumentState]
) -> tuple[ContentMatcher, dict[int, DocumentState]]:
    """Read the content hashes of a page; return a content comparison and the documents that are still stored.

    So a document that another program changed does not look unchanged, and one whose row has only another form (over
    another protocol, for example) does not look changed.

    Args:
        contents: reads the stored documents.
        target: the collection of the documents.
        documents: the mapped rows of the page; their ``owned`` keys are the fields to compare.
        stored: the stored documents of the page, by Odoo id. Those that have gone since are left out of the result.

    Raises:
        StoreError: the stored documents cannot be read.
    """
    if not documents or not stored:
        return _never_same, {}
    fields = documents[0].owned.keys()
    hashes = contents.compute(target, fields, [existing.key for existing in stored.values()])

    def is_same_content(document: Document, existing: DocumentState) -> bool:
        try:
            return content_hash(document.owned) == hashes[existing.key]
        except UnstorableValue:
            return False  # the write reports the reason

    return is_same_content, {odoo_id: existing for odoo_id, existing in stored.items() if existing.key in hashes}


def _never_same(_document: Document, _existing: DocumentState) -> bool:
    return False
