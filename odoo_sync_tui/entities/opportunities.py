"""Opportunities: Odoo's pipeline (``crm.lead``), leads (by ``type``) included. A lost opportunity is archived."""

from __future__ import annotations

from odoo_sync_tui.core.actions import Action
from odoo_sync_tui.core.entity import Document, Entity, Row
from odoo_sync_tui.entities.mapping import (
    build_lake_document,
    build_lake_target,
    copy_fields,
    copy_related,
    get_related_id,
    get_related_name,
    normalize_email,
)


def to_document(row: Row) -> Document:
    """Map an opportunity with its money, stage and people.

    ``prospect_company`` is the company name typed for a contact without a partner record. Odoo 14 to 16 call the reason
    for a loss ``lost_reason``, later versions ``lost_reason_id``.
    """
    lost_reason = "lost_reason_id" if "lost_reason_id" in row else "lost_reason"
    return build_lake_document(
        "opportunity",
        row,
        {
            **copy_fields(row, "name", "type"),
            **copy_related(row, "partner_id"),
            "prospect_company": row.get("partner_name"),
            "contact_name": row.get("contact_name"),
            "email": normalize_email(row.get("email_from")),
            "phone": row.get("phone"),
            **copy_related(row, "stage_id"),
            **copy_related(row, "team_id"),
            **copy_related(row, "user_id"),
            **copy_related(row, "company_id"),
            "expected_revenue": row.get("expected_revenue"),
            "currency": get_related_name(row, "company_currency"),
            **copy_fields(row, "probability", "priority", "date_deadline", "date_open", "date_closed"),
            "lost_reason_id": get_related_id(row, lost_reason),
            "lost_reason_name": get_related_name(row, lost_reason),
            "create_date": row.get("create_date"),
        },
    )


ENTITY = Entity(
    name="opportunities",
    action=Action.DATA_LAKE,
    model="crm.lead",
    fields=(
        "name",
        "type",
        "partner_id",
        "partner_name",
        "contact_name",
        "email_from",
        "phone",
        "stage_id",
        "team_id",
        "user_id",
        "company_id",
        "expected_revenue",
        "company_currency",
        "probability",
        "priority",
        "date_deadline",
        "date_open",
        "date_closed",
        "lost_reason_id",
        "lost_reason",
        "create_date",
        "active",
    ),
    target=build_lake_target("opportunity"),
    to_document=to_document,
    order=40,
)
