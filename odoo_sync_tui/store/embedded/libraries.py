"""Shared libraries of the embedded mongod: the system's own first, and those of a wheel where the system lacks them.

The mongod wants libcurl and OpenSSL 3, and a bare system has no libcurl. The wheel of pycurl carries all of them, under
names with a checksum; links with the names that the mongod asks for make them found. pycurl itself is never imported.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path

from odoo_sync_tui.runtime.files import private_directory

LIBRARY_PACKAGE = "pycurl"
"""Distribution whose Linux wheels carry libcurl, libssl and libcrypto with all that these need."""

_NOT_FOUND = re.compile(r"^[ \t]*(\S+) => not found$", re.MULTILINE)


def library_environment(binary: Path, links: Path) -> dict[str, str]:
    """Link the libraries that the system lacks into the directory ``links``; return the variables that make them found.

    Empty where the system has every library: ``LD_LIBRARY_PATH`` goes before the system's own. What no wheel carries
    either stays missing; the loader names it when the mongod starts.

    Raises:
        OSError: the links cannot be made.
    """
    files = {name: file for name in _find_missing_libraries(binary) if (file := _find_in_wheel(name))}
    if not files:
        return {}
    private_directory(links, parents=False)
    for name, file in files.items():
        link = links / name
        link.unlink(missing_ok=True)  # the environment may have moved since the last start
        link.symlink_to(file)
    # A bundled library looks for the others beside the path that it was found by, which is the link's.
    folders = dict.fromkeys([links, *(file.parent for file in files.values())])
    return {"LD_LIBRARY_PATH": os.pathsep.join(map(str, folders))}


def _find_missing_libraries(binary: Path) -> list[str]:
    """Ask the system's loader, as ``ldd`` does; about 7 ms. The program itself does not run."""
    if sys.platform != "linux":
        return []
    try:
        answer = subprocess.run(  # noqa: S603  (our own binary; a loader that does not know the variable gets --version)
            [binary, "--version"],
            env={"LC_ALL": "C", "LD_TRACE_LOADED_OBJECTS": "1"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
    except OSError:
        return []  # the start meets the same error and tells it
    return _NOT_FOUND.findall(answer.stdout)


def _find_in_wheel(name: str) -> Path | None:
    """Find the library in the wheel: ``libcurl.so.4`` is ``pycurl.libs/libcurl-330bcbb6.so.4.8.0`` there."""
    stem, _, version = name.partition(".so")
    wanted = re.compile(rf"{LIBRARY_PACKAGE}\.libs/{re.escape(stem)}-\w+\.so{re.escape(version)}(\.\d+)*")
    return find_package_file(LIBRARY_PACKAGE, wanted)


def find_package_file(package: str, name: re.Pattern[str]) -> Path | None:
    """Find the installed file of a distribution whose whole name in the distribution matches."""
    try:
        files = metadata.files(package) or []
    except metadata.PackageNotFoundError:
        return None
    paths = [Path(str(file.locate())) for file in files if name.fullmatch(file.as_posix())]
    return next((path for path in paths if path.is_file()), None)
