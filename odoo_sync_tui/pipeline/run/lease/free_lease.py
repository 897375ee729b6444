"""Free the lease on the operator's word: of a holder who will not come back, or where a fence stands in the way."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime

from odoo_sync_tui.core.actions import LEASE_FREED, Outcome
from odoo_sync_tui.core.audit.events import AuditEvent
from odoo_sync_tui.core.errors import LeaseHeld
from odoo_sync_tui.core.run import INTEGRATION, LeaseReport, LeaseState, Operator
from odoo_sync_tui.entities.catalog import EntityCatalog
from odoo_sync_tui.pipeline.run.lease.dead_runs import close_dead_run
from odoo_sync_tui.store.database import Store
from odoo_sync_tui.store.documents import quarantine
from odoo_sync_tui.store.runs import integrations, run_records

RECORDS = (quarantine.COLLECTION, integrations.COLLECTION, run_records.COLLECTION)
"""Collections whose documents hold the fence of a run, besides those of the entities."""

"""Action and event of a lease that an operator frees."""


def examine_lease(store: Store, catalog: EntityCatalog) -> LeaseReport:
    """Examine the lease, and look in all documents for the highest fence.

    Raises:
        StoreError: the store cannot be read.
    """
    lease = store.leases.state(INTEGRATION)
    return LeaseReport(
        lease=lease,
        silent_since=store.runs.find_silence(lease) if lease else None,
        highest_fence=_find_highest_fence(store, catalog),
        odd_fields=store.leases.find_odd_fields(INTEGRATION) + store.integrations.find_odd_fields(),
    )


def free_lease(
    store: Store,
    catalog: EntityCatalog,
    log_event: Callable[[AuditEvent], None],
    operator: Operator,
    reason: str,
    holder: LeaseState | None,
    seconds: float,
) -> int:
    """Take the lease from its holder with a fence above all others, record the end of his run, and release it.

    The holder, should he be alive, notices at his next heartbeat or write to a record. Return the new fence.

    Args:
        store: the store of the lease.
        catalog: the entities whose documents hold fences.
        log_event: writes to the audit log, before anything is changed.
        operator: who frees it.
        reason: why, in the operator's words.
        holder: the holder as the operator has seen him; ``None``: nobody.
        seconds: for how long the lease is held meanwhile.

    Raises:
        LeaseHeld: somebody else holds the lease by now; nothing was changed.
        StoreError: the store cannot be read or written.
    """
    highest = max(_find_highest_fence(store, catalog), holder.fence if holder else 0)
    seen = {"operator": holder.operator, "host": holder.host, "run_id": holder.run_id} if holder else None
    log_event(_event(operator, None, {"event": LEASE_FREED, "reason": reason, "holder": seen, "fence": highest}))
    try:
        lease = store.leases.acquire(INTEGRATION, operator, "", seconds, highest, over=holder)
    except LeaseHeld as error:
        log_event(_event(operator, Outcome.FAILED, {"event": "lease_not_freed", "errors": [error.message]}))
        raise
    try:
        store.integrations.save_fence(lease.fence)
        for run in store.runs.list_unfinished():
            close_dead_run(store, log_event, run, lease, f"{operator.name} on {operator.host}")
    finally:
        store.leases.release(lease)
    return lease.fence


def _find_highest_fence(store: Store, catalog: EntityCatalog) -> int:
    return store.leases.find_highest_fence({*RECORDS, *(entity.target.collection for entity in catalog)})


def _event(operator: Operator, outcome: Outcome | None, details: Mapping[str, object]) -> AuditEvent:
    origin = {name: value for name, value in asdict(operator).items() if name != "name" and value is not None}
    return AuditEvent(
        str(uuid.uuid4()), LEASE_FREED, operator.name, datetime.now(UTC), {**details, **origin}, outcome=outcome
    )
