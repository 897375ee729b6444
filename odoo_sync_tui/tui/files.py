"""Files for the operator: exports, and texts too big for a clipboard.

These files go where the operator looks for them, have mode 600, never replace another file, and appear under their
name only when they are complete.
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
    """Write the pieces of text, one after the other, and return the path.

    Args:
        pieces: the text; an error raised by the iteration leaves no file behind.
        subject: what the file holds; its name begins with it.
        ending: the name's extension, without a dot.
        at: the present time, for the name.
        directory: the target; by default the operator's downloads, or the state directory.

    Raises:
        FileError: the file cannot be written there.
    """
    target = directory or exports_directory()
    try:
        target.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, name = tempfile.mkstemp(prefix=f".{subject}-", suffix=f".{ending}.part", dir=target)
        unfinished = Path(name)
        try:
            with os.fdopen(handle, "w", encoding="utf-8", errors="replace", newline="") as file:
                file.writelines(pieces)
                file.flush()
                os.fsync(file.fileno())
            return _rename_to_free_name(unfinished, f"{subject}-{at:%Y%m%d-%H%M%S}", ending)
        finally:
            unfinished.unlink(missing_ok=True)
    except OSError as error:
        raise FileError(
            f"No file could be written into {target}: {clean(error.strerror or error)}.",
            "Make room or give rights there, then try again.",
        ) from error


def _rename_to_free_name(unfinished: Path, name: str, ending: str) -> Path:
    """Rename the finished file to the first free name."""
    for number in count(1):
        path = unfinished.with_name(f"{name}.{ending}" if number == 1 else f"{name}-{number}.{ending}")
        with suppress(FileExistsError):
            path.touch(mode=0o600, exist_ok=False)  # takes the name, so that no other program's file is replaced
            return unfinished.replace(path)
    raise AssertionError("unreachable: there is always a next number")
