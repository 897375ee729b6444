"""XML-RPC: available in every version, and the last resort: four times the bytes, and it cannot carry some text."""

from __future__ import annotations

import re
from typing import cast
from xml.parsers.expat import ExpatError, errors
from xmlrpc.client import Fault, ResponseError, dumps, loads

from odoo_sync_tui.odoo.config import OdooConfig
from odoo_sync_tui.odoo.errors.context import ForbiddenXml, ServerFault, UnreadableXml
from odoo_sync_tui.odoo.transport.bounds import bound_of_method, require_flat, require_small_xml
from odoo_sync_tui.odoo.transport.http import Call
from odoo_sync_tui.odoo.transport.jsonrpc import make_execute_arguments, make_login_arguments, parse_user_id
from odoo_sync_tui.runtime.http.answers import AnswerBound, Response
from odoo_sync_tui.runtime.http.session import Session

_FAULT_NAMES = {2: "UserError", 3: "AccessDenied", 4: "AccessError"}
"""Exception names of Odoo's fault codes. Code 1 stands for any error; then the last line of the text names it."""
_EXCEPTION_LINE = re.compile(r"^((?:\w+\.)+\w+|\w*(?:Error|Exception))(?:: (.*))?$")
"""``psycopg2.errors.DeadlockDetected: ...``, ``ValueError: ...``, ``MemoryError``."""
_INCOMPLETE_CODES = {
    errors.codes[text]
    for text in (errors.XML_ERROR_NO_ELEMENTS, errors.XML_ERROR_UNCLOSED_TOKEN, errors.XML_ERROR_PARTIAL_CHAR)
}
_EXPANSION_CODE = 43
"""Code of ``XML_ERROR_AMPLIFICATION_LIMIT_BREACH``, which the standard library does not name before Python 3.13."""


class XmlRpc:
    """Transport that every version supports."""

    title = "XML-RPC"
    bare_load: object = ""

    def __init__(self, session: Session, config: OdooConfig) -> None:
        self._session = session
        self._config = config
        self._uid = 0

    def log_in(self) -> int | None:
        """Log in and return the user's id; ``None`` when Odoo refuses, which gives no fault."""
        uid = post(self._session, "common", "authenticate", tuple(make_login_arguments(self._config)))
        self._uid = parse_user_id(uid) or 0
        return self._uid or None

    def call(self, call: Call) -> object:
        """See :class:`odoo_sync_tui.odoo.transport.http.Transport`."""
        arguments = tuple(make_execute_arguments(self._config, self._uid, call))
        bound = call.bound or bound_of_method(call.method)
        return post(self._session, "object", "execute_kw", arguments, bound)


def post(
    session: Session, service: str, method: str, arguments: tuple[object, ...], bound: AnswerBound | None = None
) -> object:
    """Make one XML-RPC call and return its result.

    Raises:
        ServerFault, BadAnswer, UnreadableXml: see the module errors.
    """
    # The stubs know only single values as parameters; the function marshals any tuple of them.
    body = dumps(arguments, method, encoding="utf-8", allow_none=True)  # pyright: ignore[reportArgumentType]
    answer = session.post(f"/xmlrpc/2/{service}", body.encode(), "text/xml", bound=bound)
    if answer.status != 200:
        raise answer.to_error("a web page (HTML)" if "html" in answer.content_type else "no XML-RPC answer")
    return _parse_result(answer)


def _parse_result(answer: Response) -> object:
    answer.require_content_type("xml")
    require_small_xml(answer.status, answer.body)
    if b"<!DOCTYPE" in answer.body:
        raise _forbidden_xml_error(answer)
    try:
        values, _ = loads(answer.body, use_builtin_types=True)
    except Fault as fault:
        raise _parse_fault(fault) from None
    except ExpatError as error:
        if error.code == _EXPANSION_CODE:
            raise _forbidden_xml_error(answer) from None
        raise (answer.to_error("broken XML") if error.code in _INCOMPLETE_CODES else UnreadableXml()) from None
    except (ResponseError, ValueError, LookupError, TypeError, ArithmeticError, AttributeError):
        raise answer.to_error("XML that is no XML-RPC answer") from None
    value = cast("tuple[object, ...]", values)[0] if values else None
    require_flat(answer.status, value)
    return value


def _forbidden_xml_error(answer: Response) -> ForbiddenXml:
    return ForbiddenXml(answer.status, "XML that declares entities or a document type")


def _parse_fault(fault: Fault) -> ServerFault:
    text = str(fault.faultString)
    code = cast("object", fault.faultCode)  # of whatever type the server sent
    if isinstance(code, int) and (name := _FAULT_NAMES.get(code)):
        return ServerFault(name, text)
    lines = text.strip().splitlines()
    found = next((match for line in reversed(lines) if (match := _EXCEPTION_LINE.match(line))), None)
    return ServerFault(found[1], found[2] or "") if found else ServerFault("", "")
