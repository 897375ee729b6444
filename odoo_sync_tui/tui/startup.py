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
from collections.abc import Callable, MutableMapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from odoo_sync_tui.runtime.memory import disable_gc, freeze_and_enable_gc
from odoo_sync_tui.runtime.signals import SignalThread
from odoo_sync_tui.tui.terminal import event_loop as loop

if TYPE_CHECKING:
    from odoo_sync_tui.runtime.cancel import CancelToken
    from odoo_sync_tui.settings.early import EarlySettings
    from odoo_sync_tui.settings.model import Settings
    from odoo_sync_tui.tui.app.application import OdooSyncApp
    from odoo_sync_tui.tui.app.command_app import CommandApp
    from odoo_sync_tui.tui.backend import (
        CheckRunner,
        DashboardBackend,
        DetachedStart,
        DiscoverySession,
        OwnSettings,
        Setup,
    )
    from odoo_sync_tui.tui.fleet.application import FleetApp
    from odoo_sync_tui.tui.fleet.rows import FleetMemory
    from odoo_sync_tui.tui.fleet.setup import FleetSetup

LOG = logging.getLogger(__name__)

BACK_TO_FLEET = -1
"""What a dashboard ends with, in place of an exit code, when the operator goes back to the list of all sources."""

SSH_ENVIRONMENT = MappingProxyType({"TEXTUAL_FPS": "15", "TEXTUAL_ANIMATIONS": "none", "TEXTUAL_SMOOTH_SCROLL": "0"})
"""Textual's environment variables over SSH: fewer frames and no animation, because every byte costs there."""

STOPPING_MESSAGE = (
    "odoo-sync-tui: ending the run at its next page; what is written stays written (a second signal forces)"
)

SCREEN_EXIT_TIMEOUT = 1.5
"""Seconds for an orderly end of the screen after a signal."""
RUN_EXIT_TIMEOUT = 10.0
"""Seconds for a run to reach its next page when the screen is stuck and cannot show that the program waits."""

TERMINAL_RESET = b"\x1b[?1049l\x1b[?25h\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b[?2004l\x1b[<u"
"""Control sequences (xterm's): leave the alternate screen, show the cursor, end mouse, paste and keyboard reports."""


def run_dashboard(
    load_settings: Callable[[], Settings],
    early: EarlySettings,
    examine: CheckRunner,
    *,
    own_settings: OwnSettings | None = None,
    environment_note: str = "",
    start_detached: DetachedStart | None = None,
    program: Sequence[str] = (),
    source: str = "",
    can_go_back: bool = False,
) -> int:
    """Show the dashboard until the operator leaves. Call it on the main thread.

    Args:
        load_settings: checks the settings; called in a worker thread, and again when a first file was written.
        early: the settings of the first picture, read before the others are checked.
        examine: runs the doctor's checks; called in a worker thread.
        own_settings: the operator's settings files; ``None`` where none are read.
        environment_note: a sentence about this environment for the top line.
        start_detached: starts runs in processes of their own; ``None``: that is not possible.
        program: the name of the program, with the options that every command needs to work on the same.
        source: the name of the source, where it is one of many.
        can_go_back: whether it was opened from the list of all of them.

    Returns:
        The exit code: 0, 1 after a crash, 128 + n after signal n; or :data:`BACK_TO_FLEET`.

    Raises:
        ConfigurationError: a setting is wrong, or ``ui.keymap`` cannot be used.
    """
    prepare_environment(os.environ)
    disable_gc()
    with ExitStack() as resources:

        def load_setup() -> Setup:
            setup = build_setup(load_settings(), examine, resources, own_settings, start_detached)
            freeze_and_enable_gc()
            return replace(setup, program=tuple(program), source=source, can_go_back=can_go_back)

        app = _application(load_setup, early, environment_note)
        run_app(app, resources, mouse=early.mouse)
        if app.refused is not None:
            raise app.refused
        return BACK_TO_FLEET if app.goes_back else app.return_code or 0


def run_fleet(
    load_setup: Callable[[], FleetSetup],
    early: EarlySettings,
    open_source: Callable[[str], int],
    resources: ExitStack,
) -> int:
    """Show all sources, and the dashboard of each that the operator opens, until he leaves. Call it on the main thread.

    Args:
        load_setup: loads the settings of all sources; called in a worker thread, and again to read them anew.
        early: the settings of the first picture, read before the others are checked.
        open_source: shows the dashboard of a source; see :func:`run_dashboard`.
        resources: what the settings opened; closed here only if the screen is stuck.

    Returns:
        The exit code: 0, 1 after a crash, 128 + n after signal n.

    Raises:
        ConfigurationError: a main setting is wrong, or there are no sources.
    """
    from odoo_sync_tui.core.errors import SyncError
    from odoo_sync_tui.tui.fleet.rows import FleetMemory

    prepare_environment(os.environ)
    memory = FleetMemory()
    while True:
        disable_gc()

        def load() -> FleetSetup:
            setup = load_setup()
            freeze_and_enable_gc()
            return setup

        app = _fleet_application(load, early, memory)
        run_app(app, resources, mouse=early.mouse)
        if app.refused is not None:
            raise app.refused
        if not app.chosen:
            return app.return_code or 0
        try:
            code = open_source(app.chosen)
        except SyncError as error:  # one source that cannot be opened harms no other
            memory.refusal = str(error)
            continue
        if code != BACK_TO_FLEET:
            return code


def build_setup(
    settings: Settings,
    examine: CheckRunner,
    resources: ExitStack,
    own_settings: OwnSettings | None = None,
    start_detached: DetachedStart | None = None,
) -> Setup:
    """Build the dashboard's setup from the checked settings.

    Raises:
        ConfigurationError: ``ui.keymap`` cannot be used.
    """
    from odoo_sync_tui.pipeline.catalog import build_catalog
    from odoo_sync_tui.tui.backend import Setup
    from odoo_sync_tui.tui.commands.keymap import apply_keymap

    def connect() -> DashboardBackend:
        from odoo_sync_tui.core.errors import ConfigurationError, StoreError
        from odoo_sync_tui.pipeline.backend import open_backend

        backend = resources.enter_context(open_backend(settings))
        backend.make_indexes()
        if not settings.is_read_only:
            # Who may not write leaves it to the next one who may; reading tells the rest.
            with suppress(StoreError, ConfigurationError):
                backend.service().close_dead_runs(settings.operator_name)
        return backend

    def discover(cancel: CancelToken) -> DiscoverySession:
        from odoo_sync_tui.pipeline.queries.discovery import Discovery

        return Discovery(settings, cancel)

    commands = apply_keymap(settings.ui.keymap)
    return Setup(
        connect,
        settings.ui,
        settings.current_operator(),
        build_catalog(settings),
        commands,
        examine,
        discover,
        settings.sync.odoo_counts_seconds,
        exposure=settings.build_mongo_config().exposure or "",
        notices=settings.notices,
        own_settings=own_settings,
        start_detached=start_detached,
    )


def prepare_environment(environment: MutableMapping[str, str]) -> None:
    """Set Textual's environment variables, unless the operator has set them."""
    if environment.get("SSH_CONNECTION"):
        for name, value in SSH_ENVIRONMENT.items():
            environment.setdefault(name, value)


def _application(setup: Callable[[], Setup], look: EarlySettings, note: str) -> OdooSyncApp:
    from odoo_sync_tui.runtime.paths import preferences_file
    from odoo_sync_tui.tui.app.application import OdooSyncApp
    from odoo_sync_tui.tui.app.theme import Preferences

    return OdooSyncApp(setup, look, note=note, log_path=_log_path(), preferences=Preferences(preferences_file()))


def _fleet_application(setup: Callable[[], FleetSetup], look: EarlySettings, memory: FleetMemory) -> FleetApp:
    from odoo_sync_tui.runtime.paths import preferences_file
    from odoo_sync_tui.tui.app.theme import Preferences
    from odoo_sync_tui.tui.fleet.application import FleetApp

    return FleetApp(setup, look, memory, log_path=_log_path(), preferences=Preferences(preferences_file()))


def run_app(app: CommandApp, resources: ExitStack, *, mouse: bool) -> None:
    """Run the application until the operator leaves, then wait for its threads, and so for a run's last page.

    ``resources`` holds what the application has opened; it is closed here only if the screen is stuck.
    """
    shutdown = _Shutdown(app, resources)
    with shutdown.signals.watch():
        loop.run(_run(app, shutdown, mouse=mouse))


async def _run(app: CommandApp, shutdown: _Shutdown, *, mouse: bool) -> None:
    shutdown.loop = asyncio.get_running_loop()
    await app.run_async(mouse=mouse)
    shutdown.on_terminal_restored()


class _Shutdown:
    """Signal handling: the first signal asks for an orderly end, the second forces one.

    A terminal that takes no more output blocks the screen's thread for ever, because Textual waits for room to write.
    A lost connection ends like this; the run is then ended from here, without the screen.
    """

    def __init__(self, app: CommandApp, resources: ExitStack) -> None:
        self._app = app
        self._resources = resources
        self._restored = threading.Event()
        self._terminal_attributes = _read_terminal_attributes()
        # Under nohup too: nobody sees a dashboard without its terminal, and the thread that reads keys takes a whole
        # core for ever there (Textual 8.2.5).
        self.signals = SignalThread(self._handle_signal, even_ignored=(signal.SIGHUP,))
        self.loop: asyncio.AbstractEventLoop | None = None

    def on_terminal_restored(self) -> None:
        """Print that the process waits for a run, if it does; from now on one signal forces the end."""
        self.signals.force_exit = True
        self._restored.set()
        if self._app.job is not None:
            # After a hangup nobody reads this, and the run has to be finished all the same.
            with contextlib.suppress(OSError):
                sys.stderr.write(f"{STOPPING_MESSAGE}\n")
                sys.stderr.flush()

    def _handle_signal(self, number: int) -> None:
        reason, code = f"interrupted by {signal.Signals(number).name}", 128 + number
        if self.loop is not None:
            self.loop.call_soon_threadsafe(self._app.leave_at_once, reason, code)
        if not self._restored.wait(SCREEN_EXIT_TIMEOUT):
            self._exit_without_screen(reason, code)

    def _exit_without_screen(self, reason: str, code: int) -> None:
        LOG.warning("the terminal takes no output: leaving without it, %s", reason)
        job = self._app.job
        if job is not None:
            job.cancel.request(reason)
            job.ended.wait(RUN_EXIT_TIMEOUT)
        self._resources.close()
        self._force_terminal_reset()
        os._exit(code)

    def _force_terminal_reset(self) -> None:
        with contextlib.suppress(OSError, termios.error):
            os.set_blocking(sys.__stdout__.fileno(), False)  # pyright: ignore[reportOptionalMemberAccess]
            os.write(sys.__stdout__.fileno(), TERMINAL_RESET)  # pyright: ignore[reportOptionalMemberAccess]
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
