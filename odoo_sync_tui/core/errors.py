"""Every error that an operator can meet, in one hierarchy.

An error says what happened and to what (``message``) and what to do (``hint``). Neither ever holds a secret or a
server's traceback. Errors of Odoo fall in classes by what has to be done about them, because that is the only
difference the sync cares about.
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar


class SyncError(Exception):
    """Something that stops a run, an entity or a call, told in the operator's words.

    ``kind`` is the stable name of the class of error in audit events and JSON; ``retryable`` says whether the very
    same command may succeed later without anybody changing anything.
    """

    kind: ClassVar[str] = "error"
    retryable: ClassVar[bool] = False

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class ConfigurationError(SyncError, RuntimeError):
    """The operator has to set something right; trying again as it is brings nothing."""

    kind = "configuration"


# ---------------------------------------------------------------------------------------------------- the run


class RunCancelled(SyncError):
    """The run was asked to stop and stopped at the next page; what was written stays written."""

    kind = "cancelled"


class LeaseHeld(SyncError):
    """Another run holds the integration."""

    kind = "lease_held"
    retryable = True

    def __init__(self, operator: str, host: str, since: datetime | None, expires_at: datetime | None) -> None:
        started = f", since {since:%Y-%m-%d %H:%M:%S} UTC" if since else ""
        super().__init__(
            f"Another run is at work: {operator} on {host}{started}.",
            "Wait until it ends (sync --wait), or cancel it.",
        )
        self.operator = operator
        self.host = host
        self.since = since
        self.expires_at = expires_at


class LeaseLost(SyncError):
    """The lease ran out or was taken over: nothing more may be written by this run."""

    kind = "lease_lost"
    retryable = True


# ---------------------------------------------------------------------------------------------------- the store


class StoreError(SyncError):
    """MongoDB refused or could not do what was asked."""

    kind = "store"


class StoreUnavailable(StoreError):
    """MongoDB cannot be reached now, or went away."""

    kind = "store_unavailable"
    retryable = True


# ---------------------------------------------------------------------------------------------------- Odoo


class OdooError(SyncError):
    """A call to Odoo failed."""

    kind = "odoo"


class OdooTransientError(OdooError):
    """Passing trouble: time-out, reset, 429, 5xx of a proxy, a database conflict. Worth trying again.

    ``retry_after`` is what the server asked for, in seconds.
    """

    kind = "odoo_transient"
    retryable = True

    def __init__(self, message: str, hint: str = "", *, retry_after: float | None = None) -> None:
        super().__init__(message, hint)
        self.retry_after = retry_after


class OdooNoAnswerError(OdooTransientError):
    """The connection was closed, or time ran out, without an answer: Odoo's usual form of "too much at once"."""

    kind = "odoo_no_answer"


class OdooTooBigError(OdooError):
    """The server cannot answer so much in one call. Ask for fewer rows."""

    kind = "odoo_too_big"


class OdooPoisonRowError(OdooError):
    """A row of the page makes the whole call fail. Find it by halving and set it aside."""

    kind = "odoo_poison_row"


class OdooAccessError(OdooError):
    """The Odoo user may not read a model, a field or a record that was asked for."""

    kind = "odoo_access"


class OdooMissingModelError(OdooError):
    """The model does not exist on this server: its application is not installed."""

    kind = "odoo_missing_model"


class OdooContractError(OdooError):
    """The server does not understand the call: a field, keyword or operator it does not know."""

    kind = "odoo_contract"


class OdooSetupError(OdooError, ConfigurationError):
    """Address, database, user or key are wrong: no call can succeed until the operator mends it."""

    kind = "odoo_setup"
