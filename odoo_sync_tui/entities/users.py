"""Users: ``hr.employee``, as local users in the collection ``users`` and as rows of the data lake.

An employee's id is never compared with a user's id: they count separately in Odoo.
"""

from __future__ import annotations

from odoo_sync_tui.core.actions import Action
from odoo_sync_tui.core.entity import DependentModel, Document, Entity, Reference, Row, Target
from odoo_sync_tui.entities.mapping import (
    build_lake_document,
    build_lake_target,
    copy_fields,
    copy_related,
    get_related_id,
    get_related_name,
    get_row_id,
    is_active,
    normalize_email,
)

TARGET = Target(
    collection="users",
    id_field="odoo_employee_id",
    active_field="is_active",
    updated_at_field="updated_at",
    deactivated_at_field="deactivated_at",
    key_template="odoo_employee_{id}",
    match_field="email",
    identity_fields=("odoo_user_id",),
    sparse_fields=frozenset({"email", "phone", "odoo_user_id"}),
    locally_managed_state=True,
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
DEPENDENT_MODELS = (DependentModel("hr.version", "employee_id"),)


def to_user(row: Row) -> Document:
    """Map an employee to a local user. Role and approval are set once and never overwritten: operators own them."""
    return Document(
        odoo_id=get_row_id(row),
        active=is_active(row),
        owned={
            "odoo_employee_id": get_row_id(row),
            "odoo_user_id": get_related_id(row, "user_id"),
            "email": normalize_email(row.get("work_email")),
            "name": row.get("name"),
            "job_title": row.get("job_title"),
            "phone": row.get("work_phone") or row.get("mobile_phone"),
            "odoo_department_id": get_related_id(row, "department_id"),
            "odoo_department_name": get_related_name(row, "department_id"),
            "manager_odoo_id": get_related_id(row, "parent_id"),
            "odoo_matched": True,
        },
        initial={"role": None, "is_approved": False, "approval_status": "pending"},
    )


def to_lake(row: Row) -> Document:
    """Map an employee to a data lake document."""
    return build_lake_document(
        "user",
        row,
        {
            "name": row.get("name"),
            "email": normalize_email(row.get("work_email")),
            **copy_fields(row, "work_phone", "mobile_phone", "job_title"),
            **copy_related(row, "department_id"),
            "manager_id": get_related_id(row, "parent_id"),
            "manager_name": get_related_name(row, "parent_id"),
            **copy_related(row, "user_id"),
            **copy_related(row, "company_id"),
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
            source_field="odoo_department_id",
            collection="departments",
            id_field="odoo_id",
            copied_fields={"department_id": "id", "department_name": "name"},
        ),
    ),
    dependent_models=DEPENDENT_MODELS,
    order=20,
)

LAKE_ENTITY = Entity(
    name="users",
    action=Action.DATA_LAKE,
    model="hr.employee",
    fields=FIELDS,
    target=build_lake_target("user"),
    to_document=to_lake,
    dependent_models=DEPENDENT_MODELS,
    order=60,
)
