"""Names of settings, and the secrets among them. Light: loaded before the settings are checked."""

from __future__ import annotations

from odoo_sync_tui.core.text.hosts import is_open_mongo_address
from odoo_sync_tui.settings.urls import find_secrets

ENV_PREFIX = "ODOO_SYNC_"


def to_env_variable(name: str) -> str:
    """Return the environment variable of a setting, from its dotted name."""
    return ENV_PREFIX + name.upper().replace(".", "__")


def is_secret_setting(name: str) -> bool:
    """Whether the setting of this dotted name is a secret."""
    return name in {"odoo.api_key", "odoo.proxy", "mongo.uri"}


def is_secret_value(name: str, value: object) -> bool:
    """Whether this value of the setting is secret: a key, or the address of a server that may hold a password."""
    if name == "odoo.proxy":
        return "@" in str(value)
    if name == "mongo.uri":
        text = str(value)
        is_open = text == "embedded" or is_open_mongo_address(text)
        return not is_open or next(find_secrets(text), None) is not None
    return is_secret_setting(name)
