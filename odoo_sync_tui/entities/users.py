"""Users: ``hr.employee``, as local users in the collection ``users`` and as rows of the data lake.

An employee's id is never compared with a user's id: they count separately in Odoo.
"""

from __future__ import annotations

from collections.abc import Sequence

from odoo_sync_tui.core.actions import Action
from odoo_sync_tui.core.entity import DependentModel, DocumentField, Entity, Reference, RowTable, Target
from odoo_sync_tui.entities.mapping import (
    build_lake_entity,
    constant,
    copy,
    email_address,
    get_ids,
    related,
    related_id,
    related_name,
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


def make_phones(rows: RowTable) -> Sequence[object]:
    """Make the phone numbers of employees: that at work, else the mobile one."""
    return [work or mobile for work, mobile in zip(rows.column("work_phone"), rows.column("mobile_phone"), strict=True)]


ENTITY = Entity(
    name="users",
    action=Action.USERS,
    model="hr.employee",
    fields=FIELDS,
    target=TARGET,
    document_fields=(
        DocumentField("odoo_employee_id", get_ids),
        related_id("odoo_user_id", "user_id"),
        email_address("email", "work_email"),
        *copy("name", "job_title"),
        DocumentField("phone", make_phones, ("work_phone", "mobile_phone")),
        related_id("odoo_department_id", "department_id"),
        related_name("odoo_department_name", "department_id"),
        related_id("manager_odoo_id", "parent_id"),
        constant("odoo_matched", True),
    ),
    # Role and approval are set once and never overwritten: operators own them.
    initial={"role": None, "is_approved": False, "approval_status": "pending"},
    references=(
        Reference(
            source_field="odoo_department_id",
            collection="departments",
            id_field="odoo_id",
            copied_fields={"department_id": "id", "department_name": "name"},
            names={"department_name": "hr.department"},
        ),
    ),
    dependent_models=DEPENDENT_MODELS,
    order=20,
)

LAKE_ENTITY = build_lake_entity(
    "user",
    name="users",
    model="hr.employee",
    fields=FIELDS,
    document_fields=(
        *copy("name"),
        email_address("email", "work_email"),
        *copy("work_phone", "mobile_phone", "job_title"),
        *related("department_id"),
        related_id("manager_id", "parent_id"),
        related_name("manager_name", "parent_id"),
        *related("user_id"),
        *related("company_id"),
    ),
    dependent_models=DEPENDENT_MODELS,
    order=60,
)
