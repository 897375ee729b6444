"""Rows as Odoo answers them, and the documents that other programs read."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from odoo_sync_tui.core.entity import RelatedRecord
from odoo_sync_tui.entities import accounts, departments, invoices, opportunities, registry, users
from odoo_sync_tui.entities.mapping import normalize_email, split_emails
from tests.support.store import map_row


def employee(**values: object) -> dict[str, object]:
    row = {"id": 7, "name": "Ada", "work_email": " Ada@Example.COM ", "work_phone": None, "mobile_phone": "+32 1"}
    row |= {
        "job_title": None,
        "department_id": RelatedRecord(3, "R&D / Tools"),
        "parent_id": None,
        "user_id": RelatedRecord(2, "ada"),
    }
    return row | {"active": True} | values


def test_department_keeps_its_place_in_the_tree():
    row = {
        "id": 5,
        "name": "Tools",
        "complete_name": "R&D / Tools",
        "parent_id": RelatedRecord(3, "R&D"),
        "active": False,
    }
    document = map_row(departments.ENTITY, row)
    assert document.odoo_id == 5
    assert not document.active
    assert document.owned == {
        "odoo_id": 5,
        "name": "Tools",
        "complete_name": "R&D / Tools",
        "parent_odoo_id": 3,
        "manager_odoo_id": None,
        "source": "odoo",
    }


def test_user_owns_what_odoo_owns_and_leaves_role_and_approval_to_creation():
    document = map_row(users.ENTITY, employee())
    assert document.owned["email"] == "ada@example.com"
    assert document.owned["phone"] == "+32 1"
    assert (document.owned["odoo_employee_id"], document.owned["odoo_user_id"]) == (7, 2)
    assert (document.owned["odoo_department_id"], document.owned["odoo_department_name"]) == (3, "R&D / Tools")
    assert document.initial == {"role": None, "is_approved": False, "approval_status": "pending"}
    assert not {"role", "is_approved", "approval_status"} & document.owned.keys()


@pytest.mark.parametrize(
    ("written", "addresses"),
    [
        ("Ada@Example.COM", ["ada@example.com"]),
        ('"Fmt Person" <Fmt.Person@acme.example>', ["fmt.person@acme.example"]),
        ('"Person, Fmt" <fmt@acme.example>', ["fmt@acme.example"]),
        ("Two.A@acme.example, two.b@acme.example", ["two.a@acme.example", "two.b@acme.example"]),
        ("two.a@acme.example; B <two.b@acme.example>", ["two.a@acme.example", "two.b@acme.example"]),
        ("two.a@acme.example\ntwo.b@acme.example", ["two.a@acme.example", "two.b@acme.example"]),
        ("Ada Lovelace ada@acme.example", ["ada@acme.example"]),
        ("ada@acme.example (Ada)", ["ada@acme.example"]),
        ("mailto:ada@acme.example", ["ada@acme.example"]),
        ("ada@acme.example\u00a0", ["ada@acme.example"]),
        ("ÅSA@Müller.example", ["åsa@müller.example"]),
        ("Ada <ada@acme.example", ["ada@acme.example"]),
        ("o'brien@acme.example", ["o'brien@acme.example"]),
        ("@acme.example", []),
        ("ask the reception", []),
        ("(" * 5000, []),
        (None, []),
        (False, []),
    ],
)
def test_addresses_are_found_in_what_people_write_as_odoo_finds_them(written: object, addresses: list[str]):
    assert list(split_emails(written)) == addresses
    assert normalize_email(written) == (addresses[0] if addresses else None)


@pytest.mark.parametrize("email", [None, "", "   ", "n/a"])
def test_an_empty_email_is_null(email: object):
    assert map_row(users.ENTITY, employee(work_email=email)).owned["email"] is None


def test_lake_documents_carry_a_deterministic_key():
    document = map_row(users.LAKE_ENTITY, employee())
    assert document.initial == {"serving_id": "odoo_user_7", "entity_type": "user", "source": "odoo"}
    assert document.owned["data"]["id"] == 7


def test_account_without_values_invents_nothing():
    document = map_row(accounts.ENTITY, {"id": 1, "name": "Acme"})
    data = document.owned["data"]
    assert document.active
    assert {value for field, value in data.items() if field not in ("id", "name")} == {None}


def test_opportunity_tells_customer_from_prospect_and_reads_both_names_of_the_lost_reason():
    row = {
        "id": 1,
        "partner_id": RelatedRecord(9, "Acme"),
        "partner_name": "Acme Typed",
        "company_currency": RelatedRecord(1, "EUR"),
    }
    row |= {"expected_revenue": Decimal("10.50")}
    new = map_row(opportunities.ENTITY, row | {"lost_reason_id": RelatedRecord(4, "Too expensive")}).owned["data"]
    old = map_row(opportunities.ENTITY, row | {"lost_reason": RelatedRecord(4, "Too expensive")}).owned["data"]
    assert new == old
    assert (new["partner_name"], new["prospect_company"]) == ("Acme", "Acme Typed")
    assert (new["expected_revenue"], new["currency"]) == (Decimal("10.50"), "EUR")
    assert (new["lost_reason_id"], new["lost_reason_name"]) == (4, "Too expensive")


@pytest.mark.parametrize("name", [None, "/"])
def test_a_draft_invoice_has_no_number(name: object):
    created = datetime(2026, 1, 2, tzinfo=UTC)
    data = map_row(invoices.ENTITY, {"id": 1, "name": name, "state": "draft", "create_date": created}).owned["data"]
    assert data["number"] is None
    assert data["create_date"] == created


@pytest.mark.parametrize("value", ["7", None, 7.0, True])
def test_a_row_without_a_whole_number_as_id_is_refused(value: object):
    with pytest.raises(TypeError, match="id is"):
        map_row(departments.ENTITY, {"id": value})


@pytest.mark.parametrize("entity", registry.BUILT_IN.entities, ids=lambda entity: entity.id)
def test_every_entity_maps_a_row_of_nothing_but_nulls(entity):
    document = map_row(entity, {"id": 3} | dict.fromkeys(entity.fields))
    assert document.odoo_id == 3
