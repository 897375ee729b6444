"""What a run is asked to do, and the earlier run that it continues."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from odoo_sync_tui.core.actions import Action, Outcome
from odoo_sync_tui.core.entity import Entity
from odoo_sync_tui.core.run import Operator, RunRecord
from odoo_sync_tui.core.scope import Scope
from odoo_sync_tui.entities.catalog import EntityCatalog
from odoo_sync_tui.pipeline.entity.context import RunSettings
from odoo_sync_tui.store.database import Store

MAX_RUNS_SEARCHED = 50
"""How many runs are searched for the newest one of an action."""
MAX_AGE = timedelta(days=1)
"""An operator who starts a full sync days later wants a new one."""
RESUMABLE_OUTCOMES = frozenset({Outcome.INTERRUPTED, Outcome.CANCELLED})


@dataclass(frozen=True, slots=True)
class RunRequest:
    """Request for one run: what to sync of which catalog, who asks for it, and how it is to behave.

    ``selected``: how many rows its selection has, by entity; empty without a selection.
    """

    action: Action
    entities: Sequence[Entity]
    operator: Operator
    scope: Scope
    settings: RunSettings
    catalog: EntityCatalog
    selected: Mapping[str, int] = field(default_factory=dict[str, int])


def find_resumable_run(store: Store, request: RunRequest, now: datetime) -> RunRecord | None:
    """Find the newest run of the same action, if its scope is the same and it was cut off less than a day ago.

    Filtered runs in between are no obstacle to one of all rows: what they wrote is found unchanged.

    Raises:
        StoreError: the runs cannot be read.
    """
    scope = request.scope
    if scope.restart or scope.dry_run or scope.adopt_source or scope.accept_mask_key:
        return None
    latest = store.runs.list_latest(MAX_RUNS_SEARCHED)
    newest = next((run for run in latest if run.action == request.action and _is_rival(run.scope, scope)), None)
    if newest is None or now - newest.heartbeat_at > MAX_AGE or _scope_key(scope) != _scope_key(newest.scope):
        return None
    cut_off = newest.outcome in RESUMABLE_OUTCOMES or (newest.result is not None and newest.result.retryable)
    return newest if cut_off else None


def _is_rival(earlier: Scope, scope: Scope) -> bool:
    """Whether a run of the earlier scope says how far runs of this one have come."""
    return not earlier.dry_run and (scope.is_filtered or not earlier.is_filtered)


def _scope_key(scope: Scope) -> str:
    """Serialize the compared parts of a scope; as JSON, because the store turns tuples into lists."""
    return json.dumps([sorted(scope.entities), scope.mode, scope.domain], default=str)
