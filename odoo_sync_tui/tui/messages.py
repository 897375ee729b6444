"""Messages that widgets and dialogs send upwards to the application.

Payloads are frozen values. What a thread has to report comes by a callback instead: see :mod:`odoo_sync_tui.tui.tasks`.
"""

from __future__ import annotations

from collections.abc import Sequence

from textual.message import Message

from odoo_sync_tui.core.audit.events import AuditEvent
from odoo_sync_tui.tui.terminal.clipboard import ClipboardText


class CommandRequested(Message):
    """Request of a button to run its command."""

    def __init__(self, command_id: str) -> None:
        super().__init__()
        self.command_id = command_id


class OpenEvent(Message):
    """Request to show an audit event in full."""

    def __init__(self, event: AuditEvent) -> None:
        super().__init__()
        self.event = event


class OpenRun(Message):
    """Request to show a run."""

    def __init__(self, run_id: str) -> None:
        super().__init__()
        self.run_id = run_id


class CopyRequested(Message):
    """Request to copy an audit event to the operator's clipboard: as a line of text, or ``as_json``, as JSON."""

    def __init__(self, event: AuditEvent, *, as_json: bool) -> None:
        super().__init__()
        self.event = event
        self.as_json = as_json


class CopyText(Message):
    """Request to copy a text to the operator's clipboard; the title heads the message about how it went."""

    def __init__(self, text: ClipboardText, title: str) -> None:
        super().__init__()
        self.text = text
        self.title = title


class CopyAddresses(CopyText):
    """Request to copy the addresses of records in Odoo to the operator's clipboard, one line each."""

    def __init__(self, addresses: Sequence[str]) -> None:
        title = "Address in Odoo" if len(addresses) == 1 else f"{len(addresses)} addresses in Odoo"
        super().__init__(ClipboardText("\n".join(addresses), "odoo-addresses", "txt"), title)


class DashboardResumed(Message):
    """The dashboard is the screen in front again."""
