"""Masks of fields: which fields of documents a mask of an Odoo field covers, and entities with their masks applied."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from odoo_sync_tui.core.entity import Content, DocumentField, Entity, Reference
from odoo_sync_tui.core.errors import ConfigurationError
from odoo_sync_tui.core.text.masking import FieldMask, Masker, Masking, MaskKind, choose_strictest
from odoo_sync_tui.entities.mapping import nest

NAME_FIELDS = frozenset({"name", "display_name", "complete_name"})
"""Odoo fields that say the name of a record: a mask of one is one of all, and of the name wherever else it stands."""
SAME_NAMES: Mapping[str, tuple[str, ...]] = {
    "res.partner": ("res.users",),
    "hr.employee": ("hr.employee.public", "res.users", "resource.resource"),
}
"""Models whose records bear the names of the same people."""

_TEXT_TYPES = frozenset({"char", "text", "html"})
_NAMED_TYPES = frozenset({*_TEXT_TYPES, "many2one"})


@dataclass(frozen=True, slots=True)
class FieldType:
    """What Odoo says of a field: its type, the model of its record, and the fields of which it is computed."""

    type: str
    relation: str | None = None
    depends: tuple[str, ...] = ()


def choose_name_masks(masks: Iterable[tuple[str, Mapping[str, MaskKind]]]) -> dict[str, MaskKind]:
    """Choose the masks of the names of records by model: the strictest, where entities of one model differ.

    Args:
        masks: the models of entities, each with the masks of its fields.
    """
    found: dict[str, list[MaskKind]] = {}
    for model, fields in masks:
        kinds = [kind for name, kind in fields.items() if name in NAME_FIELDS]
        for each in (model, *SAME_NAMES.get(model, ())) if kinds else ():
            found.setdefault(each, []).extend(kinds)
    return {model: kind for model, kinds in found.items() if (kind := choose_strictest(kinds))}


def find_mask_flaw(entity: Entity, name: str, further_fields: Collection[str] = ()) -> str:
    """Find out why a field of an entity cannot have a mask, as words for the operator; empty where it can.

    Args:
        entity: an entity of the package.
        name: the Odoo field.
        further_fields: Odoo fields that it has besides its own.
    """
    covered = list_covered(entity, name)
    if not covered and name not in further_fields:
        names = sorted({source for each in entity.document_fields for source in each.sources} | {*further_fields})
        near = difflib.get_close_matches(name, names, n=1)
        return f"{name} is none of its fields; " + (
            f"did you mean {near[0]}?" if near else f"it has {', '.join(names)}"
        )
    target = entity.target
    linking = {*target.identity_fields, *([target.match_field] if target.match_field else [])}
    if linking.intersection(covered):
        return (
            f"by {name} the accounts of other programs in {target.collection} are linked with Odoo, which a mask would "
            "end; what the data lake has of the same people can be masked"
        )
    return ""


def list_covered(entity: Entity, name: str) -> list[str]:
    """List the fields of an entity's documents that a mask of an Odoo field covers, by their names."""
    return [each.name for each in entity.document_fields if name in each.sources]


def apply_masks(entity: Entity, types: Mapping[str, FieldType], lost_fields: Collection[str] = ()) -> Entity:
    """Give the fields of an entity's documents their masks.

    Text that Odoo computes of a masked text is masked as that is.

    Args:
        entity: the entity, with all fields that are read.
        types: what Odoo says of them.
        lost_fields: fields that an earlier run has read; of them Odoo may say nothing.

    Raises:
        ConfigurationError: a mask is for no field of the entity, or does not suit the type of one.
    """
    masking = entity.masking
    if masking is None:
        return entity
    _check(entity, masking, types, lost_fields)
    masker = masking.masker
    if masker is None:  # the run is refused; whatever else reads rows must not make documents of them
        return entity
    masking = replace(masking, fields=_with_computed(masking, types))
    fields = tuple(_mask(each, masking, masker, types) for each in entity.document_fields)
    references = tuple(_mask_copies(each, masking, masker) for each in entity.references)
    return replace(entity, document_fields=fields, references=references, masking=None)


def list_masks(entity: Entity) -> dict[str, FieldMask]:
    """List the masks of an entity's documents by dotted path, once they are applied."""
    prefix = f"{entity.parent_field}." if entity.parent_field else ""
    copies = {name: mask for reference in entity.references for name, mask in reference.masks.items()}
    return {**dict(_walk(entity.document_fields, prefix)), **copies}


def find_masker(entity: Entity) -> Masker | None:
    """Find what makes the masks of an entity, once they are applied; ``None``: it has none."""
    return next((mask.masker for mask in list_masks(entity).values()), None)


def describe_masks(entity: Entity) -> list[tuple[str, str, str]]:
    """Describe the masks of an entity, once they are applied: path, kind, and fingerprint of the key."""
    return sorted((path, str(mask.kind), mask.masker.fingerprint) for path, mask in list_masks(entity).items())


def list_masked_fields(entity: Entity) -> frozenset[str]:
    """List the Odoo fields whose values are not to be seen, once the masks of the entity are applied."""
    return frozenset(_list_masked_sources(entity.document_fields))


def strip_masks(entity: Entity) -> Entity:
    """Return the entity without the masks that were applied."""
    return replace(entity, document_fields=tuple(map(_strip, entity.document_fields)))


def _check(entity: Entity, masking: Masking, types: Mapping[str, FieldType], lost_fields: Collection[str]) -> None:
    for name, kind in masking.fields.items():
        if name not in entity.fields and name not in lost_fields:
            near = difflib.get_close_matches(name, entity.fields, n=1)
            raise ConfigurationError(
                f"{entity.name}: there is a mask for {name}, which is none of its fields.",
                f"Did you mean {near[0]}?" if near else "Add it to the fields, or take its mask out of the settings.",
            )
        if name in types and kind is not MaskKind.DROP and types[name].type not in _NAMED_TYPES:
            raise ConfigurationError(
                f"{entity.name}: {name} of {entity.model} is {types[name].type}, of which no {kind} can be made.",
                f'Only text can be masked so. To leave it out of the documents: {name} = "drop".',
            )


def _with_computed(masking: Masking, types: Mapping[str, FieldType]) -> dict[str, MaskKind]:
    """Add the texts that Odoo computes of masked texts and names, also of those that it computes of others."""
    texts = {name: each for name, each in types.items() if each.type in _TEXT_TYPES}
    names = {
        f"{name}.{part}": kind
        for name, each in types.items()
        for part in NAME_FIELDS
        if (kind := masking.names.get(each.relation or ""))
    }
    own = choose_strictest(kind for name, kind in masking.fields.items() if name in NAME_FIELDS)
    found = {**(dict.fromkeys(NAME_FIELDS.intersection(texts), own) if own else {}), **masking.fields}
    masked = names | {name: kind for name, kind in found.items() if name in texts}
    while True:
        added = {
            name: kind
            for name, each in texts.items()
            if name not in found and (kind := choose_strictest(masked[of] for of in each.depends if of in masked))
        }
        if not added:
            return found
        found, masked = found | added, masked | added


def _mask(field: DocumentField, masking: Masking, masker: Masker, types: Mapping[str, FieldType]) -> DocumentField:
    if field.parts:
        return nest(field.name, [_mask(each, masking, masker, types) for each in field.parts])
    kinds = (_choose(field, name, masking, types) for name in field.sources)
    kind = choose_strictest(each for each in kinds if each)
    return replace(field, mask=FieldMask(kind, masker)) if kind else field


def _choose(field: DocumentField, source: str, masking: Masking, types: Mapping[str, FieldType]) -> MaskKind | None:
    """Choose the mask that a field has because of one Odoo field: its own, or that of the names of a model."""
    own = masking.fields.get(source)
    if field.content is Content.RELATED_ID:
        return own if own is MaskKind.DROP else None
    is_name = field.content is Content.RELATED_NAME and source in types
    model = types[source].relation if is_name else field.names_of
    return own or masking.names.get(model or "")


def _mask_copies(reference: Reference, masking: Masking, masker: Masker) -> Reference:
    kinds = {name: kind for name, model in reference.names.items() if (kind := masking.names.get(model))}
    return replace(reference, masks={name: FieldMask(kind, masker) for name, kind in kinds.items()})


def _strip(field: DocumentField) -> DocumentField:
    return nest(field.name, list(map(_strip, field.parts))) if field.parts else replace(field, mask=None)


def _walk(fields: Sequence[DocumentField], prefix: str) -> Iterator[tuple[str, FieldMask]]:
    for each in fields:
        yield from _walk(each.parts, f"{prefix}{each.name}.")
        if each.mask:
            yield f"{prefix}{each.name}", each.mask


def _list_masked_sources(fields: Sequence[DocumentField]) -> Iterator[str]:
    for each in fields:
        yield from _list_masked_sources(each.parts)
        if each.mask:
            yield from each.sources
