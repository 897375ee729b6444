"""Registry of all entities, found by scanning this package, so that a new entity needs only a new file."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Sequence
from functools import cache
from types import ModuleType

from odoo_sync_tui import entities
from odoo_sync_tui.core.actions import Action
from odoo_sync_tui.core.entity import Entity
from odoo_sync_tui.core.errors import ConfigurationError


def list_modules() -> tuple[ModuleType, ...]:
    """Return all modules of this package, sorted by name."""
    names = sorted(info.name for info in pkgutil.iter_modules(entities.__path__))
    return tuple(importlib.import_module(f"{entities.__name__}.{name}") for name in names)


@cache
def list_entities() -> tuple[Entity, ...]:
    """Return every :class:`Entity` defined in a module of this package, in sync order."""
    by_id: dict[str, Entity] = {}
    for module in list_modules():
        by_id |= {value.id: value for value in vars(module).values() if isinstance(value, Entity)}
    return tuple(sorted(by_id.values(), key=lambda entity: (entity.order, entity.id)))


def find_entity(entity_id: str) -> Entity | None:
    """Return the entity with this id, ``None`` when no module defines it."""
    return next((entity for entity in list_entities() if entity.id == entity_id), None)


def get_entity_titles(action: str) -> dict[str, str]:
    """Return the titles of an action's entities by name; two actions may share an entity name."""
    return {entity.name: entity.title for entity in list_entities() if entity.action == action}


def select_entities(action: Action, names: Sequence[str] = ()) -> tuple[Entity, ...]:
    """Return the entities of an action, limited to ``names`` if any are given.

    Raises:
        ConfigurationError: the action has no entity of a given name.
    """
    known = [entity for entity in list_entities() if entity.action is action]
    unknown = [name for name in names if name not in {entity.name for entity in known}]
    if unknown:
        raise ConfigurationError(
            f"{action} has no entity named {', '.join(unknown)}.",
            f"It has: {', '.join(entity.name for entity in known)}.",
        )
    return tuple(entity for entity in known if not names or entity.name in names)
