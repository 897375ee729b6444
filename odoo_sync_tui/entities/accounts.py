"""Accounts: the companies among Odoo's partners (``res.partner``)."""

from __future__ import annotations

from odoo_sync_tui.core.actions import Action
from odoo_sync_tui.core.entity import Document, Entity, Row
from odoo_sync_tui.entities.mapping import (
    build_lake_document,
    build_lake_target,
    copy_fields,
    copy_related,
    normalize_email,
)


def to_document(row: Row) -> Document:
    """Map a partner to an account document with address, salesperson and owning company."""
    return build_lake_document(
        "account",
        row,
        {
            "name": row.get("name"),
            "email": normalize_email(row.get("email")),
            **copy_fields(row, "phone", "mobile", "website", "vat", "ref", "street", "street2", "city", "zip"),
            **copy_related(row, "state_id"),
            **copy_related(row, "country_id"),
            **copy_related(row, "industry_id"),
            **copy_related(row, "user_id"),
            **copy_related(row, "company_id"),
            **copy_fields(row, "customer_rank", "supplier_rank", "lang", "create_date"),
        },
    )


ENTITY = Entity(
    name="accounts",
    action=Action.DATA_LAKE,
    model="res.partner",
    domain=(("is_company", "=", True),),
    fields=(
        "name",
        "email",
        "phone",
        "mobile",
        "website",
        "vat",
        "ref",
        "street",
        "street2",
        "city",
        "zip",
        "state_id",
        "country_id",
        "industry_id",
        "user_id",
        "company_id",
        "customer_rank",
        "supplier_rank",
        "lang",
        "create_date",
        "active",
    ),
    target=build_lake_target("account"),
    to_document=to_document,
    order=30,
)
