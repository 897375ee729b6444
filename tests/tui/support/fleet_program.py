"""The fleet's screen on sources in memory, for a real (pseudo) terminal: ``python fleet_program.py BUSY``.

Of two hundred sources so many are at work, and each of these comes further every second.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace

from odoo_sync_tui.__main__ import exit_process
from odoo_sync_tui.core.reports.fleet import SourceProgress, SourceState
from odoo_sync_tui.tui import startup as launcher
from tests.support.fake_backend.options import Ui
from tests.support.fake_backend.values import NOW

SOURCES, TOTAL, ROWS_A_SECOND = 200, 90_000, 777


def go_on(sources: Sequence[SourceState]) -> Sequence[SourceState]:
    """Let each run come further."""
    return tuple(replace(each, running=_go_on(each.running)) if each.running else each for each in sources)


def _go_on(run: SourceProgress) -> SourceProgress:
    return replace(run, done=(run.done + ROWS_A_SECOND) % TOTAL)


def main() -> int:
    launcher.prepare_environment(os.environ)
    from odoo_sync_tui.tui.fleet.application import FleetApp
    from odoo_sync_tui.tui.fleet.rows import FleetMemory
    from tests.support.fake_backend.fleet import FakeFleet, make_source

    busy = int(sys.argv[1])
    fleet = FakeFleet(tuple(_make(make_source(number), number, busy) for number in range(SOURCES)), change=go_on)
    app = FleetApp(fleet.make_setup, Ui(environment="PROD"), FleetMemory(), clock=lambda: NOW)
    launcher.run_app(app, ExitStack(), mouse=True)
    return app.return_code or 0


def _make(source: SourceState, number: int, busy: int) -> SourceState:
    """The first ones are at work and stand in sight: names that sort first, and in need of attention."""
    if number >= busy:
        return replace(source, running=None)
    run = SourceProgress("sync_data_lake", f"run-{number}", NOW, number * 4_321 % TOTAL, TOTAL)
    return replace(source, name=f"a{number:03}", late_at=NOW, running=run, at=NOW)


if __name__ == "__main__":
    exit_process(main())
