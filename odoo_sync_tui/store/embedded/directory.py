"""Data directory of an embedded mongod: its files, its privacy, its locks and its socket.

Several processes of one user share one mongod without talking to each other. They agree by files in this directory:
``flock`` locks, because the kernel drops them however a process ends, and a record of the socket's path, because
processes may disagree about the place for short paths (cron has no ``XDG_RUNTIME_DIR``).
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from odoo_sync_tui.runtime.files import make_private, open_private, private_directory
from odoo_sync_tui.runtime.paths import data_directory
from odoo_sync_tui.store.embedded.errors import EmbeddedMongoError, translate_os_errors

MAX_SOCKET_PATH_BYTES = 100
"""Maximum length of a socket's path in bytes; the kernel's limit is 108 on Linux and 104 on macOS."""

MAX_LOCK_WAIT_SECONDS = 180.0
"""Time limit of waiting for another process that starts or stops the mongod. Longer than either may take."""

STARTING_OR_STOPPING = 0
"""Process id of a mongod that is starting or ending."""

_SOCKET = "mongod.sock"
_RANDOM_LETTERS = 8  # of a name made by tempfile
_PLAIN_PATH = re.compile(r"[A-Za-z0-9/._-]+")  # mongod splits addresses at commas and colons
_POLL_SECONDS = 0.02
_IGNORED_NAMES = {"lost+found", ".DS_Store"}


@dataclass(frozen=True, slots=True)
class DataDirectory:
    """Data directory (absolute, links resolved) and the paths in it."""

    root: Path

    @property
    def database(self) -> Path:
        """Directory of mongod's own data files."""
        return self.root / "db"

    @property
    def log(self) -> Path:
        """Path of mongod's log; the previous log ends in ``.1``."""
        return self.root / "mongod.log"

    @property
    def old_log(self) -> Path:
        """Path of the previous log."""
        return self.root / "mongod.log.1"

    @property
    def output(self) -> Path:
        """Output of mongod, or of the system's loader, before the log opens; locked while mongod runs."""
        return self.root / "mongod.out"

    @property
    def libraries(self) -> Path:
        """Directory of links to the libraries that the system lacks."""
        return self.root / "lib"

    @property
    def control_lock(self) -> Path:
        """Lock file, held exclusively and shortly by the process that starts or stops the mongod."""
        return self.root / "control.lock"

    @property
    def users_lock(self) -> Path:
        """Lock file, held shared by every user of the mongod until it leaves."""
        return self.root / "users.lock"

    @property
    def socket_record(self) -> Path:
        """Text file with the path of the socket that the mongod listens on."""
        return self.root / "socket.path"

    @property
    def version_record(self) -> Path:
        """Text file with the versions of the server that opened the data last, and of the data."""
        return self.root / "data.version"

    @property
    def has_data(self) -> bool:
        """Whether a mongod has made data files here."""
        return (self.database / "WiredTiger").exists()

    def mongod_pid(self) -> int | None:
        """Return the process id of the mongod with open data files; ``None`` when there is none.

        :data:`STARTING_OR_STOPPING` while a mongod is starting or ending and has them closed. Call only with the
        control lock, because the call takes mongod's own lock for an instant.
        """
        text = _locked_text(self.database / "mongod.lock")  # mongod holds it and writes its id into it
        if text is not None and text.isdigit():
            return int(text)
        return None if text is None and _locked_text(self.output) is None else STARTING_OR_STOPPING

    def recorded_socket(self) -> Path | None:
        """Read the path of the last socket; ``None`` before the first start."""
        try:
            return Path(self.socket_record.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None


def open_data_directory(data_dir: Path | None) -> DataDirectory:
    """Create the directory if missing, and make it private (mode 0700).

    Raises:
        EmbeddedMongoError: the directory cannot be made or used, belongs to another user, or holds other files.
    """
    wanted = data_directory() / "mongo" if data_dir is None else data_dir
    with translate_os_errors(wanted):
        root = _absolute(wanted)
        directory = DataDirectory(private_directory(root))
        _refuse_other_files(directory)
        if not make_private(root):
            raise EmbeddedMongoError(
                f"{root} is not a directory that belongs to you (user id {os.geteuid()}).",
                "Run this as its owner, or name another directory in mongo.data_dir.",
            )
    return directory


def _absolute(path: Path) -> Path:
    try:
        return path.expanduser().resolve()
    except (RuntimeError, ValueError) as error:  # an unknown ~user, a loop of links, a zero byte
        raise EmbeddedMongoError(f"mongo.data_dir is not a path that can be used: {error}.") from error


def _refuse_other_files(directory: DataDirectory) -> None:
    names = {path.name for path in directory.root.iterdir()} - _IGNORED_NAMES
    if names and directory.control_lock.name not in names:
        raise EmbeddedMongoError(
            f"The data directory {directory.root} holds other files.",
            "Name an empty or a new directory in mongo.data_dir: the embedded MongoDB closes it to everybody else.",
        )


def choose_socket(directory: DataDirectory) -> Path:
    """Choose the socket: in the directory, or in a short private one where the path is too long; record its path.

    A recorded socket is taken again, so that the addresses of other users of the mongod stay right. A new directory in
    a place that others use too has a name that nobody can foresee and take.

    Raises:
        EmbeddedMongoError: no place is short and private enough.
    """
    recorded = directory.recorded_socket()
    name = "odoo-sync-tui-" + hashlib.blake2b(f"{os.geteuid()}:{directory.root}".encode(), digest_size=8).hexdigest()
    candidates = [directory.root]
    if recorded is not None and recorded.parent.name.startswith(name):
        candidates.insert(0, recorded.parent)
    places = [os.environ.get("XDG_RUNTIME_DIR", ""), tempfile.gettempdir(), "/tmp"]  # noqa: S108  (only to make a new one)
    shared = [Path(place).absolute() for place in places if place]
    chosen = next(filter(_make_private_directory, filter(_is_usable, candidates)), None)
    chosen = chosen or next(filter(None, (_make_new_directory(place, name) for place in shared)), None)
    if chosen is None:
        tried = ", ".join(map(str, dict.fromkeys([*candidates, *shared])))
        raise EmbeddedMongoError(
            f"There is no place for the socket of the embedded MongoDB. Tried: {tried}. A place must be yours alone, "
            f"of plain letters and digits, and at most {MAX_SOCKET_PATH_BYTES - len(_SOCKET) - 1} bytes long.",
            "Name a shorter directory in mongo.data_dir.",
        )
    directory.socket_record.write_text(str(chosen / _SOCKET), encoding="utf-8")
    return chosen / _SOCKET


def remove_socket(directory: DataDirectory) -> None:
    """Remove the socket of a stopped mongod that is outside of its directory."""
    socket = directory.recorded_socket()
    if socket is None or socket.parent == directory.root:
        return
    with suppress(OSError):  # the socket is gone already, or belongs to another user now
        socket.unlink(missing_ok=True)
        socket.parent.rmdir()


def _is_usable(directory: Path) -> bool:
    socket = directory / _SOCKET
    return len(os.fsencode(socket)) <= MAX_SOCKET_PATH_BYTES and _PLAIN_PATH.fullmatch(str(socket)) is not None


def _make_private_directory(directory: Path) -> bool:
    """Create a private directory; ``False`` if impossible. Others may have taken the name in a shared place."""
    try:
        return make_private(private_directory(directory, parents=False))
    except OSError:
        return False


def _make_new_directory(place: Path, name: str) -> Path | None:
    """Create a private directory that begins with the name; ``None`` if impossible."""
    if not _is_usable(place / f"{name}-{'x' * _RANDOM_LETTERS}"):
        return None
    try:
        made = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=place))
    except OSError:
        return None
    if _make_private_directory(made):
        return made
    made.rmdir()
    return None


class Locks:
    """Two lock files of one user, opened per instance, so that threads and processes count alike."""

    def __init__(self, directory: DataDirectory) -> None:
        self._directory = directory
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
        self._control = open_private(directory.control_lock, flags)
        try:
            self._users = open_private(directory.users_lock, flags)
        except OSError:
            os.close(self._control)
            raise

    @contextmanager
    def control_lock(self, seconds: float = MAX_LOCK_WAIT_SECONDS) -> Generator[None]:
        """Hold the control lock: in the block, nobody else starts, joins, leaves or stops the mongod.

        Raises:
            EmbeddedMongoError: another process has held the lock for all the ``seconds``.
        """
        until = time.monotonic() + seconds
        while not try_lock(self._control, fcntl.LOCK_EX):
            if time.monotonic() > until:
                raise EmbeddedMongoError(
                    f"Another process has been starting or stopping the embedded MongoDB in {self._directory.root} "
                    f"for more than {seconds:.0f} s.",
                    "Wait until it is done, or stop that process, and try again.",
                )
            time.sleep(_POLL_SECONDS)
        try:
            yield
        finally:
            fcntl.flock(self._control, fcntl.LOCK_UN)

    def is_last_user(self) -> bool:
        """Whether nobody else uses the mongod. Call with the control lock; the call gives up our own use."""
        return try_lock(self._users, fcntl.LOCK_EX)

    def enter(self) -> None:
        """Become a user until :meth:`close` or the end of the process. Call with the control lock."""
        fcntl.flock(self._users, fcntl.LOCK_SH)

    def close(self) -> None:
        """Release both locks. Call once only."""
        os.close(self._users)
        os.close(self._control)


def _locked_text(path: Path) -> bytes | None:
    """Read the beginning of a file that a process has locked; ``None`` for any other file."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return None
    try:
        return None if try_lock(descriptor, fcntl.LOCK_SH) else os.read(descriptor, 20).strip()
    finally:
        os.close(descriptor)


def try_lock(descriptor: int, kind: int) -> bool:
    """Take a ``flock`` without waiting; ``False`` if another process holds it."""
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
