"""All settings together, and the configurations of Odoo and MongoDB that follow from them.

The TOML files, the environment variables, ``--set`` and the messages about wrong values all follow from the classes of
``sections/``: a new setting is one new line there (and one in ``settings.example.toml``, which a test demands).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta

from pydantic import Field, SecretStr
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from odoo_sync_tui.core.actions import Action
from odoo_sync_tui.core.errors import ConfigurationError
from odoo_sync_tui.core.run import Operator
from odoo_sync_tui.core.schedule import ScheduleRule, parse_interval
from odoo_sync_tui.core.text.masking import MaskKind
from odoo_sync_tui.core.text.redaction import register_secrets
from odoo_sync_tui.core.text.sanitize import sanitize
from odoo_sync_tui.entities.declaration import EntityChanges, EntityDeclaration
from odoo_sync_tui.entities.masks import choose_name_masks
from odoo_sync_tui.entities.registry import BUILT_IN
from odoo_sync_tui.notify.targets import AlertTarget
from odoo_sync_tui.odoo.config import OdooConfig
from odoo_sync_tui.settings.identity import current_operator, get_login_name
from odoo_sync_tui.settings.names import TABLE_SECTIONS, is_secret_value, split_name, to_env_variable
from odoo_sync_tui.settings.sections.alerts import ALERT_TABLES, Alert, AlertTables
from odoo_sync_tui.settings.sections.base import NamedTable, SettingsSection, TableSection
from odoo_sync_tui.settings.sections.behavior import (
    ChangeSettings,
    MetricsSettings,
    RetentionSettings,
    RightsSettings,
    SyncSettings,
    UiSettings,
)
from odoo_sync_tui.settings.sections.entities import ENTITY_TABLES, BuiltInEntity, DeclaredEntity, EntityTables
from odoo_sync_tui.settings.sections.fleet import (
    HOST_TABLES,
    FleetSettings,
    HostSettings,
    HostTables,
    Tags,
    Zone,
)
from odoo_sync_tui.settings.sections.membership import LoadedSettings
from odoo_sync_tui.settings.sections.schedule import (
    ACTION_BY_TABLE,
    SCHEDULE_TABLES,
    ExpectSettings,
    ScheduleTables,
    SyncSchedule,
)
from odoo_sync_tui.settings.sections.selections import (
    SELECTION_TABLES,
    NamedSelection,
    SelectionTables,
    suggest_selection,
)
from odoo_sync_tui.settings.sections.servers import (
    MaskingSettings,
    MongoSettings,
    OdooSettings,
    explain_withheld_login,
    missing_login_error,
    read_stored_url,
)
from odoo_sync_tui.settings.sections.value_types import OperatorName
from odoo_sync_tui.settings.urls import find_secrets, redact_value
from odoo_sync_tui.store.config import MongoConfig

NAMED_TABLES: Mapping[str, TableSection] = {
    "alerts": ALERT_TABLES,
    "entities": ENTITY_TABLES,
    "hosts": HOST_TABLES,
    "schedule": SCHEDULE_TABLES,
    "selections": SELECTION_TABLES,
}
"""What may stand in each of the sections of :data:`TABLE_SECTIONS`."""


class Settings(LoadedSettings):
    """All settings, checked. Built by :func:`odoo_sync_tui.load_settings.load_settings`."""

    model_config = SettingsConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    operator_name: OperatorName = Field(default_factory=get_login_name, alias="operator")
    """The operator's name in the audit log; unset: the login name."""
    read_only: bool = False
    """Whether everything that writes is refused, in the dashboard and on the command line."""
    tags: Tags = ()
    """Names by which sources are chosen, such as ["gold"]."""
    zone: Zone = ""
    """Where the runs of a source are executed, such as "eu": by workers of this zone alone; empty: by any."""
    odoo: OdooSettings = OdooSettings()
    """How Odoo is reached."""
    mongo: MongoSettings = MongoSettings()
    """The MongoDB that holds the lake."""
    masking: MaskingSettings = MaskingSettings()
    """The secret of the masks of fields."""
    sync: SyncSettings = SyncSettings()
    """How a sync works."""
    changes: ChangeSettings = ChangeSettings()
    """What the change log holds."""
    metrics: MetricsSettings = MetricsSettings()
    """Where a monitoring system finds figures."""
    retention: RetentionSettings = RetentionSettings()
    """What runs drop when it is old enough."""
    rights: RightsSettings = RightsSettings()
    """What may be done besides syncing."""
    ui: UiSettings = UiSettings()
    """How the dashboard looks and behaves."""
    entities: EntityTables = Field(default_factory=dict[str, DeclaredEntity | BuiltInEntity])
    """Entities that the operator declares, and changes of the built-in ones, by name."""
    selections: SelectionTables = Field(default_factory=dict[str, NamedSelection])
    """Rows that the operator syncs by the name of their selection."""
    alerts: AlertTables = Field(default_factory=dict[str, Alert])
    """Who is told about failures, and how, by number."""
    fleet: FleetSettings = FleetSettings()
    """How the runs of many sources are spread."""
    hosts: HostTables = Field(default_factory=dict[str, HostSettings])
    """What a host of Odoo may be asked, by its name."""
    expect: ExpectSettings = ExpectSettings()
    """How often syncs are expected to succeed."""
    schedule: ScheduleTables = Field(default_factory=dict[str, SyncSchedule])
    """When each sync runs by itself."""

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
            return self.origin_notices
        renamed = "ui.read_only is called read_only now, at the top level; the next version knows the new name alone."
        return (renamed, *self.origin_notices)

    @property
    def declared_entities(self) -> tuple[EntityDeclaration, ...]:
        """The entities that the operator declares, sorted by name."""
        tables = (table for _, table in sorted(self.entities.items()))
        return tuple(table.build() for table in tables if isinstance(table, DeclaredEntity))

    @property
    def entity_changes(self) -> tuple[EntityChanges, ...]:
        """The changes of built-in entities, sorted by the names of their tables; of others nothing is changed."""
        tables = (table for _, table in sorted(self.entities.items()))
        return tuple(table.build() for table in tables if isinstance(table, BuiltInEntity))

    def list_masks(self) -> tuple[tuple[str, Mapping[str, MaskKind]], ...]:
        """List the masks of the entities that have any, each with the Odoo model: also of those that are off."""
        models = {entity.id: entity.model for entity in BUILT_IN}
        masks = [(each.model, each.mask) for each in self.declared_entities]
        masks += [(models[each.entity_id], each.mask) for each in self.entity_changes]
        return tuple((model, mask) for model, mask in masks if mask)

    @property
    def alert_targets(self) -> tuple[AlertTarget, ...]:
        """The receivers of messages, in their order."""
        return tuple(alert.build() for _, alert in sorted(self.alerts.items(), key=lambda item: int(item[0])))

    @property
    def schedule_rules(self) -> dict[Action, ScheduleRule]:
        """The rules of the syncs that run by themselves."""
        return {ACTION_BY_TABLE[name]: table.build() for name, table in sorted(self.schedule.items())}

    @property
    def late_after(self) -> dict[Action, timedelta]:
        """How long after its last success each sync is late, where anything is expected of it."""
        intervals = {action: rule.every for action, rule in self.schedule_rules.items()}
        if self.expect.every:
            intervals = dict.fromkeys(Action, parse_interval(self.expect.every)) | intervals
        late_after = parse_interval(self.expect.late_after) if self.expect.late_after else None
        return {action: late_after or 2 * every for action, every in intervals.items()}

    def get_selection(self, name: str) -> NamedSelection:
        """Return the selection of this name.

        Raises:
            ConfigurationError: there is none.
        """
        if name not in self.selections:
            hint = suggest_selection(name, sorted(self.selections))
            raise ConfigurationError(f"There is no selection named {sanitize(name, 40)}.", hint)
        return self.selections[name]

    def get_named_tables(self) -> dict[str, NamedTable]:
        """Return every named table by dotted name (``"entities.orders"``), sorted."""
        return {
            f"{section}.{name}": table
            for section in sorted(TABLE_SECTIONS)
            for name, table in sorted(getattr(self, section).items())
        }

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
        url = mine.url or read_stored_url(stored)
        if mine.api_key and url and not mine.url:
            raise ConfigurationError(
                f"odoo.api_key is set here and is not sent to {redact_value(url)}, which the database alone names.",
                f"If that is your Odoo, set {to_env_variable('odoo.url')} to it, or odoo.url in the settings file.",
            )
        withheld = explain_withheld_login(stored, url)
        login = {} if withheld else stored
        values = {
            "url": url,
            "database": mine.database or stored.get("database"),
            "username": mine.username or login.get("username"),
            "api_key": mine.api_key.get_secret_value() if mine.api_key else login.get("api_key"),
        }
        complete, masks = {name: value for name, value in values.items() if value}, self.list_masks()
        if len(complete) < len(values):
            raise missing_login_error([f"odoo.{name}" for name in values if name not in complete], withheld)
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
            masked_models=frozenset(model for model, _ in masks) | choose_name_masks(masks).keys(),
        )

    def collect_secrets(self) -> tuple[str, ...]:
        """Return the secrets to redact from logs: the key, and the addresses of servers with their passwords."""
        keys = [key.get_secret_value() for key in (self.odoo.api_key, self.masking.key) if key]
        uri = self.mongo.uri.get_secret_value()
        proxy = self.odoo.proxy.get_secret_value() if self.odoo.proxy else ""
        passwords = tuple(find_secrets(uri))
        texts = (
            *keys,
            uri if is_secret_value("mongo.uri", uri) else "",
            proxy if is_secret_value("odoo.proxy", proxy) else "",
            *passwords,
            *self._find_table_secrets(),
        )
        return tuple(text for text in texts if text)

    def _find_table_secrets(self) -> Iterator[str]:
        """Yield the secrets in named tables."""
        for name, table in self.get_named_tables().items():
            for key in table.get_key_fields():
                value = getattr(table, key)
                text = value.get_secret_value() if isinstance(value, SecretStr) else value
                if isinstance(text, str) and is_secret_value(f"{name}.{key}", text):
                    yield from (text, *find_secrets(text))

    def build_mongo_config(self) -> MongoConfig:
        """Build the MongoDB configuration."""
        return MongoConfig(
            uri=self.mongo.uri,
            database=self.mongo.database,
            data_dir=self.mongo.data_dir,
            timeout_seconds=self.mongo.timeout_seconds,
            mongod=self.mongo.mongod,
        )


def get_setting_fields() -> dict[str, FieldInfo]:
    """Return the field of every setting that has one name, by that (``"sync.overlap_minutes"``, ``"operator"``)."""
    names: dict[str, FieldInfo] = {}
    for name, field in Settings.model_fields.items():
        if name in TABLE_SECTIONS:
            continue
        if isinstance(field.annotation, type) and issubclass(field.annotation, SettingsSection):
            names |= {f"{name}.{inner}": info for inner, info in field.annotation.model_fields.items()}
        else:
            names[field.alias or name] = field
    return names


def find_setting_field(name: str) -> FieldInfo | None:
    """Find the field of a setting by its dotted name, also in a named table; ``None``: there is no such setting."""
    section, *inner = split_name(name)
    if section not in NAMED_TABLES:
        return get_setting_fields().get(name)
    if len(inner) < 2:
        return None
    table, key = inner
    return NAMED_TABLES[section].find_model(table).get_key_fields().get(key)
