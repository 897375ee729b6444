"""Customer invoices and refunds, with some vendor bills and journal entries between them: `account.move`.

Ids run in fives: four customer documents, then one other document.
"""

from __future__ import annotations

from datetime import date, timedelta

from odoo_sync_tui.demo.data.mix import ColumnFunction, make_sparse
from odoo_sync_tui.demo.data.partners import company_id, contact_id, is_company
from odoo_sync_tui.demo.data.world import (
    DAY,
    HISTORY_SPAN,
    DatasetConfig,
    RecordSource,
    build_create_dates,
    build_write_dates,
)
from odoo_sync_tui.demo.values import Value

_PREFIX = {"out_invoice": "INV", "out_refund": "RINV", "in_invoice": "BILL", "entry": "MISC"}
_FIRST_DAY = date(2024, 1, 1)
_RATES = (0.0, 0.06, 0.21, 0.21)


def move_type(number: int) -> str:
    """Compute the document type of an id; about one customer document in eleven is a refund."""
    if number % 5 == 0:
        return "in_invoice" if number % 10 else "entry"
    return "out_refund" if number % 11 == 6 else "out_invoice"


def state(number: int) -> str:
    """Compute the state of an id: about 9 % drafts and 4 % cancelled, the others posted."""
    if number % 11 == 3:
        return "draft"
    return "cancel" if number % 23 == 7 else "posted"


def _day(number: int) -> date:
    return _FIRST_DAY + timedelta(days=number * 7919 % (HISTORY_SPAN // DAY))


def _sequence(number: int) -> str:
    return f"{_PREFIX[move_type(number)]}/{_day(number).year}/{number:05}"


def _untaxed(number: int, bits: int) -> float:
    return ((bits >> 19) % 900_000 + 1000 + number % 97) / 100


def _tax(number: int, bits: int) -> float:
    return round(_untaxed(number, bits) * _RATES[(bits >> 41) % 4], 2)


def _total(number: int, bits: int) -> float:
    return round(_untaxed(number, bits) + _tax(number, bits), 2)


def _payment(number: int, bits: int) -> str:
    if state(number) != "posted" or move_type(number) == "entry":
        return "not_paid"
    return ("paid", "paid", "paid", "not_paid", "partial", "in_payment", "reversed")[(bits >> 51) % 7]


def _residual(number: int, bits: int) -> float:
    if state(number) != "posted":
        return 0.0
    total = _total(number, bits)
    return {"not_paid": total, "partial": round(total / 3, 2)}.get(_payment(number, bits), 0.0)


def build_moves(config: DatasetConfig) -> RecordSource:
    """Build all journal entries; without `active`, only state and payment_state change."""
    salt = config.salt("account.move")
    written = build_write_dates(salt)
    # A draft has no number yet: `false` since 18, "/" before.
    unnumbered: Value = False if config.dialect >= 18 else "/"

    def name(number: int) -> Value:
        return unnumbered if state(number) == "draft" else _sequence(number)

    def display_name(number: int) -> Value:
        label = config.lookup("account.move", number, "name")
        if label and label != "/":
            return label
        kind = (
            "Credit Note" if str(config.lookup("account.move", number, "move_type")).endswith("refund") else "Invoice"
        )
        return f"Draft {kind}" if config.dialect >= 18 else f"Draft {kind} (* {number})"

    def company_currency(number: int) -> Value:
        company = config.lookup("account.move", number, "company_id")
        return config.lookup("res.company", int(str(company)), "currency_id") if company else False

    return RecordSource(
        size=config.sizes.customer_moves + config.sizes.other_moves,
        salt=salt,
        id_columns={
            "move_type": move_type,
            "state": state,
            "name": name,
            "company_id": lambda number: number % 2 + 1,
            "create_date": build_create_dates(written),
            "invoice_line_ids": lambda number: [number * 4 - line for line in range(number % 4 + 1)],
        },
        hashed_columns=_amount_columns() | _partner_columns(config) | _document_columns(),
        computed_columns={"display_name": display_name, "company_currency_id": company_currency},
        write_date=written,
    )


def _amount_columns() -> dict[str, ColumnFunction]:
    def signed(number: int, bits: int) -> Value:
        # A foreign invoice is worth its amount at a fixed rate in the company's own currency.
        company_amount = _total(number, bits) * (1.0 if (bits >> 47) % 5 else 1.08)
        return round(-company_amount if move_type(number) in {"out_refund", "in_invoice"} else company_amount, 2)

    def currency(number: int, bits: int) -> Value:
        company_currency = 2 - number % 2  # company 1 keeps its books in EUR (2), company 2 in USD (1)
        return company_currency if (bits >> 47) % 5 else 3 - company_currency

    return {
        "amount_untaxed": _untaxed,
        "amount_tax": _tax,
        "amount_total": _total,
        "amount_residual": _residual,
        "amount_total_signed": signed,
        "payment_state": _payment,
        "currency_id": currency,
    }


def _partner_columns(config: DatasetConfig) -> dict[str, ColumnFunction]:
    sizes = config.sizes
    salespeople = min(sizes.users, 40) - 1

    def partner(_: int, bits: int) -> int:
        if (bits >> 31) % 6 == 0:
            return contact_id((bits >> 35) % sizes.contacts + 1)
        return company_id((bits >> 35) % sizes.companies + 1)

    def commercial(number: int, bits: int) -> Value:
        partner_id = partner(number, bits)
        return partner_id if is_company(partner_id) or partner_id % 9 == 0 else partner_id - 1 - partner_id % 2

    return {
        "partner_id": make_sparse(45, 96, partner),
        "commercial_partner_id": make_sparse(45, 96, commercial),
        "invoice_user_id": make_sparse(87, 80, lambda _, bits: (bits >> 33) % salespeople + 2),
    }


def _document_columns() -> dict[str, ColumnFunction]:
    def issued(number: int, bits: int) -> Value:
        return False if state(number) == "draft" and bits % 2 else _day(number).isoformat()

    def due(number: int, bits: int) -> Value:
        return (_day(number) + timedelta(days=(bits >> 67) % 4 * 15)).isoformat()

    def reference(number: int, _: int) -> Value:
        return False if state(number) == "draft" else _sequence(number)

    return {
        "invoice_date": make_sparse(57, 98, issued),
        "invoice_date_due": make_sparse(61, 95, due),
        "ref": make_sparse(71, 30, lambda _, bits: f"PO-{bits % 100_000:05}"),
        "invoice_origin": make_sparse(77, 35, lambda _, bits: f"S{(bits >> 13) % 100_000:05}"),
        "payment_reference": make_sparse(83, 85, reference),
    }
