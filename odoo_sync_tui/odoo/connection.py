"""Open connection to one Odoo server, with all objects that live from connect to disconnect."""

from __future__ import annotations

import hashlib
import threading
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial
from typing import cast
from urllib.parse import urlsplit

from odoo_sync_tui.core.entity import Entity
from odoo_sync_tui.core.errors import (
    OdooAccessError,
    OdooContractError,
    OdooMissingModelError,
    OdooPoisonRowError,
    OdooSetupError,
)
from odoo_sync_tui.core.result import Notice
from odoo_sync_tui.core.text.hosts import is_loopback
from odoo_sync_tui.core.text.sanitize import sanitize
from odoo_sync_tui.core.version import __version__
from odoo_sync_tui.odoo.calls.client import ModelClient, NoticeCollector
from odoo_sync_tui.odoo.calls.page_size import MIN_ROWS, AdaptivePageSize
from odoo_sync_tui.odoo.calls.retry import Retry
from odoo_sync_tui.odoo.calls.throttle import Throttle
from odoo_sync_tui.odoo.config import OdooConfig, ReadBy
from odoo_sync_tui.odoo.errors.context import Stage
from odoo_sync_tui.odoo.errors.translate import translate_errors
from odoo_sync_tui.odoo.rows.column_reader import MAX_PAGES_PER_BLOCK, ColumnBasis, ColumnReader
from odoo_sync_tui.odoo.rows.columns import MIN_VERSION_WITH_TRANSLATED_COLUMNS, list_column_fields
from odoo_sync_tui.odoo.rows.field_plan import FieldPlan, FieldPlans
from odoo_sync_tui.odoo.rows.fingerprints import fingerprint_value
from odoo_sync_tui.odoo.rows.ids import IdReader
from odoo_sync_tui.odoo.rows.pages import EntityReader
from odoo_sync_tui.odoo.rows.related_names import RelatedNameCache
from odoo_sync_tui.odoo.rows.values import decimal_step, decode_ids, parse_decimal_places
from odoo_sync_tui.odoo.transport.http import WireRow, make_call_context, open_odoo_session
from odoo_sync_tui.odoo.transport.negotiate import Login, ServerVersion, log_in, probe_version
from odoo_sync_tui.odoo.transport.xmlrpc import XmlRpc
from odoo_sync_tui.runtime.cancel import CancelToken
from odoo_sync_tui.runtime.http.session import Session
from odoo_sync_tui.runtime.threads import ChildCancelToken, DaemonThreadPool

MAX_CONNECT_RETRY_SECONDS = 10.0
"""Retry budget of connecting.

A server that restarts refuses connections for some seconds; an operator with a wrong port should not wait long.
"""

MAX_ROWS_IN_FLIGHT, MIN_PAGES_IN_FLIGHT = 6_000, 2
"""How many rows may be read at the same time, and how many pages at least."""
MAX_LOGIN_LENGTH, MAX_UUID_LENGTH = 200, 64


@dataclass(frozen=True, slots=True)
class ServerInfo:
    """Version and protocol of the server, with the user and companies of the login.

    ``access_fingerprint`` covers address, database, user and companies: all that decides which rows are visible.
    """

    version: str
    protocol: str
    user_id: int
    company_ids: tuple[int, ...]
    access_fingerprint: str


@dataclass(frozen=True, slots=True)
class _User:
    """Odoo's own record of the user of the login."""

    login: str
    company_ids: tuple[int, ...]


class Connection:
    """Parts of an open connection. Made by :func:`open_connection`."""

    def __init__(
        self,
        server: ServerInfo,
        version: ServerVersion,
        client: ModelClient,
        session: Session,
        thread_pool: DaemonThreadPool,
        cancel: ChildCancelToken,
        notices: NoticeCollector,
        config: OdooConfig,
    ) -> None:
        self.server = server
        self.version = version
        self.client = client
        self.session = session
        self.thread_pool = thread_pool
        self.cancel = cancel
        self.notices = notices
        has_null = server.protocol != XmlRpc.title
        self.may_read_columns = has_null and config.read_by is not ReadBy.ROWS
        self.id_reader = IdReader(client, cancel, notices.add, version.major if has_null else None)
        self.field_plans = FieldPlans(client, notices.add, cancel)
        self.related_names = RelatedNameCache(client, notices.add, config.page_size, version.major)
        self._config = config
        self._page_sizes: dict[str, AdaptivePageSize] = {}
        self._column_readers: dict[str, ColumnReader] = {}
        self._modules: list[object] | None = None
        self._currency_steps: dict[int, Decimal] | None = None
        self._lock = threading.Lock()

    def get_page_size(self, entity: Entity) -> AdaptivePageSize:
        """Get the adaptive page size for calls that read rows of the entity."""
        with self._lock:
            return self._page_sizes.setdefault(entity.id, AdaptivePageSize(self._config.page_size))

    def get_entity_reader(self, entity: Entity, *, by_rows: bool = False) -> EntityReader:
        """Create a reader of the entity's rows; ``by_rows``: never by columns."""
        return EntityReader(
            entity,
            self.client,
            self.field_plans,
            self.related_names,
            self.get_currency_steps,
            self.version.major,
            self.get_page_size(entity),
            None if by_rows else self.get_column_reader(entity),
        )

    def get_column_reader(self, entity: Entity) -> ColumnReader | None:
        """Get the reader of the entity's rows by columns; ``None`` where rows are never read so."""
        if not self.may_read_columns:
            return None
        with self._lock:
            return self._column_readers.setdefault(
                entity.id,
                ColumnReader(
                    entity,
                    self.client,
                    self.version.major,
                    self._make_block_size(),
                    partial(self._get_column_basis, entity),
                    self.notices.add,
                    self._make_block_size(),
                    self._config.max_calls_per_second is not None,
                    self._config.language is None or self.version.major >= MIN_VERSION_WITH_TRANSLATED_COLUMNS,
                ),
            )

    def _make_block_size(self) -> AdaptivePageSize:
        """Make the size of blocks by columns: as pages at first, then larger where the answers stay small and quick."""
        return AdaptivePageSize(MAX_PAGES_PER_BLOCK * self._config.page_size, self._config.page_size)

    def get_page_rows(self, entity: Entity, *, by_rows: bool) -> int:
        """Get the number of rows to read at once for now: as many as one call can, by columns where they are proved."""
        columns = None if by_rows else self.get_column_reader(entity)
        size = columns.block_size if columns and columns.is_proven else self.get_page_size(entity).size
        return max(size, min(MIN_ROWS, self._config.page_size))

    def get_max_pages(self, entity: Entity, *, by_rows: bool) -> int:
        """Get how many pages may be under way: one more than calls, unless they hold too many rows."""
        pages = MAX_ROWS_IN_FLIGHT // self.get_page_rows(entity, by_rows=by_rows)
        return min(self._config.max_calls_in_flight + 1, max(MIN_PAGES_IN_FLIGHT, pages))

    def get_currency_steps(self) -> dict[int, Decimal]:
        """Get the smallest step of each currency, by currency id; Odoo is asked once."""
        with self._lock:
            if self._currency_steps is None:
                self._currency_steps = self._read_currency_steps()
            return self._currency_steps

    def _get_column_basis(self, entity: Entity, plan: FieldPlan) -> ColumnBasis:
        """Compute the fingerprint of all that a verdict on columns depends on, as far as it can be known."""
        modules, server = self._get_modules(), self.server
        program = [__version__, server.version, server.protocol, server.access_fingerprint, self._config.language]
        fields = [plan.describe_fields(), [info.name for info in list_column_fields(plan.infos)]]
        basis = fingerprint_value([program, modules, entity.model, list(entity.domain), fields])
        return ColumnBasis(basis, is_complete=bool(modules))

    def _get_modules(self) -> list[object]:
        """Get the installed modules of the server with their versions; Odoo is asked once. None: they are unknown."""
        with self._lock:
            if self._modules is None:
                self._modules = self._read_modules()
            return self._modules

    def _read_modules(self) -> list[object]:
        installed = (("state", "=", "installed"),)
        try:
            rows = self.client.search_read("ir.module.module", installed, ["name", "latest_version"], self.cancel)
        except (OdooAccessError, OdooContractError, OdooMissingModelError):
            return []
        return [[row.get("name"), row.get("latest_version")] for row in rows]

    def read_database_uuid(self) -> str | None:
        """Read ``database.uuid``, which Odoo's administrators may read; ``None``: this user may not."""
        query = (("key", "=", "database.uuid"),)
        try:
            rows = self.client.search_read("ir.config_parameter", query, ["value"], self.cancel)
        except (OdooAccessError, OdooMissingModelError):
            return None
        values = (value for row in rows if isinstance(value := row.get("value"), str))
        return next((value for value in values if 0 < len(value) <= MAX_UUID_LENGTH), None)

    def close(self) -> None:
        """Cut off the calls under way and end all threads."""
        self.cancel.request("the connection to Odoo was closed")
        self.session.close()
        self.thread_pool.close()

    def _read_currency_steps(self) -> dict[int, Decimal]:
        try:
            rows = self.client.search_read("res.currency", (), ["decimal_places"], self.cancel)
        except (OdooAccessError, OdooContractError, OdooMissingModelError):
            self.notices.add(
                Notice(
                    "odoo_currency",
                    "The decimal places of currencies cannot be read; amounts are kept as Odoo sends them.",
                    "Give the Odoo user the right to read res.currency.",
                )
            )
            return {}
        places = {cast("int", row["id"]): parse_decimal_places(row.get("decimal_places")) for row in rows}
        return {each: decimal_step(digits) for each, digits in places.items() if digits is not None}


def open_connection(config: OdooConfig, cancel: CancelToken, retry: Retry, throttle: Throttle) -> Connection:
    """Connect to the server: find its version, log in, read the user's companies.

    Raises:
        ConfigurationError: address, TLS, database, user or key are wrong.
        OdooTransientError: the server cannot be reached now.
        RunCancelled: a stop was requested.
    """
    opener = _ConnectionOpener(config, cancel, retry, throttle)
    try:
        return opener.thread_pool.submit(opener.open).result(opener.cancel)
    except BaseException:
        opener.abandon()
        raise


class _ConnectionOpener:
    """Steps of connecting, run one after the other in a worker thread."""

    def __init__(self, config: OdooConfig, cancel: CancelToken, retry: Retry, throttle: Throttle) -> None:
        self._config = config
        self._retry = retry
        self._throttle = throttle
        self._call_context = make_call_context(config)
        self._notices = NoticeCollector()
        with translate_errors(self._call_context):
            self._session = open_odoo_session(config)
        self.thread_pool = DaemonThreadPool("odoo")
        self.cancel = ChildCancelToken(cancel)

    def open(self) -> Connection:
        """Run all steps and return the connection."""
        config = self._config
        version, login = self._retry.run(self._log_in, self.cancel, budget_seconds=MAX_CONNECT_RETRY_SECONDS)
        user = self._read_user(login)
        self._warn_about_settings(login, user)
        context = self._odoo_context() | ({"allowed_company_ids": list(user.company_ids)} if user.company_ids else {})
        caller = ModelClient(
            login.transport,
            replace(self._call_context, stage=Stage.RUN, masked_models=config.masked_models),
            self._throttle,
            self._retry,
            context,
        )
        access_parts = "\n".join((self._session.url, config.database, str(login.user_id), str(user.company_ids)))
        server = ServerInfo(
            version=version.text,
            protocol=login.transport.title,
            user_id=login.user_id,
            company_ids=user.company_ids,
            access_fingerprint=hashlib.sha256(access_parts.encode()).hexdigest()[:32],
        )
        return Connection(server, version, caller, self._session, self.thread_pool, self.cancel, self._notices, config)

    def abandon(self) -> None:
        """Close all that was opened so far."""
        self.cancel.request("the connection to Odoo was closed")
        self._session.close()
        self.thread_pool.close()

    def _log_in(self) -> tuple[ServerVersion, Login]:
        make_slot = partial(self._throttle.slot, self.cancel)
        with translate_errors(self._call_context):
            version = probe_version(self._session, self._call_context, make_slot)
            return version, log_in(self._session, self._config, version, self._call_context, make_slot)

    def _read_user(self, login: Login) -> _User:
        """Read the user's own record; every Odoo user but a portal user may read it."""
        caller = ModelClient(login.transport, self._call_context, self._throttle, self._retry, self._odoo_context())
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
        login = sanitize(rows[0].get("login"), MAX_LOGIN_LENGTH)
        try:
            return _User(login, decode_ids(rows[0].get("company_ids")))
        except ValueError as error:
            raise OdooContractError(f"Odoo's company_ids of the user cannot be read: {error}.") from None

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
        if address.scheme == "http" and not is_loopback(address.hostname or ""):
            self._notices.add(Notice("odoo_insecure", f"The key travels to {config.url} unencrypted.", "Use https."))
        if address.scheme == "https" and not config.verify_tls:
            self._notices.add(
                Notice(
                    "odoo_insecure",
                    f"The certificate of {config.url} is not checked.",
                    "Set odoo.ca_file instead of switching odoo.verify_tls off.",
                )
            )
