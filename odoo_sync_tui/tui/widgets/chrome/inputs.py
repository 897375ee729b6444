"""Input lines of screens: a filter, a search; and the choice of the mode."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.suggester import Suggester
from textual.widget import Widget
from textual.widgets import Input

from odoo_sync_tui.core.audit.filter import complete_filter
from odoo_sync_tui.core.scope import Mode
from odoo_sync_tui.core.text.sanitize import sanitize
from odoo_sync_tui.tui.commands.keymap import get_key_display
from odoo_sync_tui.tui.format import render
from odoo_sync_tui.tui.model.state import DashboardState

MAX_FILTER_LENGTH = 1000
MAX_SEARCH_LENGTH = 100

PLACEHOLDER = 'all events   / filters: outcome:failed user:anna since:2d "timed out" !text'


class LineInput(Input):
    """Input of one line that drops no pasted line: Textual's own keeps the first one alone."""

    def _on_paste(self, event: events.Paste) -> None:
        """Join the lines by blanks; Textual then pastes the one line."""
        event.text = " ".join(filter(None, (line.strip() for line in event.text.splitlines())))


class SearchField(LineInput):
    """Search input without a blinking cursor."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "submit", "Search", key_display="Enter")]

    def __init__(self, hint: str, *, id: str) -> None:  # noqa: A002 -- Textual's word
        super().__init__(id=id, placeholder=hint, compact=True)
        self.cursor_blink = False

    def validate_value(self, value: str) -> str:
        """Remove control characters: pasted text may come from anywhere."""
        return sanitize(value, MAX_SEARCH_LENGTH)


class FilterBar(LineInput):
    """Filter input without a blinking cursor; the right arrow key completes fields and their values."""

    DEFAULT_CSS = """
    FilterBar {
        background: $surface;
        &:focus { background: $panel; }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "submit", "Apply", key_display="Enter")]

    def __init__(self, *, id: str) -> None:  # noqa: A002 -- Textual's word
        self._suggester = _FilterSuggester()
        super().__init__(id=id, placeholder=PLACEHOLDER, compact=True, select_on_focus=False, suggester=self._suggester)
        self.cursor_blink = False

    def offer_users(self, users: Iterable[str]) -> None:
        """Complete to these users too: those of the events on the screen."""
        self._suggester.users = sorted(set(users))

    def validate_value(self, value: str) -> str:
        """Remove control characters: pasted text may come from anywhere."""
        return sanitize(value, MAX_FILTER_LENGTH)


class _FilterSuggester(Suggester):
    """Completion of the last word."""

    def __init__(self) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self.users: Sequence[str] = ()

    async def get_suggestion(self, value: str) -> str | None:
        return complete_filter(value, {"user": self.users})


class ModeChoice(Widget, can_focus=True):
    """The mode of the next run, and the key that switches to the other one."""

    DEFAULT_CSS = """
    ModeChoice {
        width: 24;
        height: 1;
        text-wrap: nowrap;
        &:focus { text-style: $button-focus-text-style; }
    }
    """
    ALLOW_SELECT: ClassVar[bool] = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,right,space,enter", "switch", "Switch", show=False),
    ]

    mode: reactive[Mode] = reactive(Mode.INCREMENTAL)

    class Picked(Message):
        """Request of the operator for this mode."""

        def __init__(self, mode: Mode) -> None:
            super().__init__()
            self.mode = mode

    key: reactive[str] = reactive("")

    def __init__(self, state: DashboardState, *, id: str | None = None) -> None:  # noqa: A002 -- Textual's word
        super().__init__(id=id)
        self.update_state(state)

    def update_state(self, state: DashboardState) -> None:
        """Show the mode of this state, and the key that it names."""
        self.mode = state.mode
        self.key = get_key_display(state, "run.mode")

    def render(self) -> Content:
        """Render the mode, then the key to the other one."""
        parts = (self.mode, "  ", (self.key, render.MUTED if self.disabled else render.KEY), f" {self._other}")
        return render.assemble(*parts).stylize_before(render.MUTED if self.disabled else "")

    def action_switch(self) -> None:
        """Request the other mode."""
        self.post_message(self.Picked(self._other))

    def on_click(self) -> None:
        """Request the other mode."""
        self.action_switch()

    @property
    def _other(self) -> Mode:
        return Mode.FULL if self.mode is Mode.INCREMENTAL else Mode.INCREMENTAL
