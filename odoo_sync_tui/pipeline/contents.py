"""Stored documents as they really are, not as their ``hash`` remembers their rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from odoo_sync_tui.core.entity import Document, Target
from odoo_sync_tui.pipeline.compare import Same
from odoo_sync_tui.store.contents import Contents
from odoo_sync_tui.store.documents import Stored, UnstorableValue, content_hash


def by_content(
    contents: Contents, target: Target, documents: Sequence[Document], stored: Mapping[int, Stored]
) -> tuple[Same, dict[int, Stored]]:
    """Compare what is stored itself; and what is still stored of the page.

    So a document that another program changed does not look unchanged, and one whose row only says the same thing
    otherwise (over another protocol, say) does not look changed.

    Args:
        contents: reads the stored documents.
        target: where they are.
        documents: the mapped rows of the page; they say which fields Odoo owns.
        stored: what the store had of the page, by Odoo id. What has gone since is left out of the answer.

    Raises:
        StoreError: they cannot be read.
    """
    if not documents or not stored:
        return _never_same, {}
    fields = documents[0].owned.keys()
    held = contents.hashes(target, fields, [known.key for known in stored.values()])

    def same(document: Document, known: Stored) -> bool:
        try:
            return content_hash(document.owned) == held[known.key]
        except UnstorableValue:
            return False  # the writing tells why

    return same, {odoo_id: known for odoo_id, known in stored.items() if known.key in held}


def _never_same(_document: Document, _known: Stored) -> bool:
    return False
