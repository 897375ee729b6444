"""What the operator sets, and where each value came from.

Command line > environment > TOML file > ``integrations.config`` in the database > defaults. Every value is checked
before anything is connected, and a wrong one is told with its name, its origin and what would be accepted.
"""

from odoo_sync_tui.settings.explain import Explained, explain_settings
from odoo_sync_tui.settings.layers import settings_file
from odoo_sync_tui.settings.load import load_settings, settings_of
from odoo_sync_tui.settings.model import (
    MongoSettings,
    OdooSettings,
    Settings,
    SyncSettings,
    UiSettings,
    holds_secret,
    variable_of,
)
from odoo_sync_tui.settings.person import login_name

__all__ = [
    "Explained",
    "MongoSettings",
    "OdooSettings",
    "Settings",
    "SyncSettings",
    "UiSettings",
    "explain_settings",
    "holds_secret",
    "load_settings",
    "login_name",
    "settings_file",
    "settings_of",
    "variable_of",
]
