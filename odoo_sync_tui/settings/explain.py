"""Every setting with its value and the origin of the value, for the command ``config``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import SecretStr

from odoo_sync_tui.settings.layers import Layer
from odoo_sync_tui.settings.load import build_settings
from odoo_sync_tui.settings.model import Settings, get_setting_fields
from odoo_sync_tui.settings.names import is_secret_value

DEFAULT_ORIGIN = "default"
LOGIN_NAME_ORIGIN = "default: the login name"
STORED_ORIGIN = "default: what integrations.config in the database says"

UNSET_ORIGINS = {
    "operator": LOGIN_NAME_ORIGIN,
    "mongo.database": "default: the database in mongo.uri, if there is one",
    **dict.fromkeys(("odoo.url", "odoo.database", "odoo.username", "odoo.api_key"), STORED_ORIGIN),
}


@dataclass(frozen=True, slots=True)
class ExplainedSetting:
    """One setting. ``value`` is safe to show: it is ``None`` for a secret and for an unset setting.

    ``name`` is the dotted name; ``is_set`` whether there is a value; ``origin`` the source of the value, as text.
    """

    name: str
    value: object
    is_set: bool
    secret: bool
    origin: str


def explain_settings(layers: Sequence[Layer]) -> tuple[ExplainedSetting, ...]:
    """Return every setting that the layers make, without any secret.

    Raises:
        ConfigurationError: a layer names an unknown setting or holds a wrong value.
    """
    settings = build_settings(layers)
    values = {name: _get_value(settings, name) for name in get_setting_fields()}
    for name, table in settings.get_named_tables().items():
        values |= {f"{name}.{key}": getattr(table, key) for key in table.get_key_fields()}
    return tuple(_explain_setting(name, value, layers) for name, value in values.items())


def _explain_setting(name: str, value: object, layers: Sequence[Layer]) -> ExplainedSetting:
    text = value.get_secret_value() if isinstance(value, SecretStr) else value
    secret = text is not None and is_secret_value(name, text)
    origins = (layer.origins[name] for layer in layers if name in layer.origins)
    origin = next(origins, UNSET_ORIGINS.get(name, DEFAULT_ORIGIN))
    return ExplainedSetting(name, None if secret else text, text is not None, secret, origin)


def _get_value(settings: Settings, name: str) -> object:
    section, _, inner = name.rpartition(".")
    if section:
        return getattr(getattr(settings, section), inner)
    return settings.operator_name if name == "operator" else getattr(settings, name)
