"""JSON-2, the external API of Odoo 19: `POST /json/2/<model>/<method>` with named arguments and a bearer key."""

from __future__ import annotations

import json
from collections.abc import Callable
from email.message import Message
from threading import Event
from typing import Final, cast

from odoo_sync_tui.demo.calls import Answer, Call, html
from odoo_sync_tui.demo.errors import OdooError
from odoo_sync_tui.demo.faults import Struck
from odoo_sync_tui.demo.service import Service
from odoo_sync_tui.demo.values import Json

PREFIX: Final = "/json/2/"
JSON_TYPE: Final = "application/json; charset=utf-8"


def answer(service: Service, path: str, headers: Message, body: bytes, pause: Callable[[Event], None]) -> Answer:
    """Answer one request; errors come with their own status and a JSON body, wrong addresses in HTML."""
    if headers.get_content_type() != "application/json" or not headers.get("Content-Type"):
        return unsupported("/json/2/&lt;__model__&gt;/&lt;__method__&gt;", "json2", "application/json")
    if headers.get("X-Odoo-Database", service.access.database) != service.access.database:
        return no_database()
    model, _, method = path.removeprefix(PREFIX).partition("/")
    call = Call("json2", model, method, [], {}, pause)

    def work(active_faults: Struck) -> Json:
        service.access.check_bearer(headers.get("Authorization"))
        _take_arguments(call, body)
        return _execute(service, call, active_faults)

    return service.respond(call, work, encode, refuse)


def _take_arguments(call: Call, body: bytes) -> None:
    """Put the body's members into the call. Raises OdooError (BadRequest) for invalid JSON."""
    try:
        parsed: Json = json.loads(body) if body else None
    except ValueError as error:
        raise OdooError("BadRequest", f"could not parse the body as json: {error}") from None
    call.kwargs = cast("dict[str, Json]", parsed) if isinstance(parsed, dict) else {}
    context = call.kwargs.pop("context", None)
    call.context = cast("dict[str, Json]", context) if isinstance(context, dict) else {}


def _execute(service: Service, call: Call, active_faults: Struck) -> Json:
    try:
        records = service.records(call, active_faults)
    except KeyError:
        raise OdooError("NotFound", f"the model '{call.model}' does not exist") from None
    try:
        method = service.method(call)
    except KeyError as error:
        raise OdooError("NotFound", str(error.args[0])) from None
    if method.on_ids:
        call.args = [call.kwargs.pop("ids", [])]
    return service.run(method, records, call, active_faults, "UnprocessableEntity")


def encode(result: Json) -> Answer:
    """Encode the bare result, non-ASCII text unescaped."""
    body = json.dumps(result, ensure_ascii=False).encode()
    return Answer(200, JSON_TYPE, body, (("X-Content-Type-Options", "nosniff"),))


def refuse(error: OdooError) -> Answer:
    """Encode the error with its status."""
    extra = (("WWW-Authenticate", "Bearer "),) if error.kind == "Unauthorized" else ()
    return Answer(error.status, JSON_TYPE, json.dumps(error.body, ensure_ascii=False).encode(), extra)


def wrong_verb() -> Answer:
    """Answer a GET on a method's address."""
    return refuse(OdooError("NotFound", "Did you mean POST /json/2/<model>/<method>?"))


def unsupported(path: str, kind: str, accepted: str) -> Answer:
    """Refuse a Content-Type unsupported by the address."""
    text = (
        f"Request inferred type is compatible with [&#39;http&#39;] but &#39;{path}&#39; is type=&#39;{kind}&#39;."
        "<br><br>Please verify the Content-Type request header and try again."
    )
    return html(415, "Unsupported Media Type", text, (("Accept", accepted),))


def no_database() -> Answer:
    """Build the page for a request without a database, and for every unknown address."""
    text = (
        "No database is selected and the requested URL was not found in the server-wide controllers.</p>\n"
        "<p>Please verify the hostname, <a href=/web/login>login</a> and try again."
    )
    return html(404, "Not Found", text)
