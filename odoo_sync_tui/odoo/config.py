"""Connection settings and rate limits of one Odoo server."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import SecretStr

ONLINE_DOMAIN = "odoo.com"
"""Domain of Odoo Online. Its acceptable use policy forbids parallel calls and more than about one call a second."""
_API_KEY = re.compile(r"[0-9a-f]{40}")


class Protocol(StrEnum):
    """One of Odoo's three protocols; ``AUTO`` chooses by server version and kind of credentials."""

    AUTO = "auto"
    JSON2 = "json2"
    JSONRPC = "jsonrpc"
    XMLRPC = "xmlrpc"


class ReadBy(StrEnum):
    """Way to read rows; ``AUTO`` reads whole columns where that is proven to give the same."""

    AUTO = "auto"
    ROWS = "rows"


@dataclass(frozen=True, slots=True)
class OdooConfig:
    """Address, credentials and limits of one Odoo server.

    Attributes:
        url: web address of the server, with a path where a proxy puts Odoo below one.
        database: name of the Odoo database.
        username: login of the Odoo user.
        api_key: an API key (40 hex digits), or the login's password for JSON-RPC and XML-RPC.
        protocol: see :class:`Protocol`.
        verify_tls: whether the server's certificate must be valid.
        ca_file: certificate authorities to trust (PEM), instead of the system's.
        proxy: address of a forward proxy, or "none"; ``None``: what the environment says.
        timeout_seconds: longest time that one call may take.
        calls_in_flight: most calls at one moment; ``None``: 1 for Odoo Online, else 4.
        calls_per_second: most calls that arrive within a second; ``None``: 1 for Odoo Online, else unlimited.
        page_size: most rows of one call, by columns twice as many; wide rows and slow servers are asked for fewer.
        retry_seconds: how long one call is tried again and again before its error counts.
        read_by: see :class:`ReadBy`.
        language: Odoo language code (``de_DE``) for translated text; ``None``: the server's source language.
        masked_models: models with values that are masked: what Odoo says about them in an error is not told.
    """

    url: str
    database: str
    username: str
    api_key: SecretStr
    protocol: Protocol = Protocol.AUTO
    verify_tls: bool = True
    ca_file: Path | None = None
    proxy: SecretStr | None = None
    timeout_seconds: float = 60.0
    calls_in_flight: int | None = None
    calls_per_second: float | None = None
    page_size: int = 1000
    retry_seconds: float = 120.0
    read_by: ReadBy = ReadBy.AUTO
    language: str | None = None
    masked_models: frozenset[str] = frozenset()

    @property
    def has_api_key(self) -> bool:
        """Whether ``api_key`` looks like an API key, not like a password."""
        return _API_KEY.fullmatch(self.api_key.get_secret_value()) is not None

    @property
    def is_odoo_online(self) -> bool:
        """Whether the server is Odoo Online."""
        return is_odoo_online(self.url)

    @property
    def max_calls_in_flight(self) -> int:
        """The largest number of calls in flight at one moment."""
        return choose_limits(self.url, self.calls_in_flight, self.calls_per_second)[0]

    @property
    def max_calls_per_second(self) -> float | None:
        """The largest number of calls begun in a second; ``None``: unlimited."""
        return choose_limits(self.url, self.calls_in_flight, self.calls_per_second)[1]


def is_odoo_online(url: str) -> bool:
    """Whether the server of this address is Odoo Online."""
    host = urlsplit(url).hostname or ""
    return host == ONLINE_DOMAIN or host.endswith(f".{ONLINE_DOMAIN}")


def choose_limits(url: str, in_flight: int | None, per_second: float | None) -> tuple[int, float | None]:
    """Choose the most calls at one moment and in a second, where they are not given; ``None``: unlimited."""
    is_online = is_odoo_online(url)
    return in_flight or (1 if is_online else 4), per_second or (1.0 if is_online else None)
