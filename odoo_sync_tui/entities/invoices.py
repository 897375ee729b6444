"""Invoices: customer invoices and refunds (``account.move``). Their life cycle is ``state`` and ``payment_state``."""

from __future__ import annotations

from odoo_sync_tui.core.actions import Action
from odoo_sync_tui.core.entity import Document, Entity, Row
from odoo_sync_tui.entities.mapping import (
    build_lake_document,
    build_lake_target,
    copy_fields,
    copy_related,
    get_related_name,
)

DRAFT_NUMBER = "/"  # the name of an invoice without a number in Odoo 14 to 16; later versions leave it empty


def to_document(row: Row) -> Document:
    """Map an invoice with its amounts and their currency. A draft has no number."""
    number = row.get("name")
    return build_lake_document(
        "invoice",
        row,
        {
            "number": None if number == DRAFT_NUMBER else number,
            **copy_fields(row, "ref", "move_type", "state", "payment_state"),
            **copy_related(row, "partner_id"),
            **copy_related(row, "commercial_partner_id"),
            **copy_related(row, "invoice_user_id"),
            **copy_related(row, "company_id"),
            "currency": get_related_name(row, "currency_id"),
            **copy_fields(row, "amount_untaxed", "amount_tax", "amount_total", "amount_residual"),
            **copy_fields(
                row, "invoice_date", "invoice_date_due", "invoice_origin", "payment_reference", "create_date"
            ),
        },
    )


ENTITY = Entity(
    name="invoices",
    action=Action.DATA_LAKE,
    model="account.move",
    domain=(("move_type", "in", ["out_invoice", "out_refund"]),),
    fields=(
        "name",
        "ref",
        "move_type",
        "state",
        "payment_state",
        "partner_id",
        "commercial_partner_id",
        "invoice_user_id",
        "company_id",
        "currency_id",
        "amount_untaxed",
        "amount_tax",
        "amount_total",
        "amount_residual",
        "invoice_date",
        "invoice_date_due",
        "invoice_origin",
        "payment_reference",
        "create_date",
    ),
    target=build_lake_target("invoice", name="number"),
    to_document=to_document,
    order=50,
)
