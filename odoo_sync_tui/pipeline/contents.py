"""Stored documents as they really are, not as their ``hash`` remembers them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from odoo_sync_tui.core.entity import Document, Target
from odoo_sync_tui.store.contents import Contents
from odoo_sync_tui.store.documents import Stored


def as_held(
    contents: Contents, target: Target, documents: Sequence[tuple[Document, str]], stored: Mapping[int, Stored]
) -> dict[int, Stored]:
    """What the store has of a page, each document with the hash of what it holds now.

    So a document that another program changed does not look unchanged. One that has gone since ``stored`` was read is
    left out.

    Args:
        contents: reads the documents.
        target: where they are.
        documents: the mapped rows of the page; they say which fields Odoo owns.
        stored: what the store had of the page, by Odoo id.

    Raises:
        StoreError: they cannot be read.
    """
    if not documents:
        return {}
    fields = documents[0][0].owned.keys()
    hashes = contents.hashes(target, fields, [known.key for known in stored.values()])
    return {odoo_id: replace(known, hash=hashes[known.key]) for odoo_id, known in stored.items() if known.key in hashes}
