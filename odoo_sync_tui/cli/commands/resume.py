"""``resume``: let the scheduled runs go on."""

from __future__ import annotations

from odoo_sync_tui.cli import exit_codes
from odoo_sync_tui.cli.commands.pause import select_actions
from odoo_sync_tui.cli.output.stdout import emit
from odoo_sync_tui.cli.session import Session
from odoo_sync_tui.core.reports.assessment import format_action


def run(session: Session) -> int:
    """End the pause of one sync or all.

    Raises:
        ConfigurationError: the settings say that nothing is written.
        SyncError: the store cannot be read or written.
    """
    options = session.options
    settings = session.load_settings({} if options.user is None else {"operator": options.user})
    from odoo_sync_tui.pipeline.backend import open_backend

    with open_backend(settings) as backend:
        service = backend.service()
        for action in select_actions(options.what):
            was_paused = service.resume(settings.operator_name, action)
            emit(f"{format_action(action)}: {'goes on' if was_paused else 'was not paused'}")
    return exit_codes.SUCCESS
