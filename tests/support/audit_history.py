"""Histories for the tests of the audit chain, as this version and as the version before it writes them."""

from __future__ import annotations

from dataclasses import fields
from datetime import timedelta
from typing import Any

from pymongo.database import Database

from odoo_sync_tui.core.actions import Outcome
from odoo_sync_tui.core.audit.events import AuditEvent, ChainBreak, ChainReport, NotedHead
from odoo_sync_tui.core.run import RunRecord
from odoo_sync_tui.core.scope import Scope
from odoo_sync_tui.store.audit.chain import event_hash
from odoo_sync_tui.store.database import Store
from tests.support.store import ANNA, AT, database_of

NO_END = "it has no end: nobody has recorded how it ended"


def event(number: int, run_id: str | None, **values: Any) -> AuditEvent:
    at = AT + timedelta(seconds=number)
    return AuditEvent(
        f"{run_id}-{number}", "sync_users", "anna", at, {"n": number, "x": 1.5, "t": "ä"}, run_id, **values
    )


def start_run(store: Store, run_id: str) -> None:
    store.runs.start(RunRecord(run_id, "sync_users", ANNA, Scope(), AT, AT), 1)


def write_run(store: Store, run_id: str, events: int = 3) -> None:
    """A run with so many events, the last of which is its end."""
    start_run(store, run_id)
    for number in range(1, events + 1):
        store.audit.append(event(number, run_id, outcome=Outcome.SUCCESS if number == events else None))


def write_earlier_run(store: Store, run_id: str, events: int = 3) -> None:
    """The same by the version before the chain of all events."""
    start_run(store, run_id)
    for number in range(1, events + 1):
        append_as_earlier(
            database_of(store), event(number, run_id, outcome=Outcome.SUCCESS if number == events else None)
        )


def append_as_earlier(database: Database[dict[str, Any]], added: AuditEvent, steps: int = 3) -> None:
    """Add an event as the version before did, in three steps; with fewer it is killed after so many."""
    last = database.audit_log.find_one({"run_id": added.run_id, "seq": {"$gt": 0}}, sort=[("seq", -1)])
    document = {each.name: getattr(added, each.name) for each in fields(AuditEvent)}
    document |= {"outcome": added.outcome and str(added.outcome)}
    if added.run_id is None:
        document |= {"seq": None, "prev": None}
    else:
        document |= {"seq": last["seq"] + 1 if last else 1, "prev": last["hash"] if last else None}
    document["hash"] = event_hash(document)
    record = {"_id": added.run_id}
    if steps > 0:
        database.sync_runs.update_one(record, {"$push": {"audit.announced": document["hash"]}})
    if steps > 1:
        database.audit_log.insert_one(document)
    if steps > 2:
        database.sync_runs.update_one(record, {"$max": {"audit.written": document["seq"]}})


def verified(store: Store, noted: NotedHead | None = None) -> tuple[ChainReport, list[ChainBreak]]:
    found: list[ChainBreak] = []
    return store.audit.verify(found.append, noted), found
