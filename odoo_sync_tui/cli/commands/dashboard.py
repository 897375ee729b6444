"""Open the dashboard, the default command."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from odoo_sync_tui.cli.parser import get_config_path
from odoo_sync_tui.cli.session import Session, is_terminal
from odoo_sync_tui.core.errors import ConfigurationError

if TYPE_CHECKING:  # the settings load pydantic
    from odoo_sync_tui.core.reports.diagnosis import Check
    from odoo_sync_tui.settings.early import EarlySettings
    from odoo_sync_tui.settings.model import Settings

_HEADLESS_HINT = 'Without a screen use "odoo-sync-tui status" and "odoo-sync-tui sync".'


def run(session: Session) -> int:
    """Open the dashboard with the operator's own settings.

    Raises:
        ConfigurationError: there is no terminal, or a setting is wrong.
    """
    require_terminal()
    from odoo_sync_tui.settings.early import read_early_settings

    layers = session.load_layers()

    def load_settings() -> Settings:
        from odoo_sync_tui.settings.load import build_settings

        return build_settings(layers)

    return open_dashboard(session, load_settings, read_early_settings(layers))


def require_terminal() -> None:
    """Raise an error unless the dashboard can be drawn here.

    Raises:
        ConfigurationError: there is no terminal, or it cannot place text.
    """
    if not is_terminal():
        raise ConfigurationError("The dashboard needs a terminal for its input and output.", _HEADLESS_HINT)
    if os.environ.get("TERM") == "dumb":
        raise ConfigurationError("This terminal (TERM=dumb) cannot show the dashboard.", _HEADLESS_HINT)


def open_dashboard(
    session: Session, load_settings: Callable[[], Settings], early: EarlySettings, environment_note: str = ""
) -> int:
    """Run the dashboard until the operator leaves; return the exit code.

    Args:
        session: the invocation of the program.
        load_settings: loads and checks the settings; called after the first paint.
        early: the settings that the first paint needs.
        environment_note: a sentence about the environment (for the demo: that its data is made up).

    Raises:
        ConfigurationError: a setting is wrong.
    """
    from odoo_sync_tui.tui.startup import run_dashboard

    def examine() -> Iterator[Check]:
        from odoo_sync_tui.pipeline.doctor import Doctor

        return Doctor(load_settings, get_config_path(session.options), session.log.path).checks()

    return run_dashboard(load_settings, early, examine, environment_note=environment_note)
