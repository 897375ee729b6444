"""Objects that the parts of an entity's sync share: the settings of the run, and the report of the entity."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from odoo_sync_tui.core.changes.policy import ChangePolicy
from odoo_sync_tui.core.progress import Phase
from odoo_sync_tui.core.result import Counts, Notice
from odoo_sync_tui.core.scope import Scope
from odoo_sync_tui.odoo.connector import OdooConnector
from odoo_sync_tui.pipeline.tracker import Tracker
from odoo_sync_tui.runtime.cancel import CancelToken
from odoo_sync_tui.store.database import Store


@dataclass(frozen=True, slots=True)
class RetirementLimit:
    """Limit of the documents that one run may retire: ``max(minimum, percent % of the active ones)``."""

    minimum: int
    percent: float

    def max_documents(self, active: int) -> int:
        """Compute how many documents may be retired at most of ``active`` ones."""
        return max(self.minimum, int(active * self.percent / 100))


@dataclass(frozen=True, slots=True)
class RunSettings:
    """Settings of a run.

    Attributes:
        retirement_limit: how many documents one run may retire.
        overlap: how far an incremental run looks back behind its cursor: a slow transaction becomes visible late.
        lease_seconds: a run without a heartbeat for this long counts as interrupted.
        block_size: Odoo ids in a block.
        census_interval: for how long after a census incremental runs do without one.
        changes: what the change log is to hold.
        keep_retired: how long documents are kept whose rows Odoo has no more; ``None``: for ever.
        keep_runs: how long records of runs are kept; ``None``: for ever.
    """

    retirement_limit: RetirementLimit
    overlap: timedelta
    lease_seconds: float
    block_size: int
    census_interval: timedelta = timedelta(0)
    changes: ChangePolicy = ChangePolicy()
    keep_retired: timedelta | None = None
    keep_runs: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Context:
    """The objects of a run that its entities use."""

    run_id: str
    scope: Scope
    settings: RunSettings
    connector: OdooConnector
    store: Store
    tracker: Tracker
    cancel: CancelToken


@dataclass(slots=True)
class EntityReport:
    """Counts and warnings of one entity's sync. Progress reaches the tracker at once.

    ``unmet``: how many rows that the operator asked for by id could not be given.
    """

    name: str
    tracker: Tracker
    counts: Counts = Counts()
    warnings: list[Notice] = field(default_factory=list[Notice])
    unmet: int = 0

    def set_phase(self, phase: Phase) -> None:
        """Set the phase of the entity."""
        self.tracker.set_phase(self.name, phase)

    def count(self, counts: Counts, rows: int) -> None:
        """Add to the counts; ``rows`` more of the census are done."""
        self.counts += counts
        self.tracker.advance(self.name, rows, counts)

    def warn(self, kind: str, message: str, hint: str = "") -> None:
        """Add a warning for the operator."""
        self.warnings.append(Notice(kind, message, hint, self.name))

    def miss(self, kind: str, ids: Sequence[int], message: str, hint: str) -> None:
        """Add a warning about rows that the operator asked for by id and does not get."""
        self.unmet += len(ids)
        self.warn(kind, message, hint)
