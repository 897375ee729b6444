"""Dialogs that ask for a reason: before the run of somebody else is stopped, and before rows are dismissed."""

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


class ReasonDialog(Question[str | None]):
    """Shows what it is about and asks for a reason; ``None``: nothing is done."""

    AUTO_FOCUS = "#typed"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "go_on", "Leave it")]
    TITLE: ClassVar[str] = ""  # pyright: ignore[reportIncompatibleVariableOverride]  # Textual's, for a header we lack
    PROMPT: ClassVar[str]
    ANSWERS: ClassVar[tuple[str, str]]
    """The labels of the buttons: do it, and leave it."""
    IS_REQUIRED: ClassVar[bool] = False

    def __init__(self, text: Content) -> None:
        super().__init__()
        self._text = text

    def compose(self) -> ComposeResult:
        """Compose what it is about, the field for the reason, and two answers."""
        do_it, leave_it = self.ANSWERS
        with Vertical(classes="dialog"):
            yield Static(self.TITLE, classes="dialog-title", markup=False)
            yield Static(self._text)
            yield Static(self.PROMPT, classes="dialog-type", markup=False)
            with Horizontal(classes="dialog-typed"):
                yield Static("> ", classes="dialog-prompt", markup=False)
                reason = ReasonField(id="typed", compact=True, select_on_focus=False)
                reason.cursor_blink = False
                yield reason
            with Horizontal(classes="dialog-buttons"):
                yield Button(do_it, id="stop", compact=True)
                yield Button(leave_it, id="go-on", compact=True)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Close with the reason."""
        self._answer(event.value.strip())

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Close with the button's answer."""
        if event.button.id == "stop":
            self._answer(self.query_one(ReasonField).value.strip())
        else:
            self.dismiss(None)

    def _answer(self, reason: str) -> None:
        if reason or not self.IS_REQUIRED:
            self.dismiss(reason)
        else:
            self.query_one(ReasonField).focus()

    def action_go_on(self) -> None:
        """Close, and do nothing."""
        self.dismiss(None)


class StopDialog(ReasonDialog):
    """Asks before the run of somebody else is stopped; the reason may stay empty."""

    TITLE = "Stop the run of somebody else"
    PROMPT = (
        "It stops at its next page. Its end tells who, and why.\nReason, or none; Enter stops it, Esc lets it go on:"
    )
    ANSWERS = ("Stop it", "Let it go on")


class DismissDialog(ReasonDialog):
    """Asks why rows are dismissed."""

    TITLE = "Dismiss rows from the quarantine"
    PROMPT = (
        "No run is partial for them until they change in Odoo; then they come back.\n"
        "Reason; Enter dismisses them, Esc leaves them:"
    )
    ANSWERS = ("Dismiss", "Leave them")
    IS_REQUIRED = True
