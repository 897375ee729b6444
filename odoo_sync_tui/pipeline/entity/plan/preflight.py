"""Find out what Odoo and the store hold of an entity before its rows are read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from odoo_sync_tui.core.cursor import Cursor, DocumentTotals, IdTotals, RelatedState
from odoo_sync_tui.core.entity import Block, Entity
from odoo_sync_tui.odoo.rows.fingerprints import ReadProfile
from odoo_sync_tui.odoo.rows.ids import RowSummary
from odoo_sync_tui.pipeline.entity.context import Context
from odoo_sync_tui.pipeline.entity.plan.cursor import may_skip_census
from odoo_sync_tui.pipeline.entity.plan.renames import list_name_paths
from odoo_sync_tui.runtime.cancel import CancelToken
from odoo_sync_tui.runtime.threads import Future, start_thread

MIN_DOCUMENTS_TO_SPLIT = 100_000
"""Number of documents from which on two threads of the server add up faster than one; it takes 1 µs for each."""


@dataclass(frozen=True, slots=True)
class EntityPreflight:
    """Facts about an entity before its rows are read.

    Attributes:
        read_profile: what the reading of its rows depends on.
        summary: its rows in Odoo; read before everything else, so that no change can fall between.
        read_at: the time of Odoo's clock then.
        related: the models whose names its documents hold; read before those names.
        documents: its documents in the store, which are added up meanwhile; none: the run lists all ids anyway.
    """

    read_profile: ReadProfile
    summary: RowSummary
    read_at: datetime | None
    related: tuple[RelatedState, ...]
    documents: Sequence[Future[DocumentTotals | None]]

    def add_up_documents(self, cancel: CancelToken) -> DocumentTotals | None:
        """Wait for the totals of the documents; ``None``: they are unknown.

        Raises:
            StoreError, RunCancelled: the documents cannot be added up, or a stop was requested.
        """
        parts = [future.result(cancel) for future in self.documents]
        known = [part for part in parts if part is not None]
        return sum(known, DocumentTotals()) if known and len(known) == len(parts) else None


def preflight(context: Context, entity: Entity, cursor: Cursor | None) -> EntityPreflight:
    """Find out the facts about an entity that has been read up to its cursor.

    Raises:
        OdooError, RunCancelled: the facts cannot be read, or a stop was requested.
    """
    connector, scope = context.connector, context.scope
    documents: list[Future[DocumentTotals | None]] = []
    last = cursor.census if cursor else None
    if last and may_skip_census(last, entity, scope, context.settings.census_interval, datetime.now(UTC)):
        read = partial(context.store.totals.read, entity.target)
        documents = [start_thread(partial(read, block), "totals") for block in split_ids(last.documents.ids)]
    nameless, columns = (cursor.models_without_names, cursor.columns) if cursor else ((), None)
    profile = connector.prepare(entity, nameless, columns)
    models = {path.model for path in list_name_paths(connector.related, entity)}
    connector.related.request_states(models)
    read_at = connector.server_time
    summary = connector.summarize(entity, scope.domain)
    return EntityPreflight(profile, summary, read_at, connector.related.read_states(models), documents)


def split_ids(totals: IdTotals) -> Sequence[Block]:
    """Split all ids into blocks that are added up at the same time: two of many, cut at the middle."""
    if totals.count < MIN_DOCUMENTS_TO_SPLIT:
        return [Block(0, None)]
    middle = totals.id_sum // totals.count
    return [Block(0, middle), Block(middle, None)]
