"""Every fault as a client meets it, and that it ends when it is switched off."""

from __future__ import annotations

import http.client
import json
import threading
from xml.parsers.expat import ExpatError

import pytest

from odoo_sync_tui.demo import DemoOdoo, faults
from tests.integration.contract.client import Refused, send

ALL = {"active_test": False}


def leads(client, **rest):
    return client.call("crm.lead", "search_read", domain=[], fields=["name"], order="id", context=ALL, **rest)


def raw(client, **arguments):
    return client.raw("crm.lead", "search_read", json.dumps({"domain": [], "fields": ["name"]} | arguments).encode())


def test_a_burst_of_statuses_ends(odoo: DemoOdoo, connect) -> None:
    client = connect(odoo)
    with odoo.faults.on(faults.HttpStatus(status=429, retry_after="3", times=2)):
        for _ in range(2):
            answer = raw(client)
            assert (answer.status, answer.kind, answer.headers["retry-after"]) == (429, "text/html", "3")
        assert raw(client).status == 200
    with odoo.faults.on(faults.HttpStatus(status=502)):
        answer = raw(client)
        assert (answer.status, "retry-after" in answer.headers) == (502, False)
    assert raw(client).status == 200


def test_a_fault_strikes_only_the_calls_it_is_meant_for(odoo: DemoOdoo, connect) -> None:
    client = connect(odoo)
    fault = faults.RaisedError(kind="UserError", text="Locked", model="crm.lead", method="search", first=2, times=1)
    with odoo.faults.on(fault):
        client.call("res.partner", "search", domain=[])
        leads(client)
        client.call("crm.lead", "search", domain=[])
        with pytest.raises(Refused, match="Locked"):
            client.call("crm.lead", "search", domain=[])
        client.call("crm.lead", "search", domain=[])


def test_bodies_that_are_not_what_they_should_be(odoo: DemoOdoo, connect) -> None:
    client = connect(odoo)
    with odoo.faults.on(faults.HtmlBody()):
        answer = raw(client)
        assert (answer.status, answer.kind) == (200, "text/html")
    with odoo.faults.on(faults.TruncatedBody()):
        answer = raw(client)
        assert int(answer.headers["content-length"]) == len(answer.body)
        with pytest.raises(json.JSONDecodeError):
            json.loads(answer.body)


def test_broken_connections(odoo: DemoOdoo, connect) -> None:
    client = connect(odoo)
    with odoo.faults.on(faults.ResetBefore()), pytest.raises(ConnectionResetError):
        raw(client)
    with odoo.faults.on(faults.ResetMidBody()), pytest.raises((ConnectionResetError, http.client.IncompleteRead)):
        raw(client)
    with odoo.faults.on(faults.DisconnectAbove(rows=5)):
        assert len(leads(client, limit=5)) == 5
        with pytest.raises(http.client.RemoteDisconnected):
            leads(client, limit=6)
    assert len(leads(client)) == 60


def test_a_slow_body_arrives_whole(odoo: DemoOdoo, connect) -> None:
    with odoo.faults.on(faults.SlowBody(seconds=0.2)):
        assert len(leads(connect(odoo))) == 60


def test_a_hanging_call_goes_on_when_released(odoo: DemoOdoo, connect) -> None:
    fault = faults.Hang(method="search_read")
    found: list = []
    entered = threading.Event()
    odoo.faults.add(Entered(entered))
    odoo.faults.add(fault)
    thread = threading.Thread(target=lambda: found.append(leads(connect(odoo))))
    thread.start()
    assert entered.wait(10)
    assert not found
    fault.released.set()
    thread.join(10)
    assert len(found[0]) == 60


def test_a_hanging_call_ends_when_the_client_leaves(odoo: DemoOdoo) -> None:
    entered = threading.Event()
    with odoo.faults.on(Entered(entered), faults.Hang()):
        connection = http.client.HTTPConnection("127.0.0.1", int(odoo.url.rpartition(":")[2]))
        connection.request("GET", "/web/version")
        assert entered.wait(10)
        connection.close()
        wait_for(lambda: len(odoo.calls) == 1)
    assert odoo.calls[0].error == "wire"


def test_stopping_ends_a_hanging_call_and_frees_the_port(start) -> None:
    odoo = start(records=20)
    entered = threading.Event()
    odoo.faults.add(Entered(entered))
    odoo.faults.add(faults.Hang())
    errors: list[Exception] = []

    def ask() -> None:
        try:
            send(odoo.url, "GET", "/web/version")
        except (ConnectionError, http.client.HTTPException) as error:
            errors.append(error)

    thread = threading.Thread(target=ask)
    thread.start()
    assert entered.wait(10)
    odoo.stop()
    thread.join(10)
    assert len(errors) == 1
    assert not any(one.name.startswith("demo-odoo") for one in threading.enumerate())
    with pytest.raises(ConnectionRefusedError):
        send(odoo.url, "GET", "/web/version")
    odoo.faults.clear()
    odoo.start()
    assert send(odoo.url, "GET", "/web/version").status == 200


def test_too_much_memory(odoo: DemoOdoo, connect) -> None:
    for protocol in ("json2", "jsonrpc", "xmlrpc"):
        client = connect(odoo, protocol)
        with odoo.faults.on(faults.MemoryAbove(rows=10)):
            assert len(leads(client, limit=10)) == 10
            with pytest.raises(Refused, match="MemoryError"):
                leads(client, limit=11)


def test_one_poison_row(odoo: DemoOdoo, connect) -> None:
    client = connect(odoo)
    with odoo.faults.on(faults.PoisonRow(model="crm.lead", record_id=9, field_name="name")):
        assert len(leads(client, limit=8)) == 8
        with pytest.raises(Refused, match="ValueError"):
            leads(client, limit=9)
        with pytest.raises(Refused, match="ValueError"):
            client.call("crm.lead", "read", ids=[9], fields=["name"])
        assert client.call("crm.lead", "read", ids=[9], fields=["phone"])
        assert len(client.call("crm.lead", "search", domain=[], context=ALL)) == 60


def test_forbidden_and_vanished_fields(odoo: DemoOdoo, connect) -> None:
    client = connect(odoo)
    with odoo.faults.on(faults.ForbiddenField(model="crm.lead", name="phone")):
        assert "phone" in client.call("crm.lead", "fields_get")
        with pytest.raises(Refused) as caught:
            client.call("crm.lead", "search_read", domain=[], fields=["name", "phone"])
        assert (caught.value.status, caught.value.name) == (403, "AccessError")
        assert 'the field "phone" on Lead (crm.lead)' in caught.value.message
        assert len(leads(client)) == 60
    with odoo.faults.on(faults.VanishedField(model="crm.lead", name="phone")):
        assert "phone" not in client.call("crm.lead", "fields_get")
        with pytest.raises(Refused, match=r"Invalid field 'phone' on 'crm\.lead'"):
            client.call("crm.lead", "search_read", domain=[], fields=["name", "phone"])
        with pytest.raises(Refused, match="Invalid field"):
            client.call("crm.lead", "search", domain=[["phone", "=", False]])


def test_models_that_are_missing_or_closed(odoo: DemoOdoo, connect) -> None:
    for protocol in ("json2", "jsonrpc", "xmlrpc"):
        client = connect(odoo, protocol)
        with odoo.faults.on(faults.MissingModel(model="crm.lead")):
            with pytest.raises(Refused, match="exist"):
                client.call("crm.lead", "fields_get")
            client.call("res.partner", "search", domain=[], limit=1)
        with odoo.faults.on(faults.NoRight(model="crm.lead")):
            assert client.call("crm.lead", "fields_get")
            with pytest.raises(Refused, match="not allowed to access 'Lead'") as caught:
                leads(client)
            assert caught.value.name == "AccessError"


def test_narrowed_access(odoo: DemoOdoo, connect) -> None:
    client = connect(odoo)
    with odoo.faults.on(faults.HiddenIds(model="crm.lead", ids=[2, 5])):
        ids = client.call("crm.lead", "search", domain=[], order="id", context=ALL)
        assert ids == [number for number in range(1, 61) if number not in {2, 5}]
        assert client.call("crm.lead", "search_count", domain=[], context=ALL) == 58
        assert client.call("crm.lead", "read", ids=[1, 3], fields=["name"])
        with pytest.raises(Refused, match="top-secret") as caught:
            client.call("crm.lead", "read", ids=[1, 2], fields=["name"])
        assert caught.value.name == "AccessError"
    assert client.call("crm.lead", "search_count", domain=[], context=ALL) == 60


def test_empty_half_and_short_answers(odoo: DemoOdoo, connect) -> None:
    client = connect(odoo)

    def found() -> tuple[int, int]:
        ids = client.call("crm.lead", "search", domain=[], order="id", context=ALL)
        return len(ids), client.call("crm.lead", "search_count", domain=[], context=ALL)

    with odoo.faults.on(faults.EmptyCensus(model="crm.lead")):
        assert found() == (0, 0)
        assert client.call("crm.lead", "read", ids=[1], fields=["name"])
    with odoo.faults.on(faults.HalfCensus(model="crm.lead")):
        assert found() == (30, 30)
    with odoo.faults.on(faults.ShortAnswer(method="search")):
        assert found() == (30, 60)
    assert found() == (60, 60)


def test_a_value_of_the_wrong_type(odoo: DemoOdoo, connect) -> None:
    fault = faults.WrongValue(model="crm.lead", record_id=3, field_name="name", value=[1, 2])
    with odoo.faults.on(fault):
        assert leads(connect(odoo))[2]["name"] == [1, 2]
    assert isinstance(leads(connect(odoo))[2]["name"], str)


def test_a_revoked_key(odoo: DemoOdoo, connect) -> None:
    odoo.revoke_key()
    with pytest.raises(Refused, match="Invalid apikey"):
        leads(connect(odoo))
    with pytest.raises(Refused, match="Access Denied"):
        leads(connect(odoo, "jsonrpc"))
    odoo.restore_key()
    assert len(leads(connect(odoo))) == 60


def test_ten_wrong_logins_lock_everybody_out(odoo: DemoOdoo, connect) -> None:
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


@pytest.mark.parametrize(
    ("dialect", "text", "shown"),
    [(19, "a\x1b[31mb\x07", "a[31mb"), (17, "a\x1b[31mb", "a[31mb"), (19, "a\r\nb", "a\nb"), (14, "a<&>b", "a<&>b")],
)
def test_text_over_xml(start, connect, dialect: int, text: str, shown: str) -> None:
    odoo = start(records=20, dialect=dialect)
    odoo.write("crm.lead", 1, {"name": text})
    assert leads(connect(odoo, "xmlrpc"))[0]["name"] == shown
    assert leads(connect(odoo, "jsonrpc"))[0]["name"] == text


@pytest.mark.parametrize(("dialect", "text"), [(14, "a\x1bb"), (14, "a\uffffb"), (19, "a\uffffb")])
def test_text_that_makes_a_page_unparsable(start, connect, dialect: int, text: str) -> None:
    odoo = start(records=20, dialect=dialect)
    odoo.write("crm.lead", 1, {"name": text})
    with pytest.raises(ExpatError):
        leads(connect(odoo, "xmlrpc"))
    assert leads(connect(odoo, "jsonrpc"))[0]["name"] == text


def test_edits_between_pages(odoo: DemoOdoo, connect) -> None:
    client = connect(odoo)

    def remove_when_the_second_page_is_asked(call) -> None:
        if call.method == "search_read" and len(odoo.calls) == 1:
            odoo.delete("crm.lead", 11)

    odoo.on_call = remove_when_the_second_page_is_asked
    first = leads(client, limit=10)
    arguments = {"domain": [["id", ">", 10]], "fields": ["name"], "order": "id", "limit": 10, "context": ALL}
    second = client.call("crm.lead", "search_read", **arguments)
    assert [row["id"] for row in first + second] == [*range(1, 11), *range(12, 22)]


def test_the_log_of_calls(odoo: DemoOdoo, connect) -> None:
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


def test_company_rules(odoo: DemoOdoo, connect) -> None:
    client = connect(odoo)

    def companies(*allowed: int) -> set[int]:
        context = ALL | {"allowed_company_ids": list(allowed)}
        found = client.call("crm.lead", "search_read", domain=[], fields=["company_id"], load=None, context=context)
        return {row["company_id"] for row in found}

    assert companies(1) == {False, 1}
    assert companies(2) == {False, 2}
    assert companies(2, 1) == {False, 1, 2}


def test_the_user_may_only_read(odoo: DemoOdoo, connect) -> None:
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
def test_nonsense_gets_an_error_and_harms_nobody(odoo: DemoOdoo, connect, params) -> None:
    client = connect(odoo, "jsonrpc")
    message = json.loads(client.raw(json.dumps({"id": 1, "params": params}).encode()).body)
    assert "error" in message
    answer = send(odoo.url, "POST", "/jsonrpc", b"{}", {"Content-Length": "many"})
    assert answer.status == 400
    assert len(leads(client)) == 60


def test_many_clients_at_once(odoo: DemoOdoo, connect) -> None:
    results: list[int] = []
    threads = [threading.Thread(target=lambda: results.append(len(leads(connect(odoo))))) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert results == [60] * 12


class Entered(faults.Fault):
    """Sets an event when a call comes in."""

    def __init__(self, event: threading.Event) -> None:
        super().__init__()
        object.__setattr__(self, "event", event)

    def before(self, call) -> None:
        self.event.set()


def wait_for(condition) -> None:
    """Wait up to ten seconds for `condition`."""
    tick = threading.Event()
    for _ in range(1000):
        if condition():
            return
        tick.wait(0.01)
    pytest.fail("the condition did not come true within ten seconds")
