"""Authentication: database, login, password, API key, and the lock after too many wrong logins.

Odoo refuses every login from an address for 60 seconds after 10 wrong ones, the right password included (measured on
14; same code in 19). Here all clients have the loopback address, so one counter does.
"""

from __future__ import annotations

import threading
import time
from typing import Final

from odoo_sync_tui.demo.errors import OdooError, unknown_database_error

UID: Final = 2
"""The id of the only user."""

_MAX_FAILURES: Final = 10
_LOCKED_SECONDS: Final = 60.0


class Access:
    """The credentials of one server; the API key can be revoked and restored while the server runs."""

    def __init__(self, database: str, username: str, password: str, api_key: str) -> None:
        self.database = database
        self.username = username
        self._password = password
        self._api_key: str | None = api_key
        self._lock = threading.Lock()
        self._failures = 0
        self._failed_at = 0.0

    def set_api_key(self, api_key: str | None) -> None:
        """Accept only `api_key` from now on, or with None no key at all; the password stays valid."""
        with self._lock:
            self._api_key = api_key

    def check_database(self, name: object) -> None:
        """Raise OdooError if there is no database `name`."""
        if name != self.database:
            raise unknown_database_error(str(name))

    def login(self, database: object, username: object, secret: object) -> int | bool:
        """Return the user's id, or False for a wrong login, a wrong secret and while logins are locked."""
        self.check_database(database)
        with self._lock:
            if self._is_locked():
                return False
            valid = username == self.username and self._is_valid_secret(secret)
            self._record_login(valid=valid)
            return UID if valid else False

    def check_call(self, database: object, uid: object, secret: object) -> None:
        """Raise OdooError unless a remote procedure call has the user's id and a valid secret.

        A valid secret passes even while logins are locked, because a real server caches the secrets it has accepted.
        """
        self.check_database(database)
        if str(uid) != str(UID):
            text = f"Record does not exist or has been deleted.\n(Record: res.users({uid},), User: {uid})"
            raise OdooError("MissingError", text)
        with self._lock:
            if self._is_valid_secret(secret):
                return
            if self._is_locked():
                raise OdooError("AccessDenied", "Too many login failures, please wait a bit before trying again.")
            self._record_login(valid=False)
        raise OdooError("AccessDenied", "Access Denied")

    def check_bearer(self, header: str | None) -> None:
        """Raise OdooError unless the Authorization header carries the API key."""
        scheme, _, key = (header or "").partition(" ")
        if scheme.lower() != "bearer":
            text = "User not authenticated, use an API Key with a Bearer Authorization header."
            raise OdooError("Unauthorized", text)
        with self._lock:
            valid = self._api_key is not None and key.strip() == self._api_key
        if not valid:
            raise OdooError("Unauthorized", "Invalid apikey")

    def _is_valid_secret(self, secret: object) -> bool:
        return secret == self._password or (self._api_key is not None and secret == self._api_key)

    def _is_locked(self) -> bool:
        return self._failures >= _MAX_FAILURES and time.monotonic() - self._failed_at < _LOCKED_SECONDS

    def _record_login(self, *, valid: bool) -> None:
        self._failures = 0 if valid else self._failures + 1
        self._failed_at = time.monotonic()
