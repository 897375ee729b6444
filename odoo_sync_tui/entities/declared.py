"""Entities that an operator declares or changes in the settings."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import replace

from odoo_sync_tui.core.entity import DocumentField, Entity, FieldChoice
from odoo_sync_tui.core.text.masking import Masking, MaskKind
from odoo_sync_tui.entities.declaration import EntityChanges, EntityDeclaration, LostFields, NewFields
from odoo_sync_tui.entities.mapping import build_lake_entity, copy, nest, related_id, related_name

ORDER = 200
"""Declared entities are synced after those of the package."""
EXTRA_FIELD = "extra"
"""The field under ``data`` that holds further fields of an entity of the package."""
_LIST_TYPES = frozenset({"one2many", "many2many"})


def build_declared_entity(declaration: EntityDeclaration) -> Entity:
    """Build the entity of a declaration; its fields are known once Odoo has described the model."""
    choice = FieldChoice(
        declaration.fields,
        takes_new=declaration.on_new_fields is NewFields.TAKE,
        freezes_lost=declaration.on_lost_fields is LostFields.FREEZE,
    )
    entity = build_lake_entity(
        declaration.name, declaration.name, declaration.model, (), (), ORDER, domain=declaration.domain
    )
    return replace(entity, choice=choice, masking=_make_masking(declaration.mask))


def change_entity(entity: Entity, changes: EntityChanges) -> Entity:
    """Build an entity of the package with the changes that an operator made."""
    choice = FieldChoice(changes.extra_fields, parent=EXTRA_FIELD)
    domain = (*entity.domain, *changes.domain)
    return replace(entity, domain=domain, choice=choice, masking=_make_masking(changes.mask))


def _make_masking(masks: Mapping[str, MaskKind]) -> Masking | None:
    return Masking(masks) if masks else None


def add_fields(entity: Entity, types: Mapping[str, str], taken_names: Container[str]) -> Entity:
    """Add Odoo fields to an entity and to its documents.

    The field of a document has the name of Odoo's, that of a many2one holds the id, and the name of the related record
    stands beside it: ``partner_name`` beside ``partner_id``, or ``partner_id_name`` where the model has such a field.

    Args:
        entity: the entity, with a choice of fields.
        types: the types of the fields by name, in the order of the documents.
        taken_names: names of all fields of the model.
    """
    fields = [each for name, kind in types.items() for each in _make_fields(name, kind, taken_names)]
    parent = entity.choice.parent if entity.choice else ""
    if parent:
        fields = [nest(parent, fields)] if entity.parent_field else [nest("data", [nest(parent, fields)])]
    names = dict.fromkeys((*entity.fields, *types, *(["active"] if "active" in taken_names else [])))
    return replace(entity, fields=tuple(names), document_fields=(*entity.document_fields, *fields))


def _make_fields(name: str, kind: str, taken_names: Container[str]) -> Sequence[DocumentField]:
    if kind in _LIST_TYPES:
        return (DocumentField(name, lambda rows: [list(ids) for ids in rows.column(name)], (name,)),)  # pyright: ignore
    if kind != "many2one":
        return copy(name)
    label = f"{name.removesuffix('_id')}_name"
    while label in taken_names:
        label = f"{name}_name" if label != f"{name}_name" else f"{label}_"
    return related_id(name, name), related_name(label, name)
