"""Entities as an operator would declare them: one that the demo Odoo has rows of, and six with the longest names."""

from __future__ import annotations

from odoo_sync_tui.core.entity import Entity
from odoo_sync_tui.entities.catalog import EntityCatalog
from odoo_sync_tui.entities.mapping import build_lake_entity, copy
from odoo_sync_tui.entities.registry import BUILT_IN

MAX_NAME = 31


def declare(name: str, order: int = 100) -> Entity:
    """An entity of this name: the people among the partners."""
    return build_lake_entity(
        name,
        name=name,
        model="res.partner",
        fields=("name", "city", "active"),
        document_fields=copy("name", "city"),
        order=order,
        domain=(("is_company", "=", False),),
    )


CONTACTS = declare("contacts")
WITH_CONTACTS = BUILT_IN.with_declared([CONTACTS])

LONG_NAMES = tuple(f"orders_of_the_northern_region_{letter}" for letter in "abcdef")
TWELVE: EntityCatalog = BUILT_IN.with_declared(declare(name) for name in LONG_NAMES)
