"""Find out, before a row is read, what the fields are that an operator chose, and refuse what Odoo does not have."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping, Sequence

from odoo_sync_tui.core.cursor import Cursor
from odoo_sync_tui.core.entity import Entity, FieldChoice
from odoo_sync_tui.core.errors import ConfigurationError, OdooAccessError, OdooMissingModelError
from odoo_sync_tui.core.result import Notice
from odoo_sync_tui.entities.declared import add_fields
from odoo_sync_tui.odoo.connector import OdooConnector
from odoo_sync_tui.odoo.models import check_choice, choose_fields

MAX_NAMES_TOLD = 20


def resolve_entities(
    entities: Sequence[Entity],
    connector: OdooConnector,
    cursors: Mapping[str, Cursor],
    warn: Callable[[Notice], None] = lambda _: None,
) -> list[Entity]:
    """Give entities the fields that their operator chose; those without a choice stay as they are.

    A model or a field that an earlier run has read and that is gone by now is no mistake of the settings: the run of
    its entity meets it.

    Raises:
        ConfigurationError: the settings name a model or a field that Odoo does not have, or one that is not copied.
        OdooError: Odoo cannot be asked.
        RunCancelled: a stop was requested.
    """
    return [
        _resolve(entity, entity.choice, connector, cursors.get(entity.id), warn) if entity.choice else entity
        for entity in entities
    ]


def _resolve(
    entity: Entity, choice: FieldChoice, connector: OdooConnector, cursor: Cursor | None, warn: Callable[[Notice], None]
) -> Entity:
    try:
        infos = connector.models.describe(entity.model)
    except OdooAccessError:
        return entity  # as every entity whose model may not be read, it fails alone
    except OdooMissingModelError as error:
        if cursor or entity.fields:
            return entity
        raise _unknown_model(entity, connector, error) from error
    check_choice(entity, choice, infos, cursor)
    chosen = choose_fields(choice, infos, cursor)
    if chosen.new_names:
        warn(_new_fields_notice(entity, choice, chosen.new_names))
    types = {info.name: info.type for info in chosen.infos if info.name not in entity.fields or choice.parent}
    return add_fields(entity, types, infos)


def _unknown_model(entity: Entity, connector: OdooConnector, error: OdooMissingModelError) -> ConfigurationError:
    nearest = difflib.get_close_matches(entity.model, connector.models.list_names(), n=1)
    guess = f"Did you mean {nearest[0]}?" if nearest else "The command discover lists the models."
    return ConfigurationError(f"{entity.name}: {error.message}", guess)


def _new_fields_notice(entity: Entity, choice: FieldChoice, names: Sequence[str]) -> Notice:
    told = ", ".join(names[:MAX_NAMES_TOLD]) + (" and more" if len(names) > MAX_NAMES_TOLD else "")
    if choice.takes_new:
        return Notice("new_fields", f"{entity.model} has new fields, which are read now: {told}.", "", entity.name)
    return Notice(
        "new_fields",
        f"{entity.model} has new fields, which are not read: {told}.",
        f'Name them in the fields of [entities.{entity.name}], or set on_new_fields = "take" there.',
        entity.name,
    )
