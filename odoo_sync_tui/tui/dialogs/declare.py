"""Dialog that asks for the name of a new entity, and writes its declaration."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import ClassVar, NamedTuple

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Button, Input, Static

from odoo_sync_tui.tui.dialogs.base import Question
from odoo_sync_tui.tui.dialogs.setup import TaskRunner
from odoo_sync_tui.tui.format import render
from odoo_sync_tui.tui.model.draft import TableDraft
from odoo_sync_tui.tui.model.glyphs import Glyphs
from odoo_sync_tui.tui.model.state import DashboardState, Problem

MAX_LENGTH = 100
"""Characters of the longest name that can be typed; what is wrong with it is said."""


class Declared(NamedTuple):
    """A table that was written, and its file."""

    draft: TableDraft
    path: Path


class DeclareDialog(Question[Declared | None]):
    """Asks for a name, and writes the declaration in a thread. A built-in entity has its name.

    Args:
        draft: the declaration, under the name that is offered.
        save: writes a draft and returns the path of its file; raises ``ConfigurationError``.
        tasks: runs it in a thread.
        glyphs: the characters of this terminal.
    """

    AUTO_FOCUS = "#entity-name, #save"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "cancel", "Cancel")]

    def __init__(
        self, draft: TableDraft, save: Callable[[TableDraft], Path], tasks: TaskRunner, glyphs: Glyphs
    ) -> None:
        super().__init__()
        self._draft = draft
        self._save = save
        self._tasks = tasks
        self._glyphs = glyphs

    def compose(self) -> ComposeResult:
        """Compose the name, what keeps it from being written, and two answers."""
        with Vertical(classes="dialog"):
            yield Static("Save the declaration", classes="dialog-title", markup=False)
            yield Static(
                "Its name is that of its documents (entity_type), of its table in the settings and of its file,"
                " entities.d/NAME.toml beside the settings. Nothing is synced yet.",
                id="setup-intro",
                markup=False,
            )
            with Horizontal(classes="setup-field"):
                yield Static("Name", classes="setup-label", markup=False)
                if self._draft.is_built_in:
                    yield Static(f"{self._draft.name}, which is built in", markup=False)
                else:
                    field = Input(self._draft.name, max_length=MAX_LENGTH, compact=True, id="entity-name")
                    field.cursor_blink = False
                    yield field
            yield Static(id="setup-result", markup=False)
            with Horizontal(classes="dialog-buttons"):
                yield Button("Save", id="save", compact=True)
                yield Button("Cancel", id="cancel", compact=True)

    @on(Button.Pressed, "#cancel")
    def action_cancel(self) -> None:
        """Close without a file."""
        self.dismiss(None)

    @on(Input.Submitted)
    @on(Button.Pressed, "#save")
    def _write(self) -> None:
        draft = self._draft
        for field in self.query(Input):
            draft = draft.rename(field.value.strip())
        self._show(f"Writing {self._glyphs.ellipsis}", is_busy=True)
        self._tasks.run("save", lambda: Declared(draft, self._save(draft)), self._saved, self._failed, owner=self)

    def _saved(self, declared: Declared) -> None:
        self.dismiss(declared)

    def _failed(self, problem: Problem) -> None:
        self._show(render.safe_text(problem, self._glyphs, 1000), is_busy=False)
        self.query("#entity-name, #save").first().focus()

    def _show(self, text: str, *, is_busy: bool) -> None:
        """Show a sentence; while the file is written no other answer is taken."""
        self.query_one("#setup-result", Static).update(Content(text) if is_busy else Content.styled(text, render.WARN))
        for part in self.query("#entity-name, #save"):
            part.disabled = is_busy


def describe_declared(declared: Declared, state: DashboardState) -> str:
    """Describe where a declaration was written, and whether this dashboard uses it already."""
    name = declared.draft.name
    choices = [each.choice for each in state.catalog if name in {each.name, each.title.replace(" ", "_")}]
    is_used = any(choice and choice.patterns == declared.draft.patterns for choice in choices)
    known, later = f"This dashboard knows {name} now: sync it.", "The next start of the program reads it."
    return f"{render.safe_text(declared.path, state.glyphs)} is written. {known if is_used else later}"
