"""The contract of aggregates: whole columns in one call, and what they have in common with rows."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.integration.contract.aggregates import aggregate, columns, differences, stored_fields
from tests.integration.contract.client import Client, XmlRpc
from tests.integration.contract.conftest import ARCHIVED, MODELS, Refused, bare_rows, refused, search


@pytest.fixture
def client(client: Client) -> Client:
    if isinstance(client, XmlRpc):
        pytest.skip("XML-RPC has no NULL, of which columns are full")
    return client


@pytest.mark.parametrize("model", MODELS)
def test_columns_hold_the_values_of_rows(client: Client, model: str) -> None:
    assert differences(client, model, stored_fields(client, model)) == []


def test_null_is_told_from_zero_and_from_false(client: Client) -> None:
    names = ["id", "customer_rank", "email", "is_company", "parent_id"]
    found = columns(client, "res.partner", names, []).values()
    assert {type(row["is_company"]) for row in found} == {bool}
    assert None in {row["email"] for row in found}
    assert None in {row["parent_id"] for row in found}
    assert not any(row[name] is False for row in found for name in ("email", "parent_id", "customer_rank"))


def tidied(name: str) -> str:
    return re.sub(r"\s+\n", "\n", name).strip()


def test_a_field_says_what_names_are_made_of(client: Client) -> None:
    def depends(model: str) -> dict[str, Any]:
        asked = {"allfields": ["display_name"], "attributes": ["depends", "store"]}
        return client.call(model, "fields_get", **asked)["display_name"]

    assert depends("crm.stage") == {"depends": ["name"], "store": False}
    partner = depends("res.partner")
    parts = {"complete_name", "email", "vat", "state_id", "country_id", "commercial_company_name", "name"}
    if client.target.dialect < 15:
        assert partner["store"] is True
    else:
        assert (set(partner["depends"]), partner["store"]) == (parts, False)


def test_the_column_of_a_partners_name_holds_it(client: Client) -> None:
    """But for white space before the end of a line, or around, which is taken out since there is another column."""
    name, tidy = ("display_name", str) if client.target.dialect < 15 else ("complete_name", tidied)
    found = columns(client, "res.partner", ["id", name], [])
    shown = bare_rows(client, "res.partner", ["display_name"], context=ARCHIVED)
    named = {row["id"]: row["display_name"] for row in shown if row["display_name"]}
    assert {each: tidy(found[each][name]) for each in named} == named


def test_decimals_are_text_before_19(client: Client) -> None:
    domain = [["amount_total", ">", 0]]
    found = aggregate(client, "account.move", domain, "amount_total:array_agg")["amount_total:array_agg"]
    assert {type(value) for value in found} == {float if client.target.dialect >= 19 else str}


def test_aggregates_of_all_rows_come_in_one_call(client: Client) -> None:
    ids = search(client, "crm.lead", [], context=ARCHIVED)
    newest = bare_rows(client, "crm.lead", ["write_date"], limit=1, order="write_date desc", context=ARCHIVED)
    if client.target.dialect < 19:
        newest = bare_rows(client, "crm.lead", ["write_date"], [["id", "in", ids]], context=ARCHIVED)
    wanted = ("__count", "id:sum", "id:max", "write_date:max")
    found = aggregate(client, "crm.lead", [], *wanted, context=ARCHIVED)
    stamp = max(row["write_date"] for row in newest)
    assert [found[name] for name in wanted] == [len(ids), sum(ids), max(ids), stamp]


def test_archived_records_are_left_out_as_in_a_search(client: Client) -> None:
    for context in ({}, ARCHIVED):
        found = aggregate(client, "crm.lead", [], "id:array_agg", "__count", context=context)
        ids = search(client, "crm.lead", [], order="id", context=context)
        assert (sorted(found["id:array_agg"]), found["__count"]) == (ids, len(ids))


def test_no_rows_have_empty_columns_or_none(client: Client) -> None:
    found = aggregate(client, "crm.lead", [["id", "<", 0]], "id:array_agg", "name:array_agg", "id:sum", "__count")
    empty, nothing = ([], False) if client.target.dialect >= 19 else (None, None)
    assert found["id:array_agg"] == found["name:array_agg"] == empty
    assert (found["id:sum"], found["__count"]) == (nothing, 0)


@pytest.mark.parametrize("name", ["tag_ids", "display_name"])
def test_a_field_without_a_column_is_refused(client: Client, name: str) -> None:
    with pytest.raises(Refused) as caught:
        aggregate(client, "crm.lead", [], "id:array_agg", f"{name}:array_agg")
    is_new = client.target.dialect >= 19
    assert (caught.value.name, name in caught.value.message) == ("ValueError" if is_new else "UserError", True)


@pytest.mark.parametrize(("model", "name"), [("crm.lead", "company_currency"), ("hr.employee", "department_id")])
def test_a_field_that_odoo_can_sort_by_has_values_without_a_column(client: Client, model: str, name: str) -> None:
    if client.target.dialect < 19:
        pytest.skip("older versions were not asked")
    declared = client.call(model, "fields_get", allfields=[name], attributes=["store", "sortable"])
    assert declared[name] == {"store": False, "sortable": True}
    assert differences(client, model, {"id": "integer", name: "many2one"}) == []


@pytest.mark.parametrize("spec", ["no_such:array_agg", "id:no_such"])
def test_an_unknown_field_or_function_is_refused(client: Client, spec: str) -> None:
    with pytest.raises(Refused) as caught:
        aggregate(client, "crm.lead", [], spec)
    assert "no_such" in caught.value.message


def test_a_call_without_a_domain_is_refused(client: Client) -> None:
    method = "formatted_read_group" if client.target.dialect >= 19 else "read_group"
    wanted = "UnprocessableEntity" if client.protocol == "json2" else "TypeError"
    assert refused(client, "crm.lead", method).name == wanted
