"""Connection settings of the store. Its own module, so that the settings can be built without loading the driver."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from urllib.parse import parse_qsl, unquote

from pydantic import SecretStr

from odoo_sync_tui.core.text.hosts import is_loopback

EMBEDDED_URI = "embedded"
"""Value of ``uri`` that selects a private mongod instead of a server of the operator's."""


_UNCHECKED_OPTIONS = ("tlsinsecure", "tlsallowinvalidcertificates", "tlsallowinvalidhostnames")


class Exposure(StrEnum):
    """Weakness of the way to a server, in the words of the dashboard's top line."""

    NO_TLS = "no TLS"
    UNCHECKED = "TLS unchecked"


@dataclass(frozen=True, slots=True)
class MongoConfig:
    """Connection settings of the lake.

    Attributes:
        uri: ``"embedded"``, or a MongoDB connection string; secret, because it may hold a password.
        database: name of the database.
        data_dir: where an embedded MongoDB keeps its data; ``None``: the user's data directory.
        mongod: the server that an embedded MongoDB runs; ``None``: that of the installed package.
        timeout_seconds: limit of one operation, the search for a server included.
    """

    uri: SecretStr = field(default_factory=lambda: SecretStr(EMBEDDED_URI))
    database: str = "odoo_sync"
    data_dir: Path | None = None
    timeout_seconds: float = 10.0
    mongod: Path | None = None

    @property
    def is_embedded(self) -> bool:
        """Whether the settings select a private mongod."""
        return self.uri.get_secret_value() == EMBEDDED_URI

    def is_same_server(self, other: MongoConfig) -> bool:
        """Whether both settings lead to one server, as far as they say so."""
        return (self.uri, self.data_dir, self.mongod) == (other.uri, other.data_dir, other.mongod)

    @property
    def exposure(self) -> Exposure | None:
        """What lets others on the way read the login, or answer in the server's place; ``None`` where nothing does."""
        scheme, _, address = self.uri.get_secret_value().strip().partition("://")
        authority, _, query = address.partition("?")
        login, _, rest = authority.rpartition("@")
        options = {name.lower(): value for name, value in parse_qsl(query.replace(";", "&"))}
        if any(options.get(name) == "true" for name in _UNCHECKED_OPTIONS):
            return Exposure.UNCHECKED
        is_encrypted = options.get("tls", options.get("ssl", "true" if scheme.endswith("+srv") else "false")) == "true"
        is_local = all(map(_is_this_machine, rest.partition("/")[0].split(",")))
        return Exposure.NO_TLS if ":" in login and not is_encrypted and not is_local else None


def _is_this_machine(member: str) -> bool:
    """Whether a host of a connection string is a socket of this machine, or its loopback address."""
    host = member[1:].partition("]")[0] if member.startswith("[") else member.partition(":")[0]
    return unquote(host).startswith("/") or is_loopback(host.lower())
