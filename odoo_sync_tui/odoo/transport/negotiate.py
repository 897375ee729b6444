"""Detection of the server's version, choice of the protocol, and login."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import cast

from odoo_sync_tui.core.errors import OdooError, OdooSetupError
from odoo_sync_tui.core.text.sanitize import sanitize
from odoo_sync_tui.odoo.config import OdooConfig, Protocol
from odoo_sync_tui.odoo.errors.context import CallContext, ServerFault, UnreadableXml
from odoo_sync_tui.odoo.errors.faults import login_refused_error
from odoo_sync_tui.odoo.errors.responses import classify_response
from odoo_sync_tui.odoo.transport import jsonrpc, xmlrpc
from odoo_sync_tui.odoo.transport.http import Transport
from odoo_sync_tui.odoo.transport.json2 import Json2
from odoo_sync_tui.odoo.transport.jsonrpc import JsonRpc
from odoo_sync_tui.odoo.transport.xmlrpc import XmlRpc
from odoo_sync_tui.runtime.http.answers import BadResponse
from odoo_sync_tui.runtime.http.session import Session

MakeSlot = Callable[[], AbstractContextManager[object]]
"""Makes the context of one call: it waits until the call may begin."""
MIN_VERSION_WITH_JSON2 = 19
MIN_VERSION = 14
MAX_VERSION_LENGTH = 50

_TRANSPORTS: Mapping[Protocol, Callable[[Session, OdooConfig], Transport]] = {
    Protocol.JSON2: Json2,
    Protocol.JSONRPC: JsonRpc,
    Protocol.XMLRPC: XmlRpc,
}


@dataclass(frozen=True, slots=True)
class ServerVersion:
    """Version of a server: its own text ("saas~18.2", "19.0"), and the number before the point."""

    text: str
    major: int


@dataclass(frozen=True, slots=True)
class Login:
    """Transport with a successful login, and the id of its user."""

    transport: Transport
    user_id: int


def probe_version(session: Session, context: CallContext, slot: MakeSlot = nullcontext) -> ServerVersion:
    """Read the version without a login, the way of 19 (a page), of 14 to 18 (JSON-RPC) and of all (XML-RPC).

    Each way is a call of its own, made within a ``slot``.

    Raises:
        OdooSetupError: the server is no Odoo, or one that is too old.
        OdooTransientError: it cannot answer now.
        urllib3.exceptions.HTTPError: no connection.
    """
    failures: list[BadResponse] = []
    for read_version in (_version_page, _version_by_jsonrpc, _version_by_xmlrpc):
        try:
            with slot():
                version = _parse_version(read_version(session))
        except BadResponse as answer:
            if (answer.redirect and not answer.redirect.is_same_server) or answer.status in {429, 502, 503, 504}:
                raise
            failures.append(answer)
        except (ServerFault, UnreadableXml):
            continue
        else:
            if version is not None:
                return _require_supported(version, context)
    if failures:
        raise classify_response(context, failures[0])
    raise OdooSetupError(f"{context.url} does not tell an Odoo version.", "Check odoo.url.")


def _version_page(session: Session) -> object:
    answer = session.get("/web/version")
    if answer.status != 200:
        raise answer.to_error("a web page (HTML)" if "html" in answer.content_type else "an error")
    return jsonrpc.parse_json(answer)


def _version_by_jsonrpc(session: Session) -> object:
    return jsonrpc.post(session, 0, "common", "version", [])


def _version_by_xmlrpc(session: Session) -> object:
    return xmlrpc.post(session, "common", "version", ())


def _parse_version(answer: object) -> ServerVersion | None:
    """Parse both shapes: ``version`` of the page, and ``server_version`` of the calls, each with an ``..._info``."""
    fields = cast("dict[str, object]", answer) if isinstance(answer, dict) else {}
    text = fields.get("server_version", fields.get("version"))
    if not isinstance(text, str):
        return None
    shown = sanitize(text, MAX_VERSION_LENGTH)
    number = re.search(r"\d{1,4}", shown)
    return ServerVersion(shown, int(number[0])) if number else None


def _require_supported(version: ServerVersion, context: CallContext) -> ServerVersion:
    if version.major < MIN_VERSION:
        raise OdooSetupError(
            f"{context.url} runs Odoo {version.text}.", f"Odoo {MIN_VERSION} is the oldest that is supported."
        )
    return version


def choose_protocol(config: OdooConfig, version: ServerVersion) -> Protocol:
    """Choose the protocol for the first login.

    Raises:
        OdooSetupError: JSON-2 was asked of a server that does not have it.
    """
    if config.protocol is Protocol.JSON2 and version.major < MIN_VERSION_WITH_JSON2:
        raise OdooSetupError(
            f"Odoo {version.text} does not speak JSON-2, which came with Odoo {MIN_VERSION_WITH_JSON2}.",
            "Set odoo.protocol to auto.",
        )
    if config.protocol is not Protocol.AUTO:
        return config.protocol
    return Protocol.JSON2 if config.has_api_key and version.major >= MIN_VERSION_WITH_JSON2 else Protocol.JSONRPC


def log_in(
    session: Session, config: OdooConfig, version: ServerVersion, context: CallContext, slot: MakeSlot = nullcontext
) -> Login:
    """Log in once, over the chosen protocol, each call within a ``slot``; a refusal is final.

    Raises:
        OdooSetupError: login refused, or the protocol is switched off.
        ServerFault, BadAnswer, UnreadableXml, urllib3.exceptions.HTTPError: see the module errors.
    """
    protocol = choose_protocol(config, version)
    try:
        with slot():
            return _log_in(_TRANSPORTS[protocol](session, config), context)
    except BadResponse as answer:
        if protocol is not Protocol.JSONRPC or answer.status != 404:
            raise
        if version.major >= MIN_VERSION_WITH_JSON2:
            raise _rpc_is_off_error(context) from None
        if config.protocol is not Protocol.AUTO:
            raise
    with slot():
        return _log_in(XmlRpc(session, config), context)


def _log_in(transport: Transport, context: CallContext) -> Login:
    user_id = transport.log_in()
    if user_id is None:
        raise login_refused_error(context)
    return Login(transport, user_id)


def _rpc_is_off_error(context: CallContext) -> OdooError:
    return OdooSetupError(
        f"JSON-RPC is switched off at {context.url}.",
        "Use JSON-2: make an API key in Odoo (preferences of the user, account security), set odoo.api_key to it "
        "and odoo.protocol to auto.",
    )
