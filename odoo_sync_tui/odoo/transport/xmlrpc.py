"""XML-RPC: in every version, and the last resort: four times the bytes, and some text it cannot carry."""

from __future__ import annotations

import re
from typing import cast
from xml.parsers.expat import ExpatError, errors
from xmlrpc.client import Fault, ResponseError, dumps, loads

from odoo_sync_tui.odoo.config import OdooConfig
from odoo_sync_tui.odoo.errors import ServerFault, UnreadableXml
from odoo_sync_tui.odoo.transport.base import Answer, Call, Session
from odoo_sync_tui.odoo.transport.jsonrpc import execute_arguments, login_arguments

_NAMES = {2: "UserError", 3: "AccessDenied", 4: "AccessError"}
"""Odoo's fault codes. Code 1 means anything; then the last line of the text names the exception."""
_LAST_LINE = re.compile(r"^((?:\w+\.)+\w+|\w*(?:Error|Exception))(?:: (.*))?$")
"""``psycopg2.errors.DeadlockDetected: ...``, ``ValueError: ...``, ``MemoryError``."""
_BROKEN_OFF = {
    errors.codes[text]
    for text in (errors.XML_ERROR_NO_ELEMENTS, errors.XML_ERROR_UNCLOSED_TOKEN, errors.XML_ERROR_PARTIAL_CHAR)
}


class XmlRpc:
    """The protocol that every version speaks."""

    title = "XML-RPC"
    bare_load: object = ""

    def __init__(self, session: Session, config: OdooConfig) -> None:
        self._session = session
        self._config = config
        self._uid = 0

    def log_in(self) -> int | None:
        """The user's id; ``None`` when Odoo refuses, which it does without a fault."""
        uid = post(self._session, "common", "authenticate", tuple(login_arguments(self._config)))
        self._uid = uid if isinstance(uid, int) else 0
        return self._uid or None

    def call(self, call: Call) -> object:
        """See :class:`odoo_sync_tui.odoo.transport.base.Transport`."""
        return post(self._session, "object", "execute_kw", tuple(execute_arguments(self._config, self._uid, call)))


def post(session: Session, service: str, method: str, arguments: tuple[object, ...]) -> object:
    """One XML-RPC call.

    Raises:
        ServerFault, BadAnswer, UnreadableXml: see the module errors.
    """
    # The stubs know only single values as parameters; the function marshals any tuple of them.
    body = dumps(arguments, method, encoding="utf-8", allow_none=True)  # pyright: ignore[reportArgumentType]
    answer = session.post(f"/xmlrpc/2/{service}", body.encode(), "text/xml")
    if answer.status != 200:
        raise answer.bad("a web page (HTML)" if "html" in answer.content_type else "no XML-RPC answer")
    return _result(answer)


def _result(answer: Answer) -> object:
    answer.expect("xml")
    try:
        values, _ = loads(answer.body, use_builtin_types=True)
    except Fault as fault:
        raise _fault(fault) from None
    except ExpatError as error:
        raise (answer.bad("broken XML") if error.code in _BROKEN_OFF else UnreadableXml()) from None
    except (ResponseError, ValueError, LookupError, TypeError):
        raise answer.bad("XML that is no XML-RPC answer") from None
    return cast("tuple[object, ...]", values)[0] if values else None


def _fault(fault: Fault) -> ServerFault:
    text = fault.faultString
    if name := _NAMES.get(fault.faultCode):
        return ServerFault(name, text)
    lines = text.strip().splitlines()
    found = next((match for line in reversed(lines) if (match := _LAST_LINE.match(line))), None)
    return ServerFault(found[1], found[2] or "") if found else ServerFault("", "")
