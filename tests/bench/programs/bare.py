"""The bare fetch: what Odoo and the wire cost, without a sync around them.

The same pages over the same transport as ours, as many calls in flight, names asked once per related record; rows are
parsed as JSON and thrown away: not decoded, not compared, not stored. What a sync asks besides (a trial row, the newest
write_date, a count) is left out. ``python -m tests.bench.programs.bare [ENTITY … | NAME=MODEL]``
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence

from odoo_sync_tui.core.actions import Action
from odoo_sync_tui.core.entity import Entity
from odoo_sync_tui.entities.declaration import EntityDeclaration
from odoo_sync_tui.entities.declared import build_declared_entity
from odoo_sync_tui.entities.registry import BUILT_IN
from odoo_sync_tui.odoo.calls.page_size import BatchRequest
from odoo_sync_tui.odoo.calls.retry import Retry
from odoo_sync_tui.odoo.calls.throttle import Throttle
from odoo_sync_tui.odoo.config import OdooConfig
from odoo_sync_tui.odoo.connection import Connection, open_connection
from odoo_sync_tui.odoo.models import Models
from odoo_sync_tui.odoo.rows.columns import WireTable
from odoo_sync_tui.odoo.rows.field_plan import FieldPlan
from odoo_sync_tui.runtime.cancel import CancelToken
from odoo_sync_tui.runtime.threads import OrderedResults
from odoo_sync_tui.settings.load import load_settings


def main(names: Sequence[str]) -> None:
    settings = load_settings()
    config = settings.build_odoo_config(None)
    link = open_connection(
        config, CancelToken(), Retry(config.retry_seconds), Throttle(config.max_calls_in_flight, None)
    )
    try:
        entities = [_declare(link, name) for name in names if "=" in name] or BUILT_IN.select(Action.DATA_LAKE, names)
        rows = {entity.name: _fetch(link, config, settings.sync.block_size, entity) for entity in entities}
    finally:
        link.close()
    sys.stdout.write(json.dumps({"rows": rows}))


def _declare(link: Connection, text: str) -> Entity:
    """Declare the entity of ``NAME=MODEL``, with every stored field."""
    name, _, model = text.partition("=")
    return Models(link).resolve(build_declared_entity(EntityDeclaration(name, model)), None)


def _fetch(link: Connection, config: OdooConfig, block_size: int, entity: Entity) -> int:
    plan = link.field_plans.get(entity)
    pages = _pages(link, config.page_size, block_size, entity)
    counted = OrderedResults(
        pages,
        lambda ids: link.thread_pool.submit(lambda: _page(link, entity, plan, ids)),
        lambda: config.max_calls_in_flight + 1,
        link.cancel,
    )
    return sum(rows for _, rows in counted)


def _pages(link: Connection, page_size: int, block_size: int, entity: Entity) -> Iterator[list[int]]:
    ids: list[int] = []
    while not ids or len(ids) == block_size:
        domain = (*entity.domain, ("id", ">", ids[-1] if ids else 0))
        ids = link.client.search(entity.model, domain, link.cancel, limit=block_size)
        for start in range(0, len(ids), page_size):
            yield ids[start : start + page_size]
        if not ids:
            return


def _page(link: Connection, entity: Entity, plan: FieldPlan, ids: Sequence[int]) -> int:
    rows = link.client.read_matching(
        entity.model,
        (*entity.domain, ("id", "in", list(ids))),
        plan.names,
        link.version.major,
        BatchRequest(len(ids), link.get_page_size(entity), is_weighed=False),
        link.cancel,
    )
    for model, related in plan.decoder.collect_related_ids(WireTable.of(rows, plan.names)).items():
        link.related_names.resolve(model, related, link.cancel)
    return len(rows)


if __name__ == "__main__":
    main(sys.argv[1:])
