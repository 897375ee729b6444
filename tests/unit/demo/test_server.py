"""The look-alike as a server: logins, rights, the log of its calls, many clients."""

from __future__ import annotations

import json
import threading

import pytest

from odoo_sync_tui.demo import Call, DemoOdoo
from tests.integration.contract.client import Refused, send
from tests.unit.demo.calls import ALL, Connect, leads


def test_a_revoked_key_is_refused_until_it_is_restored(odoo: DemoOdoo, connect: Connect) -> None:
    odoo.revoke_key()
    with pytest.raises(Refused, match="Invalid apikey"):
        leads(connect(odoo))
    with pytest.raises(Refused, match="Access Denied"):
        leads(connect(odoo, "jsonrpc"))
    odoo.restore_key()
    assert len(leads(connect(odoo))) == 60


def test_ten_wrong_logins_lock_everybody_out(odoo: DemoOdoo, connect: Connect) -> None:
    client = connect(odoo, "xmlrpc")

    def login(secret: str) -> object:
        return client.service("common", "authenticate", "demo", "admin", secret, {})

    for _ in range(9):
        assert login("wrong") is False
    assert login("demo") == 2
    for _ in range(10):
        assert login("wrong") is False
    assert login("demo") is False
    with pytest.raises(Refused, match="Too many login failures"):
        client.service("object", "execute_kw", "demo", 2, "wrong", "crm.lead", "search", [[]], {})
    assert len(leads(client)) == 60  # a good secret in a call is known to the server still


def test_edits_between_two_pages_show_in_the_second(odoo: DemoOdoo, connect: Connect) -> None:
    client = connect(odoo)

    def remove_when_the_second_page_is_asked(call: Call) -> None:
        if call.method == "search_read" and len(odoo.calls) == 1:
            odoo.delete("crm.lead", 11)

    odoo.on_call = remove_when_the_second_page_is_asked
    first = leads(client, limit=10)
    arguments = {"domain": [["id", ">", 10]], "fields": ["name"], "order": "id", "limit": 10, "context": ALL}
    second = client.call("crm.lead", "search_read", **arguments)
    assert [row["id"] for row in first + second] == [*range(1, 11), *range(12, 22)]


def test_the_log_of_calls_holds_protocol_model_method_rows_and_error(odoo: DemoOdoo, connect: Connect) -> None:
    leads(connect(odoo), limit=4)
    connect(odoo, "xmlrpc").service("common", "version")
    with pytest.raises(Refused):
        connect(odoo, "jsonrpc").call("no.such", "search", domain=[])
    seen = [(one.protocol, one.model, one.method, one.row_count, one.error) for one in odoo.calls]
    assert seen == [
        ("json2", "crm.lead", "search_read", 4, ""),
        ("xmlrpc", "", "version", 0, ""),
        ("jsonrpc", "no.such", "search", 0, "UserError"),
    ]
    assert odoo.peak_calls == 1


def test_company_rules_show_rows_of_the_allowed_companies_and_of_none(odoo: DemoOdoo, connect: Connect) -> None:
    client = connect(odoo)

    def companies(*allowed: int) -> set[int]:
        context = ALL | {"allowed_company_ids": list(allowed)}
        found = client.call("crm.lead", "search_read", domain=[], fields=["company_id"], load=None, context=context)
        return {row["company_id"] for row in found}

    assert companies(1) == {False, 1}
    assert companies(2) == {False, 2}
    assert companies(2, 1) == {False, 1, 2}


def test_the_user_of_the_demo_may_only_read(odoo: DemoOdoo, connect: Connect) -> None:
    client = connect(odoo)
    for method in ("create", "write", "unlink"):
        with pytest.raises(Refused, match="You are not allowed to") as caught:
            client.call("crm.lead", method, ids=[1]) if method != "create" else client.call("crm.lead", method)
        assert caught.value.status == 403
    assert client.call("crm.lead", "has_access", operation="read") is True
    assert client.call("crm.lead", "has_access", operation="write") is False


@pytest.mark.parametrize(
    "params",
    [{}, [], {"service": "object", "method": "execute_kw", "args": 5},
     {"service": "object", "method": "execute_kw", "args": ["demo", 2, "demo", ["x"], "search", 5, 6]}],
)  # fmt: skip
def test_nonsense_gets_an_error_and_harms_nobody(odoo: DemoOdoo, connect: Connect, params: object) -> None:
    client = connect(odoo, "jsonrpc")
    message = json.loads(client.raw(json.dumps({"id": 1, "params": params}).encode()).body)
    assert "error" in message
    answer = send(odoo.url, "POST", "/jsonrpc", b"{}", {"Content-Length": "many"})
    assert answer.status == 400
    assert len(leads(client)) == 60


def test_many_clients_at_once_get_their_own_answers(odoo: DemoOdoo, connect: Connect) -> None:
    results: list[int] = []
    threads = [threading.Thread(target=lambda: results.append(len(leads(connect(odoo))))) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert results == [60] * 12
