"""Names of settings, and the secrets among them. Light: loaded before the settings are checked."""

from __future__ import annotations

from collections.abc import Mapping

from odoo_sync_tui.core.text.hosts import is_open_mongo_address
from odoo_sync_tui.settings.urls import find_secrets

ENV_PREFIX = "ODOO_SYNC_"

DEFAULT_DATABASE = "odoo_sync"
"""The MongoDB database where no setting names one."""

TABLE_SECTIONS: Mapping[str, frozenset[str]] = {
    "alerts": frozenset({"webhook", "secret", "smtp", "ping"}),
    "entities": frozenset(),
    "hosts": frozenset(),
    "schedule": frozenset(),
    "selections": frozenset(),
}
"""Sections of tables that the operator names (``[entities.orders]``), each with the keys in them that are secrets.

The dotted name of such a setting has three parts: ``entities.orders.model``. The tables of a section may also stand in
files of their own, ``entities.d/*.toml`` beside the settings file.
"""

LIST_SECTIONS = frozenset({"alerts"})
"""Those whose tables are a list, ``[[alerts]]``: their names are the numbers from 1 on, ``alerts.1.webhook``."""

FILE_VARIANTS: Mapping[str, str] = {
    "odoo.api_key_file": "odoo.api_key",
    "odoo.proxy_file": "odoo.proxy",
    "mongo.uri_file": "mongo.uri",
    "masking.key_file": "masking.key",
}
"""Settings that name a file, each with the secret setting whose value the file holds."""

DESTINATIONS = frozenset({"odoo.url", "odoo.verify_tls", "odoo.ca_file", *FILE_VARIANTS, *FILE_VARIANTS.values()})
"""Settings that decide which secret goes where."""


def find_secret_of_file(name: str) -> str:
    """Return the secret setting whose value is held by the file that this setting names; empty for any other."""
    secret = name.removesuffix("_file")
    is_variant = bool(find_table(name)) and secret != name and is_secret_setting(secret)
    return secret if is_variant else FILE_VARIANTS.get(name, "")


def is_destination(name: str) -> bool:
    """Whether the setting decides which secret goes where, or what is started."""
    return name in DESTINATIONS or name.startswith("alerts.")


def split_name(name: str) -> tuple[str, ...]:
    """Split a dotted name into the section, the table where the section has named ones, and the key.

    No key is cut in two: what else has a dot in it belongs to the section, or to the name of the table.
    """
    section, _, rest = name.partition(".")
    if section not in TABLE_SECTIONS:
        return tuple(part for part in name.rpartition(".")[::2] if part)
    table, dot, key = rest.rpartition(".")
    return (section, table, key) if dot else (section, rest) if rest else (section,)


def find_table(name: str) -> str:
    """Return the dotted name of the named table that the setting belongs to, or that is named; empty if none is."""
    section, *inner = split_name(name)
    return f"{section}.{inner[0]}" if section in TABLE_SECTIONS and inner else ""


def to_env_variable(name: str) -> str:
    """Return the environment variable of a setting, from its dotted name."""
    return ENV_PREFIX + name.upper().replace(".", "__")


def from_env_variable(variable: str) -> str:
    """Return the dotted name of the setting that an environment variable sets; a table's name may hold ``__``."""
    name = variable.removeprefix(ENV_PREFIX).lower()
    section, _, rest = name.partition("__")
    if section not in TABLE_SECTIONS or not rest:
        return name.replace("__", ".")
    table, parted, key = rest.rpartition("__")
    return f"{section}.{table}.{key}" if parted else f"{section}.{rest}"


def is_secret_setting(name: str) -> bool:
    """Whether the setting of this dotted name is a secret."""
    if find_table(name):
        section, *_, key = split_name(name)
        return key in TABLE_SECTIONS[section]
    return name in {"odoo.api_key", "odoo.proxy", "mongo.uri", "masking.key"}


def is_secret_value(name: str, value: object) -> bool:
    """Whether this value of the setting is secret: a key, or the address of a server that may hold a password."""
    if name == "odoo.proxy":
        return "@" in str(value)
    if name == "mongo.uri":
        text = str(value)
        is_open = text == "embedded" or is_open_mongo_address(text)
        return not is_open or next(find_secrets(text), None) is not None
    return is_secret_setting(name)
