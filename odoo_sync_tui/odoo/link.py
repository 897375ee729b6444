"""Open connection to one Odoo server, with all objects that live from connect to disconnect."""

from __future__ import annotations

import hashlib
import threading
from dataclasses import dataclass, replace
from decimal import Decimal
from ipaddress import ip_address
from typing import cast
from urllib.parse import urlsplit

from odoo_sync_tui.core.cancel import CancelToken
from odoo_sync_tui.core.entity import Entity
from odoo_sync_tui.core.errors import (
    OdooAccessError,
    OdooContractError,
    OdooMissingModelError,
    OdooPoisonRowError,
    OdooSetupError,
)
from odoo_sync_tui.core.result import Notice
from odoo_sync_tui.odoo.caller import Caller, Notices
from odoo_sync_tui.odoo.config import OdooConfig
from odoo_sync_tui.odoo.errors import Place, Stage, translated
from odoo_sync_tui.odoo.fields import Plans
from odoo_sync_tui.odoo.limits import PageLimit, Portion
from odoo_sync_tui.odoo.names import Names
from odoo_sync_tui.odoo.negotiate import Login, Version, log_in, probe_version
from odoo_sync_tui.odoo.retry import Retry
from odoo_sync_tui.odoo.throttle import Throttle
from odoo_sync_tui.odoo.transport.base import Session
from odoo_sync_tui.odoo.values import WireRow, decode_ids, quantum
from odoo_sync_tui.odoo.workers import LinkedToken, Workers

CONNECT_RETRY_SECONDS = 10.0
"""Retry budget of connecting.

A server that restarts refuses connections for some seconds; an operator with a wrong port should not wait long.
"""
IDS_PER_CALL = 10_000
"""Largest number of ids in one call that lists ids."""


@dataclass(frozen=True, slots=True)
class Server:
    """Version and protocol of the server, with the user and companies of the login.

    ``access_fingerprint`` covers address, database, user and companies: all that decides which rows are visible.
    """

    version: str
    protocol: str
    user_id: int
    company_ids: tuple[int, ...]
    access: str


@dataclass(frozen=True, slots=True)
class _User:
    """Odoo's own record of the user of the login."""

    login: str
    company_ids: tuple[int, ...]


class Link:
    """Parts of an open connection. Made by :func:`open_connection`."""

    def __init__(
        self,
        server: Server,
        version: Version,
        caller: Caller,
        session: Session,
        workers: Workers,
        life: LinkedToken,
        notices: Notices,
        page_size: int,
    ) -> None:
        self.server = server
        self.version = version
        self.caller = caller
        self.session = session
        self.workers = workers
        self.life = life
        self.notices = notices
        self.unwatched: set[str] = set()
        self.plans = Plans(caller, notices.add, life)
        self.names = Names(self._read_names, caller.look, notices.add, page_size)
        self._page_size = page_size
        self._page_sizes: dict[str, PageLimit] = {}
        self._id_page_sizes: dict[str, PageLimit] = {}
        self._currency_steps: dict[int, Decimal] | None = None
        self._lock = threading.Lock()

    def limit(self, entity: Entity) -> PageLimit:
        """Get the adaptive page size for calls that read rows of the entity."""
        with self._lock:
            return self._page_sizes.setdefault(entity.id, PageLimit(self._page_size))

    def list_limit(self, model: str) -> PageLimit:
        """Get the adaptive page size for calls that list ids of the model."""
        with self._lock:
            return self._id_page_sizes.setdefault(model, PageLimit(IDS_PER_CALL))

    def currency_steps(self) -> dict[int, Decimal]:
        """Get the smallest step of each currency, by currency id; Odoo is asked once."""
        with self._lock:
            if self._currency_steps is None:
                self._currency_steps = self._read_currency_steps()
            return self._currency_steps

    def close(self) -> None:
        """Cut off the calls under way and end all threads."""
        self.life.request("the connection to Odoo was closed")
        self.session.close()
        self.workers.close()

    def _read_currency_steps(self) -> dict[int, Decimal]:
        try:
            rows = self.caller.search_read("res.currency", (), ["decimal_places"], self.life)
        except (OdooAccessError, OdooContractError, OdooMissingModelError):
            self.notices.add(
                Notice(
                    "odoo_currency",
                    "The decimal places of currencies cannot be read; amounts are kept as Odoo sends them.",
                    "Give the Odoo user the right to read res.currency.",
                )
            )
            return {}
        places = {cast("int", row["id"]): row.get("decimal_places") for row in rows}
        return {each: quantum(digits) for each, digits in places.items() if isinstance(digits, int)}

    def _read_names(self, model: str, ids: list[int], limit: PageLimit, cancel: CancelToken) -> dict[int, object]:
        domain, batch = (("id", "in", ids),), Portion(len(ids), limit)
        rows = self.caller.search_read(model, domain, ["display_name"], cancel, portion=batch)
        return {cast("int", row["id"]): row.get("display_name") for row in rows}


def open_link(config: OdooConfig, cancel: CancelToken, retry: Retry) -> Link:
    """Connect to the server: find its version, log in, read the user's companies.

    Raises:
        ConfigurationError: address, TLS, database, user or key are wrong.
        OdooTransientError: the server cannot be reached now.
        RunCancelled: a stop was requested.
    """
    opener = _ConnectionOpener(config, cancel, retry)
    try:
        return opener.thread_pool.submit(opener.open).wait(opener.cancel)
    except BaseException:
        opener.abandon()
        raise


class _ConnectionOpener:
    """Steps of connecting, run one after the other in a worker thread."""

    def __init__(self, config: OdooConfig, cancel: CancelToken, retry: Retry) -> None:
        self._config = config
        self._retry = retry
        self._call_context = Place(config.url, config.database, config.username, Stage.CONNECT)
        self._notices = Notices()
        with translated(self._call_context):
            self._session = Session(config)
        self._throttle = Throttle(config.slots, config.rate)
        self.thread_pool = Workers("odoo")
        self.cancel = LinkedToken(cancel)

    def open(self) -> Link:
        """Run all steps and return the connection."""
        config = self._config
        budget = min(CONNECT_RETRY_SECONDS, config.retry_seconds)
        version, login = self._retry.run(self._log_in, self.cancel, budget_seconds=budget)
        user = self._read_user(login)
        self._warn_about_settings(login, user)
        context = self._odoo_context() | ({"allowed_company_ids": list(user.company_ids)} if user.company_ids else {})
        caller = Caller(
            login.transport, replace(self._call_context, stage=Stage.RUN), self._throttle, self._retry, context
        )
        access_parts = "\n".join((self._session.url, config.database, str(login.user_id), str(user.company_ids)))
        server = Server(
            version=version.text,
            protocol=login.transport.title,
            user_id=login.user_id,
            company_ids=user.company_ids,
            access=hashlib.sha256(access_parts.encode()).hexdigest()[:32],
        )
        return Link(
            server, version, caller, self._session, self.thread_pool, self.cancel, self._notices, config.page_size
        )

    def abandon(self) -> None:
        """Close all that was opened so far."""
        self.cancel.request("the connection to Odoo was closed")
        self._session.close()
        self.thread_pool.close()

    def _log_in(self) -> tuple[Version, Login]:
        with self._throttle.slot(self.cancel), translated(self._call_context):
            version = probe_version(self._session, self._call_context)
            return version, log_in(self._session, self._config, version, self._call_context)

    def _read_user(self, login: Login) -> _User:
        """Read the user's own record; every Odoo user but a portal user may read it."""
        caller = Caller(login.transport, self._call_context, self._throttle, self._retry, self._odoo_context())
        try:
            rows = caller.search_read("res.users", (("id", "=", login.user_id),), ["login", "company_ids"], self.cancel)
        except (OdooContractError, OdooPoisonRowError):
            if self._config.language is None:
                raise
            raise OdooSetupError(
                f"Odoo at {self._config.url} refuses the language {self._config.language}.",
                "Install it in Odoo, or set odoo.language to an installed one, like en_US.",
            ) from None
        except OdooAccessError:
            rows = []
        return self._parse_user(rows)

    def _parse_user(self, rows: list[WireRow]) -> _User:
        if not rows:
            self._notices.add(
                Notice(
                    "odoo_user",
                    "The Odoo user may not read its own record: only rows of its main company are seen.",
                    "Use an internal Odoo user.",
                )
            )
            return _User(self._config.username, ())
        return _User(str(rows[0].get("login")), decode_ids(rows[0].get("company_ids")))

    def _odoo_context(self) -> dict[str, object]:
        context: dict[str, object] = {"active_test": False}
        return context | {"lang": self._config.language} if self._config.language else context

    def _warn_about_settings(self, login: Login, user: _User) -> None:
        config = self._config
        if user.login != config.username and login.transport.title == "JSON-2":
            self._notices.add(
                Notice(
                    "odoo_user",
                    f"The API key belongs to {user.login}, not to {config.username}: Odoo is read as {user.login}.",
                    "Set odoo.username to the owner of the key.",
                )
            )
        address = urlsplit(config.url)
        if address.scheme == "http" and not _is_loopback(address.hostname or ""):
            self._notices.add(Notice("odoo_insecure", f"The key travels to {config.url} unencrypted.", "Use https."))
        if address.scheme == "https" and not config.verify_tls:
            self._notices.add(
                Notice(
                    "odoo_insecure",
                    f"The certificate of {config.url} is not checked.",
                    "Set odoo.ca_file instead of switching odoo.verify_tls off.",
                )
            )


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
