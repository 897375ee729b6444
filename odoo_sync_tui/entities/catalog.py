"""The entities that a program knows, as one value: those of the package, and those that an operator declares."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from odoo_sync_tui.core.actions import Action
from odoo_sync_tui.core.entity import Entity
from odoo_sync_tui.core.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class EntityCatalog:
    """Entities in sync order, each with an id of its own. Iterating yields all of them."""

    entities: tuple[Entity, ...] = ()

    @classmethod
    def of(cls, entities: Iterable[Entity]) -> EntityCatalog:
        """Make a catalog of entities in any order.

        Raises:
            ConfigurationError: two of them have the same id.
        """
        ordered = tuple(sorted(entities, key=lambda entity: (entity.order, entity.id)))
        ids = [entity.id for entity in ordered]
        twice = sorted({entity_id for entity_id in ids if ids.count(entity_id) > 1})
        if twice:
            raise ConfigurationError(f"There are two entities {', '.join(twice)}.", "Give one of them another name.")
        return cls(ordered)

    def with_declared(self, entities: Iterable[Entity]) -> EntityCatalog:
        """Return the catalog of these entities and further ones.

        Raises:
            ConfigurationError: a further one has the id of another.
        """
        return EntityCatalog.of((*self.entities, *entities))

    def __iter__(self) -> Iterator[Entity]:
        return iter(self.entities)

    def find(self, entity_id: str) -> Entity | None:
        """Return the entity with this id, ``None`` when there is none."""
        return next((entity for entity in self.entities if entity.id == entity_id), None)

    def get(self, entity_id: str) -> Entity:
        """Return the entity with this id.

        Raises:
            ConfigurationError: there is none.
        """
        if (entity := self.find(entity_id)) is None:
            raise _unknown(None, [entity_id], self.entities)
        return entity

    def of_action(self, action: str) -> tuple[Entity, ...]:
        """Return the entities of an action."""
        return tuple(entity for entity in self.entities if entity.action == action)

    def ids(self, action: str) -> dict[str, str]:
        """Return the ids of an action's entities by name; two actions may share an entity name."""
        return {entity.name: entity.id for entity in self.of_action(action)}

    def titles(self, action: str) -> dict[str, str]:
        """Return the titles of an action's entities by name."""
        return {entity.name: entity.title for entity in self.of_action(action)}

    def select(self, action: Action | None, names: Sequence[str] = ()) -> tuple[Entity, ...]:
        """Return the entities of an action, or of all actions (``None``); with ``names``, only those.

        Among all actions a name ("users") may mean several entities; their ids ("data_lake:users") are accepted too.

        Raises:
            ConfigurationError: a name that no entity has.
        """
        known = self.entities if action is None else self.of_action(action)
        unknown = [name for name in names if not any(name in _words(action, entity) for entity in known)]
        if unknown:
            raise _unknown(action, unknown, known)
        return tuple(entity for entity in known if not names or not _words(action, entity).isdisjoint(names))


def _words(action: Action | None, entity: Entity) -> set[str]:
    """Return the words that name an entity: among those of its action its name, among all its id too."""
    return {entity.name} if action is not None else {entity.name, entity.id}


def _unknown(action: Action | None, names: Sequence[str], known: Sequence[Entity]) -> ConfigurationError:
    """Build the error for names that no entity has: with the nearest of the known ones, and all of them."""
    from difflib import get_close_matches

    words = sorted({word for entity in known for word in _words(action, entity)})
    nearest = dict.fromkeys(word for name in names for word in get_close_matches(name, words, n=1))
    guess = f"Did you mean {' and '.join(nearest)}? " if nearest else ""
    all_known = ", ".join(entity.id if action is None else entity.name for entity in known)
    subject = "There is" if action is None else f"{action} has"
    return ConfigurationError(f"{subject} no entity named {', '.join(names)}.", f"{guess}Known are: {all_known}.")
