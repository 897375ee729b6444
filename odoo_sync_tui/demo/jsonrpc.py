"""JSON-RPC: `POST /jsonrpc`. Errors come with HTTP status 200, in a member `error`."""

from __future__ import annotations

import json
from collections.abc import Callable
from email.message import Message
from functools import partial
from threading import Event
from typing import Final, cast

from odoo_sync_tui.demo import rpc
from odoo_sync_tui.demo.calls import Answer, Call, html
from odoo_sync_tui.demo.errors import OdooError
from odoo_sync_tui.demo.json2 import JSON_TYPE, unsupported
from odoo_sync_tui.demo.service import Service
from odoo_sync_tui.demo.values import Json, as_list

_TYPES: Final = ("application/json", "application/json-rpc")


def answer(service: Service, headers: Message, body: bytes, pause: Callable[[Event], None]) -> Answer:
    """Answer one request."""
    if headers.get_content_type() not in _TYPES or not headers.get("Content-Type"):
        return wrong_type(service)
    try:
        request = json.loads(body)
    except ValueError:
        return Answer(400, "text/html; charset=utf-8", b"Invalid JSON data")
    if not isinstance(request, dict):
        return _not_an_object(service)
    message = cast("dict[str, Json]", request)
    given = message.get("params")
    params = cast("dict[str, Json]", given) if isinstance(given, dict) else {}
    call = Call("jsonrpc", "", "", [], {}, pause)
    number = message.get("id")
    encoded, refused = partial(_encode, service, number), partial(_refuse, service, number)
    missing = [name for name in ("service", "method", "args") if name not in params]
    if missing:
        text = f"JSONRPC.jsonrpc() missing {len(missing)} required positional arguments: {missing}"
        return refused(OdooError("TypeError", text))
    args = as_list(params["args"]) or []
    work = rpc.prepare(service, call, str(params["service"]), str(params["method"]), args)
    return service.respond(call, work, encoded, refused)


def version_info(service: Service) -> Answer:
    """What `POST /web/webclient/version_info` answers without a login."""
    return _encode(service, None, service.version_info)


def wrong_type(service: Service) -> Answer:
    """What a GET or another Content-Type gets; 17 and below answer 400."""
    if service.dialect < 19:
        return html(400, "Bad Request", "Session expired (invalid CSRF token)")
    return unsupported("/jsonrpc", "jsonrpc", ", ".join(_TYPES))


def unknown_route() -> Answer:
    """What 14 answers to a JSON request at an address it does not have."""
    data = OdooError("NotFound", "404: Not Found").body
    error = {"code": 404, "message": "404: Not Found", "http_status": 404, "data": data}
    return Answer(404, JSON_TYPE, json.dumps({"jsonrpc": "2.0", "id": None, "error": error}).encode())


def _not_an_object(service: Service) -> Answer:
    if service.dialect < 15:
        return html(500, "Internal Server Error", "The server encountered an internal error.")
    return Answer(400, "text/html; charset=utf-8", b"Invalid JSON-RPC data")


def _encode(service: Service, number: Json, result: Json) -> Answer:
    return _wrap(service, number, {"result": result})


def _refuse(service: Service, number: Json, error: OdooError) -> Answer:
    code = 0 if service.dialect >= 19 else 200
    return _wrap(service, number, {"error": {"code": code, "message": "Odoo Server Error", "data": error.body}})


def _wrap(service: Service, number: Json, rest: dict[str, Json]) -> Answer:
    """The envelope; before 19 all text is escaped to ASCII."""
    body = json.dumps({"jsonrpc": "2.0", "id": number} | rest, ensure_ascii=service.dialect < 19)
    return Answer(200, JSON_TYPE, body.encode())
