"""Receivers of messages: a web server and a mail server, which can be down for a while."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeVar


class Receiver(ThreadingHTTPServer):
    """A web server that keeps what it is sent. ``status``: what it answers, after ``before_answer``."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.status = 200
        self.taken: list[tuple[str, dict[str, str], bytes]] = []
        self.refused = 0
        self.before_answer: Callable[[], object] = lambda: None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.before_answer()
        if self.server.status == 200:
            self.server.taken.append((self.path, dict(self.headers.items()), body))
        else:
            self.server.refused += 1
        self.send_response(self.server.status)
        if self.server.status // 100 == 3:
            self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_GET(self) -> None:
        self.do_POST()

    def log_message(self, *_: Any) -> None:
        """Print nothing."""


class MailSink(socketserver.ThreadingTCPServer):
    """A mail server without TLS that keeps each mail: its receivers, and its lines. ``refuses``: a code for them."""

    allow_reuse_address = daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _MailHandler)
        self.mails: list[tuple[list[str], list[str]]] = []
        self.refuses = ""

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.server_address[1]}"


class _MailHandler(socketserver.StreamRequestHandler):
    server: MailSink

    def handle(self) -> None:
        self._say("220 sink")
        receivers: list[str] = []
        while line := self.rfile.readline().decode().strip():
            verb = line[:4].upper()
            if verb == "RCPT":
                receivers.append(line.partition("<")[2].rstrip(">"))
                self._say(self.server.refuses or "250 ok")
            elif verb == "DATA":
                self._say("354 go on")
                lines = list(iter(lambda: self.rfile.readline().decode().rstrip("\r\n"), "."))
                self.server.mails.append((receivers, lines))
                self._say("250 taken")
            elif verb == "QUIT":
                self._say("221 bye")
                return
            else:
                self._say("250 ok")

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


ServerT = TypeVar("ServerT", bound=socketserver.TCPServer)


@contextmanager
def serving(server: ServerT) -> Iterator[ServerT]:
    """Serve in a thread, until the end of the block."""
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
