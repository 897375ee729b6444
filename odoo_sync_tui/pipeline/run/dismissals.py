"""Rows that an operator dismisses from the quarantine, or takes back: under the lease, so that no run tries them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from odoo_sync_tui.core.audit.events import AuditEvent
from odoo_sync_tui.core.entity import Entity
from odoo_sync_tui.core.errors import ConfigurationError
from odoo_sync_tui.core.reports.details import Dismissal, QuarantinedRow
from odoo_sync_tui.core.run import Operator
from odoo_sync_tui.pipeline.run.audit_trail import make_quarantine_event
from odoo_sync_tui.pipeline.run.lease.dead_runs import operator_lease
from odoo_sync_tui.store.database import Store

LogEvent = Callable[[AuditEvent], None]


def dismiss_rows(
    store: Store,
    log_event: LogEvent,
    operator: Operator,
    seconds: float,
    entity: Entity,
    rows: Sequence[QuarantinedRow],
    reason: str,
) -> tuple[QuarantinedRow, ...]:
    """Dismiss rows of an entity until they change; return those that were.

    A row that was tried again meanwhile, and failed for another reason, is not dismissed.

    Args:
        store: the store of the rows.
        log_event: writes to the audit log, before anything is changed.
        operator: who dismisses them.
        seconds: how long the lease lasts.
        entity: the entity.
        rows: the rows as the operator has seen them.
        reason: why, in the operator's words.

    Raises:
        ConfigurationError: there is no reason.
        LeaseHeld: a run is at work; nothing was changed.
        StoreError: the store cannot be read or written.
    """
    if not reason.strip():
        raise ConfigurationError("Why the rows are dismissed is not said.", "Give the reason: it is kept with them.")
    with operator_lease(store, log_event, operator, seconds) as lease:
        if found := _find(store, entity, rows, dismissed=False):
            log_event(make_quarantine_event(operator, "dismissed", entity, found, reason.strip()))
            dismissal = Dismissal(operator.name, datetime.now(UTC), reason.strip())
            store.quarantine.dismiss(found, dismissal, lease.fence)
    return found


def reopen_rows(
    store: Store,
    log_event: LogEvent,
    operator: Operator,
    seconds: float,
    entity: Entity,
    rows: Sequence[QuarantinedRow],
    reason: str,
) -> tuple[QuarantinedRow, ...]:
    """Take dismissed rows back; return those that were. See :func:`dismiss_rows`; here the reason may be empty."""
    with operator_lease(store, log_event, operator, seconds) as lease:
        if found := _find(store, entity, rows, dismissed=True):
            log_event(make_quarantine_event(operator, "reopened", entity, found, reason.strip()))
            store.quarantine.reopen(found, lease.fence)
    return found


def _find(
    store: Store, entity: Entity, rows: Sequence[QuarantinedRow], *, dismissed: bool
) -> tuple[QuarantinedRow, ...]:
    """Find the rows that are still as they were seen."""
    seen = {row.odoo_id: row.reason for row in rows}
    if not seen:
        return ()
    found = store.quarantine.rows(entity.id, len(seen), ids=tuple(seen), dismissed=dismissed)
    return tuple(row for row in found if row.reason == seen[row.odoo_id])
