"""``config``: show the effective settings and their origin, or write a first file of them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from odoo_sync_tui.cli import exit_codes
from odoo_sync_tui.cli.output.stdout import emit, emit_json, format_table
from odoo_sync_tui.cli.parser import get_config_path
from odoo_sync_tui.cli.session import Session
from odoo_sync_tui.core.text.jsonable import to_jsonable
from odoo_sync_tui.runtime.paths import config_file

if TYPE_CHECKING:  # the settings load pydantic
    from odoo_sync_tui.settings.explain import ExplainedSetting


def run(session: Session) -> int:
    """Print the settings, or the path of their file; or write one.

    Raises:
        ConfigurationError: a setting is wrong.
    """
    if session.options.ask == "init":
        from odoo_sync_tui.cli.commands import config_init

        return config_init.run(session)
    return _path(session) if session.options.ask == "path" else _show(session)


def _show(session: Session) -> int:
    from odoo_sync_tui.settings.explain import explain_settings

    settings = explain_settings(session.load_layers())
    if session.options.json:
        emit_json({setting.name: _as_dict(setting) for setting in settings})
    else:
        rows = [[setting.name, _value(setting), setting.origin] for setting in settings]
        emit(*format_table(["setting", "value", "origin"], rows, text_columns=3))
    return exit_codes.SUCCESS


def _as_dict(setting: ExplainedSetting) -> dict[str, object]:
    return {"value": setting.value, "set": setting.is_set, "secret": setting.secret, "origin": setting.origin}


def _value(setting: ExplainedSetting) -> str:
    if not setting.is_set:
        return "not set"
    if setting.secret:
        return "set"
    value = to_jsonable(setting.value)
    if isinstance(value, list):  # as --set takes it
        return json.dumps(value, ensure_ascii=False)
    return ("true" if value else "false") if isinstance(value, bool) else str(value) or '""'


def _path(session: Session) -> int:
    from odoo_sync_tui.settings.layers import find_settings_file

    path = find_settings_file(get_config_path(session.options)) or config_file()
    emit(str(path.absolute()))
    if not path.exists():
        session.progress_writer.print("There is no such file yet.")
    return exit_codes.SUCCESS
