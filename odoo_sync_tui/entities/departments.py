"""Departments of the company: ``hr.department`` in the collection ``departments``."""

from __future__ import annotations

from odoo_sync_tui.core.actions import Action
from odoo_sync_tui.core.entity import DocumentField, Entity, Target
from odoo_sync_tui.entities.mapping import constant, copy, get_ids, related_id

TARGET = Target(
    collection="departments",
    id_field="odoo_id",
    active_field="active",
    updated_at_field="synced_at",
    deactivated_at_field="deactivated_at",
    key_template="odoo_department_{id}",
)

ENTITY = Entity(
    name="departments",
    action=Action.DEPARTMENTS,
    model="hr.department",
    fields=("name", "complete_name", "parent_id", "manager_id", "active"),
    target=TARGET,
    document_fields=(
        DocumentField("odoo_id", get_ids),
        *copy("name", "complete_name"),
        related_id("parent_odoo_id", "parent_id"),
        related_id("manager_odoo_id", "manager_id"),
        constant("source", "odoo"),
    ),
    order=10,
)
