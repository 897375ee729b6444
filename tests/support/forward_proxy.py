"""A company's forward proxy on loopback: CONNECT for https, whole addresses for http, a login, and refusals."""

from __future__ import annotations

import select
import socket
import ssl
import threading
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

CERTIFICATES = Path(__file__).parent / "certificates"
AUTHORITY = CERTIFICATES / "authority.pem"


class CompanyProxy(ThreadingHTTPServer):
    """Connects to ``port`` of this machine, whatever host is asked for: only the proxy can resolve the names of a test.

    Attributes:
        login: "user:password" without which nobody is let in.
        refusal: status with which every request is answered, 0: none.
        asked: method and target of each request.
    """

    daemon_threads = True

    def __init__(self, port: int) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.port = port
        self.login = ""
        self.refusal = 0
        self.asked: list[str] = []
        self.scheme = "http"

    @property
    def url(self) -> str:
        return f"{self.scheme}://localhost:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: CompanyProxy

    def handle_one_request(self) -> None:
        with suppress(OSError):  # the client did not like the certificate, or went away
            super().handle_one_request()

    def do_CONNECT(self) -> None:
        if not self._let_in():
            return
        with socket.create_connection(("127.0.0.1", self.server.port)) as target:
            self.send_response(200)
            self.end_headers()
            self._carry(target)

    def do_POST(self) -> None:
        if not self._let_in():
            return
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        parts = urlsplit(self.path)
        headers = {name: value for name, value in self.headers.items() if not name.startswith("Proxy-")}
        target = HTTPConnection("127.0.0.1", self.server.port)
        target.request(self.command, parts.path, body, {**headers, "Connection": "close"})
        answer = target.getresponse()
        data = answer.read()
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.getheader("Content-Type", ""))
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)
        target.close()

    do_GET = do_POST  # noqa: N815 - the name that http.server calls

    def log_message(self, *args: object) -> None:
        pass

    def _let_in(self) -> bool:
        self.server.asked.append(f"{self.command} {self.path}")
        login = f"Basic {b64encode(self.server.login.encode()).decode()}"
        is_known = not self.server.login or self.headers.get("Proxy-Authorization") == login
        status = self.server.refusal or (0 if is_known else 407)
        if status:
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()
        return not status

    def _carry(self, target: socket.socket) -> None:
        self.close_connection = True
        while True:
            pending = isinstance(self.connection, ssl.SSLSocket) and self.connection.pending()
            readable = [self.connection] if pending else select.select([self.connection, target], [], [])[0]
            for source, sink in ((self.connection, target), (target, self.connection)):
                if source in readable:
                    data = source.recv(65_536)
                    if not data:
                        return
                    sink.sendall(data)


def speak_tls(server: ThreadingHTTPServer, certificate: str) -> None:
    """Make a server that is not started yet speak TLS with one of the certificates, by its name."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(CERTIFICATES / f"{certificate}.pem")
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)


@contextmanager
def serving(server: ThreadingHTTPServer) -> Iterator[None]:
    """Serve in a thread of its own."""
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def company_proxy(port: int, certificate: str = "") -> Iterator[CompanyProxy]:
    """A proxy in front of a port, with TLS of its own where a certificate is named."""
    proxy = CompanyProxy(port)
    if certificate:
        speak_tls(proxy, certificate)
        proxy.scheme = "https"
    with serving(proxy):
        yield proxy
