"""Checks of the connection to MongoDB and of every operation that a sync needs there."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime

from odoo_sync_tui.core.diagnosis import Seen, Step, doubtful, fine, untold, wrong
from odoo_sync_tui.core.errors import ConfigurationError, StoreError
from odoo_sync_tui.store.config import MongoConfig
from odoo_sync_tui.store.database import Opened, open_database
from odoo_sync_tui.store.embedded_home import open_home
from odoo_sync_tui.store.errors import address_of
from odoo_sync_tui.store.indexes import INDEXES, Index
from odoo_sync_tui.store.integrations import Integrations
from odoo_sync_tui.store.part import Part, translated
from odoo_sync_tui.store.values import as_datetime, now

LIMIT_SECONDS = 10.0
"""Time limit of one operation of the examination."""
COLLECTION = "sync_doctor"
"""Collection that the probe document is written to and removed from."""
OLDEST_TRIED = 6
"""The oldest major version of the server that this program is tested with."""
LITTLE_BYTES = 2 * 1024**3
TOO_LITTLE_BYTES = 256 * 1024**2

ROOM_HINT = "Make room there: MongoDB stops writing, or stops altogether, when its disk is full."


class StoreDoctor:
    """Checks of one MongoDB. Made for one use; :meth:`close` it.

    Args:
        config: returns the configuration, or raises ConfigurationError.
    """

    def __init__(self, config: Callable[[], MongoConfig]) -> None:
        self._load_config = config
        self._config: MongoConfig | None = None
        self._connection: Opened | None = None
        self.ahead: float | None = None
        """Seconds by which the server's clock is ahead of ours; ``None`` while unknown."""

    def steps(self) -> list[Step]:
        """Return all steps, in their order."""
        return [
            Step("mongodb.settings", self._check_settings, needed=True),
            Step("mongodb.directory", self._check_directory, needed=True),
            Step("mongodb.connection", self._check_connection, needed=True),
            Step("mongodb.version", self._check_version),
            Step("mongodb.topology", self._check_topology),
            Step("mongodb.write", lambda: self._probe().write()),
            Step("mongodb.indexes", lambda: self._probe().indexes()),
            Step("mongodb.disk", self._check_disk),
            Step("mongodb.clock", self._check_clock),
        ]

    def stored_config(self) -> Mapping[str, str] | None:
        """Read ``integrations.config``, which ranks below the settings; ``None`` without it or without a connection.

        Raises:
            StoreError: the integration cannot be read.
        """
        if self._connection is None:
            return None
        return Integrations(self._connection.database, self._connection.errors).config()

    def close(self) -> None:
        """Close the connection. May be called any number of times."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _require_config(self) -> MongoConfig:
        if self._config is None:
            raise StoreError("The settings of MongoDB are not known.")
        return self._config

    def _require_connection(self) -> Opened:
        if self._connection is None:
            raise StoreError("There is no connection to MongoDB.")
        return self._connection

    def _probe(self) -> _Probe:
        connection = self._require_connection()
        return _Probe(connection.database, connection.errors)

    def _check_settings(self) -> Seen:
        config = self._load_config()
        self._config = replace(config, timeout_seconds=min(config.timeout_seconds, LIMIT_SECONDS))
        where = "The embedded MongoDB" if config.embedded else address_of(config.uri.get_secret_value())
        return fine(f"{where}, database {config.database}.")

    def _check_directory(self) -> Seen:
        config = self._require_config()
        if not config.embedded:
            return untold("The data are kept by a server of your own.")
        directory = open_home(config.data_dir)
        return _check_free_space(
            f"{directory.root} is yours alone (mode 0700);", shutil.disk_usage(directory.root).free
        )

    def _check_connection(self) -> Seen:
        self._connection = open_database(self._require_config())
        return fine(f"MongoDB {self._connection.info.version} answers.")

    def _check_version(self) -> Seen:
        version = self._require_connection().info.version
        major = version.partition(".")[0]
        if not major.isdigit() or int(major) < OLDEST_TRIED:
            return doubtful(f"MongoDB {version}.", f"This program is tested with MongoDB {OLDEST_TRIED} and later.")
        return fine(f"MongoDB {version}.")

    def _check_topology(self) -> Seen:
        info = self._require_connection().info
        if not info.primary:
            return wrong(
                "The member that answers is not the primary of its replica set.",
                "Name all members in mongo.uri and leave directConnection out, or wait until a primary is elected.",
                passing=True,
            )
        if info.topology == "standalone":
            return doubtful(
                "A standalone server: what was acknowledged just before a power cut may be lost.",
                "Make it a replica set (one member is enough).",
            )
        return fine(f"A {info.topology}, and this is its primary." if info.topology == "replica set" else "Sharded.")

    def _check_disk(self) -> Seen:
        if self._require_config().embedded:
            return untold("See mongodb.directory.")
        try:
            free = self._probe().free_bytes()
        except ConfigurationError:  # a user that may read and write need not have this right
            return untold("The MongoDB user may not ask for it.")
        return untold("This server does not tell.") if free is None else _check_free_space("The server's disk:", free)

    def _check_clock(self) -> Seen:
        self.ahead = self._probe().clock_offset()
        if self.ahead is None:
            return untold("This server does not tell its time.")
        return fine("The server tells its time; see clocks.")


class _Probe(Part):
    """Operations of the examination on the database."""

    @translated("writing a probe document")
    def write(self) -> Seen:
        """Write a document, read it back, remove it."""
        collection, key = self._database[COLLECTION], uuid.uuid4().hex
        collection.insert_one({"_id": key, "at": now()})
        found = collection.find_one({"_id": key})
        collection.delete_one({"_id": key})
        if found is None:
            return wrong("A document that was just written cannot be read.", "Look at the server's log.")
        return fine(f"A document was written to {COLLECTION}, read and removed.")

    @translated("reading the indexes")
    def indexes(self) -> Seen:
        """Compare the indexes with the declared ones, without making any."""
        missing: list[Index] = []
        for index in INDEXES:
            existing = [dict(each) for each in self._database[index.collection].list_indexes()]
            if not any(index.same_as(each) for each in existing):
                missing.append(index)
        if not missing:
            return fine(f"All {len(INDEXES)} indexes are there.")
        names = ", ".join(f"{index.collection}.{index.name}" for index in missing)
        return doubtful(
            f"{len(missing)} of {len(INDEXES)} indexes are not there, or defined otherwise: {names}.",
            "Any other command of this program makes those that are missing, and tells what stands in the way.",
        )

    @translated("asking for the disk space")
    def free_bytes(self) -> int | None:
        """Return the free space on the disk of the server; ``None`` where the answer lacks it.

        https://www.mongodb.com/docs/manual/reference/command/dbStats/: ``fsTotalSize`` and ``fsUsedSize``, in bytes.
        """
        stats = self._database.command("dbStats")
        total, used = stats.get("fsTotalSize"), stats.get("fsUsedSize")
        return int(total - used) if isinstance(total, int | float) and isinstance(used, int | float) else None

    @translated("asking for the time")
    def clock_offset(self) -> float | None:
        """Return the seconds by which the server's clock is ahead of ours."""
        before = datetime.now(UTC)
        answer = self._database.command("hello")
        after = datetime.now(UTC)
        server = as_datetime(answer.get("localTime"))
        return None if server is None else (server - (before + (after - before) / 2)).total_seconds()


def _check_free_space(where: str, free: int) -> Seen:
    message = f"{where} {free / 1024**3:.1f} GB free."
    if free < TOO_LITTLE_BYTES:
        return wrong(message, ROOM_HINT)
    if free < LITTLE_BYTES:
        return doubtful(message, ROOM_HINT)
    return fine(message)
