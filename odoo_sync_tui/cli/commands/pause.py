"""``pause`` and ``resume``: stop the scheduled runs for a while, and let them go on."""

from __future__ import annotations

from collections.abc import Sequence

from odoo_sync_tui.cli import exit_codes
from odoo_sync_tui.cli.options.sync import ACTIONS
from odoo_sync_tui.cli.output.stdout import emit
from odoo_sync_tui.cli.schedule_loop import describe_pause
from odoo_sync_tui.cli.session import Session
from odoo_sync_tui.core.actions import Action
from odoo_sync_tui.core.reports.assessment import format_action


def run(session: Session) -> int:
    """Pause one sync or all, or end their pause; a run at work goes on.

    Raises:
        ConfigurationError: the settings say that nothing is written.
        SyncError: the store cannot be read or written.
    """
    options = session.options
    settings = session.load_settings({} if options.user is None else {"operator": options.user})
    from odoo_sync_tui.pipeline.backend import open_backend

    with open_backend(settings) as backend:
        service = backend.service()
        for action in _select_actions(options.what):
            if options.command == "resume":
                was_paused = service.resume(settings.operator_name, action)
                told = "goes on" if was_paused else "was not paused"
            else:
                told = describe_pause(service.pause(settings.operator_name, action, options.reason, options.until))
            emit(f"{format_action(action)}: {told}")
        backend.report_standing()
    return exit_codes.SUCCESS


def _select_actions(what: str) -> Sequence[Action]:
    """Select the syncs that the argument names: one, or all."""
    return [ACTIONS[what]] if what in ACTIONS else list(Action)
