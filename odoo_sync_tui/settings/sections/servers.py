"""How Odoo and MongoDB are reached, and what of a login that the database holds may be used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from pydantic import Field, SecretStr, ValidationInfo, field_validator, model_validator

from odoo_sync_tui.core.errors import ConfigurationError
from odoo_sync_tui.core.text.sanitize import sanitize
from odoo_sync_tui.odoo.config import Protocol, ReadBy
from odoo_sync_tui.runtime.paths import config_file
from odoo_sync_tui.settings.names import DEFAULT_DATABASE, to_env_variable
from odoo_sync_tui.settings.sections.base import SettingsSection
from odoo_sync_tui.settings.sections.value_types import (
    ApiKey,
    DatabaseName,
    DirectoryPath,
    MaskKey,
    MongoUri,
    ProxyAddress,
    ReadableFile,
    WebUrl,
    is_database_name,
)
from odoo_sync_tui.settings.urls import find_database, is_same_server, redact_value, validate_url


class OdooSettings(SettingsSection):
    """How Odoo is reached. The first four may also come from ``integrations.config`` in the database."""

    url: WebUrl | None = None
    """The server's address."""
    database: str | None = None
    """The Odoo database."""
    username: str | None = None
    """The login of the Odoo user whose rights the sync has."""
    api_key: ApiKey | None = None
    """An API key of that user, or the login's password."""
    api_key_file: Path | None = None
    """A file that holds the key, instead of ``api_key``."""
    protocol: Protocol = Protocol.AUTO
    """The protocol; ``auto`` picks by the server's version and the kind of key."""
    verify_tls: bool = True
    """Whether the server's certificate is verified."""
    ca_file: ReadableFile | None = None
    """Certificates (PEM) to trust instead of the system's."""
    proxy: ProxyAddress | None = None
    """A forward proxy on the way to Odoo, or "none"; unset: that of the environment (`HTTPS_PROXY`, `NO_PROXY`)."""
    proxy_file: Path | None = None
    """A file that holds the address of the proxy, instead of ``proxy``."""
    timeout_seconds: float = Field(default=60.0, gt=0, le=3600)
    """The time limit of one call."""
    calls_in_flight: int | None = Field(default=None, ge=1, le=64)
    """Calls at the same time; unset: 1 for odoo.com, 4 elsewhere."""
    calls_per_second: float | None = Field(default=None, gt=0, le=1000)
    """Calls a second; unset: 1 for odoo.com, no limit elsewhere."""
    page_size: int = Field(default=1000, ge=1, le=10_000)
    """Most rows of one call, by columns twice as many; wide rows and slow servers are asked for fewer."""
    retry_seconds: float = Field(default=120.0, ge=0, le=86_400)
    """How long one call is tried again when the server has passing trouble; while connecting 10 s at most."""
    read_by: ReadBy = ReadBy.AUTO
    """How rows are read; ``auto``: by whole columns where a sample shows that rows are the same; ``rows``: by rows."""
    language: str | None = None
    """The language of translated names ("de_DE"); unset: Odoo's source language, English."""


class MaskingSettings(SettingsSection):
    """The secret of the masks of fields."""

    key: MaskKey | None = None
    """The key of the hashes that stand for masked values, of 32 characters or more; needed where a field is masked."""
    key_file: Path | None = None
    """A file that holds the key, instead of ``key``."""


class MongoSettings(SettingsSection):
    """The MongoDB that holds the lake."""

    uri: MongoUri = SecretStr("embedded")
    """A connection string, or "embedded" for a private mongod of this user."""
    uri_file: Path | None = None
    """A file that holds the connection string, instead of ``uri``."""
    database: DatabaseName = DEFAULT_DATABASE
    """The MongoDB database; unset: the one that the connection string names, if any."""
    data_dir: DirectoryPath | None = None
    """Where the embedded MongoDB keeps its data; unset: the user's data directory."""
    mongod: DirectoryPath | None = None
    """The mongod of an installed MongoDB that serves as the embedded one; unset: that of the package."""
    timeout_seconds: float = Field(default=10.0, gt=0, le=600)
    """The time limit of one operation, the search for a server included."""

    @model_validator(mode="before")
    @classmethod
    def _take_database_of_uri(cls, values: dict[str, object]) -> dict[str, object]:
        uri = values.get("uri")
        named = find_database(uri) if isinstance(uri, str) else None
        return {"database": named, **values} if named and is_database_name(named) else values

    @field_validator("database")
    @classmethod
    def _refuse_second_database(cls, name: str, info: ValidationInfo) -> str:
        uri = info.data.get("uri")
        named = find_database(uri.get_secret_value()) if isinstance(uri, SecretStr) else None
        if named not in {None, name}:
            raise ValueError(
                f'mongo.uri names another one, "{sanitize(named, 100)}"; leave one of the two out, and where the'
                " address only says where its user is kept, write authSource= there"
            )
        return name


def read_stored_url(stored: Mapping[str, str]) -> str | None:
    """Read the address in ``integrations.config``; ``None`` without one.

    Raises:
        ConfigurationError: it is no address.
    """
    url = stored.get("url")
    if not url:
        return None
    try:
        return validate_url(url)
    except ValueError as error:
        raise ConfigurationError(
            f'odoo.url is "{redact_value(url)}" (from integrations.config in the database): {error}.',
            f"Mend it there, or set {to_env_variable('odoo.url')}.",
        ) from error


def explain_withheld_login(stored: Mapping[str, str], url: str | None) -> str:
    """Explain why the stored username and key are not used; empty if they are used or missing."""
    if url is None or not (stored.get("username") or stored.get("api_key")):
        return ""
    home = stored.get("url", "")
    if is_same_server(home, url):
        return ""
    whose = f"are for {redact_value(home)}" if home else "come without the url of a server"
    return f" The username and api_key in integrations.config {whose} and are not sent to {url}."


def missing_login_error(names: Sequence[str], withheld: str) -> ConfigurationError:
    """Create the error about settings of Odoo that are set nowhere; ``withheld``: why stored ones do not count."""
    verb = "is" if len(names) == 1 else "are"
    variables = ", ".join(to_env_variable(name) for name in names)
    return ConfigurationError(
        f"{', '.join(names)} {verb} not set.{withheld}",
        f"Set what is missing in one of three places: the environment ({variables}), the settings file"
        f" ([odoo] in {config_file()}), or integrations.config in the database.",
    )
