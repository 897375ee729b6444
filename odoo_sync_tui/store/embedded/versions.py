"""Which version of MongoDB can open which data files: known before a server touches them.

The data keep a feature compatibility version of their own, which only a server can read. So it is written down beside
them after each start. Data without that note are those of the version that the package has always had.

https://www.mongodb.com/docs/manual/reference/command/setFeatureCompatibilityVersion/
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from odoo_sync_tui.runtime.files import write_atomically
from odoo_sync_tui.store.embedded.directory import DataDirectory
from odoo_sync_tui.store.embedded.errors import OWN_SERVER_HINT, EmbeddedMongoError

VERSION_SECONDS = 20.0
_VERSION = re.compile(r"version v?(\d+\.\d+\.\d+\S*)")
_BACKUP = "odoo-sync-tui store backup FILE"
_RESTORE = "odoo-sync-tui store restore FILE"


class DataVersion(NamedTuple):
    """Version of the server that opened the data last, and their feature compatibility version ("6.0")."""

    server: str
    feature: str


FIRST_VERSION = DataVersion("6.0", "6.0")
"""Version of data without a note."""


def read_server_version(binary: Path, libraries: Mapping[str, str]) -> str:
    """Ask a mongod for its version, such as "7.0.14".

    Args:
        binary: the mongod.
        libraries: the variables that make its libraries found.

    Raises:
        EmbeddedMongoError: it does not run, or answers something else.
    """
    try:
        answer = subprocess.run(  # noqa: S603  (the mongod that is about to be started)
            [binary, "--version"],
            env={"LC_ALL": "C", **libraries},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=VERSION_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""  # the start meets the same error and tells it
    found = _VERSION.search(answer.stdout)
    return found[1] if found else ""


def read_data_version(directory: DataDirectory) -> DataVersion | None:
    """Read the version of the data in a directory; ``None`` where there are none yet."""
    if not directory.has_data:
        return None
    try:
        server, feature = directory.version_record.read_text(encoding="utf-8").split()
    except FileNotFoundError:
        return FIRST_VERSION
    except ValueError as error:
        raise EmbeddedMongoError(
            f"{directory.version_record} cannot be read, so that nobody knows which MongoDB its data are for.",
            "Remove that file if they are those of the MongoDB that this program brings along.",
        ) from error
    return DataVersion(server, feature)


def save_data_version(directory: DataDirectory, version: DataVersion) -> None:
    """Note the version of the data."""
    if read_data_version(directory) != version or not directory.version_record.exists():
        write_atomically(directory.version_record, [f"{version.server} {version.feature}\n"])


def ensure_can_open(directory: DataDirectory, server: str) -> None:
    """Refuse to start a server that cannot open the data of a directory.

    Args:
        directory: the directory.
        server: the version of the server; empty: not known, so that its start decides.

    Raises:
        EmbeddedMongoError: it cannot; with what to do.
    """
    data = read_data_version(directory)
    if data is None or not server:
        return
    own, feature = _parse(server), _parse(data.feature)
    if own < max(feature, _parse(data.server)):
        named = ".".join(map(str, max(feature, _parse(data.server))))
        raise EmbeddedMongoError(
            f"The data in {directory.database} were opened by MongoDB {data.server}; MongoDB {server} is older, and"
            " cannot open them.",
            f"Name a MongoDB {named} in mongo.mongod. To go on with {server}: {_BACKUP} with that one; then"
            f" name another directory in mongo.data_dir, and: {_RESTORE}.",
        )
    oldest = _last_long_term(own)
    if feature < oldest:
        raise EmbeddedMongoError(
            f"The data in {directory.database} are in the form of MongoDB {data.feature}; MongoDB {server} opens those"
            f" of {'.'.join(map(str, oldest))} and later.",
            f"Set mongo.mongod back, and: {_BACKUP}. Then name the newer server in mongo.mongod and another directory"
            f" in mongo.data_dir, and: {_RESTORE}.",
        )


def check_named(path: Path) -> Path:
    """Check that the mongod that the settings name can be run; return its path.

    Raises:
        EmbeddedMongoError: it cannot.
    """
    if "mongod" not in path.name or not path.is_file():
        raise EmbeddedMongoError(
            f"mongo.mongod names {path}, which is no mongod.",
            f"Name the mongod of an installed MongoDB, as /usr/bin/mongod; or leave it out; or {OWN_SERVER_HINT}.",
        )
    return path


def _parse(version: str) -> tuple[int, int]:
    numbers = re.findall(r"\d+", version)
    return (int(numbers[0]), int(numbers[1])) if len(numbers) > 1 else (0, 0)


def _last_long_term(version: tuple[int, int]) -> tuple[int, int]:
    """Return the oldest feature compatibility version that a server opens: that of the long-term release before it."""
    major, minor = version
    if minor:
        return major, 0
    return (4, 4) if major == 5 else (major - 1, 0)
