"""Dialog of one audit event in full."""

from __future__ import annotations

from collections.abc import Mapping

from textual.binding import Binding, BindingsMap
from textual.content import Content

from odoo_sync_tui.core.audit import AuditEvent
from odoo_sync_tui.tui.commands import Command
from odoo_sync_tui.tui.event_detail import LABEL_WIDTH, event_entries
from odoo_sync_tui.tui.messages import CopyAsked, RunAsked
from odoo_sync_tui.tui.screens.dialogs import DetailDialog
from odoo_sync_tui.tui.state import DashboardState

DEEDS = {"audit.copy": "copy(False)", "audit.copy_json": "copy(True)", "view.run": "open_run"}
"""Actions on the event, by the id of the command whose key runs them."""

TOLD = {"audit.copy": "copies the line", "audit.copy_json": "all as JSON", "view.run": "its run"}


class EventDialog(DetailDialog):
    """Every field of an event as text; the event can be copied, and its run opened.

    Args:
        event: the event.
        state: the application's state.
        commands: the registry with the operator's keys, by id.
    """

    def __init__(self, event: AuditEvent, state: DashboardState, commands: Mapping[str, Command]) -> None:
        names = [name for name in DEEDS if name != "view.run" or event.run_id is not None]
        footer = ["Esc closes", *(f"{commands[name].key_shown} {TOLD[name]}" for name in names)]
        super().__init__(Content("Audit event"), event_entries(event, state), LABEL_WIDTH, "   ".join(footer))
        keys = [Binding(commands[name].key, DEEDS[name], show=False) for name in names]
        self._bindings = BindingsMap.merge([self._bindings, BindingsMap(keys)])
        self._event = event

    def action_copy(self, whole: bool) -> None:
        """Copy the event."""
        self.post_message(CopyAsked(self._event, whole=whole))

    def action_open_run(self) -> None:
        """Open the event's run."""
        if self._event.run_id is not None:
            self.post_message(RunAsked(self._event.run_id))
