"""The entities of an installation: here the settings and the entities of the package meet."""

from __future__ import annotations

from odoo_sync_tui.entities.catalog import EntityCatalog
from odoo_sync_tui.entities.registry import BUILT_IN
from odoo_sync_tui.settings.model import Settings


def build_catalog(settings: Settings) -> EntityCatalog:
    """Build the catalog of the entities that these settings know: as yet those of the package, whatever they say."""
    del settings
    return BUILT_IN
