"""The contract of fields and errors: what is declared, and how what is wrong is told."""

from __future__ import annotations

import pytest

from tests.integration.contract.client import Client, Json2, JsonRpc
from tests.integration.contract.conftest import GONE, MODELS, refused, rows, search, wanted_fields


@pytest.mark.parametrize("model", MODELS)
def test_fields_get_declares_what_the_program_asks_for(client: Client, model: str) -> None:
    dialect = client.target.dialect
    asked = ["type", "string", "relation", "store", "readonly", "digits", "currency_field"]
    found = client.call(model, "fields_get", attributes=asked)
    for name, (kind, other) in wanted_fields(model, dialect).items():
        attributes = found[name]
        assert attributes["type"] == kind, name
        assert attributes["string"], name
        assert type(attributes["store"]) is bool, name
        assert type(attributes["readonly"]) is bool, name
        assert attributes.get("relation" if kind.endswith(("one", "many", "2many")) else "currency_field", "") == other
    assert not GONE[dialect].get(model, set()) & set(found)


def test_fields_get_says_where_things_are_stored_since_19(client: Client) -> None:
    stored = client.target.dialect < 19
    found = client.call("hr.employee", "fields_get", attributes=["store"])
    assert {found[name]["store"] for name in ("department_id", "job_id", "job_title")} == {stored}
    found = client.call("hr.department", "fields_get", attributes=["store"])
    assert found["complete_name"]["store"] is stored


def test_fields_get_passes_over_unknown_names_and_attributes(client: Client) -> None:
    found = client.call("crm.lead", "fields_get", allfields=["id", "no_such_field"], attributes=["type", "no_such"])
    assert found == {"id": {"type": "integer"}}
    digits = client.call("res.currency", "fields_get", allfields=["rounding"], attributes=["digits"])
    assert list(digits["rounding"]["digits"]) == [12, 6]


def test_fields_get_says_which_fields_were_added_by_hand(client: Client) -> None:
    found = client.call("res.partner", "fields_get", allfields=["name", "tag_ids"], attributes=["manual"])
    assert found == {"name": {"manual": False}}


def test_odoo_lists_its_models_to_its_user_from_16_on(client: Client) -> None:
    if client.target.dialect < 16:
        assert refused(client, "ir.model", "get_available_models").name == "AttributeError"
        return
    found = {one["model"]: one for one in client.call("ir.model", "get_available_models")}
    assert found["crm.lead"] == {"model": "crm.lead", "display_name": "Lead"}
    assert list(found).index("res.partner") < list(found).index("crm.stage")
    assert {"base", "mail.thread"}.isdisjoint(found)
    assert client.target.dialect < 19 or "base.module.update" not in found


def test_ir_model_tells_which_models_are_transient(client: Client) -> None:
    named = ["mail.thread", "base.module.update", "res.partner"]
    found = rows(client, "ir.model", ["model", "name", "transient"], [["model", "in", named]])
    assert {one["model"]: one["transient"] for one in found} == {name: name == named[1] for name in named}


def test_an_abstract_model_is_closed_to_everybody(client: Client) -> None:
    error = refused(client, "mail.thread", "search", domain=[])
    assert error.name == "AccessError"
    assert "'Email Thread' (mail.thread)" in error.message


def test_an_unknown_model_is_an_error_of_its_own(client: Client) -> None:
    error = refused(client, "no.such.model", "search", domain=[])
    if isinstance(client, Json2):
        assert (error.status, error.name) == (404, "NotFound")
        assert error.message == "the model 'no.such.model' does not exist"
    else:
        assert error.name == "UserError"
        assert error.message == "Object no.such.model doesn't exist"


def test_an_unknown_method_is_an_error(client: Client) -> None:
    error = refused(client, "res.partner", "no_such_method", domain=[])
    assert error.name == ("NotFound" if isinstance(client, Json2) else "AttributeError")


def test_a_private_method_is_refused(client: Client) -> None:
    error = refused(client, "res.partner", "_search", domain=[])
    assert error.name == "AccessError"
    assert error.status == (403 if isinstance(client, Json2) else 200)


def test_exists_is_public_in_14_only(client: Client) -> None:
    ids = search(client, "crm.lead", [], order="id", limit=2)
    if client.target.dialect >= 15:
        assert refused(client, "crm.lead", "exists", ids=ids).name == "AccessError"
    else:
        assert client.call("crm.lead", "exists", ids=[*ids, 99_999_999]) == ids


@pytest.mark.parametrize(
    "arguments",
    [
        {"domain": [], "fields": ["no_such_field"], "limit": 1},
        {"domain": [["no_such_field", "=", 1]], "fields": ["id"]},
        {"domain": [], "fields": ["id"], "order": "no_such_field"},
        {"domain": [["id", "resembles", 1]], "fields": ["id"]},
    ],
    ids=["fields", "domain", "order", "operator"],
)
def test_an_unknown_field_or_operator_of_a_domain_is_an_error(client: Client, arguments: dict) -> None:
    error = refused(client, "crm.lead", "search_read", **arguments)
    assert error.name == "ValueError"
    assert error.message.startswith("Invalid ")
    if isinstance(client, Json2):
        assert error.status == 500
    if isinstance(client, JsonRpc):
        assert error.code == (0 if client.target.dialect >= 19 else 200)


def test_a_domain_that_is_no_list_is_an_error(client: Client) -> None:
    error = refused(client, "crm.lead", "search", domain="abc")
    assert error.name == ("TypeError" if client.target.dialect >= 19 else "AssertionError")


def test_an_unknown_argument_is_an_error(client: Client) -> None:
    error = refused(client, "crm.lead", "search_read", domain=[], fields=["id"], limit=1, no_such_argument=1)
    assert error.name == "TypeError"
    assert "no_such_argument" in error.message
    error = refused(client, "crm.lead", "search", domain=[], no_such_argument=1)
    assert error.name == ("UnprocessableEntity" if isinstance(client, Json2) else "TypeError")


def test_a_missing_argument_is_an_error(client: Client) -> None:
    error = refused(client, "crm.lead", "search")
    assert error.name == ("UnprocessableEntity" if isinstance(client, Json2) else "TypeError")
    assert ("args" if client.target.dialect < 15 else "domain") in error.message


def test_an_order_in_no_direction_is_an_error(client: Client) -> None:
    error = refused(client, "crm.lead", "search", domain=[], order="id sideways")
    assert error.name == "UserError"
    assert error.status == (422 if isinstance(client, Json2) else 200)


def test_a_context_with_companies_of_others_is_refused(client: Client) -> None:
    error = refused(client, "crm.lead", "search", domain=[], context={"allowed_company_ids": [9999]})
    assert (error.name, error.message) == ("AccessError", "Access to unauthorized or invalid companies.")
    own = client.call("res.users", "read", ids=[2], fields=["company_ids"])[0]["company_ids"]
    assert client.call("crm.lead", "search_count", domain=[], context={"allowed_company_ids": own}) == client.call(
        "crm.lead", "search_count", domain=[]
    )


def test_an_unknown_language_is_refused_since_15_where_something_is_translated(client: Client) -> None:
    context = {"lang": "xx_XX"}
    if client.target.dialect < 15:
        assert rows(client, "crm.stage", ["name"], limit=1, context=context)
        return
    error = refused(client, "crm.stage", "search_read", domain=[], fields=["name"], context=context)
    assert (error.name, error.message) == ("UserError", "Invalid language code: xx_XX")
    # Where nothing is translated, nobody looks at the language.
    assert rows(client, "crm.lead", ["priority"], limit=1, context=context)
