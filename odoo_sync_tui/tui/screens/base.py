"""Base class of all full screens: the environment on top, the commands of the screen, the keys at the bottom."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar, Protocol, TypeVar

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen, Screen
from textual.widget import Widget
from textual.widgets import Static

from odoo_sync_tui.tui.commands.command import DASHBOARD, CommandContext
from odoo_sync_tui.tui.commands.command_line import Subject, make_subject
from odoo_sync_tui.tui.commands.keymap import get_key_display
from odoo_sync_tui.tui.commands.registry import COMMANDS_BY_ID
from odoo_sync_tui.tui.format import render
from odoo_sync_tui.tui.format.layout import Entry
from odoo_sync_tui.tui.model.shown_runs import ShownRuns
from odoo_sync_tui.tui.model.state import DashboardState, Problem
from odoo_sync_tui.tui.tasks import Every, Tasks
from odoo_sync_tui.tui.widgets.chrome.footer import CommandFooter
from odoo_sync_tui.tui.widgets.chrome.header import Header

R = TypeVar("R")


class StateView(Protocol):
    """The state of the dashboard, and what follows from it, for screens."""

    @property
    def state(self) -> DashboardState:
        """The current state."""
        ...

    @property
    def shown_runs(self) -> ShownRuns:
        """The runs of the current state."""
        ...

    @property
    def app_context(self) -> CommandContext:
        """The command context of the state alone."""
        ...

    @property
    def context(self) -> CommandContext:
        """The command context of the state and of the screen in front."""
        ...

    def refine_again(self) -> None:
        """Derive the command context again: facts of the screen in front have changed."""
        ...


class Navigation(Protocol):
    """Screens that other screens open."""

    def open_run(self, run_id: str | None) -> None:
        """Show a run, if there is one."""
        ...

    def open_entity(self, entity_id: str) -> None:
        """Show an entity, in place of another one that is in front."""
        ...

    def open_record(self, title: Content, entries: Sequence[Entry], address: str | None) -> None:
        """Show a stored document or a row in quarantine, with its address in Odoo."""
        ...

    def open_versions(self, entity_id: str, odoo_id: int) -> None:
        """Show the logged versions of a document."""
        ...

    def open_changes(self, run_id: str) -> None:
        """Show what a run changed."""
        ...

    def open_verification(self, entity_id: str | None = ...) -> None:
        """Compare one entity with Odoo, or all of them."""
        ...


@dataclass(frozen=True, slots=True)
class PageContext:
    """Values that every screen is opened with.

    Attributes:
        store: the application's state.
        tasks: runs work in threads.
        every: calls at an interval; the timers belong to the application.
        refresh_seconds: seconds between two reads of changing values.
        badge_color: the colour of the environment's badge.
    """

    store: StateView
    tasks: Tasks
    every: Every
    refresh_seconds: float
    badge_color: str


@dataclass(frozen=True, slots=True)
class ScreenContext(PageContext):
    """The same for screens that open others of one integration, by ``navigation``."""

    navigation: Navigation


class PageScreen(Screen[None]):
    """A full screen, as opposed to a dialog.

    Its values are read in threads; an outcome that comes after the screen was closed is dropped.
    """

    SCREEN_NAME: ClassVar[str] = DASHBOARD

    def __init__(self, context: PageContext) -> None:
        super().__init__()
        self._screen_context = context
        self._drawn_at: datetime | None = None
        self.problem: Problem | None = None

    @property
    def state(self) -> DashboardState:
        """The application's current state."""
        return self._screen_context.store.state

    @property
    def commands(self) -> Mapping[str, Callable[[], object]]:
        """The commands that this screen runs itself."""
        return {"screen.back": self.go_back, "view.refresh": self.read}

    @property
    def chosen_entity_id(self) -> str | None:
        """The entity that is open or under the cursor."""
        return None

    def refine_context(self, app_context: CommandContext) -> CommandContext:
        """Narrow the application's command context to this screen."""
        return replace(app_context, screen=self.SCREEN_NAME)

    def make_subject(self) -> Subject:
        """Make what the command lines of this screen are about."""
        subject = make_subject(self.state, self._screen_context.store.shown_runs.run_id, self.chosen_entity_id)
        return replace(subject, is_open=self.SCREEN_NAME != DASHBOARD)

    def on_screen_suspend(self) -> None:
        """Another screen is opened, or this one is left: its toast goes with it."""
        self.app.clear_notifications()  # pyright: ignore[reportUnknownMemberType]  # Textual leaves its app's type open

    def update_commands(self) -> None:
        """Offer other commands: facts of :meth:`refine_context` have changed."""
        self._screen_context.store.refine_again()
        self.refresh_bindings()

    def compose(self) -> ComposeResult:
        """Compose the parts, top to bottom; or, where the terminal is too small, a sentence."""
        state = self.state
        yield Static("This dashboard needs a terminal of at least 60x15; ^q quits.", id="too-small", markup=False)
        with Vertical(id="body"):
            with Horizontal(id="top"):
                if state.environment:
                    badge = Content(f" {render.safe_text(state.environment, state.glyphs, 20)} ")
                    yield Static(badge, id="badge", classes=f"-{self._screen_context.badge_color}")
                yield self.make_header()
                if state.read_only:
                    yield Static(" READ-ONLY ", id="read-only", markup=False)
            yield from self.compose_content()
            yield CommandFooter(self._is_offered)

    def make_header(self) -> Header:
        """Make the top line."""
        return Header(id="headline")

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
        self.update()
        self.read()

    def update(self) -> None:
        """Draw the application's state: the clock, and once a minute the ages."""
        state = self.state
        for header in self.query(Header):
            header.update(state)
        minute = state.now.replace(second=0, microsecond=0)
        if minute != self._drawn_at:
            self._drawn_at = minute
            self.draw()

    def _is_offered(self, command_id: str) -> bool:
        return COMMANDS_BY_ID[command_id].is_available(self._screen_context.store.context)

    def go_back(self) -> None:
        """Leave this screen."""
        self.dismiss(None)

    def read_in_thread(self, name: str, read: Callable[[], R], done: Callable[[R], None]) -> None:
        """Read in a thread and show the result or the problem, unless a read of this name is running."""
        self._screen_context.tasks.run(name, read, done, self.show_problem, owner=self)

    def show_problem(self, problem: Problem) -> None:
        """Keep the values on the screen, and mark them as old."""
        self.problem = problem
        self.draw()

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
