"""The application: it owns the controllers, dispatches commands, and leaves."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from rich.text import Text
from textual import events, on
from textual.app import App
from textual.binding import BindingsMap
from textual.notifications import SeverityLevel
from textual.screen import ModalScreen, Screen

from odoo_sync_tui.core.actions import Action
from odoo_sync_tui.core.text.sanitize import sanitize
from odoo_sync_tui.tui import messages
from odoo_sync_tui.tui.app.audit_actions import AuditExporter, Copier
from odoo_sync_tui.tui.app.navigator import Navigator
from odoo_sync_tui.tui.app.preferences import Preferences
from odoo_sync_tui.tui.app.run_controller import RunController
from odoo_sync_tui.tui.app.state_store import StateStore, first_state
from odoo_sync_tui.tui.app.store_poller import Sources, StorePoller
from odoo_sync_tui.tui.app.theme import ThemeMemory, choose_badge_color
from odoo_sync_tui.tui.backend import EarlySettings, Setup, offer_setup
from odoo_sync_tui.tui.commands.command import Command, CommandContext
from odoo_sync_tui.tui.commands.keymap import build_bindings
from odoo_sync_tui.tui.commands.registry import COMMANDS_BY_ID
from odoo_sync_tui.tui.dialogs.base import NOTE_SECONDS, DetailDialog, QuitChoice, QuitDialog
from odoo_sync_tui.tui.dialogs.menu import MenuEntry, MenuProvider, build_menu
from odoo_sync_tui.tui.model.state import Problem
from odoo_sync_tui.tui.refusals import explain_refusal
from odoo_sync_tui.tui.screens.base import PageScreen, ScreenContext
from odoo_sync_tui.tui.screens.dashboard import DashboardScreen
from odoo_sync_tui.tui.tasks import Tasks
from odoo_sync_tui.tui.terminal.base_app import TerminalApp
from odoo_sync_tui.tui.widgets.chrome.inputs import ModeChoice

Answer = TypeVar("Answer")

LOG = logging.getLogger(__name__)

STYLED_ROOMS = [Path(__file__).parents[1] / room for room in ("screens", "dialogs")]


def local_time() -> datetime:
    """Return the operator's local time, aware."""
    return datetime.now().astimezone()


class OdooSyncApp(TerminalApp):
    """The dashboard.

    Args:
        load_setup: checks the settings; called in a worker thread, once the first picture is drawn.
        early: the settings of that picture.
        note: a sentence about this environment for the top line.
        clock: returns the operator's local time, aware.
        log_path: the file with the trace of a crash.
        preferences: the preferences file; ``None``: nothing is kept between sessions.

    Attributes:
        store: the state, and the only way to change it.
        runs: starts, cancels and confirms runs.
        navigator: opens screens.
        refused: the error of ``load_setup``, with which the dashboard ended.
    """

    TITLE = "Odoo Sync"
    COMMANDS = {MenuProvider}  # noqa: RUF012 -- as Textual declares it
    CSS_PATH = ["../screens/base.tcss", "../screens/dashboard.tcss"]  # noqa: RUF012 -- as Textual declares it
    HORIZONTAL_BREAKPOINTS = [(0, "-too-narrow"), (60, "-narrow"), (80, "-regular"), (120, "-wide"), (160, "-huge")]  # noqa: RUF012 -- as Textual declares it
    VERTICAL_BREAKPOINTS = [(0, "-too-short"), (15, "-short"), (24, "-normal"), (30, "-tall"), (50, "-very-tall")]  # noqa: RUF012 -- as Textual declares it

    def __init__(
        self,
        load_setup: Callable[[], Setup],
        early: EarlySettings,
        *,
        note: str = "",
        clock: Callable[[], datetime] = local_time,
        log_path: str = "",
        preferences: Preferences | None = None,
    ) -> None:
        super().__init__()
        self.refused: Exception | None = None
        self._load_setup = load_setup
        self._early = early
        self._log_path = log_path
        self._offered: CommandContext | None = None
        self.store = StateStore(first_state(early, note, clock()), clock, self._draw, lambda: self.front)
        self.tasks = Tasks(self)
        self.poller = StorePoller(self.store, self.tasks, self)
        self.runs = RunController(self.store, self.tasks, self, self.poller)
        self.exporter = AuditExporter(self.store, self.tasks, self, self.poller)
        self.copier = Copier(self.store, self.tasks, self, self.copy_to_clipboard)
        self.navigator = Navigator(self, self.store, self._build_context, self.poller, self.runs, self.exporter)
        self.theme_memory = ThemeMemory(
            self, partial(self.toast, severity="warning"), self.store.state.glyphs, early.theme, preferences
        )
        self._bind([replace(COMMANDS_BY_ID["app.quit"], in_footer=False)])  # the usual key, which nothing promises yet

    # ----------------------------------------------------------------------------------------------- starting

    def get_default_screen(self) -> Screen[Any]:
        """Return the dashboard, the screen at the bottom; everything else lies on top of it."""
        return self.fit_to_size(DashboardScreen(self._build_context(), self.poller.refresh))

    def _build_context(self) -> ScreenContext:
        color = self._early.environment_color or choose_badge_color(self._early.environment)
        return ScreenContext(self.store, self.tasks, self.navigator, self.every, self.poller.refresh_seconds, color)

    def on_mount(self) -> None:
        """Apply the early settings to the look."""
        self.set_class(not self.store.state.glyphs.is_unicode, "-ascii")
        self.theme_memory.start()

    def on_ready(self) -> None:
        """The first picture is drawn. Now comes what it did without: the other screens' styles, and the settings."""
        self.stylesheet.read_all([sheet for room in STYLED_ROOMS for sheet in sorted(room.glob("*.tcss"))])
        self.tasks.run("settings", self._check_settings, self._settings_checked, lambda _: None)

    def _check_settings(self) -> Setup | Exception:
        try:
            return self._load_setup()
        except Exception as error:  # noqa: BLE001 -- who opened the dashboard raises it, on a restored terminal
            return error

    def _settings_checked(self, setup: Setup | Exception) -> None:
        if isinstance(setup, Exception):
            self.refused = setup
            self.exit()
            return
        self._use_setup(setup)

    def _use_setup(self, setup: Setup) -> None:
        ui = setup.ui
        self.navigator.use_setup(setup)
        self.runs.start_detached, self.runs.detaches = setup.start_detached, ui.detach
        self._bind(setup.commands)
        keys = {command.id: command.key_display for command in setup.commands if command.id in ui.keymap}
        known = {name: getattr(setup, name) for name in ("operator", "catalog", "exposure", "program")}
        self.store.change(**known, keys=keys, setup=offer_setup(setup))
        if notices := " ".join(setup.notices):
            self.toast(notices, "Settings", "warning")
        self.poller.start(Sources(setup.connect, ui.refresh_seconds, setup.odoo_counts_seconds, ui.audit_rows))
        self.refresh_bindings()

    def _load_setup_again(self) -> None:
        """Use the settings that a new file holds now, on the screens that are open."""
        self.tasks.run("settings", self._load_setup, self._use_setup, self._setup_refused)

    def _setup_refused(self, problem: Problem) -> None:
        self.toast(str(problem), "Settings", "error")

    def _bind(self, commands: Iterable[Command]) -> None:
        self._bindings = BindingsMap([*App.BINDINGS, *build_bindings(commands)])

    # ------------------------------------------------------------------------------- the screen as controllers see it

    @property
    def front(self) -> PageScreen | None:
        """The full screen in front, dialogs aside; ``None`` while the application starts or closes."""
        return next((screen for screen in reversed(self._screen_stack) if isinstance(screen, PageScreen)), None)

    @property
    def is_dashboard_uncovered(self) -> bool:
        """Whether nothing lies on the dashboard; false while the application closes: a last tick may come then."""
        return any(isinstance(screen, DashboardScreen) for screen in self._screen_stack[-1:])

    @property
    def is_focused(self) -> bool:
        """Whether the terminal's window is the one in front."""
        return self.app_focus

    def toast(self, text: str, title: str, severity: SeverityLevel) -> None:
        """Show the lines of a text for some seconds, in place of those before. They are never read as markup.

        A page to read shows them in its foot, where they cover nothing; a question lets nothing come between.
        """
        text = "\n".join(map(sanitize, f"{title}: {text}".split("\n")))
        self.clear_notifications()
        if isinstance(self.screen, DetailDialog):
            self.screen.show_note(text)
        else:
            self.notify(text, severity=severity, timeout=NOTE_SECONDS, markup=False)

    def ask(self, dialog: ModalScreen[Answer], then: Callable[[Answer | None], None]) -> None:
        """Open a dialog, and call ``then`` with its answer."""
        self.push_screen(dialog, then)

    def show(self, screen: Screen[None], *, in_place: bool = False) -> None:
        """Open a screen on top, or in place of the one in front."""
        if in_place:
            self.switch_screen(screen)  # pyright: ignore[reportUnknownMemberType]  # Textual leaves its type open
        else:
            self.push_screen(screen)

    def every(self, seconds: float, call: Callable[[], None]) -> Callable[[], None]:
        """Call at this interval until the returned function is called."""
        return self.set_interval(seconds, call).stop

    def close(self) -> None:
        """Close the dashboard."""
        self.exit()

    def _draw(self) -> None:
        """Draw the state on the dashboard and on the screen in front, and offer the commands of the new context."""
        for screen in dict.fromkeys((*self._screen_stack[:1], self.front)):
            if isinstance(screen, PageScreen) and screen.is_mounted:
                screen.update()
        if self._screen_stack and self.store.context != self._offered:
            self._offered = self.store.context
            self.refresh_bindings()

    # ----------------------------------------------------------------------------------------------- commands

    @property
    def commands(self) -> Mapping[str, Callable[[], object]]:
        """The commands that the application runs; each screen has others of its own."""
        navigator, runs = self.navigator, self.runs
        return {
            **navigator.openers,
            "sync.departments": partial(runs.request, Action.DEPARTMENTS),
            "sync.users": partial(runs.request, Action.USERS),
            "sync.data_lake": partial(runs.request, Action.DATA_LAKE),
            "sync.choose": lambda: runs.choose(self.front and self.front.chosen_entity_id),
            "run.mode": runs.switch_mode,
            "run.cancel": runs.cancel,
            "run.confirm_retire": runs.confirm_retirement,
            "run.adopt_source": runs.adopt_source,
            "odoo.count": self.poller.count_odoo,
            "view.run": lambda: navigator.open_run(self.store.shown_runs.run_id),
            "app.setup": partial(navigator.open_setup, self._load_setup_again),
            "view.discovery": partial(navigator.open_discovery, self._load_setup_again),
            "app.palette": self.action_command_palette,
            "app.theme": self.action_change_theme,
            "app.quit": self._ask_to_quit,
        }

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A key of the screen in front is heard even where its command can do nothing: it then says why."""
        if action == "command" and parameters:
            return COMMANDS_BY_ID[str(parameters[0])].is_on(self.store.context.screen)
        return super().check_action(action, parameters)

    def action_command(self, command_id: str) -> None:
        """Run a command: the screen's in front, else the application's; say why if it can do nothing now."""
        command, context = COMMANDS_BY_ID[command_id], self.store.context
        if not command.is_available(context):
            self.toast(explain_refusal(command, context, self.store.state), command.title, "warning")
            return
        if command_id == "view.refresh":
            self.paint_anew()
        for owner in (self.front, self):
            if owner is not None and command_id in owner.commands:
                owner.commands[command_id]()
                return

    def menu_entries(self) -> Sequence[MenuEntry]:
        """Return what the menu offers: every command that is available now, and every entity."""
        navigator, entities = self.navigator, self.store.state.catalog if self.poller.backend else ()
        return build_menu(navigator.commands, self.store.context, self.action_command, entities, navigator.open_entity)

    async def action_quit(self) -> None:
        """Textual's own key for leaving does what ours does."""
        self._ask_to_quit()

    def action_help_quit(self) -> None:
        """Ctrl+C leaves, as everywhere."""
        self._ask_to_quit()

    # ------------------------------------------------------------------------------- what widgets send upwards

    @on(messages.CommandRequested)
    def _command_requested(self, message: messages.CommandRequested) -> None:
        self.action_command(message.command_id)

    @on(ModeChoice.Picked)
    def _mode_picked(self, message: ModeChoice.Picked) -> None:
        self.store.change(mode=message.mode)

    @on(messages.OpenEvent)
    def _event_requested(self, message: messages.OpenEvent) -> None:
        self.navigator.open_event(message.event)

    @on(messages.OpenRun)
    def _run_requested(self, message: messages.OpenRun) -> None:
        self.navigator.open_run(message.run_id)

    @on(messages.CopyRequested)
    def _copy_requested(self, message: messages.CopyRequested) -> None:
        self.copier.copy(message.event, as_json=message.as_json)

    @on(messages.CopyText)
    def _text_requested(self, message: messages.CopyText) -> None:
        self.copier.copy_text(message.text, message.title)

    @on(messages.DashboardResumed)
    @on(events.AppFocus)
    def _dashboard_resumed(self) -> None:
        """Read the store: what is shown may be old."""
        self.poller.poll()

    # ------------------------------------------------------------------------------------------------ leaving

    def exit(self, *arguments: Any, **keywords: Any) -> None:  # noqa: ANN401 -- as Textual declares it
        """Leave; nothing but a run is waited for."""
        self.tasks.close()
        super().exit(*arguments, **keywords)

    def on_unmount(self) -> None:
        """Leave no file of a dry run open."""
        self.runs.drop_differences()

    def leave_at_once(self, reason: str, return_code: int) -> None:
        """Leave without asking, as a signal demands: the run ends at its next page."""
        self.runs.stop_at_once(reason)
        self.exit(return_code=return_code)

    def _ask_to_quit(self) -> None:
        if isinstance(self.screen, QuitDialog):
            return
        if self.store.state.own_run is None or self.store.state.leaving:
            self.exit()
            return
        self.push_screen(QuitDialog(), self._leave)

    def _leave(self, choice: QuitChoice | None) -> None:
        if choice in {None, QuitChoice.STAY}:
            return
        if self.store.state.own_run is None:  # it ended while the question was on the screen
            self.exit()
            return
        self.store.change(leaving=True)
        if choice is QuitChoice.STOP:
            self.runs.cancel()

    def _fatal_error(self) -> None:
        """Print a crash as its type, its message and the path of its trace; Textual would print all local variables."""
        self.runs.stop_at_once("interrupted: the dashboard crashed")
        LOG.error("the dashboard crashed", exc_info=(error := self._exception))
        where = f" The trace is in {self._log_path}." if self._log_path else ""
        self.panic(Text(f"The dashboard crashed: {type(error).__name__}: {sanitize(error)}.{where}"))
