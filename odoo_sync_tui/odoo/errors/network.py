"""Classification of connection errors: names, addresses, proxies, TLS, and answers that never came."""

from __future__ import annotations

import re
import socket
import ssl

from urllib3 import exceptions as http

from odoo_sync_tui.core.errors import OdooError, OdooNoAnswerError, OdooSetupError, OdooTransientError
from odoo_sync_tui.odoo.errors.context import CallContext, Stage

_TUNNEL_REFUSED = re.compile(r"Tunnel connection failed: (\d{3})")
"""Text of the standard library for the answer of a proxy to CONNECT."""


def classify_network_error(context: CallContext, error: http.HTTPError) -> OdooError:
    """Classify a connection error."""
    if refused := _TUNNEL_REFUSED.search(str(error)):
        return _tunnel_error(context, int(refused[1]))
    if isinstance(error, http.ProxyError):
        return _proxy_error(context, error.original_error)
    return _classify_server_error(context, error)


def _classify_server_error(context: CallContext, error: http.HTTPError) -> OdooError:
    server = context.server
    if isinstance(error, http.NameResolutionError):
        return _unknown_host_error(context, error)
    if isinstance(error, http.NewConnectionError):
        return _not_connected_error(server, error)
    if isinstance(error, http.ConnectTimeoutError):
        return OdooTransientError(
            f"{server} does not accept a connection in time.", "Check odoo.url, and firewalls on the way."
        )
    if isinstance(error, http.ReadTimeoutError):
        return OdooNoAnswerError(
            f"{server} gave no answer in time.", "If it lasts, raise odoo.timeout_seconds or lower odoo.page_size."
        )
    if isinstance(error, http.SSLError):
        return _tls_error(server, error)
    if isinstance(error, http.LocationValueError):
        return OdooSetupError(f"{context.url} is not a web address.", "Set odoo.url, like https://odoo.example.com.")
    if context.stage is Stage.CONNECT and "BadStatusLine" in str(error):
        return OdooSetupError(f"{server} does not speak HTTP.", "Check odoo.url: scheme (http or https) and port.")
    if isinstance(error, (http.ProtocolError, http.IncompleteRead)):
        return OdooNoAnswerError(
            f"{server} closed the connection without a full answer.",
            "Odoo does so when a call takes too long; it is tried with less.",
        )
    return OdooTransientError(f"The call to {server} failed ({type(error).__name__}).", "Try again later.")


def _unknown_host_error(context: CallContext, error: http.NameResolutionError) -> OdooError:
    message = f"The host name of {context.url} is unknown."
    if context.stage is Stage.RUN or _is_transient_resolution(error):
        return OdooTransientError(message, "Check the name service (DNS) of this machine.")
    return OdooSetupError(
        message,
        "Check odoo.url, and the name service (DNS) of this machine; where only a proxy reaches it, set odoo.proxy.",
    )


def _is_transient_resolution(error: http.NameResolutionError) -> bool:
    cause = error.__cause__
    return isinstance(cause, socket.gaierror) and cause.errno == socket.EAI_AGAIN


def _not_connected_error(server: str, error: http.NewConnectionError) -> OdooError:
    if isinstance(error.__cause__, ConnectionRefusedError):
        return OdooTransientError(f"{server} refuses the connection.", "Check that Odoo is running, and host and port.")
    return OdooTransientError(f"{server} cannot be reached.", "Check odoo.url, the network and firewalls on the way.")


# ------------------------------------------------------------------------------------------------ the forward proxy

_OTHER_PROXY_HINT = "Check its address; odoo.proxy names another one, or none."


def _proxy_error(context: CallContext, error: Exception) -> OdooError:
    """Classify a failure to connect to the proxy itself."""
    proxy = f"The proxy {context.proxy}"
    if isinstance(error, http.NameResolutionError):
        kind = OdooTransientError if context.stage is Stage.RUN or _is_transient_resolution(error) else OdooSetupError
        return kind(f"The host name of the proxy {context.proxy} is unknown.", _OTHER_PROXY_HINT)
    if isinstance(error, http.SSLError):
        cause = _find_certificate_error(error)
        fault = f"its TLS certificate {describe_certificate_error(cause)[0]}" if cause else "it does not speak TLS"
        return OdooSetupError(
            f"{proxy} cannot be used: {fault}.", f"{_OTHER_PROXY_HINT} odoo.ca_file holds for it too."
        )
    if isinstance(error.__cause__, ConnectionRefusedError):
        return OdooTransientError(f"{proxy} refuses the connection.", _OTHER_PROXY_HINT)
    if isinstance(error, http.TimeoutError):
        return OdooTransientError(f"{proxy} does not accept a connection in time.", _OTHER_PROXY_HINT)
    return OdooTransientError(f"{proxy} cannot be reached.", _OTHER_PROXY_HINT)


def _tunnel_error(context: CallContext, status: int) -> OdooError:
    """Classify the refusal of the proxy to connect to Odoo."""
    if status == 407:
        return proxy_login_error(context)
    if status >= 500:
        return OdooTransientError(
            f"The proxy {context.proxy} cannot reach {context.url} ({status}).",
            "Check odoo.url: the proxy resolves its host name and connects to it.",
        )
    return OdooSetupError(
        f"The proxy {context.proxy} does not let this machine connect to {context.url} ({status}).",
        "Have it allow that address and port; odoo.proxy names another proxy, or none.",
    )


def proxy_login_error(context: CallContext) -> OdooSetupError:
    """Make the error for a proxy that wants a login, or another one."""
    proxy = f"The proxy {context.proxy}" if context.proxy else f"A proxy before {context.url}"
    return OdooSetupError(
        f"{proxy} does not let this machine in without a valid user and password (407).",
        "Set odoo.proxy to its address with both, like http://user:password@proxy.example.com:3128.",
    )


# ------------------------------------------------------------------------------------------------ TLS


def _tls_error(server: str, error: http.SSLError) -> OdooError:
    if cause := _find_certificate_error(error):
        reason, hint = describe_certificate_error(cause)
        return OdooSetupError(f"The TLS certificate of {server} {reason}.", hint)
    return OdooSetupError(
        f"{server} does not speak TLS as it should.", "Check odoo.url: scheme (http or https) and port."
    )


def _find_certificate_error(error: http.SSLError) -> ssl.SSLCertVerificationError | None:
    """Find the error of the certificate within the one that urllib3 raises."""
    return next((each for each in error.args if isinstance(each, ssl.SSLCertVerificationError)), None)


_CA_FILE_HINT = "Set odoo.ca_file to the certificate of that authority (PEM)"
_CERTIFICATE_FAULTS = {
    9: ("is not valid yet", "Check the clock of this machine; else have the certificate mended."),
    10: ("has expired", "Have it renewed where TLS ends: at Odoo or the proxy before it."),
    18: ("is self-signed", "Set odoo.ca_file to that certificate (PEM), or have it replaced by one of an authority."),
    19: ("is signed by an authority that is not trusted here", f"{_CA_FILE_HINT}."),
    20: (
        "is signed by an authority that is not known here",
        f"{_CA_FILE_HINT}; of a public one, install the package ca-certificates and have the server send its chain.",
    ),
    62: ("is for another name", "Set odoo.url to the name that the certificate is for, or have the name added to it."),
}
"""What is wrong with a certificate, and what to do, by OpenSSL's code (``X509_V_ERR_…`` in ``x509_vfy.h``)."""
_SAME_FAULTS = {2: 20, 21: 20, 64: 62}


def describe_certificate_error(error: ssl.SSLCertVerificationError) -> tuple[str, str]:
    """Describe what is wrong with a certificate, and what to do."""
    code = _SAME_FAULTS.get(error.verify_code, error.verify_code)
    default = f"is not accepted: {error.verify_message}", "Have it replaced by a valid one."
    return _CERTIFICATE_FAULTS.get(code, default)
