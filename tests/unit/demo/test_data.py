"""The made-up records: the same for the same seed, in the numbers promised, with everything that real data has."""

from __future__ import annotations

import pytest

from odoo_sync_tui.demo import DemoOdoo
from tests.unit.demo.calls import Connect, Start

COMPANY = [["is_company", "=", True]]
CUSTOMER = [["move_type", "in", ["out_invoice", "out_refund"]]]


@pytest.mark.parametrize("records", [20, 21, 200, 1001])
def test_the_number_of_rows_follows_from_records(records: int) -> None:
    odoo = DemoOdoo(records=records)
    assert odoo.count("res.partner", COMPANY) == records
    assert odoo.count("res.partner") == records + records // 2
    assert odoo.count("crm.lead") == records
    assert odoo.count("account.move", CUSTOMER) == records
    assert odoo.count("hr.employee") == max(20, records // 10)
    assert odoo.count("hr.department") == 5


@pytest.mark.parametrize("records", [19, 1_000_001, 0])
def test_numbers_of_records_out_of_bounds_are_refused(records: int) -> None:
    with pytest.raises(ValueError, match="records must be from 20 to 1,000,000"):
        DemoOdoo(records=records)


def test_unknown_dialects_of_the_demo_are_refused() -> None:
    with pytest.raises(ValueError, match="14, 17, 19"):
        DemoOdoo(dialect=16)


def everything(odoo: DemoOdoo, connect: Connect) -> dict:
    client = connect(odoo)
    models = ("res.partner", "crm.lead", "account.move", "hr.employee", "hr.department", "res.users")
    return {
        model: client.call(model, "search_read", domain=[], order="id", context={"active_test": False})
        for model in models
    }


def test_the_same_seed_makes_the_same_records(start: Start, connect: Connect) -> None:
    first = everything(start(records=50, seed=7), connect)
    assert first == everything(start(records=50, seed=7), connect)
    assert first != everything(start(records=50, seed=8), connect)


def test_more_records_leave_the_first_names_alone() -> None:
    small, large = DemoOdoo(records=20), DemoOdoo(records=1000)
    for number in range(1, 31):
        assert small.get_value("res.partner", number, "name") == large.get_value("res.partner", number, "name")


def test_some_rows_of_every_model_are_archived() -> None:
    odoo = DemoOdoo(records=2000)
    for model in ("res.partner", "crm.lead", "hr.employee"):
        share = odoo.count(model, [["active", "=", False]]) / odoo.count(model)
        assert 0.04 < share < 0.09, model
    assert DemoOdoo(records=20).count("hr.department", [["active", "=", False]]) == 1


def test_every_nullable_field_is_empty_somewhere(connect: Connect, start: Start) -> None:
    never_empty = {
        "res.partner": {"name", "display_name", "complete_name"},
        "crm.lead": {"name", "display_name", "type", "stage_id", "priority", "company_currency", "won_status"},
        "account.move": {"display_name", "state", "move_type", "payment_state", "company_id", "currency_id",
                         "company_currency_id"},
        "hr.employee": {"name", "display_name", "company_id", "current_version_id"},
    }  # fmt: skip
    odoo = start(records=400)
    client = connect(odoo)
    for model, always in never_empty.items():
        kinds = client.call(model, "fields_get", attributes=["type"])
        found = client.call(model, "search_read", domain=[], context={"active_test": False})
        nullable = {name for name, one in kinds.items() if one["type"] in {"char", "many2one", "date", "selection"}}
        for name in nullable - always:
            assert any(row[name] is False for row in found), f"{model}.{name} is never empty"
            assert any(row[name] is not False for row in found), f"{model}.{name} is always empty"
        for name in nullable & always:
            assert all(row[name] is not False for row in found), f"{model}.{name} is empty somewhere"


def test_one_record_is_empty_wherever_it_may_be(odoo: DemoOdoo) -> None:
    for name in ("email", "phone", "street", "city", "country_id", "vat", "ref", "user_id", "company_id"):
        assert odoo.get_value("res.partner", 19, name) is False


def test_employees_and_users_are_different_people(odoo: DemoOdoo) -> None:
    links = {number: odoo.get_value("hr.employee", number, "user_id") for number in odoo.search("hr.employee")}
    users = [user for user in links.values() if user]
    assert users
    assert len(users) == len(set(users))
    assert not any(user == number for number, user in links.items())
    assert any(user is False for user in links.values())
    assert set(odoo.search("res.users")) - set(users)


def test_references_of_every_row_lead_to_a_row(connect: Connect, start: Start) -> None:
    odoo = start(records=300)
    client = connect(odoo)
    for model in ("res.partner", "crm.lead", "account.move", "hr.employee", "hr.department", "res.users"):
        kinds = client.call(model, "fields_get", attributes=["type", "relation"])
        related = {name: one["relation"] for name, one in kinds.items() if one["type"] == "many2one"}
        found = client.call(
            model, "search_read", domain=[], fields=list(related), load=None, context={"active_test": False}
        )
        for name, relation in related.items():
            targets = {row[name] for row in found if row[name]}
            assert targets <= set(odoo.search(relation)), f"{model}.{name}"


def test_the_amounts_of_an_invoice_add_up(connect: Connect, start: Start) -> None:
    client = connect(start(records=300))
    fields = ["amount_untaxed", "amount_tax", "amount_total", "amount_residual", "payment_state", "state"]
    for row in client.call("account.move", "search_read", domain=[], fields=fields):
        assert round(row["amount_untaxed"] + row["amount_tax"], 2) == row["amount_total"]
        assert 0 <= row["amount_residual"] <= row["amount_total"]
        if row["payment_state"] == "paid":
            assert row["amount_residual"] == 0


def test_write_dates_tie_and_do_not_rise_with_the_id() -> None:
    odoo = DemoOdoo(records=4000)
    stamps = [odoo.get_value("crm.lead", number, "write_date") for number in odoo.search("crm.lead")]
    assert len(set(stamps)) < len(stamps) - 1000  # imports: one stamp for many
    seconds = [stamp // 1_000_000 for stamp in stamps]
    assert len(set(seconds)) < len(set(stamps))  # and one second for many stamps
    assert stamps != sorted(stamps)
    assert any(stamp % 1_000_000 for stamp in stamps)


def test_departments_are_a_tree() -> None:
    odoo = DemoOdoo(records=20_000)
    child = odoo.search("hr.department", [["parent_id", "!=", False]])[-1]
    name = odoo.get_value("hr.department", child, "name")
    assert str(odoo.get_value("hr.department", child, "complete_name")).endswith(f" / {name}")
    below = odoo.search("hr.department", [["id", "child_of", [1]]])
    assert below[0] == 1
    assert 1 < len(below) < odoo.count("hr.department")


def test_a_million_records_are_searched_where_they_lie() -> None:
    """What a sync asks of the largest look-alike: nothing of it may build or sort all records' rows."""
    odoo = DemoOdoo(records=1_000_000)
    assert odoo.last_id("res.partner") == 1_500_000
    block = [["id", ">", 700_000], ["id", "<=", 700_300], ["is_company", "=", True]]
    assert len(odoo.search("res.partner", block)) == 200
    assert odoo.search("res.partner", [["id", "in", [3, 1_499_999, 9_999_999]]]) == [3, 1_499_999]
    assert odoo.get_value("res.partner", 1_499_999, "name")
