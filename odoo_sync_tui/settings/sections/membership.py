"""What the settings of one Odoo of many know of the others: where all states are, and what its host may be asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from pydantic import PrivateAttr
from pydantic_settings import BaseSettings

from odoo_sync_tui.core.reports.fleet import HostLimit
from odoo_sync_tui.core.text.hosts import encode_url
from odoo_sync_tui.odoo.config import choose_limits
from odoo_sync_tui.settings.sections.fleet import FleetSettings, HostSettings
from odoo_sync_tui.store.config import MongoConfig


@dataclass(frozen=True, slots=True)
class FleetMembership:
    """What the settings of a source know of the others.

    Attributes:
        source: the name of the source.
        main: the database of the main settings, where the states of all sources and the limits of hosts are.
        host_limit: the limit of the host of its Odoo.
    """

    source: str
    main: MongoConfig
    host_limit: HostLimit


def find_host(url: str) -> str:
    """Return the host of an address as all its spellings have it: "erp.example.com", or "erp.example.com:8069".

    Path and scheme are none of it: they lead to the same machine, and so does the usual port where it is named.
    """
    parts = urlsplit(encode_url(url))
    host = (parts.hostname or "").removesuffix(".")
    name = f"[{host}]" if ":" in host else host
    usual = {"http": 80, "https": 443}.get(parts.scheme)
    return name if parts.port in {None, usual} else f"{name}:{parts.port}"


def choose_host_limit(url: str, fleet: FleetSettings, hosts: Mapping[str, HostSettings]) -> HostLimit:
    """Choose the limit of the host of an Odoo: of its own table, with or without the port, else that of all hosts."""
    try:
        host = find_host(url)
    except ValueError:  # who checks odoo.url refuses these settings, and says why
        host = url = ""
    table = hosts.get(host) or hosts.get(host.partition(":")[0]) or HostSettings(name=host)
    in_flight = table.calls_in_flight or fleet.calls_in_flight
    per_second = table.calls_per_second or fleet.calls_per_second
    return HostLimit(host, *choose_limits(url, in_flight, per_second))


class LoadedSettings(BaseSettings):
    """Settings that know where they are from."""

    _origin_notices: tuple[str, ...] = PrivateAttr(default=())
    _membership: FleetMembership | None = PrivateAttr(default=None)

    @property
    def origin_notices(self) -> tuple[str, ...]:
        """Sentences for the operator about the files and variables that hold the values, and those that do not."""
        return self._origin_notices

    @property
    def membership(self) -> FleetMembership | None:
        """What the settings of one Odoo of many know of the others; ``None`` for any other settings."""
        return self._membership

    def set_origin(self, notices: tuple[str, ...], membership: FleetMembership | None) -> None:
        """Set both; for the loader alone, at once."""
        self._origin_notices = notices
        self._membership = membership
