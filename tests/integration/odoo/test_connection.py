"""How the connector begins and ends: logins that are refused, a stop that ends every wait, threads that end."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import pytest
from pydantic import SecretStr

from odoo_sync_tui.core.errors import (
    OdooSetupError,
    OdooTransientError,
    RunCancelled,
)
from odoo_sync_tui.demo import Call, DemoOdoo, faults
from odoo_sync_tui.entities import departments
from odoo_sync_tui.odoo.config import OdooConfig, Protocol
from odoo_sync_tui.odoo.connector import OdooConnector
from odoo_sync_tui.runtime.cancel import CancelToken
from odoo_sync_tui.runtime.http.session import Session
from tests.integration.odoo.conftest import LEADS, SPOKEN, census, config_of, pages, rows


@pytest.mark.parametrize("protocol", [Protocol.JSON2, Protocol.JSONRPC, Protocol.XMLRPC])
def test_a_wrong_key_is_tried_once_and_never_told(demo: DemoOdoo, protocol: Protocol) -> None:
    wrong = "f" * 40
    config = replace(config_of(demo, protocol), api_key=SecretStr(wrong))
    with pytest.raises(OdooSetupError, match="refused the login of admin") as caught:
        OdooConnector(config).connect()
    assert wrong not in str(caught.value)
    logins = [call for call in demo.calls if call.method in {"authenticate", "context_get"}]
    assert len(logins) <= 1


@pytest.mark.parametrize("protocol", [Protocol.JSON2, Protocol.JSONRPC, Protocol.XMLRPC])
def test_a_login_to_an_unknown_database_tells_so(demo: DemoOdoo, protocol: Protocol) -> None:
    with pytest.raises(OdooSetupError, match="nodb"):
        OdooConnector(replace(config_of(demo, protocol), database="nodb")).connect()


def test_a_password_speaks_json_rpc(demo: DemoOdoo) -> None:
    with OdooConnector(replace(config_of(demo), api_key=SecretStr(demo.password))) as odoo:
        assert odoo.connect().protocol == "JSON-RPC"
        assert len(rows(odoo, departments.ENTITY)) == demo.count("hr.department")


@pytest.mark.parametrize(("dialect", "protocol"), SPOKEN)
def test_an_archived_company_of_the_user_is_left_out_of_every_call(dialect: int, protocol: Protocol) -> None:
    with DemoOdoo(records=40, dialect=dialect) as demo:
        demo.archive("res.company", 2)
        with OdooConnector(config_of(demo, protocol)) as odoo:
            assert odoo.connect().company_ids == (1,)
            mine = ["|", ["company_id", "=", False], ["company_id", "=", 1]]
            assert odoo.count(LEADS) == demo.count("crm.lead", mine)


class CountingGate:
    """A gate that notes how many requests are sent in each of its slots."""

    def __init__(self) -> None:
        self.sent: list[int] = []
        self._slot = threading.local()

    @contextmanager
    def slot(self, _cancel: CancelToken) -> Iterator[None]:
        self._slot.sent = 0
        try:
            yield
        finally:
            self.sent.append(self._slot.sent)
            del self._slot.sent

    def send(self) -> None:
        self._slot.sent += 1  # an AttributeError outside of a slot

    def close(self) -> None:
        self.sent.append(-1)


@pytest.mark.parametrize(("dialect", "protocol"), SPOKEN)
def test_each_request_has_a_slot_of_its_own_at_the_gate_of_the_host(
    dialect: int, protocol: Protocol, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate, send = CountingGate(), Session._send

    def count_and_send(self: Session, *arguments: object) -> object:
        gate.send()
        return send(self, *arguments)  # pyright: ignore[reportArgumentType]

    monkeypatch.setattr(Session, "_send", count_and_send)
    with DemoOdoo(records=40, dialect=dialect) as demo:
        with OdooConnector(config_of(demo, protocol), host_gate=gate) as odoo:
            assert rows(odoo, LEADS)
        assert set(gate.sent) == {1, -1}
        assert len(gate.sent) > len(demo.calls) > 3, "the version was not asked for at the gate"
        assert gate.sent[-1] == -1


def test_a_connector_that_could_not_connect_closes_the_gate(demo: DemoOdoo) -> None:
    gate = CountingGate()
    demo.revoke_key()
    with pytest.raises(OdooSetupError):
        OdooConnector(config_of(demo), host_gate=gate).connect()
    assert gate.sent[-1] == -1


def test_a_closed_port_is_passing_trouble_and_told_at_once_without_patience() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    odoo = OdooConnector(OdooConfig(url, "demo", "admin", SecretStr("k"), retry_seconds=0))
    with pytest.raises(OdooTransientError, match="refuses the connection"):
        odoo.connect()
    assert odoo.retries == 0


def test_a_key_that_expires_ends_the_run(demo: DemoOdoo, odoo: OdooConnector) -> None:
    demo.revoke_key()
    with pytest.raises(OdooSetupError, match="refused the login"):
        odoo.count(LEADS)


def test_a_closed_connector_says_so(demo: DemoOdoo) -> None:
    connector = OdooConnector(config_of(demo))
    with pytest.raises(OdooSetupError, match="no connection"):
        connector.count(LEADS)
    connector.connect()
    connector.disconnect()
    connector.disconnect()
    with pytest.raises(OdooSetupError, match="no connection"):
        connector.count(LEADS)


def threads_of_calls() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name.startswith("odoo-") and thread.is_alive()]


@dataclass(frozen=True, kw_only=True)
class HangAndTell(faults.Hang):
    """Silence that a test knows of."""

    tell: Callable[[], None]

    def before(self, call: Call) -> None:
        self.tell()
        super().before(call)


def test_a_cancel_ends_the_wait_for_a_silent_server(demo: DemoOdoo) -> None:
    token = CancelToken()
    hang = HangAndTell(model="crm.lead", tell=lambda: token.request("cancelled by anna"))
    with OdooConnector(config_of(demo), token) as odoo, demo.faults.on(hang):
        with pytest.raises(RunCancelled, match="anna"):
            odoo.count(LEADS)
        assert not hang.released.is_set()
    assert threads_of_calls() == []  # disconnect cut the hanging call off
    hang.released.set()


def test_a_cancel_ends_a_fetch_of_rows(demo: DemoOdoo) -> None:
    token = CancelToken()
    hang = faults.Hang(model="crm.lead", method="search_read", first=3)  # the first two pages are the first window
    with OdooConnector(replace(config_of(demo), calls_in_flight=1), token) as odoo:
        ids = census(odoo, LEADS)
        with demo.faults.on(hang):
            fetched = odoo.fetch(LEADS, [ids[n : n + 10] for n in range(0, 100, 10)], lambda task: task)
            next(fetched)
            token.request("interrupted by SIGHUP")
            with pytest.raises(RunCancelled, match="SIGHUP"):
                list(fetched)
            odoo.disconnect()
    assert threads_of_calls() == []
    hang.released.set()


def test_closing_a_fetch_begins_no_further_calls(demo: DemoOdoo, odoo: OdooConnector) -> None:
    ids = census(odoo, LEADS)
    pulled: list[int] = []

    def tasks() -> Iterator[list[int]]:
        for start in range(0, len(ids), 10):
            pulled.append(start)
            yield ids[start : start + 10]

    fetched = odoo.fetch(LEADS, tasks(), lambda task: task)
    next(fetched)
    fetched.close()
    assert len(pulled) <= 7  # the window: the calls that are allowed at once, one more, and the page that was read
    assert odoo.count(LEADS) == len(ids)  # the connection is still of use


def test_rows_may_change_while_they_are_read(demo: DemoOdoo, odoo: OdooConnector) -> None:
    ids = census(odoo, LEADS)
    doomed = ids[-1]

    def delete_once(call: Call) -> None:
        if call.method == "search_read" and demo.exists("crm.lead", doomed):
            demo.delete("crm.lead", doomed)

    demo.on_call = delete_once
    found = [row["id"] for page in pages(odoo, LEADS, ids) for row in page.rows]
    assert found == ids[:-1]
