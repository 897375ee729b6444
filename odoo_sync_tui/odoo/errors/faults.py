"""Classification of errors that Odoo itself raises.

Errors are classified by exception name and HTTP status; text decides only where Odoo gives nothing else (XML-RPC
faults, unknown models and fields). A server's traceback never leaves this module: only the first line of its message.
"""

from __future__ import annotations

import re

from odoo_sync_tui.core.errors import (
    OdooAccessError,
    OdooContractError,
    OdooError,
    OdooMissingModelError,
    OdooPoisonRowError,
    OdooSetupError,
    OdooTooBigError,
    OdooTransientError,
)
from odoo_sync_tui.core.text.redaction import shorten
from odoo_sync_tui.odoo.errors.context import CallContext, ServerFault, Stage

MAX_EXCERPT_LENGTH = 200
UNTOLD = "(what it says may hold values that are masked)"
"""What stands for the words of Odoo about a model with masks."""
TRANSIENT_STATUS = {408, 429, 502, 503, 504}
TOO_BIG_STATUS = {413, 414}


def extract_first_line(text: str) -> str:
    """Extract the first non-empty line of a server's text, shortened; never a traceback, never one of our secrets."""
    lines = (" ".join(line.split()) for line in text.splitlines())
    first = next((line for line in lines if line), "")
    if first.startswith("Traceback"):
        return ""
    return shorten(first, MAX_EXCERPT_LENGTH)


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

_MISSING_MODEL_TEXT = re.compile(r"^Object \S+ doesn't exist|^the model '[^']+' does not exist", re.IGNORECASE)
_NO_KEY_TEXT = "Authorization"
"""Part of the text for a call without a key; the text for a wrong key is "Invalid apikey"."""
_MAKE_KEY_HINT = "make an API key in Odoo (preferences of the user, account security) and set odoo.api_key to it"
_LOCKED_OUT_TEXT = re.compile(r"^Too many login failures")
_CALLERS_MISTAKE_TEXT = re.compile(
    r"^Invalid (field|leaf|domain)|unexpected keyword argument|missing \d+ required keyword-only argument"
    r"|positional argument"
)


def classify_fault(context: CallContext, fault: ServerFault) -> OdooError:
    """Classify an exception raised by Odoo itself."""
    message = extract_first_line(fault.text)
    told = UNTOLD if context.hides_values else message
    if fault.name in _SETUP_ERRORS:
        return _classify_refusal(context, fault.name, message)
    if fault.name == "OperationalError":
        return _database_error(context)
    if fault.name in _TOO_BIG_ERRORS or fault.status in TOO_BIG_STATUS:
        return OdooTooBigError(f"Odoo could not answer so much at once ({fault.name}) for {context.model}.")
    if fault.name in _TRANSIENT_ERRORS or fault.status in TRANSIENT_STATUS:
        return OdooTransientError(
            f"Odoo is busy: {fault.name or fault.status}.",
            "Try again later.",
            retry_after=fault.retry_after,
        )
    if fault.name in _ACCESS_ERRORS:
        return OdooAccessError(
            f"The Odoo user {context.username} may not read {context.model}: {told}",
            f"Give the user the right to read {context.model}, or leave the entity out.",
        )
    return _classify_call_fault(context, fault, told)


def _classify_call_fault(context: CallContext, fault: ServerFault, told: str) -> OdooError:
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
        return OdooPoisonRowError(f"Odoo fails to read a record of {context.model}: {fault.name}: {told}")
    return OdooContractError(
        f"Odoo does not understand {context.model}.{context.method}: {fault.name}: {told}",
        "Check the filter of the run; if there is none, this version of Odoo needs a newer odoo-sync-tui.",
    )


def _classify_refusal(context: CallContext, name: str, message: str) -> OdooError:
    if _LOCKED_OUT_TEXT.search(message):
        return OdooSetupError(
            f"Odoo at {context.url} locks this machine out after too many wrong logins.",
            "Wait a minute, check odoo.username and odoo.api_key, then try again.",
        )
    if name == "Unauthorized" and _NO_KEY_TEXT in message:
        return OdooSetupError(
            f"The API key does not reach Odoo: something before {context.url} removes the header Authorization.",
            "Have the proxy pass that header on, or set odoo.protocol to jsonrpc, which does not use it.",
        )
    if name == "Unauthorized" and not context.has_api_key:
        return OdooSetupError(
            f"Odoo at {context.url} takes no password over JSON-2, only an API key.",
            f"Set odoo.protocol to auto, or {_MAKE_KEY_HINT}.",
        )
    return login_refused_error(context)


def login_refused_error(context: CallContext) -> OdooSetupError:
    """Make the error for a wrong user or key.

    It is final, because ten wrong logins lock the whole address out for a minute. Odoo gives no reason for the refusal
    of a password.
    """
    if not context.has_api_key:
        return OdooSetupError(
            f"Odoo at {context.url} refused the password of {context.username} for database {context.database}.",
            "Check odoo.username and odoo.api_key. With two-factor login Odoo refuses the right password too: "
            f"{_MAKE_KEY_HINT}.",
        )
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
