"""Dialog of one audit event in full."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from textual.content import Content

from odoo_sync_tui.core.audit.events import AuditEvent
from odoo_sync_tui.tui.commands.command import Command
from odoo_sync_tui.tui.dialogs.base import DetailDialog, DialogKey
from odoo_sync_tui.tui.format.event import LABEL_WIDTH, format_event
from odoo_sync_tui.tui.messages import CopyRequested, OpenRun
from odoo_sync_tui.tui.model.state import DashboardState

EVENT_ACTIONS = {"audit.copy": "copy(False)", "audit.copy_json": "copy(True)", "view.run": "open_run"}
"""Actions on the event, by the id of the command whose key runs them."""

ACTION_LABELS = {"audit.copy": "copies the line", "audit.copy_json": "all as JSON", "view.run": "its run"}


class EventDialog(DetailDialog):
    """An event in words; the event can be copied, and its run opened.

    Args:
        event: the event.
        state: the application's state.
        commands: the registry with the operator's keys, by id.
    """

    def __init__(self, event: AuditEvent, state: DashboardState, commands: Mapping[str, Command]) -> None:
        names = [name for name in EVENT_ACTIONS if name != "view.run" or event.run_id is not None]
        keys = [DialogKey(commands[name], EVENT_ACTIONS[name], ACTION_LABELS[name]) for name in names]
        super().__init__(Content("Audit event"), partial(format_event, event, state), LABEL_WIDTH, keys)
        self._event = event

    def action_copy(self, as_json: bool) -> None:
        """Copy the event."""
        self.post_message(CopyRequested(self._event, as_json=as_json))

    def action_open_run(self) -> None:
        """Open the event's run."""
        if self._event.run_id is not None:
            self.post_message(OpenRun(self._event.run_id))
