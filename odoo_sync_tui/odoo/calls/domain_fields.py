"""Check the fields of a domain against those of the server, so that an unknown one is named before anything is read."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from typing import cast

from odoo_sync_tui.core.entity import Domain
from odoo_sync_tui.core.errors import ConfigurationError
from odoo_sync_tui.odoo.transport.http import WireRow

ReadFields = Callable[[str], Mapping[str, WireRow]]
"""Read type and relation of the fields of a model; none where they cannot be read."""

PARTED_TYPES = frozenset({"date", "datetime", "properties"})
"""Types of fields whose parts a path may name: ``create_date.month_number``."""


def check_domain_fields(domain: Domain, model: str, read_fields: ReadFields) -> None:
    """Check that the model has every field of the domain, and each related model the rest of its path.

    Raises:
        ConfigurationError: a field is unknown, or a path goes through a field that refers to no record.
        OdooError: the fields cannot be read.
    """
    for term in domain:
        if not isinstance(term, tuple):  # a prefix operator
            continue
        path, operator, value = cast("tuple[str, str, object]", term)
        related = _follow(path, model, read_fields)
        if operator in {"any", "not any"} and related:
            check_domain_fields(cast("Domain", value), related, read_fields)


def _follow(path: str, model: str, read_fields: ReadFields) -> str | None:
    """Follow a path through the models; return the model that its end refers to, ``None`` where nobody can tell."""
    names, current = path.split("."), model
    for place, name in enumerate(names):
        fields = read_fields(current)
        if not fields:
            return None
        if name not in fields:
            raise _unknown_field_error(name, current, fields)
        relation, is_end = fields[name].get("relation"), place == len(names) - 1
        if not isinstance(relation, str) or not relation:
            if not is_end and fields[name].get("type") not in PARTED_TYPES:
                raise ConfigurationError(f"{name} of {current} refers to no record: {path} is no field.")
            return None
        if is_end:
            return relation
        current = relation
    return None


def _unknown_field_error(name: str, model: str, fields: Mapping[str, WireRow]) -> ConfigurationError:
    near = [each for each in difflib.get_close_matches(name, fields, n=3) if each.isidentifier()]
    hint = f"Did you mean {' or '.join(near)}?" if near else "Look at the names of its fields in Odoo."
    return ConfigurationError(f"Odoo's {model} has no field {name}.", hint)
