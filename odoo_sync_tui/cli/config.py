"""``config``: show the effective settings and their origin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from odoo_sync_tui.cli import exit_codes
from odoo_sync_tui.cli.output import emit, json_line, table
from odoo_sync_tui.cli.parser import config_of
from odoo_sync_tui.cli.session import Session
from odoo_sync_tui.core.plain import plain
from odoo_sync_tui.core.text import clean
from odoo_sync_tui.paths import config_file

if TYPE_CHECKING:  # the settings load pydantic
    from odoo_sync_tui.settings import Explained


def run(session: Session) -> int:
    """Print the settings, or the path of their file.

    Raises:
        ConfigurationError: a setting is wrong.
    """
    return _path(session) if session.options.ask == "path" else _show(session)


def _show(session: Session) -> int:
    from odoo_sync_tui.settings import explain_settings

    settings = explain_settings(config_of(session.options), session.overrides())
    if session.options.json:
        emit(json_line({setting.name: _as_dict(setting) for setting in settings}))
    else:
        rows = [[setting.name, _value(setting), clean(setting.origin)] for setting in settings]
        emit(table(["setting", "value", "origin"], rows, left=3))
    return exit_codes.SUCCESS


def _as_dict(setting: Explained) -> dict[str, object]:
    return {"value": setting.value, "set": setting.is_set, "secret": setting.secret, "origin": setting.origin}


def _value(setting: Explained) -> str:
    if not setting.is_set:
        return "not set"
    if setting.secret:
        return "set"
    value = plain(setting.value)
    return ("true" if value else "false") if isinstance(value, bool) else clean(value, 100) or '""'


def _path(session: Session) -> int:
    from odoo_sync_tui.settings import settings_file

    path = settings_file(config_of(session.options)) or config_file()
    emit(clean(path.absolute(), 4096))
    if not path.exists():
        session.narrator.say("There is no such file yet.")
    return exit_codes.SUCCESS
