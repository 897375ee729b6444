"""A dashboard on a lively fake backend, for a real (pseudo) terminal: ``python terminal_program.py [text]``.

A run works through some hundred thousand rows, some thousand a second. With a text, that is what everything is called.
"""

from __future__ import annotations

import asyncio
import os
import random
import sys
import time
from dataclasses import dataclass, replace

from odoo_sync_tui.core.entity import Action
from odoo_sync_tui.core.errors import RunCancelled
from odoo_sync_tui.core.progress import EntityProgress, Phase, RateEstimator, RunProgress
from odoo_sync_tui.core.result import Counts, EntityState, Outcome, SyncResult
from odoo_sync_tui.core.scope import Scope
from odoo_sync_tui.tui import app as launcher
from tests.tui.fakes import ANNA, NAMES, NOW, FakeBackend, FakeMonitor, FakeService, Ui, result

TOTAL = 100_000
SECONDS_BETWEEN_PAGES = 0.05


@dataclass
class LivelyService(FakeService):
    """A run that tells its progress twenty times a second."""

    def sync(self, action: Action, user_id: str, scope: Scope = Scope()) -> SyncResult:
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
    from tests.tui.test_hostile_text import everywhere

    launcher.prepare_environment(os.environ)
    from odoo_sync_tui.tui.application import OdooSyncApp

    monitor = FakeMonitor(everywhere(sys.argv[1], live=False)) if sys.argv[1:] else FakeMonitor()
    backend = LivelyBackend(monitor)
    app = OdooSyncApp(lambda: backend, Ui(environment="PROD", refresh_seconds=2.0), ANNA)
    asyncio.run(launcher._run(app, mouse=True))
    sys.stderr.writelines(f"the run heard: {reason}\n" for reason in backend.cancel_reasons)
    return app.return_code or 0


if __name__ == "__main__":
    sys.exit(main())
