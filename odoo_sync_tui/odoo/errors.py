"""Classification of failed calls: the class of the error, and its message for the operator.

Errors are classified by exception name and HTTP status; text decides only where Odoo gives nothing else (XML-RPC
faults, unknown models and fields). A server's traceback never leaves this module: only the first line of its message.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum

from urllib3 import exceptions as http

from odoo_sync_tui.core.errors import (
    OdooAccessError,
    OdooContractError,
    OdooError,
    OdooMissingModelError,
    OdooNoAnswerError,
    OdooPoisonRowError,
    OdooSetupError,
    OdooTooBigError,
    OdooTransientError,
)
from odoo_sync_tui.core.text.redaction import redact

MAX_EXCERPT_LENGTH = 200


class Stage(StrEnum):
    """Phase before or after the first success: the same symptom is a wrong setting before, a transient error after."""

    CONNECT = "connect"
    RUN = "run"


@dataclass(frozen=True, slots=True)
class CallContext:
    """Server, user, model and method of a call: everything that an error message may name."""

    url: str
    database: str
    username: str
    stage: Stage = Stage.RUN
    model: str = ""
    method: str = ""

    @property
    def is_row_read(self) -> bool:
        """Whether the call computes fields on the server, so that one row can make it fail."""
        return self.method in {"read", "search_read"}


class ServerFault(Exception):
    """Error raised by Odoo itself: exception name without its module ("ValueError"), message, HTTP status."""

    def __init__(self, name: str, text: str, status: int = 200, retry_after: float | None = None) -> None:
        super().__init__(name)
        self.name = name.rpartition(".")[2]
        self.text = text
        self.status = status
        self.retry_after = retry_after


class BadResponse(Exception):
    """Response outside the protocol: a web page, an empty or broken body, a redirect, a bare status."""

    def __init__(self, status: int, description: str, location: str = "", retry_after: float | None = None) -> None:
        super().__init__(description)
        self.status = status
        self.description = description
        self.location = location
        self.retry_after = retry_after


class UnreadableXml(Exception):
    """XML response that no parser reads, because a value holds a character that XML cannot carry."""


@contextmanager
def translate_errors(context: CallContext) -> Generator[None, None, None]:
    """Turn every error of a transport into an :class:`OdooError`.

    Raises:
        OdooError: its class decides what the caller does next.
    """
    try:
        yield
    except ServerFault as fault:
        raise classify_fault(context, fault) from None
    except BadResponse as answer:
        raise classify_response(context, answer) from None
    except UnreadableXml:
        raise _unreadable_xml_error(context) from None
    except http.HTTPError as error:
        raise classify_network_error(context, error) from None


def extract_first_line(text: str) -> str:
    """Extract the first non-empty line of a server's text, shortened; never a traceback, never one of our secrets.

    Secrets are redacted before the text is cut, because half of a secret would not be found any more.
    """
    lines = (" ".join(line.split()) for line in redact(text).splitlines())
    first = next((line for line in lines if line), "")
    if first.startswith("Traceback"):
        return ""
    return first if len(first) <= MAX_EXCERPT_LENGTH else first[: MAX_EXCERPT_LENGTH - 1] + "…"


# ------------------------------------------------------------------------------------------------ Odoo's own errors

_SETUP_ERRORS = {"AccessDenied", "Unauthorized", "SessionExpiredException"}
_ACCESS_ERRORS = {"AccessError", "Forbidden"}
_TOO_BIG_ERRORS = {"MemoryError", "RequestEntityTooLarge", "QueryCanceled", "OutOfMemory"}
_TRANSIENT_ERRORS = {
    "AdminShutdown",
    "BadGateway",
    "ConcurrencyError",
    "DeadlockDetected",
    "GatewayTimeout",
    "InterfaceError",
    "LockError",
    "LockNotAvailable",
    "PoolError",
    "SerializationFailure",
    "ServiceUnavailable",
    "TooManyRequests",
    "TransactionRollbackError",
}
_CONTRACT_ERRORS = {
    "AssertionError",
    "BadRequest",
    "MethodNotAllowed",
    "NotFound",
    "UnprocessableEntity",
    "UnsupportedMediaType",
}
_TRANSIENT_STATUS = {408, 429, 502, 503, 504}
_TOO_BIG_STATUS = {413, 414}

_MISSING_MODEL_TEXT = re.compile(r"^Object \S+ doesn't exist|^the model '[^']+' does not exist", re.IGNORECASE)
_LOCKED_OUT_TEXT = re.compile(r"^Too many login failures")
_CALLERS_MISTAKE_TEXT = re.compile(
    r"^Invalid (field|leaf|domain)|unexpected keyword argument|missing .*required .*argument|positional argument"
)


def classify_fault(context: CallContext, fault: ServerFault) -> OdooError:
    """Classify an exception raised by Odoo itself."""
    message = extract_first_line(fault.text)
    if fault.name in _SETUP_ERRORS:
        return _classify_refusal(context, message)
    if fault.name == "OperationalError":
        return _database_error(context)
    if fault.name in _TOO_BIG_ERRORS or fault.status in _TOO_BIG_STATUS:
        return OdooTooBigError(f"Odoo could not answer so much at once ({fault.name}) for {context.model}.")
    if fault.name in _TRANSIENT_ERRORS or fault.status in _TRANSIENT_STATUS:
        return OdooTransientError(
            f"Odoo is busy: {fault.name or fault.status}.",
            "Try again later.",
            retry_after=fault.retry_after,
        )
    if fault.name in _ACCESS_ERRORS:
        return OdooAccessError(
            f"The Odoo user {context.username} may not read {context.model}: {message}",
            f"Give the user the right to read {context.model}, or leave the entity out.",
        )
    return _classify_call_fault(context, fault, message)


def _classify_call_fault(context: CallContext, fault: ServerFault, message: str) -> OdooError:
    """Classify the remaining faults: of the model, of the call, or of one row."""
    if _MISSING_MODEL_TEXT.search(fault.text) or (
        fault.name == "KeyError" and fault.text.strip("'\"") == context.model
    ):
        return OdooMissingModelError(
            f"Odoo at {context.url} has no model {context.model}.",
            "Install the Odoo application that brings it, or leave the entity out.",
        )
    is_callers_mistake = fault.name in _CONTRACT_ERRORS or (
        fault.name in {"ValueError", "TypeError"} and _CALLERS_MISTAKE_TEXT.search(fault.text)
    )
    if context.is_row_read and not is_callers_mistake:
        return OdooPoisonRowError(f"Odoo fails to read a record of {context.model}: {fault.name}: {message}")
    return OdooContractError(
        f"Odoo does not understand {context.model}.{context.method}: {fault.name}: {message}",
        "Check the filter of the run; if there is none, this version of Odoo needs a newer odoo-sync-tui.",
    )


def _classify_refusal(context: CallContext, message: str) -> OdooError:
    if _LOCKED_OUT_TEXT.search(message):
        return OdooSetupError(
            f"Odoo at {context.url} locks this machine out after too many wrong logins.",
            "Wait a minute, check odoo.username and odoo.api_key, then try again.",
        )
    return login_refused_error(context)


def login_refused_error(context: CallContext) -> OdooSetupError:
    """Make the error for a wrong user or key.

    It is final, because ten wrong logins lock the whole address out for a minute.
    """
    return OdooSetupError(
        f"Odoo at {context.url} refused the login of {context.username} to database {context.database}.",
        "Check odoo.username and odoo.api_key: the key may be wrong, expired, or another database's.",
    )


def unknown_database_error(context: CallContext) -> OdooSetupError:
    """Make the error for a database that does not exist on the server."""
    return OdooSetupError(
        f"Odoo at {context.url} cannot open the database {context.database}.",
        "Check odoo.database; its name is the one that Odoo's login page or database manager shows.",
    )


def _database_error(context: CallContext) -> OdooError:
    if context.stage is Stage.CONNECT:
        return unknown_database_error(context)
    return OdooTransientError("Odoo lost its connection to PostgreSQL.", "Try again later.")


def _unreadable_xml_error(context: CallContext) -> OdooError:
    message = (
        f"An answer of {context.url} over XML-RPC cannot be read: a value holds a character that XML cannot carry."
    )
    if context.is_row_read:
        return OdooPoisonRowError(message, "JSON-RPC or JSON-2 would read it: set odoo.protocol to auto.")
    return OdooTransientError(message, "Set odoo.protocol to auto.")


# ------------------------------------------------------------------------------------------------ HTTP responses


def classify_response(context: CallContext, response: BadResponse) -> OdooError:
    """Classify a response outside the protocol."""
    status = response.status
    if status in _TRANSIENT_STATUS:
        return OdooTransientError(
            f"{context.url} answers {status} ({_STATUS_WORDS[status]}).",
            "Try again later.",
            retry_after=response.retry_after,
        )
    if status in _TOO_BIG_STATUS:
        return OdooTooBigError(f"{context.url} finds the call too big ({status}).")
    if status == 401:
        return login_refused_error(context)
    if status == 403:
        return OdooSetupError(
            f"{context.url} refuses the call (403) before Odoo sees it.",
            "A proxy or firewall in front of Odoo has to let this machine call the external API.",
        )
    if response.location:
        return OdooSetupError(f"{context.url} sends us on to {response.location}.", "Set odoo.url to that address.")
    if status in {400, 405, 415, 422}:
        return OdooContractError(f"{context.url} does not accept the call ({status}).")
    return _not_odoo_error(context, response)


_STATUS_WORDS = {
    408: "time-out",
    429: "too many requests",
    502: "bad gateway",
    503: "service unavailable",
    504: "gateway time-out",
}


def _not_odoo_error(context: CallContext, answer: BadResponse) -> OdooError:
    where = f"{context.url} (database {context.database})"
    message = f"{where} answers {answer.status} with {answer.description}, not as Odoo does."
    if context.stage is Stage.CONNECT and answer.status < 500:
        return OdooSetupError(
            message,
            "Check odoo.url: scheme, host, port, and no page behind it; and that no login page stands before it.",
        )
    return OdooTransientError(
        message, "If it lasts, look at the proxy in front of Odoo.", retry_after=answer.retry_after
    )


# ------------------------------------------------------------------------------------------------ the network


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
