"""Dialog that asks what to sync, and how."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Button, Static

from odoo_sync_tui.core.actions import Action
from odoo_sync_tui.core.scope import Mode, Scope
from odoo_sync_tui.tui.commands.command_line import format_command_line, sync
from odoo_sync_tui.tui.dialogs.base import Question
from odoo_sync_tui.tui.dialogs.command_lines import CommandLineDialog, ShownCommandLine
from odoo_sync_tui.tui.format import render
from odoo_sync_tui.tui.model.state import DashboardState
from odoo_sync_tui.tui.widgets.lines import Line, LineList

FULL, DRY_RUN, RESTART, DETACHED = "full", "dry run", "start over", "own process"

OPTIONS = {
    FULL: "full: read every row, not only what changed",
    DRY_RUN: "dry run: read and compare, write no document",
    RESTART: "start over: do not continue a run that was cut off",
    DETACHED: "own process: it goes on when this dashboard ends",
}
"""What can be chosen besides the entities, each with its text."""


@dataclass(frozen=True, slots=True)
class SyncRequest:
    """What the operator has chosen: runs, one after the other."""

    runs: Sequence[tuple[Action, Scope]]
    detached: bool = False


class ChoiceList(LineList):
    """Lines that are chosen or not; Space changes the one under the cursor, and a click the clicked one."""

    HEADER_LINES = 0
    BINDINGS: ClassVar[list[BindingType]] = [Binding("space", "toggle_choice", "Choose", show=False)]

    def __init__(self, choices: Sequence[tuple[str, str]], chosen: frozenset[str], *, id: str) -> None:  # noqa: A002 -- Textual's word
        super().__init__(id=id)
        self._choices = choices
        self.chosen = chosen
        self.styles.height = len(choices)

    def build_header(self, state: DashboardState, width: int) -> Content:
        """Build no header."""
        del state, width
        return Content("")

    def build_rows(self, state: DashboardState, width: int, height: int) -> Sequence[Line]:
        """Build a line for each choice."""
        del height
        return [
            Line(render.fit(f"[{'x' if key in self.chosen else ' '}] {text}", width, state.glyphs), key)
            for key, text in self._choices
        ]

    def action_toggle_choice(self) -> None:
        """Choose the line under the cursor, or no longer."""
        self.chosen ^= {self._choices[self.cursor][0]}
        self._rebuild()

    def on_click(self, event: events.Click) -> None:
        """Choose the clicked line, or no longer."""
        event.prevent_default()
        if (offset := event.get_content_offset(self)) is not None:
            self._move_cursor(self._index_at(offset.y))
            self.action_toggle_choice()


class SyncDialog(Question[SyncRequest | None]):
    """Asks which entities to sync, and how; ``None`` syncs nothing.

    Args:
        state: has the entities, and the mode of the next run, which is chosen at first.
        entity_id: the entity that is chosen at first.
        detached: whether a process of its own is chosen at first; ``None``: it is not offered.
    """

    AUTO_FOCUS = "#choices"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "Cancel"),
        Binding("exclamation_mark", "show_command_lines", "Command lines"),
    ]

    def __init__(self, state: DashboardState, entity_id: str | None, *, detached: bool | None = None) -> None:
        super().__init__()
        self._state = state
        self._options = [each for each in OPTIONS.items() if each[0] != DETACHED or detached is not None]
        full = FULL if state.mode is Mode.FULL else ""
        self._preset = frozenset({entity_id or "", full, DETACHED if detached else ""})

    def compose(self) -> ComposeResult:
        """Compose entities and options, and two answers."""
        glyphs = self._state.glyphs
        choices = [
            (entity.id, f"{render.ACTION_TITLES[entity.action]}: {render.safe_text(entity.title, glyphs, 40)}")
            for entity in self._state.catalog
        ]
        with Vertical(classes="dialog"):
            yield Static("Sync", classes="dialog-title", markup=False)
            yield ChoiceList([*choices, *self._options], self._preset, id="choices")
            yield Static("Space chooses, Enter starts, ! in a shell, Esc leaves.", classes="dialog-foot", markup=False)
            with Horizontal(classes="dialog-buttons"):
                yield Button("Start", id="start", compact=True)
                yield Button("Cancel", id="cancel", compact=True)

    def on_mount(self) -> None:
        """Draw the choices."""
        self.query_one(ChoiceList).update(self._state)

    @on(LineList.Chosen)
    @on(Button.Pressed, "#start")
    def _start(self) -> None:
        """Close with what is chosen."""
        if request := self._build_request():
            self.dismiss(request)

    def action_show_command_lines(self) -> None:
        """Show the command lines of what is chosen, one for each sync."""
        if request := self._build_request():
            detach = ["--detach"] if request.detached else []
            words = [[*sync(action, scope), *detach] for action, scope in request.runs]
            lines = [format_command_line(self._state.program, each) for each in words]
            shown = [ShownCommandLine("y", "y", "Sync what is chosen", lines)]
            self.app.push_screen(CommandLineDialog(self._state, shown))  # pyright: ignore[reportUnknownMemberType]

    def _build_request(self) -> SyncRequest | None:
        """Build what is chosen; say so where it is nothing."""
        chosen = self.query_one(ChoiceList).chosen
        runs = [(action, scope) for action in Action if (scope := self._build_scope(action, chosen))]
        if not runs:
            self.query_one(".dialog-foot", Static).update("Choose at least one entity with Space.")
        return SyncRequest(runs, DETACHED in chosen) if runs else None

    def _build_scope(self, action: Action, chosen: frozenset[str]) -> Scope | None:
        """Build the scope of one sync; ``None`` if none of its entities is chosen."""
        entities = self._state.catalog.of_action(action)
        names = tuple(entity.name for entity in entities if entity.id in chosen)
        if not names:
            return None
        return Scope(
            entities=() if len(names) == len(entities) else names,
            mode=Mode.FULL if FULL in chosen else Mode.INCREMENTAL,
            dry_run=DRY_RUN in chosen,
            restart=RESTART in chosen,
        )

    @on(Button.Pressed, "#cancel")
    def action_cancel(self) -> None:
        """Close, and sync nothing."""
        self.dismiss(None)
