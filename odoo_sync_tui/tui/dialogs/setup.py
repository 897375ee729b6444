"""Dialog that asks for what a first sync needs, tries it, and writes the first settings file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Protocol

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.dom import DOMNode
from textual.widgets import Button, Input, Static

from odoo_sync_tui.core.reports.diagnosis import Check, Grade
from odoo_sync_tui.tui.backend import OwnSettings
from odoo_sync_tui.tui.dialogs.base import Question
from odoo_sync_tui.tui.format import render
from odoo_sync_tui.tui.model.glyphs import Glyphs
from odoo_sync_tui.tui.model.state import Problem

MAX_LENGTH = 4000
"""Characters of the longest answer."""
MAX_PROBLEM_LINES = 12

_EMBEDDED = "embedded"
_FIELDS = {
    "odoo.url": ("Address", "https://odoo.example.com"),
    "odoo.database": ("Database", "acme"),
    "odoo.username": ("User (login)", "sync@example.com"),
    "odoo.api_key": ("API key", "of that user; it is not shown"),
    "mongo.uri": ("MongoDB", "mongodb://db.example.com/?replicaSet=rs0, or embedded for a private one"),
}


class TaskRunner(Protocol):
    """Runs work in threads."""

    def run(
        self,
        name: str,
        work: Callable[[], Any],
        done: Callable[[Any], None],
        failed: Callable[[Problem], None],
        *,
        owner: DOMNode | None = ...,
    ) -> bool:
        """Run the work, and hand its outcome to a callback in the screen's thread while ``owner`` is open."""
        ...


class SetupDialog(Question[bool]):
    """Asks for the settings, tries them in a thread and writes them; true when the file is written.

    Args:
        own_settings: tries and writes the answers.
        tasks: runs both in threads.
        glyphs: the characters of this terminal.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "Cancel"),
        # Before the field takes it: what is typed ahead, or pasted, goes to the next field then.
        Binding("enter", "next_field", show=False, priority=True),
    ]

    def __init__(self, own_settings: OwnSettings, tasks: TaskRunner, glyphs: Glyphs) -> None:
        super().__init__()
        self._own_settings = own_settings
        self._tasks = tasks
        self._glyphs = glyphs

    def compose(self) -> ComposeResult:
        """Compose a field for each setting, the result of the last try, and the buttons."""
        path = render.safe_text(self._own_settings.path, self._glyphs)
        with Vertical(classes="dialog"):
            yield Static("Connect to Odoo", classes="dialog-title", markup=False)
            yield Static(
                Content(f"It is tried, then written to {path}, the key to a file of its own."), id="setup-intro"
            )
            for name in self._own_settings.asked:
                label, example = _FIELDS[name]
                field = Input(
                    _EMBEDDED if name == "mongo.uri" else "",
                    placeholder=example,
                    password=name == "odoo.api_key",
                    max_length=MAX_LENGTH,
                    compact=True,
                    name=name,
                    id=name.replace(".", "-"),
                )
                field.cursor_blink = False
                with Horizontal(classes="setup-field"):
                    yield Static(label, classes="setup-label", markup=False)
                    yield field
            yield Static(id="setup-result", markup=False)
            with Horizontal(classes="dialog-buttons"):
                yield Button("Try and save", id="try", compact=True)
                yield Button("Save untried", id="save", compact=True)
                yield Button("Cancel", id="cancel", compact=True)

    def on_mount(self) -> None:
        """Offer to save untried only after a try that failed."""
        self.query_one("#save").display = False

    def action_cancel(self) -> None:
        """Close without a file."""
        self.dismiss(False)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Leave Enter to the last field, which is tried with it, and to the buttons."""
        if action == "next_field":
            return self.focused in list(self.query(Input))[:-1]
        return super().check_action(action, parameters)

    def action_next_field(self) -> None:
        """Go to the next field."""
        self.focus_next()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Try the answers: the last field is ended."""
        event.stop()
        self._try()

    @on(Button.Pressed, "#cancel")
    def _cancelled(self) -> None:
        self.dismiss(False)

    @on(Button.Pressed, "#try")
    def _try(self) -> None:
        answers = self._read_answers()
        self._set_busy(f"Trying to reach Odoo and MongoDB {self._glyphs.ellipsis}")
        self._tasks.run("try", lambda: self._own_settings.check(answers), self._tried, self._failed, owner=self)

    @on(Button.Pressed, "#save")
    def _save(self) -> None:
        answers = self._read_answers()
        self._set_busy(f"Writing {self._glyphs.ellipsis}")
        self._tasks.run("save", lambda: self._own_settings.save(answers), self._saved, self._failed, owner=self)

    def _read_answers(self) -> dict[str, str]:
        fields = {field.name or "": field.value.strip() for field in self.query(Input)}
        return {name: value or (_EMBEDDED if name == "mongo.uri" else "") for name, value in fields.items()}

    def _tried(self, checks: Sequence[Check]) -> None:
        failures = [Problem(check.message, check.hint) for check in checks if check.health is Grade.FAIL]
        if not failures:
            self._save()
            return
        self._failed(*failures)
        self.query_one("#save").display = True

    def _saved(self, _: None) -> None:
        self.dismiss(True)

    def _failed(self, *problems: Problem) -> None:
        self._set_busy("")
        lines = [line for problem in problems for line in str(problem).split("\n")]
        text = "\n".join(render.safe_text(line, self._glyphs, 1000) for line in lines[:MAX_PROBLEM_LINES])
        self.query_one("#setup-result", Static).update(render.assemble((text, render.WARN)))

    def _set_busy(self, text: str) -> None:
        """Show what is under way, and take no answer meanwhile; without a text, take answers again."""
        self.query_one("#setup-result", Static).update(Content(text))
        for part in (*self.query(Input), *self.query("#try, #save")):
            part.disabled = bool(text)
        if not text:
            self.query(Input).first().focus()
