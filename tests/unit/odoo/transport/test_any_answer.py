"""Whatever an answer holds, a call gives a value of the right shape or an error that the operator can read."""

from __future__ import annotations

import json
import socketserver
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from xml.sax.saxutils import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from odoo_sync_tui.core.errors import OdooError, SyncError
from odoo_sync_tui.odoo.calls.client import ModelClient
from odoo_sync_tui.odoo.calls.retry import Retry
from odoo_sync_tui.odoo.calls.throttle import Throttle
from odoo_sync_tui.odoo.config import OdooConfig
from odoo_sync_tui.odoo.errors.translate import translate_errors
from odoo_sync_tui.odoo.transport.http import Transport, make_call_context, open_odoo_session
from odoo_sync_tui.odoo.transport.json2 import Json2
from odoo_sync_tui.odoo.transport.jsonrpc import JsonRpc
from odoo_sync_tui.odoo.transport.negotiate import probe_version
from odoo_sync_tui.odoo.transport.xmlrpc import XmlRpc
from odoo_sync_tui.runtime.cancel import CancelToken
from odoo_sync_tui.runtime.http.answers import Response
from tests.unit.odoo.fakes import ManualTime

FUZZ = settings(max_examples=80, deadline=None, derandomize=True, database=None)
CONFIG = OdooConfig("http://odoo.example", "acme", "bot", SecretStr("deadcafe" * 5), timeout_seconds=5)
MAX_MESSAGE_LENGTH = 2_000

ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=30)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT | st.sampled_from([2**70, 10**400, "x" * 5000]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(ANY_TEXT, inner, max_size=4),
    max_leaves=12,
)
NAMES = st.sampled_from(
    ["ValueError", "odoo.exceptions.AccessError", "werkzeug.exceptions.NotFound", "", "MemoryError"]
)
ROWS = st.lists(st.fixed_dictionaries({"id": st.integers(-5, 5) | VALUES}, optional={"name": VALUES}), max_size=3)
ERRORS = st.fixed_dictionaries({}, optional={"name": NAMES | VALUES, "message": VALUES, "arguments": VALUES})
RESULTS = ROWS | VALUES | st.lists(st.integers(), max_size=4)
MESSAGES = (
    RESULTS
    | ERRORS
    | st.fixed_dictionaries({}, optional={"result": RESULTS, "error": ERRORS | VALUES})
    | st.fixed_dictionaries({"error": st.fixed_dictionaries({"data": ERRORS | VALUES})})
)

TAGS = (
    "array base64 bigdecimal biginteger boolean data dateTime.iso8601 double fault float i4 int member methodResponse"
)
XML_TAGS = st.sampled_from([*TAGS.split(), "name", "nil", "param", "params", "string", "struct", "value", "x"])
XML_TEXT = st.sampled_from(
    ["", "1", "x", "9" * 5000, "NaN", "-1", "faultCode", "faultString", "20260131T00:00:00", "&"]
)


def as_element(tag: str, content: list[str]) -> str:
    return f"<{tag}>{''.join(content)}</{tag}>"


XML_PIECES = st.recursive(
    (XML_TEXT | ANY_TEXT).map(escape),
    lambda inner: st.builds(as_element, XML_TAGS, st.lists(inner, max_size=4)),
    max_leaves=15,
)
FAULT = "<member><name>{}</name><value>{}</value></member>"
XML_FAULTS = st.builds(
    lambda code, text: as_element(
        "fault",
        [f"<value><struct>{FAULT.format('faultCode', code)}{FAULT.format('faultString', text)}</struct></value>"],
    ),
    XML_PIECES,
    XML_PIECES,
)
XML_BODIES = (
    (XML_PIECES | XML_FAULTS).map(lambda piece: f"<methodResponse>{piece}</methodResponse>")
    | XML_PIECES.map(
        lambda piece: f"<methodResponse><params><param><value>{piece}</value></param></params></methodResponse>"
    )
    | XML_PIECES
)


def encode(body: str) -> bytes:
    return body.encode(errors="surrogatepass")


BODIES = {
    "json": MESSAGES.map(json.dumps).map(encode)
    | MESSAGES.map(lambda value: encode(json.dumps(value, ensure_ascii=False))),
    "xml": XML_BODIES.map(encode),
}
STATUSES = st.sampled_from([200, 200, 200, 400, 401, 403, 404, 413, 422, 429, 500, 503, 302])


@st.composite
def responses(draw: st.DrawFn, kind: str) -> Response:
    """A response of any status; its body is mostly of the protocol's kind, sometimes cut or of any bytes."""
    body = draw(BODIES[kind] | st.binary(max_size=50))
    if draw(st.integers(0, 9)) == 0:
        body = body[: draw(st.integers(0, len(body)))]
    content_type = draw(st.sampled_from([f"application/{kind}", f"text/{kind}; charset=x", "text/html"]) | ANY_TEXT)
    return Response(draw(STATUSES), content_type, body, draw(st.none() | st.floats(0, 1)))


class CannedSession:
    """Gives the same response to every request."""

    url = CONFIG.url

    def __init__(self, response: Response) -> None:
        self._response = response

    def get(self, path: str) -> Response:
        return self._response

    def post(
        self, path: str, body: bytes, content_type: str, headers: Mapping[str, str] | None = None, bound: object = None
    ) -> Response:
        return self._response


def assert_readable(error: SyncError) -> None:
    assert type(error) in {OdooError, *subclasses(OdooError)}
    assert 0 < len(str(error)) <= MAX_MESSAGE_LENGTH
    assert "Traceback" not in str(error)


def subclasses(kind: type) -> Iterator[type]:
    for each in kind.__subclasses__():
        yield each
        yield from subclasses(each)


def make_calls(transport: Transport) -> list[Callable[[], object]]:
    time, cancel = ManualTime(), CancelToken()
    client = ModelClient(transport, make_call_context(CONFIG), Throttle(1, None, time), Retry(0, clock=time), {}, time)
    return [
        lambda: client.search("m", (), cancel),
        lambda: client.count("m", (), cancel),
        lambda: client.search_read("m", (), ["name"], cancel),
        lambda: client.fields_get("m", ["name"], cancel),
    ]


@pytest.mark.parametrize(("protocol", "kind"), [(Json2, "json"), (JsonRpc, "json"), (XmlRpc, "xml")], ids=str)
@FUZZ
@given(data=st.data())
def test_a_call_answers_or_fails_with_words_whatever_comes_back(
    protocol: type[Json2], kind: str, data: st.DataObject
) -> None:
    session = CannedSession(data.draw(responses(kind)))
    for call in make_calls(protocol(session, CONFIG)):
        try:
            answer = call()
        except OdooError as error:
            assert_readable(error)
        else:
            assert isinstance(answer, list | dict | int)


@pytest.mark.parametrize(
    "body",
    [
        "<methodResponse><params><param><value><bigdecimal>x</bigdecimal></value></param></params></methodResponse>",
        *(
            f"<methodResponse><fault><value><struct>{FAULT.format('faultCode', code)}"
            f"{FAULT.format('faultString', '<int>1</int>')}</struct></value></fault></methodResponse>"
            for code in ("<int>1</int>", "<array><data></data></array>")
        ),
    ],
)
def test_xml_for_which_the_library_has_other_errors_fails_with_words(body: str) -> None:
    session = CannedSession(Response(200, "text/xml", body.encode()))
    for call in make_calls(XmlRpc(session, CONFIG)):
        with pytest.raises(OdooError) as caught:
            call()
        assert_readable(caught.value)


# ------------------------------------------------------------------------------------------------------------- HTTP


class RawServer(socketserver.ThreadingTCPServer):
    """Sends the same bytes to everybody who asks, and closes the connection."""

    daemon_threads = True
    raw = b""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), RawHandler)


class RawHandler(socketserver.StreamRequestHandler):
    server: RawServer

    def handle(self) -> None:
        with suppress(OSError):  # the other side has hung up, as it should
            while self.rfile.readline().strip():
                pass
            self.wfile.write(self.server.raw)


@pytest.fixture(scope="module")
def raw_server() -> Iterator[RawServer]:
    with RawServer() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


ANY_BYTES = st.binary(max_size=20)
STATUS_LINES = st.sampled_from(
    [b"HTTP/1.1 200 OK", b"HTTP/1.0 302 Found", b"HTTP/1.1 503 x", b"HTTP/9.9 abc", b"HTTP/1.1 99999 x", b""]
)  # fmt: skip
HEADER_NAMES = st.sampled_from(
    [b"Content-Type", b"Content-Length", b"Transfer-Encoding", b"Content-Encoding", b"Location", b"Date"]
)  # fmt: skip
HEADER_VALUES = st.sampled_from(
    [
        b"application/json", b"0", b"5", b"-1", b"9" * 30, b"chunked", b"gzip", b"deflate", b"//[", b"http://[::1", b"http://a:b@c:99999/",
        b"https://x/web/login", b"Mon, 01 Jan 99999 00:00:00 GMT", b"Mon, 31 Feb 2026 25:61:61 +9999", b"\xff\x00",
    ]
)  # fmt: skip
HEADERS = st.lists(st.tuples(HEADER_NAMES | ANY_BYTES, HEADER_VALUES | ANY_BYTES).map(b": ".join), max_size=5)
RAW_BODIES = (
    ANY_BYTES
    | BODIES["json"]
    | st.sampled_from([b'{"version": "19.0"}', b"5\r\nhello\r\n0\r\n\r\n", b"fffffffff\r\nx"])
)


@FUZZ
@given(status=STATUS_LINES | ANY_BYTES, headers=HEADERS, body=RAW_BODIES)
def test_any_bytes_in_place_of_http_are_an_answer_or_an_error_with_words(
    raw_server: RawServer, status: bytes, headers: list[bytes], body: bytes
) -> None:
    raw_server.raw = b"\r\n".join([status, *headers, b"", body])
    config = replace(CONFIG, url=f"http://127.0.0.1:{raw_server.server_address[1]}")
    context = make_call_context(config)
    session = open_odoo_session(config)
    try:
        with translate_errors(context):
            version = probe_version(session, context)
    except OdooError as error:
        assert_readable(error)
    else:
        assert len(version.text) <= 51
    finally:
        session.close()
