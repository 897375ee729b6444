"""Settings of the operator, and the origin of each value.

Command line > environment > TOML file > ``integrations.config`` in the database > defaults. Every value is checked
before any connection is made; the error about a wrong value holds its name, its origin and the accepted values.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from odoo_sync_tui.settings.explain import Explained, explain_settings
    from odoo_sync_tui.settings.layers import Layer, layers_of, option_layer, settings_file
    from odoo_sync_tui.settings.load import load_settings, merged, settings_of
    from odoo_sync_tui.settings.look import Look, look_of
    from odoo_sync_tui.settings.model import MongoSettings, OdooSettings, Settings, SyncSettings, UiSettings
    from odoo_sync_tui.settings.names import holds_secret, variable_of
    from odoo_sync_tui.settings.person import login_name

__all__ = [
    "Explained",
    "Layer",
    "Look",
    "MongoSettings",
    "OdooSettings",
    "Settings",
    "SyncSettings",
    "UiSettings",
    "explain_settings",
    "holds_secret",
    "layers_of",
    "load_settings",
    "login_name",
    "look_of",
    "merged",
    "option_layer",
    "settings_file",
    "settings_of",
    "variable_of",
]

_MODULES = {
    "explain": ("Explained", "explain_settings"),
    "layers": ("Layer", "layers_of", "option_layer", "settings_file"),
    "load": ("load_settings", "merged", "settings_of"),
    "look": ("Look", "look_of"),
    "model": ("MongoSettings", "OdooSettings", "Settings", "SyncSettings", "UiSettings"),
    "names": ("holds_secret", "variable_of"),
    "person": ("login_name",),
}


def __getattr__(name: str) -> object:
    """Import a public name on first use: the dashboard's first picture needs only names that do without pydantic."""
    module = next((module for module, names in _MODULES.items() if name in names), None)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{module}"), name)
