"""HTTP server of the look-alike: routing, and sending of answers, connection faults included."""

from __future__ import annotations

import json
import select
import socket
import socketserver
import struct
import threading
from collections.abc import Callable
from contextlib import suppress
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler
from typing import Final, cast

from odoo_sync_tui.demo.calls import Call, Delivery, ProxyResponse, Response, build_html
from odoo_sync_tui.demo.protocols import json2, jsonrpc, xmlrpc
from odoo_sync_tui.demo.protocols.json2 import JSON_CONTENT_TYPE
from odoo_sync_tui.demo.service import Service

_MAX_BODY_BYTES: Final = 128 * 1024 * 1024
"""Odoo's own limit of a request body, in bytes."""

_IDLE_TIMEOUT: Final = 60.0
_POLL_INTERVAL: Final = 0.05
_SLICES: Final = 20
_RESET_ON_CLOSE: Final = struct.pack("ii", 1, 0)
_VERSION_PATHS: Final = ("/web/version", "/json/version")
_RPC_PATHS: Final = ("/xmlrpc/2/common", "/xmlrpc/2/object", "/xmlrpc/2/db")


class HttpServer(socketserver.TCPServer):
    """Server on 127.0.0.1 with one thread per connection; all of them can be closed at once."""

    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, port: int, service: Service) -> None:
        self.service = service
        self.stopping = threading.Event()
        self._open: dict[socket.socket, threading.Thread] = {}
        self._lock = threading.Lock()
        super().__init__(("127.0.0.1", port), RequestHandler)

    def process_request(self, request: object, client_address: object) -> None:
        """Serve one connection in a thread of its own."""
        connection = cast("socket.socket", request)
        thread = threading.Thread(
            target=self._serve, args=(connection, client_address), name="demo-odoo-call", daemon=True
        )
        with self._lock:
            self._open[connection] = thread
        thread.start()

    def _serve(self, connection: socket.socket, client_address: object) -> None:
        try:
            self.finish_request(connection, client_address)
        finally:
            self.shutdown_request(connection)
            with self._lock:
                del self._open[connection]

    def stop(self) -> None:
        """Stop accepting, close every open connection, and wait for their threads."""
        self.stopping.set()
        self.shutdown()
        self.server_close()
        with self._lock:
            running = list(self._open.items())
        for connection, thread in running:
            with suppress(OSError):  # the client or the thread has closed it already
                connection.shutdown(socket.SHUT_RDWR)
            thread.join()


class RequestHandler(BaseHTTPRequestHandler):
    """Handler of one request per connection: Odoo keeps no connection alive."""

    timeout = _IDLE_TIMEOUT
    server_version = "Werkzeug/3.1 (demo)"
    sys_version = ""

    def setup(self) -> None:
        """Choose the HTTP version: 1.0 for 14, 1.1 for later ones."""
        self.protocol_version = "HTTP/1.0" if self._service.dialect < 15 else "HTTP/1.1"
        super().setup()

    @property
    def _service(self) -> Service:
        return self._http.service

    @property
    def _http(self) -> HttpServer:
        return cast("HttpServer", self.server)

    def handle(self) -> None:
        """Answer one request; ignore a disconnected or silent client."""
        with suppress(ConnectionError, TimeoutError):
            self.handle_one_request()

    def do_GET(self) -> None:
        """Answer a version request, or refuse a GET on the address of a call."""
        self._answer(self._get)

    def do_POST(self) -> None:
        """Answer a call."""
        self._answer(self._post)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the name is the base class's
        """Write no access log: the server's `calls` are the log."""

    def date_time_string(self, timestamp: float | None = None) -> str:
        """Format the Date header by the server's clock, which a test may have set."""
        seconds = self._service.database.clock().timestamp() if timestamp is None else timestamp
        return formatdate(seconds, usegmt=True)

    def _answer(self, route: Callable[[], Response]) -> None:
        self.close_connection = True
        try:
            answer = route()
        except ProxyResponse as fault:
            answer = fault.response
        self._send(answer)

    def _get(self) -> Response:
        path = self.path.partition("?")[0]
        modern = self._service.dialect >= 19
        if path in _VERSION_PATHS and modern:
            return self._version()
        if path.startswith(json2.PATH_PREFIX) and modern:
            return json2.reject_get()
        if path == "/jsonrpc":
            return jsonrpc.reject_content_type(self._service)
        if path in _RPC_PATHS:
            text = "The method is not allowed for the requested URL."
            return build_html(405, "Method Not Allowed", text, (("Allow", "POST, OPTIONS"),))
        return json2.reject_without_database()

    def _post(self) -> Response:
        path = self.path.partition("?")[0]
        content_length = self.headers.get("Content-Length") or "0"
        if not content_length.isdecimal():
            return build_html(400, "Bad Request", "The browser (or proxy) sent a request that this server cannot read.")
        length = int(content_length)
        if length > _MAX_BODY_BYTES:
            return build_html(413, "Request Entity Too Large", "The data value transmitted exceeds the capacity limit.")
        body = self.rfile.read(length)
        if path.startswith(json2.PATH_PREFIX) and self._service.dialect >= 19:
            return json2.handle(self._service, path, self.headers, body, self._pause)
        if path == "/jsonrpc":
            return jsonrpc.handle(self._service, self.headers, body, self._pause)
        if path in _RPC_PATHS:
            return xmlrpc.handle(self._service, path, body, self._pause)
        return self._other_post(path)

    def _other_post(self, path: str) -> Response:
        is_json = self.headers.get_content_type() == "application/json"
        if path == "/web/webclient/version_info":
            return jsonrpc.handle_version_info(self._service) if is_json else jsonrpc.reject_content_type(self._service)
        return (
            jsonrpc.reject_unknown_route()
            if is_json and self._service.dialect < 15
            else json2.reject_without_database()
        )

    def _version(self) -> Response:
        info = self._service.version_info
        body = {"version_info": info["server_version_info"], "version": info["server_version"]}
        cookie = (("Set-Cookie", "session_id=demo; HttpOnly; Path=/"),)
        answer = Response(200, JSON_CONTENT_TYPE, json.dumps(body).encode(), cookie)
        call = Call("http", "", "version", [], {}, self._pause)
        return self._service.respond(call, lambda _: body, lambda _: answer, json2.encode_error)

    def _send(self, answer: Response) -> None:
        if answer.delivery is Delivery.DROP:
            return
        if answer.delivery is Delivery.RESET:
            self._reset()
            return
        self._send_head(answer)
        if answer.delivery is Delivery.CUT:
            self.wfile.write(answer.body[: len(answer.body) // 2])
            self._reset()
        elif answer.seconds:
            self._send_slowly(answer)
        else:
            self.wfile.write(answer.body)

    def _send_head(self, answer: Response) -> None:
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(answer.body)))
        for name, value in answer.headers:
            self.send_header(name, value)
        if self.protocol_version == "HTTP/1.1":
            self.send_header("Connection", "close")
        self.end_headers()

    def _send_slowly(self, answer: Response) -> None:
        """Send the body in slices over its seconds; stop when the server stops."""
        size = max(1, -(-len(answer.body) // _SLICES))
        for start in range(0, len(answer.body), size):
            if self._http.stopping.wait(answer.seconds / _SLICES):
                return
            self.wfile.write(answer.body[start : start + size])

    def _reset(self) -> None:
        """Close the connection with a reset."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        self.connection.close()

    def _pause(self, released: threading.Event) -> None:
        """Wait for `released`. Raises ConnectionAbortedError if the server stops or the client disconnects first."""
        while not released.wait(_POLL_INTERVAL):
            readable, _, _ = select.select([self.connection], [], [], 0)
            # A stopping server shuts the connection down, which looks like a disconnected client here.
            if readable and not self.connection.recv(1, socket.MSG_PEEK):
                raise ConnectionAbortedError
