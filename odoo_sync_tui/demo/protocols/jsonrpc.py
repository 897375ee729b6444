"""JSON-RPC: `POST /jsonrpc`. Errors come with HTTP status 200, in a member `error`."""

from __future__ import annotations

import json
from collections.abc import Callable
from email.message import Message
from functools import partial
from threading import Event
from typing import Final, cast

from odoo_sync_tui.demo.calls import Call, Response, build_html
from odoo_sync_tui.demo.errors import OdooError
from odoo_sync_tui.demo.protocols import rpc
from odoo_sync_tui.demo.protocols.json2 import JSON_CONTENT_TYPE, build_unsupported_media_type
from odoo_sync_tui.demo.service import Service
from odoo_sync_tui.demo.values import Json, as_list

_TYPES: Final = ("application/json", "application/json-rpc")


def handle(service: Service, headers: Message, body: bytes, pause: Callable[[Event], None]) -> Response:
    """Answer one request."""
    if headers.get_content_type() not in _TYPES or not headers.get("Content-Type"):
        return reject_content_type(service)
    try:
        request = json.loads(body)
    except ValueError:
        return Response(400, "text/html; charset=utf-8", b"Invalid JSON data")
    if not isinstance(request, dict):
        return _not_an_object(service)
    message = cast("dict[str, Json]", request)
    raw_params = message.get("params")
    params = cast("dict[str, Json]", raw_params) if isinstance(raw_params, dict) else {}
    call = Call("jsonrpc", "", "", [], {}, pause)
    request_id = message.get("id")
    encoded, refused = partial(_encode, service, request_id), partial(_refuse, service, request_id)
    missing = [name for name in ("service", "method", "args") if name not in params]
    if missing:
        text = f"JSONRPC.jsonrpc() missing {len(missing)} required positional arguments: {missing}"
        return refused(OdooError("TypeError", text))
    args = as_list(params["args"]) or []
    work = rpc.prepare_call(service, call, str(params["service"]), str(params["method"]), args)
    return service.respond(call, work, encoded, refused)


def handle_version_info(service: Service) -> Response:
    """Answer `POST /web/webclient/version_info`, without a login."""
    return _encode(service, None, service.version_info)


def reject_content_type(service: Service) -> Response:
    """Refuse a GET or another Content-Type; 17 and below with 400."""
    if service.dialect < 19:
        return build_html(400, "Bad Request", "Session expired (invalid CSRF token)")
    return build_unsupported_media_type("/jsonrpc", "jsonrpc", ", ".join(_TYPES))


def reject_unknown_route() -> Response:
    """Refuse a JSON request at an unknown address, as 14 does."""
    data = OdooError("NotFound", "404: Not Found").body
    error = {"code": 404, "message": "404: Not Found", "http_status": 404, "data": data}
    return Response(404, JSON_CONTENT_TYPE, json.dumps({"jsonrpc": "2.0", "id": None, "error": error}).encode())


def _not_an_object(service: Service) -> Response:
    if service.dialect < 15:
        return build_html(500, "Internal Server Error", "The server encountered an internal error.")
    return Response(400, "text/html; charset=utf-8", b"Invalid JSON-RPC data")


def _encode(service: Service, request_id: Json, result: Json) -> Response:
    return _wrap(service, request_id, {"result": result})


def _refuse(service: Service, request_id: Json, error: OdooError) -> Response:
    code = 0 if service.dialect >= 19 else 200
    return _wrap(service, request_id, {"error": {"code": code, "message": "Odoo Server Error", "data": error.body}})


def _wrap(service: Service, request_id: Json, rest: dict[str, Json]) -> Response:
    """Build the envelope; before 19 all text is escaped to ASCII."""
    body = json.dumps({"jsonrpc": "2.0", "id": request_id} | rest, ensure_ascii=service.dialect < 19)
    return Response(200, JSON_CONTENT_TYPE, body.encode())
