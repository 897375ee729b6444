"""JSON-2: one URL a method, named arguments, real HTTP statuses. Since Odoo 19; API keys only."""

from __future__ import annotations

import json
from typing import cast

from odoo_sync_tui.core.errors import OdooSetupError
from odoo_sync_tui.odoo.config import OdooConfig
from odoo_sync_tui.odoo.errors.context import ServerFault
from odoo_sync_tui.odoo.transport.bounds import bound_of_method
from odoo_sync_tui.odoo.transport.http import Call
from odoo_sync_tui.odoo.transport.jsonrpc import parse_json, parse_user_id
from odoo_sync_tui.runtime.http.answers import Response
from odoo_sync_tui.runtime.http.session import Session


class Json2:
    """Transport of Odoo 19 and later."""

    title = "JSON-2"
    bare_load: object = None

    def __init__(self, session: Session, config: OdooConfig) -> None:
        self._session = session
        self._headers = {
            "Authorization": f"bearer {_check_header_value(config.api_key.get_secret_value(), 'odoo.api_key')}",
            "X-Odoo-Database": _check_header_value(config.database, "odoo.database"),
        }

    def log_in(self) -> int | None:
        """Return the id of the key's user; a wrong key is a fault of status 401."""
        answer = self.call(Call("res.users", "context_get"))
        uid = cast("dict[str, object]", answer).get("uid") if isinstance(answer, dict) else None
        return parse_user_id(uid)

    def call(self, call: Call) -> object:
        """See :class:`odoo_sync_tui.odoo.transport.http.Transport`."""
        arguments = dict(call.options)
        if call.domain is not None:
            arguments["domain"] = call.domain
        if call.ids is not None:
            arguments["ids"] = call.ids
        body = json.dumps(arguments, separators=(",", ":")).encode()
        path = f"/json/2/{call.model}/{call.method}"
        bound = call.bound or bound_of_method(call.method)
        answer = self._session.post(path, body, "application/json", self._headers, bound)
        if answer.status == 200:
            return parse_json(answer)
        raise _parse_error(answer)


def _parse_error(answer: Response) -> Exception:
    if answer.status == 404 and b"No database is selected" in answer.body:
        return ServerFault("OperationalError", "", answer.status)
    details = parse_json(answer)
    if not isinstance(details, dict):
        return answer.to_error("JSON that is no error of Odoo")
    fields = cast("dict[str, object]", details)
    if "name" not in fields:
        return answer.to_error("JSON that is no error of Odoo")
    return ServerFault(str(fields["name"]), str(fields.get("message", "")), answer.status, answer.retry_after)


def _check_header_value(value: str, setting: str) -> str:
    """Return the value unchanged, if an HTTP header can carry it.

    Raises:
        OdooSetupError: the value holds a character that no header can carry.
    """
    if value.isascii() and value.isprintable():
        return value
    raise OdooSetupError(
        f"{setting} holds a character that cannot be sent.", f"Set {setting} again, without line breaks."
    )
