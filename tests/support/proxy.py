"""A TCP proxy on loopback that misbehaves as told, one connection at a time.

It knows nothing of what it carries: Odoo's HTTP and MongoDB's wire protocol pass it alike.
"""

from __future__ import annotations

import select
import socket
import struct
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from urllib.parse import unquote, urlsplit

CHUNK = 65_536
POLL_SECONDS = 0.02
RESET = struct.pack("ii", 1, 0)


@dataclass(frozen=True)
class Fault:
    """What befalls the answers of one connection; by itself nothing.

    Attributes:
        keep_back: so many bytes at the end of the answer never arrive.
        reset: the connection ends by a reset instead of an orderly close.
        silent: the request is read and never answered.
        byte_seconds: one byte passes each so many seconds.
    """

    keep_back: int = 0
    reset: bool = False
    silent: bool = False
    byte_seconds: float = 0.0


EVERYTHING = 1_000_000_000
NONE = Fault()
RESET_BEFORE = Fault(keep_back=EVERYTHING, reset=True)
CLOSED_BEFORE = Fault(keep_back=EVERYTHING)
RESET_DURING = Fault(keep_back=7, reset=True)
TRUNCATED = Fault(keep_back=7)
SLOW_LORIS = Fault(byte_seconds=0.05)
SILENT = Fault(silent=True)


class Proxy:
    """Carries connections from its own port to ``connect()``. A context manager.

    Attributes:
        plan: the fault of each connection, by its number (1: the first since :meth:`arm`).
        on_chunk: called with each piece of traffic, in either direction, before it passes.
    """

    def __init__(self, connect: Callable[[], socket.socket]) -> None:
        self._connect = connect
        self._accepting = threading.Lock()
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []
        self._stopping = threading.Event()
        self._listener: socket.socket | None = None
        self.plan: Callable[[int], Fault] = lambda _: NONE
        self.on_chunk: Callable[[bytes], object] | None = None
        self.connections = 0
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]

    @property
    def url(self) -> str:
        """Its address as a web address."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def mongo_uri(self) -> str:
        """Its address as that of a MongoDB."""
        return f"mongodb://127.0.0.1:{self.port}/?directConnection=true"

    def arm(self, plan: Callable[[int], Fault]) -> None:
        """From now on connections, counted anew, meet the faults of the plan."""
        self.connections = 0
        self.plan = plan

    def __enter__(self) -> Proxy:
        self.accept()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping.set()
        self.refuse()
        for thread in self._threads:
            thread.join()

    def accept(self) -> None:
        """Take connections; several threads may ask for it at once."""
        with self._accepting:
            if self._listener is not None:
                return
            listener = socket.socket()
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(("127.0.0.1", self.port))
            listener.listen(64)
            self._listener = listener
        self._spawn(self._listen, listener)

    def refuse(self) -> None:
        """Refuse connections from now on; those that are open go on."""
        listener, self._listener = self._listener, None
        if listener is not None:
            with suppress(OSError):  # it wakes up the thread that listens
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()

    def _spawn(self, target: Callable[[socket.socket], None], connection: socket.socket) -> None:
        thread = threading.Thread(target=target, args=(connection,), name="proxy", daemon=True)
        with self._lock:
            self._threads.append(thread)
        thread.start()

    def _listen(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            self._spawn(self._carry, client)

    def _carry(self, client: socket.socket) -> None:
        with self._lock:
            self.connections += 1
            fault = self.plan(self.connections)
        with client, suppress(OSError), self._connect() as server:
            self._pump(client, server, fault)

    def _pump(self, client: socket.socket, server: socket.socket, fault: Fault) -> None:
        held = b""
        while not self._stopping.is_set():
            readable, _, _ = select.select([client, server], [], [], POLL_SECONDS)
            if client in readable and not self._pass(client, server):
                return None
            if server not in readable:
                continue
            if fault.silent:
                return self._wait_for_end(client)
            if fault.byte_seconds:
                return self._trickle(client, server, fault.byte_seconds)
            data = server.recv(CHUNK)
            if not data:
                return self._end(client, fault)
            self._tell(data)
            held += data
            passing = len(held) - fault.keep_back
            if passing > 0:
                client.sendall(held[:passing])
                held = held[passing:]
        return None

    def _pass(self, source: socket.socket, sink: socket.socket) -> bool:
        data = source.recv(CHUNK)
        if data:
            self._tell(data)
            sink.sendall(data)
        return bool(data)

    def _tell(self, data: bytes) -> None:
        told = self.on_chunk
        if told:
            told(data)

    def _wait_for_end(self, client: socket.socket) -> None:
        """Until the client gives up."""
        while not self._stopping.is_set():
            readable, _, _ = select.select([client], [], [], POLL_SECONDS)
            if readable and not client.recv(CHUNK):
                return

    def _trickle(self, client: socket.socket, server: socket.socket, seconds: float) -> None:
        while (data := server.recv(CHUNK)) and not self._stopping.is_set():
            for byte in data:
                client.sendall(bytes((byte,)))
                if self._stopping.wait(seconds):
                    return

    @staticmethod
    def _end(client: socket.socket, fault: Fault) -> None:
        if fault.reset:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)


def to_port(url: str) -> Callable[[], socket.socket]:
    """Connects to the host and port of a web address."""
    parts = urlsplit(url)
    return lambda: socket.create_connection((parts.hostname or "", parts.port or 0))


def to_mongo(uri: str) -> Callable[[], socket.socket]:
    """Connects to the Unix socket of an embedded mongod."""
    path = unquote(uri.removeprefix("mongodb://").partition("/?")[0])

    def connect() -> socket.socket:
        connected = socket.socket(socket.AF_UNIX)
        connected.connect(path)
        return connected

    return connect
