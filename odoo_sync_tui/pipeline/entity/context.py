"""Values that all entities of a run share."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from odoo_sync_tui.core.run import Lease
from odoo_sync_tui.core.scope import Scope
from odoo_sync_tui.odoo.connector import OdooConnector
from odoo_sync_tui.pipeline.entity.retirement import RetirementLimit
from odoo_sync_tui.pipeline.heartbeat import Heartbeat
from odoo_sync_tui.pipeline.tracker import Tracker
from odoo_sync_tui.runtime.cancel import CancelToken
from odoo_sync_tui.store.database import Store


@dataclass(frozen=True, slots=True)
class RunSettings:
    """Settings of a run.

    Attributes:
        retirement_limit: how many documents one run may retire.
        overlap: how far an incremental run looks back behind its cursor: a slow transaction becomes visible late.
        lease_seconds: a run without a heartbeat for this long counts as interrupted.
        block_size: Odoo ids in a block.
    """

    retirement_limit: RetirementLimit
    overlap: timedelta
    lease_seconds: float
    block_size: int


@dataclass(frozen=True, slots=True)
class Context:
    """The objects of a run that its entities use."""

    run_id: str
    scope: Scope
    settings: RunSettings
    connector: OdooConnector
    store: Store
    lease: Lease
    heartbeat: Heartbeat
    tracker: Tracker
    cancel: CancelToken
