"""Keep a MongoDB data lake in step with an Odoo ERP, from a terminal dashboard or from cron.

The names in ``__all__`` are the public interface; they are imported at first use, because importing the package alone
is part of the start of every command.
"""

from __future__ import annotations

from odoo_sync_tui.core.version import __version__

TYPE_CHECKING = False  # importing typing would cost --help more than all commands and options do
if TYPE_CHECKING:
    from odoo_sync_tui.core.changes.entry import FieldChange, LoggedChange
    from odoo_sync_tui.core.changes.fields import ABSENT
    from odoo_sync_tui.core.errors import ChangesMissed
    from odoo_sync_tui.core.scope import Mode, Scope, Selection
    from odoo_sync_tui.pipeline.backend import open_backend
    from odoo_sync_tui.pipeline.queries.subscription import ChangeSubscription, subscribe
    from odoo_sync_tui.settings.load import load_settings

__all__ = [
    "ABSENT",
    "ChangeSubscription",
    "ChangesMissed",
    "FieldChange",
    "LoggedChange",
    "Mode",
    "Scope",
    "Selection",
    "__version__",
    "load_settings",
    "open_backend",
    "subscribe",
]

_MODULES = {
    "ABSENT": "core.changes.fields",
    "ChangeSubscription": "pipeline.queries.subscription",
    "ChangesMissed": "core.errors",
    "FieldChange": "core.changes.entry",
    "LoggedChange": "core.changes.entry",
    "Mode": "core.scope",
    "Scope": "core.scope",
    "Selection": "core.scope",
    "load_settings": "settings.load",
    "open_backend": "pipeline.backend",
    "subscribe": "pipeline.queries.subscription",
}


def __getattr__(name: str) -> object:
    """Import a public name from its module."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)


def __dir__() -> list[str]:
    """List the public names."""
    return sorted(__all__)
