"""Mapping of rows to documents: the steps shared by all entities."""

from __future__ import annotations

import email.utils
import re
from collections.abc import Sequence
from functools import partial
from itertools import repeat
from typing import cast

from odoo_sync_tui.core.actions import Action
from odoo_sync_tui.core.entity import (
    Content,
    DependentModel,
    Document,
    DocumentField,
    Domain,
    Entity,
    RelatedRecord,
    RowTable,
    Target,
)
from odoo_sync_tui.runtime.threads import make_way

DATA_LAKE = "data_lake_serving"

_EMAIL = re.compile(r"(?<![a-zA-Z0-9._%+-])[a-zA-Z0-9._%+-]+@[a-zA-Z0-9.-]+\.[a-zA-Z]{2,63}")
"""An address in a text, as Odoo's ``email_re`` finds it."""

_ONE_EMAIL = re.compile(r"(?<![\w.%+-])[\w.%+-]+@[\w.-]+")
"""A text that is one address and nothing else, which almost all are: the parser takes 60 times as long."""


def build_lake_target(entity_type: str, name: str = "name") -> Target:
    """Build the data lake's target of one ``entity_type`` ("account"); ``name`` is the display name's field."""
    return Target(
        collection=DATA_LAKE,
        id_field="data.id",
        active_field="is_active",
        updated_at_field="last_aggregated",
        deactivated_at_field="deleted_at",
        key_template=f"odoo_{entity_type}_{{id}}",
        discriminator={"entity_type": entity_type},
        name_field=f"data.{name}",
    )


def build_lake_entity(
    entity_type: str,
    name: str,
    model: str,
    fields: tuple[str, ...],
    document_fields: tuple[DocumentField, ...],
    order: int,
    *,
    domain: Domain = (),
    dependent_models: tuple[DependentModel, ...] = (),
    name_field: str = "name",
) -> Entity:
    """Build an entity of the data lake; what its documents hold for the consumers stands under ``data``."""
    return Entity(
        name=name,
        action=Action.DATA_LAKE,
        model=model,
        fields=fields,
        target=build_lake_target(entity_type, name_field),
        document_fields=(DocumentField("id", get_ids), *document_fields),
        parent_field="data",
        initial={"entity_type": entity_type, "source": "odoo"},
        key_field="serving_id",
        domain=domain,
        dependent_models=dependent_models,
        order=order,
    )


def map_rows(entity: Entity, rows: RowTable) -> list[Document]:
    """Map rows to the documents of an entity.

    Raises:
        ValueError, TypeError: the document of one of the rows cannot be made.
        RuntimeError: the entity has masks that were not applied.
    """
    if entity.masking:
        raise RuntimeError(f"{entity.name} has masks that were not applied")
    ids, active = get_ids(rows), [value is not False for value in rows.column("active")]
    names = tuple(each.name for each in entity.document_fields)
    columns = list(map(partial(_make_column, rows), entity.document_fields))
    # A loop with a keyword argument for each row would take half as long again.
    contents: list[dict[str, object]] = list(map(dict, map(zip, repeat(names), zip(*columns, strict=True))))
    parent, key_field, initial = entity.parent_field, entity.key_field, entity.initial
    owned: list[dict[str, object]] = [{parent: each} for each in contents] if parent else contents
    make_key = entity.target.make_key
    given = [{key_field: make_key(each), **initial} for each in ids] if key_field else [initial] * len(ids)
    return list(map(Document, ids, active, owned, given))


def _make_column(rows: RowTable, field: DocumentField) -> Sequence[object]:
    make_way()
    return field.make(rows)


def get_ids(rows: RowTable) -> Sequence[int]:
    """Return the Odoo ids of the rows.

    Raises:
        TypeError: a row has no integer id.
    """
    ids = rows.columns["id"]
    wrong = {type(each).__name__ for each in ids if type(each) is not int}
    if wrong:
        raise TypeError(f"id is {', '.join(sorted(wrong))}, not a whole number")
    return cast("Sequence[int]", ids)


# ------------------------------------------------------------------------------------- fields of documents


def copy(*names: str) -> tuple[DocumentField, ...]:
    """Fields with the name and the values of Odoo's; ``None`` for one missing on the server or not readable."""
    return tuple(copy_as(name, name) for name in names)


def copy_as(name: str, source: str, *, names_of: str = "") -> DocumentField:
    """A field with the values of Odoo's field ``source``; ``names_of``: names of records of this model, as text."""
    return DocumentField(name, lambda rows: rows.column(source), (source,), names_of=names_of)


def constant(name: str, value: object) -> DocumentField:
    """A field with the same value in all documents."""
    return DocumentField(name, lambda rows: (value,) * len(rows))


def related_id(name: str, *sources: str) -> DocumentField:
    """A field with the id of a many2one, the first of ``sources`` that the server has; ``None`` where it is empty."""
    return DocumentField(
        name,
        lambda rows: [each.id if isinstance(each, RelatedRecord) else None for each in rows.column(*sources)],
        sources,
        Content.RELATED_ID,
    )


def related_name(name: str, *sources: str) -> DocumentField:
    """As :func:`related_id`, with the display name; ``None`` also where it may not be read."""
    return DocumentField(
        name,
        lambda rows: [each.name if isinstance(each, RelatedRecord) else None for each in rows.column(*sources)],
        sources,
        Content.RELATED_NAME,
    )


def related(field: str) -> tuple[DocumentField, DocumentField]:
    """Fields with id and name of a many2one: ``partner_id`` becomes ``partner_id`` and ``partner_name``."""
    stem = field.removesuffix("_id")
    return related_id(f"{stem}_id", field), related_name(f"{stem}_name", field)


def email_address(name: str, source: str) -> DocumentField:
    """A field with the first e-mail address in Odoo's field ``source``."""
    return DocumentField(name, lambda rows: list(map(normalize_email, rows.column(source))), (source,))


def nest(name: str, parts: Sequence[DocumentField]) -> DocumentField:
    """A field that holds others."""
    names = tuple(each.name for each in parts)

    def make_values(rows: RowTable) -> Sequence[object]:
        columns = [each.make(rows) for each in parts]
        values: list[dict[str, object]] = list(map(dict, map(zip, repeat(names), zip(*columns, strict=True))))
        return values if parts else [dict[str, object]() for _ in rows.columns["id"]]

    return DocumentField(name, make_values, parts=tuple(parts))


def normalize_email(value: object) -> str | None:
    """Return the first address in a text, which Odoo too takes for the record's own; ``None`` where there is none."""
    if not isinstance(value, str):
        return None
    text = value.strip()
    return text.lower() if _ONE_EMAIL.fullmatch(text) else next(iter(split_emails(text)), None)


def split_emails(value: object) -> tuple[str, ...]:
    """Split a text into its e-mail addresses, without names, in lower case.

    They are those of Odoo's own ``email_split``, but for half an address ("@acme.example"), which is nobody's.
    """
    if not isinstance(value, str):
        return ()
    text = value.strip()
    if _ONE_EMAIL.fullmatch(text):
        return (text.lower(),)
    found = [address for _, address in _parse_addresses(text) if "@" in address]
    if any(address.startswith("@") for address in found):
        found = _EMAIL.findall(text)
    return tuple(address.lower() for address in map(_without_words, found) if not address.startswith("@"))


def _without_words(address: str) -> str:
    """Return the address among words: of ``Ada ada@acme.example``, a name without quotes, the parser makes one."""
    if " " not in address:
        return address
    inner = [each for _, each in _parse_addresses(address.replace(" ", ",")) if "@" in each]
    return inner[-1] if inner else address


def _parse_addresses(text: str) -> list[tuple[str, str]]:
    """Parse a list of addresses as Odoo does: not strictly, where Python knows the difference."""
    try:
        if getattr(email.utils, "supports_strict_parsing", False):
            return email.utils.getaddresses([text], strict=False)
        return email.utils.getaddresses([text])
    except RecursionError:  # hundreds of comments, one in the other: no address that anybody could read
        return []
