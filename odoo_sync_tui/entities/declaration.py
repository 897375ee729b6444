"""What an operator says about entities in the settings: entities of his own, and changes of the built-in ones."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Protocol

from odoo_sync_tui.core.entity import Domain
from odoo_sync_tui.core.reports.discovery import LIST_TYPES
from odoo_sync_tui.core.text.masking import MaskKind

MODEL_NAME = re.compile(r"[a-z0-9_]+(?:\.[a-z0-9_]+)*")
"""The form of the technical name of an Odoo model."""
FIELD_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_$]*")
"""The form of the name of an Odoo field."""
EVERY_STORED_FIELD = "*"
ALL_FIELDS = (EVERY_STORED_FIELD,)
"""Patterns of all fields."""
UNREAD_TYPES = frozenset({"binary"})
"""Types of fields that are not copied."""


class NewFields(StrEnum):
    """What happens once Odoo has a field that the patterns of an entity name, and that its documents do not have."""

    TELL = "tell"
    TAKE = "take"


class LostFields(StrEnum):
    """What happens once Odoo has a field no more that the documents of an entity have."""

    TELL = "tell"
    FREEZE = "freeze"


@dataclass(frozen=True, slots=True)
class EntityDeclaration:
    """An entity that an operator declares.

    Attributes:
        name: its name, which is also its ``entity_type`` in the lake.
        model: the Odoo model.
        domain: which of its rows belong to the entity; all of them, archived ones included, by default.
        fields: patterns of names of Odoo fields, applied in their order: ``"x_*"`` adds, ``"-note"`` takes away.
        on_new_fields: what happens about new fields that the patterns name.
        on_lost_fields: what happens about fields that Odoo has no more.
        mask: what is stored in place of the values of Odoo fields, by field.
    """

    name: str
    model: str
    domain: Domain = ()
    fields: tuple[str, ...] = ALL_FIELDS
    on_new_fields: NewFields = NewFields.TELL
    on_lost_fields: LostFields = LostFields.TELL
    mask: Mapping[str, MaskKind] = field(default_factory=dict[str, MaskKind])


@dataclass(frozen=True, slots=True)
class EntityChanges:
    """Changes of a built-in entity that an operator wants.

    Attributes:
        entity_id: the :attr:`~odoo_sync_tui.core.entity.Entity.id` of the entity.
        extra_fields: names of Odoo fields to read besides its own.
        domain: narrows its rows down, besides its own domain.
        enabled: whether it is synced.
        mask: what is stored in place of the values of Odoo fields, by field.
    """

    entity_id: str
    extra_fields: tuple[str, ...] = ()
    domain: Domain = ()
    enabled: bool = True
    mask: Mapping[str, MaskKind] = field(default_factory=dict[str, MaskKind])


EntityTable = EntityDeclaration | EntityChanges
"""A table of the settings about one entity."""


class DescribedField(Protocol):
    """What Odoo says of a field, as far as patterns ask."""

    @property
    def type(self) -> str:
        """Its type in Odoo."""
        ...

    @property
    def is_stored(self) -> bool:
        """Whether the table of the model has it."""
        ...


def match_fields(patterns: Sequence[str], fields: Mapping[str, DescribedField]) -> frozenset[str]:
    """Find the names that the patterns mean, one after the other.

    Args:
        patterns: names and patterns: ``"x_*"`` adds, ``"-note"`` takes away.
        fields: all fields of the model by name.
    """
    names: set[str] = set()
    for pattern in patterns:
        if pattern.startswith("-"):
            names -= _match(pattern[1:], names)
        elif pattern == EVERY_STORED_FIELD:
            names |= {name for name, field in fields.items() if field.is_stored and field.type not in LIST_TYPES}
        else:
            names |= _match(pattern, fields)
    return frozenset(name for name in names if name != "id" and fields[name].type not in UNREAD_TYPES)


def _match(pattern: str, names: Collection[str]) -> set[str]:
    if "*" not in pattern:
        return {pattern}.intersection(names)
    return {name for name in names if fnmatchcase(name, pattern)}
