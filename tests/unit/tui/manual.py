"""The screen and the threads of a dashboard without either: work runs when the test calls for it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from odoo_sync_tui.core.errors import SyncError
from odoo_sync_tui.entities.registry import BUILT_IN
from odoo_sync_tui.runtime.cancel import CancelToken
from odoo_sync_tui.tui.app.run_controller import RunController
from odoo_sync_tui.tui.app.state_store import StateStore
from odoo_sync_tui.tui.app.store_poller import Sources, StorePoller
from odoo_sync_tui.tui.model.glyphs import UNICODE
from odoo_sync_tui.tui.model.state import DashboardState, Problem
from tests.support.fake_backend.backend import FakeBackend
from tests.support.fake_backend.values import ANNA, NOW


class ManualTasks:
    """Work that was handed over, run on call."""

    def __init__(self) -> None:
        self.closing = CancelToken()
        self.pending: dict[str, Callable[[], None]] = {}

    def run(
        self, name: str, work: Callable[[], Any], done: Callable[[Any], None], failed: Callable[[Problem], None],
        *, owner: object = None,
    ) -> bool:  # fmt: skip
        if name in self.pending:
            return False

        def perform() -> None:
            try:
                outcome = work()
            except SyncError as error:
                failed(Problem.from_error(error))
            else:
                done(outcome)

        self.pending[name] = perform
        return True

    def finish(self, name: str) -> None:
        """Run this work to its end."""
        self.pending.pop(name)()


class ManualUi:
    """Notes what controllers do to the screen; dialogs are answered by the test."""

    def __init__(self) -> None:
        self.front: Any = None
        self.is_dashboard_uncovered = True
        self.is_focused = True
        self.is_closed = False
        self.toasts: list[tuple[str, str, str]] = []
        self.questions: list[tuple[Any, Callable[[Any], None]]] = []
        self.screens: list[tuple[Any, bool]] = []
        self.timers: dict[Callable[[], None], float] = {}

    def toast(self, text: str, title: str, severity: str) -> None:
        self.toasts.append((title, text, severity))

    def ask(self, dialog: object, then: Callable[[Any], None]) -> None:
        self.questions.append((dialog, then))

    def answer(self, answer: object) -> None:
        _, then = self.questions.pop()
        then(answer)

    def show(self, screen: object, *, in_place: bool = False) -> None:
        self.screens.append((screen, in_place))

    def every(self, seconds: float, call: Callable[[], None]) -> Callable[[], None]:
        self.timers[call] = seconds
        return lambda: self.timers.pop(call, None) and None

    def close(self) -> None:
        self.is_closed = True


class Desk:
    """A store, a poller and a run controller on a fake backend; ``time`` is the operator's clock."""

    def __init__(self, backend: FakeBackend | None = None, *, counts_every: float = 0.0, **state: object) -> None:
        self.time = NOW
        self.backend = backend or FakeBackend()
        self.backend.let_go.set()
        self.drawn: list[DashboardState] = []
        self.ui, self.tasks = ManualUi(), ManualTasks()
        first = DashboardState(NOW, ANNA, UNICODE, BUILT_IN, **state)
        self.store = StateStore(first, lambda: self.time, self._draw, lambda: self.ui.front)
        self.poller = StorePoller(self.store, self.tasks, self.ui)
        self.runs = RunController(self.store, self.tasks, self.ui, self.poller)
        self.sources = Sources(lambda: self.backend, 5.0, counts_every, 50)

    @property
    def state(self) -> DashboardState:
        return self.store.state

    def open(self) -> Desk:
        """Open the store and read it once."""
        self.poller.start(self.sources)
        self.tasks.finish("connect")
        self.tasks.finish("read")
        return self

    def passes(self, **duration: float) -> datetime:
        self.time += timedelta(**duration)
        return self.time

    def _draw(self) -> None:
        self.drawn.append(self.store.state)
