"""Invoices: customer invoices and refunds (``account.move``). Their life cycle is ``state`` and ``payment_state``."""

from __future__ import annotations

from collections.abc import Sequence

from odoo_sync_tui.core.entity import DocumentField, RowTable
from odoo_sync_tui.entities.mapping import build_lake_entity, copy, related, related_name

DRAFT_NUMBER = "/"  # the name of an invoice without a number in Odoo 14 to 16; later versions leave it empty


def make_numbers(rows: RowTable) -> Sequence[object]:
    """Make the numbers of invoices; a draft has none."""
    return [None if name == DRAFT_NUMBER else name for name in rows.column("name")]


ENTITY = build_lake_entity(
    "invoice",
    name="invoices",
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
    document_fields=(
        DocumentField("number", make_numbers, ("name",)),
        *copy("ref", "move_type", "state", "payment_state"),
        *related("partner_id"),
        *related("commercial_partner_id"),
        *related("invoice_user_id"),
        *related("company_id"),
        related_name("currency", "currency_id"),
        *copy("amount_untaxed", "amount_tax", "amount_total", "amount_residual"),
        *copy("invoice_date", "invoice_date_due", "invoice_origin", "payment_reference", "create_date"),
    ),
    name_field="number",
    order=50,
)
