"""Opening the dashboard: environment first, Textual second, MongoDB last.

Textual reads its environment variables when it is first imported, so they are set here before that happens; and the
rooms behind the screen are imported by its first worker, so that the operator sees a picture at once.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import sys
from collections.abc import MutableMapping
from contextlib import ExitStack
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from odoo_sync_tui.settings import Settings
    from odoo_sync_tui.tui.application import OdooSyncApp
    from odoo_sync_tui.tui.backend import DashboardBackend

SIGNALS = (signal.SIGHUP, signal.SIGTERM, signal.SIGINT)

OVER_SSH = MappingProxyType({"TEXTUAL_FPS": "15", "TEXTUAL_ANIMATIONS": "none", "TEXTUAL_SMOOTH_SCROLL": "0"})
"""A line that is paid for by the byte gets fewer frames and no animation."""

FAREWELL = "odoo-sync-tui: ending the run at its next page; what is written stays written (a second signal forces)"


def run_dashboard(settings: Settings, *, environment_note: str = "") -> int:
    """Show the dashboard until the operator leaves. Belongs on the main thread.

    Args:
        settings: everything that is set.
        environment_note: a sentence about this environment for the top line.

    Returns:
        The exit code: 0, 1 after a crash, 128 + n after signal n.

    Raises:
        ConfigurationError: ``ui.keymap`` cannot be used.
    """
    prepare_environment(os.environ)
    with ExitStack() as resources:
        app = _application(settings, environment_note, resources)
        asyncio.run(_run(app, mouse=settings.ui.mouse))
        return app.return_code or 0


def prepare_environment(environment: MutableMapping[str, str]) -> None:
    """Set what Textual reads at its import, unless the operator has set it."""
    if environment.get("SSH_CONNECTION"):
        for name, value in OVER_SSH.items():
            environment.setdefault(name, value)


def _application(settings: Settings, note: str, resources: ExitStack) -> OdooSyncApp:
    from odoo_sync_tui.paths import remembered_file
    from odoo_sync_tui.tui.application import OdooSyncApp
    from odoo_sync_tui.tui.remembered import Remembered

    def connect() -> DashboardBackend:
        from odoo_sync_tui.pipeline.backend import open_backend

        return resources.enter_context(open_backend(settings))

    return OdooSyncApp(
        connect,
        settings.ui,
        settings.operator(),
        note=note,
        odoo_counts_seconds=settings.sync.odoo_counts_seconds,
        log_path=_log_path(),
        remembered=Remembered(remembered_file()),
    )


async def _run(app: OdooSyncApp, *, mouse: bool) -> None:
    """Run the application; afterwards the loop's end waits for the threads, and so for a run's last page."""
    leaving = _Leaving(app)
    loop = asyncio.get_running_loop()
    for number in SIGNALS:
        loop.add_signal_handler(number, leaving.on_signal, number)
    await app.run_async(mouse=mouse)
    leaving.terminal_is_restored()


class _Leaving:
    """The first signal asks for an orderly end, the second forces one."""

    def __init__(self, app: OdooSyncApp) -> None:
        self._app = app
        self._restored = False

    def on_signal(self, number: int) -> None:
        """Ask first; once the terminal is restored, a further signal ends the process on the spot."""
        code = 128 + number
        if self._restored:
            os._exit(code)
        self._app.leave_at_once(f"interrupted by {signal.Signals(number).name}", code)

    def terminal_is_restored(self) -> None:
        """Say what the process still waits for, if it does."""
        self._restored = True
        if self._app.running is not None:
            # After a hangup there is nobody to read it, and the run has to be finished all the same.
            with contextlib.suppress(OSError):
                sys.stderr.write(f"{FAREWELL}\n")
                sys.stderr.flush()


def _log_path() -> str:
    """The file that the log goes to, as logging was set up; empty when there is none."""
    handlers = [*logging.getLogger("odoo_sync_tui").handlers, *logging.getLogger().handlers]
    return next((handler.baseFilename for handler in handlers if isinstance(handler, logging.FileHandler)), "")
