"""Plan the reading of what changed alone, where the totals of both sides prove that nothing is gone.

The totals of the last census moved as far as the rows written since then explain: then every row but those is stored,
and no document is without its row. Whatever is not explained so is left to the census.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from datetime import datetime

from odoo_sync_tui.core.cursor import CensusTotals, IdTotals
from odoo_sync_tui.core.entity import MISSING_ROW_REASONS, Block, Entity, KnownRow
from odoo_sync_tui.odoo.calls.page_size import cut_pages
from odoo_sync_tui.odoo.rows.ids import MAX_IDS_PER_LIST_CALL, ChangedIds, RowSummary
from odoo_sync_tui.pipeline.entity.compare import needs_fetch
from odoo_sync_tui.pipeline.entity.context import Context
from odoo_sync_tui.pipeline.entity.plan.planner import Task
from odoo_sync_tui.pipeline.entity.plan.preflight import EntityPreflight
from odoo_sync_tui.pipeline.entity.retirement import MissingDocuments
from odoo_sync_tui.store.documents.document_store import DocumentState
from odoo_sync_tui.store.documents.quarantine import SeenRow

ALL_IDS = Block(0, None)


class ChangesPlanner:
    """Plan of the pages with changed rows; all other rows are known to be unchanged. Made for one use.

    Args:
        entity: the entity.
        context: the objects of the run.
        ids: the rows to read, ascending.
        states: the states of those that are stored.
        census_size: how many rows there are in all.
        totals: the totals of both sides, before anything is written.
        dismissed: the rows that were dismissed from the quarantine.

    Attributes:
        census_size: how many rows there are.
        totals: as given.
        missing_documents: none.
        obsolete_quarantine: none.
    """

    def __init__(
        self,
        entity: Entity,
        context: Context,
        ids: Sequence[int],
        states: Mapping[int, DocumentState],
        census_size: int,
        totals: CensusTotals,
        dismissed: Mapping[int, SeenRow],
    ) -> None:
        self.census_size = census_size
        self.totals: CensusTotals | None = totals
        self.missing_documents = MissingDocuments()
        self.obsolete_quarantine: set[int] = set()
        self._entity = entity
        self._context = context
        self._ids = ids
        self._states = states
        self._dismissed = dismissed

    def tasks(self) -> Generator[Task]:
        """Cut the rows into pages; at least one, which counts the rows that are not read."""
        still_dismissed = len(self._dismissed.keys() - set(self._ids))
        for page, last in cut_pages(self._ids, lambda: self._context.connector.get_page_rows(self._entity)):
            states = {each: self._states[each] for each in page if each in self._states}
            yield Task(
                ids=page,
                known_rows={each: KnownRow(state.hash, state.active) for each, state in states.items() if state.hash},
                stored_ids=frozenset(states),
                quarantined_ids=frozenset(self._dismissed.keys() & set(page)),
                dismissed={each: self._dismissed[each] for each in page if each in self._dismissed},
                still_dismissed=still_dismissed if last else 0,
                unchanged=self.census_size - len(self._ids) - still_dismissed if last else 0,
            )


def find_changed_ids(entity: Entity, context: Context, since: datetime, found: EntityPreflight) -> ChangedIds | None:
    """Find the ids changed since then; ``None`` where they are many, or of no use without totals."""
    if not found.documents or found.summary.id_sum is None:
        return None
    return context.connector.changed_ids_if_few(entity, since)


def plan_changes(
    entity: Entity,
    context: Context,
    changed: ChangedIds,
    renamed: frozenset[int],
    found: EntityPreflight,
    last: CensusTotals,
) -> ChangesPlanner | None:
    """Plan to read what changed; ``None`` where something is not explained by the changes: list all ids.

    Args:
        entity: the entity.
        context: the objects of the run.
        changed: the ids changed since the last run.
        renamed: the ids of documents that hold an old name.
        found: what both sides hold now; Odoo's rows were added up before ``changed`` was read.
        last: what they held at the end of the last run.

    Raises:
        StoreError, RunCancelled: the store cannot be read, or a stop was requested.
    """
    store = context.store
    if len(renamed) > MAX_IDS_PER_LIST_CALL:
        return None
    if found.add_up_documents(context.cancel) != last.documents:
        return None
    quarantined = store.quarantine.ids(entity.id, ALL_IDS)
    if quarantined.waiting:
        return None
    dismissed = quarantined.dismissed.keys()
    outdated = store.documents.find_outdated(entity, ALL_IDS) | renamed
    states = store.documents.find_page(entity, changed.written | changed.dependent | outdated, ()).states
    rows = _explain(changed.written - states.keys() - dismissed, found.summary, last)
    stored = (changed.written & states.keys()) - outdated - dismissed
    if rows is None or any(needs_fetch(states[each]) for each in stored):
        return None
    related = {each for each in (changed.dependent | outdated) & states.keys() if _has_row(states[each])}
    ids = sorted(changed.written | related | changed.dependent & dismissed)
    totals = CensusTotals(rows, last.documents, last.listed_at)
    return ChangesPlanner(entity, context, ids, states, rows.count, totals, quarantined.dismissed)


def _explain(new_ids: frozenset[int], summary: RowSummary, last: CensusTotals) -> IdTotals | None:
    """Return the totals of Odoo's rows with the new ones; ``None`` where these do not explain how the totals moved.

    Rows with higher ids than any that was there when Odoo added them up were created since then.
    """
    late_ids = {each for each in new_ids if each > summary.max_id}
    if summary.id_sum is None or last.rows + IdTotals.of(new_ids - late_ids) != IdTotals(summary.count, summary.id_sum):
        return None
    return last.rows + IdTotals.of(new_ids)


def _has_row(state: DocumentState) -> bool:
    """Whether the document has a row in Odoo: one without loses its fingerprint, or says that it was retired."""
    return state.hash is not None and state.reason not in MISSING_ROW_REASONS
