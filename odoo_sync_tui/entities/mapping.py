"""Mapping of rows to documents: the steps shared by all entities."""

from __future__ import annotations

from functools import cache

from odoo_sync_tui.core.entity import Document, RelatedRecord, Row, Target

DATA_LAKE = "data_lake_serving"


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


def build_lake_document(entity_type: str, row: Row, data: dict[str, object]) -> Document:
    """Build the data lake's document of a row; ``data`` is for the consumers, with ``id`` first."""
    odoo_id = get_row_id(row)
    return Document(
        odoo_id=odoo_id,
        active=is_active(row),
        owned={"data": {"id": odoo_id, **data}},
        initial={"serving_id": f"odoo_{entity_type}_{odoo_id}", "entity_type": entity_type, "source": "odoo"},
    )


def get_row_id(row: Row) -> int:
    """Return the row's Odoo id.

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


def get_related_id(row: Row, field: str) -> int | None:
    """Return the id of a many2one value, or ``None``."""
    value = row.get(field)
    return value.id if isinstance(value, RelatedRecord) else None


def get_related_name(row: Row, field: str) -> str | None:
    """Return the display name of a many2one value, or ``None`` where it is empty or may not be read."""
    value = row.get(field)
    return value.name if isinstance(value, RelatedRecord) else None


def copy_related(row: Row, field: str) -> dict[str, object]:
    """Split a many2one into id and name: ``partner_id`` becomes ``{"partner_id": 7, "partner_name": "Acme"}``."""
    value = row.get(field)
    id_field, name_field = _id_and_name_fields(field)
    if not isinstance(value, RelatedRecord):
        return {id_field: None, name_field: None}
    return {id_field: value.id, name_field: value.name}


@cache
def _id_and_name_fields(field: str) -> tuple[str, str]:
    stem = field.removesuffix("_id")
    return f"{stem}_id", f"{stem}_name"


def copy_fields(row: Row, *fields: str) -> dict[str, object]:
    """Copy the named fields; ``None`` for a field missing on the server or not readable by the user."""
    return {field: row.get(field) for field in fields}


def normalize_email(value: object) -> str | None:
    """Normalize an e-mail address for comparison: no blanks around it, lower case."""
    return (value.strip().lower() or None) if isinstance(value, str) else None
