"""XML-RPC: `POST /xmlrpc/2/common`, `/object` and `/db`. Errors are faults, with HTTP status 200.

The result is written by hand, several times faster than by the standard library and with Odoo's own behaviour for
text that XML cannot carry: 19 drops C0 control characters, 14 sends them raw, and both send U+FFFE and U+FFFF.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import partial
from threading import Event
from typing import Final, cast
from xml.parsers.expat import ExpatError
from xmlrpc.client import Fault, ResponseError, loads

from odoo_sync_tui.demo.calls import Call, Response
from odoo_sync_tui.demo.errors import OdooError
from odoo_sync_tui.demo.protocols import rpc
from odoo_sync_tui.demo.service import Service
from odoo_sync_tui.demo.values import Json

PATH_PREFIX: Final = "/xmlrpc/2/"
_TYPE: Final = "text/xml; charset=utf-8"
_CONTROLS: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")
_MAX_INT: Final = 2**31 - 1


def handle(service: Service, path: str, body: bytes, pause: Callable[[Event], None]) -> Response:
    """Answer one request."""
    call = Call("xmlrpc", "", "", [], {}, pause)
    strip = service.dialect >= 15
    encoded, refused = partial(_encode, strip), partial(_refuse, strip)
    try:
        args, method = loads(body)
    except (ExpatError, ResponseError, Fault, ValueError, TypeError) as error:
        return refused(OdooError("Exception", f"the request is no XML-RPC call: {error}"))
    work = rpc.prepare_call(
        service, call, path.removeprefix(PATH_PREFIX), method or "", list(cast("Iterable[Json]", args))
    )
    return service.respond(call, work, encoded, refused)


def _encode(strip: bool, result: Json) -> Response:
    parts: list[str] = []
    _write(parts, result, strip=strip)
    text = "".join(parts)
    return _response(f"<params>\n<param>\n<value>{text}</value>\n</param>\n</params>")


def _refuse(strip: bool, error: OdooError) -> Response:
    """Encode the fault: code 1 has a whole traceback, the others the bare text."""
    text = error.debug if error.fault_code == 1 else error.message
    parts: list[str] = []
    _write(parts, {"faultCode": error.fault_code, "faultString": text}, strip=strip)
    return _response(f"<fault>\n<value>{''.join(parts)}</value>\n</fault>")


def _response(inner: str) -> Response:
    document = f'<?xml version="1.0"?>\n<methodResponse>\n{inner}\n</methodResponse>\n'
    return Response(200, _TYPE, document.encode())


def _write(parts: list[str], value: Json, *, strip: bool) -> None:
    """Append the XML of `value`. Raises OdooError for None and for integers above 32 bits."""
    scalar = _scalar(value, strip=strip)
    if scalar is not None:
        parts.append(scalar)
    elif isinstance(value, dict):
        _write_struct(parts, cast("dict[str, Json]", value), strip=strip)
    elif isinstance(value, (list, tuple)):
        parts.append("<array><data>\n")
        for one in cast("Iterable[Json]", value):
            parts.append("<value>")
            _write(parts, one, strip=strip)
            parts.append("</value>\n")
        parts.append("</data></array>")
    else:
        raise OdooError("TypeError", "cannot marshal None unless allow_none is enabled")


def _write_struct(parts: list[str], members: dict[str, Json], *, strip: bool) -> None:
    """Append the XML of a struct; scalars, nearly all values of a row, take one step each."""
    parts.append("<struct>\n")
    for name, value in members.items():
        scalar = _scalar(value, strip=strip)
        if scalar is not None:
            parts.append(f"<member>\n<name>{name}</name>\n<value>{scalar}</value>\n</member>\n")
            continue
        parts.append(f"<member>\n<name>{name}</name>\n<value>")
        _write(parts, value, strip=strip)
        parts.append("</value>\n</member>\n")
    parts.append("</struct>")


def _scalar(value: Json, *, strip: bool) -> str | None:
    """Return the XML of a scalar; None for a list, a struct or None."""
    if isinstance(value, str):
        text = _CONTROLS.sub("", value) if strip and not value.isprintable() else value
        if "&" in text or "<" in text or ">" in text:
            text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        return f"<string>{text}</string>"
    if isinstance(value, bool):
        return "<boolean>1</boolean>" if value else "<boolean>0</boolean>"
    if isinstance(value, int):
        if abs(value) > _MAX_INT:
            raise OdooError("OverflowError", "int exceeds XML-RPC limits")
        return f"<int>{value}</int>"
    return f"<double>{value!r}</double>" if isinstance(value, float) else None
