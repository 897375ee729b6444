"""Dialog that asks for the export format."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Button, Static

from odoo_sync_tui.core.audit.export import ExportFormat
from odoo_sync_tui.tui.dialogs.base import Question


class ExportDialog(Question[ExportFormat | None]):
    """Asks for the format of the file; ``None`` cancels the export.

    Args:
        description: the selected events, in a sentence.
        destination: the directory of the file.
    """

    AUTO_FOCUS = "#csv"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "answer('')", "Cancel"),
        Binding("c", "answer('csv')", "CSV"),
        Binding("j", "answer('jsonl')", "JSON Lines"),
    ]

    def __init__(self, description: Content, destination: Content) -> None:
        super().__init__()
        self._description = description
        self._destination = destination

    def compose(self) -> ComposeResult:
        """Compose the selection, the directory, and the formats."""
        with Vertical(classes="dialog"):
            yield Static("Export the audit history", classes="dialog-title", markup=False)
            yield Static(self._description)
            yield Static(self._destination)
            with Horizontal(classes="dialog-buttons"):
                yield Button("CSV", id="csv", compact=True)
                yield Button("JSON Lines", id="jsonl", compact=True)
                yield Button("Cancel", id="cancel", compact=True)

    def action_answer(self, answer: str) -> None:
        """Close with this answer."""
        self.dismiss(ExportFormat(answer) if answer else None)

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Close with the button's answer."""
        answer = event.button.id
        self.dismiss(ExportFormat(answer) if answer in frozenset(ExportFormat) else None)
