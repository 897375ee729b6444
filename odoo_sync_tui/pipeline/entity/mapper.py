"""Map the rows of a page to documents, and fill fields that come from the store."""

from __future__ import annotations

import sys
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import cast

from odoo_sync_tui.core import entity as core_entity
from odoo_sync_tui.core.entity import BrokenRule, Document, Entity, Page, Reference, RejectedRow, RowTable
from odoo_sync_tui.entities import registry
from odoo_sync_tui.entities.mapping import map_rows
from odoo_sync_tui.odoo.rows import decoder, fingerprints, related_names
from odoo_sync_tui.odoo.rows import values as odoo_values
from odoo_sync_tui.store.documents.document_store import Documents
from odoo_sync_tui.store.driver import values as stored_values

CODE_MODULES = (
    core_entity,
    *registry.list_modules(),
    decoder,
    fingerprints,
    related_names,
    odoo_values,
    sys.modules[__name__],
    stored_values,
)
"""The modules that decide which document a row becomes."""

CODE_FINGERPRINT = fingerprints.fingerprint_modules(CODE_MODULES)
"""Fingerprint of the code that makes documents of rows: documents of another version are compared anew.

Taken when that code is loaded: a program that stays open while the package is upgraded goes on with the code it has.
"""


@dataclass(frozen=True, slots=True)
class MappedPage:
    """The documents of a page, and the rows that could not be read."""

    documents: Sequence[Document]
    rejected: tuple[RejectedRow, ...]

    @property
    def fields(self) -> Collection[str]:
        """The top-level fields of the documents that Odoo owns."""
        return self.documents[0].owned.keys() if self.documents else ()


class Mapper:
    """Map the rows of one entity. Each referenced document is looked up once for all pages."""

    def __init__(self, entity: Entity, documents: Documents) -> None:
        self._entity = entity
        self._references = ReferenceResolver(documents, entity.references)

    @property
    def missing_references(self) -> Mapping[str, Collection[int]]:
        """Referenced Odoo ids that are not in the store, by collection."""
        return self._references.missing_references

    def map_page(self, page: Page) -> MappedPage:
        """Map the rows of a page to documents; add rows that cannot be mapped to the rejected ones.

        Raises:
            StoreError: the referenced documents cannot be looked up.
        """
        columns = {name: stored_values.to_stored_values(values) for name, values in page.rows.columns.items()}
        documents, rejected = self._map_rows(RowTable(columns))
        self._references.fill(documents)
        if page.incomplete_ids:
            documents = [each._replace(incomplete=each.odoo_id in page.incomplete_ids) for each in documents]
        fingerprinted = [
            replace(each, fingerprint=page.fingerprints.get(each.odoo_id, "")) for each in (*page.rejected, *rejected)
        ]
        return MappedPage(documents, tuple(fingerprinted))

    def _map_rows(self, rows: RowTable) -> tuple[list[Document], list[RejectedRow]]:
        """Map all rows; where one cannot be mapped, halve them until that row stands alone."""
        try:
            return map_rows(self._entity, rows), []
        except (ValueError, TypeError) as error:
            if len(rows) == 1:
                odoo_id, reason = cast("int", rows[0]["id"]), f"The row cannot be read: {error}."
                return [], [RejectedRow(odoo_id, reason, BrokenRule.DOCUMENT, rows[0])]
        middle = len(rows) // 2
        first, first_rejected = self._map_rows(rows[:middle])
        second, second_rejected = self._map_rows(rows[middle:])
        return first + second, first_rejected + second_rejected


CopiedFields = Mapping[str, object]


class ReferenceResolver:
    """Fill the copied fields of documents; a field without a source document is null.

    Attributes:
        missing_references: referenced Odoo ids that are not in the store, by collection.
    """

    def __init__(self, documents: Documents, references: Sequence[Reference]) -> None:
        self._documents = documents
        self.missing_references: dict[str, set[int]] = {}
        self._copies: list[tuple[Reference, dict[object, CopiedFields]]] = [(reference, {}) for reference in references]

    def fill(self, documents: Sequence[Document]) -> None:
        """Set the copied fields of every reference in each document."""
        for reference, copies in self._copies:
            self._look_up(reference, copies, documents)
            for document in documents:
                fields = copies.get(document.owned[reference.source_field], {})
                copied = {field: reference.mask(field, fields.get(field)) for field in reference.copied_fields}
                document.owned.update(copied)

    def _look_up(self, reference: Reference, copies: dict[object, CopiedFields], documents: Sequence[Document]) -> None:
        ids = {document.owned[reference.source_field] for document in documents}
        missing = {odoo_id for odoo_id in ids if isinstance(odoo_id, int) and odoo_id not in copies}
        if missing:
            found = self._documents.resolve(reference, missing)
            copies.update({odoo_id: found.get(odoo_id, {}) for odoo_id in missing})
            self.missing_references.setdefault(reference.collection, set()).update(missing - found.keys())
