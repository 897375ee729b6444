"""Connection settings of the store. Its own module, so that the settings can be built without loading the driver."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from pydantic import SecretStr

EMBEDDED_URI = "embedded"
"""Value of ``uri`` that selects a private mongod instead of a server of the operator's."""


@dataclass(frozen=True, slots=True)
class MongoConfig:
    """Connection settings of the lake.

    Attributes:
        uri: ``"embedded"``, or a MongoDB connection string; secret, because it may hold a password.
        database: name of the database.
        data_dir: where an embedded MongoDB keeps its data; ``None``: the user's data directory.
        timeout_seconds: limit of one operation, the search for a server included.
    """

    uri: SecretStr = field(default_factory=lambda: SecretStr(EMBEDDED_URI))
    database: str = "odoo_sync"
    data_dir: Path | None = None
    timeout_seconds: float = 10.0

    @property
    def is_embedded(self) -> bool:
        """Whether the settings select a private mongod."""
        return self.uri.get_secret_value() == EMBEDDED_URI
