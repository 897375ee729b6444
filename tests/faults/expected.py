"""What the store has to hold, worked out from the look-alike's stored values alone.

Nothing of our own decoding or mapping is used here, so that both cannot share a mistake.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from odoo_sync_tui.core.actions import Action
from odoo_sync_tui.demo import DemoOdoo

Value = Callable[[DemoOdoo, str, int], Any]
"""What a document holds of one record, given (server, model, id)."""


def plain(field: str) -> Value:
    """The field as it is; Odoo's false for "empty" is null."""

    def read(odoo: DemoOdoo, model: str, number: int) -> Any:
        value = odoo.get_value(model, number, field)
        return None if value is False else value

    return read


def number(field: str) -> Value:
    """A number, which is never empty."""
    return lambda odoo, model, record: odoo.get_value(model, record, field)


def email(field: str) -> Value:
    """An address in lower case without blanks around it."""
    return lambda odoo, model, record: (str(odoo.get_value(model, record, field) or "").strip().lower()) or None


def moment(field: str) -> Value:
    """A moment, to the second."""

    def read(odoo: DemoOdoo, model: str, record: int) -> datetime | None:
        stamp = odoo.get_value(model, record, field)
        return datetime.fromtimestamp(int(str(stamp)) // 1_000_000, UTC) if stamp else None

    return read


def name_of(field: str, related: str) -> Value:
    """The display name of the record that a many2one points at."""

    def read(odoo: DemoOdoo, model: str, record: int) -> Any:
        target = odoo.get_value(model, record, field)
        return (odoo.get_value(related, int(str(target)), "display_name") or None) if target else None

    return read


def money(field: str, currency: str) -> Value:
    """An amount with the places of its currency."""

    def read(odoo: DemoOdoo, model: str, record: int) -> Decimal:
        places = int(
            str(odoo.get_value("res.currency", int(str(odoo.get_value(model, record, currency))), "decimal_places"))
        )
        return Decimal(repr(float(str(odoo.get_value(model, record, field))))).quantize(Decimal(1).scaleb(-places))

    return read


def draftless(field: str) -> Value:
    """An invoice's number; old versions call a draft "/"."""
    return lambda odoo, model, record: {"/": None, False: None}.get(v := odoo.get_value(model, record, field), v)


ABSENT = object()
"""Stands for a field that a document does not have."""


@dataclass(frozen=True)
class Kind:
    """One entity as the test sees it."""

    id: str
    name: str
    action: Action
    model: str
    collection: str
    id_path: str
    active_path: str
    values: Mapping[str, Value]
    match: Mapping[str, Any]
    domain: tuple[Any, ...] = ()
    absent_when_empty: frozenset[str] = frozenset()

    def ids(self, odoo: DemoOdoo) -> list[int]:
        """All records, archived ones included."""
        return odoo.search(self.model, [list(leaf) for leaf in self.domain])

    def active(self, odoo: DemoOdoo, record: int) -> bool:
        """Whether the record is not archived."""
        return self.model == "account.move" or odoo.get_value(self.model, record, "active") is True

    def document(self, odoo: DemoOdoo, record: int) -> dict[str, Any]:
        """What the document of the record holds; ``ABSENT`` for what it must not hold at all."""
        values = {path: read(odoo, self.model, record) for path, read in self.values.items()}
        return values | {path: ABSENT for path in self.absent_when_empty if values[path] is None}


def _lake(name: str, entity_type: str, model: str, values: Mapping[str, Value], *domain: Any) -> Kind:
    paths = {f"data.{path}": value for path, value in values.items()}
    match = {"entity_type": entity_type}
    return Kind(
        f"data_lake:{name}",
        name,
        Action.DATA_LAKE,
        model,
        "data_lake_serving",
        "data.id",
        "is_active",
        paths,
        match,
        domain,
    )


KINDS = (
    Kind(
        "departments",
        "departments",
        Action.DEPARTMENTS,
        "hr.department",
        "departments",
        "odoo_id",
        "active",
        {
            "name": plain("name"),
            "complete_name": plain("complete_name"),
            "parent_odoo_id": plain("parent_id"),
            "manager_odoo_id": plain("manager_id"),
        },
        {},
    ),
    Kind(
        "users",
        "users",
        Action.USERS,
        "hr.employee",
        "users",
        "odoo_employee_id",
        "is_active",
        {
            "name": plain("name"),
            "email": email("work_email"),
            "job_title": plain("job_title"),
            "odoo_department_id": plain("department_id"),
            "odoo_department_name": name_of("department_id", "hr.department"),
            "manager_odoo_id": plain("parent_id"),
            "odoo_user_id": plain("user_id"),
        },
        {},
        absent_when_empty=frozenset({"email", "odoo_user_id"}),
    ),
    _lake(
        "accounts",
        "account",
        "res.partner",
        {
            "name": plain("name"),
            "email": email("email"),
            **{field: plain(field) for field in ("phone", "website", "vat", "ref", "street", "city", "zip", "lang")},
            "country_id": plain("country_id"),
            "country_name": name_of("country_id", "res.country"),
            "user_id": plain("user_id"),
            "user_name": name_of("user_id", "res.users"),
            "company_id": plain("company_id"),
            "customer_rank": number("customer_rank"),
            "create_date": moment("create_date"),
        },
        ("is_company", "=", True),
    ),
    _lake(
        "opportunities",
        "opportunity",
        "crm.lead",
        {
            **{field: plain(field) for field in ("name", "type", "contact_name", "phone", "priority", "date_deadline")},
            "prospect_company": plain("partner_name"),
            "email": email("email_from"),
            "partner_id": plain("partner_id"),
            "partner_name": name_of("partner_id", "res.partner"),
            "stage_id": plain("stage_id"),
            "stage_name": name_of("stage_id", "crm.stage"),
            "team_name": name_of("team_id", "crm.team"),
            "expected_revenue": money("expected_revenue", "company_currency"),
            "currency": name_of("company_currency", "res.currency"),
            "probability": number("probability"),
            "date_open": moment("date_open"),
            "create_date": moment("create_date"),
        },
    ),
    _lake(
        "invoices",
        "invoice",
        "account.move",
        {
            "number": draftless("name"),
            **{field: plain(field) for field in ("ref", "move_type", "state", "payment_state", "invoice_date")},
            **{field: plain(field) for field in ("invoice_date_due", "invoice_origin", "payment_reference")},
            "partner_id": plain("partner_id"),
            "partner_name": name_of("partner_id", "res.partner"),
            "currency": name_of("currency_id", "res.currency"),
            **{
                field: money(field, "currency_id")
                for field in ("amount_untaxed", "amount_tax", "amount_total", "amount_residual")
            },
            "create_date": moment("create_date"),
        },
        ("move_type", "in", ["out_invoice", "out_refund"]),
    ),
    _lake(
        "users",
        "user",
        "hr.employee",
        {
            "name": plain("name"),
            "email": email("work_email"),
            **{field: plain(field) for field in ("work_phone", "mobile_phone", "job_title", "department_id")},
            "department_name": name_of("department_id", "hr.department"),
            "manager_id": plain("parent_id"),
            "company_id": plain("company_id"),
        },
    ),
)


def kinds_of(action: Action, names: tuple[str, ...] = ()) -> list[Kind]:
    """The entities of an action, or those of them that are named."""
    return [kind for kind in KINDS if kind.action is action and (not names or kind.name in names)]
