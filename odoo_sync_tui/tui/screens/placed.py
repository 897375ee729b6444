"""Whole screens besides the dashboard: places of their own, where other commands can be used."""

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
    """What a screen is opened with.

    Attributes:
        state: the application's state at the moment of asking.
        refresh_seconds: how often something that changes is read again.
        badge_color: the colour of the environment's badge.
    """

    state: Callable[[], DashboardState]
    refresh_seconds: float
    badge_color: str


class PlacedScreen(Screen[None]):
    """A whole screen, as opposed to a dialog: the environment on top, the keys at the bottom.

    What it shows is read in worker threads that die with it; their answers come as messages.
    """

    PLACE: ClassVar[str] = DASHBOARD

    def __init__(self, surroundings: Surroundings) -> None:
        super().__init__()
        self._compositor = ThriftyCompositor()
        self._surroundings = surroundings
        self._busy: set[str] = set()
        self._drawn_at: datetime | None = None
        self.problem: Problem | None = None

    @property
    def state(self) -> DashboardState:
        """The application's state now."""
        return self._surroundings.state()

    def situation(self, of_application: Situation) -> Situation:
        """What the availability of commands depends on while this screen is in front."""
        return replace(of_application, place=self.PLACE)

    def compose(self) -> ComposeResult:
        """The parts, top to bottom; or, where the terminal is too small, a sentence."""
        state = self.state
        yield Static("This dashboard needs a terminal of at least 80x24; ^q quits.", id="too-small", markup=False)
        with Vertical(id="body"):
            with Horizontal(id="top"):
                if state.environment:
                    badge = Content(f" {view.safe(state.environment, state.glyphs, 20)} ")
                    yield Static(badge, id="badge", classes=f"-{self._surroundings.badge_color}")
                yield Headline(id="headline")
                if state.read_only:
                    yield Static(" READ-ONLY ", id="read-only", markup=False)
            yield from self.parts()
            yield Keys()

    @abstractmethod
    def parts(self) -> Iterable[Widget]:
        """What lies between the top line and the keys."""

    @abstractmethod
    def read(self) -> None:
        """Read everything that is shown anew."""

    @abstractmethod
    def draw(self) -> None:
        """Draw what was read."""

    def on_mount(self) -> None:
        """Read for the first time."""
        self.tick()
        self.read()

    def tick(self) -> None:
        """Time goes on: the clock moves, and once a minute the ages with it."""
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
        """Read something in a thread, unless that very thing is being read; the answer comes as a message."""
        if what in self._busy:
            return
        self._busy.add(what)

        def perform() -> None:
            answer = attempt(work, failed)
            self._busy.discard(what)
            self.post_message(answer)

        self.run_worker(perform, thread=True, group=what, description=what, exit_on_error=False)

    def show_dialog(self, dialog: ModalScreen[None]) -> None:
        """Lay a dialog on top of this screen."""
        self.app.push_screen(dialog)  # pyright: ignore[reportUnknownMemberType]  # Textual leaves its app's type open

    def told_problem(self) -> Content:
        """Why the last reading failed, as a line; empty when it did not."""
        glyphs = self.state.glyphs
        if self.problem is None:
            return Content("")
        again = f"{key_of(self.state, 'view.refresh')} tries again."
        return view.line((f"{glyphs.state('stale')} {view.safe(self.problem, glyphs)} {again}", view.WARN))


def panel(title: str, content: Lines) -> Vertical:
    """A titled frame around lines."""
    frame = Vertical(content, id=f"{content.id}-panel", classes="panel")
    frame.border_title = Content(title)
    return frame
