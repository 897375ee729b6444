"""Content hashes of stored documents, computed from what they hold now.

The ``hash`` of a document stands for what we wrote. Another program may have changed the document since, and only
reading it shows that.
"""

from __future__ import annotations

from collections.abc import Collection

from odoo_sync_tui.core.entity import Target
from odoo_sync_tui.store.documents.document_store import chunks
from odoo_sync_tui.store.driver.repository import Repository, translate_driver_errors
from odoo_sync_tui.store.driver.values import content_hash


class ContentHashes(Repository):
    """Reader of whole documents, a chunk at a time."""

    @translate_driver_errors("reading the content of documents")
    def compute(self, target: Target, fields: Collection[str], keys: Collection[object]) -> dict[object, str]:
        """Hash these fields as they are stored now, by ``_id``. Documents that are gone are left out.

        Args:
            target: target of the documents.
            fields: top-level fields that Odoo owns (the keys of ``Document.owned``).
            keys: the ``_id`` of each document.
        """
        hashes: dict[object, str] = {}
        for chunk in chunks(keys):
            for document in self._database[target.collection].find({"_id": {"$in": chunk}}, list(fields)):
                hashes[document["_id"]] = content_hash({name: document.get(name) for name in fields})
        return hashes
