"""No answer fills the memory, whatever it becomes: each is read in a process of its own, whose memory is measured."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from odoo_sync_tui.core.errors import OdooContractError, OdooSetupError, OdooTooBigError
from odoo_sync_tui.odoo.errors.context import CallContext, ForbiddenXml, Stage
from odoo_sync_tui.odoo.errors.responses import classify_response
from odoo_sync_tui.odoo.transport.http import Call
from odoo_sync_tui.odoo.transport.json2 import Json2
from odoo_sync_tui.odoo.transport.negotiate import probe_version
from odoo_sync_tui.odoo.transport.xmlrpc import XmlRpc
from odoo_sync_tui.runtime.http.answers import BadResponse, OversizedResponse
from tests.unit.odoo.transport.conftest import READ, Canned, OpenSession, config_of

MAX_MEGABYTES = 220
"""Of the whole process: about 40 are the program itself."""
PAGE = 16 * 1024 * 1024
READ_PATH, COUNT_PATH, XML_PATH = "/json/2/crm.lead/search_read", "/json/2/crm.lead/search_count", "/xmlrpc/2/object"
XML_HEAD, XML_TAIL = b"<?xml version='1.0'?><methodResponse><params><param>", b"</param></params></methodResponse>"

PROGRAM = """
import sys
from pydantic import SecretStr
from odoo_sync_tui.odoo.config import OdooConfig
from odoo_sync_tui.runtime.http.answers import BadResponse
from odoo_sync_tui.odoo.transport.http import Call, open_odoo_session
from odoo_sync_tui.odoo.transport.json2 import Json2
from odoo_sync_tui.odoo.transport.xmlrpc import XmlRpc

url, transport, method = sys.argv[1:]
config = OdooConfig(url, "acme", "bot", SecretStr("0" * 40))
session = open_odoo_session(config)
try:
    rows = {"json": Json2, "xml": XmlRpc}[transport](session, config).call(Call("crm.lead", method))
    print("read")
except BadResponse as error:
    print(error.description)
print(next(line for line in open("/proc/self/status") if line.startswith("VmHWM")).split()[1])
"""


def fill(piece: bytes, size: int, head: bytes = b"[", tail: bytes = b"0]") -> bytes:
    """A body of about ``size`` bytes."""
    return head + piece * ((size - len(head) - len(tail)) // len(piece)) + tail


def outcome_and_megabytes(server: Canned, transport: str, method: str) -> tuple[str, int]:
    arguments = [sys.executable, "-c", PROGRAM, server.url, transport, method]
    lines = subprocess.run(arguments, capture_output=True, text=True, check=True).stdout.splitlines()
    return lines[0], int(lines[1]) // 1024


JSON_BOMBS: dict[str, Callable[[], bytes]] = {
    "empty lists": partial(fill, b"[],", PAGE),
    "empty objects": partial(fill, b"{},", PAGE),
    "objects with one key": partial(fill, b'{"a":0},', PAGE),
    "one inside the other": partial(fill, b'{"a":[', PAGE),
    "keys of their own": lambda: b"{" + b",".join(b'"%d":0' % number for number in range(1_400_000)) + b"}",
    "empty texts": partial(fill, b'"",', PAGE),
    "escapes": partial(fill, rb'"\"\\,",', PAGE),
    "an open text": partial(fill, b",", PAGE, b'["', b""),
    "a wide text": lambda: b'["' + b"a" * (PAGE - 20) + rb'\ud83d\ude00"]',
    "a wide text as it is": partial(fill, "\U0001f600".encode(), PAGE, b'["', b'"]'),
    "wide texts": partial(fill, ('"' + "\U0001f600" * 20 + '",').encode(), PAGE),
    "numbers": partial(fill, b"1e300,", PAGE),
    "more than a page": partial(fill, b"[],", 40 * PAGE),
}
XML_BOMBS: dict[str, Callable[[], bytes]] = {
    "XML: arrays": partial(fill, b"<array></array>", PAGE, XML_HEAD, XML_TAIL),
    "XML: open arrays": partial(fill, b"<array>", PAGE, XML_HEAD, XML_TAIL),
    "XML: structs": partial(fill, b"<struct></struct>", PAGE, XML_HEAD, XML_TAIL),
    "XML: line breaks": partial(fill, b"\n", PAGE, XML_HEAD + b"<value><string>", b"</string></value>" + XML_TAIL),
    "XML: wide characters": partial(
        fill, b"&#128512;", PAGE, XML_HEAD + b"<value><string>", b"</string></value>" + XML_TAIL
    ),
}
"""Made when they are needed: all of them together take a gigabyte of every process that collects tests."""
HEAVIEST = {
    "empty objects", "keys of their own", "escapes", "a wide text", "more than a page",
    "XML: structs", "XML: wide characters",
}  # fmt: skip
"""Of containers, keys, texts and what is too long: one each. The others become less, in the same way."""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak of memory is read from /proc")
@pytest.mark.parametrize(
    ("transport", "path", "make_body"),
    [
        pytest.param(transport, path, make, id=name, marks=() if name in HEAVIEST else pytest.mark.slow)
        for transport, path, bombs in (("json", READ_PATH, JSON_BOMBS), ("xml", XML_PATH, XML_BOMBS))
        for name, make in bombs.items()
    ],
)
def test_no_page_fills_the_memory(server: Canned, transport: str, path: str, make_body: Callable[[], bytes]) -> None:
    kind = "application/json" if transport == "json" else "text/xml"
    server.say(path, gzip.compress(make_body(), 1), kind=kind, Content_Encoding="gzip")
    outcome, megabytes = outcome_and_megabytes(server, transport, "search_read")
    assert megabytes < MAX_MEGABYTES, outcome


@pytest.mark.parametrize(
    "body", [fill(b"[],", 300_000), gzip.compress(fill(b"[],", 20_000_000))], ids=["plain", "gzip"]
)
def test_an_answer_that_has_to_be_small_is_refused_when_it_is_not(
    server: Canned, open_session: OpenSession, body: bytes
) -> None:
    headers = {"Content_Encoding": "gzip"} if body.startswith(b"\x1f") else {}
    server.say("/web/version", body, **headers)
    server.say(COUNT_PATH, body, **headers)
    config = config_of(server)
    context = CallContext(config.url, config.database, config.username, Stage.CONNECT)
    with pytest.raises(OdooSetupError, match="answers 200 with more than 256 kB, not as Odoo does"):
        probe_version(open_session(config), context)
    with pytest.raises(OversizedResponse):
        Json2(open_session(config), config).call(Call("crm.lead", "search_count"))


@pytest.mark.parametrize("fields", [12, 60])
def test_a_page_of_1000_rows_is_read_over_every_protocol(
    server: Canned, open_session: OpenSession, fields: int
) -> None:
    rows = [
        {"id": row, **{f"field_{each}": "A name, as long as names are" for each in range(fields)}}
        for row in range(1000)
    ]
    config = config_of(server)
    server.say(READ_PATH, rows)
    assert Json2(open_session(config), config).call(READ) == rows
    members = "".join(
        f"<member>\n<name>field_{each}</name>\n<value><string>A name, as long</string></value>\n</member>\n"
        for each in range(fields)
    )
    row = f"<value><struct>\n{members}</struct></value>\n"
    body = f"<value><array><data>\n{row * 1000}</data></array></value>"
    server.say(XML_PATH, XML_HEAD + body.encode() + XML_TAIL, kind="text/xml")
    answer = XmlRpc(open_session(config), config).call(READ)
    assert isinstance(answer, list)
    assert len(answer) == 1000


def test_a_text_of_many_commas_is_one_value(server: Canned, open_session: OpenSession) -> None:
    rows = [{"id": 1, "name": 'a,"b\\' * 1_000_000}]
    server.say(READ_PATH, rows)
    config = config_of(server)
    assert Json2(open_session(config), config).call(READ) == rows


@pytest.mark.parametrize(("depth", "is_read"), [(99, True), (400, False), (900, False)])
def test_values_within_values_are_read_as_deep_as_they_can_be_stored(
    server: Canned, open_session: OpenSession, depth: int, is_read: bool
) -> None:
    server.say(READ_PATH, f"[{'[' * depth}1{']' * depth}]".encode())
    nested = f"{'<value><array><data>' * depth}<value>1</value>{'</data></array></value>' * depth}"
    server.say(XML_PATH, XML_HEAD + nested.encode() + XML_TAIL, kind="text/xml")
    config = config_of(server)
    for transport in (Json2, XmlRpc):
        call: Callable[[Call], object] = transport(open_session(config), config).call
        if is_read:
            call(READ)
        else:
            with pytest.raises(OversizedResponse, match="nested deeper than 100 levels"):
                call(READ)


def test_a_page_that_is_too_big_is_read_in_smaller_ones_and_a_bomb_of_xml_is_not_read_again() -> None:
    place = CallContext("http://odoo", "acme", "bot", model="crm.lead", method="search_read")
    oversized = classify_response(place, OversizedResponse(200, "more than 16 384 kB"))
    assert type(oversized) is OdooTooBigError
    assert "crm.lead.search_read with more than 16 384 kB" in oversized.message
    assert type(classify_response(place, ForbiddenXml(200, "XML that declares entities"))) is OdooContractError


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_bomb_of_xml_is_told_as_what_it_is(server: Canned, open_session: OpenSession, encoding: str) -> None:
    entities = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    bomb = (
        f'<?xml version="1.0" encoding="{encoding}"?><!DOCTYPE a [<!ENTITY a0 "{"lol" * 100}">{entities}]>'
        f"<methodResponse><params><param><value><string>&a9;</string></value></param></params></methodResponse>"
    )
    server.say(XML_PATH, bomb.encode(encoding), kind="text/xml")
    config = config_of(server)
    with pytest.raises(BadResponse, match="declares entities or a document type"):
        XmlRpc(open_session(config), config).call(READ)


def test_an_answer_of_json_lines_up_with_what_json_says(server: Canned, open_session: OpenSession) -> None:
    value = [{"id": 1, "name": "a", "tags": [1, 2], "props": {"a": [{"b": None}]}}]
    server.say(READ_PATH, json.dumps(value).encode())
    config = config_of(server)
    assert Json2(open_session(config), config).call(READ) == value
