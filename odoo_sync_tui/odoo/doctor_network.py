"""Network half of the checks: host name, connection, certificate, of Odoo or of the proxy before it."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TypeVar
from urllib.parse import urlsplit

from odoo_sync_tui.core.errors import OdooError, OdooSetupError, RunCancelled
from odoo_sync_tui.core.reports.diagnosis import CheckResult, failure, ok, skipped, warning
from odoo_sync_tui.core.reports.health import EXPIRY_WARNING
from odoo_sync_tui.core.text.hosts import encode_host, is_loopback, parse_address
from odoo_sync_tui.odoo.config import OdooConfig
from odoo_sync_tui.odoo.errors.translate import translate_errors
from odoo_sync_tui.odoo.expiry import parse_certificate_end
from odoo_sync_tui.odoo.transport.http import find_proxy, make_call_context, open_odoo_session
from odoo_sync_tui.runtime.cancel import CancelToken
from odoo_sync_tui.runtime.threads import DaemonThreadPool

R = TypeVar("R")

MAX_CHECK_SECONDS = 10.0
"""Longest time of one check."""


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
    """Network checks, each building on the one before. Where there is a proxy, its name and port are checked.

    Args:
        get_config: returns the configuration, which is known at the time of the first check.
        deadline: the time of each check.
    """

    def __init__(self, get_config: Callable[[], OdooConfig], deadline: Deadline) -> None:
        self._get_config = get_config
        self._deadline = deadline

    def check_name(self) -> CheckResult:
        """Resolve the host name."""
        hop = _find_first_hop(self._get_config())
        if parse_address(hop.host):
            return ok(f"{hop.title} is an address; there is no name to resolve.")
        try:
            found = self._run_with_deadline(lambda: socket.getaddrinfo(hop.host, hop.port, type=socket.SOCK_STREAM))
        except (socket.gaierror, UnicodeError) as error:
            is_transient = isinstance(error, socket.gaierror) and error.errno == socket.EAI_AGAIN
            return failure(
                f"The name of {hop.title} is unknown.",
                f"Check the host in {hop.setting}, and the name service (DNS) of this machine.",
                transient=is_transient,
            )
        addresses = list(dict.fromkeys(str(each[4][0]) for each in found))
        return ok(f"{hop.title} is {', '.join(addresses[:4])}.")

    def check_connection(self) -> CheckResult:
        """Open a connection."""
        hop = _find_first_hop(self._get_config())
        began = time.monotonic()
        try:
            socket.create_connection((hop.host, hop.port), timeout=self._deadline.seconds_left).close()
        except TimeoutError:
            return failure(
                f"{hop.title} does not accept a connection on port {hop.port} in time.",
                f"Check the port in {hop.setting}, and firewalls on the way.",
                transient=True,
            )
        except OSError as error:
            return failure(
                f"{hop.title} does not accept a connection on port {hop.port}: "
                f"{error.strerror or type(error).__name__}.",
                f"Check that it is running, the port in {hop.setting}, and firewalls on the way.",
                transient=True,
            )
        return ok(f"Port {hop.port} answered in {(time.monotonic() - began) * 1000:.0f} ms.")

    def check_encryption(self) -> CheckResult:
        """Check the certificate, even if the settings trust any certificate."""
        config = self._get_config()
        if urlsplit(config.url).scheme != "https":
            return _check_unencrypted(config)
        try:
            expires = self._read_expiry(replace(config, verify_tls=True))
        except OdooSetupError as error:
            if config.verify_tls:
                raise
            self._read_expiry(config)  # raises what has nothing to do with the certificate
            return warning(
                f"{error.message} It is not checked, because odoo.verify_tls is off.",
                f"{error.hint} Then switch odoo.verify_tls on.",
            )
        return check_certificate_expiry(config, expires, datetime.now(UTC))

    def _read_expiry(self, config: OdooConfig) -> datetime | None:
        """Read until when the certificate is valid, on the way of every call; what is answered does not matter."""
        seconds = min(config.timeout_seconds, self._deadline.seconds_left)
        session = open_odoo_session(replace(config, timeout_seconds=seconds))
        try:
            with translate_errors(make_call_context(config)):
                session.get("/web/version")
        except OdooError:
            if session.certificate_end is None:
                raise
        finally:
            session.close()
        return parse_certificate_end(session.certificate_end)

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
    if days < EXPIRY_WARNING.days:
        return warning(summary, "Have it renewed in time.")
    return ok(summary)


@dataclass(frozen=True, slots=True)
class _FirstHop:
    """What this machine connects to: the proxy, or Odoo itself. ``setting`` names it."""

    title: str
    host: str
    port: int
    setting: str


def _find_first_hop(config: OdooConfig) -> _FirstHop:
    proxy = find_proxy(config)
    parts = urlsplit(proxy.url if proxy else config.url)
    typed = parts.hostname or ""
    title, setting = (f"The proxy {typed}", proxy.origin) if proxy else (typed, "odoo.url")
    return _FirstHop(title, encode_host(typed), parts.port or (443 if parts.scheme == "https" else 80), setting)


def _check_unencrypted(config: OdooConfig) -> CheckResult:
    if is_loopback(urlsplit(config.url).hostname or ""):
        return skipped("http, to this machine itself: there is nothing to encrypt.")
    return warning("http: key and data travel unencrypted.", "Use an https address in odoo.url.")
