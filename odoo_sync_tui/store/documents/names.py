"""Documents that hold the former name of a related record: one scan for all names of an entity."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from odoo_sync_tui.core.entity import Target
from odoo_sync_tui.core.text.coerce import as_int_or_none
from odoo_sync_tui.store.documents.unique_conflicts import value_at
from odoo_sync_tui.store.driver.repository import Fields, Repository, translate_driver_errors

MAX_EXACT_CONDITIONS = 10
"""So many ids of one field are looked for together with their names, by the server; of more, documents with other names
are told apart here."""


class NamePath(NamedTuple):
    """Where documents hold the id and the name of a related record, as paths."""

    model: str
    id_path: str
    name_path: str


@dataclass(frozen=True, slots=True)
class NewNames:
    """The names of some related records, by id, and where documents hold them."""

    path: NamePath
    names: Mapping[int, str]

    def conditions(self) -> Iterator[Fields]:
        """Yield conditions of which one holds for every document with another name."""
        id_path, name_path = self.path.id_path, self.path.name_path
        if len(self.names) > MAX_EXACT_CONDITIONS:
            yield {id_path: {"$in": sorted(self.names)}}
            return
        for each, name in self.names.items():
            yield {id_path: each, name_path: {"$ne": name}}

    def differ(self, document: Fields) -> bool:
        """Whether the document holds one of the ids with another name."""
        related: Any = value_at(document, self.path.id_path)
        new = self.names.get(related) if isinstance(related, int) else None
        return new is not None and value_at(document, self.path.name_path) != new


class Names(Repository):
    """Names of related records in documents."""

    @translate_driver_errors("looking for old names")
    def find_outdated(self, target: Target, wanted: Sequence[NewNames], max_count: int) -> list[int]:
        """Find up to ``max_count`` Odoo ids of documents that hold another name than one of ``wanted``."""
        conditions = [condition for new in wanted for condition in new.conditions()]
        query = {**target.discriminator, target.id_field: {"$gt": 0}, "$or": conditions}
        paths = {path for new in wanted for path in (new.path.id_path, new.path.name_path)}
        found: list[int] = []
        for document in self._database[target.collection].find(query, [target.id_field, *sorted(paths)]):
            odoo_id = as_int_or_none(value_at(document, target.id_field))
            if odoo_id is not None and any(new.differ(document) for new in wanted):
                found.append(odoo_id)
                if len(found) == max_count:
                    break
        return found
