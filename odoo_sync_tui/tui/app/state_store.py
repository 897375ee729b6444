"""The state of the dashboard, the one way to change it, and what follows from it.

What the screen derives (the runs on it, the command context) is derived once per change of the state and of the screen
in front: whether a command is available is asked once per key binding, each time that the focus moves.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from odoo_sync_tui.core.run import Operator
from odoo_sync_tui.tui.backend import EarlySettings
from odoo_sync_tui.tui.commands.command import CommandContext, command_context
from odoo_sync_tui.tui.model.glyphs import choose_glyphs
from odoo_sync_tui.tui.model.shown_runs import ShownRuns, find_shown_runs
from odoo_sync_tui.tui.model.state import DashboardState


class FrontScreen(Protocol):
    """The screen in front, dialogs aside."""

    def refine_context(self, app_context: CommandContext) -> CommandContext:
        """Narrow the application's command context to this screen."""
        ...


class StateStore:
    """Keeps the state and draws it after each change.

    Args:
        state: the first state.
        clock: returns the operator's local time, aware.
        draw: draws the state on all screens that show it.
        find_front: returns the screen in front, dialogs aside; ``None`` while there is none.
    """

    def __init__(
        self,
        state: DashboardState,
        clock: Callable[[], datetime],
        draw: Callable[[], None],
        find_front: Callable[[], FrontScreen | None],
    ) -> None:
        self._clock = clock
        self._draw = draw
        self._find_front = find_front
        self._set(state)

    @property
    def state(self) -> DashboardState:
        """The current state."""
        return self._state

    @property
    def shown_runs(self) -> ShownRuns:
        """The runs of the current state."""
        return self._shown_runs

    @property
    def app_context(self) -> CommandContext:
        """The command context of the state alone, as on the dashboard."""
        return self._app_context

    @property
    def context(self) -> CommandContext:
        """The command context of the state and of the screen in front, whatever dialog lies on it."""
        front = self._find_front()
        if self._context is None or front is not self._front:
            self._front = front
            self._context = front.refine_context(self._app_context) if front else self._app_context
        return self._context

    def now(self) -> datetime:
        """Return the operator's local time, aware."""
        return self._clock()

    def change(self, **changes: object) -> None:
        """Replace fields of the state, and draw it."""
        # The names are the state's own fields: replace() refuses others.
        self._set(replace(self._state, now=self.now(), **changes))  # pyright: ignore[reportArgumentType]
        self._draw()

    def refine_again(self) -> None:
        """Derive the command context again: facts of the screen in front have changed."""
        self._context = None

    def _set(self, state: DashboardState) -> None:
        self._state = state
        self._shown_runs = find_shown_runs(state)
        self._app_context = command_context(state, self._shown_runs)
        self._front: FrontScreen | None = None
        self._context: CommandContext | None = None


def first_state(early: EarlySettings, note: str, now: datetime) -> DashboardState:
    """Build the state of the first picture, before the settings are checked."""
    return DashboardState(
        now=now,
        operator=Operator("", "", 0),
        glyphs=choose_glyphs(early.ascii),
        environment=early.environment,
        note=note,
        read_only=early.read_only,
    )
