"""HTTP session with one server: TLS, proxy, time limits, and a way to cut off hanging calls."""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from socket import SHUT_RDWR, socket
from ssl import SSLSocket
from typing import Any
from urllib.parse import urljoin, urlsplit
from weakref import WeakSet

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.util.ssltransport import SSLTransport

from odoo_sync_tui.core.errors import ConfigurationError
from odoo_sync_tui.runtime.http.answers import AnswerBound, Redirect, Response, read_body
from odoo_sync_tui.runtime.http.deadline import TimedResponse
from odoo_sync_tui.runtime.http.proxy import ForwardProxy

MAX_CONNECT_SECONDS = 10.0
MAX_YEAR = 9000
"""Last year of a server's clock: times after it leave no room for calculation before the calendar's end."""
MAX_LOCATION_LENGTH = 2000


@dataclass(frozen=True, slots=True)
class HttpConfig:
    """How one server is reached.

    Attributes:
        url: its web address, encoded for servers.
        section: the section of the settings that names the server, for messages.
        timeout_seconds: longest time that one call may take.
        max_connections: most connections that are kept.
        verify_tls: whether the server's certificate must be valid.
        ca_file: certificate authorities to trust (PEM), instead of the system's.
        proxy: the forward proxy on the way; ``None``: there is none.
    """

    url: str
    section: str
    timeout_seconds: float
    max_connections: int = 1
    verify_tls: bool = True
    ca_file: Path | None = None
    proxy: ForwardProxy | None = None


class Session:
    """HTTP session with one server: TLS, time limits, and a way to cut off hanging calls.

    A bare Odoo closes the connection after every response; only a proxy keeps it open, and then it is reused.
    """

    def __init__(self, config: HttpConfig) -> None:
        self.url = config.url
        self.certificate_end: str | None = None
        """End of the server's certificate as OpenSSL writes it; empty if not checked, ``None`` before a connection."""
        self._timeout = config.timeout_seconds
        self._sockets: WeakSet[socket] = WeakSet()
        self._lock = threading.Lock()
        self._closed = False
        self._server_date: tuple[datetime, float] | None = None  # of a response: its Date header, our monotonic clock
        self._pools = self._open_pools(config)

    @property
    def server_time(self) -> datetime | None:
        """The current time of the server's clock: the latest ``Date`` header plus the time since."""
        if self._server_date is None:
            return None
        stamp, received_at = self._server_date
        return stamp + timedelta(seconds=time.monotonic() - received_at)

    def get(self, path: str) -> Response:
        """Get a page of the server, below the address of the configuration."""
        return self._send("GET", path, None, {}, AnswerBound())

    def post(
        self,
        path: str,
        body: bytes,
        content_type: str,
        headers: Mapping[str, str] | None = None,
        bound: AnswerBound | None = None,
    ) -> Response:
        """Send ``body`` to a path of the server.

        Raises:
            urllib3.exceptions.HTTPError: no connection, no response in time, or a broken one.
            OversizedResponse: the response is larger than ``bound``.
        """
        sent = {"Content-Type": content_type, **(headers or {})}
        return self._send("POST", path, body, sent, bound or AnswerBound())

    def close(self) -> None:
        """Cut off every call under way and prevent new ones."""
        with self._lock:
            self._closed = True
            sockets = list(self._sockets)
        for each in sockets:
            _shut_down(each)
        self._pools.clear()

    def _send(self, verb: str, path: str, body: bytes | None, headers: dict[str, str], bound: AnswerBound) -> Response:
        response = self._pools.urlopen(
            verb,
            f"{self.url}{path}",
            body=body,
            headers={"Accept-Encoding": "gzip", "User-Agent": "odoo-sync-tui", **headers},
            timeout=urllib3.Timeout(connect=MAX_CONNECT_SECONDS, total=self._timeout),
            retries=False,
            redirect=False,
            preload_content=False,
        )
        try:
            content = read_body(response, bound)
        except BaseException:
            response.close()
            raise
        response.release_conn()
        self._record_server_date(response.headers.get("Date", ""))
        return Response(
            status=response.status,
            content_type=response.headers.get("Content-Type", "").lower(),
            body=content,
            retry_after=_parse_retry_after(response.headers.get("Retry-After", "")),
            redirect=self._parse_redirect(response, path),
        )

    def _parse_redirect(self, response: urllib3.BaseHTTPResponse, path: str) -> Redirect | None:
        """Parse the target of a redirect of the call of ``path``; ``None`` for any other response."""
        location = response.headers.get("Location", "") if response.status // 100 == 3 else ""
        try:
            target = urlsplit(urljoin(f"{self.url}{path}", location))
        except ValueError:
            return None
        if (
            not location
            or len(location) > MAX_LOCATION_LENGTH
            or target.scheme not in {"http", "https"}
            or not target.hostname
        ):
            return None
        server = f"{target.scheme}://{target.netloc.rpartition('@')[2]}"
        ours = urlsplit(self.url)
        is_same_server = server == f"{ours.scheme}://{ours.netloc}"
        base_url = f"{server}{target.path.removesuffix(path)}" if target.path.endswith(path) else ""
        return Redirect(target.hostname, "" if base_url == self.url else base_url, is_same_server)

    def _record_server_date(self, date: str) -> None:
        stamp = _parse_date(date)
        if stamp is not None:
            self._server_date = (stamp, time.monotonic())

    def _open_pools(self, config: HttpConfig) -> urllib3.PoolManager:
        proxy = config.proxy
        options: dict[str, Any] = {"maxsize": config.max_connections}
        if urlsplit(self.url).scheme == "https":
            if not config.verify_tls:  # the operator gets one warning instead of one per call on stderr
                urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
            options["ssl_context"] = make_tls_context(config)
        if proxy is None:
            pools = urllib3.PoolManager(**options)
        else:
            tls = make_tls_context(replace(config, verify_tls=True)) if proxy.url.startswith("https") else None
            options.setdefault("ssl_context", tls)  # urllib3 before 2.8: of the proxy, for http
            pools = urllib3.ProxyManager(proxy.url, proxy_headers=proxy.headers, proxy_ssl_context=tls, **options)
        pools.pool_classes_by_scheme = {
            "http": self._make_tracked_class(urllib3.HTTPConnectionPool, HTTPConnection),
            "https": self._make_tracked_class(urllib3.HTTPSConnectionPool, HTTPSConnection),
        }
        return pools

    def _make_tracked_class(
        self, pool: type[urllib3.HTTPConnectionPool], connection: type[HTTPConnection]
    ) -> type[urllib3.HTTPConnectionPool]:
        """Make a class of pools, whose responses have a time limit and whose sockets :meth:`close` can cut off."""
        register = self._register

        class TrackedConnection(connection):
            response_class = TimedResponse

            def connect(self) -> None:
                super().connect()
                register(self.sock)

        class TrackedPool(pool):
            ConnectionCls = TrackedConnection  # pyright: ignore[reportAssignmentType] - the stub wants an exact copy

        return TrackedPool

    def _register(self, connected: object) -> None:
        if isinstance(connected, (SSLSocket, SSLTransport)):
            certificate = connected.getpeercert() or {}
            self.certificate_end = str(certificate.get("notAfter", ""))
        if isinstance(connected, SSLTransport):  # TLS within the TLS of a proxy
            connected = connected.socket
        if not isinstance(connected, socket):
            return
        with self._lock:
            self._sockets.add(connected)
            closed = self._closed
        if closed:
            _shut_down(connected)


def make_tls_context(config: HttpConfig) -> ssl.SSLContext:
    """Make the TLS context that checks certificates by the configuration.

    Raises:
        ConfigurationError: the file of authorities cannot be used.
    """
    try:
        context = ssl.create_default_context(cafile=config.ca_file)  # of the system only without a file
    except (OSError, ssl.SSLError) as error:
        raise ConfigurationError(
            f"The certificate file {config.ca_file} cannot be used ({error.strerror or 'not PEM'}).",
            f"Set {config.section}.ca_file to a readable PEM file.",
        ) from None
    if not config.verify_tls:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _shut_down(connected: socket) -> None:
    try:
        connected.shutdown(SHUT_RDWR)
    except OSError:
        return  # closed already


def _parse_retry_after(retry_after: str) -> float | None:
    """Parse a ``Retry-After`` header: its seconds, or the time until its date."""
    text = retry_after.strip()
    if text.isascii() and text.isdigit():
        return float(text)
    stamp = _parse_date(text)
    return None if stamp is None else max(0.0, (stamp - datetime.now(UTC)).total_seconds())


def _parse_date(date: str) -> datetime | None:
    """Parse the date of a header, in UTC; ``None`` for text that is no date, or a date outside the calendar."""
    try:
        stamp = parsedate_to_datetime(date)
        moment = (stamp if stamp.tzinfo else stamp.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    return moment if moment.year <= MAX_YEAR else None
