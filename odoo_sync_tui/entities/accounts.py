"""Accounts: the companies among Odoo's partners (``res.partner``)."""

from __future__ import annotations

from odoo_sync_tui.entities.mapping import build_lake_entity, copy, email_address, related

ENTITY = build_lake_entity(
    "account",
    name="accounts",
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
    document_fields=(
        *copy("name"),
        email_address("email", "email"),
        *copy("phone", "mobile", "website", "vat", "ref", "street", "street2", "city", "zip"),
        *related("state_id"),
        *related("country_id"),
        *related("industry_id"),
        *related("user_id"),
        *related("company_id"),
        *copy("customer_rank", "supplier_rank", "lang", "create_date"),
    ),
    order=30,
)
