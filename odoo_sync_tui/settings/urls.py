"""Server URLs: validation, redaction for messages, and the secrets in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote, urlsplit

from odoo_sync_tui.core.text.hosts import encode_host, is_open_mongo_address
from odoo_sync_tui.core.text.sanitize import sanitize

_PORTS = {"http": 80, "https": 443}
_SCHEME = re.compile(r"(?:mongodb(?:\+srv)?|https?|socks\w{0,2}|smtps?):/{0,2}", re.IGNORECASE)
# https://www.mongodb.com/docs/manual/reference/connection-string-options/: options with a secret value
_SECRET_OPTION = re.compile(r"(?i)(?:password|AWS_SESSION_TOKEN)[=:]([^&,]+)")


def validate_url(text: str) -> str:
    """Validate the URL of an Odoo server and strip its trailing slash.

    Raises:
        ValueError: the text is not such a URL; the message is worded for the operator.
    """
    accepted = "an address like https://odoo.example.com is accepted"
    text = text.strip()
    try:
        parts = urlsplit(text)
        usable = parts.scheme in _PORTS and bool(parts.hostname) and parts.port != 0
    except ValueError as error:  # an invalid port or IPv6 address
        raise ValueError(accepted) from error
    if not usable or not text.isprintable():  # urlsplit leaves line breaks out
        raise ValueError(accepted)
    encode_host(parts.hostname or "")
    if "@" in parts.netloc:
        raise ValueError(f"{accepted}, without a user or password in it")
    if parts.query or parts.fragment:
        raise ValueError(f'{accepted}, without "?" or "#" in it')
    return text.rstrip("/")


def is_same_server(one: str, other: str) -> bool:
    """Whether two URLs have scheme, host and port in common; false for an invalid URL."""
    try:
        return _scheme_host_port(one) == _scheme_host_port(other)
    except ValueError:  # an invalid port or IPv6 address
        return False


def _scheme_host_port(address: str) -> tuple[str, str, int | None]:
    parts = urlsplit(address.strip())
    return parts.scheme, encode_host(parts.hostname or ""), parts.port or _PORTS.get(parts.scheme)


def redact_value(value: object) -> str:
    """Format a given value for a message: bounded, sanitized, and without the password of a URL."""
    return re.sub(r"//\S{0,100}@", "//***@", sanitize(value, 100))


def find_database(uri: str) -> str | None:
    """Return the database that a MongoDB connection string names after its hosts; ``None`` without one.

    ``admin`` is none for a lake: it says in which database the user is kept, as ``authSource`` does.
    """
    path = uri.partition("://")[2].partition("/")[2].partition("?")[0]
    is_database = path not in {"", "admin"} and "@" not in path  # with @: the rest of a password that holds a slash
    return unquote(path) if is_database else None


def find_secrets(uri: str) -> Iterator[str]:
    """Yield the passwords in a connection string, each as written and percent-decoded, however odd its form is."""
    address = uri.strip()
    scheme = _SCHEME.match(address)
    address = address[scheme.end() :] if scheme else address
    is_web = scheme is not None and not scheme[0].lower().startswith("mongo")  # host:port, where no user is named
    login = address.rpartition("@")[0] if "@" in address else "" if is_web or is_open_mongo_address(uri) else address
    for secret in filter(None, (login.partition(":")[2], *_SECRET_OPTION.findall(uri))):
        yield secret
        yield unquote(secret)
