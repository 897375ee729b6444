"""Fields that a document copies from another collection, looked up once per value and entity."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from odoo_sync_tui.core.entity import Document, Reference
from odoo_sync_tui.store.documents import Documents

Copies = Mapping[str, object]


class References:
    """Fill the copied fields of documents; a field without a source document is null.

    Attributes:
        missing_references: referenced Odoo ids that are not in the store, by collection.
    """

    def __init__(self, documents: Documents, references: Sequence[Reference]) -> None:
        self._documents = documents
        self.missing: dict[str, set[int]] = {}
        self._copies: list[tuple[Reference, dict[object, Copies]]] = [(reference, {}) for reference in references]

    def fill(self, documents: Sequence[Document]) -> None:
        """Set the copied fields of every reference in each document."""
        for reference, copies in self._copies:
            self._look_up(reference, copies, documents)
            for document in documents:
                fields = copies.get(document.owned[reference.source], {})
                document.owned.update({field: fields.get(field) for field in reference.copies})

    def _look_up(self, reference: Reference, copies: dict[object, Copies], documents: Sequence[Document]) -> None:
        ids = {document.owned[reference.source] for document in documents}
        missing = {odoo_id for odoo_id in ids if isinstance(odoo_id, int) and odoo_id not in copies}
        if missing:
            found = self._documents.resolve(reference, missing)
            copies.update({odoo_id: found.get(odoo_id, {}) for odoo_id in missing})
            self.missing.setdefault(reference.collection, set()).update(missing - found.keys())
