"""What the fake backend holds unless a test says otherwise: an integration, its runs and its events."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from odoo_sync_tui.core.actions import Action, Outcome
from odoo_sync_tui.core.audit.events import AuditEvent
from odoo_sync_tui.core.progress import EntityProgress, Phase, RunProgress, Trouble
from odoo_sync_tui.core.reports.assessment import assess_sync, combine
from odoo_sync_tui.core.reports.diagnosis import Check, Grade
from odoo_sync_tui.core.reports.health import (
    Decision,
    EntityHealth,
    Facts,
    HealthLevel,
    IntegrationHealth,
    SyncHealth,
)
from odoo_sync_tui.core.reports.overview import EntityCounts, IntegrationStatus, Overview, StoreInfo
from odoo_sync_tui.core.reports.trends import EntityTrend, SyncTrend
from odoo_sync_tui.core.result import Counts, EntityResult, EntityState, Notice, SyncResult
from odoo_sync_tui.core.run import LeaseState, Operator, RunRecord, SyncStatus
from odoo_sync_tui.core.scope import Scope

NOW = datetime(2026, 11, 23, 12, 31, 8, tzinfo=UTC)
ANNA = Operator("anna", "ops-1", 4711, "10.0.0.7")
BOB = Operator("bob", "etl-2", 99)
NAMES = ("accounts", "opportunities", "invoices", "users")


def ago(**parts: float) -> datetime:
    return NOW - timedelta(**parts)


def entity(entity_id: str, title: str, odoo: int | None, active: int, inactive: int, changed: int) -> EntityCounts:
    """Counts after a run that left both sides in step."""
    without_row = active + inactive - (odoo or 0)
    return EntityCounts(
        entity_id, title, odoo, ago(minutes=3), active, inactive, 0, changed, ago(minutes=3), without_row
    )


ENTITIES = (
    entity("departments", "departments", 12, 12, 1, 0),
    entity("users", "users", 186, 180, 6, 4),
    entity("data_lake:accounts", "accounts", 55_007, 55_007, 184, 12),
    entity("data_lake:opportunities", "opportunities", 1_000_000, 998_761, 1_239, 83),
    entity("data_lake:invoices", "invoices", 212_400, 212_400, 0, 1_204),
    entity("data_lake:users", "lake users", 186, 180, 6, 0),
)

FIGURES = Counts(created=1_204, updated=83, unchanged=72_601, deactivated=2, quarantined=1)


def result(outcome: Outcome = Outcome.SUCCESS, *, errors: tuple[Notice, ...] = (), withheld: int = 0) -> SyncResult:
    states = {Outcome.SUCCESS: EntityState.SUCCESS, Outcome.PARTIAL: EntityState.PARTIAL}
    state = states.get(outcome, EntityState.FAILED)
    entities = {
        "accounts": EntityResult("accounts", EntityState.SUCCESS, Counts(12, 4, 54_991), 55_007, 0, 6.2),
        "opportunities": EntityResult("opportunities", state, FIGURES, 73_889, withheld, 31.4),
        "invoices": EntityResult("invoices", EntityState.SUCCESS, Counts(unchanged=212_400), 212_400, 0, 3.0),
        "users": EntityResult("users", EntityState.SUCCESS, Counts(unchanged=180, deactivated=6), 186, 0, 0.4),
    }
    return SyncResult("run-1", Action.DATA_LAKE, outcome, entities, errors, (), 41.2, 2)


def progress(run_id: str = "run-2", operator: Operator = ANNA, seconds: float = 41.0) -> RunProgress:
    entities = (
        EntityProgress("accounts", EntityState.SUCCESS, None, 55_007, 55_007, Counts(1_204, 83), None, None, 6.0),
        EntityProgress("opportunities", EntityState.RUNNING, Phase.FETCH, 19_000, 50_000, FIGURES, 8_940.0, 4.0, 35.0),
        EntityProgress("invoices"),
        EntityProgress("users"),
    )
    return RunProgress(run_id, Action.DATA_LAKE, operator.name, operator.host, "incremental", ago(seconds=seconds),
                       seconds, entities, 2)  # fmt: skip


EVENTS = (
    AuditEvent("e5", "sync_data_lake", "anna", ago(minutes=3),
               {"event": "finished", **result().counts.as_dict(), "errors": []}, "run-1", Outcome.SUCCESS),
    AuditEvent("e4", "sync_data_lake", "anna", ago(minutes=4),
               {"event": "started", "scope": {"entities": list(NAMES), "mode": "incremental", "filter": None}},
               "run-1"),
    AuditEvent("e3", "sync_users", "anna", ago(minutes=9), {"synced": 4, "created": 0, "updated": 4}, "r3",
               Outcome.SUCCESS),
    AuditEvent("e2", "sync_departments", "svc-odoo-sync", ago(hours=15),
               {"synced": 0, "errors": [{"kind": "odoo_transient", "message": "Odoo did not answer within 60 s.",
                                         "hint": "Look at the server."}]}, "r2", Outcome.FAILED),
    AuditEvent("e1", "sync_data_lake", "bob", ago(days=3), {"synced": 12_003, "created": 12_003, "updated": 0,
               "quarantined": 1}, "r1", Outcome.PARTIAL),
)  # fmt: skip


def record(
    operator: Operator = BOB,
    *,
    run_id: str = "run-2",
    live: bool = True,
    outcome: Outcome | None = None,
    ended: SyncResult | None = None,
    started_at: datetime | None = None,
    cancel_requested_by: str | None = None,
) -> RunRecord:
    started_at = started_at or ago(seconds=41)
    return RunRecord(
        run_id, Action.DATA_LAKE, operator, Scope(), started_at, ago(seconds=1), ago(minutes=3) if outcome else None,
        outcome, live, progress(run_id, operator), {}, ended, cancel_requested_by,
    )  # fmt: skip


def health(*runs: RunRecord, decisions: tuple[Decision, ...] = (), **quarantined: int) -> IntegrationHealth:
    """The health after these runs of the lake, newest first; the other two syncs are well."""
    facts = {f"data_lake:{name}": Facts(quarantined=count) for name, count in quarantined.items()}
    ids = {name: f"data_lake:{name}" for name in NAMES}
    lake, waiting = assess_sync(Action.DATA_LAKE, ids, [run for run in runs if not run.live], facts)
    others = [
        SyncHealth(
            action,
            HealthLevel.IN_STEP,
            "",
            ago(hours=15),
            ago(minutes=9),
            (EntityHealth(name, name, HealthLevel.IN_STEP, "success"),),
        )
        for action, name in ((Action.DEPARTMENTS, "departments"), (Action.USERS, "users"))
    ]
    return combine((*others, lake), (*decisions, *waiting))


def trends() -> tuple[SyncTrend, ...]:
    """Thirty runs of the lake and ten of the users; the departments ran twice."""
    lake = {
        f"data_lake:{name}": EntityTrend(
            tuple((run * step) % top for run in range(30)),
            entity.counts,
            (entity.counts.rows,) * 30,
            (*[0.4] * 29, 6.1),
        )
        for (name, entity), step, top in zip(result().entities.items(), (3, 31, 17, 2), (9, 180, 64, 3), strict=True)
    }
    users = EntityTrend((186, 0, 4, 1, 0, 0, 12, 0, 3, 4), Counts(updated=4, unchanged=182))
    departments = EntityTrend((12, 0), Counts(unchanged=12))
    seconds = tuple(1.1 + (run * 7 % 5) / 10 for run in range(28))
    return (
        SyncTrend(Action.DEPARTMENTS, (0.3, 0.1), {"departments": departments}),
        SyncTrend(Action.USERS, (2.4, 0.3, 0.4, 0.3, 0.2, 0.3, 0.4, 0.3, 0.3, 0.4), {"users": users}),
        SyncTrend(
            Action.DATA_LAKE, (58.0, *seconds, 41.2), lake, None, (90_000, *[60_000] * 29), (*range(20), *[3] * 9, 980)
        ),
    )


def overview(**changes: object) -> Overview:
    """A healthy integration whose last run ended three minutes ago."""
    last = record(ANNA, run_id="run-1", live=False, outcome=Outcome.SUCCESS, ended=result(), started_at=ago(minutes=4))
    status = IntegrationStatus(
        SyncStatus.SUCCESS, False, None, ago(minutes=3), ago(minutes=4), "https://odoo.acme.example", "acme",
        "sync@acme.example", "19.0", "json2",
    )  # fmt: skip
    healthy = Overview(
        NOW, status, StoreInfo("6.0.5", "replica set", "odoo_sync", embedded=True), ENTITIES, EVENTS,
        last_run=last, health=health(last), trends=trends(),
    )  # fmt: skip
    return replace(healthy, **changes)


def empty_overview() -> Overview:
    """A lake before its first run."""
    blank = tuple(EntityCounts(counts.name, counts.title) for counts in ENTITIES)
    status = IntegrationStatus(url="https://odoo.acme.example", database="acme")
    return overview(integration=status, entities=blank, events=(), last_run=None, health=IntegrationHealth(), trends=())


def busy_overview(*, run_id: str = "run-2", cancel_requested_by: str | None = None) -> Overview:
    """Bob's run is at work on another host."""
    lease = LeaseState(True, "run-2", "bob", "etl-2", ago(seconds=41), NOW + timedelta(seconds=20))
    live = record(BOB, run_id=run_id, cancel_requested_by=cancel_requested_by)
    status = replace(overview().integration, status=SyncStatus.RUNNING)
    return overview(integration=status, live_run=live, last_run=live, lease=lease)


def unreachable_overview() -> Overview:
    """Bob's run is at work on another host and cannot reach Odoo."""
    busy = busy_overview()
    assert busy.live_run is not None
    assert busy.live_run.progress is not None
    trouble = Trouble(
        "Odoo", "Odoo at https://odoo.acme.example refuses the connection.", 6, NOW + timedelta(seconds=4),
        NOW + timedelta(seconds=90),
    )  # fmt: skip
    live = replace(busy.live_run, progress=replace(busy.live_run.progress, trouble=trouble, retries=5))
    return replace(busy, live_run=live, last_run=live)


def troubled_overview() -> Overview:
    """The last run failed, rows are quarantined."""
    message = "The key was refused by odoo.acme.example. Make a new API key in Odoo and set odoo.api_key."
    notice = Notice("odoo_setup", *message.split(". ", 1))
    failed = result(Outcome.FAILED, errors=(notice,))
    status = replace(overview().integration, status=SyncStatus.FAILED, error_message=message)
    run = record(ANNA, run_id="run-1", live=False, outcome=Outcome.FAILED, ended=failed, started_at=ago(minutes=4))
    entities = (*ENTITIES[:3], replace(ENTITIES[3], quarantined=7), *ENTITIES[4:])
    return overview(integration=status, entities=entities, last_run=run, health=health(run, opportunities=7))


def partial_overview() -> Overview:
    """The last run did not retire 512 opportunities by itself."""
    notice = Notice("retirement_withheld", "512 of 998761 active documents would be retired.", "Confirm it.",
                    "opportunities")  # fmt: skip
    partial = result(Outcome.PARTIAL, errors=(notice,), withheld=512)
    status = replace(overview().integration, status=SyncStatus.PARTIAL, error_message=str(notice))
    run = record(ANNA, run_id="run-1", live=False, outcome=Outcome.PARTIAL, ended=partial, started_at=ago(minutes=4))
    return overview(integration=status, last_run=run, health=health(run))


CHECKS = (
    Check("settings.file", Grade.OK, "/home/anna/.config/odoo-sync-tui/settings.toml, readable by its owner only."),
    Check("terminal.tmux", Grade.SKIPPED, "The terminal runs no tmux."),
    Check("mongo.disk", Grade.WARN, "3 % of the disk are free.", "Make room: MongoDB stops writing when it is full."),
    Check(
        "odoo.key",
        Grade.FAIL,
        "odoo.acme.example refused the key.",
        "Make a new API key in Odoo, set odoo.api_key.",
    ),
)
