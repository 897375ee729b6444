"""Dialog that asks before the run of somebody else is stopped."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Button, Input, Static

from odoo_sync_tui.core.run import MAX_REASON_LENGTH
from odoo_sync_tui.core.text.sanitize import sanitize
from odoo_sync_tui.tui.dialogs.base import Question
from odoo_sync_tui.tui.widgets.chrome.inputs import LineInput


class ReasonField(LineInput):
    """Input of a reason."""

    def validate_value(self, value: str) -> str:
        """Remove control characters: pasted text may come from anywhere."""
        return sanitize(value, MAX_REASON_LENGTH)


class StopDialog(Question[str | None]):
    """Shows whose run it is and asks for a reason, which may stay empty; ``None`` lets the run go on."""

    AUTO_FOCUS = "#typed"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "go_on", "Let it go on")]

    def __init__(self, text: Content) -> None:
        super().__init__()
        self._text = text

    def compose(self) -> ComposeResult:
        """Compose the run, the field for the reason, and two answers."""
        with Vertical(classes="dialog"):
            yield Static("Stop the run of somebody else", classes="dialog-title", markup=False)
            yield Static(self._text)
            yield Static(
                "It stops at its next page. Its end tells who, and why.\n"
                "Reason, or none; Enter stops it, Esc lets it go on:",
                classes="dialog-type",
                markup=False,
            )
            with Horizontal(classes="dialog-typed"):
                yield Static("> ", classes="dialog-prompt", markup=False)
                reason = ReasonField(id="typed", compact=True, select_on_focus=False)
                reason.cursor_blink = False
                yield reason
            with Horizontal(classes="dialog-buttons"):
                yield Button("Stop it", id="stop", compact=True)
                yield Button("Let it go on", id="go-on", compact=True)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Close with the reason."""
        self.dismiss(event.value.strip())

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Close with the button's answer."""
        self.dismiss(self.query_one(ReasonField).value.strip() if event.button.id == "stop" else None)

    def action_go_on(self) -> None:
        """Close, and let the run go on."""
        self.dismiss(None)
