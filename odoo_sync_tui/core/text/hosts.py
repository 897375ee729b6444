"""Host names as people write them, and as servers are asked for them."""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import urlsplit

_AMBIGUOUS = frozenset("\u00df\u03c2\u200c\u200d")
"""Sharp s, final sigma and the joiners. The standard library knows IDNA 2003, in which they are left out or replaced;
in IDNA 2008 they make another name, which may belong to somebody else. All other names are equal in both."""

_HOST = r"(?:\[[0-9A-Fa-f:.%]+\]|[\w.%-]+)"
_OPEN_MONGO_ADDRESS = re.compile(
    rf"\A(?:{_HOST}:\d+|mongodb(?:\+srv)?://(?:[^@:/?\s]*@)?{_HOST}(?::\d+)?(?:,{_HOST}(?::\d+)?)*(?:[/?][^@\s]*)?)\Z",
    re.IGNORECASE,
)


def is_open_mongo_address(text: str) -> bool:
    """Whether a text is a MongoDB address in which no user has a password; false for whatever is none.

    A text that looks otherwise than such an address may hold a password anywhere.
    """
    return _OPEN_MONGO_ADDRESS.match(text) is not None


def encode_host(host: str) -> str:
    """Encode a host name for servers: "müller.example" is "xn--mller-kva.example" there.

    Raises:
        ValueError: the text is no host name, or one with two readings; the message is worded for the operator.
    """
    if _AMBIGUOUS & frozenset(host):
        raise ValueError('a host name with "ß", "ς" or a joiner has two readings: write it in its form with xn--')
    try:
        encoded = host if host.isascii() else host.encode("idna").decode()
    except UnicodeError:
        encoded = " "
    if any(map(str.isspace, encoded)):
        raise ValueError(f"{host!r} is no host name")
    return encoded


def encode_url(url: str) -> str:
    """Encode the host of a web address without credentials; see :func:`encode_host`."""
    if url.isascii():
        return url
    parts = urlsplit(url)
    port = f":{parts.port}" if parts.port else ""
    return parts._replace(netloc=f"{encode_host(parts.hostname or '')}{port}").geturl()


def parse_address(host: str) -> IPv4Address | IPv6Address | None:
    """Parse a host that is an IP address; ``None`` for a name."""
    try:
        return ip_address(host.partition("%")[0])
    except ValueError:
        return None


def is_loopback(host: str) -> bool:
    """Whether the host is this machine, by its name or address."""
    address = parse_address(host)
    return address.is_loopback if address else host == "localhost" or host.endswith(".localhost")


def is_sent_in_the_clear(url: str) -> bool:
    """Whether others can read what is sent to a web address: it is http, and another machine's."""
    try:
        parts = urlsplit(url)
        return parts.scheme == "http" and not is_loopback(parts.hostname or "")
    except ValueError:  # "http://[": no address at all
        return False
