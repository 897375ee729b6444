"""Base class of all full screens except the dashboard."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.screen import ModalScreen, Screen
from textual.widget import Widget
from textual.widgets import Static

from odoo_sync_tui.tui.commands import DASHBOARD, CommandContext, get_key_display
from odoo_sync_tui.tui.format import render
from odoo_sync_tui.tui.model.state import DashboardState, Problem
from odoo_sync_tui.tui.tasks import attempt
from odoo_sync_tui.tui.terminal.compositor import CroppingCompositor
from odoo_sync_tui.tui.widgets.chrome.footer import CommandFooter
from odoo_sync_tui.tui.widgets.chrome.header import Header
from odoo_sync_tui.tui.widgets.lines import Lines


@dataclass(frozen=True, slots=True)
class ScreenContext:
    """Values that every screen is opened with.

    Attributes:
        state: returns the application's current state.
        refresh_seconds: seconds between two reads of changing values.
        badge_color: the colour of the environment's badge.
    """

    state: Callable[[], DashboardState]
    refresh_seconds: float
    badge_color: str


class PageScreen(Screen[None]):
    """A full screen, as opposed to a dialog: the environment on top, the keys at the bottom.

    Its values are read in worker threads that end with the screen; their results come as messages.
    """

    SCREEN_NAME: ClassVar[str] = DASHBOARD

    def __init__(self, context: ScreenContext) -> None:
        super().__init__()
        self._compositor = CroppingCompositor()
        self._screen_context = context
        self._busy: set[str] = set()
        self._drawn_at: datetime | None = None
        self.problem: Problem | None = None

    @property
    def state(self) -> DashboardState:
        """The application's state now."""
        return self._screen_context.state()

    def refine_context(self, app_context: CommandContext) -> CommandContext:
        """Narrow the application's command context to this screen."""
        return replace(app_context, screen=self.SCREEN_NAME)

    def compose(self) -> ComposeResult:
        """Compose the parts, top to bottom; or, where the terminal is too small, a sentence."""
        state = self.state
        yield Static("This dashboard needs a terminal of at least 80x24; ^q quits.", id="too-small", markup=False)
        with Vertical(id="body"):
            with Horizontal(id="top"):
                if state.environment:
                    badge = Content(f" {render.safe_text(state.environment, state.glyphs, 20)} ")
                    yield Static(badge, id="badge", classes=f"-{self._screen_context.badge_color}")
                yield Header(id="headline")
                if state.read_only:
                    yield Static(" READ-ONLY ", id="read-only", markup=False)
            yield from self.compose_content()
            yield CommandFooter()

    @abstractmethod
    def compose_content(self) -> Iterable[Widget]:
        """Compose the widgets between the top line and the keys."""

    @abstractmethod
    def read(self) -> None:
        """Read all values of the screen again."""

    @abstractmethod
    def draw(self) -> None:
        """Draw the values that were read."""

    def on_mount(self) -> None:
        """Start the first read."""
        self.tick()
        self.read()

    def tick(self) -> None:
        """Update the clock, and once a minute the ages."""
        state = self.state
        for headline in self.query(Header):
            headline.update(state)
        minute = state.now.replace(second=0, microsecond=0)
        if minute != self._drawn_at:
            self._drawn_at = minute
            self.draw()

    def go_back(self) -> None:
        """Leave this screen."""
        self.dismiss(None)

    def read_in_thread(self, task: str, work: Callable[[], Message], failed: Callable[[Problem], Message]) -> None:
        """Run a read in a thread and post its message, unless a read of the same name is running."""
        if task in self._busy:
            return
        self._busy.add(task)

        def perform() -> None:
            message = attempt(work, failed)
            self._busy.discard(task)
            self.post_message(message)

        self.run_worker(perform, thread=True, group=task, description=task, exit_on_error=False)

    def show_dialog(self, dialog: ModalScreen[None]) -> None:
        """Open a dialog on top of this screen."""
        self.app.push_screen(dialog)  # pyright: ignore[reportUnknownMemberType]  # Textual leaves its app's type open

    def format_problem(self) -> Content:
        """Format the problem of the last read as a line; empty without a problem."""
        glyphs = self.state.glyphs
        if self.problem is None:
            return Content("")
        retry = f"{get_key_display(self.state, 'view.refresh')} tries again."
        return render.assemble(
            (f"{glyphs.get_state_sign('stale')} {render.safe_text(self.problem, glyphs)} {retry}", render.WARN)
        )


def make_panel(title: str, content: Lines) -> Vertical:
    """Create a titled frame around lines."""
    frame = Vertical(content, id=f"{content.id}-panel", classes="panel")
    frame.border_title = Content(title)
    return frame
