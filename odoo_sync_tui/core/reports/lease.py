"""What is known of the lease."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from odoo_sync_tui.core.run import LeaseState


@dataclass(frozen=True, slots=True)
class LeaseReport:
    """The lease, and what stands in its way.

    Attributes:
        lease: its present or last holder; ``None`` before the first run.
        silent_since: when a holder was last seen who gives no sign of life any more.
        highest_fence: the highest fence in documents and records. One above the lease's is of no run of this store.
        odd_fields: fields that hold what no run writes. The next run writes them anew.
    """

    lease: LeaseState | None
    silent_since: datetime | None
    highest_fence: int
    odd_fields: tuple[str, ...]
