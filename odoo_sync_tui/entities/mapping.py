"""How rows become documents: the few steps that all entities share."""

from __future__ import annotations

from functools import cache

from odoo_sync_tui.core.entity import Document, Related, Row, Target

DATA_LAKE = "data_lake_serving"


def lake_target(entity_type: str, name: str = "name") -> Target:
    """Where the data lake keeps documents of one ``entity_type`` ("account"), known by the field ``name``."""
    return Target(
        collection=DATA_LAKE,
        id_field="data.id",
        active_field="is_active",
        changed_field="last_aggregated",
        retired_field="deleted_at",
        key=f"odoo_{entity_type}_{{id}}",
        match={"entity_type": entity_type},
        name_field=f"data.{name}",
    )


def lake_document(entity_type: str, row: Row, data: dict[str, object]) -> Document:
    """The data lake's document of a row: ``data`` is what consumers read, ``id`` leads it."""
    odoo_id = row_id(row)
    return Document(
        odoo_id=odoo_id,
        active=is_active(row),
        owned={"data": {"id": odoo_id, **data}},
        initial={"serving_id": f"odoo_{entity_type}_{odoo_id}", "entity_type": entity_type, "source": "odoo"},
    )


def row_id(row: Row) -> int:
    """The row's Odoo id.

    Raises:
        TypeError: the row has no integer id.
    """
    value = row["id"]
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"id is {type(value).__name__}, not a whole number")
    return value


def is_active(row: Row) -> bool:
    """Whether the row is not archived. Models without an ``active`` field archive nothing."""
    return row.get("active") is not False


def related_id(row: Row, field: str) -> int | None:
    """The id behind a many2one, or ``None``."""
    value = row.get(field)
    return value.id if isinstance(value, Related) else None


def related_name(row: Row, field: str) -> str | None:
    """The display name behind a many2one, or ``None`` where it is empty or may not be read."""
    value = row.get(field)
    return value.name if isinstance(value, Related) else None


def related(row: Row, field: str) -> dict[str, object]:
    """Both halves of a many2one: ``partner_id`` becomes ``{"partner_id": 7, "partner_name": "Acme"}``."""
    value = row.get(field)
    id_field, name_field = _halves(field)
    if not isinstance(value, Related):
        return {id_field: None, name_field: None}
    return {id_field: value.id, name_field: value.name}


@cache
def _halves(field: str) -> tuple[str, str]:
    stem = field.removesuffix("_id")
    return f"{stem}_id", f"{stem}_name"


def copied(row: Row, *fields: str) -> dict[str, object]:
    """The named fields as they are; ``None`` for one that the server lacks or the user may not read."""
    return {field: row.get(field) for field in fields}


def normalised_email(value: object) -> str | None:
    """An e-mail address in the form by which addresses are compared: no blanks around it, lower case."""
    return (value.strip().lower() or None) if isinstance(value, str) else None
