"""The session and the negotiation: time limits, closing, clocks, keys, and the choice of the protocol."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from xmlrpc.client import dumps

import pytest
from pydantic import SecretStr
from urllib3.exceptions import HTTPError, ProtocolError, ReadTimeoutError

from odoo_sync_tui.core.errors import ConfigurationError, OdooSetupError, OdooTransientError
from odoo_sync_tui.odoo.config import OdooConfig, Protocol
from odoo_sync_tui.odoo.errors.context import CallContext, Stage
from odoo_sync_tui.odoo.transport.http import open_odoo_session
from odoo_sync_tui.odoo.transport.json2 import Json2
from odoo_sync_tui.odoo.transport.jsonrpc import JsonRpc
from odoo_sync_tui.odoo.transport.negotiate import ServerVersion, choose_protocol, log_in, probe_version
from odoo_sync_tui.runtime.http.answers import BadResponse, Redirect
from tests.unit.odoo.transport.conftest import KEY, READ, Canned, Handler, OpenSession, config_of

NO_DATE = "Mon, 01 Jan 999999999999999999999 00:00:00 GMT"


def test_an_answer_cut_off_in_the_middle_is_an_error(server: Canned, open_session: OpenSession) -> None:
    server.say("/jsonrpc", b'{"result": 1}', Length="100")
    config = config_of(server)
    with pytest.raises(ProtocolError):
        JsonRpc(open_session(config), config).call(READ)


@pytest.mark.parametrize(
    "raw",
    [
        b"HTTP/1.1 200 OK\r\nX-Much: " + b"x" * 60 + b"\r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Length: 80\r\n\r\n" + b" " * 80,
        b"HTTP/1.1 100 Continue\r\n\r\n" * 4 + b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
    ],
    ids=["headers", "body", "one header after the other"],
)
def test_an_answer_that_dribbles_in_ends_with_the_time_limit(
    server: Canned, open_session: OpenSession, raw: bytes
) -> None:
    server.dribble = raw
    session = open_session(replace(config_of(server), timeout_seconds=0.3))
    with pytest.raises(ReadTimeoutError):
        session.post("/jsonrpc", b"{}", "application/json")
    assert server.left.wait(10), "the connection was closed, not left open"


def test_a_connection_that_is_used_again_has_all_the_time_again(
    server: Canned, open_session: OpenSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Handler, "protocol_version", "HTTP/1.1")
    server.say("/jsonrpc", {"result": 1})
    now = time.monotonic()
    session = open_session(config_of(server))
    session.post("/jsonrpc", b"{}", "application/json")
    monkeypatch.setattr(time, "monotonic", lambda: now + 3600)
    assert session.post("/jsonrpc", b"{}", "application/json").status == 200


def test_closing_cuts_a_hanging_call_off(server: Canned, open_session: OpenSession) -> None:
    server.hang = threading.Event()
    session = open_session(config_of(server))
    errors: list[Exception] = []

    def call() -> None:
        try:
            session.post("/jsonrpc", b"{}", "application/json")
        except HTTPError as error:
            errors.append(error)

    thread = threading.Thread(target=call)
    thread.start()
    assert server.reached.wait(5)
    session.close()
    thread.join(5)
    assert not thread.is_alive()
    assert isinstance(errors[0], ProtocolError)


def test_the_date_of_the_server_is_kept(server: Canned, open_session: OpenSession) -> None:
    server.say("/jsonrpc", {"result": 1})
    session = open_session(config_of(server))
    session.post("/jsonrpc", b"{}", "application/json")
    told = session.server_time
    assert told is not None
    assert told.tzinfo is not None


def test_a_version_of_any_length_is_kept_in_part(server: Canned, open_session: OpenSession) -> None:
    server.say("/web/version", {"version": "19.0" + "9" * 100_000})
    config = config_of(server)
    version = probe_version(open_session(config), CallContext(config.url, "acme", "bot", Stage.CONNECT))
    assert (version.major, len(version.text)) == (19, 51)


def test_the_clock_of_the_server_goes_on_with_ours(
    server: Canned, open_session: OpenSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.say("/jsonrpc", {"result": 1})
    session = open_session(config_of(server))
    assert session.server_time is None
    session.post("/jsonrpc", b"{}", "application/json")
    now = time.monotonic()
    with monkeypatch.context() as patched:
        patched.setattr(time, "monotonic", lambda: now)
        first = session.server_time
        patched.setattr(time, "monotonic", lambda: now + 90)
        later = session.server_time
    assert first is not None
    assert later == first + timedelta(seconds=90)


NO_ADDRESSES = [
    "odoo.example",
    "ftp://odoo.example",
    "http://",
    "http://h:port",
    "",
    "http://[::1",
    "http://odoo\n.example",
]


@pytest.mark.parametrize("url", NO_ADDRESSES)
def test_what_is_no_web_address_is_refused(url: str) -> None:
    with pytest.raises(OdooSetupError, match=r"odoo\.url"):
        open_odoo_session(OdooConfig(url, "acme", "bot", SecretStr(KEY)))


@pytest.mark.parametrize("url", ["https://bot:s3cret@odoo.example", "https://bot:s3cret@odoo.example:port"])
def test_credentials_in_the_address_are_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(OdooSetupError) as caught:
        open_odoo_session(OdooConfig(url, "acme", "bot", SecretStr(KEY)))
    assert "s3cret" not in str(caught.value)


def test_a_certificate_file_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("no certificate")
    for name in ("ca.pem", "absent.pem"):
        with pytest.raises(ConfigurationError, match=name):
            open_odoo_session(
                OdooConfig("https://odoo.example", "acme", "bot", SecretStr(KEY), ca_file=tmp_path / name)
            )


def test_a_key_that_no_header_carries_is_refused_and_not_repeated(server: Canned, open_session: OpenSession) -> None:
    config = config_of(server, "s3cret\nX-Evil: 1")
    with pytest.raises(OdooSetupError, match="api_key") as caught:
        Json2(open_session(config), config)
    assert "s3cret" not in str(caught.value)


V14, V17, V19 = ServerVersion("14.0", 14), ServerVersion("17.0", 17), ServerVersion("19.0", 19)
SAAS = ServerVersion("saas~18.2", 18)


@pytest.mark.parametrize(
    ("asked", "key", "version", "expected"),
    [
        (Protocol.AUTO, KEY, V19, Protocol.JSON2),
        (Protocol.AUTO, "a password", V19, Protocol.JSONRPC),
        (Protocol.AUTO, KEY, V17, Protocol.JSONRPC),
        (Protocol.AUTO, KEY, V14, Protocol.JSONRPC),
        (Protocol.XMLRPC, KEY, V19, Protocol.XMLRPC),
        (Protocol.JSONRPC, KEY, V19, Protocol.JSONRPC),
    ],
)
def test_the_protocol_follows_version_and_credentials(
    asked: Protocol, key: str, version: ServerVersion, expected: Protocol
) -> None:
    assert (
        choose_protocol(OdooConfig("https://odoo.example", "acme", "bot", SecretStr(key), asked), version) is expected
    )


def test_json2_cannot_be_had_before_19() -> None:
    with pytest.raises(OdooSetupError, match=r"17\.0.*JSON-2"):
        choose_protocol(OdooConfig("https://odoo.example", "acme", "bot", SecretStr(KEY), Protocol.JSON2), V17)


def place_of(server: Canned) -> CallContext:
    return CallContext(server.url, "acme", "bot", Stage.CONNECT)


@pytest.mark.parametrize(
    ("path", "body", "kind", "expected"),
    [
        ("/web/version", {"version": "19.0", "version_info": [19, 0]}, "application/json", V19),
        ("/web/version", {"version": "saas~18.2", "version_info": ["saas~18", 2]}, "application/json", SAAS),
        ("/jsonrpc", {"result": {"server_version": "14.0", "server_version_info": [14, 0]}}, "application/json", V14),
        ("/xmlrpc/2/common", dumps(({"server_version": "17.0"},), methodresponse=True).encode(), "text/xml", V17),
    ],
)  # fmt: skip
def test_the_version_is_found_in_the_way_that_the_server_offers(
    server: Canned, open_session: OpenSession, path: str, body: object, kind: str, expected: ServerVersion
) -> None:
    server.say(path, body, kind=kind)
    assert probe_version(open_session(config_of(server)), place_of(server)) == expected


def test_what_is_no_odoo_is_said_so(server: Canned, open_session: OpenSession) -> None:
    with pytest.raises(OdooSetupError, match=r"HTML"):
        probe_version(open_session(config_of(server)), place_of(server))


def test_an_odoo_that_is_too_old_is_said_so(server: Canned, open_session: OpenSession) -> None:
    server.say("/jsonrpc", {"result": {"server_version": "8.0"}})
    with pytest.raises(OdooSetupError, match=r"Odoo 8\.0"):
        probe_version(open_session(config_of(server)), place_of(server))


@pytest.mark.parametrize(
    ("location", "host", "base_url"),
    [
        ("https://new.example/web/version?db=x", "new.example", "https://new.example"),
        ("https://new.example:8443/odoo/web/version", "new.example", "https://new.example:8443/odoo"),
        ("//new.example/web/version", "new.example", "http://new.example"),
        ("https://bot:s3cret@new.example/web/version", "new.example", "https://new.example"),
        ("https://login.example/oauth2/authorize?state=s3cret", "login.example", ""),
        ("https://login.example/?next=/web/version", "login.example", ""),
    ],
)
def test_a_redirect_to_another_server_ends_the_probe_with_where_it_leads(
    server: Canned, open_session: OpenSession, location: str, host: str, base_url: str
) -> None:
    server.say("/web/version", b"x", 301, "text/html", Location=location)
    with pytest.raises(BadResponse) as caught:
        probe_version(open_session(config_of(server)), place_of(server))
    assert caught.value.redirect == Redirect(host, base_url, is_same_server=False)


@pytest.mark.parametrize(
    ("location", "path"),
    [("/odoo/web/version", "/odoo"), ("../oauth2/start?rd=s3cret", ""), ("/web/version?cookie=s3cret", "")],
)
def test_a_redirect_within_the_server_is_resolved(
    server: Canned, open_session: OpenSession, location: str, path: str
) -> None:
    server.say("/web/version", b"x", 302, "text/html", Location=location)
    base_url = server.url + path if path else ""
    answer = open_session(config_of(server)).get("/web/version")
    assert answer.redirect == Redirect("127.0.0.1", base_url, is_same_server=True)


def test_a_redirect_of_the_version_page_within_the_server_leaves_the_other_ways(
    server: Canned, open_session: OpenSession
) -> None:
    server.say("/web/version", b"x", 302, "text/html", Location="/web/login")
    server.say("/jsonrpc", {"result": {"server_version": "14.0"}})
    assert probe_version(open_session(config_of(server)), place_of(server)) == V14


@pytest.mark.parametrize(
    "headers",
    [
        {"Location": "https://[new.example/web"},
        {"Retry-After": "\u00b2"},
        {"Retry-After": NO_DATE},
    ],
    ids=str,
)
@pytest.mark.parametrize("status", [200, 301, 503])
def test_a_header_without_sense_costs_no_answer(
    server: Canned, open_session: OpenSession, headers: dict[str, str], status: int
) -> None:
    server.say("/web/version", b"x", status, "text/html", **headers)
    answer = open_session(config_of(server)).get("/web/version")
    assert (answer.status, answer.redirect, answer.retry_after) == (status, None, None)


@pytest.mark.parametrize("date", [NO_DATE, "Fri, 31 Dec 9999 23:59:59 GMT", "Fri, 31 Dec 9999 23:59:59 -2300"])
def test_a_date_without_sense_is_no_clock(
    server: Canned, open_session: OpenSession, monkeypatch: pytest.MonkeyPatch, date: str
) -> None:
    monkeypatch.setattr(Handler, "date_time_string", lambda _handler: date)
    server.say("/web/version", {})
    session = open_session(config_of(server))
    assert session.get("/web/version").status == 200
    assert session.server_time is None


def test_rpc_switched_off_on_19_points_to_json2(server: Canned, open_session: OpenSession) -> None:
    config = config_of(server, "a password")
    with pytest.raises(OdooSetupError, match="JSON-2"):
        log_in(open_session(config), config, V19, place_of(server))


def test_before_19_xmlrpc_is_the_last_resort(server: Canned, open_session: OpenSession) -> None:
    server.say("/xmlrpc/2/common", dumps((7,), methodresponse=True).encode(), kind="text/xml")
    config = config_of(server)
    login = log_in(open_session(config), config, V17, place_of(server))
    assert (login.transport.title, login.user_id) == ("XML-RPC", 7)


def test_a_refused_login_is_tried_once(server: Canned, open_session: OpenSession) -> None:
    server.say("/jsonrpc", {"result": False})
    config = config_of(server)
    with pytest.raises(OdooSetupError, match="refused the login of bot"):
        log_in(open_session(config), config, V17, place_of(server))
    assert len(server.requests) == 1


def test_a_busy_server_is_not_taken_for_something_else(server: Canned, open_session: OpenSession) -> None:
    server.say("/web/version", b"x", 503, "text/html")
    with pytest.raises(BadResponse) as caught:
        probe_version(open_session(config_of(server)), place_of(server))
    assert caught.value.status == 503
    assert not isinstance(caught.value, OdooTransientError)
