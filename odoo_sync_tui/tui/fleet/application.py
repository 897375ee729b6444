"""The application of the fleet's screen. It ends with the name of the source whose dashboard is to be opened."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from textual import events, on
from textual.screen import Screen

from odoo_sync_tui.tui.app.command_app import CommandApp, local_time
from odoo_sync_tui.tui.app.theme import Preferences
from odoo_sync_tui.tui.backend import EarlySettings
from odoo_sync_tui.tui.fleet.rows import FleetMemory
from odoo_sync_tui.tui.fleet.screen import REFRESH_SECONDS, FleetScreen
from odoo_sync_tui.tui.fleet.setup import FleetSetup
from odoo_sync_tui.tui.model.state import ConnectionState, Problem
from odoo_sync_tui.tui.screens.base import PageContext


class FleetApp(CommandApp):
    """All sources on one screen.

    Args:
        load_setup: loads the settings of all sources; called in a worker thread, once the first picture is drawn.
        early: the settings of that picture.
        memory: what is shown and marked; it outlives the application.
        note: a sentence about this environment for the top line.
        clock: returns the operator's local time, aware.
        log_path: the file with the trace of a crash.
        preferences: the preferences file; ``None``: nothing is kept between sessions.

    Attributes:
        chosen: the source whose dashboard is to be opened; empty: the operator has left.
    """

    CSS_PATH = ["../screens/base.tcss", "../screens/fleet.tcss"]  # noqa: RUF012 -- as Textual declares it

    def __init__(
        self,
        load_setup: Callable[[], FleetSetup],
        early: EarlySettings,
        memory: FleetMemory,
        *,
        note: str = "",
        clock: Callable[[], datetime] = local_time,
        log_path: str = "",
        preferences: Preferences | None = None,
    ) -> None:
        super().__init__(early, note=note, clock=clock, log_path=log_path, preferences=preferences)
        self._load_setup = load_setup
        self._memory = memory
        self.chosen = ""

    def get_default_screen(self) -> Screen[Any]:
        """Return the screen of all sources."""
        change, reload = self.store.change, self._load_setup_again
        context, memory = self.build_context(), self._memory
        return self.fit_to_size(FleetScreen(context, memory, self, change, self._open_source, reload))

    def build_context(self) -> PageContext:
        """Build the values that every screen is opened with."""
        return PageContext(self.store, self.tasks, self.every, REFRESH_SECONDS, self.badge_color)

    def on_ready(self) -> None:
        """The first picture is drawn. Now comes what it did without."""
        self.start(self._load_setup, self._use_setup)

    @on(events.AppFocus)
    def _looked_at(self) -> None:
        """Read: what is shown may be old."""
        for screen in self._find_fleet():
            screen.poll()

    def _load_setup_again(self) -> None:
        self.tasks.run("settings", self._load_setup, self._use_setup, self._setup_refused)

    def _setup_refused(self, problem: Problem) -> None:
        self.toast(str(problem), "Settings", "error")

    def _use_setup(self, setup: FleetSetup) -> None:
        keys = self.use_commands(setup.commands, setup.ui)
        connection = max(self.store.state.connection, ConnectionState.CONNECTING, key=list(ConnectionState).index)
        self.store.change(operator=setup.operator, keys=keys, program=setup.program, connection=connection)
        if notices := " ".join(setup.notices):
            self.toast(notices, "Settings", "warning")
        if refusal := self._memory.refusal:
            self._memory.refusal = ""
            self.toast(refusal, "Not opened", "error")
        for screen in self._find_fleet():
            screen.use(setup)
        self.refresh_bindings()

    def _find_fleet(self) -> Iterator[FleetScreen]:
        """Find the screen of all sources; none while the application starts or closes."""
        yield from (screen for screen in self._screen_stack[:1] if isinstance(screen, FleetScreen))

    def _open_source(self, name: str) -> None:
        self.chosen = name
        self.exit()
