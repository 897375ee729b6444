"""Network half of the checks: host name, connection, certificate. No call to Odoo itself."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import TypeVar
from urllib.parse import SplitResult, urlsplit

from odoo_sync_tui.core.errors import RunCancelled
from odoo_sync_tui.core.reports.diagnosis import CheckResult, failure, ok, skipped, warning
from odoo_sync_tui.odoo.config import OdooConfig
from odoo_sync_tui.odoo.transport.http import make_tls_context
from odoo_sync_tui.runtime.cancel import CancelToken
from odoo_sync_tui.runtime.threads import DaemonThreadPool

R = TypeVar("R")

MAX_CHECK_SECONDS = 10.0
"""Longest time of one check."""
CERTIFICATE_EXPIRY_WARNING_DAYS = 14
"""Number of days before the expiry of a certificate from which the check warns; most are renewed 30 days before."""

Address = tuple[str, int]


class Deadline(CancelToken):
    """Cancel token that is requested when a check has taken too long, until the next check begins."""

    def __init__(self, seconds: float = MAX_CHECK_SECONDS, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._seconds = seconds
        self._clock = clock
        self._end = clock() + seconds

    def restart(self) -> None:
        """Start the time of the next check."""
        self._end = self._clock() + self._seconds

    @property
    def seconds_left(self) -> float:
        """The seconds until the end, at least 0.1, for time limits that must not be zero."""
        return max(0.1, self._end - self._clock())

    @property
    def is_requested(self) -> bool:
        """Whether the time is up."""
        return self._clock() >= self._end

    def raise_if_requested(self) -> None:
        """Stop here when the time is up.

        Raises:
            RunCancelled: the time is up.
        """
        if self.is_requested:
            raise RunCancelled(f"There was no answer within {self._seconds:.0f} s.")

    def sleep(self, seconds: float) -> None:
        """Wait, but not beyond the end.

        Raises:
            RunCancelled: the time is up.
        """
        super().sleep(max(0.0, min(seconds, self._end - self._clock())))
        self.raise_if_requested()


class NetworkChecks:
    """Network checks, each building on the one before.

    Args:
        get_config: returns the configuration, which is known at the time of the first check.
        deadline: the time of each check.
    """

    def __init__(self, get_config: Callable[[], OdooConfig], deadline: Deadline) -> None:
        self._get_config = get_config
        self._deadline = deadline
        self._addresses: list[str] = []

    def check_name(self) -> CheckResult:
        """Resolve the host name."""
        host, port = self._address()
        if _is_address(host):
            self._addresses = [host]
            return ok(f"{host} is an address; there is no name to resolve.")
        try:
            found = self._run_with_deadline(lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except (socket.gaierror, UnicodeError) as error:
            is_transient = isinstance(error, socket.gaierror) and error.errno == socket.EAI_AGAIN
            return failure(
                f"The name {host} is unknown.",
                "Check the host in odoo.url, and the name service (DNS) of this machine.",
                transient=is_transient,
            )
        self._addresses = list(dict.fromkeys(str(each[4][0]) for each in found))
        return ok(f"{host} is {', '.join(self._addresses[:4])}.")

    def check_connection(self) -> CheckResult:
        """Open a connection."""
        host, port = self._address()
        began = time.monotonic()
        try:
            self._connect(host, port).close()
        except TimeoutError:
            return failure(
                f"{host} does not accept a connection on port {port} in time.",
                "Check the port in odoo.url, and firewalls on the way.",
                transient=True,
            )
        except OSError as error:
            return failure(
                f"{host} does not accept a connection on port {port}: {error.strerror or type(error).__name__}.",
                "Check that Odoo is running, the port in odoo.url, and firewalls on the way.",
                transient=True,
            )
        return ok(f"Port {port} answered in {(time.monotonic() - began) * 1000:.0f} ms.")

    def check_encryption(self) -> CheckResult:
        """Check the certificate, even if the settings trust any certificate."""
        config = self._get_config()
        if urlsplit(config.url).scheme != "https":
            return self._check_unencrypted()
        try:
            expires = self._read_expiry()
        except ssl.SSLCertVerificationError as error:
            return self._report_untrusted(config, error.verify_message)
        except ssl.SSLError as error:
            reason = (error.reason or "no TLS").replace("_", " ").lower()
            return failure(
                f"The server does not speak TLS as it should: {reason}.", "Check scheme and port of odoo.url."
            )
        except OSError as error:
            reason = error.strerror or type(error).__name__
            return failure(
                f"The connection broke off during the TLS handshake: {reason}.", "Try again.", transient=True
            )
        return check_certificate_expiry(config, expires, datetime.now(UTC))

    def _check_unencrypted(self) -> CheckResult:
        is_loopback = all(ip_address(each.partition("%")[0]).is_loopback for each in self._addresses)
        if is_loopback:
            return skipped("http, to this machine itself: there is nothing to encrypt.")
        return warning("http: key and data travel unencrypted.", "Use an https address in odoo.url.")

    def _report_untrusted(self, config: OdooConfig, reason: str) -> CheckResult:
        summary = f"The certificate is not trusted: {reason}."
        if not config.verify_tls:
            return warning(
                f"{summary} It is not checked, because odoo.verify_tls is off.",
                "Set odoo.ca_file to the authority that signed it, and switch odoo.verify_tls on.",
            )
        return failure(summary, "Set odoo.ca_file to the authority that signed it, or have the certificate mended.")

    def _read_expiry(self) -> datetime | None:
        host, port = self._address()
        context = make_tls_context(replace(self._get_config(), verify_tls=True))
        with self._connect(host, port) as plain, context.wrap_socket(plain, server_hostname=host) as secured:
            certificate = secured.getpeercert() or {}
        until = certificate.get("notAfter")
        return datetime.fromtimestamp(ssl.cert_time_to_seconds(until), UTC) if isinstance(until, str) else None

    def _connect(self, host: str, port: int) -> socket.socket:
        return socket.create_connection((host, port), timeout=self._deadline.seconds_left)

    def _address(self) -> Address:
        parts: SplitResult = urlsplit(self._get_config().url)
        return parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)

    def _run_with_deadline(self, work: Callable[[], R]) -> R:
        """Run work without a time limit of its own; abandon it when the time is up."""
        pool = DaemonThreadPool("doctor")
        try:
            return pool.submit(work).result(self._deadline)
        finally:
            pool.close()


def check_certificate_expiry(config: OdooConfig, expires: datetime | None, now: datetime) -> CheckResult:
    """Check the expiry time of a trusted certificate."""
    if expires is None:
        return ok("The certificate is trusted; it does not say until when it is valid.")
    days = (expires - now).days
    summary = f"The certificate is trusted and valid until {expires:%Y-%m-%d}, {days} days from now."
    if not config.verify_tls:
        return warning(f"{summary} Yet odoo.verify_tls is off.", "Switch odoo.verify_tls on: it would pass.")
    if days < CERTIFICATE_EXPIRY_WARNING_DAYS:
        return warning(summary, "Have it renewed in time.")
    return ok(summary)


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
