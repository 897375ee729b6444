"""A backend without servers: what the command line does with a run is decided here.

As a program (``python -m tests.unit.cli.fake_program``) it is the command line on this backend, for tests that need a
process of its own.
"""

from __future__ import annotations

import types
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from odoo_sync_tui.cli.output.stdout import emit
from odoo_sync_tui.core.actions import Action, Outcome
from odoo_sync_tui.core.audit.events import AuditEvent, AuditPage, AuditQuery, ChainBreak, ChainReport
from odoo_sync_tui.core.errors import RunCancelled
from odoo_sync_tui.core.progress import EntityProgress, Phase, ProgressListener, RunProgress
from odoo_sync_tui.core.reports.overview import EntityCounts, IntegrationStatus, Overview, StoreInfo
from odoo_sync_tui.core.result import Counts, EntityResult, EntityState, Notice, SyncResult
from odoo_sync_tui.core.run import LeaseState, Operator, RunRecord, SyncStatus
from odoo_sync_tui.core.scope import Scope
from odoo_sync_tui.runtime.cancel import CancelToken

NOW = datetime(2026, 1, 31, 12, 30, tzinfo=UTC)
HOSTILE = "R\x1b]52;c;eA==\x07&D [/b] \u202eevil"

ACCOUNTS = EntityResult("accounts", EntityState.SUCCESS, Counts(created=1204, updated=83, unchanged=53_720), 55_007)
INVOICES = EntityResult("invoices", EntityState.SUCCESS, Counts(unchanged=12), 12)
RESULT = SyncResult(
    "5f0c", "sync_data_lake", Outcome.SUCCESS, {"accounts": ACCOUNTS, "invoices": INVOICES}, duration_seconds=41.25
)
PARTIAL = replace(
    RESULT,
    outcome=Outcome.PARTIAL,
    errors=(Notice("guard", f"60 documents of {HOSTILE} would be retired.", "Confirm it.", "accounts"),),
)

PROGRESS = RunProgress(
    "5f0c",
    "sync_data_lake",
    "anna",
    "box",
    "incremental",
    NOW,
    3.0,
    (
        EntityProgress("accounts", EntityState.RUNNING, Phase.FETCH, 19_000, 50_000, Counts(), 8940.4, 4.2, 3.0),
        EntityProgress("invoices"),
    ),
)

OVERVIEW = Overview(
    at=NOW,
    integration=IntegrationStatus(
        SyncStatus.FAILED,
        error_message=f"Odoo said {HOSTILE}",
        last_sync=NOW - timedelta(minutes=3),
        last_attempt=NOW,
        url="https://odoo.acme.example",
        database="acme",
        username="sync",
        server_version="19.0",
        protocol="json2",
    ),
    store=StoreInfo("6.0.5", "replica set", "odoo_sync", embedded=True),
    entities=(EntityCounts("data_lake:accounts", "accounts", 55_007, NOW, 55_007, 184, 1, 12, NOW),),
    lease=LeaseState(True, "5f0c", "anna", "box", NOW, NOW),
)


def event(number: int, **changes: object) -> AuditEvent:
    """The event that happened ``number`` minutes before now."""
    details = {"event": "finished", "synced": 4, "created": 0, "updated": 4, "errors": [{"message": HOSTILE}]}
    base = AuditEvent(
        str(number), "sync_users", "anna", NOW - timedelta(minutes=number), details, "5f0c", Outcome.SUCCESS
    )
    return replace(base, **changes)


def record(run_id: str, **changes: object) -> RunRecord:
    """A run that ended well, an hour before now."""
    started = NOW - timedelta(hours=1)
    base = RunRecord(
        id=run_id,
        action="sync_data_lake",
        operator=Operator("anna", "box", 17),
        scope=Scope(),
        started_at=started,
        heartbeat_at=started + timedelta(seconds=41),
        finished_at=started + timedelta(seconds=41),
        outcome=Outcome.SUCCESS,
        result=RESULT,
    )
    return replace(base, **changes)


class FakeService:
    """Runs ``script`` instead of a sync."""

    def __init__(self, backend: FakeBackend, on_progress: ProgressListener, cancel: CancelToken) -> None:
        self.backend = backend
        self.on_progress = on_progress
        self.cancel = cancel

    def sync(self, action: Action, user_id: str, scope: Scope) -> SyncResult:
        self.backend.asked.append((action, user_id, scope))
        return self.backend.script(self)


class FakeMonitor:
    """Answers with what the backend holds."""

    def __init__(self, backend: FakeBackend) -> None:
        self.backend = backend

    def get_overview(self) -> Overview:
        return OVERVIEW

    def list_events(self, query: AuditQuery, limit: int, after: str | None = None) -> AuditPage:
        self.backend.queries.append((query, limit, after))
        start = int(after or 0)
        events = self.backend.events[start : start + limit]
        more = start + limit < len(self.backend.events)
        return AuditPage(tuple(events), str(start + limit) if more else None)

    def list_runs(self, limit: int) -> list[RunRecord]:
        return self.backend.runs[:limit]

    def list_live_runs(self) -> list[RunRecord]:
        return [run for run in self.backend.runs if run.live]

    def request_cancel(self, run_id: str, by: str) -> bool:
        self.backend.cancelled.append((run_id, by))
        return True

    def get_lease(self) -> LeaseState | None:
        return self.backend.leases.pop(0) if self.backend.leases else None

    def verify_audit_log(self, found: Callable[[ChainBreak], None]) -> ChainReport:
        for problem in self.backend.breaks:
            found(problem)
        return ChainReport(7, 3, 1, 2, len(self.backend.breaks))


class FakeBackend:
    """Stands for ``pipeline.backend``."""

    def __init__(self, script: Callable[[FakeService], SyncResult] = lambda _service: RESULT) -> None:
        self.script = script
        self.asked: list[tuple[Action, str, Scope]] = []
        self.queries: list[tuple[AuditQuery, int, str | None]] = []
        self.events = [event(number) for number in range(3)]
        self.runs: list[RunRecord] = []
        self.cancelled: list[tuple[str, str]] = []
        self.leases: list[LeaseState] = []
        self.breaks: list[ChainBreak] = []
        self.overview_queries = FakeMonitor(self)
        self.closed = False

    def service(self, *, on_progress: ProgressListener, cancel: CancelToken) -> FakeService:
        return FakeService(self, on_progress, cancel)

    def __enter__(self) -> FakeBackend:
        return self

    def __exit__(self, *_: object) -> None:
        self.closed = True

    def as_module(self) -> types.ModuleType:
        """A module whose ``open_backend`` gives this backend."""
        module = types.ModuleType("odoo_sync_tui.pipeline.backend")
        module.open_backend = lambda _settings: self  # type: ignore[attr-defined]
        return module


# ---------------------------------------------------------------------------------------------- scripts


def until_cancelled(service: FakeService) -> SyncResult:
    """A run that works until it is asked to stop."""
    service.on_progress(PROGRESS)
    emit("working")
    try:
        while True:
            service.cancel.sleep(60)
    except RunCancelled:
        return replace(RESULT, outcome=Outcome.CANCELLED, errors=(Notice("cancelled", service.cancel.reason),))


def deaf(service: FakeService) -> SyncResult:
    """A run that never comes to its next page."""
    emit("working")
    CancelToken().sleep(600)
    raise AssertionError


def telling(service: FakeService) -> SyncResult:
    """A run that tells how far it is."""
    service.on_progress(PROGRESS)
    done = EntityProgress("accounts", EntityState.SUCCESS, counts=Counts(created=1204), seconds=5.0)
    service.on_progress(replace(PROGRESS, entities=(done,)))
    return RESULT


def crashing(service: FakeService) -> SyncResult:
    """A defect of the program, with a secret in its message and in its locals."""
    password = "hunter2"
    raise KeyError(f"password={password}")


SCRIPTS = {script.__name__: script for script in (until_cancelled, deaf, telling, crashing)}
