"""What the commands show: runs, events and an overview, some of them with hostile text."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from odoo_sync_tui.core.actions import Outcome
from odoo_sync_tui.core.audit.events import AuditEvent
from odoo_sync_tui.core.progress import EntityProgress, Phase, RunProgress
from odoo_sync_tui.core.reports.health import Decision, EntityHealth, HealthLevel, IntegrationHealth, SyncHealth
from odoo_sync_tui.core.reports.overview import EntityCounts, IntegrationStatus, Overview, StoreInfo
from odoo_sync_tui.core.result import Counts, EntityResult, EntityState, Notice, SyncResult
from odoo_sync_tui.core.run import LeaseState, Operator, RunRecord, SyncStatus
from odoo_sync_tui.core.scope import Scope
from tests.support.fake_backend.backend import FakeBackend, Script
from tests.support.fake_backend.overview_queries import FakeOverviewQueries

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
    health=IntegrationHealth(
        HealthLevel.WRONG,
        f"data-lake: accounts: Odoo said {HOSTILE}",
        NOW - timedelta(minutes=2),
        (
            SyncHealth(
                "sync_data_lake",
                HealthLevel.WRONG,
                f"accounts: Odoo said {HOSTILE}",
                NOW - timedelta(minutes=2),
                NOW - timedelta(hours=1),
                (EntityHealth("data_lake:accounts", "accounts", HealthLevel.WRONG, "failed"),),
            ),
        ),
        (Decision("quarantine", "sync_data_lake", "accounts", "1 row is in quarantine", "mend it", None, 1),),
    ),
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


def make_backend(script: Script = lambda _service: RESULT) -> FakeBackend:
    """A backend whose runs end at once, with three events in its history."""
    queries = FakeOverviewQueries(OVERVIEW, events=tuple(event(number) for number in range(3)))
    return FakeBackend(queries, script=script)


def raising(error: Exception):
    def script(_service: object):
        raise error

    return script
