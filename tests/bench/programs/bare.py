"""The bare fetch: what Odoo and the wire cost, without a sync around them.

The same pages over the same transport as ours, as many calls in flight, names asked once per related record; rows are
parsed as JSON and thrown away: not decoded, not compared, not stored. What a sync asks besides (a trial row, the newest
write_date, a count) is left out. ``python -m tests.bench.programs.bare [ENTITY …]``
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence

from odoo_sync_tui.core.cancel import CancelToken
from odoo_sync_tui.core.entity import Entity
from odoo_sync_tui.core.words import Action
from odoo_sync_tui.entities import registry
from odoo_sync_tui.odoo.config import OdooConfig
from odoo_sync_tui.odoo.fields import Plan
from odoo_sync_tui.odoo.limits import Portion
from odoo_sync_tui.odoo.link import Link, open_link
from odoo_sync_tui.odoo.retry import Retry
from odoo_sync_tui.odoo.workers import in_order
from odoo_sync_tui.settings import load_settings


def main(names: Sequence[str]) -> None:
    settings = load_settings()
    config = settings.odoo_config(None)
    link = open_link(config, CancelToken(), Retry(config.retry_seconds, None))
    try:
        entities = registry.of_action(Action.DATA_LAKE, names)
        rows = {entity.name: _fetch(link, config, settings.sync.block_size, entity) for entity in entities}
    finally:
        link.close()
    sys.stdout.write(json.dumps({"rows": rows}))


def _fetch(link: Link, config: OdooConfig, block_size: int, entity: Entity) -> int:
    plan = link.plans.of(entity)
    pages = _pages(link, config.page_size, block_size, entity)
    counted = in_order(
        pages, lambda ids: link.workers.submit(lambda: _page(link, entity, plan, ids)), config.slots + 1, link.life
    )
    return sum(rows for _, rows in counted)


def _pages(link: Link, page_size: int, block_size: int, entity: Entity) -> Iterator[list[int]]:
    ids: list[int] = []
    while not ids or len(ids) == block_size:
        domain = (*entity.domain, ("id", ">", ids[-1] if ids else 0))
        ids = link.caller.search(entity.model, domain, link.life, limit=block_size)
        for start in range(0, len(ids), page_size):
            yield ids[start : start + page_size]
        if not ids:
            return


def _page(link: Link, entity: Entity, plan: Plan, ids: Sequence[int]) -> int:
    rows = link.caller.rows(
        entity.model,
        entity.domain,
        ids,
        plan.names,
        link.version.major,
        Portion(len(ids), link.limit(entity)),
        link.life,
    )
    for model, related in plan.decoder.related_ids(rows).items():
        link.names.resolve(model, related, link.life)
    return len(rows)


if __name__ == "__main__":
    main(sys.argv[1:])
