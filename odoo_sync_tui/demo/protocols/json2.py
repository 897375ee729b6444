"""JSON-2, the external API of Odoo 19: `POST /json/2/<model>/<method>` with named arguments and a bearer key."""

from __future__ import annotations

import json
from collections.abc import Callable
from email.message import Message
from threading import Event
from typing import Final, cast

from odoo_sync_tui.demo.calls import Call, Response, build_html
from odoo_sync_tui.demo.errors import OdooError
from odoo_sync_tui.demo.fault_control import ActiveFaults
from odoo_sync_tui.demo.service import Service
from odoo_sync_tui.demo.values import Json

PATH_PREFIX: Final = "/json/2/"
JSON_CONTENT_TYPE: Final = "application/json; charset=utf-8"


def handle(service: Service, path: str, headers: Message, body: bytes, pause: Callable[[Event], None]) -> Response:
    """Answer one request; errors come with their own status and a JSON body, wrong addresses in HTML."""
    if headers.get_content_type() != "application/json" or not headers.get("Content-Type"):
        return build_unsupported_media_type("/json/2/&lt;__model__&gt;/&lt;__method__&gt;", "json2", "application/json")
    if headers.get("X-Odoo-Database", service.access.database) != service.access.database:
        return reject_without_database()
    model, _, method = path.removeprefix(PATH_PREFIX).partition("/")
    call = Call("json2", model, method, [], {}, pause)

    def work(active_faults: ActiveFaults) -> Json:
        service.access.check_bearer(headers.get("Authorization"))
        _take_arguments(call, body)
        return _execute(service, call, active_faults)

    return service.respond(call, work, encode_result, encode_error)


def _take_arguments(call: Call, body: bytes) -> None:
    """Put the body's members into the call. Raises OdooError (BadRequest) for invalid JSON."""
    try:
        parsed: Json = json.loads(body) if body else None
    except ValueError as error:
        raise OdooError("BadRequest", f"could not parse the body as json: {error}") from None
    call.kwargs = cast("dict[str, Json]", parsed) if isinstance(parsed, dict) else {}
    context = call.kwargs.pop("context", None)
    call.context = cast("dict[str, Json]", context) if isinstance(context, dict) else {}


def _execute(service: Service, call: Call, active_faults: ActiveFaults) -> Json:
    try:
        records = service.open_records(call, active_faults)
    except KeyError:
        raise OdooError("NotFound", f"the model '{call.model}' does not exist") from None
    try:
        method = service.find_method(call)
    except KeyError as error:
        raise OdooError("NotFound", str(error.args[0])) from None
    if method.takes_ids:
        call.args = [call.kwargs.pop("ids", [])]
    return service.run(method, records, call, active_faults, "UnprocessableEntity")


def encode_result(result: Json) -> Response:
    """Encode the bare result, non-ASCII text unescaped."""
    body = json.dumps(result, ensure_ascii=False).encode()
    return Response(200, JSON_CONTENT_TYPE, body, (("X-Content-Type-Options", "nosniff"),))


def encode_error(error: OdooError) -> Response:
    """Encode the error with its status."""
    extra = (("WWW-Authenticate", "Bearer "),) if error.kind == "Unauthorized" else ()
    return Response(error.status, JSON_CONTENT_TYPE, json.dumps(error.body, ensure_ascii=False).encode(), extra)


def reject_get() -> Response:
    """Answer a GET on a method's address."""
    return encode_error(OdooError("NotFound", "Did you mean POST /json/2/<model>/<method>?"))


def build_unsupported_media_type(path: str, kind: str, accepted: str) -> Response:
    """Refuse a Content-Type unsupported by the address."""
    text = (
        f"Request inferred type is compatible with [&#39;http&#39;] but &#39;{path}&#39; is type=&#39;{kind}&#39;."
        "<br><br>Please verify the Content-Type request header and try again."
    )
    return build_html(415, "Unsupported Media Type", text, (("Accept", accepted),))


def reject_without_database() -> Response:
    """Build the page for a request without a database, and for every unknown address."""
    text = (
        "No database is selected and the requested URL was not found in the server-wide controllers.</p>\n"
        "<p>Please verify the hostname, <a href=/web/login>login</a> and try again."
    )
    return build_html(404, "Not Found", text)
