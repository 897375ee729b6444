"""Replica set of the embedded mongod, configured over its socket.

A replica set of one member gives transactions and change streams. The member's host is the socket's path, so a data
directory that was moved needs its configuration rewritten.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import cast
from urllib.parse import quote_plus

from pymongo import MongoClient
from pymongo.errors import ConnectionFailure, OperationFailure, PyMongoError, ServerSelectionTimeoutError

from odoo_sync_tui.core.text.redaction import shorten
from odoo_sync_tui.store.embedded.errors import EmbeddedMongoError
from odoo_sync_tui.store.embedded.process import REPLICA_SET

_PRIMARY_SECONDS = 60.0
_CALL_MS = 10_000
_CHECK_MS = 2_000
_POLL_SECONDS = 0.02

_Client = MongoClient[dict[str, object]]


def socket_uri(socket: Path) -> str:
    """Return the connection string for a mongod on this socket."""
    return f"mongodb://{quote_plus(str(socket))}/?directConnection=true"


def _client(socket: Path, milliseconds: int = _CALL_MS) -> _Client:
    return MongoClient(socket_uri(socket), serverSelectionTimeoutMS=milliseconds, socketTimeoutMS=milliseconds)


def command_line(socket: Path) -> tuple[str, ...]:
    """Read the command line of the mongod on the socket; empty when none answers."""
    with _client(socket, _CHECK_MS) as client:
        try:
            answer = client.admin.command("getCmdLineOpts")
        except PyMongoError:
            return ()
    return tuple(cast("list[str]", answer["argv"]))


def reopen_log(socket: Path) -> None:
    """Make the mongod open its log file anew after a rename.

    Raises:
        EmbeddedMongoError: the mongod does not answer.
    """
    with _client(socket) as client:
        try:
            client.admin.command({"logRotate": "server"})
        except PyMongoError as error:
            raise _not_ready_error(socket, error) from error


def make_primary(socket: Path) -> None:
    """Make the mongod the primary of its own replica set, and wait for the election.

    Raises:
        EmbeddedMongoError: the mongod does not become primary.
    """
    until = time.monotonic() + _PRIMARY_SECONDS
    failure: PyMongoError | None = None
    with _client(socket) as client:
        while time.monotonic() < until:
            try:
                if client.admin.command("hello").get("isWritablePrimary"):
                    return
                _configure(client, str(socket))
            except ServerSelectionTimeoutError as error:
                raise _not_ready_error(socket, error) from error
            except (OperationFailure, ConnectionFailure) as error:
                failure = error  # it loads its configuration, or dropped its connections when its role changed
            except PyMongoError as error:
                raise _not_ready_error(socket, error) from error
            time.sleep(_POLL_SECONDS)
    raise _not_ready_error(socket, failure)


def read_versions(socket: Path) -> tuple[str, str]:
    """Read the version of the mongod, and the feature compatibility version of its data.

    Raises:
        EmbeddedMongoError: the mongod does not answer.
    """
    with _client(socket) as client:
        try:
            server = str(client.server_info()["version"])
            answer = client.admin.command({"getParameter": 1, "featureCompatibilityVersion": 1})
        except PyMongoError as error:
            raise _not_ready_error(socket, error) from error
    return server, str(cast("dict[str, object]", answer["featureCompatibilityVersion"])["version"])


def _configure(client: _Client, member: str) -> None:
    members = [{"_id": 0, "host": member}]
    stored = client.get_database("local").get_collection("system.replset").find_one()
    if stored is None:
        client.admin.command({"replSetInitiate": {"_id": REPLICA_SET, "members": members}})
    elif _host(stored) != member:
        version = stored["version"]
        later = version + 1 if isinstance(version, int) else 1
        config = {"_id": REPLICA_SET, "version": later, "members": members}
        client.admin.command({"replSetReconfig": config, "force": True})


def _host(config: dict[str, object]) -> object:
    members = cast("list[dict[str, object]]", config["members"])
    return members[0]["host"] if len(members) == 1 else None


def _not_ready_error(socket: Path, error: PyMongoError | None) -> EmbeddedMongoError:
    reason = f": {shorten(str(error), 200)}" if error else ""
    return EmbeddedMongoError(
        f"The embedded MongoDB on {socket} runs but does not get ready{reason}.",
        "Try again; if it stays so, name an empty directory in mongo.data_dir.",
    )
