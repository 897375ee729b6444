"""An application of full screens: it dispatches their commands, opens help and manual, keeps the theme, and leaves."""

from __future__ import annotations

import logging
from abc import abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from rich.text import Text
from textual import on
from textual.app import App
from textual.binding import BindingsMap
from textual.notifications import SeverityLevel
from textual.screen import ModalScreen, Screen

from odoo_sync_tui.core.text.sanitize import sanitize
from odoo_sync_tui.tui import messages
from odoo_sync_tui.tui.app.audit_actions import Copier
from odoo_sync_tui.tui.app.state_store import StateStore, first_state
from odoo_sync_tui.tui.app.theme import Preferences, ThemeMemory, choose_badge_color
from odoo_sync_tui.tui.backend import EarlySettings, UiOptions
from odoo_sync_tui.tui.commands.command import Command, CommandContext
from odoo_sync_tui.tui.commands.command_line import Subject
from odoo_sync_tui.tui.commands.keymap import build_bindings
from odoo_sync_tui.tui.commands.registry import COMMANDS_BY_ID
from odoo_sync_tui.tui.dialogs.base import NOTE_SECONDS, DetailDialog
from odoo_sync_tui.tui.dialogs.command_lines import CommandLineDialog, list_command_lines
from odoo_sync_tui.tui.dialogs.help import HelpDialog
from odoo_sync_tui.tui.dialogs.menu import MenuEntry, MenuProvider, build_menu
from odoo_sync_tui.tui.refusals import explain_refusal
from odoo_sync_tui.tui.screens.base import PageContext, PageScreen
from odoo_sync_tui.tui.tasks import SyncJob, Tasks
from odoo_sync_tui.tui.terminal.base_app import TerminalApp

Answer = TypeVar("Answer")
SetupT = TypeVar("SetupT")

LOG = logging.getLogger(__name__)

STYLED_ROOMS = [Path(__file__).parents[1] / room for room in ("screens", "dialogs")]


def local_time() -> datetime:
    """Return the operator's local time, aware."""
    return datetime.now().astimezone()


class CommandApp(TerminalApp):
    """An application whose screens have commands.

    Args:
        early: the settings of the first picture.
        note: a sentence about this environment for the top line.
        clock: returns the operator's local time, aware.
        log_path: the file with the trace of a crash.
        preferences: the preferences file; ``None``: nothing is kept between sessions.

    Attributes:
        registry: all commands, with the operator's own keys; empty until the settings are checked.
        store: the state, and the only way to change it.
        refused: the error of loading the settings, with which the application ended.
    """

    TITLE = "Odoo Sync"
    COMMANDS = {MenuProvider}  # noqa: RUF012 -- as Textual declares it
    HORIZONTAL_BREAKPOINTS = [(0, "-too-narrow"), (60, "-narrow"), (80, "-regular"), (120, "-wide"), (160, "-huge")]  # noqa: RUF012 -- as Textual declares it
    VERTICAL_BREAKPOINTS = [(0, "-too-short"), (15, "-short"), (24, "-normal"), (30, "-tall"), (50, "-very-tall")]  # noqa: RUF012 -- as Textual declares it

    def __init__(
        self,
        early: EarlySettings,
        *,
        note: str = "",
        clock: Callable[[], datetime] = local_time,
        log_path: str = "",
        preferences: Preferences | None = None,
    ) -> None:
        super().__init__()
        self.registry: tuple[Command, ...] = ()
        self.refused: Exception | None = None
        self._early = early
        self._log_path = log_path
        self._offered: CommandContext | None = None
        self.store = StateStore(first_state(early, note, clock()), clock, self._draw, lambda: self.front)
        self.tasks = Tasks(self)
        self.copier = Copier(self.store, self.tasks, self, self.copy_to_clipboard)
        self.theme_memory = ThemeMemory(
            self, partial(self.toast, severity="warning"), self.store.state.glyphs, early.theme, preferences
        )
        self._bind([replace(COMMANDS_BY_ID["app.quit"], in_footer=False)])  # the usual key, which nothing promises yet

    # ----------------------------------------------------------------------------------------------- starting

    @property
    def badge_color(self) -> str:
        """The colour of the environment's badge."""
        return self._early.environment_color or choose_badge_color(self._early.environment)

    @abstractmethod
    def build_context(self) -> PageContext:
        """Build the values that every screen is opened with."""

    def on_mount(self) -> None:
        """Apply the early settings to the look."""
        self.set_class(not self.store.state.glyphs.is_unicode, "-ascii")
        self.theme_memory.start()

    def start(self, load: Callable[[], SetupT], use: Callable[[SetupT], None]) -> None:
        """Read what the first picture did without: the other screens' styles, and the settings, in a thread."""
        self.stylesheet.read_all([sheet for room in STYLED_ROOMS for sheet in sorted(room.glob("*.tcss"))])

        def attempt() -> Callable[[], None]:
            try:
                return partial(use, load())
            except Exception as error:  # noqa: BLE001 -- who opened the application raises it, on a restored terminal
                return partial(self._refuse, error)

        self.tasks.run("settings", attempt, lambda outcome: outcome(), lambda _: None)

    def _refuse(self, error: Exception) -> None:
        self.refused = error
        self.exit()

    def use_commands(self, commands: Iterable[Command], ui: UiOptions) -> dict[str, str]:
        """Bind the commands; return those keys that are the operator's own, by command id, in the form for people."""
        self.registry = tuple(commands)
        self._bind(self.registry)
        return {command.id: command.key_display for command in self.registry if command.id in ui.keymap}

    def _bind(self, commands: Iterable[Command]) -> None:
        self._bindings = BindingsMap([*App.BINDINGS, *build_bindings(commands)])

    # ------------------------------------------------------------------------------- the screen as controllers see it

    @property
    def front(self) -> PageScreen | None:
        """The full screen in front, dialogs aside; ``None`` while the application starts or closes."""
        return next((screen for screen in reversed(self._screen_stack) if isinstance(screen, PageScreen)), None)

    @property
    def is_dashboard_uncovered(self) -> bool:
        """Whether nothing lies on the bottom screen; false while the application closes: a last tick may come then."""
        return len(self._screen_stack) == 1

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
        """Close the application."""
        self.exit()

    def _draw(self) -> None:
        """Draw the state at the bottom and on the screen in front, and offer the commands of the new context."""
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
        return {
            "app.manual": self._open_manual,
            "app.help": self._open_help,
            "app.command_line": self._open_command_lines,
            "app.palette": self.action_command_palette,
            "app.theme": self.action_change_theme,
            "app.quit": self.ask_to_quit,
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
        """Return what the menu offers: every command that is available now."""
        return build_menu(self.registry, self.store.context, self.action_command)

    def make_subject(self, front: PageScreen) -> Subject:
        """Make what the command lines of the screen in front are about."""
        return front.make_subject()

    def _open_help(self) -> None:
        """Show the help for the screen in front."""
        context, state = self.store.context, self.store.state
        self.show(HelpDialog(state.glyphs, state.catalog, self.registry, context.screen, writable=context.writable))

    def _open_manual(self) -> None:
        """Show the manual, unless it is in front."""
        from odoo_sync_tui.runtime.paths import doc_pages
        from odoo_sync_tui.tui.screens.manual import ManualScreen  # the first picture needs no Markdown parser

        if not isinstance(self.front, ManualScreen):
            self.show(ManualScreen(self.build_context(), doc_pages()))

    def _open_command_lines(self) -> None:
        """Show the command lines of what can be done on the screen in front, or could where no run is at work."""
        context, state, front = self.store.context, self.store.state, self.front
        if front is None:
            return
        contexts = (context, replace(context, running=False, stopping=False))
        offered = [each for each in self.registry if each.command_line and any(map(each.is_available, contexts))]
        self.show(CommandLineDialog(state, list_command_lines(offered, self.make_subject(front), state.program)))

    @on(messages.CopyText)
    def _text_requested(self, message: messages.CopyText) -> None:
        self.copier.copy_text(message.text, message.title)

    # ------------------------------------------------------------------------------------------------ leaving

    async def action_quit(self) -> None:
        """Textual's own key for leaving does what ours does."""
        self.ask_to_quit()

    def action_help_quit(self) -> None:
        """Ctrl+C leaves, as everywhere."""
        self.ask_to_quit()

    def ask_to_quit(self) -> None:
        """Leave."""
        self.exit()

    @property
    def job(self) -> SyncJob | None:
        """The run that is at work in this process."""
        return None

    def exit(self, *arguments: Any, **keywords: Any) -> None:  # noqa: ANN401 -- as Textual declares it
        """Leave; nothing but a run is waited for."""
        self.tasks.close()
        super().exit(*arguments, **keywords)

    def stop_at_once(self, reason: str) -> None:
        """Ask what is at work to stop at its next page, without asking anybody."""

    def leave_at_once(self, reason: str, return_code: int) -> None:
        """Leave without asking, as a signal demands: a run ends at its next page."""
        self.stop_at_once(reason)
        self.exit(return_code=return_code)

    def _fatal_error(self) -> None:
        """Print a crash as its type, its message and the path of its trace; Textual would print all local variables."""
        self.stop_at_once("interrupted: the dashboard crashed")
        LOG.error("the dashboard crashed", exc_info=(error := self._exception))
        where = f" The trace is in {self._log_path}." if self._log_path else ""
        self.panic(Text(f"The dashboard crashed: {type(error).__name__}: {sanitize(error)}.{where}"))
