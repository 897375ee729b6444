"""Translation of the driver's errors into store errors with a message for the operator.

Codes are those of MongoDB's ``error_codes.yml`` (https://github.com/mongodb/mongo, src/mongo/base).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote

from pymongo.errors import (
    BulkWriteError,
    ConnectionFailure,
    InvalidName,
    InvalidURI,
    NotPrimaryError,
    OperationFailure,
    PyMongoError,
)
from pymongo.errors import (
    ConfigurationError as DriverConfigurationError,
)

from odoo_sync_tui.core.errors import ConfigurationError, StoreError, StoreUnavailable, SyncError
from odoo_sync_tui.core.text import redaction
from odoo_sync_tui.core.text.hosts import is_open_mongo_address
from odoo_sync_tui.store.driver.connection_errors import ADDRESS_HINT, find_cause, find_closing_cause

AUTHENTICATION_CODES = frozenset({11, 18, 8000})  # UserNotFound, AuthenticationFailed, AtlasError
UNAUTHORIZED = 13
INVALID_NAMESPACE = 73
WRITE_CONCERN_FAILED = 64  # WriteConcernFailed: written, but not on a majority of the members
OUT_OF_DISK_CODES = frozenset({14031, 12584})  # OutOfDiskSpace
TRANSIENT_CODES = frozenset(
    {
        6,  # HostUnreachable
        7,  # HostNotFound
        50,  # MaxTimeMSExpired
        89,  # NetworkTimeout
        91,  # ShutdownInProgress
        112,  # WriteConflict
        189,  # PrimarySteppedDown
        262,  # ExceededTimeLimit
        9001,  # SocketException
        10058,  # LegacyNotPrimary
        10107,  # NotWritablePrimary
        11600,  # InterruptedAtShutdown
        11602,  # InterruptedDueToReplStateChange
        13435,  # NotPrimaryNoSecondaryOk
        13436,  # NotPrimaryOrSecondary
        WRITE_CONCERN_FAILED,
    }
)

UNREACHABLE_HINT = "Check that MongoDB is running and that mongo.uri (ODOO_SYNC_MONGO__URI) names it, then try again."
RESTART_HINT = "Start this program again: it starts its MongoDB anew, and the next run goes on where this one stopped."
RIGHTS_HINT = "Give the MongoDB user the role readWrite on the database; for commands that only read, read is enough."
DATABASE_NAME_HINT = (
    "Use up to 38 letters, digits, - and _, such as odoo_sync (mongo.database, ODOO_SYNC_MONGO__DATABASE)."
)
MAX_REASON_LENGTH = 240
CONTROL_CHARACTERS = re.compile(r"[\x00-\x1f\x7f-\x9f]+")


def shorten(text: object) -> str:
    """Shorten a text of the server or driver to one line of 240 characters without control characters."""
    line = CONTROL_CHARACTERS.sub(" ", str(text)).encode("utf-8", "replace").decode("utf-8").strip()
    return redaction.shorten(line, MAX_REASON_LENGTH)


def server_address(uri: str) -> str:
    """Return the hosts of a connection string, without user, password and options.

    Falls back to "MongoDB" when the text is no connection string, because such a text might be a password.
    """
    match = re.fullmatch(r"mongodb(?:\+srv)?://(?:[^@/?]*@)?([^@/?]+)(?:[/?][^@]*)?", uri)
    if match is None or not ("@" in uri or is_open_mongo_address(uri)):
        return "MongoDB"
    return f"MongoDB at {shorten(unquote(match[1]))}"


def no_exit_message() -> str | None:
    """Return ``None``: nothing is known about the end of a server that is not ours."""
    return None


class ErrorTranslator:
    """Translator of the driver's errors into store errors.

    Args:
        address: name of the server in messages ("MongoDB at db.example:27017").
        exit_message: for a mongod of our own, returns the reason of its death; ``None`` while it lives.
    """

    def __init__(self, address: str = "MongoDB", exit_message: Callable[[], str | None] = no_exit_message) -> None:
        self.address = address
        self._exit_message = exit_message

    def translate(self, error: Exception, operation: str) -> SyncError:
        """Translate an error: :class:`StoreUnavailable`, :class:`ConfigurationError` or :class:`StoreError`."""
        if isinstance(error, PyMongoError) and is_transient(error):
            return self._unavailable_error(error, operation)
        if isinstance(error, DriverConfigurationError | InvalidURI | InvalidName):
            return ConfigurationError(f"{self.address} cannot be used as configured: {shorten(error)}.", ADDRESS_HINT)
        if isinstance(error, OperationFailure):
            return self._refusal_error(error_code(error), error_reason(error), operation)
        return StoreError(f"{self.address} could not be used while {operation}: {shorten(error)}.")

    def translate_connect_error(self, error: Exception, uri: str) -> SyncError:
        """Translate an error of the first connection, which no later try mends where its cause lasts."""
        if isinstance(error, ConnectionFailure) and self._exit_message() is None:
            reason = error_reason(error)
            cause = find_cause(reason) or find_closing_cause(reason, uri)
            if cause:
                kind = ConfigurationError if cause.is_lasting else StoreUnavailable
                return kind(f"{self.address} {cause.message}: {reason}.", cause.hint)
        return self.translate(error, "connecting")

    def translate_write_error(self, write_error: Mapping[str, Any], operation: str) -> SyncError:
        """Translate the error of one write of a bulk: ``code`` and ``errmsg`` as the server gave them."""
        code, reason = int(write_error.get("code") or 0), shorten(write_error.get("errmsg", "no reason given"))
        if code in TRANSIENT_CODES:
            return StoreUnavailable(f"{self.address} stopped while {operation}: {reason}.", UNREACHABLE_HINT)
        return self._refusal_error(code, reason, operation)

    def _unavailable_error(self, error: PyMongoError, operation: str) -> StoreUnavailable:
        message = self._exit_message() if isinstance(error, ConnectionFailure) else None
        if message:
            return StoreUnavailable(f"{message.rstrip('.')}, while {operation}.", RESTART_HINT)
        if error_code(error) == WRITE_CONCERN_FAILED:
            return StoreUnavailable(
                f"{self.address} did not confirm in time, on a majority of its members, while {operation}.",
                "Check that the members of the replica set are up, then try again.",
            )
        if isinstance(error, NotPrimaryError):
            return StoreUnavailable(
                f"{self.address} is not the primary of its replica set, while {operation}.",
                "Name all members in mongo.uri and leave directConnection out, or try again when a primary is elected.",
            )
        reason = error_reason(error)
        cause = find_cause(reason)
        if cause:
            return StoreUnavailable(f"{self.address} {cause.message}, while {operation}: {reason}.", cause.hint)
        return StoreUnavailable(f"{self.address} did not answer while {operation}: {reason}.", UNREACHABLE_HINT)

    def _refusal_error(self, code: int, reason: str, operation: str) -> SyncError:
        if code in AUTHENTICATION_CODES:
            return ConfigurationError(
                f"{self.address} refused the user name or password of mongo.uri.",
                f"Correct them; a user of another database needs ?authSource=... in the address. {ADDRESS_HINT}",
            )
        if code == UNAUTHORIZED and "requires authentication" in reason:
            return ConfigurationError(f"{self.address} wants a login, and mongo.uri has none.", ADDRESS_HINT)
        if code == UNAUTHORIZED:  # the server's reason is the whole command
            return ConfigurationError(f"The MongoDB user lacks the right for {operation}.", RIGHTS_HINT)
        if code == INVALID_NAMESPACE:
            return ConfigurationError(
                f"The database name in mongo.database cannot be used: {reason}.", DATABASE_NAME_HINT
            )
        if code in OUT_OF_DISK_CODES:
            return StoreError(
                f"{self.address} has no disk space left, while {operation}.", "Make room on its disk, then try again."
            )
        return StoreError(f"{self.address} refused, while {operation}: {reason}.")


def is_transient(error: PyMongoError) -> bool:
    """Whether the very same operation may succeed later: no connection, no time, no primary, a shutdown."""
    return isinstance(error, ConnectionFailure) or error.timeout or error_code(error) in TRANSIENT_CODES


def error_code(error: PyMongoError) -> int:
    """Return the server's code of an error; of a bulk, that of its write concern; 0 without one."""
    if isinstance(error, BulkWriteError):
        concerns: list[dict[str, Any]] = error.details.get("writeConcernErrors") or []
        return int(concerns[0].get("code") or 0) if concerns else 0
    return (error.code or 0) if isinstance(error, OperationFailure) else 0


def error_reason(error: PyMongoError) -> str:
    """Return the driver's reason, without its time-outs and its description of the topology."""
    details: Mapping[str, Any] = (error.details or {}) if isinstance(error, OperationFailure) else {}
    text = str(details.get("errmsg") or error)
    return shorten(
        re.sub(
            r" \(_ssl\.c:\d+\)| \(configured timeouts:[^)]*\)|,? ?Timeout: .*|, full error: .*",
            "",
            text,
            flags=re.DOTALL,
        ).rstrip(".")
    )
