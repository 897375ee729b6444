"""Users: ``hr.employee``, as local users in the collection ``users`` and as rows of the data lake.

An employee's id is never compared with a user's id: they count separately in Odoo.
"""

from __future__ import annotations

from odoo_sync_tui.core.entity import Document, Entity, Reference, Row, Target, Watch
from odoo_sync_tui.core.words import Action
from odoo_sync_tui.entities.mapping import (
    copied,
    is_active,
    lake_document,
    lake_target,
    normalised_email,
    related,
    related_id,
    related_name,
    row_id,
)

TARGET = Target(
    collection="users",
    id_field="odoo_employee_id",
    active_field="is_active",
    changed_field="updated_at",
    retired_field="deactivated_at",
    key="odoo_employee_{id}",
    link_field="email",
    locally_switchable=True,
)

FIELDS = (
    "name",
    "work_email",
    "work_phone",
    "mobile_phone",
    "job_title",
    "department_id",
    "parent_id",
    "user_id",
    "company_id",
    "active",
)

# Since Odoo 19 department and job live on hr.version; changing them there leaves the employee's write_date alone.
WATCHES = (Watch("hr.version", "employee_id"),)


def to_user(row: Row) -> Document:
    """Map an employee to a local user. Role and approval are set once and never overwritten: operators own them."""
    return Document(
        odoo_id=row_id(row),
        active=is_active(row),
        owned={
            "odoo_employee_id": row_id(row),
            "odoo_user_id": related_id(row, "user_id"),
            "email": normalised_email(row.get("work_email")),
            "name": row.get("name"),
            "job_title": row.get("job_title"),
            "phone": row.get("work_phone") or row.get("mobile_phone"),
            "odoo_department_id": related_id(row, "department_id"),
            "odoo_department_name": related_name(row, "department_id"),
            "manager_odoo_id": related_id(row, "parent_id"),
            "odoo_matched": True,
        },
        initial={"role": None, "is_approved": False, "approval_status": "pending"},
    )


def to_lake(row: Row) -> Document:
    """Map an employee to a data lake document."""
    return lake_document(
        "user",
        row,
        {
            "name": row.get("name"),
            "email": normalised_email(row.get("work_email")),
            **copied(row, "work_phone", "mobile_phone", "job_title"),
            **related(row, "department_id"),
            "manager_id": related_id(row, "parent_id"),
            "manager_name": related_name(row, "parent_id"),
            **related(row, "user_id"),
            **related(row, "company_id"),
        },
    )


ENTITY = Entity(
    name="users",
    action=Action.USERS,
    model="hr.employee",
    fields=FIELDS,
    target=TARGET,
    to_document=to_user,
    references=(
        Reference(
            source="odoo_department_id",
            collection="departments",
            id_field="odoo_id",
            copies={"department_id": "id", "department_name": "name"},
        ),
    ),
    watches=WATCHES,
    order=20,
)

LAKE_ENTITY = Entity(
    name="users",
    action=Action.DATA_LAKE,
    model="hr.employee",
    fields=FIELDS,
    target=lake_target("user"),
    to_document=to_lake,
    watches=WATCHES,
    order=60,
)
