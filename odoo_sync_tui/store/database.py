"""Facade over the whole store: opened once per process, shared by all its threads."""

from __future__ import annotations

import logging
import socket
import ssl
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from types import TracebackType
from typing import Any

from pymongo import MongoClient, ReadPreference, WriteConcern
from pymongo.database import Database
from pymongo.errors import (
    ConfigurationError as DriverConfigurationError,
)
from pymongo.errors import (
    InvalidName,
    InvalidURI,
    PyMongoError,
)

from odoo_sync_tui.core.errors import ConfigurationError
from odoo_sync_tui.core.reports.overview import StoreInfo
from odoo_sync_tui.store.audit.log import AuditLog
from odoo_sync_tui.store.backup import Backups
from odoo_sync_tui.store.change_log.arrivals import ChangeArrivals
from odoo_sync_tui.store.change_log.consumers import Consumers
from odoo_sync_tui.store.change_log.mover import ChangeLog
from odoo_sync_tui.store.change_log.past import PastDocuments
from odoo_sync_tui.store.change_log.reader import ChangeReader
from odoo_sync_tui.store.config import MongoConfig
from odoo_sync_tui.store.documents.browse import DocumentBrowser
from odoo_sync_tui.store.documents.document_store import Documents
from odoo_sync_tui.store.documents.names import Names
from odoo_sync_tui.store.documents.quarantine import Quarantine
from odoo_sync_tui.store.documents.snapshot import Totals
from odoo_sync_tui.store.driver.connection_errors import address_error
from odoo_sync_tui.store.driver.errors import DATABASE_NAME_HINT, ErrorTranslator, server_address, shorten
from odoo_sync_tui.store.driver.repository import Fields
from odoo_sync_tui.store.driver.values import CODEC_OPTIONS
from odoo_sync_tui.store.driver.watch import ServerWatch
from odoo_sync_tui.store.embedded.server import open_embedded
from odoo_sync_tui.store.indexes import Indexes
from odoo_sync_tui.store.runs.erasures import Erasures
from odoo_sync_tui.store.runs.evidence import Evidence
from odoo_sync_tui.store.runs.integrations import Integrations
from odoo_sync_tui.store.runs.leases import Leases
from odoo_sync_tui.store.runs.left_over import LeftOver
from odoo_sync_tui.store.runs.masks import StoredMasks
from odoo_sync_tui.store.runs.pauses import Pauses
from odoo_sync_tui.store.runs.run_records import Runs

LOG = logging.getLogger(__name__)

APPLICATION_NAME = "odoo-sync-tui"
"""Name of our connections in the server's logs and ``currentOp``."""

UNKNOWN_SERVER = StoreInfo(version="unknown", topology="standalone", database="")


class Store:
    """All collections in MongoDB. A context manager; :meth:`close` may be called twice.

    Every error of the driver leaves the store as :class:`StoreUnavailable`, :class:`StoreError` or
    :class:`ConfigurationError`, with a message for the operator.

    Attributes:
        info: the server at the time of opening.
        watch: tells when MongoDB gets lost and comes back.
        read_certificate_end: reads when the certificate of MongoDB ends; ``None`` where that is unknown.
    """

    def __init__(
        self,
        database: Database[Fields],
        errors: ErrorTranslator,
        info: StoreInfo,
        watch: ServerWatch | None = None,
        close: Callable[[], None] = lambda: None,
        read_certificate_end: Callable[[], datetime | None] = lambda: None,
        config: MongoConfig | None = None,
    ) -> None:
        self._database = database
        self._config = config
        self.info = info
        self.read_certificate_end = read_certificate_end
        self.watch = watch or ServerWatch()
        self.indexes = Indexes(database, errors)
        self.documents = Documents(database, errors)
        self.browser = DocumentBrowser(database, errors)
        self.integrations = Integrations(database, errors)
        self.leases = Leases(database, errors)
        self.runs = Runs(database, errors, self.leases)
        self.audit = AuditLog(database, errors)
        self.quarantine = Quarantine(database, errors)
        self.backups = Backups(database, errors)
        self.left_over = LeftOver(database, errors)
        self.erasures = Erasures(database, errors)
        self.pauses = Pauses(database, errors)
        self.evidence = Evidence(database, errors)
        self.totals = Totals(database, errors)
        self.names = Names(database, errors)
        self.masks = StoredMasks(database, errors)
        self.change_log = ChangeLog(database, errors)
        self.changes = ChangeReader(database, errors)
        self.consumers = Consumers(database, errors)
        self.past = PastDocuments(database, errors)
        has_streams = info.topology != "standalone"
        self.open_arrivals = lambda: ChangeArrivals(database, errors, has_change_streams=has_streams)
        self._close = close

    @classmethod
    def from_database(cls, database: Database[Fields], info: StoreInfo = UNKNOWN_SERVER) -> Store:
        """Build a store on a database that the caller opens and closes: no indexes made, no options set."""
        return cls(database, ErrorTranslator(), info)

    def open_beside(self, config: MongoConfig) -> DatabaseConnection | None:
        """Open another database of the same server, over the connections of this store, which alone closes them.

        ``None``: it is on another server, or nobody knows.

        Raises:
            ConfigurationError: no database can have this name.
        """
        if self._config is None or not self._config.is_same_server(config):
            return None
        name = config.database
        database, info = _database(self._database.client, name), replace(self.info, database=name)
        return DatabaseConnection(
            database, self.documents.errors, info, self.watch, self.read_certificate_end, lambda: None
        )

    def close(self) -> None:
        """Close the connections, and stop the embedded MongoDB if nobody else uses it."""
        self._close()

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


@dataclass(frozen=True, slots=True)
class DatabaseConnection:
    """A connection, before anything is made in the database. Call ``close`` once."""

    database: Database[Fields]
    errors: ErrorTranslator
    info: StoreInfo
    watch: ServerWatch
    read_certificate_end: Callable[[], datetime | None]
    close: Callable[[], None]


def open_database(config: MongoConfig) -> DatabaseConnection:
    """Connect, and read the kind of the server.

    Raises:
        ConfigurationError: the address, the login or the rights have to be set right first.
        StoreUnavailable: MongoDB cannot be reached now.
    """
    with ExitStack() as stack:
        uri, errors = config.uri.get_secret_value(), ErrorTranslator(server_address(config.uri.get_secret_value()))
        if config.is_embedded:
            mongod = open_embedded(config.data_dir, config.mongod)
            stack.callback(mongod.close)
            uri, errors = mongod.uri, ErrorTranslator("The embedded MongoDB", mongod.exit_message)
        client = _connect(uri, config.timeout_seconds)
        stack.callback(client.close)
        database = _database(client, config.database)
        info = _read_server_info(client, uri, config, errors)
        watch = ServerWatch(lambda: _sees_writable(client), errors.address, config.timeout_seconds)
        read_end = partial(_read_certificate_end, client, config.timeout_seconds)
        return DatabaseConnection(database, errors, info, watch, read_end, stack.pop_all().close)


def open_store(config: MongoConfig) -> Store:
    """Connect, and read the kind of the server. Nothing is written: who only reads needs no other right.

    Raises:
        ConfigurationError: the address or the login has to be set right first.
        StoreUnavailable: MongoDB cannot be reached now.
    """
    connection = open_database(config)
    parts = connection.database, connection.errors, connection.info, connection.watch, connection.close
    return Store(*parts, connection.read_certificate_end, config)


def _connect(uri: str, timeout_seconds: float) -> MongoClient[Fields]:
    limit = round(timeout_seconds * 1000)
    try:
        return MongoClient(
            uri,
            appname=APPLICATION_NAME,
            tz_aware=True,
            timeoutMS=limit,
            serverSelectionTimeoutMS=limit,
            connectTimeoutMS=limit,
        )
    except (DriverConfigurationError, InvalidURI, ValueError, OSError) as error:  # OSError: files for TLS
        raise address_error(error, uri) from error


def _sees_writable(client: MongoClient[Fields]) -> bool:
    return client.topology_description.has_writable_server()


def _database(client: MongoClient[Fields], name: str) -> Database[Fields]:
    """Return the database, read from the primary and written to a majority whatever the address asks for.

    A lease, a cursor or a hash that is read from a lagging member, or lost in a change of primary, would cost records.
    """
    try:
        return client.get_database(
            name,
            codec_options=CODEC_OPTIONS,
            read_preference=ReadPreference.PRIMARY,
            write_concern=WriteConcern(w="majority"),
        )
    except InvalidName as error:
        raise ConfigurationError(
            f"The database name in mongo.database cannot be used: {shorten(error)}.",
            DATABASE_NAME_HINT,
        ) from error


def _read_server_info(client: MongoClient[Fields], uri: str, config: MongoConfig, errors: ErrorTranslator) -> StoreInfo:
    try:
        hello: Mapping[str, Any] = client.admin.command("hello")
        version = str(client.server_info()["version"])
    except PyMongoError as error:
        raise errors.translate_connect_error(error, uri) from error
    return StoreInfo(
        version=version,
        topology=_topology(hello),
        database=config.database,
        embedded=config.is_embedded,
        primary=bool(hello.get("isWritablePrimary")),
    )


def _read_certificate_end(client: MongoClient[Fields], timeout_seconds: float) -> datetime | None:
    """Read when the certificate of a server of MongoDB ends; ``None``: unknown, or it speaks no TLS.

    The driver shows no certificate, so a connection is opened as it does, over its own TLS (pymongo 4.20).
    """
    context = getattr(client.options.pool_options, "_ssl_context", None)
    node = next(iter(sorted(client.nodes)), None)
    if not isinstance(context, ssl.SSLContext) or node is None:
        return None
    try:
        with (
            socket.create_connection(node, timeout_seconds) as connected,
            context.wrap_socket(connected, server_hostname=node[0]) as encrypted,
        ):
            certificate = encrypted.getpeercert() or {}
    except OSError as error:  # the driver has a connection, or will say what hinders it
        LOG.info("The certificate of MongoDB could not be read: %s", error)
        return None
    end = certificate.get("notAfter")
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(str(end)), UTC) if end else None


def _topology(hello: Mapping[str, Any]) -> str:
    """Return the kind of the server (https://www.mongodb.com/docs/manual/reference/command/hello/)."""
    if hello.get("msg") == "isdbgrid":
        return "sharded"
    return "replica set" if hello.get("setName") else "standalone"
