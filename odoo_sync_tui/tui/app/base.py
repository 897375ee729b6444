"""The application's ground: one state, one way to change it, and one way to work in a thread."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from textual.app import App
from textual.message import Message
from textual.notifications import SeverityLevel

from odoo_sync_tui.runtime.cancel import CancelToken
from odoo_sync_tui.tui.commands import CommandContext, command_context
from odoo_sync_tui.tui.model.state import DashboardState
from odoo_sync_tui.tui.screens.base import PageScreen
from odoo_sync_tui.tui.screens.dashboard import DashboardScreen

TOAST_SECONDS = 5.0


class StatefulApp(App[None]):
    """Keeps the state and draws it.

    Attributes:
        life: asked to stop when the dashboard closes; what may take long in a thread looks at it.

    Args:
        state: what is shown at first.
        clock: tells the operator's local time, aware.
    """

    def __init__(self, state: DashboardState, clock: Callable[[], datetime]) -> None:
        super().__init__()
        self._state = state
        self._clock = clock
        self._situation: CommandContext | None = None
        self.life = CancelToken()

    @property
    def state(self) -> DashboardState:
        """What is shown."""
        return self._state

    @property
    def situation(self) -> CommandContext:
        """What decides over commands now: the state, and the screen in front, whatever dialog lies on it."""
        situation, front = command_context(self._state), self.placed_screen
        return front.refine_context(situation) if front else situation

    @property
    def placed_screen(self) -> PageScreen | None:
        """The screen in front, dialogs aside; ``None`` when it is the dashboard."""
        return next((screen for screen in reversed(self.screen_stack) if isinstance(screen, PageScreen)), None)

    def now(self) -> datetime:
        """The operator's local time, aware."""
        return self._clock()

    def change(self, **changes: object) -> None:
        """Go on to another state, and draw it."""
        # The names are the state's own fields: replace() refuses others.
        self._state = replace(self._state, now=self.now(), **changes)  # pyright: ignore[reportArgumentType]
        if not self.screen_stack:  # the application is closing
            return
        dashboard = self.screen_stack[0]
        if isinstance(dashboard, DashboardScreen) and dashboard.is_mounted:
            dashboard.update(self._state)
        front = self.placed_screen
        if front is not None and front.is_mounted:
            front.tick()
        if self.situation != self._situation:
            self._situation = self.situation
            self.refresh_bindings()

    def in_thread(self, work: Callable[[], Message], group: str, description: str) -> None:
        """Do the work in a thread and receive its message. The work handles its own errors."""
        self.run_worker(
            lambda: self.post_message(work()),
            thread=True,
            group=group,
            description=description,
            exit_on_error=False,
        )

    def exit(self, *arguments: Any, **keywords: Any) -> None:  # noqa: ANN401 -- as Textual declares it
        """Leave; nothing but a run is waited for."""
        self.life.request("the dashboard closes")
        super().exit(*arguments, **keywords)

    def toast(self, text: str, title: str, severity: SeverityLevel) -> None:
        """Tell something in passing, in the place of what was told before. The text is never read as markup."""
        self.clear_notifications()
        self.notify(text, title=title, severity=severity, timeout=TOAST_SECONDS, markup=False)
