"""What the three protocols say on the wire, and how they read what comes back. The server answers canned bytes."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from xmlrpc.client import Fault, dumps, loads

import pytest
from pydantic import SecretStr
from urllib3.exceptions import HTTPError, ProtocolError, ReadTimeoutError

from odoo_sync_tui.core.errors import ConfigurationError, OdooSetupError, OdooTransientError
from odoo_sync_tui.odoo.config import OdooConfig, Protocol
from odoo_sync_tui.odoo.errors import BadAnswer, Place, ServerFault, Stage, UnreadableXml
from odoo_sync_tui.odoo.negotiate import Version, choose, log_in, probe_version
from odoo_sync_tui.odoo.transport.base import Call, Session
from odoo_sync_tui.odoo.transport.json2 import Json2
from odoo_sync_tui.odoo.transport.jsonrpc import JsonRpc
from odoo_sync_tui.odoo.transport.xmlrpc import XmlRpc

KEY = "0123456789abcdef" * 2 + "01234567"
READ = Call("crm.lead", "search_read", domain=[["id", "in", [1]]], options={"fields": ["name"], "load": None})


class Canned(ThreadingHTTPServer):
    """Answers what ``answers`` says for a path: status, content type, body, headers."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers: dict[str, tuple[int, str, bytes, dict[str, str]]] = {}
        self.requests: list[tuple[str, dict[str, str], bytes]] = []
        self.hang: threading.Event | None = None
        self.dribble: bytes = b""
        self.left = threading.Event()
        self.reached = threading.Event()

    def say(self, path: str, body: object, status: int = 200, kind: str = "application/json", **headers: str) -> None:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.answers[path] = (status, kind, data, headers)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    server: Canned

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.requests.append((self.path, dict(self.headers), body))
        self.server.reached.set()
        if self.server.hang:
            self.server.hang.wait(30)
            return
        if self.server.dribble:
            self._dribble(self.server.dribble)
            return
        status, kind, data, headers = self.server.answers.get(self.path, (404, "text/html", b"<html>", {}))
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", headers.pop("Length", str(len(data))))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(data)

    def _dribble(self, raw: bytes) -> None:
        """Send a whole answer byte by byte, each long before a time limit that starts anew with every byte is over."""
        try:
            for byte in raw:
                self.wfile.write(bytes((byte,)))
                self.server.left.wait(0.05)
        except ConnectionError:
            self.server.left.set()

    do_GET = do_POST  # noqa: N815 - the name that http.server calls

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Canned]:
    server = Canned()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield server
    if server.hang:
        server.hang.set()
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def open_session() -> Iterator[Callable[[OdooConfig], Session]]:
    opened: list[Session] = []

    def make(config: OdooConfig) -> Session:
        opened.append(Session(config))
        return opened[-1]

    yield make
    for session in opened:
        session.close()


def config_of(server: Canned, key: str = KEY, protocol: Protocol = Protocol.AUTO) -> OdooConfig:
    return OdooConfig(server.url, "acme", "bot", SecretStr(key), protocol, timeout_seconds=10)


OpenSession = Callable[[OdooConfig], Session]

# ------------------------------------------------------------------------------------------------ the protocols


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
    with pytest.raises(BadAnswer, match="broken XML"):
        transport.call(READ)


@pytest.mark.parametrize(
    ("body", "kind", "what"),
    [
        (b"<html>", "text/html; charset=utf-8", "HTML"),
        (b"", "application/json", "empty"),
        (b'{"jsonrpc": "2.0", "res', "application/json", "broken JSON"),
        (b"[1]", "application/json", "no JSON-RPC answer"),
        (b"[" * 100_000, "application/json", "broken JSON"),
    ],
)
def test_what_is_no_json_answer_is_named(
    server: Canned, open_session: OpenSession, body: bytes, kind: str, what: str
) -> None:
    server.say("/jsonrpc", body, kind=kind)
    config = config_of(server)
    with pytest.raises(BadAnswer, match=what):
        JsonRpc(open_session(config), config).call(READ)


# ------------------------------------------------------------------------------------------------ the session


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


@pytest.mark.parametrize("url", ["odoo.example", "ftp://odoo.example", "http://", "http://h:port", "", "http://[::1"])
def test_what_is_no_web_address_is_refused(url: str) -> None:
    with pytest.raises(OdooSetupError, match=r"odoo\.url"):
        Session(OdooConfig(url, "acme", "bot", SecretStr(KEY)))


@pytest.mark.parametrize("url", ["https://bot:s3cret@odoo.example", "https://bot:s3cret@odoo.example:port"])
def test_credentials_in_the_address_are_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(OdooSetupError) as caught:
        Session(OdooConfig(url, "acme", "bot", SecretStr(KEY)))
    assert "s3cret" not in str(caught.value)


def test_a_certificate_file_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("no certificate")
    for name in ("ca.pem", "absent.pem"):
        with pytest.raises(ConfigurationError, match=name):
            Session(OdooConfig("https://odoo.example", "acme", "bot", SecretStr(KEY), ca_file=tmp_path / name))


def test_a_key_that_no_header_carries_is_refused_and_not_repeated(server: Canned, open_session: OpenSession) -> None:
    config = config_of(server, "s3cret\nX-Evil: 1")
    with pytest.raises(OdooSetupError, match="api_key") as caught:
        Json2(open_session(config), config)
    assert "s3cret" not in str(caught.value)


# ------------------------------------------------------------------------------------------------ negotiation

V14, V17, V19 = Version("14.0", 14), Version("17.0", 17), Version("19.0", 19)
SAAS = Version("saas~18.2", 18)


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
    asked: Protocol, key: str, version: Version, expected: Protocol
) -> None:
    assert choose(OdooConfig("https://odoo.example", "acme", "bot", SecretStr(key), asked), version) is expected


def test_json2_cannot_be_had_before_19() -> None:
    with pytest.raises(OdooSetupError, match=r"17\.0.*JSON-2"):
        choose(OdooConfig("https://odoo.example", "acme", "bot", SecretStr(KEY), Protocol.JSON2), V17)


def place_of(server: Canned) -> Place:
    return Place(server.url, "acme", "bot", Stage.CONNECT)


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
    server: Canned, open_session: OpenSession, path: str, body: object, kind: str, expected: Version
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


def test_a_redirect_elsewhere_ends_the_probe_with_the_new_address(server: Canned, open_session: OpenSession) -> None:
    server.say("/web/version", b"x", 301, "text/html", Location="https://new.example/web/version?db=x")
    with pytest.raises(BadAnswer) as caught:
        probe_version(open_session(config_of(server)), place_of(server))
    assert caught.value.location == "https://new.example"


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
    with pytest.raises(BadAnswer) as caught:
        probe_version(open_session(config_of(server)), place_of(server))
    assert caught.value.status == 503
    assert not isinstance(caught.value, OdooTransientError)
