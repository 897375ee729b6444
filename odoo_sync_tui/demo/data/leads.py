"""Leads and opportunities: `crm.lead`."""

from __future__ import annotations

from collections.abc import Callable

from odoo_sync_tui.demo.data.mix import ColumnFunction, hash_id, is_one_in, make_sparse
from odoo_sync_tui.demo.data.partners import company_id, contact_id, email_local_part, person_name
from odoo_sync_tui.demo.data.words import AWKWARD_NAMES, LEAD_SUBJECTS, NAME_STEMS, TRADES
from odoo_sync_tui.demo.data.world import DAY, START, DatasetConfig, RecordSource, build_create_dates, build_write_dates
from odoo_sync_tui.demo.values import Value, format_datetime

_WON_STAGE = 4
"""Id of the stage Won; the stages are 1 to 4."""


def _name(number: int, bits: int) -> Value:
    subject = LEAD_SUBJECTS[(bits >> 15) % len(LEAD_SUBJECTS)]
    awkward = AWKWARD_NAMES.get(number)
    return f"{subject} — {awkward}" if awkward else f"{subject} {NAME_STEMS[(bits >> 45) % len(NAME_STEMS)]} {number}"


def build_leads(config: DatasetConfig) -> RecordSource:
    """Build all leads: one in seven is a lead, the others are opportunities; about 6 % are archived (lost)."""
    salt = config.salt("crm.lead")
    written = build_write_dates(salt)
    created = build_create_dates(written)
    archive_salt = salt & 0xFFFFFF

    def active(number: int) -> bool:
        return not is_one_in(number, archive_salt, 16)

    def stage(number: int) -> int:
        return 4 if active(number) and number % 5 == 0 else number % 3 + 1

    def currency(number: int) -> Value:
        company = config.lookup("crm.lead", number, "company_id") or 1
        return config.lookup("res.company", int(str(company)), "currency_id")

    def status(number: int) -> Value:
        if config.lookup("crm.lead", number, "stage_id") == _WON_STAGE:
            return "won"
        return "pending" if config.lookup("crm.lead", number, "active") else "lost"

    lost_reason = _lost_reason(active)
    reasons = {"lost_reason_id": lost_reason, "lost_reason": lost_reason}
    return RecordSource(
        size=config.sizes.leads,
        salt=salt,
        id_columns={
            "active": active,
            "type": lambda number: "lead" if number % 7 == 3 else "opportunity",
            "stage_id": stage,
            "create_date": created,
            "company_id": lambda number: False if number % 11 == 0 else number % 2 + 1,
        },
        hashed_columns=_contact_columns(config) | _amount_columns(stage) | _date_columns(stage, created) | reasons,
        computed_columns={
            "display_name": lambda number: config.lookup("crm.lead", number, "name"),
            "company_currency": currency,
            "won_status": status,
        },
        write_date=written,
    )


def _lost_reason(active: Callable[[int], bool]) -> ColumnFunction:
    return lambda number, bits: False if active(number) or number % 4 == 0 else (bits >> 8) % 4 + 1


def _contact_columns(config: DatasetConfig) -> dict[str, ColumnFunction]:
    sizes = config.sizes
    salespeople = min(sizes.users, 40) - 1

    def partner(_: int, bits: int) -> Value:
        if (bits >> 25) % 3 == 0:
            return contact_id((bits >> 35) % sizes.contacts + 1)
        return company_id((bits >> 35) % sizes.companies + 1)

    def company_name(_: int, bits: int) -> Value:
        return f"{NAME_STEMS[(bits >> 45) % len(NAME_STEMS)]} {TRADES[(bits >> 55) % len(TRADES)]}"

    def tags(_: int, bits: int) -> Value:
        return sorted({(bits >> shift) % 8 + 1 for shift in range(3, 3 + (bits >> 77) % 4)})

    return {
        "name": _name,
        "partner_id": make_sparse(21, 78, partner),
        "partner_name": make_sparse(63, 60, company_name),
        "contact_name": make_sparse(39, 75, lambda _, bits: person_name(bits)),
        "email_from": make_sparse(
            6, 82, lambda number, bits: f"{email_local_part(person_name(bits))}.{number}@lead.example"
        ),
        "phone": make_sparse(12, 70, lambda _, bits: f"+1 212 {bits % 900 + 100} {(bits >> 10) % 9000 + 1000}"),
        "user_id": make_sparse(87, 85, lambda _, bits: (bits >> 33) % salespeople + 2),
        "team_id": make_sparse(91, 92, lambda _, bits: (bits >> 53) % 3 + 1),
        "tag_ids": tags,
    }


def _amount_columns(stage: Callable[[int], int]) -> dict[str, ColumnFunction]:
    def expected(number: int, bits: int) -> float:
        return 0.0 if (bits >> 29) % 10 == 0 else (bits >> 49) % 25_000_000 / 100 + number % 7 * 1000

    def probability(number: int, bits: int) -> float:
        return 100.0 if stage(number) == _WON_STAGE else (bits >> 65) % 9500 / 100

    return {
        "expected_revenue": expected,
        "prorated_revenue": lambda number, bits: round(expected(number, bits) * probability(number, bits) / 100, 2),
        "recurring_revenue": lambda _, bits: (bits >> 69) % 90000 / 100 if (bits >> 73) % 4 == 0 else 0.0,
        "probability": probability,
        "priority": lambda _, bits: "0012013"[(bits >> 81) % 7],
    }


def _date_columns(stage: Callable[[int], int], created: Callable[[int], int]) -> dict[str, ColumnFunction]:
    def deadline(number: int, _: int) -> Value:
        return str(format_datetime(created(number) + (number % 90 + 7) * DAY))[:10]

    def closed(number: int, bits: int) -> Value:
        if stage(number) != _WON_STAGE:
            return False
        return min(created(number) + (hash_id(number, 5) % 40 + 1) * DAY + bits % DAY, START + 729 * DAY)

    return {
        "date_deadline": make_sparse(75, 65, deadline),
        "date_open": make_sparse(93, 85, lambda number, bits: created(number) + bits % DAY),
        "date_closed": closed,
    }
