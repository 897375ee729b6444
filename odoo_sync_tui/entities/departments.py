"""Departments of the company: ``hr.department`` in the collection ``departments``."""

from __future__ import annotations

from odoo_sync_tui.core.actions import Action
from odoo_sync_tui.core.entity import Document, Entity, Row, Target
from odoo_sync_tui.entities.mapping import get_related_id, get_row_id, is_active

TARGET = Target(
    collection="departments",
    id_field="odoo_id",
    active_field="active",
    updated_at_field="synced_at",
    deactivated_at_field="deactivated_at",
    key_template="odoo_department_{id}",
)


def to_document(row: Row) -> Document:
    """Map a department; parent and manager are stored by their Odoo ids."""
    return Document(
        odoo_id=get_row_id(row),
        active=is_active(row),
        owned={
            "odoo_id": get_row_id(row),
            "name": row.get("name"),
            "complete_name": row.get("complete_name"),
            "parent_odoo_id": get_related_id(row, "parent_id"),
            "manager_odoo_id": get_related_id(row, "manager_id"),
            "source": "odoo",
        },
    )


ENTITY = Entity(
    name="departments",
    action=Action.DEPARTMENTS,
    model="hr.department",
    fields=("name", "complete_name", "parent_id", "manager_id", "active"),
    target=TARGET,
    to_document=to_document,
    order=10,
)
