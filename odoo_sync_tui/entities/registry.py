"""All entities, found by looking into this package, so that a new file is all that a new entity needs."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Sequence
from functools import cache

from odoo_sync_tui import entities
from odoo_sync_tui.core.entity import Entity
from odoo_sync_tui.core.errors import ConfigurationError
from odoo_sync_tui.core.words import Action


@cache
def all_entities() -> tuple[Entity, ...]:
    """Every :class:`Entity` that a module of this package defines, in the order in which they are synced."""
    found: dict[str, Entity] = {}
    for info in pkgutil.iter_modules(entities.__path__):
        module = importlib.import_module(f"{entities.__name__}.{info.name}")
        found |= {value.id: value for value in vars(module).values() if isinstance(value, Entity)}
    return tuple(sorted(found.values(), key=lambda entity: (entity.order, entity.id)))


def titles_of(action: str) -> dict[str, str]:
    """How the screen calls the entities of an action, by name; two actions may have one of the same name."""
    return {entity.name: entity.title for entity in all_entities() if entity.action == action}


def of_action(action: Action, names: Sequence[str] = ()) -> tuple[Entity, ...]:
    """The entities of a sync, or those of them that are named.

    Raises:
        ConfigurationError: a name that the sync does not have.
    """
    known = [entity for entity in all_entities() if entity.action is action]
    unknown = [name for name in names if name not in {entity.name for entity in known}]
    if unknown:
        raise ConfigurationError(
            f"{action} has no entity named {', '.join(unknown)}.",
            f"It has: {', '.join(entity.name for entity in known)}.",
        )
    return tuple(entity for entity in known if not names or entity.name in names)
