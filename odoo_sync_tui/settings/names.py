"""How settings are called, and which of them are secrets. Light: read before anything is checked."""

from __future__ import annotations

from odoo_sync_tui.settings.addresses import secrets_in

PREFIX = "ODOO_SYNC_"


def variable_of(name: str) -> str:
    """The environment variable of a setting, from its dotted name."""
    return PREFIX + name.upper().replace(".", "__")


def is_secret(name: str) -> bool:
    """Whether values of the setting of this dotted name must not be shown."""
    return name in {"odoo.api_key", "mongo.uri"}


def holds_secret(name: str, value: object) -> bool:
    """Whether this value of the setting is for nobody else's eyes: a key, or a connection string with a password."""
    if name == "mongo.uri":
        return next(secrets_in(str(value)), None) is not None
    return is_secret(name)
