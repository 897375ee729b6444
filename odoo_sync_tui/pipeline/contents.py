"""Compare documents by their stored content, not by the ``hash`` of the row that they were made from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from odoo_sync_tui.core.entity import Document, Target
from odoo_sync_tui.pipeline.compare import Same
from odoo_sync_tui.store.contents import Contents
from odoo_sync_tui.store.documents import Stored, UnstorableValue, content_hash


def by_content(
    contents: Contents, target: Target, documents: Sequence[Document], stored: Mapping[int, Stored]
) -> tuple[Same, dict[int, Stored]]:
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
    hashes = contents.hashes(target, fields, [existing.key for existing in stored.values()])

    def is_same_content(document: Document, existing: Stored) -> bool:
        try:
            return content_hash(document.owned) == hashes[existing.key]
        except UnstorableValue:
            return False  # the write reports the reason

    return is_same_content, {odoo_id: existing for odoo_id, existing in stored.items() if existing.key in hashes}


def _never_same(_document: Document, _existing: Stored) -> bool:
    return False
