"""JSON-RPC: everything posted to ``/jsonrpc``, errors in the body of a 200. All versions up to 21."""

from __future__ import annotations

import json
from itertools import count
from typing import cast

from odoo_sync_tui.odoo.config import OdooConfig
from odoo_sync_tui.odoo.errors.context import ServerFault
from odoo_sync_tui.odoo.transport.bounds import (
    MAX_INTEGER,
    bound_of_method,
    nested_too_deep_error,
    require_flat,
    require_small_json,
)
from odoo_sync_tui.odoo.transport.http import Call
from odoo_sync_tui.runtime.http.answers import AnswerBound, Response
from odoo_sync_tui.runtime.http.session import Session


class JsonRpc:
    """Transport for Odoo 14 to 18, and for passwords."""

    title = "JSON-RPC"
    bare_load: object = ""

    def __init__(self, session: Session, config: OdooConfig) -> None:
        self._session = session
        self._config = config
        self._uid = 0
        self._numbers = count(1)

    def log_in(self) -> int | None:
        """Log in and return the user's id; ``None`` when Odoo refuses, which gives no error."""
        arguments = make_login_arguments(self._config)
        uid = post(self._session, next(self._numbers), "common", "authenticate", arguments)
        self._uid = parse_user_id(uid) or 0
        return self._uid or None

    def call(self, call: Call) -> object:
        """See :class:`odoo_sync_tui.odoo.transport.http.Transport`."""
        arguments = make_execute_arguments(self._config, self._uid, call)
        bound = call.bound or bound_of_method(call.method)
        return post(self._session, next(self._numbers), "object", "execute_kw", arguments, bound)


def parse_user_id(uid: object) -> int | None:
    """Parse the id of the user that logs in; ``None`` for anything else, as ``False`` for a refusal."""
    return uid if isinstance(uid, int) and 0 < uid <= MAX_INTEGER else None


def make_login_arguments(config: OdooConfig) -> list[object]:
    """Make the arguments of ``authenticate``, of JSON-RPC and XML-RPC alike; the last are details of the client."""
    details: dict[str, object] = {}
    return [config.database, config.username, config.api_key.get_secret_value(), details]


def make_execute_arguments(config: OdooConfig, uid: int, call: Call) -> list[object]:
    """Make the arguments of ``execute_kw``, of JSON-RPC and XML-RPC alike."""
    subject = [each for each in (call.domain, call.ids) if each is not None]
    key = config.api_key.get_secret_value()
    return [config.database, uid, key, call.model, call.method, subject, dict(call.options)]


def post(
    session: Session, number: int, service: str, method: str, arguments: list[object], bound: AnswerBound | None = None
) -> object:
    """Make one JSON-RPC call and return its result.

    Raises:
        ServerFault, BadAnswer: see the module errors.
    """
    request = {
        "jsonrpc": "2.0",
        "method": "call",
        "id": number,
        "params": {"service": service, "method": method, "args": arguments},
    }
    body = json.dumps(request, separators=(",", ":")).encode()
    answer = session.post("/jsonrpc", body, "application/json", bound=bound)
    if answer.status != 200:
        raise answer.to_error("a web page (HTML)" if "html" in answer.content_type else "no JSON-RPC answer")
    return _parse_result(answer)


def _parse_result(answer: Response) -> object:
    parsed = parse_json(answer)
    if not isinstance(parsed, dict):
        raise answer.to_error("JSON that is no JSON-RPC answer")
    message = cast("dict[str, object]", parsed)
    error = message.get("error")
    if error is None:
        return message.get("result")  # a method that returns nothing has neither in Odoo 14
    details = cast("dict[str, object]", error).get("data") if isinstance(error, dict) else None
    if not isinstance(details, dict):
        raise answer.to_error("a JSON-RPC error without details")
    fields = cast("dict[str, object]", details)
    raise ServerFault(str(fields.get("name", "")), str(fields.get("message", "")), answer.status, answer.retry_after)


def parse_json(response: Response) -> object:
    """Parse the JSON value of the body.

    Raises:
        BadAnswer: the body is no JSON, or incomplete.
        OversizedResponse: it holds more than fits into memory, or is nested too deep.
    """
    response.require_content_type("json")
    require_small_json(response.status, response.body)
    try:
        value = json.loads(response.body)
    except ValueError:
        raise response.to_error("broken JSON") from None
    except RecursionError:
        raise nested_too_deep_error(response.status) from None
    require_flat(response.status, value)
    return value
