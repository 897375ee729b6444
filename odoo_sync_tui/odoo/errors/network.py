"""Classification of connection errors: names, addresses, TLS, and answers that never came."""

from __future__ import annotations

import socket

from urllib3 import exceptions as http

from odoo_sync_tui.core.errors import OdooError, OdooNoAnswerError, OdooSetupError, OdooTransientError
from odoo_sync_tui.odoo.errors.context import CallContext, Stage


def classify_network_error(context: CallContext, error: http.HTTPError) -> OdooError:
    """Classify a connection error."""
    url = context.url
    if isinstance(error, http.NameResolutionError):
        return _unknown_host_error(context, error)
    if isinstance(error, http.NewConnectionError):
        return _not_connected_error(url, error)
    if isinstance(error, http.ConnectTimeoutError):
        return OdooTransientError(
            f"{url} does not accept a connection in time.", "Check odoo.url, and firewalls on the way."
        )
    if isinstance(error, http.ReadTimeoutError):
        return OdooNoAnswerError(
            f"{url} gave no answer in time.", "If it lasts, raise odoo.timeout_seconds or lower odoo.page_size."
        )
    if isinstance(error, http.SSLError):
        return _tls_error(url, error)
    if isinstance(error, http.LocationValueError):
        return OdooSetupError(f"{url} is not a web address.", "Set odoo.url, like https://odoo.example.com.")
    if context.stage is Stage.CONNECT and "BadStatusLine" in str(error):
        return OdooSetupError(f"{url} does not speak HTTP.", "Check odoo.url: scheme (http or https) and port.")
    if isinstance(error, (http.ProtocolError, http.IncompleteRead)):
        return OdooNoAnswerError(
            f"{url} closed the connection without a full answer.",
            "Odoo does so when a call takes too long; it is tried with less.",
        )
    return OdooTransientError(f"The call to {url} failed ({type(error).__name__}).", "Try again later.")


def _unknown_host_error(context: CallContext, error: http.NameResolutionError) -> OdooError:
    message = f"The host name of {context.url} is unknown."
    cause = error.__cause__
    is_transient = isinstance(cause, socket.gaierror) and cause.errno == socket.EAI_AGAIN
    if is_transient or context.stage is Stage.RUN:
        return OdooTransientError(message, "Check the name service (DNS) of this machine.")
    return OdooSetupError(message, "Check odoo.url, and the name service (DNS) of this machine.")


def _not_connected_error(url: str, error: http.NewConnectionError) -> OdooError:
    if isinstance(error.__cause__, ConnectionRefusedError):
        return OdooTransientError(f"{url} refuses the connection.", "Check that Odoo is running, and host and port.")
    return OdooTransientError(f"{url} cannot be reached.", "Check odoo.url, the network and firewalls on the way.")


def _tls_error(url: str, error: http.SSLError) -> OdooError:
    if "CERTIFICATE_VERIFY_FAILED" in str(error):
        return OdooSetupError(
            f"The TLS certificate of {url} is not trusted.",
            "Set odoo.ca_file to the authority that signed it, or mend the certificate.",
        )
    return OdooSetupError(f"{url} does not speak TLS as it should.", "Check odoo.url: scheme (http or https) and port.")
