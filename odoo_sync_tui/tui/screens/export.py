"""In which form the history is exported."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Button, Static

from odoo_sync_tui.core.audit_export import ExportFormat
from odoo_sync_tui.tui.screens.dialogs import Question


class ExportDialog(Question[ExportFormat | None]):
    """Asks for the form of a file; ``None`` when there shall be none.

    Args:
        what: which events, in a sentence.
        where: the directory that the file goes to.
    """

    AUTO_FOCUS = "#csv"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "answer('')", "Cancel"),
        Binding("c", "answer('csv')", "CSV"),
        Binding("j", "answer('jsonl')", "JSON Lines"),
    ]

    def __init__(self, what: Content, where: Content) -> None:
        super().__init__()
        self._what = what
        self._where = where

    def compose(self) -> ComposeResult:
        """What, where, and in which form."""
        with Vertical(classes="dialog"):
            yield Static("Export the audit history", classes="dialog-title", markup=False)
            yield Static(self._what)
            yield Static(self._where)
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
