"""The whole sync against a real Odoo, checked with a client of its own. Skipped unless one is named."""

from __future__ import annotations

import os
import xmlrpc.client
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from odoo_sync_tui.core.actions import Action, Outcome
from odoo_sync_tui.core.scope import Scope
from odoo_sync_tui.pipeline.backend import Backend, open_backend
from odoo_sync_tui.settings.load import build_settings_from_overrides
from tests.support.world import FULL

pytestmark = [
    pytest.mark.real_odoo,
    pytest.mark.skipif("ODOO_TEST_URL" not in os.environ, reason="no real Odoo is named by ODOO_TEST_URL"),
]

Ask = Callable[..., Any]
MODELS = {
    "accounts": ("res.partner", [["is_company", "=", True]]),
    "opportunities": ("crm.lead", []),
    "invoices": ("account.move", [["move_type", "in", ["out_invoice", "out_refund"]]]),
    "users": ("hr.employee", []),
}
SAMPLE = 500


@pytest.fixture(scope="module")
def ask() -> Ask:
    """Asks Odoo through the oldest of its doors, archived records of all companies included."""
    url, database = os.environ["ODOO_TEST_URL"], os.environ["ODOO_TEST_DB"]
    login, key = os.environ["ODOO_TEST_LOGIN"], os.environ["ODOO_TEST_KEY"]
    user = xmlrpc.client.ServerProxy(f"{url}/xmlrpc/2/common").authenticate(database, login, key, {})
    door = xmlrpc.client.ServerProxy(f"{url}/xmlrpc/2/object")
    me: Any = door.execute_kw(database, user, key, "res.users", "read", [[user], ["company_ids"]])
    context = {"active_test": False, "allowed_company_ids": me[0]["company_ids"]}

    def ask(model: str, method: str, *args: object, **options: object) -> Any:
        return door.execute_kw(database, user, key, model, method, list(args), {**options, "context": context})

    return ask


@pytest.fixture(params=["json2", "jsonrpc", "xmlrpc"])
def backend(request: pytest.FixtureRequest, mongo_uri: str, database_name: str) -> Iterator[Backend]:
    values = {
        "odoo.url": os.environ["ODOO_TEST_URL"],
        "odoo.database": os.environ["ODOO_TEST_DB"],
        "odoo.username": os.environ["ODOO_TEST_LOGIN"],
        "odoo.api_key": os.environ["ODOO_TEST_KEY"],
        "odoo.protocol": request.param,
        "mongo.uri": mongo_uri,
        "mongo.database": database_name,
    }
    with open_backend(build_settings_from_overrides(values)) as opened:
        yield opened


def test_everything_arrives_as_odoo_counts_it_and_stays_unchanged(backend: Backend, ask: Ask):
    service = backend.service
    assert service().sync_departments("me").created == ask("hr.department", "search_count", [])
    assert service().sync_users("me").created == ask("hr.employee", "search_count", [])
    first = service().sync_data_lake("me")
    assert (first.outcome, first.errors, first.warnings) == (Outcome.SUCCESS, (), ())
    counted = {name: ask(model, "search_count", domain) for name, (model, domain) in MODELS.items()}
    assert {name: result.counts.created for name, result in first.entities.items()} == counted
    for scope in (Scope(), FULL):
        for action in Action:
            again = service().sync(action, "me", scope)
            assert again.counts.unchanged == again.synced == again.counts.rows
            assert again.outcome is Outcome.SUCCESS


def test_money_and_dates_are_those_of_odoo(backend: Backend, ask: Ask, database: Any):
    backend.service().sync_data_lake("me", Scope(entities=("invoices", "opportunities")))
    fields = ["amount_total", "amount_residual", "invoice_date", "create_date", "currency_id", "partner_id"]
    invoices = ask("account.move", "search_read", MODELS["invoices"][1], fields=fields, limit=SAMPLE)
    for row in invoices:
        data = database.data_lake_serving.find_one({"serving_id": f"odoo_invoice_{row['id']}"})["data"]
        assert data["amount_total"].to_decimal() == Decimal(repr(row["amount_total"]))
        assert data["amount_residual"].to_decimal() == Decimal(repr(row["amount_residual"]))
        assert data["invoice_date"] == (row["invoice_date"] or None)
        assert data["create_date"] == moment(row["create_date"])
        assert data["currency"] == row["currency_id"][1]
        assert [data["partner_id"], data["partner_name"]] == (row["partner_id"] or [None, None])
    leads = ask("crm.lead", "search_read", [], fields=["expected_revenue", "date_deadline", "active"], limit=SAMPLE)
    for row in leads:
        document = database.data_lake_serving.find_one({"serving_id": f"odoo_opportunity_{row['id']}"})
        assert document["data"]["expected_revenue"].to_decimal() == Decimal(repr(row["expected_revenue"]))
        assert document["data"]["date_deadline"] == (row["date_deadline"] or None)
        assert document["is_active"] == row["active"]
    assert invoices
    assert leads


def moment(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
