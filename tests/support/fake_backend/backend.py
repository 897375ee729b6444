"""The backend itself, and the runs that it makes."""

from __future__ import annotations

import threading
import types
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from odoo_sync_tui.core.actions import Action, Outcome
from odoo_sync_tui.core.cursor import FieldDrift
from odoo_sync_tui.core.errors import RunCancelled
from odoo_sync_tui.core.progress import ProgressListener, RunProgress
from odoo_sync_tui.core.reports.details import Dismissal, QuarantinedRow
from odoo_sync_tui.core.reports.diagnosis import Check
from odoo_sync_tui.core.reports.differences import Difference, DifferenceListener
from odoo_sync_tui.core.result import SyncResult
from odoo_sync_tui.core.scope import Scope
from odoo_sync_tui.runtime.cancel import CancelToken
from odoo_sync_tui.tui.backend import DashboardBackend, SyncService
from tests.support.fake_backend.change_queries import FakeChangeQueries
from tests.support.fake_backend.detail_queries import FakeDetailQueries
from tests.support.fake_backend.discovery import FakeDiscovery
from tests.support.fake_backend.overview_queries import FakeOverviewQueries
from tests.support.fake_backend.values import CHECKS, NOW, progress, result
from tests.support.fake_backend.verifier import FakeVerifierFactory


@dataclass
class FakeService:
    """Runs the backend's script instead of a sync."""

    backend: FakeBackend
    on_progress: ProgressListener
    cancel: CancelToken

    def sync(
        self,
        action: Action,
        user_id: str,
        scope: Scope = Scope(),
        *,
        on_selected: Callable[[Mapping[str, int]], None] | None = None,
        on_difference: DifferenceListener | None = None,
    ) -> SyncResult:
        if on_difference:
            for each in self.backend.differences:
                on_difference(each)
        self.backend.synced.append((action, user_id, scope))
        if scope.selection and on_selected:
            on_selected(dict.fromkeys(scope.entities, 1))
        return replace(self.backend.script(self), action=action)

    def acknowledge_drift(
        self, user_id: str, entity_id: str, keys: Collection[str] | None = None
    ) -> tuple[FieldDrift, ...]:
        queries = self.backend.detail_queries
        drift = queries.entity_shown.counts.drift
        seen = tuple(each for each in drift if keys is None or each.key in keys)
        left = tuple(each for each in drift if each not in seen)
        queries.entity_shown = replace(queries.entity_shown, counts=replace(queries.entity_shown.counts, drift=left))
        self.backend.seen.append((user_id, entity_id))
        return seen

    def dismiss_rows(
        self, user_id: str, entity_id: str, rows: Sequence[QuarantinedRow], reason: str, *, undo: bool = False
    ) -> tuple[QuarantinedRow, ...]:
        dismissal = None if undo else Dismissal(user_id, NOW, reason)
        queries = self.backend.detail_queries
        queries.quarantined = tuple(
            replace(each, dismissal=dismissal) if each in rows else each for each in queries.quarantined
        )
        ids = tuple(each.odoo_id for each in rows)
        self.backend.dismissed.append((user_id, entity_id, ids, dismissal and dismissal.reason))
        return tuple(rows)


Script = Callable[[FakeService], SyncResult]


def until_let_go(service: FakeService) -> SyncResult:
    """Reports its progress, waits until it is let go or cancelled, and ends as the backend's ``ends``."""
    backend = service.backend
    if backend.refuses is not None:
        raise backend.refuses
    for each in backend.reports:
        service.on_progress(each)
    backend.begun.set()
    try:
        while not backend.let_go.is_set():
            service.cancel.sleep(0.01)
    except RunCancelled:
        backend.cancel_reasons.append(service.cancel.reason)
        return replace(backend.ends, outcome=Outcome.CANCELLED)
    return backend.ends


def verifier_that_answers() -> FakeVerifierFactory:
    """Verifications that end at once."""
    factory = FakeVerifierFactory()
    factory.let_go.set()
    return factory


@dataclass
class FakeBackend:
    """Everything behind a front end."""

    overview_queries: FakeOverviewQueries = field(default_factory=FakeOverviewQueries)
    detail_queries: FakeDetailQueries = field(default_factory=FakeDetailQueries, kw_only=True)
    change_queries: FakeChangeQueries = field(default_factory=FakeChangeQueries, kw_only=True)
    verifier: FakeVerifierFactory = field(default_factory=verifier_that_answers, kw_only=True)
    discovery: FakeDiscovery = field(default_factory=FakeDiscovery, kw_only=True)
    checks: Iterable[Check] = field(default=CHECKS, kw_only=True)
    script: Script = field(default=until_let_go, kw_only=True)
    differences: Sequence[Difference] = field(default=(), kw_only=True)
    reports: tuple[RunProgress, ...] = (progress(),)
    ends: SyncResult = field(default_factory=result)
    refuses: Exception | None = None
    synced: list[tuple[Action, str, Scope]] = field(default_factory=list[tuple[Action, str, Scope]])
    dismissed: list[tuple[object, ...]] = field(default_factory=list[tuple[object, ...]])
    seen: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    cancel_reasons: list[str] = field(default_factory=list[str])
    begun: threading.Event = field(default_factory=threading.Event)
    let_go: threading.Event = field(default_factory=threading.Event)
    closed: bool = False

    def service(self, *, on_progress: ProgressListener, cancel: CancelToken) -> SyncService:
        return FakeService(self, on_progress, cancel)

    def __enter__(self) -> FakeBackend:
        return self

    def __exit__(self, *_: object) -> None:
        self.closed = True

    def as_module(self) -> types.ModuleType:
        """A stand-in for ``pipeline.backend`` whose ``open_backend`` gives this backend."""
        module = types.ModuleType("odoo_sync_tui.pipeline.backend")
        vars(module)["open_backend"] = lambda _settings: self  # pyright: ignore[reportUnknownLambdaType]
        return module


# The type checker compares each method with the dashboard's protocols here.
AS_THE_DASHBOARD_SEES_IT: DashboardBackend = FakeBackend()
