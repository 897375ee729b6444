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

from odoo_sync_tui.tui import view
from odoo_sync_tui.tui.commands import DASHBOARD, Situation, key_of
from odoo_sync_tui.tui.runner import attempt
from odoo_sync_tui.tui.state import DashboardState, Problem
from odoo_sync_tui.tui.thrift import ThriftyCompositor
from odoo_sync_tui.tui.widgets.headline import Headline
from odoo_sync_tui.tui.widgets.keys import Keys
from odoo_sync_tui.tui.widgets.lines import Lines


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Values that every screen is opened with.

    Attributes:
        state: returns the application's current state.
        refresh_seconds: seconds between two reads of changing values.
        badge_color: the colour of the environment's badge.
    """

    state: Callable[[], DashboardState]
    refresh_seconds: float
    badge_color: str


class PlacedScreen(Screen[None]):
    """A full screen, as opposed to a dialog: the environment on top, the keys at the bottom.

    Its values are read in worker threads that end with the screen; their results come as messages.
    """

    PLACE: ClassVar[str] = DASHBOARD

    def __init__(self, surroundings: Surroundings) -> None:
        super().__init__()
        self._compositor = ThriftyCompositor()
        self._screen_context = surroundings
        self._busy: set[str] = set()
        self._drawn_at: datetime | None = None
        self.problem: Problem | None = None

    @property
    def state(self) -> DashboardState:
        """The application's state now."""
        return self._screen_context.state()

    def situation(self, of_application: Situation) -> Situation:
        """Narrow the application's command context to this screen."""
        return replace(of_application, place=self.PLACE)

    def compose(self) -> ComposeResult:
        """Compose the parts, top to bottom; or, where the terminal is too small, a sentence."""
        state = self.state
        yield Static("This dashboard needs a terminal of at least 80x24; ^q quits.", id="too-small", markup=False)
        with Vertical(id="body"):
            with Horizontal(id="top"):
                if state.environment:
                    badge = Content(f" {view.safe(state.environment, state.glyphs, 20)} ")
                    yield Static(badge, id="badge", classes=f"-{self._screen_context.badge_color}")
                yield Headline(id="headline")
                if state.read_only:
                    yield Static(" READ-ONLY ", id="read-only", markup=False)
            yield from self.parts()
            yield Keys()

    @abstractmethod
    def parts(self) -> Iterable[Widget]:
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
        for headline in self.query(Headline):
            headline.show(state)
        minute = state.now.replace(second=0, microsecond=0)
        if minute != self._drawn_at:
            self._drawn_at = minute
            self.draw()

    def back(self) -> None:
        """Leave this screen."""
        self.dismiss(None)

    def ask(self, what: str, work: Callable[[], Message], failed: Callable[[Problem], Message]) -> None:
        """Run a read in a thread and post its message, unless a read of the same name is running."""
        if what in self._busy:
            return
        self._busy.add(what)

        def perform() -> None:
            message = attempt(work, failed)
            self._busy.discard(what)
            self.post_message(message)

        self.run_worker(perform, thread=True, group=what, description=what, exit_on_error=False)

    def show_dialog(self, dialog: ModalScreen[None]) -> None:
        """Open a dialog on top of this screen."""
        self.app.push_screen(dialog)  # pyright: ignore[reportUnknownMemberType]  # Textual leaves its app's type open

    def told_problem(self) -> Content:
        """Format the problem of the last read as a line; empty without a problem."""
        glyphs = self.state.glyphs
        if self.problem is None:
            return Content("")
        retry = f"{key_of(self.state, 'view.refresh')} tries again."
        return view.line((f"{glyphs.state('stale')} {view.safe(self.problem, glyphs)} {retry}", view.WARN))


def panel(title: str, content: Lines) -> Vertical:
    """Create a titled frame around lines."""
    frame = Vertical(content, id=f"{content.id}-panel", classes="panel")
    frame.border_title = Content(title)
    return frame
