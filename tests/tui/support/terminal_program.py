"""A dashboard on a lively fake backend, for a real (pseudo) terminal: ``python terminal_program.py [text [pulse]]``.

A run works through some hundred thousand rows, some thousand a second. With a text, that is what everything is called.
With a pulse, the screen's thread makes that file longer as long as it is not stuck, and a run that is stopped leaves
the reason beside it.
"""

from __future__ import annotations

import os
import random
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from odoo_sync_tui.__main__ import exit_process
from odoo_sync_tui.core.actions import Action, Outcome
from odoo_sync_tui.core.errors import RunCancelled
from odoo_sync_tui.core.progress import EntityProgress, Phase, RateEstimator, RunProgress
from odoo_sync_tui.core.result import Counts, EntityState, SyncResult
from odoo_sync_tui.core.scope import Scope
from odoo_sync_tui.entities.registry import BUILT_IN
from odoo_sync_tui.tui import startup as launcher
from tests.support.fake_backend.backend import FakeBackend, FakeService
from tests.support.fake_backend.options import Ui
from tests.support.fake_backend.overview_queries import FakeOverviewQueries
from tests.support.fake_backend.values import ANNA, NAMES, NOW, result

TOTAL = 100_000
SECONDS_BETWEEN_PAGES = 0.05


@dataclass
class LivelyService(FakeService):
    """A run that tells its progress twenty times a second."""

    def sync(self, action: Action, user_id: str, scope: Scope = Scope(), **_listeners: object) -> SyncResult:
        began, chance = time.monotonic(), random.Random(7)
        entities = [EntityProgress(name) for name in NAMES]
        try:
            for index, name in enumerate(NAMES):
                rate, done = RateEstimator(), 0
                while done < TOTAL:
                    self.cancel.sleep(SECONDS_BETWEEN_PAGES)
                    done = min(TOTAL, done + chance.randint(100, 900))
                    rate.add(time.monotonic(), done)
                    entities[index] = EntityProgress(
                        name, EntityState.RUNNING, Phase.FETCH, done, TOTAL, Counts(done // 9, done // 7, done // 2),
                        rate.rate(), rate.eta(TOTAL), time.monotonic() - began,
                    )  # fmt: skip
                    seconds = time.monotonic() - began
                    self.on_progress(
                        RunProgress("run", action, user_id, "here", scope.mode, NOW, seconds, tuple(entities))
                    )
                entities[index] = replace(entities[index], state=EntityState.SUCCESS, phase=None)
        except RunCancelled:
            self.backend.cancel_reasons.append(self.cancel.reason)
            return replace(result(), outcome=Outcome.CANCELLED)
        return result()


class LivelyBackend(FakeBackend):
    """The fake backend with that run."""

    def service(self, **hooks: object) -> LivelyService:
        return LivelyService(self, **hooks)


def main() -> int:
    from tests.tui.support.hostile_overview import everywhere

    launcher.prepare_environment(os.environ)
    from odoo_sync_tui.tui.app.application import OdooSyncApp
    from odoo_sync_tui.tui.backend import Setup
    from odoo_sync_tui.tui.commands.registry import COMMANDS

    text, pulse = (*sys.argv[1:], "", "")[:2]
    monitor = FakeOverviewQueries(everywhere(text, live=False)) if text else FakeOverviewQueries()
    backend = LivelyBackend(monitor)
    path = Path(pulse) if pulse else None
    ui = Ui(environment="PROD", refresh_seconds=2.0)
    setup = Setup(lambda: backend, ui, ANNA, BUILT_IN, COMMANDS, lambda: iter(()), backend.discovery)
    app = OdooSyncApp(lambda: setup, ui, clock=lambda: beat(path))
    with ExitStack() as resources:
        resources.callback(lambda: tell_reasons(backend, path))
        launcher.run_app(app, resources, mouse=True)
    return app.return_code or 0


def beat(pulse: Path | None) -> datetime:
    """The time, which the screen's thread asks for all along."""
    if pulse is not None:
        with pulse.open("a") as file:
            file.write(".")
    return datetime.now(UTC)


def tell_reasons(backend: LivelyBackend, pulse: Path | None) -> None:
    told = "".join(f"the run heard: {reason}\n" for reason in backend.cancel_reasons)
    if pulse is None:
        sys.stderr.write(told)
    else:
        pulse.with_suffix(".told").write_text(told)


if __name__ == "__main__":
    exit_process(main())
