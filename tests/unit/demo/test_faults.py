"""Every fault as a client meets it, and that it ends when it is switched off."""

from __future__ import annotations

import http.client
import json
import threading
from xml.parsers.expat import ExpatError

import pytest

from odoo_sync_tui.demo import DemoOdoo, faults
from tests.integration.contract.client import Refused, send
from tests.unit.demo.calls import ALL, Connect, Entered, Start, leads, raw, wait_for


def test_a_burst_of_statuses_ends(odoo: DemoOdoo, connect: Connect) -> None:
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


def test_a_fault_strikes_only_the_calls_it_is_meant_for(odoo: DemoOdoo, connect: Connect) -> None:
    client = connect(odoo)
    fault = faults.RaisedError(kind="UserError", text="Locked", model="crm.lead", method="search", first=2, times=1)
    with odoo.faults.on(fault):
        client.call("res.partner", "search", domain=[])
        leads(client)
        client.call("crm.lead", "search", domain=[])
        with pytest.raises(Refused, match="Locked"):
            client.call("crm.lead", "search", domain=[])
        client.call("crm.lead", "search", domain=[])


def test_bodies_that_are_not_what_they_should_be(odoo: DemoOdoo, connect: Connect) -> None:
    client = connect(odoo)
    with odoo.faults.on(faults.HtmlBody()):
        answer = raw(client)
        assert (answer.status, answer.kind) == (200, "text/html")
    with odoo.faults.on(faults.TruncatedBody()):
        answer = raw(client)
        assert int(answer.headers["content-length"]) == len(answer.body)
        with pytest.raises(json.JSONDecodeError):
            json.loads(answer.body)


def test_broken_connections_are_met_as_resets_and_disconnects(odoo: DemoOdoo, connect: Connect) -> None:
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


def test_a_slow_answer_arrives_whole(odoo: DemoOdoo, connect: Connect) -> None:
    with odoo.faults.on(faults.SlowBody(seconds=0.2)):
        assert len(leads(connect(odoo))) == 60


def test_a_hanging_call_goes_on_when_released(odoo: DemoOdoo, connect: Connect) -> None:
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


def test_stopping_the_server_ends_a_hanging_call_and_frees_the_port(start: Start) -> None:
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


def test_a_page_that_needs_too_much_memory_fails_and_a_smaller_one_does_not(odoo: DemoOdoo, connect: Connect) -> None:
    for protocol in ("json2", "jsonrpc", "xmlrpc"):
        client = connect(odoo, protocol)
        with odoo.faults.on(faults.MemoryAbove(rows=10)):
            assert len(leads(client, limit=10)) == 10
            with pytest.raises(Refused, match="MemoryError"):
                leads(client, limit=11)


def test_a_poison_row_fails_every_call_that_reads_its_field(odoo: DemoOdoo, connect: Connect) -> None:
    client = connect(odoo)
    with odoo.faults.on(faults.PoisonRow(model="crm.lead", record_id=9, field_name="name")):
        assert len(leads(client, limit=8)) == 8
        with pytest.raises(Refused, match="ValueError"):
            leads(client, limit=9)
        with pytest.raises(Refused, match="ValueError"):
            client.call("crm.lead", "read", ids=[9], fields=["name"])
        assert client.call("crm.lead", "read", ids=[9], fields=["phone"])
        assert len(client.call("crm.lead", "search", domain=[], context=ALL)) == 60


def test_forbidden_and_vanished_fields_fail_calls_that_name_them(odoo: DemoOdoo, connect: Connect) -> None:
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


def test_a_missing_model_and_one_without_a_right_fail_each_in_its_own_way(odoo: DemoOdoo, connect: Connect) -> None:
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


def test_hidden_ids_are_left_out_of_searches_and_refused_when_read(odoo: DemoOdoo, connect: Connect) -> None:
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


def test_empty_half_and_short_answers_lack_rows_without_an_error(odoo: DemoOdoo, connect: Connect) -> None:
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


def test_a_value_of_the_wrong_type_is_answered_as_it_is(odoo: DemoOdoo, connect: Connect) -> None:
    fault = faults.WrongValue(model="crm.lead", record_id=3, field_name="name", value=[1, 2])
    with odoo.faults.on(fault):
        assert leads(connect(odoo))[2]["name"] == [1, 2]
    assert isinstance(leads(connect(odoo))[2]["name"], str)


@pytest.mark.parametrize(
    ("dialect", "text", "shown"),
    [(19, "a\x1b[31mb\x07", "a[31mb"), (17, "a\x1b[31mb", "a[31mb"), (19, "a\r\nb", "a\nb"), (14, "a<&>b", "a<&>b")],
)
def test_a_text_is_shown_over_xml_as_odoo_shows_it(
    start: Start, connect: Connect, dialect: int, text: str, shown: str
) -> None:
    odoo = start(records=20, dialect=dialect)
    odoo.write("crm.lead", 1, {"name": text})
    assert leads(connect(odoo, "xmlrpc"))[0]["name"] == shown
    assert leads(connect(odoo, "jsonrpc"))[0]["name"] == text


@pytest.mark.parametrize(("dialect", "text"), [(14, "a\x1bb"), (14, "a\uffffb"), (19, "a\uffffb")])
def test_a_text_can_make_a_page_unparsable_over_xml(start: Start, connect: Connect, dialect: int, text: str) -> None:
    odoo = start(records=20, dialect=dialect)
    odoo.write("crm.lead", 1, {"name": text})
    with pytest.raises(ExpatError):
        leads(connect(odoo, "xmlrpc"))
    assert leads(connect(odoo, "jsonrpc"))[0]["name"] == text
