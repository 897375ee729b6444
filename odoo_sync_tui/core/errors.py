"""Hierarchy of all errors shown to the operator.

An error holds what happened and to what (``message``) and what to do (``hint``). Neither ever holds a secret or a
server's traceback. Errors of Odoo are classified by what has to be done about them, because the sync acts on no other
difference.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar

from odoo_sync_tui.core.text.times import format_local_time


class SyncError(Exception):
    """Base class of errors that stop a run, an entity or a call, worded for the operator.

    ``kind`` is the stable name of the class of error in audit events and JSON; ``retryable``: the very same command
    may succeed later without any change.
    """

    kind: ClassVar[str] = "error"
    retryable: ClassVar[bool] = False

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()

    @property
    def sentences(self) -> Sequence[str]:
        """The whole text, for each line of an output one."""
        return (str(self),)


class ConfigurationError(SyncError, RuntimeError):
    """Wrong configuration: the operator has to correct it; a retry alone cannot succeed."""

    kind = "configuration"


class WrongSettingsError(ConfigurationError):
    """Several settings are wrong, each with a sentence of its own."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self._problems = problems

    @property
    def sentences(self) -> Sequence[str]:
        """The sentence of each wrong setting."""
        return self._problems


class OtherSourceError(ConfigurationError):
    """The store holds records of another Odoo, or nothing proves that they are from this one."""

    kind = "other_source"


class OtherMaskKeyError(ConfigurationError):
    """The store was masked with another key."""

    kind = "other_mask_key"


# ---------------------------------------------------------------------------------------------------- the run


class RunCancelled(SyncError):
    """The run stopped at the next page on request; what was written stays written."""

    kind = "cancelled"


class LeaseHeld(SyncError):
    """Another run holds the integration. ``silent_since``: when it was last seen, if it shows no sign of life."""

    kind = "lease_held"
    retryable = True

    def __init__(
        self,
        operator: str,
        host: str,
        since: datetime | None,
        expires_at: datetime | None,
        silent_since: datetime | None = None,
    ) -> None:
        started = f", since {format_local_time(since)}" if since else ""
        hint = "Wait until it ends (sync --wait), or cancel it."
        if silent_since:
            hint = (
                f"It has given no sign of life since {format_local_time(silent_since)}. If you know that it will not"
                " come back: odoo-sync-tui lease free."
            )
        super().__init__(f"Another run is at work: {operator} on {host}{started}.", hint)
        self.operator = operator
        self.host = host
        self.since = since
        self.expires_at = expires_at
        self.silent_since = silent_since


class LeaseLost(SyncError):
    """The lease ran out or was taken over: nothing more may be written by this run."""

    kind = "lease_lost"
    retryable = True


# ---------------------------------------------------------------------------------------------------- the store


class StoreError(SyncError):
    """MongoDB refused or failed an operation."""

    kind = "store"


class StoreUnavailable(StoreError):
    """MongoDB cannot be reached, or the connection was lost."""

    kind = "store_unavailable"
    retryable = True


class ChangesMissed(SyncError):
    """Entries of the change log that a consumer never acknowledged are not kept any more: ``after`` to ``through``."""

    kind = "changes_missed"

    def __init__(self, message: str, after: int, through: int) -> None:
        super().__init__(message, "Read the documents anew; what follows is complete.")
        self.after = after
        self.through = through


# ---------------------------------------------------------------------------------------------------- Odoo


class OdooError(SyncError):
    """A call to Odoo failed."""

    kind = "odoo"


class OdooTransientError(OdooError):
    """Transient failure worth a retry: time-out, reset, 429, 5xx of a proxy, a database conflict.

    ``retry_after`` is the delay requested by the server, in seconds.
    """

    kind = "odoo_transient"
    retryable = True

    def __init__(self, message: str, hint: str = "", *, retry_after: float | None = None) -> None:
        super().__init__(message, hint)
        self.retry_after = retry_after


class OdooNoAnswerError(OdooTransientError):
    """The connection was closed, or timed out, without an answer: Odoo's usual form of "too much at once"."""

    kind = "odoo_no_answer"


class OdooTooBigError(OdooError):
    """The answer is too big for one call: fewer rows must be requested."""

    kind = "odoo_too_big"


class OdooPoisonRowError(OdooError):
    """One row of the page makes the whole call fail: it must be found by bisection and quarantined."""

    kind = "odoo_poison_row"


class OdooAccessError(OdooError):
    """The Odoo user may not read a requested model, field or record."""

    kind = "odoo_access"


class OdooMissingModelError(OdooError):
    """The model does not exist on this server: its application is not installed."""

    kind = "odoo_missing_model"


class OdooContractError(OdooError):
    """The server rejects the call: a field, keyword or operator is unknown there."""

    kind = "odoo_contract"


class OdooFieldsLostError(OdooError):
    """Odoo lacks fields of an entity whose operator wants nothing to be touched then."""

    kind = "odoo_fields_lost"


class OdooSetupError(OdooError, ConfigurationError):
    """URL, database, user or key is wrong: no call can succeed until the operator corrects it."""

    kind = "odoo_setup"
