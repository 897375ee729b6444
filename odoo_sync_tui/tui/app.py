"""Start-up of the dashboard: environment first, Textual second, settings third, MongoDB last.

Textual reads its environment variables when it is first imported, so they are set here before that happens; the
settings are checked and the packages behind the screen imported by workers, so that the first picture comes at once.
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
"""Textual's environment variables over SSH: fewer frames and no animation, because every byte costs there."""

FAREWELL = "odoo-sync-tui: ending the run at its next page; what is written stays written (a second signal forces)"

PATIENCE_WITH_THE_SCREEN = 1.5
"""Seconds for an orderly end of the screen after a signal."""
PATIENCE_WITH_THE_RUN = 10.0
"""Seconds for a run to reach its next page when the screen is stuck and cannot show that the program waits."""

RESTORE = b"\x1b[?1049l\x1b[?25h\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b[?2004l\x1b[<u"
"""Control sequences (xterm's): leave the alternate screen, show the cursor, end mouse, paste and keyboard reports."""


def run_dashboard(settings: Callable[[], Settings], look: Look, examine: Examine, *, environment_note: str = "") -> int:
    """Show the dashboard until the operator leaves. Call it on the main thread.

    Args:
        settings: checks the settings; called in a worker thread.
        look: the settings of the first picture, read before the others are checked.
        examine: runs the doctor's checks; called in a worker thread.
        environment_note: a sentence about this environment for the top line.

    Returns:
        The exit code: 0, 1 after a crash, 128 + n after signal n.

    Raises:
        ConfigurationError: a setting is wrong, or ``ui.keymap`` cannot be used.
    """
    prepare_environment(os.environ)
    search_for_no_cycles()
    with ExitStack() as resources:

        def load_setup() -> Setup:
            setup = set_up(settings(), examine, resources)
            search_for_cycles_from_now_on()
            return setup

        app = _application(load_setup, look, environment_note)
        show(app, resources, mouse=look.mouse)
        if app.refused is not None:
            raise app.refused
        return app.return_code or 0


def set_up(settings: Settings, examine: Examine, resources: ExitStack) -> Setup:
    """Build the dashboard's setup from the checked settings.

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
    """Set Textual's environment variables, unless the operator has set them."""
    if environment.get("SSH_CONNECTION"):
        for name, value in OVER_SSH.items():
            environment.setdefault(name, value)


def _application(setup: Callable[[], Setup], look: Look, note: str) -> OdooSyncApp:
    from odoo_sync_tui.paths import remembered_file
    from odoo_sync_tui.tui.application import OdooSyncApp
    from odoo_sync_tui.tui.remembered import Remembered

    return OdooSyncApp(setup, look, note=note, log_path=_log_path(), remembered=Remembered(remembered_file()))


def show(app: OdooSyncApp, resources: ExitStack, *, mouse: bool) -> None:
    """Run the application until the operator leaves, then wait for its threads, and so for a run's last page.

    ``resources`` holds what the application has opened; it is closed here only if the screen is stuck.
    """
    shutdown = _Shutdown(app, resources)
    with shutdown.signals.watching():
        loop.run(_run(app, shutdown, mouse=mouse))


async def _run(app: OdooSyncApp, shutdown: _Shutdown, *, mouse: bool) -> None:
    shutdown.loop = asyncio.get_running_loop()
    await app.run_async(mouse=mouse)
    shutdown.on_terminal_restored()


class _Shutdown:
    """Signal handling: the first signal asks for an orderly end, the second forces one.

    A terminal that takes no more output blocks the screen's thread for ever, because Textual waits for room to write.
    A lost connection ends like this; the run is then ended from here, without the screen.
    """

    def __init__(self, app: OdooSyncApp, resources: ExitStack) -> None:
        self._app = app
        self._resources = resources
        self._restored = threading.Event()
        self._terminal_attributes = _read_terminal_attributes()
        self.signals = SignalThread(self._handle_signal)
        self.loop: asyncio.AbstractEventLoop | None = None

    def on_terminal_restored(self) -> None:
        """Print that the process waits for a run, if it does; from now on one signal forces the end."""
        self.signals.forcing = True
        self._restored.set()
        if self._app.running is not None:
            # After a hangup nobody reads this, and the run has to be finished all the same.
            with contextlib.suppress(OSError):
                sys.stderr.write(f"{FAREWELL}\n")
                sys.stderr.flush()

    def _handle_signal(self, number: int) -> None:
        reason, code = f"interrupted by {signal.Signals(number).name}", 128 + number
        if self.loop is not None:
            self.loop.call_soon_threadsafe(self._app.leave_at_once, reason, code)
        if not self._restored.wait(PATIENCE_WITH_THE_SCREEN):
            self._exit_without_screen(reason, code)

    def _exit_without_screen(self, reason: str, code: int) -> None:
        LOG.warning("the terminal takes no output: leaving without it, %s", reason)
        runner = self._app.running
        if runner is not None:
            runner.cancel.request(reason)
            runner.ended.wait(PATIENCE_WITH_THE_RUN)
        self._resources.close()
        self._force_terminal_reset()
        os._exit(code)

    def _force_terminal_reset(self) -> None:
        with contextlib.suppress(OSError, termios.error):
            os.set_blocking(sys.__stdout__.fileno(), False)  # pyright: ignore[reportOptionalMemberAccess]
            os.write(sys.__stdout__.fileno(), RESTORE)  # pyright: ignore[reportOptionalMemberAccess]
        if self._terminal_attributes is not None:
            with contextlib.suppress(OSError, termios.error):
                termios.tcsetattr(0, termios.TCSANOW, self._terminal_attributes)


def _read_terminal_attributes() -> list[Any] | None:
    """Return the terminal's present attributes; ``None`` without a terminal."""
    try:
        return termios.tcgetattr(0)
    except (OSError, termios.error):
        return None


def _log_path() -> str:
    """Return the path of the log file that logging was set up with; empty without one."""
    handlers = [*logging.getLogger("odoo_sync_tui").handlers, *logging.getLogger().handlers]
    return next((handler.baseFilename for handler in handlers if isinstance(handler, logging.FileHandler)), "")
