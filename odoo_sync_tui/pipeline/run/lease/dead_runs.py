"""Close runs that died, or could not record their end: whoever writes to the store next does it for them."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager

from odoo_sync_tui.core.actions import Outcome
from odoo_sync_tui.core.audit.events import AuditEvent, AuditQuery
from odoo_sync_tui.core.errors import ConfigurationError, LeaseHeld
from odoo_sync_tui.core.run import INTEGRATION, Lease, Operator, RunRecord
from odoo_sync_tui.pipeline.run.audit_trail import make_interruption_event
from odoo_sync_tui.store.database import Store

MAX_RUN_EVENTS = 10
"""More than a run ever writes."""


def acquire_lease(store: Store, operator: Operator, run_id: str, seconds: float) -> Lease:
    """Take the lease, with a fence above all that were ever written.

    Raises:
        ConfigurationError: the store is half restored.
        LeaseHeld: a run is at work.
        StoreError: MongoDB could not be asked.
    """
    if file := store.backups.find_unfinished():
        raise ConfigurationError(
            f"The store is not whole: its restore from {file} was cut off.",
            "Restore it again: odoo-sync-tui store restore FILE --replace",
        )
    return take_lease(store, operator, run_id, seconds)


def take_lease(store: Store, operator: Operator, run_id: str, seconds: float) -> Lease:
    """Take the lease as :func:`acquire_lease` does, also of a store that is half restored."""
    written = max(store.integrations.fence(), store.runs.newest_fence())
    try:
        return store.leases.acquire(INTEGRATION, operator, run_id, seconds, written)
    except LeaseHeld as error:
        lease = store.leases.state(INTEGRATION)
        silent_since = store.runs.find_silence(lease) if lease else None
        if silent_since is None:
            raise
        raise LeaseHeld(error.operator, error.host, error.since, error.expires_at, silent_since) from None


@contextmanager
def operator_lease(
    store: Store, log_event: Callable[[AuditEvent], None], operator: Operator, seconds: float
) -> Generator[Lease]:
    """Hold the lease for what an operator does besides runs; the ends of runs that died are recorded first.

    Raises:
        LeaseHeld: a run is at work.
        StoreError: the store cannot be read or written.
    """
    lease = acquire_lease(store, operator, "", seconds)
    try:
        store.integrations.save_fence(lease.fence)
        for run in store.runs.list_unfinished():
            close_dead_run(store, log_event, run, lease, f"{operator.name} on {operator.host}")
        yield lease
    finally:
        store.leases.release(lease)


def close_dead_run(
    store: Store, log_event: Callable[[AuditEvent], None], run: RunRecord, lease: Lease, noticed_by: str
) -> None:
    """Record the end of a dead run: first in the audit log, where nothing is removed, then in its record.

    Raises:
        StoreError: the end cannot be recorded.
    """
    events = store.audit.page(AuditQuery(run_id=run.id), MAX_RUN_EVENTS).events
    outcome = next((event.outcome for event in events if event.outcome), None)
    if outcome is None:
        log_event(make_interruption_event(run, noticed_by))
    store.runs.interrupt(run.id, noticed_by, lease.fence, outcome or Outcome.INTERRUPTED)
