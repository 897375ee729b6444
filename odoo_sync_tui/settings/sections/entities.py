"""Tables of entities: those that the operator declares, and changes of the built-in ones."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Annotated, cast

from pydantic import BeforeValidator, Field, PlainValidator, ValidationInfo, field_validator

from odoo_sync_tui.core.entity import Entity
from odoo_sync_tui.core.text.masking import MaskKind
from odoo_sync_tui.entities.declaration import (
    ALL_FIELDS,
    FIELD_NAME,
    MODEL_NAME,
    EntityChanges,
    EntityDeclaration,
    EntityTable,
    LostFields,
    NewFields,
)
from odoo_sync_tui.entities.masks import find_mask_flaw
from odoo_sync_tui.entities.registry import BUILT_IN
from odoo_sync_tui.settings.sections.base import NamedTable, TableSection
from odoo_sync_tui.settings.sections.value_types import DomainTerms, parse_json

MAX_NAME_LENGTH = 31

_NAME = re.compile(rf"[a-z][a-z0-9_]{{0,{MAX_NAME_LENGTH - 1}}}")
_PATTERN = re.compile(r"-?[A-Za-z0-9_$*]+")


def _validate_model(model: object) -> str:
    if isinstance(model, str) and MODEL_NAME.fullmatch(model):
        return model
    raise ValueError('the technical name of an Odoo model, such as "sale.order", is accepted')


def _validate_patterns(value: object) -> tuple[str, ...]:
    patterns = _take_texts(value, _PATTERN)
    if not patterns or patterns[0].startswith("-"):
        raise ValueError('a list of names of fields, at its beginning one to add, is accepted: ["*", "-note"]')
    return patterns


def _validate_names(value: object) -> tuple[str, ...]:
    names = _take_texts(value, FIELD_NAME)
    if names is None:
        raise ValueError('a list of names of fields is accepted: ["x_segment", "category_id"]')
    return names


def _take_texts(value: object, form: re.Pattern[str]) -> tuple[str, ...] | None:
    """Take a list of texts that all have this form; ``None`` for anything else."""
    if not isinstance(value, list | tuple):
        return None
    texts = tuple(each for each in cast("Sequence[object]", value) if isinstance(each, str) and form.fullmatch(each))
    return texts if len(texts) == len(cast("Sequence[object]", value)) else None


def _validate_masks(value: object) -> Mapping[str, MaskKind]:
    """Check a table of Odoo fields and what becomes of their values."""
    table = cast("Mapping[object, object]", value) if isinstance(value, Mapping) else {"": ""}
    for name, kind in table.items():
        if not isinstance(name, str) or not FIELD_NAME.fullmatch(name) or kind not in list(MaskKind):
            raise ValueError(
                f"a table of Odoo fields is accepted, each with {', '.join(sorted(MaskKind)[:-1])} or "
                f'{max(MaskKind)}: {{ email = "hash" }}; in a variable and with --set as JSON'
            )
    return {cast("str", name): MaskKind(cast("str", kind)) for name, kind in table.items()}


ModelName = Annotated[str, BeforeValidator(_validate_model)]
FieldPatterns = Annotated[tuple[str, ...], BeforeValidator(_validate_patterns), BeforeValidator(parse_json)]
FieldMasks = Annotated[dict[str, MaskKind], BeforeValidator(_validate_masks), BeforeValidator(parse_json)]
FieldNames = Annotated[tuple[str, ...], BeforeValidator(_validate_names), BeforeValidator(parse_json)]


class DeclaredEntity(NamedTable):
    """An entity that the operator declares; its name is its ``entity_type`` in the lake."""

    model: ModelName = Field(examples=["sale.order"])
    """The Odoo model whose rows are read ("sale.order"); it has to be set."""
    domain: DomainTerms = ()
    """Which rows, as an Odoo domain; all of them by default, archived ones included."""
    fields: FieldPatterns = ALL_FIELDS
    """Which fields, in order: a pattern adds, and one that begins with "-" takes away."""
    on_new_fields: NewFields = NewFields.TELL
    """What happens about a field that is new in Odoo and matches: ``tell`` says so, ``take`` reads it."""
    on_lost_fields: LostFields = LostFields.TELL
    """What happens about a field that Odoo has no more: ``tell`` says so, ``freeze`` touches nothing."""
    mask: FieldMasks = Field(default_factory=dict[str, MaskKind])
    """What is stored in place of the values of Odoo fields: ``hash``, ``initials`` or ``drop`` (nothing)."""

    def build(self) -> EntityDeclaration:
        """Build the declaration."""
        return EntityDeclaration(
            self.name, self.model, self.domain, self.fields, self.on_new_fields, self.on_lost_fields, self.mask
        )


class BuiltInEntity(NamedTable):
    """Changes of a built-in entity."""

    extra_fields: FieldNames = ()
    """Names of Odoo fields to read besides its own."""
    domain: DomainTerms = ()
    """Which of its rows, as an Odoo domain; all of them by default."""
    enabled: bool = True
    """Whether it is synced."""
    mask: FieldMasks = Field(default_factory=dict[str, MaskKind])
    """What is stored in place of the values of Odoo fields: ``hash``, ``initials`` or ``drop`` (nothing)."""

    @field_validator("mask")
    @classmethod
    def _check_masked_fields(cls, masks: dict[str, MaskKind], info: ValidationInfo) -> dict[str, MaskKind]:
        entity = list_built_ins()[info.data["name"]]
        flaws = (find_mask_flaw(entity, name, info.data.get("extra_fields", ())) for name in masks)
        if flaw := next(filter(None, flaws), None):
            raise ValueError(flaw)
        return masks

    def build(self) -> EntityChanges:
        """Build the changes."""
        entity_id = list_built_ins()[self.name].id
        return EntityChanges(entity_id, self.extra_fields, self.domain, self.enabled, self.mask)


@cache
def list_built_ins() -> Mapping[str, Entity]:
    """Return the built-in entities by the names of their tables: "accounts", "lake_users"."""
    return {entity.title.replace(" ", "_"): entity for entity in BUILT_IN}


def get_table_name(table: EntityTable) -> str:
    """Return the name of a table: "orders", or that of a built-in entity."""
    if isinstance(table, EntityDeclaration):
        return table.name
    return next(name for name, entity in list_built_ins().items() if entity.id == table.entity_id)


def _find_model(name: str) -> type[NamedTable]:
    return BuiltInEntity if name in list_built_ins() else DeclaredEntity


def _find_name_flaw(name: str) -> str:
    if not _NAME.fullmatch(name):
        return "A name begins with a small letter and has at most 31 small letters, digits and underscores."
    if name in list_built_ins():
        return ""
    for key, entity in list_built_ins().items():
        if name in {entity.name, entity.id, entity.target.discriminator.get("entity_type")}:
            return (
                f"The lake has the documents of {key} under this name: choose another one, or write [entities.{key}]."
            )
    return ""


def _explain_key(name: str, key: str) -> str:
    if name in list_built_ins() and key in DeclaredEntity.get_key_fields():
        return f"{name} is built in: what can be set of it is {', '.join(BuiltInEntity.get_key_fields())}."
    if name not in list_built_ins() and key in BuiltInEntity.get_key_fields():
        near = difflib.get_close_matches(name, list_built_ins(), n=1)
        names = f"the nearest is [entities.{near[0]}]" if near else f"they are {', '.join(list_built_ins())}"
        return f"{key} is for built-in entities, and {name} is none of them; {names}."
    return ""


def _suggest_table(name: str) -> str:
    """Suggest the built-in entity that may be meant by a name that is none."""
    near = difflib.get_close_matches(name, list_built_ins(), n=1)
    return f"Did you mean [entities.{near[0]}]?" if near and name not in list_built_ins() else ""


ENTITY_TABLES = TableSection(_find_model, _find_name_flaw, _explain_key, _suggest_table, example="orders")

EntityTables = Annotated[
    dict[str, Annotated[DeclaredEntity | BuiltInEntity, PlainValidator(ENTITY_TABLES.check_table)]],
    BeforeValidator(ENTITY_TABLES.name_tables),
]
