"""The end of a run can be recorded, and read again, whatever was said to it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import bson
import pytest
from pymongo.database import Database

from odoo_sync_tui.core.actions import Action, Outcome
from odoo_sync_tui.core.audit.events import AuditQuery
from odoo_sync_tui.core.entity import BrokenRule, RejectedRow
from odoo_sync_tui.core.progress import Trouble
from odoo_sync_tui.core.result import EntityResult, EntityState, Notice, SyncResult
from odoo_sync_tui.core.run import INTEGRATION, Operator, RunRecord, SyncStatus
from odoo_sync_tui.core.scope import Scope, Selection
from odoo_sync_tui.core.text.redaction import register_secrets
from odoo_sync_tui.entities.registry import BUILT_IN
from odoo_sync_tui.pipeline.entity.context import RunSettings
from odoo_sync_tui.pipeline.entity.retirement import RetirementLimit
from odoo_sync_tui.pipeline.run.audit_trail import RunAuditTrail
from odoo_sync_tui.pipeline.run.request import RunRequest
from odoo_sync_tui.pipeline.tracker import empty_progress
from odoo_sync_tui.store.database import Store

KEY = "deadcafe" * 5
HUGE = f"\U0001f469{KEY}\0\n" * 500_000
"""More than MongoDB takes in one document."""

MOST_BYTES = 4 * 1024 * 1024
NOW = datetime(2026, 1, 31, tzinfo=UTC)


def test_the_end_of_a_run_is_recorded_whatever_was_said_to_it(store: Store, database: Database[dict[str, Any]]) -> None:
    register_secrets([KEY])
    who = Operator(HUGE, HUGE, 1, HUGE)
    domain = (("name", "in", (HUGE, *range(100_000))),)
    selection = Selection(tuple(range(100_000)), domain=domain, department=HUGE, name=HUGE)
    scope = Scope(domain=domain, selection=selection)
    notice = Notice("odoo", HUGE, HUGE, HUGE)
    result = SyncResult(
        "r", str(Action.USERS), Outcome.PARTIAL, {HUGE: EntityResult(HUGE, EntityState.PARTIAL)},
        (notice,) * 3000, (notice,) * 3000, reason=HUGE,
    )  # fmt: skip
    progress = replace(empty_progress("r", HUGE, HUGE, HUGE, "full", NOW), trouble=Trouble(HUGE, HUGE))
    record = RunRecord("r", str(Action.USERS), who, scope, NOW, NOW, progress=progress)
    request = RunRequest(
        Action.USERS, (), who, scope, RunSettings(RetirementLimit(20, 10), timedelta(0), 30, 1000), BUILT_IN
    )
    trail = RunAuditTrail(store.audit.append, "r", request)

    lease = store.leases.acquire(INTEGRATION, who, "r", 30)
    store.runs.start(record, lease.fence)
    trail.record_start(HUGE)
    store.runs.record_heartbeat("r", progress)
    store.runs.request_cancel("r", HUGE, HUGE)
    store.quarantine.put("users", "r", [RejectedRow(1, HUGE, BrokenRule.VALUES)], lease.fence)
    store.integrations.set_status(SyncStatus.RUNNING, fence=lease.fence, error_message=HUGE, server=(HUGE, "json2"))
    trail.record_end(result)
    assert store.runs.finish("r", result, lease.fence)

    ended = store.runs.get("r")
    assert ended is not None
    assert ended.outcome is Outcome.PARTIAL
    assert ended.result is not None
    assert ended.result.errors[0].message.endswith("…")
    events = store.audit.page(AuditQuery(run_id="r"), 10).events
    assert [event.outcome for event in events] == [Outcome.PARTIAL, None]
    assert store.audit.verify(pytest.fail).is_intact
    for name in database.list_collection_names():
        for document in database[name].find():
            assert len(bson.encode(document)) < MOST_BYTES, name
            assert KEY not in str(document), name
