"""Queries for the screens below the dashboard: a run, all runs, an entity, its documents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from odoo_sync_tui.core.audit.events import AuditQuery
from odoo_sync_tui.core.reports.details import (
    DocumentPage,
    EntityReport,
    QuarantinedRow,
    QuarantinePage,
    RunPage,
    RunReport,
    StoredDocument,
)
from odoo_sync_tui.entities.catalog import EntityCatalog
from odoo_sync_tui.pipeline.queries.overview import list_entity_counts
from odoo_sync_tui.store.database import Store

MAX_SHOWN_EVENTS = 100
QUARANTINE_PAGE_SIZE = 200
CHART_DAYS = 28
"""Days of which the changes are counted."""


class DetailQueries:
    """Read the store; every method may be called from any thread and may raise :class:`StoreError`."""

    def __init__(self, store: Store, catalog: EntityCatalog) -> None:
        self._store = store
        self._catalog = catalog
        self._changes_per_day: tuple[object, Mapping[str, Mapping[str, int]] | None] = (None, None)

    def list_runs(self, limit: int, after: str | None = None) -> RunPage:
        """List at most ``limit`` runs, newest first; ``after`` is the end of the page before."""
        return self._store.runs.page(limit, after)

    def get_run(self, run_id: str) -> RunReport | None:
        """Get a run with its events and its rows in quarantine; ``None`` when there is no such run."""
        record = self._store.runs.get(run_id)
        if record is None:
            return None
        events = self._store.audit.page(AuditQuery(run_id=run_id), MAX_SHOWN_EVENTS).events
        rows = self._store.quarantine.rows_of_run(run_id, QUARANTINE_PAGE_SIZE + 1)
        return RunReport(record, events[::-1], _page(rows))

    def get_entity(self, entity_id: str) -> EntityReport:
        """Get the stored facts, cursor and quarantine of an entity.

        Raises:
            ConfigurationError: there is no such entity.
        """
        entity = self._catalog.get(entity_id)
        store, target = self._store, entity.target
        (counts,) = list_entity_counts(store, [entity], store.documents.counts([target]))
        return EntityReport(
            counts=counts,
            model=entity.model,
            collection=target.collection,
            domain=entity.domain,
            discriminator=target.discriminator,
            inactive_by_reason=store.browser.count_inactive_by_reason(target),
            cursor=store.integrations.cursors().get(entity_id),
            quarantine=self.list_quarantine(entity_id, QUARANTINE_PAGE_SIZE),
            match_field=target.match_field,
            shared_values=store.browser.list_shared_values(target),
            masked=self._list_masks(entity_id),
            changes_per_day=self._count_per_day(entity_id, datetime.now(UTC).date()),
        )

    def list_quarantine(
        self, entity_id: str, limit: int, after: int = 0, *, dismissed: bool | None = False
    ) -> QuarantinePage:
        """List at most ``limit`` rows in quarantine with Odoo ids above ``after``, in the order of their ids.

        ``dismissed``: those that were dismissed, or were not; ``None``: both.
        """
        return _page(self._store.quarantine.rows(entity_id, limit + 1, after, dismissed=dismissed), limit)

    def list_documents(self, entity_id: str, search: str, limit: int, after: int | None = None) -> DocumentPage:
        """List at most ``limit`` documents of an entity with Odoo ids below ``after``, the highest first.

        Args:
            entity_id: the id of the entity.
            search: an Odoo id, or the beginning of a word of the name; empty: all documents.
            limit: the size of the page.
            after: the end of the page before; ``None``: the first page.
        """
        target, search = self._catalog.get(entity_id).target, search.strip()
        if not search:
            return self._store.browser.page(target, limit, after)
        if after is None and search.isdecimal() and len(search) < 19:  # an id has at most 8 bytes
            line = self._store.browser.get_line(target, int(search))
            if line is not None:
                return DocumentPage((line,))
        return self._store.browser.search_by_name(target, search, limit, after)

    def get_document(self, entity_id: str, odoo_id: int) -> StoredDocument | None:
        """Get a document in full; ``None`` when there is none with this Odoo id."""
        document = self._store.browser.get(self._catalog.get(entity_id).target, odoo_id)
        return document and replace(document, masked=self._list_masks(entity_id))

    def _list_masks(self, entity_id: str) -> dict[str, str]:
        return {path: kind for path, kind, _ in self._store.masks.fields(entity_id)}

    def _count_per_day(self, entity_id: str, today: date) -> tuple[int, ...]:
        """Count the changes of an entity by day; all entities are counted at once, and anew when one has changed."""
        days = [today - timedelta(days=age) for age in reversed(range(CHART_DAYS))]
        version = (today, self._store.changes.find_last_number())
        if self._changes_per_day[0] != version:
            begin = datetime.combine(days[0], time(), UTC)
            self._changes_per_day = (version, self._store.changes.count_per_day(begin))
        counts = (self._changes_per_day[1] or {}).get(entity_id, {})
        return tuple(counts.get(day.isoformat(), 0) for day in days) if counts else ()


def _page(rows: tuple[QuarantinedRow, ...], limit: int = QUARANTINE_PAGE_SIZE) -> QuarantinePage:
    return QuarantinePage(rows[:limit], len(rows) > limit)
