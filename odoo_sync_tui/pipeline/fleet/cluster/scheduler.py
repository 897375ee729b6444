"""Where a scheduler of Dask is, and how connections to it are kept safe."""

from __future__ import annotations

import ipaddress
import logging
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from odoo_sync_tui.core.errors import ConfigurationError, SyncError
from odoo_sync_tui.core.text.sanitize import sanitize

if TYPE_CHECKING:  # the settings load pydantic
    from odoo_sync_tui.settings.sections.fleet import FleetSettings

MAX_ERROR_LENGTH = 300

Untyped = Any
"""A value of Dask. Its own types are partial; what crosses this border is read with care."""


class ClusterUnavailable(SyncError):
    """The scheduler cannot be reached."""

    kind = "cluster_unavailable"
    retryable = True


@dataclass(frozen=True, slots=True)
class SchedulerConfig:
    """Where the scheduler is, and the files with which both ends of a connection prove who they are."""

    address: str
    tls_ca_file: Path | None = None
    tls_cert_file: Path | None = None
    tls_key_file: Path | None = None

    @staticmethod
    def of(fleet: FleetSettings) -> SchedulerConfig:
        """Return what the settings say."""
        return SchedulerConfig(fleet.scheduler, fleet.tls_ca_file, fleet.tls_cert_file, fleet.tls_key_file)

    @property
    def is_encrypted(self) -> bool:
        """Whether connections are made with TLS."""
        return urlsplit(self.address).scheme == "tls"

    @property
    def loopback_host(self) -> str:
        """The host, if nobody but this machine reaches it; else empty."""
        host = urlsplit(self.address).hostname or ""
        if host == "localhost":
            return "127.0.0.1"
        with suppress(ValueError):
            return host if ipaddress.ip_address(host).is_loopback else ""
        return ""

    def ensure_safe(self) -> None:
        """Refuse an address at which others could listen, or start runs.

        Raises:
            ConfigurationError: the address is none of a scheduler, lacks its files, or is open to a network.
        """
        url = urlsplit(self.address)
        if url.scheme not in {"tls", "tcp"} or not url.hostname or not _has_port(self.address):
            raise ConfigurationError(
                f"{self.address} is no address of a scheduler.", "Write tls://HOST:8786, as the scheduler prints it."
            )
        if url.scheme == "tcp" and not self.loopback_host:
            raise ConfigurationError(
                f"{self.address} is on another machine and is not encrypted: whoever reaches the scheduler or a worker"
                " can run programs there.",
                "Start scheduler and workers with TLS, and use tls:// with fleet.tls_ca_file, fleet.tls_cert_file and"
                " fleet.tls_key_file.",
            )
        files = {"ca": self.tls_ca_file, "cert": self.tls_cert_file, "key": self.tls_key_file}
        missing = [f"fleet.tls_{name}_file" for name, path in files.items() if path is None]
        if url.scheme == "tls" and missing:
            raise ConfigurationError(
                f"{self.address} needs certificates, and {', '.join(missing)} is not set.",
                "Dask encrypts only where both ends prove who they are, with certificates of one authority.",
            )

    def make_security(self) -> Untyped:
        """Make Dask's own form of the files.

        Raises:
            ConfigurationError: a file cannot be read, or holds something else.
        """
        security = load_distributed().Security
        if not self.is_encrypted:
            return security(require_encryption=False)
        ca, cert, key = str(self.tls_ca_file), str(self.tls_cert_file), str(self.tls_key_file)
        made = security(
            require_encryption=True,
            tls_ca_file=ca,
            tls_client_cert=cert,
            tls_client_key=key,
            tls_worker_cert=cert,
            tls_worker_key=key,
        )
        try:
            made.get_connection_args("worker")
        except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
            raise ConfigurationError(
                f"The certificates for {self.address} cannot be used: {describe(error)}.",
                "fleet.tls_ca_file, fleet.tls_cert_file and fleet.tls_key_file each name a PEM file.",
            ) from error
        return made


def _has_port(address: str) -> bool:
    try:
        return urlsplit(address).port is not None
    except ValueError:
        return False


def load_distributed() -> Untyped:
    """Load Dask distributed, and let what it has to say go to the log file and not to the terminal.

    Raises:
        ConfigurationError: it is not installed.
    """
    try:
        distributed = import_module("distributed")
    except ImportError as error:
        raise ConfigurationError(
            "Engine dask needs Dask distributed, which is not installed.", "pip install 'odoo-sync-tui[cluster]'"
        ) from error
    for name in ("distributed", "tornado", "tornado.application", "bokeh"):
        library_logger = logging.getLogger(name)
        library_logger.handlers.clear()
        library_logger.propagate = True
        library_logger.setLevel(logging.WARNING)
    return distributed


def describe(error: BaseException) -> str:
    """Describe an error of Dask in one line that harms no terminal."""
    text, cause = str(error), error.__cause__
    while cause is not None:  # the one below says more than "timed out after 5 s", where it says anything
        text, cause = str(cause) or text, cause.__cause__
    return sanitize(" ".join(text.split()) or type(error).__name__, MAX_ERROR_LENGTH).rstrip(".")
