"""Accounts: the companies among Odoo's partners (``res.partner``)."""

from __future__ import annotations

from odoo_sync_tui.core.entity import Document, Entity, Row
from odoo_sync_tui.core.words import Action
from odoo_sync_tui.entities.mapping import copied, lake_document, lake_target, normalised_email, related


def to_document(row: Row) -> Document:
    """Map a partner to an account document with address, salesperson and owning company."""
    return lake_document(
        "account",
        row,
        {
            "name": row.get("name"),
            "email": normalised_email(row.get("email")),
            **copied(row, "phone", "mobile", "website", "vat", "ref", "street", "street2", "city", "zip"),
            **related(row, "state_id"),
            **related(row, "country_id"),
            **related(row, "industry_id"),
            **related(row, "user_id"),
            **related(row, "company_id"),
            **copied(row, "customer_rank", "supplier_rank", "lang", "create_date"),
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
    target=lake_target("account"),
    to_document=to_document,
    order=30,
)
