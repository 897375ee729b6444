"""A mongod for made-up data: it ends with its process, and its files are removed, by the next one if need be.

Whoever is killed with ``kill -9`` cannot clean up. The mongod then ends by itself, where the kernel can see to that;
its directory is found by its name and known to be abandoned by a lock, which the kernel drops.
"""

from __future__ import annotations

import fcntl
import logging
import os
import shutil
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from odoo_sync_tui.runtime.files import make_private
from odoo_sync_tui.store.embedded.directory import try_lock
from odoo_sync_tui.store.embedded.errors import EmbeddedMongoError
from odoo_sync_tui.store.embedded.server import EmbeddedMongo, open_embedded, stop_abandoned

LOG = logging.getLogger(__name__)

_PREFIX = "odoo-sync-demo-"
_DATA = "mongo"


@contextmanager
def open_throwaway() -> Generator[EmbeddedMongo]:
    """Start an empty mongod, after the removal of those that were left behind; remove its files at the end.

    Call it in the main thread: the mongod ends with the thread that starts it.

    Raises:
        EmbeddedMongoError: mongod is not installed or cannot run here; with a hint.
        OSError: there is no place for temporary files.
    """
    for place in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        try:
            _remove_abandoned(place)
        except (OSError, EmbeddedMongoError) as error:
            LOG.warning("%s was left by a demo that was killed, and cannot be removed: %s", place, error)
    place, lock = _make_directory()
    try:
        with open_embedded(place / _DATA, tied=True) as mongo:
            yield mongo
    finally:
        shutil.rmtree(place, ignore_errors=True)
        os.close(lock)


def _make_directory() -> tuple[Path, int]:
    """Make a directory of a new name; return it with the open file that locks it."""
    while True:
        place = Path(tempfile.mkdtemp(prefix=_PREFIX))
        lock = _lock(place)
        if lock is not None:
            return place, lock
        # Another demo that is starting took it for an abandoned one, in the instant before it was locked.


def _remove_abandoned(place: Path) -> None:
    if not make_private(place):
        return  # another user's
    lock = _lock(place)
    if lock is None:
        return
    try:
        if stop_abandoned(place / _DATA):  # an earlier version locks its data alone
            shutil.rmtree(place)
    finally:
        os.close(lock)


def _lock(place: Path) -> int | None:
    """Lock a directory until the returned file is closed; ``None`` if it is locked by another process, or gone."""
    try:
        lock = os.open(place, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    if try_lock(lock, fcntl.LOCK_EX) and place.exists():
        return lock
    os.close(lock)
    return None
