"""Addresses of servers: which ones are accepted, how they may be shown, which secrets are in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote, urlsplit

from odoo_sync_tui.core.text import clean

_PORTS = {"http": 80, "https": 443}
_LOGIN = re.compile(r"//[^@/:]*:(\S*)@")
# https://www.mongodb.com/docs/manual/reference/connection-string-options/: options whose value is a secret
_SECRET_OPTION = re.compile(r"(?i)(?:password|AWS_SESSION_TOKEN)[=:]([^&,]+)")


def web_address(text: str) -> str:
    """The address of an Odoo server without a trailing slash; ``ValueError`` in words for anything else."""
    accepted = "an address like https://odoo.example.com is accepted"
    text = text.strip()
    try:
        parts = urlsplit(text)
        usable = parts.scheme in _PORTS and bool(parts.hostname) and parts.port != 0
    except ValueError as error:  # a port or an IPv6 address that is none
        raise ValueError(accepted) from error
    if not usable:
        raise ValueError(accepted)
    if "@" in parts.netloc:
        raise ValueError(f"{accepted}, without a user or password in it")
    if parts.query or parts.fragment:
        raise ValueError(f'{accepted}, without "?" or "#" in it')
    return text.rstrip("/")


def same_server(one: str, other: str) -> bool:
    """Whether two web addresses have scheme, host and port in common; what is no address is no server's."""
    try:
        return _server_of(one) == _server_of(other)
    except ValueError:  # a port or an IPv6 address that is none
        return False


def _server_of(address: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(address.strip())
    return parts.scheme, parts.hostname, parts.port or _PORTS.get(parts.scheme)


def shown(value: object) -> str:
    """A given value as a message may quote it: bounded, safe, and without the password of an address."""
    return re.sub(r"//\S*@", "//***@", clean(value, 100))


def secrets_in(uri: str) -> Iterator[str]:
    """The passwords in a connection string, as they are written there and as they are meant."""
    for pattern in (_LOGIN, _SECRET_OPTION):
        for secret in pattern.findall(uri):
            yield secret
            yield unquote(secret)
