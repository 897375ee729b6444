"""Content hashes of stored documents, computed from what they hold now.

The ``hash`` of a document stands for what we wrote. Another program may have changed the document since, and only
reading it shows that.
"""

from __future__ import annotations

from collections.abc import Collection

from odoo_sync_tui.core.entity import Target
from odoo_sync_tui.store.documents import chunks
from odoo_sync_tui.store.part import Part, translated
from odoo_sync_tui.store.values import content_hash


class Contents(Part):
    """Reader of whole documents, a chunk at a time."""

    @translated("reading the content of documents")
    def hashes(self, target: Target, fields: Collection[str], keys: Collection[object]) -> dict[object, str]:
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
