"""Opening the dashboard: environment first, Textual second, settings third, MongoDB last.

Textual reads its environment variables when it is first imported, so they are set here before that happens; the
settings are checked and the rooms behind the screen imported by workers, so that the operator sees a picture at once.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import sys
import termios
import threading
from collections.abc import Callable, MutableMapping
from contextlib import ExitStack
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from odoo_sync_tui.memory import search_for_cycles_from_now_on, search_for_no_cycles
from odoo_sync_tui.signal_thread import SignalThread
from odoo_sync_tui.tui import loop

if TYPE_CHECKING:
    from odoo_sync_tui.settings import Look, Settings
    from odoo_sync_tui.tui.application import OdooSyncApp
    from odoo_sync_tui.tui.backend import DashboardBackend, Examine
    from odoo_sync_tui.tui.setup import Setup

LOG = logging.getLogger(__name__)

OVER_SSH = MappingProxyType({"TEXTUAL_FPS": "15", "TEXTUAL_ANIMATIONS": "none", "TEXTUAL_SMOOTH_SCROLL": "0"})
"""A line that is paid for by the byte gets fewer frames and no animation."""

FAREWELL = "odoo-sync-tui: ending the run at its next page; what is written stays written (a second signal forces)"

PATIENCE_WITH_THE_SCREEN = 1.5
"""Seconds that an orderly end of the screen may take after a signal."""
PATIENCE_WITH_THE_RUN = 10.0
"""Seconds that a run may take to its next page when there is no screen to say that we wait for it."""

RESTORE = b"\x1b[?1049l\x1b[?25h\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b[?2004l\x1b[<u"
"""Leaves the alternate screen, shows the cursor, ends mouse, paste and keyboard reports (xterm's control sequences)."""


def run_dashboard(settings: Callable[[], Settings], look: Look, examine: Examine, *, environment_note: str = "") -> int:
    """Show the dashboard until the operator leaves. Belongs on the main thread.

    Args:
        settings: checks what is set; called in a worker thread.
        look: what the first picture needs to know of it.
        examine: makes the doctor's checks; called in a worker thread.
        environment_note: a sentence about this environment for the top line.

    Returns:
        The exit code: 0, 1 after a crash, 128 + n after signal n.

    Raises:
        ConfigurationError: a setting is wrong, or ``ui.keymap`` cannot be used.
    """
    prepare_environment(os.environ)
    search_for_no_cycles()
    with ExitStack() as resources:

        def checked() -> Setup:
            setup = set_up(settings(), examine, resources)
            search_for_cycles_from_now_on()
            return setup

        app = _application(checked, look, environment_note)
        show(app, resources, mouse=look.mouse)
        if app.refused is not None:
            raise app.refused
        return app.return_code or 0


def set_up(settings: Settings, examine: Examine, resources: ExitStack) -> Setup:
    """What the dashboard has to know of the settings.

    Raises:
        ConfigurationError: ``ui.keymap`` cannot be used.
    """
    from odoo_sync_tui.tui.keymap import with_keys
    from odoo_sync_tui.tui.setup import Setup

    def connect() -> DashboardBackend:
        from odoo_sync_tui.pipeline.backend import open_backend

        return resources.enter_context(open_backend(settings))

    commands = with_keys(settings.ui.keymap)
    return Setup(connect, settings.ui, settings.operator(), commands, examine, settings.sync.odoo_counts_seconds)


def prepare_environment(environment: MutableMapping[str, str]) -> None:
    """Set what Textual reads at its import, unless the operator has set it."""
    if environment.get("SSH_CONNECTION"):
        for name, value in OVER_SSH.items():
            environment.setdefault(name, value)


def _application(setup: Callable[[], Setup], look: Look, note: str) -> OdooSyncApp:
    from odoo_sync_tui.paths import remembered_file
    from odoo_sync_tui.tui.application import OdooSyncApp
    from odoo_sync_tui.tui.remembered import Remembered

    return OdooSyncApp(setup, look, note=note, log_path=_log_path(), remembered=Remembered(remembered_file()))


def show(app: OdooSyncApp, resources: ExitStack, *, mouse: bool) -> None:
    """Run the application until the operator leaves; afterwards wait for its threads, and so for a run's last page.

    ``resources`` are what the application works with; they are closed here only where the screen is stuck.
    """
    leaving = _Leaving(app, resources)
    with leaving.signals.watching():
        loop.run(_run(app, leaving, mouse=mouse))


async def _run(app: OdooSyncApp, leaving: _Leaving, *, mouse: bool) -> None:
    leaving.loop = asyncio.get_running_loop()
    await app.run_async(mouse=mouse)
    leaving.terminal_is_restored()


class _Leaving:
    """The first signal asks for an orderly end, the second forces one.

    A terminal that takes no more output holds the screen's thread for ever: Textual waits for room to write. After a
    lost connection that is how it ends, so that the run is then brought to its end from here, without the screen.
    """

    def __init__(self, app: OdooSyncApp, resources: ExitStack) -> None:
        self._app = app
        self._resources = resources
        self._restored = threading.Event()
        self._modes = _terminal_modes()
        self.signals = SignalThread(self._answer)
        self.loop: asyncio.AbstractEventLoop | None = None

    def terminal_is_restored(self) -> None:
        """Say what the process still waits for, if it does; from now on one signal forces."""
        self.signals.forcing = True
        self._restored.set()
        if self._app.running is not None:
            # After a hangup there is nobody to read it, and the run has to be finished all the same.
            with contextlib.suppress(OSError):
                sys.stderr.write(f"{FAREWELL}\n")
                sys.stderr.flush()

    def _answer(self, number: int) -> None:
        reason, code = f"interrupted by {signal.Signals(number).name}", 128 + number
        if self.loop is not None:
            self.loop.call_soon_threadsafe(self._app.leave_at_once, reason, code)
        if not self._restored.wait(PATIENCE_WITH_THE_SCREEN):
            self._leave_without_screen(reason, code)

    def _leave_without_screen(self, reason: str, code: int) -> None:
        LOG.warning("the terminal takes no output: leaving without it, %s", reason)
        runner = self._app.running
        if runner is not None:
            runner.cancel.request(reason)
            runner.ended.wait(PATIENCE_WITH_THE_RUN)
        self._resources.close()
        self._restore_by_force()
        os._exit(code)

    def _restore_by_force(self) -> None:
        with contextlib.suppress(OSError, termios.error):
            os.set_blocking(sys.__stdout__.fileno(), False)  # pyright: ignore[reportOptionalMemberAccess]
            os.write(sys.__stdout__.fileno(), RESTORE)  # pyright: ignore[reportOptionalMemberAccess]
        if self._modes is not None:
            with contextlib.suppress(OSError, termios.error):
                termios.tcsetattr(0, termios.TCSANOW, self._modes)


def _terminal_modes() -> list[Any] | None:
    """How the terminal treats input and output now; ``None`` without one."""
    try:
        return termios.tcgetattr(0)
    except (OSError, termios.error):
        return None


def _log_path() -> str:
    """The file that the log goes to, as logging was set up; empty when there is none."""
    handlers = [*logging.getLogger("odoo_sync_tui").handlers, *logging.getLogger().handlers]
    return next((handler.baseFilename for handler in handlers if isinstance(handler, logging.FileHandler)), "")
