"""Files of the program: private to their owner, and written whole or not at all."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import IO

from odoo_sync_tui.core.errors import SyncError
from odoo_sync_tui.core.text.sanitize import sanitize
from odoo_sync_tui.runtime.paths import exports_directory


class FileError(SyncError):
    """A file for the operator could not be written."""

    kind = "file"


def private_directory(path: Path, *, parents: bool = True) -> Path:
    """Create the directory and its missing parents, for their owner alone; an existing one stays as it is.

    Raises:
        OSError: it cannot be made, or lies where anybody may replace it; there is no home directory, and one is needed.
    """
    if path.parts[:1] == ("~",):  # see paths: nothing is to be made in a directory of this name
        raise FileNotFoundError(errno.ENOENT, "this user has no home directory, and HOME is not set", str(path))
    own = path.absolute()
    for parent in reversed(own.parents):
        if parents and not parent.exists():
            _make_directory(parent)
        _refuse_shared(parent)
    if not own.is_dir():
        _make_directory(own)
    return path


def _make_directory(path: Path) -> None:
    path.mkdir(mode=0o700, exist_ok=True)
    path.chmod(0o700)  # the umask may have taken a right of the owner's


def _refuse_shared(directory: Path) -> None:
    """Raise an error for a directory in which anybody may rename what belongs to others."""
    mode = directory.stat().st_mode
    if mode & stat.S_IWOTH and not mode & stat.S_ISVTX:
        raise OSError(errno.EINVAL, f"anybody may replace what is in {directory}; run: chmod o-w {directory}")


def make_private(directory: Path) -> bool:
    """Close an existing directory to everybody else; ``False`` if the path is no directory of ours."""
    state = directory.lstat()
    if not stat.S_ISDIR(state.st_mode) or state.st_uid != os.geteuid():
        return False
    if stat.S_IMODE(state.st_mode) != 0o700:
        directory.chmod(0o700)
    return True


def open_private(path: str | Path, flags: int) -> int:
    """Open a file, for its owner alone if it is new: an ``opener`` of :func:`open`."""
    return os.open(path, flags, 0o600)


def write_atomically(path: Path, chunks: Iterable[str], *, replace: bool = True) -> Path:
    """Write a private file that appears only when it is complete; return its path.

    Args:
        path: the file; its directory is created if missing.
        chunks: the text, piece by piece; an error raised by the iteration leaves no file behind.
        replace: whether an existing file is replaced; otherwise the new one gets the first free name.
    """
    with _write_beside(path, chunks) as complete:
        return complete.replace(path if replace else _take_free_name(path))


def write_public(path: Path, chunks: Iterable[str]) -> None:
    """Write a file that everybody may read, whole or not at all, into a directory that is there.

    Raises:
        OSError: there is no such directory, or it cannot be written to.
    """
    if not path.parent.is_dir():  # one that is made here would be closed to the readers
        raise FileNotFoundError(errno.ENOENT, "there is no such directory", str(path.parent))
    with _write_beside(path, chunks) as complete:
        complete.chmod(0o644)
        complete.replace(path)


def write_new(path: Path, chunks: Iterable[str]) -> None:
    """Write a private file as :func:`write_atomically` does, but never in place of another.

    Raises:
        FileExistsError: there is a file of this name.
        OSError: the file cannot be written.
    """
    with _write_beside(path, chunks) as complete:
        path.hardlink_to(complete)  # unlike a rename it fails where the name is taken


@contextmanager
def open_new(path: Path) -> Generator[IO[bytes]]:
    """Open a private file that appears under its name when the block ends without an error.

    Raises:
        FileExistsError: there is a file of this name by then.
        OSError: the file cannot be written.
    """
    with _make_beside(path) as (handle, unfinished):
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        path.hardlink_to(unfinished)


@contextmanager
def _write_beside(path: Path, chunks: Iterable[str]) -> Generator[Path]:
    """Write a private file of a passing name into the directory of ``path``, and remove it in the end."""
    with _make_beside(path) as (handle, unfinished):
        with os.fdopen(handle, "w", encoding="utf-8", errors="replace", newline="") as file:
            file.writelines(chunks)
            file.flush()
            os.fsync(file.fileno())
        yield unfinished


@contextmanager
def _make_beside(path: Path) -> Generator[tuple[int, Path]]:
    """Make an open private file of a passing name in the directory of ``path``, and remove it in the end."""
    import tempfile  # for all but its writers, it costs more than the rest of this module

    directory = private_directory(path.parent)
    handle, name = tempfile.mkstemp(prefix=f".{path.stem}-", suffix=f"{path.suffix}.part", dir=directory)
    unfinished = Path(name)
    try:
        yield handle, unfinished
    finally:
        unfinished.unlink(missing_ok=True)


def write_file(
    chunks: Iterable[str], subject: str, extension: str, now: datetime, directory: Path | None = None
) -> Path:
    """Write an export, or a text too big for a clipboard, where the operator looks for it; return the path.

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
    path = target / f"{subject}-{now:%Y%m%d-%H%M%S}.{extension}"
    hint = "Make room or give rights there, then try again."
    with translate_os_errors(FileError, f"No file could be written into {target}", hint):
        return write_atomically(path, chunks, replace=False)


@contextmanager
def translate_os_errors(
    kind: type[SyncError], message: str, hint: str, hints: Mapping[int, str] | None = None
) -> Generator[None]:
    """Translate an ``OSError`` of the block to the message with the system's reason.

    Args:
        kind: the class of the error to raise.
        message: what could not be done, without a full stop.
        hint: what to do.
        hints: what to do instead about the errors with these numbers.

    Raises:
        SyncError: an ``OSError`` came up; of class ``kind``.
    """
    try:
        yield
    except OSError as error:
        reason = sanitize(error.strerror or str(error) or type(error).__name__)
        raise kind(f"{message}: {reason}.", (hints or {}).get(error.errno or 0, hint)) from error


def _take_free_name(path: Path) -> Path:
    """Create an empty file under the first free name, so that no other program's file is replaced."""
    for number in count(1):
        free = path if number == 1 else path.with_stem(f"{path.stem}-{number}")
        with suppress(FileExistsError):
            free.touch(mode=0o600, exist_ok=False)
            return free
    raise AssertionError("unreachable: there is always a next number")
