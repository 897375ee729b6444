"""Classification of responses outside the protocol: of a proxy, a login page, a server that is no Odoo."""

from __future__ import annotations

from urllib.parse import urlsplit

from odoo_sync_tui.core.errors import (
    OdooContractError,
    OdooError,
    OdooSetupError,
    OdooTooBigError,
    OdooTransientError,
)
from odoo_sync_tui.odoo.errors.context import CallContext, ForbiddenXml, Stage
from odoo_sync_tui.odoo.errors.faults import TOO_BIG_STATUS, TRANSIENT_STATUS
from odoo_sync_tui.odoo.errors.network import proxy_login_error
from odoo_sync_tui.runtime.http.answers import BadResponse, OversizedResponse, Redirect


def classify_response(context: CallContext, response: BadResponse) -> OdooError:
    """Classify a response outside the protocol."""
    status = response.status
    if context.stage is Stage.RUN and isinstance(response, OversizedResponse):
        return OdooTooBigError(
            f"{context.server} answers {context.model}.{context.method} with {response.description}."
        )
    if context.stage is Stage.RUN and isinstance(response, ForbiddenXml):
        return OdooContractError(
            f"{context.server} answers with {response.description}, as no Odoo does.",
            "Look at what stands between here and Odoo.",
        )
    if status in TRANSIENT_STATUS:
        return OdooTransientError(
            f"{context.server} answers {status} ({_STATUS_WORDS[status]}).",
            "Try again later.",
            retry_after=response.retry_after,
        )
    if status in TOO_BIG_STATUS:
        return OdooTooBigError(f"{context.server} finds the call too big ({status}).")
    if status == 401:
        return OdooSetupError(
            f"{context.server} asks for a login of its own (401) before Odoo sees the call.", _LET_THROUGH_HINT
        )
    if status == 407:
        return proxy_login_error(context)
    if status == 403:
        return OdooSetupError(
            f"{context.server} refuses the call (403) before Odoo sees it.",
            "A proxy or firewall in front of Odoo has to let this machine call the external API.",
        )
    if response.redirect:
        return _redirect_error(context, response.redirect)
    if status in {400, 405, 415, 422}:
        return OdooContractError(f"{context.server} does not accept the call ({status}).")
    return _not_odoo_error(context, response)


_STATUS_WORDS = {
    408: "time-out",
    429: "too many requests",
    502: "bad gateway",
    503: "service unavailable",
    504: "gateway time-out",
}


_LET_THROUGH_HINT = "What stands before Odoo has to let this machine call the external API without that login."


_UNENCRYPTED_HINT = (
    "There the key would travel unencrypted. Have the proxy before Odoo send X-Forwarded-Proto, and Odoo heed it "
    "(proxy_mode)."
)


def _redirect_error(context: CallContext, redirect: Redirect) -> OdooError:
    if redirect.base_url:
        message = f"{context.server} sends us on to {redirect.base_url}."
        return OdooSetupError(message, _hint_at_other_address(context.url, redirect))
    message = f"A login page stands before Odoo: {context.server} sends us on to another page, at {redirect.host}."
    if context.stage is Stage.CONNECT:
        return OdooSetupError(message, _LET_THROUGH_HINT)
    return OdooTransientError(message, _LET_THROUGH_HINT)


def _hint_at_other_address(url: str, redirect: Redirect) -> str:
    if redirect.base_url.startswith("http:") and url.startswith("https:"):
        return _UNENCRYPTED_HINT
    if redirect.host == urlsplit(url).hostname:
        return "Set odoo.url to that address."
    return f"The key would go to another host, {redirect.host}: set odoo.url to that address only if you trust it."


def _not_odoo_error(context: CallContext, answer: BadResponse) -> OdooError:
    where = f"{context.server} (database {context.database})"
    message = f"{where} answers {answer.status} with {answer.description}, not as Odoo does."
    if context.stage is Stage.CONNECT and answer.status < 500:
        return OdooSetupError(
            message,
            "Check odoo.url: scheme, host, port, and no page behind it; and that no login page stands before it.",
        )
    return OdooTransientError(
        message, "If it lasts, look at the proxy in front of Odoo.", retry_after=answer.retry_after
    )
