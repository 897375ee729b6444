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
from odoo_sync_tui.core.text.sanitize import sanitize
from odoo_sync_tui.runtime.paths import exports_directory


class FileError(SyncError):
    """A file for the operator could not be written."""

    kind = "file"


def write_file(
    chunks: Iterable[str], subject: str, extension: str, now: datetime, directory: Path | None = None
) -> Path:
    """Write the pieces of text, one after the other, and return the path.

    Args:
        chunks: the text; an error raised by the iteration leaves no file behind.
        subject: what the file holds; its name begins with it.
        extension: the name's extension, without a dot.
        now: the present time, for the name.
        directory: the target; by default the operator's downloads, or the state directory.

    Raises:
        FileError: the file cannot be written there.
    """
    target = directory or exports_directory()
    try:
        target.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, name = tempfile.mkstemp(prefix=f".{subject}-", suffix=f".{extension}.part", dir=target)
        unfinished = Path(name)
        try:
            with os.fdopen(handle, "w", encoding="utf-8", errors="replace", newline="") as file:
                file.writelines(chunks)
                file.flush()
                os.fsync(file.fileno())
            return _rename_to_free_name(unfinished, f"{subject}-{now:%Y%m%d-%H%M%S}", extension)
        finally:
            unfinished.unlink(missing_ok=True)
    except OSError as error:
        raise FileError(
            f"No file could be written into {target}: {sanitize(error.strerror or error)}.",
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
