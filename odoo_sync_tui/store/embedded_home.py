"""The directory of an embedded mongod: its files, its privacy, its locks and its socket.

Several processes of one user share one mongod without talking to each other. What they agree by lies here: ``flock``
locks, because the kernel drops them however a process ends, and a note of where the socket is, because processes
may disagree about the place for short paths (cron has no ``XDG_RUNTIME_DIR``).
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import stat
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from platformdirs import user_data_path

from odoo_sync_tui.store.embedded_error import EmbeddedMongoError, file_trouble_told

LONGEST_SOCKET = 100
"""Bytes of a socket's path that are safe everywhere; the kernel's limit is 108 on Linux and 104 on macOS."""

DECISION_SECONDS = 180.0
"""How long to wait for another process that starts or stops the mongod. Longer than either may take."""

PASSING = 0
"""Stands for the id of a mongod that is starting or ending."""

_PLAIN_PATH = re.compile(r"[A-Za-z0-9/._-]+")  # mongod splits addresses at commas and colons
_POLL_SECONDS = 0.02
_NOT_FOREIGN = {"lost+found", ".DS_Store"}


@dataclass(frozen=True, slots=True)
class Home:
    """The directory (absolute, links resolved) and the names in it."""

    root: Path

    @property
    def database(self) -> Path:
        """Mongod's own data files."""
        return self.root / "db"

    @property
    def log(self) -> Path:
        """Mongod's log; the one before it ends in ``.1``."""
        return self.root / "mongod.log"

    @property
    def old_log(self) -> Path:
        """The log before the current one."""
        return self.root / "mongod.log.1"

    @property
    def output(self) -> Path:
        """What mongod, or the system's loader, said before it had a log; locked from its first instant to its last."""
        return self.root / "mongod.out"

    @property
    def control_lock(self) -> Path:
        """Held exclusively, shortly, by whoever decides about starting and stopping."""
        return self.root / "control.lock"

    @property
    def users_lock(self) -> Path:
        """Held shared by every user of the mongod for as long as it is one."""
        return self.root / "users.lock"

    @property
    def socket_note(self) -> Path:
        """Text: the path of the socket that the mongod listens on."""
        return self.root / "socket.path"

    def mongod(self) -> int | None:
        """The process id of the mongod that has the data files open; ``None`` when there is none.

        :data:`PASSING` while one is starting or ending and has them closed. Ask only while deciding: the question
        takes mongod's own lock for an instant.
        """
        text = _locked_text(self.database / "mongod.lock")  # mongod holds it and writes its id into it
        if text is not None and text.isdigit():
            return int(text)
        return None if text is None and _locked_text(self.output) is None else PASSING

    def noted_socket(self) -> Path | None:
        """The socket that was last listened on; ``None`` when none ever was."""
        try:
            return Path(self.socket_note.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None


def open_home(data_dir: Path | None) -> Home:
    """Make the directory if need be, and see to it that it is ours alone (mode 0700).

    Raises:
        EmbeddedMongoError: it cannot be made or used, belongs to another user, or holds somebody's other files.
    """
    wanted = user_data_path("odoo-sync-tui", appauthor=False) / "mongo" if data_dir is None else data_dir
    with file_trouble_told(wanted):
        root = _absolute(wanted)
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        home = Home(root)
        _refuse_strange(home)
        make_private(root)
    return home


def _absolute(path: Path) -> Path:
    try:
        return path.expanduser().resolve()
    except (RuntimeError, ValueError) as error:  # an unknown ~user, a loop of links, a zero byte
        raise EmbeddedMongoError(f"mongo.data_dir is not a path that can be used: {error}.") from error


def _refuse_strange(home: Home) -> None:
    names = {path.name for path in home.root.iterdir()} - _NOT_FOREIGN
    if names and home.control_lock.name not in names:
        raise EmbeddedMongoError(
            f"The data directory {home.root} holds other files.",
            "Name an empty or a new directory in mongo.data_dir: the embedded MongoDB closes it to everybody else.",
        )


def make_private(directory: Path) -> None:
    """Close ``directory`` to everybody else.

    Raises:
        EmbeddedMongoError: it is no directory of ours.
        OSError: its mode cannot be set.
    """
    state = directory.lstat()
    if not stat.S_ISDIR(state.st_mode) or state.st_uid != os.geteuid():
        raise EmbeddedMongoError(
            f"{directory} is not a directory that belongs to you (user id {os.geteuid()}).",
            "Run this as its owner, or name another directory in mongo.data_dir.",
        )
    if stat.S_IMODE(state.st_mode) != 0o700:
        directory.chmod(0o700)


def choose_socket(home: Home) -> Path:
    """Where to listen: in the directory, or in a short private one where the path is too long; noted down.

    A place that was noted before is taken again, so that the addresses of other users of the mongod stay right.

    Raises:
        EmbeddedMongoError: no place is short and private enough.
    """
    noted = home.noted_socket()
    name = "odoo-sync-tui-" + hashlib.blake2b(f"{os.geteuid()}:{home.root}".encode(), digest_size=8).hexdigest()
    places = [os.environ.get("XDG_RUNTIME_DIR", ""), tempfile.gettempdir(), "/tmp"]  # noqa: S108  (checked to be ours)
    directories = [home.root, *(Path(place).absolute() / name for place in places if place)]
    if noted is not None and noted.parent in directories:
        directories.insert(0, noted.parent)
    for directory in directories:
        socket = directory / "mongod.sock"
        if _usable(socket) and _private_place(directory):
            home.socket_note.write_text(str(socket), encoding="utf-8")
            return socket
    tried = ", ".join(map(str, dict.fromkeys(directories)))
    raise EmbeddedMongoError(
        f"There is no place for the socket of the embedded MongoDB. Tried: {tried}. A place must be yours alone, "
        f"of plain letters and digits, and at most {LONGEST_SOCKET - len('/mongod.sock')} bytes long.",
        "Name a shorter directory in mongo.data_dir.",
    )


def remove_socket(home: Home) -> None:
    """Take away what a stopped mongod leaves outside of its directory."""
    socket = home.noted_socket()
    if socket is None or socket.parent == home.root:
        return
    with suppress(OSError):  # it is gone already, or no longer ours to remove
        socket.unlink(missing_ok=True)
        socket.parent.rmdir()


def _usable(socket: Path) -> bool:
    return len(os.fsencode(socket)) <= LONGEST_SOCKET and _PLAIN_PATH.fullmatch(str(socket)) is not None


def _private_place(directory: Path) -> bool:
    """Make the directory if need be; whether it is ours alone. Others may have taken a name in a shared place."""
    try:
        directory.mkdir(mode=0o700, exist_ok=True)
        make_private(directory)
    except (OSError, EmbeddedMongoError):
        return False
    return True


class Locks:
    """This user's two lock files, each opened for itself, so that threads and processes count alike."""

    def __init__(self, home: Home) -> None:
        self._home = home
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
        self._control = os.open(home.control_lock, flags, 0o600)
        try:
            self._users = os.open(home.users_lock, flags, 0o600)
        except OSError:
            os.close(self._control)
            raise

    @contextmanager
    def deciding(self, seconds: float = DECISION_SECONDS) -> Generator[None]:
        """While in the block, nobody else starts, joins, leaves or stops the mongod.

        Raises:
            EmbeddedMongoError: another process has been deciding all the ``seconds`` long.
        """
        until = time.monotonic() + seconds
        while not lock(self._control, fcntl.LOCK_EX):
            if time.monotonic() > until:
                raise EmbeddedMongoError(
                    f"Another process has been starting or stopping the embedded MongoDB in {self._home.root} "
                    f"for more than {seconds:.0f} s.",
                    "Wait until it is done, or stop that process, and try again.",
                )
            time.sleep(_POLL_SECONDS)
        try:
            yield
        finally:
            fcntl.flock(self._control, fcntl.LOCK_UN)

    def alone(self) -> bool:
        """Whether nobody else uses the mongod. Ask while deciding; it gives up our own use."""
        return lock(self._users, fcntl.LOCK_EX)

    def enter(self) -> None:
        """Be a user from now on, until closed or dead. Call while deciding."""
        fcntl.flock(self._users, fcntl.LOCK_SH)

    def close(self) -> None:
        """Give everything up. Once only."""
        os.close(self._users)
        os.close(self._control)


def _locked_text(path: Path) -> bytes | None:
    """The beginning of a file on which somebody holds a lock; ``None`` for any other file."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return None
    try:
        return None if lock(descriptor, fcntl.LOCK_SH) else os.read(descriptor, 20).strip()
    finally:
        os.close(descriptor)


def lock(descriptor: int, kind: int) -> bool:
    """Take a ``flock`` at once, or not at all; whether it was free."""
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
