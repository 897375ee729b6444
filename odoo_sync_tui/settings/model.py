"""Every setting with its type, its limits and its default.

The TOML file, the environment variables, ``--set`` and the messages about wrong values all follow from these
classes: a new setting is one new line here (and one in ``settings.example.toml``, which a test demands).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from odoo_sync_tui.core.errors import ConfigurationError
from odoo_sync_tui.core.run import Operator
from odoo_sync_tui.core.text.redaction import register_secrets
from odoo_sync_tui.core.text.sanitize import sanitize
from odoo_sync_tui.odoo.config import OdooConfig, Protocol, ReadBy
from odoo_sync_tui.runtime.paths import config_file
from odoo_sync_tui.settings.early import DEFAULT_THEME
from odoo_sync_tui.settings.identity import current_operator, get_login_name
from odoo_sync_tui.settings.names import is_secret_value, to_env_variable
from odoo_sync_tui.settings.urls import find_database, find_secrets, is_same_server, redact_value, validate_url
from odoo_sync_tui.settings.value_types import (
    ApiKey,
    DatabaseName,
    DirectoryPath,
    Keymap,
    MongoUri,
    OperatorName,
    ProxyAddress,
    ReadableFile,
    WebUrl,
    is_database_name,
)
from odoo_sync_tui.store.config import MongoConfig


class SettingsSection(BaseModel):
    """A table of the TOML file."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


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


class MongoSettings(SettingsSection):
    """The MongoDB that holds the lake."""

    uri: MongoUri = SecretStr("embedded")
    """A connection string, or "embedded" for a private mongod of this user."""
    uri_file: Path | None = None
    """A file that holds the connection string, instead of ``uri``."""
    database: DatabaseName = "odoo_sync"
    """The MongoDB database; unset: the one that the connection string names, if any."""
    data_dir: DirectoryPath | None = None
    """Where the embedded MongoDB keeps its data; unset: the user's data directory."""
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


class SyncSettings(SettingsSection):
    """How a sync works."""

    overlap_minutes: float = Field(default=10.0, ge=0, le=10_080)
    """How far an incremental run looks back behind its cursor, for slow transactions in Odoo."""
    retire_min: int = Field(default=20, ge=0)
    """So many documents may always be retired in one run."""
    retire_percent: float = Field(default=10.0, ge=0, le=100)
    """Or this share of the active documents, if that is more; beyond it an operator confirms."""
    lease_seconds: float = Field(default=30.0, ge=1, le=3600)
    """After how long without a sign of life a run counts as interrupted."""
    block_size: int = Field(default=10_000, ge=1, le=1_000_000)
    """Odoo ids in a block: the unit of memory and of checkpoints."""
    census_hours: float = Field(default=24.0, ge=0, le=8760)
    """For how long incremental runs do without a list of all ids while their totals are right; 0: all list them."""
    odoo_counts_seconds: float = Field(default=300.0, ge=0, le=86_400)
    """How often the idle dashboard asks Odoo for its counts; 0: never."""


class UiSettings(SettingsSection):
    """How the dashboard looks and behaves."""

    environment: str = Field(default="", max_length=20)
    """The text of the badge at the top ("PROD")."""
    environment_color: Literal["", "primary", "secondary", "accent", "success", "warning", "error"] = ""
    """The badge's colour, by its name in the theme; empty: by the text."""
    theme: str = DEFAULT_THEME
    """The colour theme at first; one that is chosen in the dashboard counts until this is changed."""
    keymap: Keymap = Field(default_factory=dict[str, str])
    """Other keys for the dashboard's commands, by command id: {"run.cancel": "x"}."""
    refresh_seconds: float = Field(default=2.0, ge=0.1, le=3600)
    """How often the dashboard reads the store."""
    audit_rows: int = Field(default=200, ge=10, le=500)
    """Audit events on one page."""
    detach: bool = False
    """Whether a sync that is started in the dashboard is a process of its own, which outlives the dashboard."""
    mouse: bool = True
    """Whether the dashboard takes the mouse; false leaves it to the terminal, for selecting text."""
    ascii: bool = False
    """Whether to draw with ASCII characters only."""
    read_only: bool = False
    """The earlier name of ``read_only`` at the top level; either one switches it on."""


class Settings(BaseSettings):
    """All settings, checked. Built by :func:`odoo_sync_tui.load_settings.load_settings`."""

    model_config = SettingsConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    source_notices: ClassVar[tuple[str, ...]] = ()
    """Sentences for the operator about the sources; the loader sets them."""

    operator_name: OperatorName = Field(default_factory=get_login_name, alias="operator")
    """The operator's name in the audit log; unset: the login name."""
    read_only: bool = False
    """Whether everything that writes is refused, in the dashboard and on the command line."""
    odoo: OdooSettings = OdooSettings()
    """How Odoo is reached."""
    mongo: MongoSettings = MongoSettings()
    """The MongoDB that holds the lake."""
    sync: SyncSettings = SyncSettings()
    """How a sync works."""
    ui: UiSettings = UiSettings()
    """How the dashboard looks and behaves."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what is passed in: the loader names its sources, so that each value's origin is known."""
        del settings_cls, env_settings, dotenv_settings, file_secret_settings
        return (init_settings,)

    @property
    def is_read_only(self) -> bool:
        """Whether nothing may be written, by either name of the setting."""
        return self.read_only or self.ui.read_only

    @property
    def notices(self) -> tuple[str, ...]:
        """Sentences for the operator: settings that are accepted for the time being, and files that are not used."""
        if "read_only" not in self.ui.model_fields_set:
            return self.source_notices
        renamed = "ui.read_only is called read_only now, at the top level; the next version knows the new name alone."
        return (renamed, *self.source_notices)

    def ensure_writable(self) -> None:
        """Raise an error if the settings say that nothing is written.

        Raises:
            ConfigurationError: they say so.
        """
        if self.is_read_only:
            raise ConfigurationError(
                "The settings say read_only: nothing that writes is done.",
                f"Set read_only ({to_env_variable('read_only')}) to false where this may write, or do it from there.",
            )

    def current_operator(self) -> Operator:
        """Return the current operator: name, process, host and the SSH client's address."""
        return current_operator(self.operator_name)

    def build_odoo_config(self, stored: Mapping[str, str] | None) -> OdooConfig:
        """Build the Odoo configuration from the settings, with ``stored`` (``integrations.config``) for unset ones.

        A stored username and key are for the stored URL alone, and are sent to no other server. A key of the settings
        goes to a URL of the settings: who may write to the database is not trusted with it.

        Raises:
            ConfigurationError: a required setting is set nowhere, the stored URL is invalid, or the key is not for it.
        """
        stored = stored or {}
        mine = self.odoo
        register_secrets([stored.get("api_key", ""), *find_secrets(stored.get("url", ""))])
        url = mine.url or _read_stored_url(stored)
        if mine.api_key and url and not mine.url:
            raise ConfigurationError(
                f"odoo.api_key is set here and is not sent to {redact_value(url)}, which the database alone names.",
                f"If that is your Odoo, set {to_env_variable('odoo.url')} to it, or odoo.url in the settings file.",
            )
        withheld = _explain_withheld_login(stored, url)
        login = {} if withheld else stored
        values = {
            "url": url,
            "database": mine.database or stored.get("database"),
            "username": mine.username or login.get("username"),
            "api_key": mine.api_key.get_secret_value() if mine.api_key else login.get("api_key"),
        }
        complete = {name: value for name, value in values.items() if value}
        if len(complete) < len(values):
            raise _missing_error([f"odoo.{name}" for name in values if name not in complete], withheld)
        return OdooConfig(
            url=complete["url"],
            database=complete["database"],
            username=complete["username"],
            api_key=SecretStr(complete["api_key"]),
            protocol=mine.protocol,
            verify_tls=mine.verify_tls,
            ca_file=mine.ca_file,
            proxy=mine.proxy,
            timeout_seconds=mine.timeout_seconds,
            calls_in_flight=mine.calls_in_flight,
            calls_per_second=mine.calls_per_second,
            page_size=mine.page_size,
            retry_seconds=mine.retry_seconds,
            read_by=mine.read_by,
            language=mine.language,
        )

    def collect_secrets(self) -> tuple[str, ...]:
        """Return the secrets to redact from logs: the key, and the addresses of servers with their passwords."""
        key = self.odoo.api_key.get_secret_value() if self.odoo.api_key else ""
        uri = self.mongo.uri.get_secret_value()
        proxy = self.odoo.proxy.get_secret_value() if self.odoo.proxy else ""
        passwords = tuple(find_secrets(uri))
        texts = (
            key,
            uri if is_secret_value("mongo.uri", uri) else "",
            proxy if is_secret_value("odoo.proxy", proxy) else "",
            *passwords,
        )
        return tuple(text for text in texts if text)

    def build_mongo_config(self) -> MongoConfig:
        """Build the MongoDB configuration."""
        return MongoConfig(
            uri=self.mongo.uri,
            database=self.mongo.database,
            data_dir=self.mongo.data_dir,
            timeout_seconds=self.mongo.timeout_seconds,
        )


def get_setting_fields() -> dict[str, FieldInfo]:
    """Return every setting's field by dotted name (``"sync.overlap_minutes"``, ``"operator"``)."""
    names: dict[str, FieldInfo] = {}
    for name, field in Settings.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, SettingsSection):
            names |= {f"{name}.{inner}": info for inner, info in field.annotation.model_fields.items()}
        else:
            names[field.alias or name] = field
    return names


def _read_stored_url(stored: Mapping[str, str]) -> str | None:
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


def _explain_withheld_login(stored: Mapping[str, str], url: str | None) -> str:
    """Explain why the stored username and key are not used; empty if they are used or missing."""
    if url is None or not (stored.get("username") or stored.get("api_key")):
        return ""
    home = stored.get("url", "")
    if is_same_server(home, url):
        return ""
    whose = f"are for {redact_value(home)}" if home else "come without the url of a server"
    return f" The username and api_key in integrations.config {whose} and are not sent to {url}."


def _missing_error(names: list[str], withheld: str) -> ConfigurationError:
    verb = "is" if len(names) == 1 else "are"
    variables = ", ".join(to_env_variable(name) for name in names)
    return ConfigurationError(
        f"{', '.join(names)} {verb} not set.{withheld}",
        f"Set what is missing in one of three places: the environment ({variables}), the settings file"
        f" ([odoo] in {config_file()}), or integrations.config in the database.",
    )
