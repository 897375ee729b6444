"""Queries for the screens below the dashboard: a run, all runs, an entity, its documents."""

from __future__ import annotations

from odoo_sync_tui.core.audit import AuditQuery
from odoo_sync_tui.core.entity import Entity
from odoo_sync_tui.core.errors import ConfigurationError
from odoo_sync_tui.core.overview import EntityCounts
from odoo_sync_tui.core.records import (
    DocumentPage,
    EntityReport,
    QuarantinedRow,
    QuarantinePage,
    RunPage,
    RunReport,
    StoredDocument,
)
from odoo_sync_tui.entities.registry import all_entities, titles_of
from odoo_sync_tui.store.database import Store

EVENTS_OF_A_RUN = 100
ROWS_ON_A_PAGE = 200


class Inspector:
    """Read the store; every method may be called from any thread and may raise :class:`StoreError`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def runs(self, limit: int, after: str | None = None) -> RunPage:
        """List at most ``limit`` runs, newest first; ``after`` is the end of the page before."""
        return self._store.runs.page(limit, after)

    def run(self, run_id: str) -> RunReport | None:
        """Get a run with its events and its rows in quarantine; ``None`` when there is no such run."""
        record = self._store.runs.get(run_id)
        if record is None:
            return None
        events = self._store.audit.page(AuditQuery(run_id=run_id), EVENTS_OF_A_RUN).events
        rows = self._store.quarantine.of_run(run_id, ROWS_ON_A_PAGE + 1)
        return RunReport(record, events[::-1], _page(rows), titles_of(record.action))

    def entity(self, entity_id: str) -> EntityReport:
        """Get the stored facts, cursor and quarantine of an entity.

        Raises:
            ConfigurationError: there is no such entity.
        """
        entity = entity_of(entity_id)
        store, target = self._store, entity.target
        active, inactive = store.documents.counts([target])[0]
        facts = store.integrations.entity_facts().get(entity_id)
        counts = EntityCounts(
            name=entity.id,
            title=entity.title,
            odoo=facts.odoo if facts else None,
            odoo_at=facts.odoo_at if facts else None,
            active=active,
            inactive=inactive,
            quarantined=store.quarantine.counts().get(entity_id, 0),
            changed=facts.changed if facts else None,
            synced_at=facts.synced_at if facts else None,
        )
        return EntityReport(
            counts=counts,
            model=entity.model,
            collection=target.collection,
            domain=entity.domain,
            match=target.match,
            inactive=store.browser.inactive(target),
            cursor=store.integrations.cursors().get(entity_id),
            quarantine=self.quarantine(entity_id, ROWS_ON_A_PAGE),
        )

    def quarantine(self, entity_id: str, limit: int, after: int = 0) -> QuarantinePage:
        """List at most ``limit`` rows in quarantine with Odoo ids above ``after``, in the order of their ids."""
        return _page(self._store.quarantine.rows(entity_id, limit + 1, after), limit)

    def documents(self, entity_id: str, search: str, limit: int, after: int | None = None) -> DocumentPage:
        """List at most ``limit`` documents of an entity with Odoo ids below ``after``, the highest first.

        Args:
            entity_id: the id of the entity.
            search: an Odoo id, or the beginning of a word of the name; empty: all documents.
            limit: the size of the page.
            after: the end of the page before; ``None``: the first page.
        """
        target, search = entity_of(entity_id).target, search.strip()
        if not search:
            return self._store.browser.page(target, limit, after)
        if after is None and search.isdecimal() and len(search) < 19:  # an id has at most 8 bytes
            line = self._store.browser.line(target, int(search))
            if line is not None:
                return DocumentPage((line,))
        return self._store.browser.named(target, search, limit, after)

    def document(self, entity_id: str, odoo_id: int) -> StoredDocument | None:
        """Get a document in full; ``None`` when there is none with this Odoo id."""
        return self._store.browser.one(entity_of(entity_id).target, odoo_id)


def entity_of(entity_id: str) -> Entity:
    """Find the entity with this id.

    Raises:
        ConfigurationError: there is no such entity.
    """
    entity = next((entity for entity in all_entities() if entity.id == entity_id), None)
    if entity is None:
        known = ", ".join(entity.id for entity in all_entities())
        raise ConfigurationError(f'There is no entity "{entity_id}".', f"There are: {known}.")
    return entity


def _page(rows: tuple[QuarantinedRow, ...], limit: int = ROWS_ON_A_PAGE) -> QuarantinePage:
    return QuarantinePage(rows[:limit], len(rows) > limit)
