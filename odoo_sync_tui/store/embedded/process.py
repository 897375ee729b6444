"""Process of the embedded mongod: start, recognition, waiting and stop.

The mongod outlives the process that started it when others still use it, so it is nobody's child for long: it is
spawned into a session of its own (Ctrl+C in the terminal does not reach it) and recognised by its command line.
"""

from __future__ import annotations

import fcntl
import os
import resource
import signal
import socket as sockets
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from pathlib import Path

from odoo_sync_tui.runtime.files import open_private
from odoo_sync_tui.store.embedded.directory import STARTING_OR_STOPPING, DataDirectory
from odoo_sync_tui.store.embedded.errors import OWN_SERVER_HINT, EmbeddedMongoError

REPLICA_SET = "odoo-sync-tui"
"""Name of the replica set; also distinguishes our mongod from another one on its command line."""

_CACHE_GB = "0.25"  # the smallest that mongod takes
_OPLOG_MB = "256"  # bounds the operation log; its default is 5 % of the disk
_SLOW_MS = "1000"  # slower operations get a line in the log
_POLL_SECONDS = 0.02
_TERMINATE_SECONDS = 30.0
_KILL_SECONDS = 10.0

MAX_OPEN_FILES = 1_048_576
"""As many files as mongod is let open, where the system allows more."""

_RUN_TIED = """
import ctypes, os, sys
ctypes.CDLL(None).prctl(1, 9)  # PR_SET_PDEATHSIG, SIGKILL
try:
    os.getppid() == int(sys.argv[1]) and os.execv(sys.argv[2], sys.argv[2:])
except OSError as error:
    sys.exit(error.strerror)
"""
"""Program that becomes another one, which the kernel kills when the thread that started it ends (Linux alone)."""

_return_codes: dict[int, int] = {}


def start_process(
    binary: Path, directory: DataDirectory, socket: Path, libraries: Mapping[str, str], *, tied: bool = False
) -> int:
    """Spawn the mongod; return its process id. It does not listen yet. Call with the control lock.

    A ``tied`` one is killed with the calling thread, where the system can do that; ``libraries`` are the variables that
    make its libraries found.

    The mongod gets none of our open files and nothing of our environment, which may hold keys; but its output is a
    locked file. So the lock is held from its first instant, when it has no lock of its own yet, and no second mongod is
    started beside it even if we are killed right now: the second one would take its socket away.

    Raises:
        EmbeddedMongoError: the system cannot run the binary.
        OSError: the output cannot be written.
    """
    output = open_private(directory.output, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC)
    try:
        fcntl.flock(output, fcntl.LOCK_EX | fcntl.LOCK_NB)
        command = [str(binary), *_arguments(directory, socket)]
        if tied and sys.platform == "linux" and sys.executable:
            command = [sys.executable, "-ISc", _RUN_TIED, str(os.getpid()), *command]
        pid = _spawn(binary, command, libraries, output)
    finally:
        os.close(output)
    _return_codes.pop(pid, None)
    return pid


def _arguments(directory: DataDirectory, socket: Path) -> list[str]:
    return [
        *("--dbpath", str(directory.database)),
        *("--replSet", REPLICA_SET),
        *("--bind_ip", str(socket)),  # no TCP port
        *("--filePermissions", "0600"),
        "--nounixsocket",  # not the usual one in /tmp besides
        *("--wiredTigerCacheSizeGB", _CACHE_GB),
        *("--oplogSize", _OPLOG_MB),
        *("--logpath", str(directory.log)),
        "--logappend",
        *("--logRotate", "reopen"),
        "--quiet",
        *("--slowms", _SLOW_MS),
        *("--setParameter", "diagnosticDataCollectionEnabled=false"),  # up to 200 MB of metrics otherwise
    ]


def _spawn(binary: Path, command: list[str], libraries: Mapping[str, str], output: int) -> int:
    path = os.environ.get("PATH", os.defpath)
    files = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_DUP2, output, 1),
        (os.POSIX_SPAWN_DUP2, output, 2),
    ]
    try:
        with _may_open_many_files():
            return os.posix_spawn(
                command[0],
                command,
                {"LC_ALL": "C", "PATH": path, **libraries},
                file_actions=files,
                setsid=True,
                setsigmask=(),
                setsigdef=(signal.SIGHUP, signal.SIGINT, signal.SIGPIPE, signal.SIGTERM),
            )
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)
        raise EmbeddedMongoError(
            f"The embedded MongoDB cannot be run on this machine ({binary}): {reason}.",
            f"To go on without it, {OWN_SERVER_HINT}.",
        ) from error


@contextmanager
def _may_open_many_files() -> Generator[None]:
    """Let a process that is started here open as many files as its user may, not the 1,024 that many shells give.

    mongod has a file open for each collection and each index that is in use, and ends when it gets no more.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = MAX_OPEN_FILES if hard == resource.RLIM_INFINITY else min(hard, MAX_OPEN_FILES)
    is_enough = soft == resource.RLIM_INFINITY or soft >= most
    try:
        if not is_enough:
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    except (OSError, ValueError):  # macOS has a lower limit of its own: mongod gets what we have
        is_enough = True
    try:
        yield
    finally:
        if not is_enough:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def is_own_mongod(pid: int) -> bool:
    """Whether the process is a mongod that this program started, by its command line."""
    words = _command_line(pid)
    return bool(words) and "mongod" in words[0] and REPLICA_SET in words and "--nounixsocket" in words


def _command_line(pid: int) -> list[str]:
    if pid <= 0:
        return []
    if sys.platform == "linux":
        try:
            text = Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            return []  # the process is gone, or another user's
        return [os.fsdecode(word) for word in text.split(b"\0")]
    answer = subprocess.run(  # noqa: S603  (fixed command, a number)
        ["/bin/ps", "-ww", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return answer.stdout.split()


def is_child_running(pid: int) -> bool:
    """Whether the process is a running child of ours. Collects the return code of an ended one."""
    try:
        ended, state = os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return False
    if ended:
        _return_codes[pid] = os.waitstatus_to_exitcode(state)
    return not ended


def return_code(pid: int) -> int | None:
    """Return the exit code of an ended child of ours, or minus the signal that ended it; ``None`` if not known."""
    is_child_running(pid)
    return _return_codes.get(pid)


def wait_until(condition: Callable[[], bool], seconds: float) -> bool:
    """Wait until the condition is true; ``False`` when the time is over."""
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > until:
            return False
        time.sleep(_POLL_SECONDS)
    return True


def stop_process(pid: int, directory: DataDirectory) -> None:
    """Stop the mongod, gently first, and wait until its data files are closed. Call with the control lock."""

    def has_stopped() -> bool:
        return not is_child_running(pid) and directory.mongod_pid() not in {pid, STARTING_OR_STOPPING}

    if has_stopped():
        return
    for number, seconds in ((signal.SIGTERM, _TERMINATE_SECONDS), (signal.SIGKILL, _KILL_SECONDS)):
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            return
        if wait_until(has_stopped, seconds):
            return


def is_listening(socket: Path) -> bool:
    """Whether a process accepts connections on the socket."""
    with sockets.socket(sockets.AF_UNIX, sockets.SOCK_STREAM) as probe:
        probe.settimeout(1.0)
        try:
            probe.connect(str(socket))
        except OSError:
            return False
    return True
