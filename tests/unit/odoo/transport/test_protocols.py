"""The three protocols: what each sends for a call, and how each tells an error."""

from __future__ import annotations

import json
from xmlrpc.client import Fault, dumps, loads

import pytest

from odoo_sync_tui.odoo.errors.context import ServerFault, UnreadableXml
from odoo_sync_tui.odoo.transport.http import Call
from odoo_sync_tui.odoo.transport.json2 import Json2
from odoo_sync_tui.odoo.transport.jsonrpc import JsonRpc
from odoo_sync_tui.odoo.transport.xmlrpc import XmlRpc
from odoo_sync_tui.runtime.http.answers import BadResponse
from tests.unit.odoo.transport.conftest import KEY, READ, Canned, OpenSession, config_of


def test_json2_names_its_arguments(server: Canned, open_session: OpenSession) -> None:
    server.say("/json/2/crm.lead/search_read", [{"id": 1}])
    config = config_of(server)
    assert Json2(open_session(config), config).call(READ) == [{"id": 1}]
    path, headers, body = server.requests[0]
    assert path == "/json/2/crm.lead/search_read"
    assert headers["Authorization"] == f"bearer {KEY}"
    assert headers["X-Odoo-Database"] == "acme"
    assert headers["Content-Type"] == "application/json"
    assert json.loads(body) == {"domain": [["id", "in", [1]]], "fields": ["name"], "load": None}


def test_jsonrpc_passes_the_domain_by_position(server: Canned, open_session: OpenSession) -> None:
    server.say("/jsonrpc", {"jsonrpc": "2.0", "id": 1, "result": 7})
    config = config_of(server)
    transport = JsonRpc(open_session(config), config)
    assert transport.log_in() == 7
    transport.call(READ)
    login, call = (json.loads(body)["params"] for _, _, body in server.requests)
    assert login == {"service": "common", "method": "authenticate", "args": ["acme", "bot", KEY, {}]}
    assert call["args"] == [
        "acme", 7, KEY, "crm.lead", "search_read", [[["id", "in", [1]]]], {"fields": ["name"], "load": None},
    ]  # fmt: skip


def test_xmlrpc_does_the_same_in_xml(server: Canned, open_session: OpenSession) -> None:
    server.say("/xmlrpc/2/common", dumps((7,), methodresponse=True).encode(), kind="text/xml")
    server.say("/xmlrpc/2/object", dumps(([{"id": 1, "name": "Żółw"}],), methodresponse=True).encode(), kind="text/xml")
    config = config_of(server)
    transport = XmlRpc(open_session(config), config)
    assert transport.log_in() == 7
    assert transport.call(Call("crm.lead", "read", ids=[1], options={"load": ""})) == [{"id": 1, "name": "Żółw"}]
    arguments, method = loads(server.requests[1][2])
    assert method == "execute_kw"
    assert arguments == ("acme", 7, KEY, "crm.lead", "read", [[1]], {"load": ""})


def test_a_refused_login_is_no_user(server: Canned, open_session: OpenSession) -> None:
    server.say("/jsonrpc", {"jsonrpc": "2.0", "id": 1, "result": False})
    config = config_of(server)
    assert JsonRpc(open_session(config), config).log_in() is None


def test_jsonrpc_without_result_is_nothing(server: Canned, open_session: OpenSession) -> None:
    server.say("/jsonrpc", {"jsonrpc": "2.0", "id": 1})
    config = config_of(server)
    assert JsonRpc(open_session(config), config).call(READ) is None


def test_jsonrpc_errors_keep_name_and_message(server: Canned, open_session: OpenSession) -> None:
    data = {"name": "odoo.exceptions.AccessError", "message": "no", "debug": "Traceback ..."}
    server.say("/jsonrpc", {"jsonrpc": "2.0", "id": 1, "error": {"code": 200, "message": "x", "data": data}})
    config = config_of(server)
    with pytest.raises(ServerFault) as caught:
        JsonRpc(open_session(config), config).call(READ)
    assert (caught.value.name, caught.value.text) == ("AccessError", "no")


def test_json2_errors_keep_status_and_retry_after(server: Canned, open_session: OpenSession) -> None:
    body = {"name": "werkzeug.exceptions.TooManyRequests", "message": "slow down", "debug": ""}
    server.say("/json/2/crm.lead/search_read", body, 429, Retry_After="7")
    config = config_of(server)
    with pytest.raises(ServerFault) as caught:
        Json2(open_session(config), config).call(READ)
    assert (caught.value.name, caught.value.status, caught.value.retry_after) == ("TooManyRequests", 429, 7.0)


def test_json2_unknown_database_is_told_by_a_web_page(server: Canned, open_session: OpenSession) -> None:
    server.say("/json/2/crm.lead/search_read", b"<h1>No database is selected</h1>", 404, "text/html")
    config = config_of(server)
    with pytest.raises(ServerFault) as caught:
        Json2(open_session(config), config).call(READ)
    assert caught.value.name == "OperationalError"


@pytest.mark.parametrize(
    ("code", "text", "name", "said"),
    [
        (1, "Traceback:\n  File x\nValueError: Invalid field 'x'\n", "ValueError", "Invalid field 'x'"),
        (1, "Traceback:\n  File x\npsycopg2.errors.DeadlockDetected: dead\nDETAIL: x\n", "DeadlockDetected", "dead"),
        (1, "Traceback:\n  File x\nMemoryError\n", "MemoryError", ""),
        (1, "something else", "", ""),
        (2, "Object no.such doesn't exist", "UserError", "Object no.such doesn't exist"),
        (3, "Access Denied", "AccessDenied", "Access Denied"),
        (4, "You are not allowed", "AccessError", "You are not allowed"),
    ],
)  # fmt: skip
def test_xmlrpc_faults(server: Canned, open_session: OpenSession, code: int, text: str, name: str, said: str) -> None:
    server.say("/xmlrpc/2/object", dumps(Fault(code, text)).encode(), kind="text/xml")
    config = config_of(server)
    with pytest.raises(ServerFault) as caught:
        XmlRpc(open_session(config), config).call(READ)
    assert (caught.value.name, caught.value.text) == (name, said)


def test_xml_with_a_raw_control_character_is_unreadable_but_broken_xml_is_broken(
    server: Canned, open_session: OpenSession
) -> None:
    config = config_of(server)
    transport = XmlRpc(open_session(config), config)
    whole = dumps(("a\x1bb",), methodresponse=True).encode()
    server.say("/xmlrpc/2/object", whole, kind="text/xml")
    with pytest.raises(UnreadableXml):
        transport.call(READ)
    server.say("/xmlrpc/2/object", dumps(("ab",), methodresponse=True).encode()[:60], kind="text/xml")
    with pytest.raises(BadResponse, match="broken XML"):
        transport.call(READ)


@pytest.mark.parametrize(
    ("body", "kind", "what"),
    [
        (b"<html>", "text/html; charset=utf-8", "HTML"),
        (b"", "application/json", "empty"),
        (b'{"jsonrpc": "2.0", "res', "application/json", "broken JSON"),
        (b"[1]", "application/json", "no JSON-RPC answer"),
        (b"[" * 100_000, "application/json", "nested deeper than 100 levels"),
    ],
)
def test_what_is_no_json_answer_is_named(
    server: Canned, open_session: OpenSession, body: bytes, kind: str, what: str
) -> None:
    server.say("/jsonrpc", body, kind=kind)
    config = config_of(server)
    with pytest.raises(BadResponse, match=what):
        JsonRpc(open_session(config), config).call(READ)
