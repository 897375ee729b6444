"""Calls, the transport interface, and the HTTP session with Odoo below all protocols."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol as Interface
from urllib.parse import urlsplit

from odoo_sync_tui.core.errors import ConfigurationError, OdooSetupError
from odoo_sync_tui.core.text.hosts import encode_url
from odoo_sync_tui.odoo.config import OdooConfig
from odoo_sync_tui.odoo.errors.context import CallContext, Stage
from odoo_sync_tui.runtime.http import proxy
from odoo_sync_tui.runtime.http.answers import AnswerBound
from odoo_sync_tui.runtime.http.session import HttpConfig, Session


@dataclass(frozen=True, slots=True)
class Call:
    """Call of a model's method, independent of the protocol.

    ``domain`` or ``ids`` is the method's subject, where it has one: JSON-2 names it, the others pass it by position,
    because its name differs between versions. ``options`` are named arguments, the context among them. ``bound`` is
    that of the answer; ``None``: the bound of the method.
    """

    model: str
    method: str
    domain: Sequence[object] | None = None
    ids: Sequence[int] | None = None
    options: Mapping[str, object] = field(default_factory=dict[str, object])
    bound: AnswerBound | None = field(default=None, compare=False)


class Transport(Interface):
    """Interface of one protocol, for one database and user."""

    @property
    def title(self) -> str:
        """The protocol's name for operators ("JSON-2")."""
        ...

    @property
    def bare_load(self) -> object:
        """The value of ``load`` with which many2one values arrive as bare ids."""
        ...

    def log_in(self) -> int | None:
        """Log in and return the Odoo user's id; ``None`` when Odoo refuses without an error."""
        ...

    def call(self, call: Call) -> object:
        """Make the call and return its result, in plain JSON types.

        Raises:
            ServerFault, BadAnswer, UnreadableXml: see the module errors.
            urllib3.exceptions.HTTPError: the connection failed.
        """
        ...


def open_odoo_session(config: OdooConfig) -> Session:
    """Open an HTTP session with Odoo; nothing is sent yet.

    Raises:
        OdooSetupError: the address of Odoo, or that of the proxy in the environment, cannot be used.
        ConfigurationError: the file of authorities cannot be used.
    """
    return Session(
        HttpConfig(
            url=_encode_address(config.url),
            section="odoo",
            timeout_seconds=config.timeout_seconds,
            max_connections=config.max_calls_in_flight,
            verify_tls=config.verify_tls,
            ca_file=config.ca_file,
            proxy=find_proxy(config),
        )
    )


def find_proxy(config: OdooConfig) -> proxy.ForwardProxy | None:
    """Find the proxy on the way to Odoo.

    Raises:
        OdooSetupError: the environment names a proxy that cannot be used.
    """
    named = config.proxy.get_secret_value() if config.proxy else None
    try:
        return proxy.find_proxy(config.url, named, "odoo.proxy")
    except ConfigurationError as error:
        raise OdooSetupError(error.message, error.hint) from None


def make_call_context(config: OdooConfig) -> CallContext:
    """Make the context of the calls of connecting."""
    return CallContext(
        config.url,
        config.database,
        config.username,
        Stage.CONNECT,
        has_api_key=config.has_api_key,
        proxy=str(find_proxy(config) or ""),
    )


def _encode_address(url: str) -> str:
    """Encode a web address for servers, without a slash at its end.

    Raises:
        OdooSetupError: the text is no web address, or holds credentials.
    """
    if "@" in url:  # searched in the text, because an address that cannot be parsed may hold a password too
        raise OdooSetupError(
            "The Odoo address holds a user or password.", "Set odoo.username and odoo.api_key instead."
        )
    try:
        parts = urlsplit(encode_url(url))
        is_address = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
        is_address = is_address and url.isprintable()  # urlsplit leaves line breaks out
    except ValueError:
        is_address = False
    if not is_address:
        raise OdooSetupError(
            f"The Odoo address {url!r} is not a web address.", "Set odoo.url, like https://odoo.example.com."
        )
    return encode_url(url).rstrip("/")


WireRow = Mapping[str, object]
"""Row as the transport returns it."""
