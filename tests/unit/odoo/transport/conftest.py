"""A server with canned answers, for everything between a call and the socket."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from pydantic import SecretStr

from odoo_sync_tui.odoo.config import OdooConfig, Protocol
from odoo_sync_tui.odoo.transport.http import Call, open_odoo_session
from odoo_sync_tui.runtime.http.session import Session

KEY = "0123456789abcdef" * 2 + "01234567"
READ = Call("crm.lead", "search_read", domain=[["id", "in", [1]]], options={"fields": ["name"], "load": None})


class Canned(ThreadingHTTPServer):
    """Answers what ``answers`` says for a path: status, content type, body, headers."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers: dict[str, tuple[int, str, bytes, dict[str, str]]] = {}
        self.requests: list[tuple[str, dict[str, str], bytes]] = []
        self.hang: threading.Event | None = None
        self.dribble: bytes = b""
        self.left = threading.Event()
        self.reached = threading.Event()

    def say(self, path: str, body: object, status: int = 200, kind: str = "application/json", **headers: str) -> None:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.answers[path] = (status, kind, data, headers)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    server: Canned

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.requests.append((self.path, dict(self.headers), body))
        self.server.reached.set()
        if self.server.hang:
            self.server.hang.wait(30)
            return
        if self.server.dribble:
            self._dribble(self.server.dribble)
            return
        status, kind, data, headers = self.server.answers.get(self.path, (404, "text/html", b"<html>", {}))
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", headers.pop("Length", str(len(data))))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(data)

    def _dribble(self, raw: bytes) -> None:
        """Send a whole answer byte by byte, each long before a time limit that starts anew with every byte is over."""
        try:
            for byte in raw:
                self.wfile.write(bytes((byte,)))
                self.server.left.wait(0.05)
        except ConnectionError:
            self.server.left.set()

    do_GET = do_POST  # noqa: N815 - the name that http.server calls

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Canned]:
    server = Canned()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield server
    if server.hang:
        server.hang.set()
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def open_session() -> Iterator[Callable[[OdooConfig], Session]]:
    opened: list[Session] = []

    def make(config: OdooConfig) -> Session:
        opened.append(open_odoo_session(config))
        return opened[-1]

    yield make
    for session in opened:
        session.close()


def config_of(server: Canned, key: str = KEY, protocol: Protocol = Protocol.AUTO) -> OdooConfig:
    return OdooConfig(server.url, "acme", "bot", SecretStr(key), protocol, timeout_seconds=10)


OpenSession = Callable[[OdooConfig], Session]
