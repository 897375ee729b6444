"""Private mongod: a real MongoDB without a database server to install, for demo, tests and one-box use.

The mongod listens on a Unix socket in a directory of mode 0700 and on nothing else. All processes of one user that open
the same directory share one mongod: the first process starts it, the last one to leave stops it. Every process holds a
shared lock while it uses the mongod, which the kernel drops even on ``kill -9``; a mongod whose users were all killed
goes on and is joined by the next process.
"""

from __future__ import annotations

import os
import shutil
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from odoo_sync_tui.runtime.files import private_directory
from odoo_sync_tui.store.embedded.binary import find_mongod
from odoo_sync_tui.store.embedded.directory import (
    STARTING_OR_STOPPING,
    DataDirectory,
    Locks,
    choose_socket,
    open_data_directory,
    remove_socket,
)
from odoo_sync_tui.store.embedded.errors import OWN_SERVER_HINT, EmbeddedMongoError, translate_os_errors
from odoo_sync_tui.store.embedded.libraries import library_environment
from odoo_sync_tui.store.embedded.log import exit_reason
from odoo_sync_tui.store.embedded.process import (
    is_child_running,
    is_listening,
    is_own_mongod,
    return_code,
    start_process,
    stop_process,
    wait_until,
)
from odoo_sync_tui.store.embedded.replica_set import command_line, make_primary, read_versions, reopen_log, socket_uri
from odoo_sync_tui.store.embedded.versions import (
    DataVersion,
    check_named,
    ensure_can_open,
    read_server_version,
    save_data_version,
)

_START_SECONDS = 120.0  # the recovery of a large lake after a crash takes its time
_JOIN_SECONDS = 15.0  # for a mongod that is starting, stopping or busy
_CHECK_SECONDS = 5.0
_POLL_SECONDS = 0.02
_MAX_LOG_BYTES = 8 * 1024 * 1024
_MIN_FREE_BYTES = 400 * 1024 * 1024  # an empty database takes 301 MB: the journal is allocated ahead


class EmbeddedMongo:
    """Handle of one user on a running mongod. Any number of them may exist, in one process or in many.

    A forked child has no handle of its own and has to open one.
    """

    def __init__(self, directory: DataDirectory, locks: Locks, pid: int, socket: Path) -> None:
        self._directory = directory
        self._locks = locks
        self._socket = socket
        self._pid = pid
        self._owner = os.getpid()
        self._closing = threading.Lock()
        self._closed = False

    @property
    def uri(self) -> str:
        """Connection string, without a secret: the mode of the directory protects the data."""
        return socket_uri(self._socket)

    @property
    def pid(self) -> int:
        """Process id of the mongod."""
        return self._pid

    @property
    def data_dir(self) -> Path:
        """Directory of data, log and locks."""
        return self._directory.root

    @property
    def log_path(self) -> Path:
        """Path of mongod's log."""
        return self._directory.log

    def close(self) -> None:
        """Leave the mongod; the last user stops it and waits for its end. Repeated calls do nothing."""
        with self._closing:
            if self._closed:
                return
            self._closed = True
        if os.getpid() == self._owner:
            _leave(self._directory, self._locks, self._pid)
        else:
            self._locks.close()

    def exit_message(self) -> str | None:
        """Describe the death of the mongod in a sentence with the path of its log.

        ``None`` while a mongod serves the directory or is just being started, and after :meth:`close`.
        """
        with self._closing:
            if self._closed or self._is_alive():
                return None
        reason = exit_reason(return_code(self._pid), self._directory)
        return f"The embedded mongod died: {reason}; its log is {self._directory.log}."

    def _is_alive(self) -> bool:
        try:
            with self._locks.control_lock(_CHECK_SECONDS):
                # A dying mongod closes its socket before its data files.
                if is_listening(self._socket) and command_line(self._socket):
                    return True
                return not wait_until(lambda: self._directory.mongod_pid() is None, _CHECK_SECONDS)
        except EmbeddedMongoError:
            return True  # another process is starting or stopping it

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_embedded(data_dir: Path | None = None, mongod: Path | None = None, *, tied: bool = False) -> EmbeddedMongo:
    """Start the mongod of ``data_dir`` or join the running one; the mongod is ready for use on return.

    ``None`` is the user's data directory. A start takes about a second, joining a tenth of that.

    Args:
        data_dir: the directory; ``None``: that of the user.
        mongod: the server to start; ``None``: that of the installed package.
        tied: it is killed when the thread that starts it ends: for data that nobody wants afterwards.

    Raises:
        EmbeddedMongoError: mongod is not installed, cannot run here, or its directory cannot be used; with a hint.
    """
    directory = open_data_directory(data_dir)
    with translate_os_errors(directory.root):
        locks = Locks(directory)
    try:
        with translate_os_errors(directory.root), locks.control_lock():
            is_last_user = locks.is_last_user()
            locks.enter()
            pid, socket = _join_or_start(directory, is_last_user, mongod, tied)
    except BaseException:
        _leave(directory, locks, 0)
        raise
    return EmbeddedMongo(directory, locks, pid, socket)


def stop_abandoned(data_dir: Path) -> bool:
    """Stop the mongod of a directory whose users all died; ``False`` when it has a living one.

    Raises:
        EmbeddedMongoError: the directory cannot be used.
    """
    directory = open_data_directory(data_dir)
    with translate_os_errors(directory.root):
        return _leave(directory, Locks(directory), 0)


def _leave(directory: DataDirectory, locks: Locks, last_pid: int) -> bool:
    """Leave the mongod, and stop it when it has no other user; return whether it had none."""
    try:
        with locks.control_lock():
            is_last_user = locks.is_last_user()
            if is_last_user:
                # Without its directory (deleted by another program) only the process id from the start is known.
                pid = directory.mongod_pid() if directory.root.exists() else last_pid
                if pid and is_own_mongod(pid):
                    stop_process(pid, directory)
                remove_socket(directory)
            return is_last_user
    finally:
        locks.close()


def _join_or_start(directory: DataDirectory, is_last_user: bool, mongod: Path | None, tied: bool) -> tuple[int, Path]:
    """Join or start a primary mongod of the directory; return its process id and socket."""
    pid = _wait_for_stable_pid(directory)
    if pid is not None:
        joined = _join(directory, pid)
        if joined is not None:
            return joined
        _stop_unreachable(directory, pid, is_last_user)
        _wait_for_stable_pid(directory)
    return _start(directory, mongod, tied)


def _wait_for_stable_pid(directory: DataDirectory) -> int | None:
    """Wait for a mongod that is starting or ending; return the process id of the one with open data files."""
    wait_until(lambda: directory.mongod_pid() != STARTING_OR_STOPPING, _JOIN_SECONDS)
    return directory.mongod_pid()


def _join(directory: DataDirectory, pid: int) -> tuple[int, Path] | None:
    """Join the mongod with the open data files; ``None`` when it serves another directory, or does not answer."""
    socket = directory.recorded_socket()
    # mongod makes its socket before it opens the data files: a socket that is missing now never comes.
    if socket is None or not socket.exists():
        return None
    if str(directory.database) not in _wait_for_command_line(socket, directory, pid):
        return None
    make_primary(socket)
    if _rotate_long_log(directory):
        reopen_log(socket)
    return pid, socket


def _wait_for_command_line(socket: Path, directory: DataDirectory, pid: int) -> tuple[str, ...]:
    """Read the command line of the mongod behind the socket; empty when it does not answer in time or ends."""
    until = time.monotonic() + _JOIN_SECONDS
    while directory.mongod_pid() == pid and time.monotonic() < until:
        if is_listening(socket) and (words := command_line(socket)):
            return words
        time.sleep(_POLL_SECONDS)
    return ()


def _stop_unreachable(directory: DataDirectory, pid: int, is_last_user: bool) -> None:
    """Stop a mongod with open data files that cannot be reached: its socket or its directory was moved."""
    if directory.mongod_pid() != pid:
        return
    if not is_own_mongod(pid):
        raise EmbeddedMongoError(
            f"The data files in {directory.database} are in use by process {pid or 'unknown'}, "
            "which this program did not start.",
            "Stop that process, or name another directory in mongo.data_dir.",
        )
    if not is_last_user:
        if wait_until(lambda: directory.mongod_pid() != pid, _CHECK_SECONDS):
            return  # it was just ending
        raise EmbeddedMongoError(
            f"The embedded MongoDB in {directory.root} (process {pid}) cannot be reached, "
            "and other processes still use it.",
            "End every other odoo-sync-tui of yours, and try again.",
        )
    stop_process(pid, directory)


def _start(directory: DataDirectory, mongod: Path | None, tied: bool) -> tuple[int, Path]:
    binary = check_named(mongod) if mongod else find_mongod()
    libraries = library_environment(binary, directory.libraries)
    if directory.has_data:
        ensure_can_open(directory, read_server_version(binary, libraries))
    _check_free_space(directory)
    private_directory(directory.database, parents=False)
    socket = choose_socket(directory)
    socket.unlink(missing_ok=True)
    _rotate_long_log(directory)
    pid = start_process(binary, directory, socket, libraries, tied=tied)
    try:
        _wait_until_listening(directory, pid, socket)
        make_primary(socket)
        save_data_version(directory, DataVersion(*read_versions(socket)))
    except BaseException:
        stop_process(pid, directory)
        raise
    return pid, socket


def _rotate_long_log(directory: DataDirectory) -> bool:
    too_long = directory.log.exists() and directory.log.stat().st_size > _MAX_LOG_BYTES
    if too_long:
        directory.log.replace(directory.old_log)
    return too_long


def _check_free_space(directory: DataDirectory) -> None:
    if directory.has_data:
        return
    free = shutil.disk_usage(directory.root).free
    if free < _MIN_FREE_BYTES:
        raise EmbeddedMongoError(
            f"The embedded MongoDB needs {_MIN_FREE_BYTES >> 20} MB to begin with; "
            f"the disk of {directory.root} has {free >> 20} MB left.",
            "Free some space there, or name a directory on another disk in mongo.data_dir.",
        )


def _wait_until_listening(directory: DataDirectory, pid: int, socket: Path) -> None:
    ready = wait_until(lambda: is_listening(socket) or not is_child_running(pid), _START_SECONDS)
    state = return_code(pid)
    if ready and state is None:
        return
    timeout = f"it did not answer within {_START_SECONDS:.0f} s"
    reason = timeout if state is None else exit_reason(state, directory)
    raise EmbeddedMongoError(
        f"The embedded MongoDB in {directory.root} did not start: {reason}. Its log is {directory.log}.",
        f"Set that right and try again; to go on without it, {OWN_SERVER_HINT}.",
    )
