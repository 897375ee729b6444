"""The database of the main settings, opened for what it holds about many Odoos."""

from __future__ import annotations

from dataclasses import replace
from types import TracebackType

from odoo_sync_tui.store.config import MongoConfig
from odoo_sync_tui.store.database import DatabaseConnection, Store, open_database
from odoo_sync_tui.store.fleet.claims import SourceClaims
from odoo_sync_tui.store.fleet.host_limits import HostLimits
from odoo_sync_tui.store.fleet.sources import FleetSources

TIMEOUT_SECONDS = 2.0
"""Time limit of one operation, the search for a server included."""


class FleetStore:
    """What all sources share. A context manager; :meth:`close` is called once.

    Attributes:
        sources: the states of all sources.
        claims: the claims on them.
        host_limits: the limits of the hosts of their Odoos.
    """

    def __init__(self, connection: DatabaseConnection) -> None:
        self.sources = FleetSources(connection.database, connection.errors)
        self.claims = SourceClaims(connection.database, connection.errors)
        self.host_limits = HostLimits(connection.database, connection.errors)
        self._close = connection.close

    def close(self) -> None:
        """Close the connections."""
        self._close()

    def __enter__(self) -> FleetStore:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


def open_fleet_store(
    config: MongoConfig, timeout_seconds: float = TIMEOUT_SECONDS, *, beside: Store | None = None
) -> FleetStore:
    """Connect to the database of the main settings.

    ``timeout_seconds`` bounds each operation, where the settings do not bound it closer: whoever reads or writes here
    has other things to do than to wait. ``beside``: the store of a source; where it is on the same server, its
    connections are used, with their own bounds, and left open.

    Raises:
        ConfigurationError: the address, the login or the rights have to be set right first.
        StoreUnavailable: MongoDB cannot be reached now.
    """
    shared = beside.open_beside(config) if beside else None
    bounded = replace(config, timeout_seconds=min(timeout_seconds, config.timeout_seconds))
    return FleetStore(shared or open_database(bounded))
