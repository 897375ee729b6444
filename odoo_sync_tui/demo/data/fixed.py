"""Models with a few fixed rows: companies, currencies, countries, stages, teams, tags and others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from odoo_sync_tui.demo.data.words import JOB_TITLES, OWN_COMPANIES
from odoo_sync_tui.demo.data.world import START, DatasetConfig, RecordSource
from odoo_sync_tui.demo.values import Value

FixedRow = dict[str, Value]

_COUNTRIES: Final = (
    ("United States", "US"), ("France", "FR"), ("Germany", "DE"), ("Belgium", "BE"), ("Netherlands", "NL"),
    ("United Kingdom", "GB"), ("Spain", "ES"), ("Denmark", "DK"), ("Italy", "IT"), ("Japan", "JP"),
    ("Switzerland", "CH"),
)  # fmt: skip
_STATES: Final = (
    ("California", "CA"), ("New York", "NY"), ("Texas", "TX"), ("Massachusetts", "MA"), ("Illinois", "IL"),
)  # fmt: skip
_INDUSTRIES: Final = (
    "Agriculture", "Construction", "Education", "Energy supply", "Food", "Health & Social work", "IT/Communication",
    "Manufacturing", "Transportation", "Wholesale/Retail",
)  # fmt: skip
_TAGS: Final = ("Product", "Software", "Services", "Information", "Design", "Training", "Consulting", "Other")
_LOST_REASONS: Final = ("Too expensive", "We don't have people/skills", "Not enough stock", "No answer")

FIXED_ROWS: Final[dict[str, list[FixedRow]]] = {
    "res.company": [
        {"name": OWN_COMPANIES[0], "active": True, "partner_id": 1, "currency_id": 2},
        {"name": OWN_COMPANIES[1], "active": True, "partner_id": 2, "currency_id": 1},
    ],
    "res.currency": [
        {"name": "USD", "symbol": "$", "rounding": 0.01, "decimal_places": 2, "active": True},
        {"name": "EUR", "symbol": "€", "rounding": 0.01, "decimal_places": 2, "active": True},
        {"name": "JPY", "symbol": "¥", "rounding": 1.0, "decimal_places": 0, "active": False},
    ],
    "res.country": [{"name": name, "code": code} for name, code in _COUNTRIES],
    "res.country.state": [{"name": name, "code": code, "country_id": 1} for name, code in _STATES],
    "res.partner.industry": [{"name": name, "active": True} for name in _INDUSTRIES],
    "res.lang": [
        {"name": "English (US)", "code": "en_US", "active": True},
        {"name": "French / Français", "code": "fr_FR", "active": True},
    ],
    "crm.stage": [
        {"name": name, "sequence": position, "is_won": name == "Won"}
        for position, name in enumerate(("New", "Qualified", "Proposition", "Won"))
    ],
    "crm.team": [
        {"name": name, "active": True, "company_id": company, "user_id": user}
        for name, company, user in (("Sales", False, 2), ("Website", 1, 3), ("America", 2, False))
    ],
    "crm.tag": [{"name": name, "color": position} for position, name in enumerate(_TAGS, 1)],
    "crm.lost.reason": [{"name": name, "active": True} for name in _LOST_REASONS],
    "hr.job": [{"name": name, "active": True} for name in JOB_TITLES],
    "ir.module.module": [
        {"name": name, "state": "installed", "latest_version": f"{version}.0"}
        for name, version in (("base", "1.3"), ("hr", "1.1"), ("crm", "1.9"), ("account", "1.4"))
    ],
    "res.users.apikeys": [{"name": "odoo-sync-tui", "user_id": 2, "scope": "rpc", "expiration_date": False}],
    "ir.config_parameter": [{"key": "database.uuid", "value": "5f0c1f3e-0d0a-4c53-9d4e-6f646f6f6465"}],
}
"""The rows of each model in the order of their ids, from 1."""


def build_fixed(config: DatasetConfig, model: str, rows: Sequence[FixedRow]) -> RecordSource:
    """Build the source of `model`: fixed rows, all written on the first day."""

    def column(field: str) -> Callable[[int], Value]:
        return lambda number: rows[number - 1][field]

    def display_name(number: int) -> Value:
        name = config.lookup(model, number, "key" if model == "ir.config_parameter" else "name")
        return f"{name} (US)" if model == "res.country.state" else name

    plain = {field: column(field) for field in rows[0]}
    plain["create_date"] = lambda _: START
    return RecordSource(
        size=len(rows),
        salt=0,
        id_columns=plain,
        hashed_columns={},
        computed_columns={"display_name": display_name},
    )
