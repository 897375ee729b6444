"""Map the rows of a page to documents, and fill fields that come from the store."""

from __future__ import annotations

from collections.abc import Collection, Container, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from odoo_sync_tui.core.entity import Document, Entity, Page, Rejected
from odoo_sync_tui.pipeline.references import References
from odoo_sync_tui.store.documents import Documents


@dataclass(frozen=True, slots=True)
class Mapped:
    """The documents of a page, and the rows that could not be read."""

    documents: Sequence[Document]
    rejected: tuple[Rejected, ...]


class Mapper:
    """Map the rows of one entity. Each referenced document is looked up once for all pages."""

    def __init__(self, entity: Entity, documents: Documents) -> None:
        self._entity = entity
        self._stored = documents
        self._references = References(documents, entity.references)
        self._taken_over: set[object] = set()

    @property
    def missing(self) -> Mapping[str, Collection[int]]:
        """Referenced Odoo ids that are not in the store, by collection."""
        return self._references.missing

    def map(self, page: Page) -> Mapped:
        """Map the rows of a page to documents; add rows that cannot be mapped to the rejected ones.

        Raises:
            StoreError: the referenced documents cannot be looked up.
        """
        documents: list[Document] = []
        rejected = list(page.rejected)
        for row in page.rows:
            try:
                documents.append(self._entity.to_document(row))
            except (ValueError, TypeError) as error:
                rejected.append(Rejected(cast("int", row["id"]), f"The row cannot be read: {error}."))
        self._references.fill(documents)
        if page.incomplete:
            documents = [each._replace(incomplete=each.odoo_id in page.incomplete) for each in documents]
        return Mapped(documents, tuple(rejected))

    def links(self, documents: Sequence[Document], stored: Container[int]) -> dict[int, object]:
        """Find the ``_id`` of the local documents that new active ones take over, by Odoo id; each one at most once."""
        field = self._entity.target.link_field
        if field is None:
            return {}
        first_by_value: dict[str, int] = {}
        for document in documents:
            value = document.owned.get(field)
            if isinstance(value, str) and document.active and document.odoo_id not in stored:
                first_by_value.setdefault(value, document.odoo_id)
        unlinked = self._stored.unlinked(self._entity.target, first_by_value)
        links = {first_by_value[value]: key for value, key in unlinked.items() if key not in self._taken_over}
        self._taken_over.update(links.values())
        return links
