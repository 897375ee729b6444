"""Queries of the quarantine: which rows are in it, and why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from odoo_sync_tui.core.entity import BrokenRule, Entity
from odoo_sync_tui.core.errors import ConfigurationError
from odoo_sync_tui.core.reports.details import QuarantinedRow
from odoo_sync_tui.entities.catalog import EntityCatalog
from odoo_sync_tui.store.database import Store

PAGE_SIZE = 200


class QuarantineQueries:
    """Read the quarantine; every method may be called from any thread and may raise :class:`StoreError`."""

    def __init__(self, store: Store, catalog: EntityCatalog) -> None:
        self._store = store
        self._catalog = catalog

    def get_entity(self, name: str) -> Entity:
        """Return the one entity with this name or id.

        Raises:
            ConfigurationError: there is none, or there are several.
        """
        entity, *others = self._catalog.select(None, [name])
        if others:
            ids = ", ".join(each.id for each in (entity, *others))
            raise ConfigurationError(f"There are several entities named {name}.", f"Name one: {ids}.")
        return entity

    def iter_rows(
        self,
        names: Sequence[str] = (),
        *,
        ids: Sequence[int] = (),
        rule: BrokenRule | None = None,
        dismissed: bool | None = None,
        with_values: bool = True,
    ) -> Iterator[QuarantinedRow]:
        """Yield rows in quarantine, in the order of the entities and their ids.

        Args:
            names: the names or ids of entities; empty: all that are synced.
            ids: only rows with these Odoo ids; empty: all.
            rule: only rows that break this rule.
            dismissed: only those that are dismissed, or are not; ``None``: both.
            with_values: read their values too.

        Raises:
            ConfigurationError: there is no such entity.
        """
        for entity in self._catalog.select(None, names):
            after = 0
            while page := self._store.quarantine.rows(
                entity.id, PAGE_SIZE, after, ids=ids, rule=rule, dismissed=dismissed, with_values=with_values
            ):
                yield from page
                after = page[-1].odoo_id

    def count_dismissed(self) -> int:
        """Count the rows that are dismissed."""
        return sum(map(len, self._store.quarantine.dismissed_ids().values()))
