"""The Odoo whose records a store holds: ids have a meaning within one source only."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from odoo_sync_tui.core.text.hosts import encode_url

_DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class OdooSource:
    """One Odoo database.

    Attributes:
        address: host, with a port or path that is not the default; without scheme, so that a move to TLS is no move.
        database: name of the database.
        uuid: ``database.uuid`` of Odoo; a copy of a database keeps it. ``None``: the Odoo user may not read it.
    """

    address: str
    database: str
    uuid: str | None = None

    @classmethod
    def of(cls, url: str, database: str, uuid: str | None = None) -> OdooSource:
        """Build the source of a server's web address."""
        parts = urlsplit(url.strip())
        host = parts.hostname or parts.netloc.lower()
        try:
            port = parts.port
        except ValueError:  # not a port; the settings refuse it elsewhere
            port = None
        port_text = f":{port}" if port and port != _DEFAULT_PORTS.get(parts.scheme) else ""
        return cls(f"{host}{port_text}{parts.path.rstrip('/')}", database, uuid)

    def is_same_as(self, other: OdooSource) -> bool:
        """Whether both are one database; an unknown uuid is left out of the comparison."""
        if (_encode(self.address), self.database) != (_encode(other.address), other.database):
            return False
        return self.uuid is None or other.uuid is None or self.uuid == other.uuid

    def __str__(self) -> str:
        return f"database {self.database} at {self.address}"


def _encode(address: str) -> str:
    """Encode an address for comparison: an international host name is one name in both its forms."""
    try:
        return encode_url(f"//{address}")
    except ValueError:
        return address
