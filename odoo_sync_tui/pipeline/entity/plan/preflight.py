"""Find out what Odoo and the store hold of an entity before its rows are read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from odoo_sync_tui.core.cursor import Cursor, DocumentTotals, RelatedState
from odoo_sync_tui.core.entity import Entity
from odoo_sync_tui.odoo.rows.fingerprints import ReadProfile
from odoo_sync_tui.odoo.rows.ids import RowSummary
from odoo_sync_tui.pipeline.entity.context import Context
from odoo_sync_tui.pipeline.entity.plan.cursor import may_skip_census
from odoo_sync_tui.pipeline.entity.plan.renames import list_name_paths
from odoo_sync_tui.runtime.threads import Future, start_thread


@dataclass(frozen=True, slots=True)
class EntityPreflight:
    """Facts about an entity before its rows are read.

    Attributes:
        read_profile: what the reading of its rows depends on.
        summary: its rows in Odoo; read before everything else, so that no change can fall between.
        related: the models whose names its documents hold; read before those names.
        documents: its documents in the store, which are added up meanwhile; ``None``: the run lists all ids anyway.
    """

    read_profile: ReadProfile
    summary: RowSummary
    related: tuple[RelatedState, ...]
    documents: Future[DocumentTotals | None] | None


def preflight(context: Context, entity: Entity, cursor: Cursor | None) -> EntityPreflight:
    """Find out the facts about an entity that has been read up to its cursor.

    Raises:
        OdooError, RunCancelled: the facts cannot be read, or a stop was requested.
    """
    connector, scope = context.connector, context.scope
    documents = None
    if may_skip_census(cursor, entity, scope, context.settings.census_interval, datetime.now(UTC)):
        documents = start_thread(lambda: context.store.totals.read(entity.target), "totals")
    nameless, columns = (cursor.models_without_names, cursor.columns) if cursor else ((), None)
    profile = connector.prepare(entity, nameless, columns)
    models = {path.model for path in list_name_paths(connector.related, entity)}
    connector.related.request_states(models)
    summary = connector.summarize(entity, scope.domain)
    return EntityPreflight(profile, summary, connector.related.read_states(models), documents)
