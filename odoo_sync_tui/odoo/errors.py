"""What a failed call means: which class of error, and which sentence for the operator.

Errors are classified by exception name and HTTP status; text decides only where Odoo gives nothing else (XML-RPC
faults, unknown models and fields). A server's traceback never passes this file: only the first line of its message.
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
from odoo_sync_tui.core.secrets import redacted

EXCERPT_LENGTH = 200


class Stage(StrEnum):
    """Before or after the first success: the same symptom is a wrong setting before and passing trouble after."""

    CONNECT = "connect"
    RUN = "run"


@dataclass(frozen=True, slots=True)
class Place:
    """Of whom what was asked; everything that an error may name."""

    url: str
    database: str
    username: str
    stage: Stage = Stage.RUN
    model: str = ""
    method: str = ""

    @property
    def reads_rows(self) -> bool:
        """Whether computed fields run on the server, so that one row can make the call fail."""
        return self.method in {"read", "search_read"}


class ServerFault(Exception):
    """Odoo's own error: exception name without its module ("ValueError"), message, HTTP status."""

    def __init__(self, name: str, text: str, status: int = 200, retry_after: float | None = None) -> None:
        super().__init__(name)
        self.name = name.rpartition(".")[2]
        self.text = text
        self.status = status
        self.retry_after = retry_after


class BadAnswer(Exception):
    """An answer that is not one of the protocol: a web page, an empty or broken body, a redirect, a bare status."""

    def __init__(self, status: int, what: str, location: str = "", retry_after: float | None = None) -> None:
        super().__init__(what)
        self.status = status
        self.what = what
        self.location = location
        self.retry_after = retry_after


class UnreadableXml(Exception):
    """An XML answer that no parser reads, because a value holds a character that XML cannot carry."""


@contextmanager
def translated(place: Place) -> Generator[None, None, None]:
    """Turn everything that a transport raises into an :class:`OdooError`.

    Raises:
        OdooError: of the class that says what to do.
    """
    try:
        yield
    except ServerFault as fault:
        raise of_fault(place, fault) from None
    except BadAnswer as answer:
        raise of_answer(place, answer) from None
    except UnreadableXml:
        raise _of_xml(place) from None
    except http.HTTPError as error:
        raise of_network(place, error) from None


def excerpt(text: str) -> str:
    """The first line of a server's text that says something, shortened; never a traceback, never a secret of ours.

    A secret is looked for before the text is cut, because half of one would not be found any more.
    """
    lines = (" ".join(line.split()) for line in redacted(text).splitlines())
    first = next((line for line in lines if line), "")
    if first.startswith("Traceback"):
        return ""
    return first if len(first) <= EXCERPT_LENGTH else first[: EXCERPT_LENGTH - 1] + "…"


# ------------------------------------------------------------------------------------------------ Odoo's own errors

_SETUP = {"AccessDenied", "Unauthorized", "SessionExpiredException"}
_ACCESS = {"AccessError", "Forbidden"}
_TOO_BIG = {"MemoryError", "RequestEntityTooLarge", "QueryCanceled", "OutOfMemory"}
_TRANSIENT = {
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
_CONTRACT = {
    "AssertionError",
    "BadRequest",
    "MethodNotAllowed",
    "NotFound",
    "UnprocessableEntity",
    "UnsupportedMediaType",
}
_TRANSIENT_STATUS = {408, 429, 502, 503, 504}
_TOO_BIG_STATUS = {413, 414}

_NO_MODEL = re.compile(r"^Object \S+ doesn't exist|^the model '[^']+' does not exist", re.IGNORECASE)
_LOCKED_OUT = re.compile(r"^Too many login failures")
_CALLERS_MISTAKE = re.compile(
    r"^Invalid (field|leaf|domain)|unexpected keyword argument|missing .*required .*argument|positional argument"
)


def of_fault(place: Place, fault: ServerFault) -> OdooError:
    """The error behind Odoo's own exception."""
    said = excerpt(fault.text)
    if fault.name in _SETUP:
        return _refused(place, said)
    if fault.name == "OperationalError":
        return _database_trouble(place)
    if fault.name in _TOO_BIG or fault.status in _TOO_BIG_STATUS:
        return OdooTooBigError(f"Odoo could not answer so much at once ({fault.name}) for {place.model}.")
    if fault.name in _TRANSIENT or fault.status in _TRANSIENT_STATUS:
        return OdooTransientError(
            f"Odoo is busy: {fault.name or fault.status}.",
            "Try again later.",
            retry_after=fault.retry_after,
        )
    if fault.name in _ACCESS:
        return OdooAccessError(
            f"The Odoo user {place.username} may not read {place.model}: {said}",
            f"Give the user the right to read {place.model}, or leave the entity out.",
        )
    return _of_call(place, fault, said)


def _of_call(place: Place, fault: ServerFault, said: str) -> OdooError:
    """What is left: the model, the call or a row of it is at fault."""
    if _NO_MODEL.search(fault.text) or (fault.name == "KeyError" and fault.text.strip("'\"") == place.model):
        return OdooMissingModelError(
            f"Odoo at {place.url} has no model {place.model}.",
            "Install the Odoo application that brings it, or leave the entity out.",
        )
    mistaken = fault.name in _CONTRACT or (
        fault.name in {"ValueError", "TypeError"} and _CALLERS_MISTAKE.search(fault.text)
    )
    if place.reads_rows and not mistaken:
        return OdooPoisonRowError(f"Odoo fails to read a record of {place.model}: {fault.name}: {said}")
    return OdooContractError(
        f"Odoo does not understand {place.model}.{place.method}: {fault.name}: {said}",
        "Check the filter of the run; if there is none, this version of Odoo needs a newer odoo-sync-tui.",
    )


def _refused(place: Place, said: str) -> OdooError:
    if _LOCKED_OUT.search(said):
        return OdooSetupError(
            f"Odoo at {place.url} locks this machine out after too many wrong logins.",
            "Wait a minute, check odoo.username and odoo.api_key, then try again.",
        )
    return login_refused(place)


def login_refused(place: Place) -> OdooSetupError:
    """Wrong user or key; said once, because ten wrong logins lock the whole address out for a minute."""
    return OdooSetupError(
        f"Odoo at {place.url} refused the login of {place.username} to database {place.database}.",
        "Check odoo.username and odoo.api_key: the key may be wrong, expired, or another database's.",
    )


def unknown_database(place: Place) -> OdooSetupError:
    """No such database behind the address."""
    return OdooSetupError(
        f"Odoo at {place.url} cannot open the database {place.database}.",
        "Check odoo.database; its name is the one that Odoo's login page or database manager shows.",
    )


def _database_trouble(place: Place) -> OdooError:
    if place.stage is Stage.CONNECT:
        return unknown_database(place)
    return OdooTransientError("Odoo lost its connection to PostgreSQL.", "Try again later.")


def _of_xml(place: Place) -> OdooError:
    what = f"An answer of {place.url} over XML-RPC cannot be read: a value holds a character that XML cannot carry."
    if place.reads_rows:
        return OdooPoisonRowError(what, "JSON-RPC or JSON-2 would read it: set odoo.protocol to auto.")
    return OdooTransientError(what, "Set odoo.protocol to auto.")


# ------------------------------------------------------------------------------------------------ not Odoo's words


def of_answer(place: Place, answer: BadAnswer) -> OdooError:
    """The error behind an answer that is not one of the protocol."""
    status = answer.status
    if status in _TRANSIENT_STATUS:
        return OdooTransientError(
            f"{place.url} answers {status} ({_STATUS_WORDS[status]}).",
            "Try again later.",
            retry_after=answer.retry_after,
        )
    if status in _TOO_BIG_STATUS:
        return OdooTooBigError(f"{place.url} finds the call too big ({status}).")
    if status == 401:
        return login_refused(place)
    if status == 403:
        return OdooSetupError(
            f"{place.url} refuses the call (403) before Odoo sees it.",
            "A proxy or firewall in front of Odoo has to let this machine call the external API.",
        )
    if answer.location:
        return OdooSetupError(f"{place.url} sends us on to {answer.location}.", "Set odoo.url to that address.")
    if status in {400, 405, 415, 422}:
        return OdooContractError(f"{place.url} does not accept the call ({status}).")
    return _not_odoo(place, answer)


_STATUS_WORDS = {
    408: "time-out",
    429: "too many requests",
    502: "bad gateway",
    503: "service unavailable",
    504: "gateway time-out",
}


def _not_odoo(place: Place, answer: BadAnswer) -> OdooError:
    what = f"{place.url} (database {place.database}) answers {answer.status} with {answer.what}, not as Odoo does."
    if place.stage is Stage.CONNECT and answer.status < 500:
        return OdooSetupError(
            what, "Check odoo.url: scheme, host, port, and no page behind it; and that no login page stands before it."
        )
    return OdooTransientError(what, "If it lasts, look at the proxy in front of Odoo.", retry_after=answer.retry_after)


# ------------------------------------------------------------------------------------------------ the network


def of_network(place: Place, error: http.HTTPError) -> OdooError:
    """The error behind a connection that failed."""
    url = place.url
    if isinstance(error, http.NameResolutionError):
        return _no_such_host(place, error)
    if isinstance(error, http.NewConnectionError):
        return _not_connected(url, error)
    if isinstance(error, http.ConnectTimeoutError):
        return OdooTransientError(
            f"{url} does not accept a connection in time.", "Check odoo.url, and firewalls on the way."
        )
    if isinstance(error, http.ReadTimeoutError):
        return OdooNoAnswerError(
            f"{url} gave no answer in time.", "If it lasts, raise odoo.timeout_seconds or lower odoo.page_size."
        )
    if isinstance(error, http.SSLError):
        return _no_tls(url, error)
    if isinstance(error, http.LocationValueError):
        return OdooSetupError(f"{url} is not a web address.", "Set odoo.url, like https://odoo.example.com.")
    if place.stage is Stage.CONNECT and "BadStatusLine" in str(error):
        return OdooSetupError(f"{url} does not speak HTTP.", "Check odoo.url: scheme (http or https) and port.")
    if isinstance(error, (http.ProtocolError, http.IncompleteRead)):
        return OdooNoAnswerError(
            f"{url} closed the connection without a full answer.",
            "Odoo does so when a call takes too long; it is tried with less.",
        )
    return OdooTransientError(f"The call to {url} failed ({type(error).__name__}).", "Try again later.")


def _no_such_host(place: Place, error: http.NameResolutionError) -> OdooError:
    what = f"The host name of {place.url} is unknown."
    cause = error.__cause__
    passing = isinstance(cause, socket.gaierror) and cause.errno == socket.EAI_AGAIN
    if passing or place.stage is Stage.RUN:
        return OdooTransientError(what, "Check the name service (DNS) of this machine.")
    return OdooSetupError(what, "Check odoo.url, and the name service (DNS) of this machine.")


def _not_connected(url: str, error: http.NewConnectionError) -> OdooError:
    if isinstance(error.__cause__, ConnectionRefusedError):
        return OdooTransientError(f"{url} refuses the connection.", "Check that Odoo is running, and host and port.")
    return OdooTransientError(f"{url} cannot be reached.", "Check odoo.url, the network and firewalls on the way.")


def _no_tls(url: str, error: http.SSLError) -> OdooError:
    if "CERTIFICATE_VERIFY_FAILED" in str(error):
        return OdooSetupError(
            f"The TLS certificate of {url} is not trusted.",
            "Set odoo.ca_file to the authority that signed it, or mend the certificate.",
        )
    return OdooSetupError(f"{url} does not speak TLS as it should.", "Check odoo.url: scheme (http or https) and port.")
