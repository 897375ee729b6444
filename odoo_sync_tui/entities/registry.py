"""Registry of the package's own entities, found by scanning it, so that a new entity needs only a new file."""

from __future__ import annotations

import importlib
import pkgutil
from types import ModuleType

from odoo_sync_tui import entities
from odoo_sync_tui.core.entity import Entity
from odoo_sync_tui.entities.catalog import EntityCatalog


def list_modules() -> tuple[ModuleType, ...]:
    """Return all modules of this package, sorted by name."""
    names = sorted(info.name for info in pkgutil.iter_modules(entities.__path__))
    return tuple(importlib.import_module(f"{entities.__name__}.{name}") for name in names)


def _read_package() -> EntityCatalog:
    """Make the catalog of every :class:`Entity` defined in a module of this package."""
    by_id: dict[str, Entity] = {}
    for module in list_modules():
        by_id |= {value.id: value for value in vars(module).values() if isinstance(value, Entity)}
    return EntityCatalog.of(by_id.values())


BUILT_IN = _read_package()
"""The package's own entities."""
