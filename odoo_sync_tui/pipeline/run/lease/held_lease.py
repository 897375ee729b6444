"""The lease in the hands of an operator who removes something without a run."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass

from odoo_sync_tui.core.audit.events import AuditEvent
from odoo_sync_tui.core.errors import LeaseLost
from odoo_sync_tui.core.run import Lease, Operator
from odoo_sync_tui.pipeline.run.lease.dead_runs import operator_lease
from odoo_sync_tui.store.database import Store

LogEvent = Callable[[AuditEvent], None]
"""Writes to the audit log."""


@dataclass(frozen=True, slots=True)
class HeldLease:
    """A lease that is renewed before each write."""

    store: Store
    lease: Lease
    seconds: float

    @property
    def fence(self) -> int:
        """The fence that every write has to carry."""
        return self.lease.fence

    def ensure_held(self) -> None:
        """Renew the lease.

        Raises:
            LeaseLost: another run took over; nothing more may be written.
        """
        if not self.store.leases.renew(self.lease, self.seconds):
            raise LeaseLost(
                "The lease was lost: another run took over. What was deleted stays deleted.",
                "Give the command again to delete the rest.",
            )


@contextmanager
def hold_lease(store: Store, log_event: LogEvent, operator: Operator, seconds: float) -> Generator[HeldLease]:
    """Hold the lease as :func:`operator_lease` does, to be renewed before each write."""
    with operator_lease(store, log_event, operator, seconds) as lease:
        yield HeldLease(store, lease, seconds)
