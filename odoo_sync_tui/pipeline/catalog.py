"""The entities of an installation: here the settings and the entities of the package meet."""

from __future__ import annotations

from odoo_sync_tui.entities.catalog import EntityCatalog
from odoo_sync_tui.entities.declared import build_declared_entity, change_entity
from odoo_sync_tui.entities.registry import BUILT_IN
from odoo_sync_tui.settings.model import Settings


def build_catalog(settings: Settings) -> EntityCatalog:
    """Build the catalog of the entities that these settings know: of the package, changed or off, and declared ones."""
    changes = {each.entity_id: each for each in settings.entity_changes}
    built_in = [
        change_entity(entity, changes[entity.id]) if entity.id in changes else entity
        for entity in BUILT_IN
        if entity.id not in changes or changes[entity.id].enabled
    ]
    return EntityCatalog.of(built_in).with_declared(map(build_declared_entity, settings.declared_entities))
