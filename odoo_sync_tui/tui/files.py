"""Files that the dashboard writes for its operator: exports, and what is too big for a clipboard.

They go where the operator looks for them, are theirs alone (mode 600), never replace another file, and appear under
their name only when they are complete.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from itertools import count
from pathlib import Path

from odoo_sync_tui.core.errors import SyncError
from odoo_sync_tui.core.text import clean
from odoo_sync_tui.paths import exports_directory


class FileError(SyncError):
    """A file for the operator could not be written."""

    kind = "file"


def write_file(pieces: Iterable[str], subject: str, ending: str, at: datetime, directory: Path | None = None) -> Path:
    """Write the pieces of text, one after the other, and return where.

    Args:
        pieces: the text; an error that they raise leaves no file behind.
        subject: what is in it, the beginning of its name.
        ending: the name's ending, without a dot.
        at: now, for the name.
        directory: where; the operator's downloads, or the state directory, when it is left out.

    Raises:
        FileError: it cannot be written there.
    """
    place = directory or exports_directory()
    try:
        place.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, name = tempfile.mkstemp(prefix=f".{subject}-", suffix=f".{ending}.part", dir=place)
        unfinished = Path(name)
        try:
            with os.fdopen(handle, "w", encoding="utf-8", errors="replace", newline="") as file:
                file.writelines(pieces)
                file.flush()
                os.fsync(file.fileno())
            return _named(unfinished, f"{subject}-{at:%Y%m%d-%H%M%S}", ending)
        finally:
            unfinished.unlink(missing_ok=True)
    except OSError as error:
        raise FileError(
            f"No file could be written into {place}: {clean(error.strerror or error)}.",
            "Make room or give rights there, then try again.",
        ) from error


def _named(unfinished: Path, name: str, ending: str) -> Path:
    """Give the file the first name that is free."""
    for number in count(1):
        path = unfinished.with_name(f"{name}.{ending}" if number == 1 else f"{name}-{number}.{ending}")
        with suppress(FileExistsError):
            path.touch(mode=0o600, exist_ok=False)  # takes the name, so that no other program's file is replaced
            return unfinished.replace(path)
    raise AssertionError("unreachable: there is always a next number")
