"""Resolve a selection before its run begins: check it against Odoo, find its department, count its rows."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import cast

from odoo_sync_tui.core.entity import Domain, Entity
from odoo_sync_tui.core.errors import (
    ConfigurationError,
    OdooAccessError,
    OdooContractError,
    OdooMissingModelError,
    OdooPoisonRowError,
)
from odoo_sync_tui.core.scope import Mode, Scope, Selection
from odoo_sync_tui.core.text.sanitize import sanitize
from odoo_sync_tui.entities import users
from odoo_sync_tui.odoo.calls.domain_fields import check_domain_fields
from odoo_sync_tui.odoo.connector import OdooConnector
from odoo_sync_tui.odoo.domains import parse_domain_argument
from odoo_sync_tui.odoo.transport.http import WireRow

MAX_IDS = 10_000
"""Ids of one selection."""
MAX_ID = 2**31 - 1
"""Highest id of a record in Odoo."""
UNREADABLE = (OdooAccessError, OdooMissingModelError)
"""Errors of a model that the run itself reports."""

SelectionListener = Callable[[Mapping[str, int]], None]
"""Called before the run begins with the number of selected rows by entity; those that cannot be counted are absent."""


def check_selection_form(selection: Selection, entities: Sequence[Entity]) -> Selection:
    """Check a selection as far as it can be without Odoo; return it with its ids sorted.

    Raises:
        ConfigurationError: it selects nothing, contradicts itself, or does not fit the entities.
    """
    if selection.is_empty:
        raise ConfigurationError("The selection names no rows.", "Give it ids, a time, a domain or a department.")
    if selection.ids and len(entities) != 1:
        raise ConfigurationError(
            f"--id asks for rows of one entity, and this run covers {', '.join(each.name for each in entities)}.",
            f"Name the one that is meant, as in --entity {entities[0].name}." if entities else "",
        )
    if len(selection.ids) > MAX_IDS:
        raise ConfigurationError(f"The selection has {len(selection.ids)} ids; {MAX_IDS} are the most.")
    if wrong := [each for each in selection.ids if not 1 <= each <= MAX_ID]:
        raise ConfigurationError(f"{wrong[0]} is no id in Odoo: those are whole numbers from 1 to {MAX_ID}.")
    if selection.since and selection.until and selection.since >= selection.until:
        raise ConfigurationError("The selection ends before it begins.", "--since has to lie before --until.")
    if selection.department and (others := [each.name for each in entities if each.model != users.ENTITY.model]):
        raise ConfigurationError(
            f"--department selects employees, and this run covers {', '.join(others)}.", "Sync users with it."
        )
    try:
        domain = parse_domain_argument(selection.domain)
    except ValueError as error:
        raise ConfigurationError(f"The domain of the selection is wrong: {error}.") from None
    return replace(selection, ids=tuple(sorted(set(selection.ids))), domain=domain)


def resolve_selection(
    connector: OdooConnector, entities: Sequence[Entity], scope: Scope, selection: Selection
) -> tuple[Scope, Mapping[str, int]]:
    """Check a selection against Odoo; return the scope of its run, and the number of its rows by entity.

    Raises:
        ConfigurationError: a field or a department is unknown, or Odoo does not accept the domain.
        OdooError: Odoo cannot be asked.
    """

    @cache
    def read_fields(model: str) -> Mapping[str, WireRow]:
        try:
            return connector.models.read_types(model)
        except UNREADABLE:
            return {}

    for entity in entities:
        check_domain_fields(selection.domain, entity.model, read_fields)
    department_id = (
        _find_department(connector.read_departments(), selection.department) if selection.department else None
    )
    domain = (*scope.domain, *selection.build_domain(department_id))
    counts = {entity.name: _count(connector, entity, domain) for entity in entities}
    resolved = replace(scope, mode=Mode.FULL, reread=True, domain=domain, selection=selection)
    return resolved, {name: count for name, count in counts.items() if count is not None}


def _count(connector: OdooConnector, entity: Entity, domain: Domain) -> int | None:
    """Count the selected rows of an entity; ``None``: it may not be read, as its run will say."""
    try:
        return connector.count(entity, domain)
    except UNREADABLE:
        return None
    except OverflowError:  # of XML-RPC, whose numbers have 32 bits
        raise ConfigurationError("The domain of the selection has a number that is too large for XML-RPC.") from None
    except (OdooContractError, OdooPoisonRowError) as error:
        raise ConfigurationError(
            f"Odoo does not accept the selection. {error.message}", "Look at its domain."
        ) from None


def _find_department(rows: Sequence[WireRow], wanted: str) -> int:
    """Find the id of the one department that has this id, this name, or this name with those above it."""
    names = {
        cast("int", row["id"]): [str(row[key]) for key in ("complete_name", "name") if row.get(key)] for row in rows
    }
    if wanted.isascii() and wanted.isdigit() and int(wanted) in names:
        return int(wanted)
    text = wanted.casefold()
    found = sorted(key for key, each in names.items() if text in map(str.casefold, each))
    if len(found) == 1:
        return found[0]
    if found:
        same = ", ".join(f"{each} ({sanitize(names[each][0], 60)})" for each in found[:5])
        raise ConfigurationError(
            f"{len(found)} departments in Odoo are named {sanitize(wanted, 60)}: {same}.", "Give the id of one."
        )
    by_text = {name.casefold(): name for each in names.values() for name in each}
    near = [by_text[each] for each in difflib.get_close_matches(text, by_text, n=2)]
    hint = f"Did you mean {' or '.join(sanitize(each, 60) for each in near)}?" if near else "Give its id or its name."
    raise ConfigurationError(f"There is no department {sanitize(wanted, 60)} in Odoo.", hint)
