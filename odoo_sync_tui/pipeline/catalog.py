"""The entities of an installation: here the settings and the entities of the package meet."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from difflib import get_close_matches

from odoo_sync_tui.core.actions import Action
from odoo_sync_tui.core.changes.policy import ChangePolicy
from odoo_sync_tui.core.entity import Entity
from odoo_sync_tui.core.errors import ConfigurationError
from odoo_sync_tui.core.reports.overview import SYNCED, EntityStatus
from odoo_sync_tui.core.text.masking import Masker, Masking
from odoo_sync_tui.core.text.times import parse_age
from odoo_sync_tui.entities.catalog import EntityCatalog
from odoo_sync_tui.entities.declaration import EntityDeclaration
from odoo_sync_tui.entities.declared import build_declared_entity, change_entity
from odoo_sync_tui.entities.masks import choose_name_masks
from odoo_sync_tui.entities.registry import BUILT_IN
from odoo_sync_tui.settings.model import Settings
from odoo_sync_tui.settings.sections.entities import ENTITY_TABLES, list_built_ins


@dataclass(frozen=True, slots=True)
class KnownEntity:
    """An entity that is synced, or was: ``name`` is that of its table in the settings."""

    name: str
    entity: Entity
    status: EntityStatus


def build_catalog(settings: Settings) -> EntityCatalog:
    """Build the catalog of the entities that these settings know: of the package, changed or off, and declared ones."""
    changes = {each.entity_id: each for each in settings.entity_changes}
    built_in = [
        change_entity(entity, changes[entity.id]) if entity.id in changes else entity
        for entity in BUILT_IN
        if entity.id not in changes or changes[entity.id].enabled
    ]
    catalog = EntityCatalog.of(built_in).with_declared(map(build_declared_entity, settings.declared_entities))
    names = choose_name_masks(settings.list_masks())
    if not names and not any(entity.masking for entity in catalog):
        return catalog
    masker = Masker(settings.masking.key.get_secret_value()) if settings.masking.key else None
    return EntityCatalog(
        tuple(
            replace(entity, masking=Masking(entity.masking.fields if entity.masking else {}, names, masker))
            for entity in catalog
        )
    )


def build_change_policy(settings: Settings, catalog: EntityCatalog) -> ChangePolicy:
    """Build what the settings say of the change log.

    Raises:
        ConfigurationError: they name an entity that is not known.
    """
    changes = settings.changes
    logged = catalog.select(None, changes.entities) if changes.entities else None
    return ChangePolicy(
        enabled=changes.enabled,
        first_load=changes.first_load,
        keep=parse_age(changes.keep),
        entity_ids=None if logged is None else frozenset(entity.id for entity in logged),
        fields=changes.fields,
    )


def list_known_entities(catalog: EntityCatalog, stored_ids: Collection[str]) -> tuple[KnownEntity, ...]:
    """List the entities that are synced, in their order, and behind them those that are off or declared no more.

    Args:
        catalog: the entities that are synced.
        stored_ids: ids of entities about which the store holds anything.
    """
    names = {entity.id: name for name, entity in list_built_ins().items()}
    known = [
        KnownEntity(names[each.id], each, EntityStatus.BUILT_IN)
        if each.id in names
        else KnownEntity(each.name, each, EntityStatus.DECLARED)
        for each in catalog
    ]
    off = [KnownEntity(names[each.id], each, EntityStatus.OFF) for each in BUILT_IN if catalog.find(each.id) is None]
    undeclared = [
        KnownEntity(entity.name, entity, EntityStatus.UNDECLARED)
        for entity in map(_rebuild, sorted(stored_ids))
        if entity and catalog.find(entity.id) is None
    ]
    return (*known, *off, *undeclared)


def find_left_over(catalog: EntityCatalog, stored_ids: Collection[str], name: str) -> KnownEntity:
    """Find an entity that is synced no more, and whose documents may be deleted, by its name or id.

    Raises:
        ConfigurationError: there is none of this name, it is still synced, or its collection has other records too.
    """
    known = list_known_entities(catalog, stored_ids)
    found = next((each for each in known if name.replace(" ", "_") in {each.name, each.entity.id}), None)
    if found is None:
        nearest = get_close_matches(name, [each.name for each in known], n=1)
        guess = f"Did you mean {nearest[0]}? " if nearest else ""
        raise ConfigurationError(f"Nothing is known of an entity {name}.", f"{guess}Look at: odoo-sync-tui entities.")
    if not found.entity.target.discriminator:
        raise ConfigurationError(
            f"Other programs keep records in the collection {found.entity.target.collection} too:"
            " documents are never deleted there.",
            "Documents of users in the data lake have the name lake_users." if found.name == "users" else "",
        )
    if found.status in SYNCED:
        is_built_in = found.status is EntityStatus.BUILT_IN
        raise ConfigurationError(
            f"{found.name} is still synced: nothing was deleted.",
            f"{'Set enabled = false in' if is_built_in else 'Remove'} [entities.{found.name}] of the settings first.",
        )
    return found


def _rebuild(entity_id: str) -> Entity | None:
    """Rebuild what is known of a declared entity from its id; ``None`` where no settings could have declared it.

    Another program may have left anything there, "data_lake:account" too: that is the ``entity_type`` of accounts.
    """
    group, _, name = entity_id.partition(":")
    if f"sync_{group}" != Action.DATA_LAKE or name in list_built_ins() or ENTITY_TABLES.find_name_flaw(name):
        return None
    return build_declared_entity(EntityDeclaration(name, model=""))
