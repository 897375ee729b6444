"""A private mongod: a real MongoDB without a database server to install, for demo, tests and one-box use.

It listens on a Unix socket in a directory of mode 0700 and on nothing else. All processes of one user that open the
same directory share one mongod: the first one starts it, the last one out stops it. Every user of it holds a shared
lock for as long as it lives, which the kernel drops even on ``kill -9``; a mongod whose users were all killed
goes on and is joined by the next one.
"""

from __future__ import annotations

import os
import shutil
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from odoo_sync_tui.store.embedded_binary import find_mongod
from odoo_sync_tui.store.embedded_error import OWN_SERVER, EmbeddedMongoError, file_trouble_told
from odoo_sync_tui.store.embedded_home import PASSING, Home, Locks, choose_socket, open_home, remove_socket
from odoo_sync_tui.store.embedded_log import why_it_ended
from odoo_sync_tui.store.embedded_process import (
    child_runs,
    exit_state,
    is_ours,
    listens,
    start_process,
    stop_process,
    wait_until,
)
from odoo_sync_tui.store.embedded_replica import command_line, make_primary, reopen_log, uri_of

__all__ = ["EmbeddedMongo", "EmbeddedMongoError", "open_embedded"]

_START_SECONDS = 120.0  # the recovery of a large lake after a crash takes its time
_ADOPT_SECONDS = 15.0  # for a mongod that is starting, stopping or busy
_GLANCE_SECONDS = 5.0
_POLL_SECONDS = 0.02
_LARGEST_LOG = 8 * 1024 * 1024  # bytes
_FIRST_BYTES = 400 * 1024 * 1024  # an empty database takes 301 MB: the journal is allocated ahead


class EmbeddedMongo:
    """One user's part in a running mongod. Any number of them may exist, in one process or in many.

    A forked child has no part of its own: it opens its own.
    """

    def __init__(self, home: Home, locks: Locks, pid: int, socket: Path) -> None:
        self._home = home
        self._locks = locks
        self._socket = socket
        self._pid = pid
        self._owner = os.getpid()
        self._closing = threading.Lock()
        self._closed = False

    @property
    def uri(self) -> str:
        """The connection string. Holds no secret: the directory's mode is what protects the data."""
        return uri_of(self._socket)

    @property
    def pid(self) -> int:
        """Process id of the mongod."""
        return self._pid

    @property
    def data_dir(self) -> Path:
        """The directory of data, log and locks."""
        return self._home.root

    @property
    def log_path(self) -> Path:
        """Mongod's log."""
        return self._home.log

    def close(self) -> None:
        """Leave; the last one out stops the mongod and waits for it. Repeating it does nothing."""
        with self._closing:
            if self._closed:
                return
            self._closed = True
        if os.getpid() == self._owner:
            _leave(self._home, self._locks, self._pid)
        else:
            self._locks.close()

    def describe_death(self) -> str | None:
        """How the mongod died, in a sentence that names its log.

        ``None`` while one serves the directory or is just being started, and after :meth:`close`.
        """
        with self._closing:
            if self._closed or self._alive():
                return None
        reason = why_it_ended(exit_state(self._pid), self._home)
        return f"The embedded mongod died: {reason}; its log is {self._home.log}."

    def _alive(self) -> bool:
        try:
            with self._locks.deciding(_GLANCE_SECONDS):
                # One that is dying closes its socket before its data files.
                if listens(self._socket) and command_line(self._socket):
                    return True
                return not wait_until(lambda: self._home.mongod() is None, _GLANCE_SECONDS)
        except EmbeddedMongoError:
            return True  # somebody else has it in hand

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_embedded(data_dir: Path | None = None) -> EmbeddedMongo:
    """Start the mongod of ``data_dir``, or join the one that runs; it is ready for use on return.

    ``None`` is the user's data directory. Takes about a second to start it, a tenth of that to join.

    Raises:
        EmbeddedMongoError: it is not installed, cannot run here, or its directory cannot be used; says what to do.
    """
    home = open_home(data_dir)
    with file_trouble_told(home.root):
        locks = Locks(home)
    try:
        with file_trouble_told(home.root), locks.deciding():
            alone = locks.alone()
            locks.enter()
            pid, socket = _running(home, alone)
    except BaseException:
        _leave(home, locks, 0)
        raise
    return EmbeddedMongo(home, locks, pid, socket)


def _leave(home: Home, locks: Locks, last_pid: int) -> None:
    """Stop being a user, and stop the mongod when nobody else is one."""
    try:
        with locks.deciding():
            if locks.alone():
                # Without its directory (somebody deleted it) only the id from the start is left to go by.
                pid = home.mongod() if home.root.exists() else last_pid
                if pid and is_ours(pid):
                    stop_process(pid, home)
                remove_socket(home)
    finally:
        locks.close()


def _running(home: Home, alone: bool) -> tuple[int, Path]:
    """A mongod that serves the directory and is primary: its process id and socket."""
    pid = _settled(home)
    if pid is not None:
        served = _adopt(home, pid)
        if served is not None:
            return served
        _clear_away(home, pid, alone)
        _settled(home)
    return _start(home)


def _settled(home: Home) -> int | None:
    """The mongod that has the data files open, after one that is just starting or ending has done so."""
    wait_until(lambda: home.mongod() != PASSING, _ADOPT_SECONDS)
    return home.mongod()


def _adopt(home: Home, pid: int) -> tuple[int, Path] | None:
    """Join the mongod that has the data files open; ``None`` when it serves another place, or does not answer."""
    socket = home.noted_socket()
    # mongod makes its socket before it opens the data files: one that is missing now never comes.
    if socket is None or not socket.exists():
        return None
    if str(home.database) not in _started_with(socket, home, pid):
        return None
    make_primary(socket)
    if _set_long_log_aside(home):
        reopen_log(socket)
    return pid, socket


def _started_with(socket: Path, home: Home, pid: int) -> tuple[str, ...]:
    """The words on the command line of the mongod behind the socket; empty when it does not answer in time or ends."""
    until = time.monotonic() + _ADOPT_SECONDS
    while home.mongod() == pid and time.monotonic() < until:
        if listens(socket) and (words := command_line(socket)):
            return words
        time.sleep(_POLL_SECONDS)
    return ()


def _clear_away(home: Home, pid: int, alone: bool) -> None:
    """Stop a mongod that has the data files open but cannot be reached: its socket or its directory was moved."""
    if home.mongod() != pid:
        return
    if not is_ours(pid):
        raise EmbeddedMongoError(
            f"The data files in {home.database} are in use by process {pid or 'unknown'}, "
            "which this program did not start.",
            "Stop that process, or name another directory in mongo.data_dir.",
        )
    if not alone:
        if wait_until(lambda: home.mongod() != pid, _GLANCE_SECONDS):
            return  # it was just ending
        raise EmbeddedMongoError(
            f"The embedded MongoDB in {home.root} (process {pid}) cannot be reached, and other processes still use it.",
            "End every other odoo-sync-tui of yours, and try again.",
        )
    stop_process(pid, home)


def _start(home: Home) -> tuple[int, Path]:
    binary = find_mongod()
    _check_room(home)
    home.database.mkdir(mode=0o700, exist_ok=True)
    socket = choose_socket(home)
    socket.unlink(missing_ok=True)
    _set_long_log_aside(home)
    pid = start_process(binary, home, socket)
    try:
        _wait_until_it_listens(home, pid, socket)
        make_primary(socket)
    except BaseException:
        stop_process(pid, home)
        raise
    return pid, socket


def _set_long_log_aside(home: Home) -> bool:
    too_long = home.log.exists() and home.log.stat().st_size > _LARGEST_LOG
    if too_long:
        home.log.replace(home.old_log)
    return too_long


def _check_room(home: Home) -> None:
    if (home.database / "WiredTiger").exists():
        return
    free = shutil.disk_usage(home.root).free
    if free < _FIRST_BYTES:
        raise EmbeddedMongoError(
            f"The embedded MongoDB needs {_FIRST_BYTES >> 20} MB to begin with; "
            f"the disk of {home.root} has {free >> 20} MB left.",
            "Free some space there, or name a directory on another disk in mongo.data_dir.",
        )


def _wait_until_it_listens(home: Home, pid: int, socket: Path) -> None:
    ready = wait_until(lambda: listens(socket) or not child_runs(pid), _START_SECONDS)
    state = exit_state(pid)
    if ready and state is None:
        return
    silent = f"it did not answer within {_START_SECONDS:.0f} s"
    reason = silent if state is None else why_it_ended(state, home)
    raise EmbeddedMongoError(
        f"The embedded MongoDB in {home.root} did not start: {reason}. Its log is {home.log}.",
        f"Set that right and try again; to go on without it, {OWN_SERVER}.",
    )
