"""The dashboard, which is what the program opens when no command is given."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from odoo_sync_tui.cli.parser import config_of
from odoo_sync_tui.cli.session import Session, is_terminal
from odoo_sync_tui.core.errors import ConfigurationError

if TYPE_CHECKING:  # the settings load pydantic
    from odoo_sync_tui.core.diagnosis import Check
    from odoo_sync_tui.settings import Look, Settings

_WITHOUT_SCREEN = 'Without a screen use "odoo-sync-tui status" and "odoo-sync-tui sync".'


def run(session: Session) -> int:
    """Open the dashboard on the operator's own settings.

    Raises:
        ConfigurationError: there is no terminal, or a setting is wrong.
    """
    require_terminal()
    from odoo_sync_tui.settings import look_of

    layers = session.layers()

    def checked() -> Settings:
        from odoo_sync_tui.settings import merged

        return merged(layers)

    return open_dashboard(session, checked, look_of(layers))


def require_terminal() -> None:
    """Refuse to draw where nobody can see it.

    Raises:
        ConfigurationError: this is no terminal, or one that cannot place text.
    """
    if not is_terminal():
        raise ConfigurationError("The dashboard needs a terminal for its input and output.", _WITHOUT_SCREEN)
    if os.environ.get("TERM") == "dumb":
        raise ConfigurationError("This terminal (TERM=dumb) cannot show the dashboard.", _WITHOUT_SCREEN)


def open_dashboard(session: Session, settings: Callable[[], Settings], look: Look, environment_note: str = "") -> int:
    """Show the dashboard until the operator leaves; the exit code.

    Args:
        session: the invocation that asked for it.
        settings: checks the settings; called once the first picture is drawn.
        look: what of the settings that picture needs.
        environment_note: a sentence on what is behind it (the demo says that its data is made up).

    Raises:
        ConfigurationError: a setting is wrong.
    """
    from odoo_sync_tui.tui.app import run_dashboard

    def examine() -> Iterator[Check]:
        from odoo_sync_tui.pipeline.doctor import Doctor

        return Doctor(settings, config_of(session.options), session.log.path).checks()

    return run_dashboard(settings, look, examine, environment_note=environment_note)
