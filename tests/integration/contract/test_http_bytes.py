"""The contract of the line: versions, logins, addresses, and what is refused before any method is called."""

from __future__ import annotations

import json

import pytest

from tests.integration.contract.client import CLIENTS, Client, Json2, JsonRpc, Refused, Target, send
from tests.integration.contract.conftest import refused


def test_the_version_is_told_without_a_login(client: Client) -> None:
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


def test_version_info_is_told_to_a_post(client: Client) -> None:
    answer = send(client.target.url, "POST", "/web/webclient/version_info", b"{}", {"Content-Type": "application/json"})
    assert answer.status == 200
    assert json.loads(answer.body)["result"]["server_version_info"][0] == client.target.dialect


def test_no_connection_is_kept_alive(client: Client) -> None:
    answer = send(client.target.url, "GET", "/web/version")
    assert answer.headers.get("connection") == (None if client.target.dialect < 15 else "close")
    assert "content-length" in answer.headers


def test_a_login_gives_the_user_id_and_a_wrong_one_none(client: Client) -> None:
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


def test_a_call_with_a_wrong_key_is_refused(client: Client) -> None:
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


def test_a_call_to_an_unknown_database_is_refused(client: Client) -> None:
    if isinstance(client, Json2):
        answer = client.raw("res.partner", "search", b'{"domain": []}', X_Odoo_Database="no_such_database")
        assert (answer.status, answer.kind) == (404, "text/html")
        assert b"No database is selected" in answer.body
        return
    target = client.target
    with pytest.raises(Refused) as caught:
        client.service("object", "execute_kw", "no_such_database", 2, target.key, "res.partner", "search", [[]], {})
    assert caught.value.name == "OperationalError"


def test_a_call_of_an_unknown_user_is_refused(client: Client) -> None:
    if isinstance(client, Json2):
        pytest.skip("JSON-2 names no user")
    target = client.target
    with pytest.raises(Refused) as caught:
        client.service("object", "execute_kw", target.database, 9999, target.key, "res.partner", "search", [[]], {})
    assert caught.value.name in {"MissingError", "UserError"}
    assert "res.users(9999,)" in caught.value.message


def test_a_get_on_the_address_of_calls_is_refused(client: Client) -> None:
    url, dialect = client.target.url, client.target.dialect
    if isinstance(client, Json2):
        answer = send(url, "GET", "/json/2/res.partner/search", None, {"X-Odoo-Database": client.target.database})
        assert (answer.status, answer.kind) == (404, "application/json")
        assert b"Did you mean POST" in answer.body
    elif isinstance(client, JsonRpc):
        assert send(url, "GET", "/jsonrpc").status == (415 if dialect >= 19 else 400)
    else:
        assert send(url, "GET", "/xmlrpc/2/common").status == 405


def test_a_call_with_a_wrong_content_type_is_refused(client: Client) -> None:
    if isinstance(client, Json2):
        answer = client.raw("res.partner", "search", b"{}", Content_Type="text/plain")
        assert (answer.status, answer.kind) == (415, "text/html")
    elif isinstance(client, JsonRpc):
        answer = client.raw(b"{}", "text/plain")
        assert (answer.status, answer.kind) == (415 if client.target.dialect >= 19 else 400, "text/html")


def test_a_call_with_a_malformed_body_is_refused(client: Client) -> None:
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


def test_a_json2_call_without_authorization_is_refused(client: Client) -> None:
    if not isinstance(client, Json2):
        pytest.skip("JSON-2 only")
    answer = client.raw("res.partner", "search", b'{"domain": []}', Authorization=None)
    assert answer.status == 401
    assert "use an API Key" in json.loads(answer.body)["message"]
