"""Opportunities: Odoo's pipeline (``crm.lead``), leads (by ``type``) included. A lost opportunity is archived."""

from __future__ import annotations

from odoo_sync_tui.entities.mapping import (
    build_lake_entity,
    copy,
    copy_as,
    email_address,
    related,
    related_id,
    related_name,
)

LOST_REASON = ("lost_reason_id", "lost_reason")
"""What later versions, and Odoo 14 to 16, call the reason for a loss."""

ENTITY = build_lake_entity(
    "opportunity",
    name="opportunities",
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
        *LOST_REASON,
        "create_date",
        "active",
    ),
    document_fields=(
        *copy("name", "type"),
        *related("partner_id"),
        # Both are typed for a contact without a partner record, and taken over from one.
        copy_as("prospect_company", "partner_name", names_of="res.partner"),
        copy_as("contact_name", "contact_name", names_of="res.partner"),
        email_address("email", "email_from"),
        *copy("phone"),
        *related("stage_id"),
        *related("team_id"),
        *related("user_id"),
        *related("company_id"),
        *copy("expected_revenue"),
        related_name("currency", "company_currency"),
        *copy("probability", "priority", "date_deadline", "date_open", "date_closed"),
        related_id("lost_reason_id", *LOST_REASON),
        related_name("lost_reason_name", *LOST_REASON),
        *copy("create_date"),
    ),
    order=40,
)
