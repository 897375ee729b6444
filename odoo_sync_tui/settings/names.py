"""Names of settings, and the secrets among them. Light: loaded before the settings are checked."""

from __future__ import annotations

from odoo_sync_tui.settings.addresses import secrets_in

PREFIX = "ODOO_SYNC_"


def variable_of(name: str) -> str:
    """Return the environment variable of a setting, from its dotted name."""
    return PREFIX + name.upper().replace(".", "__")


def is_secret(name: str) -> bool:
    """Whether the setting of this dotted name is a secret."""
    return name in {"odoo.api_key", "mongo.uri"}


def holds_secret(name: str, value: object) -> bool:
    """Whether this value of the setting is secret: a key, or a connection string with a password."""
    if name == "mongo.uri":
        return next(secrets_in(str(value)), None) is not None
    return is_secret(name)
