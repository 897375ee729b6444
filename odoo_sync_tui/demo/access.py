"""Who may come in: database, login, password, API key, and the lock after too many wrong logins.

Odoo refuses every login from an address for 60 seconds after 10 wrong ones, the right password included (measured on
14; same code in 19). Here all clients have the loopback address, so one counter does.
"""

from __future__ import annotations

import threading
import time
from typing import Final

from odoo_sync_tui.demo.errors import OdooError, unknown_database

UID: Final = 2
"""The id of the one user who can log in."""

_TRIES: Final = 10
_LOCKED_SECONDS: Final = 60.0


class Access:
    """The credentials of one server; the API key can be revoked and given anew while it runs."""

    def __init__(self, database: str, username: str, password: str, api_key: str) -> None:
        self.database = database
        self.username = username
        self._password = password
        self._api_key: str | None = api_key
        self._lock = threading.Lock()
        self._wrong = 0
        self._wrong_at = 0.0

    def set_key(self, api_key: str | None) -> None:
        """From now on only `api_key` is good, or with None no key at all; the password stays."""
        with self._lock:
            self._api_key = api_key

    def check_database(self, name: object) -> None:
        """Raises OdooError when there is no database `name`."""
        if name != self.database:
            raise unknown_database(str(name))

    def login(self, database: object, username: object, secret: object) -> int | bool:
        """The user's id, or False for a wrong login, a wrong secret and while logins are locked."""
        self.check_database(database)
        with self._lock:
            if self._locked():
                return False
            good = username == self.username and self._secret(secret)
            self._note(good=good)
            return UID if good else False

    def check_call(self, database: object, uid: object, secret: object) -> None:
        """Raises OdooError unless a remote procedure call comes from the user with a good secret.

        A good secret passes while logins are locked, as from a server's cache of those it has seen.
        """
        self.check_database(database)
        if str(uid) != str(UID):
            text = f"Record does not exist or has been deleted.\n(Record: res.users({uid},), User: {uid})"
            raise OdooError("MissingError", text)
        with self._lock:
            if self._secret(secret):
                return
            if self._locked():
                raise OdooError("AccessDenied", "Too many login failures, please wait a bit before trying again.")
            self._note(good=False)
        raise OdooError("AccessDenied", "Access Denied")

    def check_bearer(self, header: str | None) -> None:
        """Raises OdooError unless an Authorization header bears the API key."""
        scheme, _, key = (header or "").partition(" ")
        if scheme.lower() != "bearer":
            text = "User not authenticated, use an API Key with a Bearer Authorization header."
            raise OdooError("Unauthorized", text)
        with self._lock:
            good = self._api_key is not None and key.strip() == self._api_key
        if not good:
            raise OdooError("Unauthorized", "Invalid apikey")

    def _secret(self, secret: object) -> bool:
        return secret == self._password or (self._api_key is not None and secret == self._api_key)

    def _locked(self) -> bool:
        return self._wrong >= _TRIES and time.monotonic() - self._wrong_at < _LOCKED_SECONDS

    def _note(self, *, good: bool) -> None:
        self._wrong = 0 if good else self._wrong + 1
        self._wrong_at = time.monotonic()
