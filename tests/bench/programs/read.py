"""Our connector alone: the bare fetch plus typed decoding and the check of every page; nothing is compared or stored.

What lies between this and the bare fetch is the price of decoding, what lies between this and a sync that of comparing
and storing. ``python -m tests.bench.programs.read [ENTITY …]``
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence

from odoo_sync_tui.core.actions import Action
from odoo_sync_tui.core.entity import Page
from odoo_sync_tui.entities.registry import BUILT_IN
from odoo_sync_tui.odoo.connector import OdooConnector
from odoo_sync_tui.settings.load import load_settings


def main(names: Sequence[str]) -> None:
    with OdooConnector(load_settings().build_odoo_config(None)) as connector:
        fetch: dict[str, Callable[[], Iterator[Page]]] = {
            "accounts": connector.fetch_accounts,
            "opportunities": connector.fetch_opportunities,
            "invoices": connector.fetch_invoices,
            "users": connector.fetch_users,
        }
        entities = BUILT_IN.select(Action.DATA_LAKE, names)
        rows = {entity.name: sum(len(page.rows) for page in fetch[entity.name]()) for entity in entities}
    sys.stdout.write(json.dumps({"rows": rows}))


if __name__ == "__main__":
    main(sys.argv[1:])
