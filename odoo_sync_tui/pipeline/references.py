"""Fields that a document copies from another collection, asked once per value and entity."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from odoo_sync_tui.core.entity import Document, Reference
from odoo_sync_tui.store.documents import Documents

Copies = Mapping[str, object]


class References:
    """Fills the referring fields of documents; what is not found is null.

    Attributes:
        missing: by collection, the Odoo ids that documents refer to and that it does not hold.
    """

    def __init__(self, documents: Documents, references: Sequence[Reference]) -> None:
        self._documents = documents
        self.missing: dict[str, set[int]] = {}
        self._known: list[tuple[Reference, dict[object, Copies]]] = [(reference, {}) for reference in references]

    def fill(self, documents: Sequence[Document]) -> None:
        """Set every reference's fields in each document."""
        for reference, known in self._known:
            self._look_up(reference, known, documents)
            for document in documents:
                found = known.get(document.owned[reference.source], {})
                document.owned.update({field: found.get(field) for field in reference.copies})

    def _look_up(self, reference: Reference, known: dict[object, Copies], documents: Sequence[Document]) -> None:
        ids = {document.owned[reference.source] for document in documents}
        missing = {odoo_id for odoo_id in ids if isinstance(odoo_id, int) and odoo_id not in known}
        if missing:
            found = self._documents.resolve(reference, missing)
            known.update({odoo_id: found.get(odoo_id, {}) for odoo_id in missing})
            self.missing.setdefault(reference.collection, set()).update(missing - found.keys())
