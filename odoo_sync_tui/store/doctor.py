"""Checks of the connection to MongoDB and of every operation that a sync needs there."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime

from odoo_sync_tui.core.cursor import Cursor
from odoo_sync_tui.core.errors import ConfigurationError, StoreError
from odoo_sync_tui.core.reports.diagnosis import CheckResult, Step, failure, ok, skipped, warning
from odoo_sync_tui.core.run import INTEGRATION, OdooSource
from odoo_sync_tui.core.text.coerce import as_datetime, as_int, as_mapping
from odoo_sync_tui.core.text.format import format_number
from odoo_sync_tui.core.text.sanitize import sanitize
from odoo_sync_tui.core.text.times import format_local_time
from odoo_sync_tui.store.backup import Backups
from odoo_sync_tui.store.config import Exposure, MongoConfig
from odoo_sync_tui.store.database import DatabaseConnection, Store, open_database
from odoo_sync_tui.store.driver.errors import server_address
from odoo_sync_tui.store.driver.repository import Repository, translate_driver_errors
from odoo_sync_tui.store.driver.values import utc_now
from odoo_sync_tui.store.embedded.directory import open_data_directory
from odoo_sync_tui.store.indexes import INDEXES, Index
from odoo_sync_tui.store.runs.integrations import Integrations
from odoo_sync_tui.store.runs.leases import Leases
from odoo_sync_tui.store.runs.run_records import Runs

MAX_OPERATION_SECONDS = 10.0
"""Time limit of one operation of the examination."""
COLLECTION = "sync_doctor"
"""Collection that the probe document is written to and removed from."""
MIN_TESTED_VERSION = 6
"""The oldest major version of the server that this program is tested with."""
END_OF_LIFE = {6: "July 2025"}
"""Major versions without further releases, by the month of the last: https://www.mongodb.com/legal/support-policy."""
LOW_DISK_BYTES = 2 * 1024**3
MIN_DISK_BYTES = 256 * 1024**2

LAKE_FILES = 53
"""Files of one lake after its first sync: one for each collection and each index."""
MAX_SHARE_OF_FILES = 0.8
"""Share of the files that mongod may open which lakes may need: connections take some too."""

DISK_SPACE_HINT = "Make room there: MongoDB stops writing, or stops altogether, when its disk is full."


class StoreDoctor:
    """Checks of one MongoDB. Made for one use; :meth:`close` it.

    Args:
        load_config: returns the configuration, or raises ConfigurationError.
        is_read_only: whether the settings say that nothing is written.
    """

    def __init__(self, load_config: Callable[[], MongoConfig], is_read_only: Callable[[], bool]) -> None:
        self._load_config = load_config
        self._is_read_only = is_read_only
        self._config: MongoConfig | None = None
        self._connection: DatabaseConnection | None = None
        self.clock_offset: float | None = None
        """Seconds by which the server's clock is ahead of ours; ``None`` while unknown."""

    def steps(self) -> list[Step]:
        """Return all steps, in their order."""
        return [
            Step("mongodb.settings", self._check_settings, required=True),
            Step("mongodb.directory", self._check_directory, required=True),
            Step("mongodb.tls", self._check_encryption),
            Step("mongodb.connection", self._check_connection, required=True),
            Step("mongodb.version", self._check_version),
            Step("mongodb.topology", self._check_topology),
            Step("mongodb.write", self._check_write),
            Step("mongodb.indexes", lambda: self._probe().indexes()),
            Step("mongodb.lease", self._check_lease),
            Step("mongodb.disk", self._check_disk),
            Step("mongodb.clock", self._check_clock),
        ]

    def stored_config(self) -> Mapping[str, str] | None:
        """Read ``integrations.config``, which ranks below the settings; ``None`` without it or without a connection.

        Raises:
            StoreError: the integration cannot be read.
        """
        return None if self._connection is None else self._integrations().config()

    def stored_source(self) -> OdooSource | None:
        """Read which Odoo the records of the store are from; ``None`` while unknown or without a connection.

        Raises:
            StoreError: the integration cannot be read.
        """
        return None if self._connection is None else self._integrations().source()

    def stored_cursors(self) -> Mapping[str, Cursor]:
        """Read the cursors by entity id; none without a connection.

        Raises:
            StoreError: the integration cannot be read.
        """
        return {} if self._connection is None else self._integrations().cursors()

    def make_store(self) -> Store | None:
        """Make a store of the open connection, which :meth:`close` closes; ``None`` without one."""
        connection = self._connection
        return connection and Store(connection.database, connection.errors, connection.info, config=self._config)

    def check_open_files(self, lakes: int) -> CheckResult:
        """Check whether mongod may open the files of so many lakes at once: it ends when it gets no more."""
        if self._connection is None:
            return skipped("MongoDB was not reached.")
        if self._connection.info.topology == "sharded":
            return skipped("Each shard has a limit of its own.")
        try:
            limit, opened = self._probe().open_files()
        except ConfigurationError:  # a user that may read and write need not have this right
            return skipped("The MongoDB user may not ask how many files the server may open.")
        if limit is None:
            return skipped("This server does not tell how many files it may open.")
        need = lakes * LAKE_FILES
        summary = (
            f"mongod may open {format_number(limit)} files; {lakes} sources need {format_number(need)}"
            f" ({LAKE_FILES} each), and {format_number(opened)} are open now."
        )
        if need <= limit * MAX_SHARE_OF_FILES:
            return ok(summary)
        return warning(
            summary,
            "mongod ends when it gets no more. Let it open at least 64,000 (ulimit -n 64000, in systemd"
            " LimitNOFILE=64000), or put fewer sources on one server: each may have a mongo.uri of its own.",
        )

    def close(self) -> None:
        """Close the connection. May be called any number of times."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _integrations(self) -> Integrations:
        connection = self._require_connection()
        return Integrations(connection.database, connection.errors)

    def _require_config(self) -> MongoConfig:
        if self._config is None:
            raise StoreError("The settings of MongoDB are not known.")
        return self._config

    def _require_connection(self) -> DatabaseConnection:
        if self._connection is None:
            raise StoreError("There is no connection to MongoDB.")
        return self._connection

    def _probe(self) -> _Probe:
        connection = self._require_connection()
        return _Probe(connection.database, connection.errors)

    def _check_settings(self) -> CheckResult:
        config = self._load_config()
        self._config = replace(config, timeout_seconds=min(config.timeout_seconds, MAX_OPERATION_SECONDS))
        where = "The embedded MongoDB" if config.is_embedded else server_address(config.uri.get_secret_value())
        return ok(f"{where}, database {config.database}.")

    def _check_directory(self) -> CheckResult:
        config = self._require_config()
        if not config.is_embedded:
            return skipped("The data are kept by a server of your own.")
        directory = open_data_directory(config.data_dir)
        return _check_free_space(
            f"{directory.root} is yours alone (mode 0700);", shutil.disk_usage(directory.root).free
        )

    def _check_encryption(self) -> CheckResult:
        match self._require_config().exposure:
            case Exposure.NO_TLS:
                return warning(
                    "No TLS: login and records travel unencrypted.",
                    "Let the server offer TLS and add tls=true to mongo.uri, with tlsCAFile for an authority of yours.",
                )
            case Exposure.UNCHECKED:
                return warning(
                    "TLS, but the server's certificate is not checked: anybody on the way can answer in its place.",
                    "Remove tlsInsecure and tlsAllowInvalid… from mongo.uri; tlsCAFile names an authority of yours.",
                )
            case None:
                return ok("No password of mongo.uri travels unencrypted.")

    def _check_connection(self) -> CheckResult:
        self._connection = open_database(self._require_config())
        return ok(f"MongoDB {self._connection.info.version} answers.")

    def _check_version(self) -> CheckResult:
        info = self._require_connection().info
        version = info.version
        major = version.partition(".")[0]
        if not major.isdigit() or int(major) < MIN_TESTED_VERSION:
            return warning(
                f"MongoDB {version}.", f"This program is tested with MongoDB {MIN_TESTED_VERSION} and later."
            )
        if info.embedded and int(major) in END_OF_LIFE:
            return warning(
                f"MongoDB {version}, of which nothing is mended since {END_OF_LIFE[int(major)]}.",
                "Name the mongod of a newer MongoDB in mongo.mongod, or a server of yours in mongo.uri; what is stored"
                " goes there by: odoo-sync-tui store backup.",
            )
        return ok(f"MongoDB {version}.")

    def _check_topology(self) -> CheckResult:
        info = self._require_connection().info
        if not info.primary:
            return failure(
                "The member that answers is not the primary of its replica set.",
                "Name all members in mongo.uri and leave directConnection out, or wait until a primary is elected.",
                transient=True,
            )
        if info.topology == "standalone":
            return warning(
                "A standalone server: what was acknowledged just before a power cut may be lost.",
                "Make it a replica set (one member is enough).",
            )
        return ok(f"A {info.topology}, and this is its primary." if info.topology == "replica set" else "Sharded.")

    def _check_write(self) -> CheckResult:
        if self._is_read_only():
            return skipped("The settings say read_only.")
        return self._probe().write()

    def _check_lease(self) -> CheckResult:
        """Look for what no run writes there. The documents are left to those who ask: they have no index of fences."""
        connection = self._require_connection()
        if file := Backups(connection.database, connection.errors).find_unfinished():
            return failure(
                f"The store is not whole: its restore from {sanitize(file)} was cut off.",
                "Restore it again: odoo-sync-tui store restore FILE --replace",
            )
        leases = Leases(connection.database, connection.errors)
        lease = leases.state(INTEGRATION)
        silent_since = lease and Runs(connection.database, connection.errors, leases).find_silence(lease)
        odd = leases.find_odd_fields(INTEGRATION) + self._integrations().find_odd_fields()
        if odd:
            return warning(
                f"Another program has changed {', '.join(odd)}.",
                "The next sync writes it anew. If that sync finds a newer run where there is none:"
                " odoo-sync-tui lease free.",
            )
        if lease is None or not lease.live:
            return ok("Nobody holds it.")
        holder = sanitize(f"{lease.operator} on {lease.host}")
        if silent_since:
            return warning(
                f"{holder} holds it, without a sign of life since {format_local_time(silent_since)}.",
                "If you know that this run will not come back: odoo-sync-tui lease free.",
            )
        return ok(f"{holder} holds it.")

    def _check_disk(self) -> CheckResult:
        if self._require_config().is_embedded:
            return skipped("See mongodb.directory.")
        try:
            free = self._probe().free_bytes()
        except ConfigurationError:  # a user that may read and write need not have this right
            return skipped("The MongoDB user may not ask for it.")
        return skipped("This server does not tell.") if free is None else _check_free_space("The server's disk:", free)

    def _check_clock(self) -> CheckResult:
        self.clock_offset = self._probe().clock_offset()
        if self.clock_offset is None:
            return skipped("This server does not tell its time.")
        return ok("The server tells its time; see clocks.")


class _Probe(Repository):
    """Operations of the examination on the database."""

    @translate_driver_errors("writing a probe document")
    def write(self) -> CheckResult:
        """Write a document, read it back, remove it."""
        collection, key = self._database[COLLECTION], uuid.uuid4().hex
        collection.insert_one({"_id": key, "at": utc_now()})
        found = collection.find_one({"_id": key})
        collection.delete_one({"_id": key})
        if found is None:
            return failure("A document that was just written cannot be read.", "Look at the server's log.")
        return ok(f"A document was written to {COLLECTION}, read and removed.")

    @translate_driver_errors("reading the indexes")
    def indexes(self) -> CheckResult:
        """Compare the indexes with the declared ones, without making any."""
        missing: list[Index] = []
        for index in INDEXES:
            existing = [dict(each) for each in self._database[index.collection].list_indexes()]
            if not any(index.is_equivalent_to(each) for each in existing):
                missing.append(index)
        if not missing:
            return ok(f"All {len(INDEXES)} indexes are there.")
        names = ", ".join(f"{index.collection}.{index.name}" for index in missing)
        return warning(
            f"{len(missing)} of {len(INDEXES)} indexes are not there, or defined otherwise: {names}.",
            "The next sync makes those that are missing, and tells what stands in the way.",
        )

    @translate_driver_errors("asking for the disk space")
    def free_bytes(self) -> int | None:
        """Return the free space on the disk of the server; ``None`` where the answer lacks it.

        Of a database that does not exist yet, the server tells that its disk has no bytes at all.

        https://www.mongodb.com/docs/manual/reference/command/dbStats/: ``fsTotalSize`` and ``fsUsedSize``, in bytes.
        """
        stats = self._database.command("dbStats")
        total, used = stats.get("fsTotalSize"), stats.get("fsUsedSize")
        if not isinstance(total, int | float) or not isinstance(used, int | float) or total <= 0:
            return None
        return int(total - used)

    @translate_driver_errors("asking for the open files")
    def open_files(self) -> tuple[int | None, int]:
        """Return how many files the server may open (``None``: it does not tell), and how many data files are open."""
        admin = self._database.client.admin
        extra = as_mapping(admin.command("hostInfo").get("extra"))
        limit = as_int(as_mapping(extra.get("extra", extra)).get("maxOpenFiles"))  # 6.0 tells it one level deeper
        engine = as_mapping(admin.command("serverStatus").get("wiredTiger"))
        return limit or None, as_int(as_mapping(engine.get("connection")).get("files currently open"))

    @translate_driver_errors("asking for the time")
    def clock_offset(self) -> float | None:
        """Return the seconds by which the server's clock is ahead of ours."""
        before = datetime.now(UTC)
        answer = self._database.command("hello")
        after = datetime.now(UTC)
        server = as_datetime(answer.get("localTime"))
        return None if server is None else (server - (before + (after - before) / 2)).total_seconds()


def _check_free_space(where: str, free: int) -> CheckResult:
    message = f"{where} {free / 1024**3:.1f} GB free."
    if free < MIN_DISK_BYTES:
        return failure(message, DISK_SPACE_HINT)
    if free < LOW_DISK_BYTES:
        return warning(message, DISK_SPACE_HINT)
    return ok(message)
