"""The application itself: commands, screens, and leaving."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from rich.text import Text
from textual import on
from textual.app import App, SystemCommand
from textual.binding import BindingsMap
from textual.content import Content
from textual.message import Message
from textual.screen import Screen

from odoo_sync_tui.core.actions import Action
from odoo_sync_tui.core.run import Operator
from odoo_sync_tui.core.scope import Mode
from odoo_sync_tui.core.text.sanitize import sanitize
from odoo_sync_tui.entities.registry import list_entities
from odoo_sync_tui.tui import messages
from odoo_sync_tui.tui.app.audit_actions import AuditingApp
from odoo_sync_tui.tui.app.preferences import Preferences
from odoo_sync_tui.tui.app.store_poller import Sources
from odoo_sync_tui.tui.app.theme import ThemingApp
from odoo_sync_tui.tui.backend import EarlySettings, Setup
from odoo_sync_tui.tui.commands import COMMANDS_BY_ID, Command
from odoo_sync_tui.tui.dialogs.base import DetailDialog, QuitChoice, QuitDialog
from odoo_sync_tui.tui.dialogs.help import HelpDialog
from odoo_sync_tui.tui.format.event import format_problems
from odoo_sync_tui.tui.keymap import build_bindings
from odoo_sync_tui.tui.model.glyphs import choose_glyphs
from odoo_sync_tui.tui.model.state import ConnectionState, DashboardState
from odoo_sync_tui.tui.screens.base import ScreenContext
from odoo_sync_tui.tui.screens.dashboard import DashboardScreen
from odoo_sync_tui.tui.widgets.chrome.inputs import ModeChoice
from odoo_sync_tui.tui.widgets.recent_events import RecentEvents

LOG = logging.getLogger(__name__)

STYLED_ROOMS = [Path(__file__).parents[1] / room for room in ("screens", "dialogs")]

NOBODY_YET = Operator("", "", 0)

BADGE_COLORS = {"prod": "error", "stag": "warning", "test": "success", "demo": "accent", "dev": "secondary"}
"""The badge's colour by how its text begins, where the settings name none."""


def local_time() -> datetime:
    """The operator's local time, aware."""
    return datetime.now().astimezone()


class OdooSyncApp(AuditingApp, ThemingApp):
    """The dashboard.

    Args:
        set_up: checks the settings; called in a worker thread, once the first picture is drawn.
        look: what that picture needs to know of them.
        note: a sentence about this environment for the top line.
        clock: the operator's local time, aware.
        log_path: where the trace of a crash can be found.
        remembered: what the dashboard keeps between sessions; ``None``: nothing.

    Attributes:
        commands: the registry, with the operator's own keys; empty until the settings are checked.
        refused: the error of ``set_up``, for which the dashboard ended.
    """

    TITLE = "Odoo Sync"
    CSS_PATH = "../screens/dashboard.tcss"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (80, "-regular"), (120, "-wide"), (180, "-huge")]  # noqa: RUF012 -- as Textual declares it
    VERTICAL_BREAKPOINTS = [(0, "-short"), (24, "-normal"), (36, "-tall"), (50, "-very-tall")]  # noqa: RUF012 -- as Textual declares it

    def __init__(
        self,
        set_up: Callable[[], Setup],
        look: EarlySettings,
        *,
        note: str = "",
        clock: Callable[[], datetime] = local_time,
        log_path: str = "",
        remembered: Preferences | None = None,
    ) -> None:
        state = DashboardState(
            now=clock(),
            operator=NOBODY_YET,
            glyphs=choose_glyphs(look.ascii),
            environment=look.environment,
            note=note,
            read_only=look.read_only,
        )
        super().__init__(state, clock)
        self.commands = ()
        self.refused: Exception | None = None
        self._set_up = set_up
        self._appearance = look
        self._log_path = log_path
        self._remember_in = remembered
        self._bind([replace(COMMANDS_BY_ID["app.quit"], in_footer=False)])  # the usual key, which nothing promises yet

    def get_default_screen(self) -> Screen[Any]:
        """The dashboard is the screen at the bottom; everything else lies on top of it."""
        return DashboardScreen(self.state, self._badge_color)

    @property
    def _badge_color(self) -> str:
        return self._appearance.environment_color or _badge_color(self._appearance.environment)

    @property
    def surroundings(self) -> ScreenContext:
        """What a screen on top of the dashboard is opened with."""
        return ScreenContext(lambda: self.state, self._sources.refresh_seconds, self._badge_color)

    def on_mount(self) -> None:
        """Look as the settings say."""
        self.set_class(not self.state.glyphs.is_unicode, "-ascii")
        self.start_theme(self._appearance.theme, self._remember_in)

    def on_ready(self) -> None:
        """The first picture is drawn. Now comes what it did without: the other screens' styles, and the settings."""
        self.stylesheet.read_all([sheet for room in STYLED_ROOMS for sheet in sorted(room.glob("*.tcss"))])
        self.in_thread(self._checked, "settings", "check the settings")

    def _checked(self) -> Message:
        try:
            return messages.SettingsLoaded(self._set_up())
        except Exception as error:  # noqa: BLE001 -- whoever opened the dashboard tells it, on a restored terminal
            return messages.SettingsRejected(error)

    @on(messages.SettingsLoaded)
    def _settings_checked(self, message: messages.SettingsLoaded) -> None:
        setup, ui = message.setup, message.setup.ui
        self.commands, self.examine = setup.commands, setup.examine
        self._bind(setup.commands)
        keys = {command.id: command.key_display for command in setup.commands if command.id in ui.keymap}
        self.change(operator=setup.operator, keys=keys)
        self.start_reading(Sources(setup.connect, ui.refresh_seconds, setup.odoo_counts_seconds, ui.audit_rows))
        self.refresh_bindings()

    @on(messages.SettingsRejected)
    def _settings_refused(self, message: messages.SettingsRejected) -> None:
        self.refused = message.error
        self.exit()

    def _bind(self, commands: Iterable[Command]) -> None:
        self._bindings = BindingsMap([*App.BINDINGS, *build_bindings(commands)])

    # ----------------------------------------------------------------------------------------------- commands

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only what can be done now is offered, by key, footer and palette alike."""
        if action == "command" and parameters:
            return COMMANDS_BY_ID[str(parameters[0])].is_available(self.situation)
        return super().check_action(action, parameters)

    def action_command(self, command_id: str) -> None:
        """Do what a command says."""
        self.handlers[command_id]()

    @on(messages.CommandRequested)
    def _command_asked(self, message: messages.CommandRequested) -> None:
        if COMMANDS_BY_ID[message.command_id].is_available(self.situation):
            self.action_command(message.command_id)

    @property
    def handlers(self) -> dict[str, Callable[[], object]]:
        """What each command does."""
        return {
            "sync.departments": partial(self.ask_to_start, Action.DEPARTMENTS),
            "sync.users": partial(self.ask_to_start, Action.USERS),
            "sync.data_lake": partial(self.ask_to_start, Action.DATA_LAKE),
            "run.mode": self._switch_mode,
            "run.cancel": self.cancel_shown,
            "run.confirm_retire": self.ask_to_retire,
            "view.events": self._go_to_events,
            "view.errors": self._show_errors,
            "view.refresh": self._refresh,
            "odoo.count": self.count,
            **self.audit_handlers,
            **self.inspecting_handlers,
            **self.verifying_handlers,
            "app.palette": self.action_command_palette,
            "app.theme": self.action_change_theme,
            "app.help": self._show_help,
            "app.quit": self._ask_to_quit,
        }

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """The palette: every command that can be used now, and every entity."""
        del screen
        for command in self.commands:
            if command.is_available(self.situation) and command.id != "app.palette":
                described = f"{command.key_display}  {command.description}"
                yield SystemCommand(command.title, described, self.handlers[command.id])
        yield from self.entity_commands()

    async def action_quit(self) -> None:
        """Textual's own key for leaving does what ours does."""
        self._ask_to_quit()

    def action_help_quit(self) -> None:
        """Ctrl+C leaves, as everywhere."""
        self._ask_to_quit()

    def _refresh(self) -> None:
        front = self.placed_screen
        if front is not None:
            front.read()
        elif self.state.connection is ConnectionState.FAILED:
            self.open_backend()
        else:
            self.read()

    def _switch_mode(self) -> None:
        self.change(mode=Mode.FULL if self.state.mode is Mode.INCREMENTAL else Mode.INCREMENTAL)

    @on(ModeChoice.Picked)
    def _mode_picked(self, message: ModeChoice.Picked) -> None:
        self.change(mode=message.mode)

    def _go_to_events(self) -> None:
        self.screen_stack[0].query_one(RecentEvents).focus()

    def _show_help(self) -> None:
        situation = self.situation
        place, writable = situation.screen, situation.writable
        self.push_screen(HelpDialog(self.state.glyphs, list_entities(), self.commands, place, writable=writable))

    def _show_errors(self) -> None:
        self.push_screen(DetailDialog(Content("Errors and warnings"), format_problems(self.state)))

    # ------------------------------------------------------------------------------------------------ leaving

    def _ask_to_quit(self) -> None:
        if isinstance(self.screen, QuitDialog):
            return
        if self.state.own_run is None or self.state.leaving:
            self.exit()
            return
        self.push_screen(QuitDialog(), self._leave)

    def _leave(self, choice: QuitChoice | None) -> None:
        if choice in {None, QuitChoice.STAY}:
            return
        if self.state.own_run is None:  # it ended while the question was on the screen
            self.exit()
            return
        self.change(leaving=True)
        if choice is QuitChoice.STOP:
            self.cancel()

    def leave_at_once(self, why: str, return_code: int) -> None:
        """Leave without asking, as a signal demands: the run ends at its next page."""
        if self._runner is not None:
            self._runner.cancel.request(why)
        self.exit(return_code=return_code)

    def _fatal_error(self) -> None:
        """A crash tells its type and message and where the trace is. Textual would print all local variables."""
        if self._runner is not None:
            self._runner.cancel.request("interrupted: the dashboard crashed")
        error = self._exception
        LOG.error("the dashboard crashed", exc_info=error)
        where = f" The trace is in {self._log_path}." if self._log_path else ""
        self.panic(Text(f"The dashboard crashed: {type(error).__name__}: {sanitize(error)}.{where}"))


def _badge_color(environment: str) -> str:
    name = environment.strip().lower()
    return next((color for start, color in BADGE_COLORS.items() if name.startswith(start)), "primary")
