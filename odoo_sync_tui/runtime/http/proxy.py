"""Forward proxy on the way to a server: that of a setting, else of the environment, as other HTTP clients read it."""

from __future__ import annotations

import os
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_network
from urllib.parse import unquote, urlsplit

from odoo_sync_tui.core.errors import ConfigurationError
from odoo_sync_tui.core.text.hosts import encode_host, is_loopback, parse_address
from odoo_sync_tui.core.text.redaction import register_secrets

PROXY_OFF = "none"
"""Value of a setting that switches the proxies of the environment off."""


@dataclass(frozen=True, slots=True)
class ForwardProxy:
    """Proxy between this machine and a server.

    Attributes:
        url: its address, without user and password.
        headers: the headers that log in to it.
        origin: the setting or environment variable that names it.
    """

    url: str
    headers: Mapping[str, str] = field(repr=False)
    origin: str

    def __str__(self) -> str:
        return f"{self.url} ({self.origin})"


def find_proxy(url: str, named: str | None, setting: str) -> ForwardProxy | None:
    """Find the proxy for a server.

    Args:
        url: the address of the server.
        named: the value of the setting that names a proxy; ``None``: it is not set.
        setting: the name of that setting.

    Raises:
        ConfigurationError: the environment names a proxy that cannot be used.
        ValueError: the setting does.
    """
    if named is not None:
        return None if named == PROXY_OFF else parse_proxy(named, setting)
    # Takes 20 ms to import, and most have no proxy.
    from urllib.request import getproxies_environment
    from urllib.request import proxy_bypass_environment as is_bypassed  # pyright: ignore[reportAttributeAccessIssue, reportUnknownVariableType] - the stubs lack it

    variables = getproxies_environment()
    address = urlsplit(url)
    kind = next((each for each in (address.scheme, "all") if each in variables), None)
    host = encode_host(address.hostname or "")
    if kind is None or is_loopback(host) or _is_in_network(host, variables.get("no", "")):
        return None
    if is_bypassed(f"{host}:{address.port or (443 if address.scheme == 'https' else 80)}", variables):
        return None
    name = f"{kind}_proxy"
    origin = name if os.environ.get(name) else name.upper()
    try:
        return parse_proxy(variables[kind], origin)
    except ValueError:
        raise ConfigurationError(
            f"The environment variable {origin} names no proxy that can be used.",
            f"Set {setting} to an HTTP proxy, like http://proxy.example.com:3128, or to none.",
        ) from None


def parse_proxy(text: str, origin: str) -> ForwardProxy:
    """Parse the address of a proxy, ``http://`` where no scheme is named. Registers its password for redaction.

    Raises:
        ValueError: it is no address of an HTTP proxy; the message is worded for the operator and repeats nothing.
    """
    accepted = 'a proxy like http://proxy.example.com:3128 is accepted, or "none"'
    try:
        parts = urlsplit(text if "://" in text else f"http://{text}")
        host = encode_host(parts.hostname or "")
        port = parts.port
    except ValueError:
        raise ValueError(accepted) from None
    if parts.scheme not in {"http", "https"} or not host or parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError(accepted)
    headers: dict[str, str] = {}
    if parts.username is not None:
        user, password = unquote(parts.username), unquote(parts.password or "")
        register_secrets([password, parts.password or ""])
        headers["Proxy-Authorization"] = f"Basic {b64encode(f'{user}:{password}'.encode()).decode()}"
    url = f"{parts.scheme}://{f'[{host}]' if ':' in host else host}{f':{port}' if port else ''}"
    return ForwardProxy(url, headers, origin)


def _is_in_network(host: str, no_proxy: str) -> bool:
    """Whether the host is an address within one of the addresses and networks of ``no_proxy``."""
    address = parse_address(host)
    if address is None:
        return False
    for entry in no_proxy.replace(",", " ").split():
        try:
            if address in ip_network(entry.strip("[]"), strict=False):
                return True
        except ValueError:
            continue  # a name, compared elsewhere
    return False
