"""One set of cases for the look-alike and, where ODOO_TEST_URL, _DB, _LOGIN and _KEY are set, for a real Odoo.

What is asserted here is what the program relies on; so the look-alike cannot drift from the real thing unseen.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator

import pytest

from odoo_sync_tui.demo import DemoOdoo
from tests.integration.contract_client import CLIENTS, Client, Json2, JsonRpc, Refused, Target, XmlRpc, send

REAL = ("ODOO_TEST_URL", "ODOO_TEST_DB", "ODOO_TEST_LOGIN", "ODOO_TEST_KEY")
CASES = [
    *(f"demo19-{name}" for name in CLIENTS),
    *(f"demo{dialect}-{name}" for dialect in (17, 14) for name in ("jsonrpc", "xmlrpc")),
    *(pytest.param(f"real-{name}", marks=pytest.mark.real_odoo) for name in CLIENTS),
]
ARCHIVED = {"active_test": False}
STAMP = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")
MODELS = ("res.partner", "crm.lead", "account.move", "hr.employee", "hr.department")

# Field to (type, relation or currency field); `drift` says from and until which version a field is there.
WANTED = {
    "hr.department": "id:integer name:char complete_name:char parent_id:many2one=hr.department "
    "manager_id:many2one=hr.employee active:boolean company_id:many2one=res.company "
    "write_date:datetime create_date:datetime",
    "hr.employee": "id:integer name:char work_email:char work_phone:char mobile_phone:char job_title:char "
    "job_id:many2one=hr.job department_id:many2one=hr.department parent_id:many2one=hr.employee "
    "user_id:many2one=res.users company_id:many2one=res.company active:boolean write_date:datetime "
    "create_date:datetime",
    "res.partner": "id:integer name:char display_name:char is_company:boolean email:char phone:char website:char "
    "vat:char ref:char street:char street2:char city:char zip:char state_id:many2one=res.country.state "
    "country_id:many2one=res.country industry_id:many2one=res.partner.industry user_id:many2one=res.users "
    "company_id:many2one=res.company parent_id:many2one=res.partner customer_rank:integer supplier_rank:integer "
    "active:boolean lang:selection write_date:datetime create_date:datetime",
    "crm.lead": "id:integer name:char type:selection partner_id:many2one=res.partner partner_name:char "
    "contact_name:char email_from:char phone:char stage_id:many2one=crm.stage team_id:many2one=crm.team "
    "user_id:many2one=res.users company_id:many2one=res.company expected_revenue:monetary=company_currency "
    "prorated_revenue:monetary=company_currency company_currency:many2one=res.currency probability:float "
    "priority:selection date_deadline:date date_open:datetime date_closed:datetime tag_ids:many2many=crm.tag "
    "active:boolean create_date:datetime write_date:datetime",
    "account.move": "id:integer name:char ref:char move_type:selection state:selection payment_state:selection "
    "partner_id:many2one=res.partner commercial_partner_id:many2one=res.partner "
    "invoice_user_id:many2one=res.users company_id:many2one=res.company currency_id:many2one=res.currency "
    "amount_untaxed:monetary=currency_id amount_tax:monetary=currency_id amount_total:monetary=currency_id "
    "amount_residual:monetary=currency_id amount_total_signed:monetary=company_currency_id invoice_date:date "
    "invoice_date_due:date invoice_origin:char payment_reference:char "
    "invoice_line_ids:one2many=account.move.line create_date:datetime write_date:datetime",
}
DRIFT = {
    19: {"crm.lead": "recurring_revenue:monetary=company_currency lost_reason_id:many2one=crm.lost.reason "
         "won_status:selection", "hr.employee": "current_version_id:many2one=hr.version"},
    17: {"crm.lead": "recurring_revenue:monetary=company_currency lost_reason_id:many2one=crm.lost.reason",
         "res.partner": "mobile:char"},
    14: {"crm.lead": "lost_reason:many2one=crm.lost.reason", "res.partner": "mobile:char"},
}  # fmt: skip
GONE = {
    19: {"res.partner": {"mobile"}, "crm.lead": {"lost_reason"}},
    17: {"crm.lead": {"won_status", "lost_reason"}},
    14: {"crm.lead": {"won_status", "lost_reason_id"}, "hr.employee": {"current_version_id"}},
}


@pytest.fixture(scope="module")
def demos() -> Iterator[dict[int, DemoOdoo]]:
    servers = {dialect: DemoOdoo(records=200, dialect=dialect) for dialect in (14, 17, 19)}
    for server in servers.values():
        server.start()
    yield servers
    for server in servers.values():
        server.stop()


@pytest.fixture(params=CASES)
def client(request: pytest.FixtureRequest, demos: dict[int, DemoOdoo]) -> Client:
    where, _, protocol = request.param.partition("-")
    if where == "real":
        missing = [name for name in REAL if not os.environ.get(name)]
        if missing:
            pytest.skip(f"no real Odoo: {', '.join(missing)} not set")
        url, database, login, key = (os.environ[name] for name in REAL)
        target = Target(url.rstrip("/"), database, login, key, 19, real=True)
    else:
        server = demos[int(where.removeprefix("demo"))]
        target = Target(server.url, server.database, server.username, server.api_key, server.dialect, real=False)
    return CLIENTS[protocol](target)


def search(client: Client, model: str, domain: list, **rest) -> list[int]:
    return client.call(model, "search", domain=domain, **rest)


def rows(client: Client, model: str, fields: list[str], domain: list | None = None, **rest) -> list[dict]:
    return client.call(model, "search_read", domain=domain or [], fields=fields, **rest)


def bare_rows(client: Client, model: str, fields: list[str], domain: list | None = None, **rest) -> list[dict]:
    """Rows with bare many2one ids: one call, or two where search_read takes no `load`."""
    if client.target.dialect >= 15:
        return rows(client, model, fields, domain, load=None, **rest)
    ids = search(client, model, domain or [], **rest)
    return client.call(model, "read", ids=ids, fields=fields, load=False)


def refused(client: Client, model: str, method: str, **arguments) -> Refused:
    with pytest.raises(Refused) as caught:
        client.call(model, method, **arguments)
    return caught.value


# Versions and logins


def test_version_without_login(client: Client) -> None:
    dialect = client.target.dialect
    if isinstance(client, Json2):
        answer = send(client.target.url, "GET", "/web/version")
        assert (answer.status, answer.kind) == (200, "application/json")
        found = json.loads(answer.body)
        assert set(found) == {"version", "version_info"}
        assert found["version_info"][0] == dialect
        assert found["version"].startswith(f"{dialect}.")
        return
    found = client.service("common", "version")
    assert found["server_version"].startswith(f"{dialect}.")
    assert found["server_version_info"][0] == dialect
    assert found["protocol_version"] == 1


def test_web_version_is_json_only_where_it_exists(client: Client) -> None:
    answer = send(client.target.url, "GET", "/web/version")
    expected = (200, "application/json") if client.target.dialect >= 19 else (404, "text/html")
    assert (answer.status, answer.kind) == expected


def test_version_info_by_post(client: Client) -> None:
    answer = send(client.target.url, "POST", "/web/webclient/version_info", b"{}", {"Content-Type": "application/json"})
    assert answer.status == 200
    assert json.loads(answer.body)["result"]["server_version_info"][0] == client.target.dialect


def test_no_connection_is_kept_alive(client: Client) -> None:
    answer = send(client.target.url, "GET", "/web/version")
    assert answer.headers.get("connection") == (None if client.target.dialect < 15 else "close")
    assert "content-length" in answer.headers


def test_login(client: Client) -> None:
    if isinstance(client, Json2):
        pytest.skip("JSON-2 has no login")
    target = client.target
    assert client.service("common", "authenticate", target.database, target.username, target.key, {}) == 2
    assert client.service("common", "authenticate", target.database, target.username, "wrong", {}) is False
    assert client.service("common", "authenticate", target.database, target.username, target.key, {}) == 2
    with pytest.raises(Refused) as caught:
        client.service("common", "authenticate", "no_such_database", target.username, target.key, {})
    assert caught.value.name == "OperationalError"
    assert 'database "no_such_database" does not exist' in caught.value.message


def test_wrong_key_in_a_call(client: Client) -> None:
    wrong = CLIENTS[client.protocol](
        Target(client.target.url, client.target.database, "admin", "0" * 40, client.target.dialect, real=False)
    )
    error = refused(wrong, "res.partner", "search", domain=[])
    if isinstance(client, Json2):
        assert (error.status, error.name, error.message) == (401, "Unauthorized", "Invalid apikey")
        return
    assert (error.name, error.message) == ("AccessDenied", "Access Denied")
    # A right login takes the wrong one back, so that ten of them over many tests lock nobody out.
    target = client.target
    assert client.service("common", "authenticate", target.database, target.username, target.key, {}) == 2


def test_unknown_database_in_a_call(client: Client) -> None:
    if isinstance(client, Json2):
        answer = client.raw("res.partner", "search", b'{"domain": []}', X_Odoo_Database="no_such_database")
        assert (answer.status, answer.kind) == (404, "text/html")
        assert b"No database is selected" in answer.body
        return
    target = client.target
    with pytest.raises(Refused) as caught:
        client.service("object", "execute_kw", "no_such_database", 2, target.key, "res.partner", "search", [[]], {})
    assert caught.value.name == "OperationalError"


def test_unknown_user(client: Client) -> None:
    if isinstance(client, Json2):
        pytest.skip("JSON-2 names no user")
    target = client.target
    with pytest.raises(Refused) as caught:
        client.service("object", "execute_kw", target.database, 9999, target.key, "res.partner", "search", [[]], {})
    assert caught.value.name in {"MissingError", "UserError"}
    assert "res.users(9999,)" in caught.value.message


# The line


def test_get_on_the_address_of_calls(client: Client) -> None:
    url, dialect = client.target.url, client.target.dialect
    if isinstance(client, Json2):
        answer = send(url, "GET", "/json/2/res.partner/search", None, {"X-Odoo-Database": client.target.database})
        assert (answer.status, answer.kind) == (404, "application/json")
        assert b"Did you mean POST" in answer.body
    elif isinstance(client, JsonRpc):
        assert send(url, "GET", "/jsonrpc").status == (415 if dialect >= 19 else 400)
    else:
        assert send(url, "GET", "/xmlrpc/2/common").status == 405


def test_wrong_content_type(client: Client) -> None:
    if isinstance(client, Json2):
        answer = client.raw("res.partner", "search", b"{}", Content_Type="text/plain")
        assert (answer.status, answer.kind) == (415, "text/html")
    elif isinstance(client, JsonRpc):
        answer = client.raw(b"{}", "text/plain")
        assert (answer.status, answer.kind) == (415 if client.target.dialect >= 19 else 400, "text/html")


def test_malformed_body(client: Client) -> None:
    if isinstance(client, Json2):
        answer = client.raw("res.partner", "search", b'{"dom')
        assert (answer.status, answer.kind) == (400, "application/json")
        assert json.loads(answer.body)["name"] == "werkzeug.exceptions.BadRequest"
    elif isinstance(client, JsonRpc):
        answer = client.raw(b'{"json')
        assert (answer.status, answer.kind) == (400, "text/html")
    else:
        answer = send(client.target.url, "POST", "/xmlrpc/2/object", b"<oops", {"Content-Type": "text/xml"})
        assert answer.status == 200
        assert b"<fault>" in answer.body


def test_json2_is_absent_before_19(client: Client) -> None:
    if client.target.dialect >= 19:
        pytest.skip("19 has it")
    headers = {"Content-Type": "application/json", "Authorization": f"bearer {client.target.key}"}
    answer = send(client.target.url, "POST", "/json/2/res.partner/search", b"{}", headers)
    assert answer.status == 404


def test_missing_authorization(client: Client) -> None:
    if not isinstance(client, Json2):
        pytest.skip("JSON-2 only")
    answer = client.raw("res.partner", "search", b'{"domain": []}', Authorization=None)
    assert answer.status == 401
    assert "use an API Key" in json.loads(answer.body)["message"]


# Searching


def test_search_walks_the_ids(client: Client) -> None:
    everything = search(client, "res.partner", [], order="id", context=ARCHIVED)
    assert everything == sorted(set(everything))
    assert len(everything) > 20
    first = search(client, "res.partner", [], order="id", limit=7, context=ARCHIVED)
    after = search(client, "res.partner", [["id", ">", first[-1]]], order="id", limit=7, context=ARCHIVED)
    assert first + after == everything[:14]
    assert search(client, "res.partner", [], order="id desc", limit=3, context=ARCHIVED) == everything[:-4:-1]
    assert search(client, "res.partner", [], order="id", offset=5, limit=2, context=ARCHIVED) == everything[5:7]
    assert search(client, "res.partner", [], order="id", limit=0, context=ARCHIVED) == everything
    block = [["id", ">", everything[3]], ["id", "<=", everything[9]]]
    assert search(client, "res.partner", block, order="id", context=ARCHIVED) == everything[4:10]
    block = [["id", ">=", everything[3]], ["id", "<", everything[9]]]
    assert search(client, "res.partner", block, order="id", context=ARCHIVED) == everything[3:9]


def test_archived_records_are_hidden_unless_asked_for(client: Client) -> None:
    for model in ("res.partner", "crm.lead"):
        shown = client.call(model, "search_count", domain=[])
        everything = client.call(model, "search_count", domain=[], context=ARCHIVED)
        named = client.call(model, "search_count", domain=[["active", "in", [True, False]]])
        archived = search(client, model, [["active", "=", False]])
        assert everything == named == shown + len(archived)
        if not archived:
            continue
        assert search(client, model, [["id", "in", archived]]) == []
        assert search(client, model, [["id", "in", archived]], order="id", context=ARCHIVED) == sorted(archived)
        assert len(client.call(model, "read", ids=archived, fields=["name"])) == len(archived)


def test_count_is_the_length_of_the_search(client: Client) -> None:
    for model in MODELS:
        ids = search(client, model, [], context=ARCHIVED)
        assert client.call(model, "search_count", domain=[], context=ARCHIVED) == len(ids)


def test_domains(client: Client) -> None:
    def count(*domain: object) -> int:
        return client.call("res.partner", "search_count", domain=list(domain), context=ARCHIVED)

    everything = count()
    company, person = ["is_company", "=", True], ["is_company", "=", False]
    assert count(company) + count(person) == everything == count("|", company, person)
    assert count("&", company, person) == 0
    assert count("!", company) == count(person) == count(["is_company", "!=", True])
    assert count(["email", "=", False]) + count(["email", "!=", False]) == everything
    assert count(["email", "!=", "nobody@nowhere.example"]) == everything  # empty values are matched too
    if client.target.dialect >= 19:
        assert count(["street", "=", ""]) == count(["street", "=", False])
    assert count(["country_id", "=", False]) + count(["country_id", "!=", False]) == everything
    ids = search(client, "res.partner", [], order="id", limit=3, context=ARCHIVED)
    assert count(["id", "in", ids]) == count(["id", "=", ids]) == 3
    assert count(["id", "not in", ids]) == everything - 3
    assert count(["id", "in", []]) == 0
    assert count([1, "=", 1]) == everything
    found = rows(client, "res.partner", ["name"], [["name", "!=", False]], limit=1, order="id")[0]["name"]
    piece = found[1:4]
    assert count(["name", "ilike", piece.swapcase()]) >= count(["name", "like", piece]) >= 1
    assert count(["name", "ilike", piece]) + count(["name", "not ilike", piece]) == everything
    assert count(["name", "=", found]) >= 1


def test_a_condition_on_a_name_behind_a_many2one(client: Client) -> None:
    lead = rows(client, "crm.lead", ["stage_id"], [["stage_id", "!=", False]], limit=1, order="id")[0]
    number, name = lead["stage_id"]
    by_id = search(client, "crm.lead", [["stage_id", "=", number]], order="id")
    assert by_id == search(client, "crm.lead", [["stage_id.name", "=", name]], order="id")
    assert set(by_id) <= set(search(client, "crm.lead", [["stage_id", "ilike", name]]))


# Reading


def test_search_read_gives_the_id_first_and_then_what_was_asked(client: Client) -> None:
    row = rows(client, "crm.lead", ["name", "priority"], limit=1)[0]
    assert list(row) == ["id", "name", "priority"]


def test_many2one_with_and_without_names(client: Client) -> None:
    asked = ["partner_id", "stage_id", "tag_ids"]
    paired = rows(client, "crm.lead", asked, order="id", context=ARCHIVED)
    bare = bare_rows(client, "crm.lead", asked, order="id", context=ARCHIVED)
    for left, right in zip(paired, bare, strict=True):
        assert sorted(left["tag_ids"]) == sorted(right["tag_ids"])
        assert all(type(one) is int for one in right["tag_ids"])
        for name in ("partner_id", "stage_id"):
            assert right[name] is False or type(right[name]) is int
            assert left[name] is False or (type(left[name][0]), type(left[name][1])) == (int, str)
            assert right[name] == (left[name] and left[name][0])
    assert any(row["partner_id"] for row in bare)
    assert client.target.real or any(row["partner_id"] is False for row in bare)


def test_names_are_display_names(client: Client) -> None:
    contact = rows(client, "res.partner", ["display_name", "name", "parent_id"], [["parent_id", "!=", False]], limit=1)[
        0
    ]
    assert contact["display_name"] == f"{contact['parent_id'][1]}, {contact['name']}"
    lead = rows(client, "crm.lead", ["partner_id"], [["partner_id", "!=", False]], limit=1)[0]
    number, name = lead["partner_id"]
    asked = rows(client, "res.partner", ["display_name"], [["id", "in", [number]]], context=ARCHIVED)
    assert asked == [{"id": number, "display_name": name}]


def test_search_read_takes_no_load_in_14(client: Client) -> None:
    if client.target.dialect >= 15:
        pytest.skip("it does since 15")
    error = refused(client, "crm.lead", "search_read", domain=[], fields=["id"], load=False)
    assert error.name == "TypeError"
    assert "load" in error.message


def test_empty_values_are_false(client: Client) -> None:
    kinds = client.call("res.partner", "fields_get", attributes=["type"])
    nullable = ["email", "street", "parent_id", "lang"]
    found = bare_rows(client, "res.partner", nullable, context=ARCHIVED)
    for name in ("email", "street", "parent_id"):
        assert any(row[name] is False for row in found)
        assert not any(row[name] is None for row in found)
        assert kinds[name]["type"] in {"char", "many2one"}


def test_values_have_the_type_that_the_field_declares(client: Client) -> None:
    python = {
        "integer": int, "float": float, "monetary": float, "boolean": bool, "char": str, "selection": str,
        "date": str, "datetime": str, "many2one": int, "one2many": list, "many2many": list,
    }  # fmt: skip
    empty_is_false = {"char", "selection", "date", "datetime", "many2one"}
    for model in MODELS:
        wanted = wanted_fields(model, client.target.dialect)
        for row in bare_rows(client, model, list(wanted), limit=200, context=ARCHIVED):
            assert set(row) == set(wanted)
            for name, (kind, _) in wanted.items():
                ok = type(row[name]) is python[kind] or (row[name] is False and kind in empty_is_false)
                assert ok, f"{model}.{name} {kind}: {row[name]!r}"
            assert STAMP.fullmatch(row["write_date"])


def test_read_keeps_the_order_and_leaves_out_what_is_gone(client: Client) -> None:
    ids = search(client, "crm.lead", [], order="id", limit=3)
    backwards = ids[::-1]
    found = client.call("crm.lead", "read", ids=[*backwards, 99_999_999], fields=["name"])
    assert [row["id"] for row in found] == backwards


def test_read_of_nothing_but_ids_does_not_look(client: Client) -> None:
    if client.target.dialect < 15:
        error = refused(client, "crm.lead", "read", ids=[99_999_999], fields=["id"])
        assert error.name in {"MissingError", "UserError"}
        return
    assert client.call("crm.lead", "read", ids=[99_999_999], fields=["id"]) == [{"id": 99_999_999}]


def test_currencies_and_companies(client: Client) -> None:
    me = client.call("res.users", "read", ids=[2], fields=["login", "company_ids", "company_id"])[0]
    assert me["login"] == client.target.username
    assert me["company_id"][0] in me["company_ids"]
    currencies = rows(client, "res.currency", ["name", "decimal_places"], context=ARCHIVED)
    places = {row["name"]: row["decimal_places"] for row in currencies}
    assert (places["USD"], places["EUR"], places["JPY"]) == (2, 2, 0)
    shown = {row["name"] for row in rows(client, "res.currency", ["name"])}
    assert shown < set(places)


def test_draft_invoices_have_no_number(client: Client) -> None:
    drafts = rows(client, "account.move", ["name", "display_name"], [["state", "=", "draft"]])
    unnumbered = {False} if client.target.dialect >= 18 else {"/"}
    assert {row["name"] for row in drafts} <= unnumbered
    assert all(row["display_name"].startswith("Draft") for row in drafts)
    assert drafts or client.target.real


# Fields


def wanted_fields(model: str, dialect: int) -> dict[str, tuple[str, str]]:
    """Name to (type, relation or currency field) of what the program asks of `model`."""
    spec = f"{WANTED[model]} {DRIFT[dialect].get(model, '')}".split()
    pairs = (one.split(":") for one in spec)
    return {name: (kind.partition("=")[0], kind.partition("=")[2]) for name, kind in pairs}


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


# Errors


def test_unknown_model(client: Client) -> None:
    error = refused(client, "no.such.model", "search", domain=[])
    if isinstance(client, Json2):
        assert (error.status, error.name) == (404, "NotFound")
        assert error.message == "the model 'no.such.model' does not exist"
    else:
        assert error.name == "UserError"
        assert error.message == "Object no.such.model doesn't exist"


def test_unknown_method(client: Client) -> None:
    error = refused(client, "res.partner", "no_such_method", domain=[])
    assert error.name == ("NotFound" if isinstance(client, Json2) else "AttributeError")


def test_private_method(client: Client) -> None:
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
def test_unknown_field_or_operator(client: Client, arguments: dict) -> None:
    error = refused(client, "crm.lead", "search_read", **arguments)
    assert error.name == "ValueError"
    assert error.message.startswith("Invalid ")
    if isinstance(client, Json2):
        assert error.status == 500
    if isinstance(client, JsonRpc):
        assert error.code == (0 if client.target.dialect >= 19 else 200)


def test_a_domain_that_is_no_list(client: Client) -> None:
    error = refused(client, "crm.lead", "search", domain="abc")
    assert error.name == ("TypeError" if client.target.dialect >= 19 else "AssertionError")


def test_unknown_argument(client: Client) -> None:
    error = refused(client, "crm.lead", "search_read", domain=[], fields=["id"], limit=1, no_such_argument=1)
    assert error.name == "TypeError"
    assert "no_such_argument" in error.message
    error = refused(client, "crm.lead", "search", domain=[], no_such_argument=1)
    assert error.name == ("UnprocessableEntity" if isinstance(client, Json2) else "TypeError")


def test_missing_argument(client: Client) -> None:
    error = refused(client, "crm.lead", "search")
    assert error.name == ("UnprocessableEntity" if isinstance(client, Json2) else "TypeError")
    assert "domain" in error.message


def test_bad_order(client: Client) -> None:
    error = refused(client, "crm.lead", "search", domain=[], order="id sideways")
    assert error.name == "UserError"
    assert error.status == (422 if isinstance(client, Json2) else 200)


def test_companies_of_others(client: Client) -> None:
    error = refused(client, "crm.lead", "search", domain=[], context={"allowed_company_ids": [9999]})
    assert (error.name, error.message) == ("AccessError", "Access to unauthorized or invalid companies.")
    own = client.call("res.users", "read", ids=[2], fields=["company_ids"])[0]["company_ids"]
    assert client.call("crm.lead", "search_count", domain=[], context={"allowed_company_ids": own}) == client.call(
        "crm.lead", "search_count", domain=[]
    )


def test_unknown_language(client: Client) -> None:
    context = {"lang": "xx_XX"}
    if client.target.dialect < 15:
        assert rows(client, "crm.stage", ["name"], limit=1, context=context)
        return
    error = refused(client, "crm.stage", "search_read", domain=[], fields=["name"], context=context)
    assert (error.name, error.message) == ("UserError", "Invalid language code: xx_XX")
    # Where nothing is translated, nobody looks at the language.
    assert rows(client, "crm.lead", ["priority"], limit=1, context=context)


# write_date


def dated(client: Client, *domain: object) -> int:
    return client.call("crm.lead", "search_count", domain=list(domain), context=ARCHIVED)


def newest(client: Client) -> dict:
    order = "write_date desc, id desc"
    return rows(client, "crm.lead", ["write_date"], order=order, limit=1, context=ARCHIVED)[0]


def test_newest_by_write_date(client: Client) -> None:
    found = rows(client, "crm.lead", ["write_date"], order="write_date desc, id desc", context=ARCHIVED)
    stamps = [row["write_date"] for row in found]
    assert stamps == sorted(stamps, reverse=True)
    assert newest(client) == found[0]


def test_a_returned_write_date_in_a_filter(client: Client) -> None:
    """19 compares whole seconds; before, the microseconds that it does not return."""
    stamp = newest(client)["write_date"]
    at_or_after, after = dated(client, ["write_date", ">=", stamp]), dated(client, ["write_date", ">", stamp])
    equal, everything = dated(client, ["write_date", "=", stamp]), dated(client)
    until = dated(client, ["write_date", "<=", stamp])
    assert at_or_after >= 1
    if client.target.dialect >= 19:
        assert (after, equal, until) == (0, at_or_after, everything)
    else:
        assert (after, equal, until) == (at_or_after, 0, everything - at_or_after)
    assert dated(client, ["write_date", "<", stamp]) == everything - at_or_after
    assert dated(client, ["write_date", "in", [stamp]]) == equal


def test_write_date_literals(client: Client) -> None:
    stamp = newest(client)["write_date"]
    at_or_after = dated(client, ["write_date", ">=", stamp])
    assert dated(client, ["write_date", ">=", stamp.replace(" ", "T")]) == at_or_after
    assert dated(client, ["write_date", ">=", stamp[:10]]) >= at_or_after
    assert dated(client, ["write_date", ">=", False]) == 0
    assert dated(client, ["write_date", "!=", False]) == dated(client)
    assert dated(client, ["write_date", "=", False]) == 0
    arguments = {"domain": [["write_date", ">=", f"{stamp}Z"]]}
    if client.target.dialect >= 19:
        assert refused(client, "crm.lead", "search_count", **arguments).name == "ValueError"
    else:
        assert client.call("crm.lead", "search_count", **arguments, context=ARCHIVED) == at_or_after


def test_windows_of_whole_seconds_lose_nothing(client: Client) -> None:
    found = rows(client, "crm.lead", ["write_date"], order="write_date, id", context=ARCHIVED)
    middle = found[len(found) // 2]["write_date"]
    before, after = ["write_date", "<", middle], ["write_date", ">=", middle]
    assert dated(client, before) + dated(client, after) == len(found)


# Text


def test_text_that_is_not_ascii(client: Client) -> None:
    if client.target.real:
        pytest.skip("what names the real one holds is not known")
    found = rows(client, "res.partner", ["name"], order="id", context=ARCHIVED)
    names = {row["name"] for row in found}
    assert {"株式会社さくら", "شركة النور", "[bold red]Brackets[/] & {Braces} Ltd"} <= names
    if isinstance(client, JsonRpc):
        body = json.dumps(
            {"jsonrpc": "2.0", "method": "call", "id": 1, "params": {
                "service": "object", "method": "execute_kw", "args": [
                    client.target.database, 2, client.target.key, "res.partner", "search_read",
                    [[["name", "=", "株式会社さくら"]], ["name"]], {}]}}
        ).encode()  # fmt: skip
        assert client.raw(body).body.isascii() == (client.target.dialect < 19)


def test_lists_of_a_service_that_does_not_exist(client: Client) -> None:
    if isinstance(client, XmlRpc):
        with pytest.raises(Refused) as caught:
            client.service("common", "no_such_method")
        assert "no_such_method" in caught.value.message
    elif isinstance(client, JsonRpc):
        with pytest.raises(Refused):
            client.service("no_such_service", "no_such_method")
