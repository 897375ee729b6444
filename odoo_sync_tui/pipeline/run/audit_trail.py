"""Audit events of runs, of their ends that others record, and of what operators have seen of their findings."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime

from odoo_sync_tui.core.actions import DRIFT_SEEN, QUARANTINE, Outcome
from odoo_sync_tui.core.audit.events import AuditEvent
from odoo_sync_tui.core.cursor import FieldDrift
from odoo_sync_tui.core.entity import Entity
from odoo_sync_tui.core.reports.details import QuarantinedRow
from odoo_sync_tui.core.result import SyncResult
from odoo_sync_tui.core.run import OdooSource, Operator, RunRecord
from odoo_sync_tui.pipeline.run.request import RunRequest

MAX_NOTICES = 20
"""An event is one document; long lists of rows are in quarantine."""
MAX_NAMED_ROWS = 200
"""Ids of rows in one event."""


class RunAuditTrail:
    """Append the events of one run."""

    def __init__(self, append: Callable[[AuditEvent], None], run_id: str, request: RunRequest) -> None:
        self._append = append
        self._run_id = run_id
        self._request = request

    def record_start(self, continues: str | None) -> None:
        """Record the start; ``continues`` is the id of the run that this one continues."""
        scope = self._request.scope
        parts = {
            "entities": [entity.name for entity in self._request.entities],
            "mode": str(scope.mode),
            "filter": repr(scope.domain) if scope.domain else None,
            "selection": scope.selection and scope.selection.describe(),
            "confirm_retire": dict(scope.confirm_retire) or None,
            "adopt_source": scope.adopt_source or None,
            "accept_mask_key": scope.accept_mask_key or None,
        }
        details: dict[str, object] = {"event": "started", "scope": parts}
        if continues:
            details["continues"] = continues
        self._log(None, details)

    def record_adoption(self, before: OdooSource | None, source: OdooSource) -> None:
        """Record that the operator has confirmed which Odoo the records of the store are from."""
        self._log(None, {"event": "source_adopted", "before": before and asdict(before), "source": asdict(source)})

    def record_mask_key(self, before: str, fingerprint: str) -> None:
        """Record that the operator wants the store to be masked anew, with another key; both by their fingerprints."""
        self._log(None, {"event": "mask_key_accepted", "before": before, "fingerprint": fingerprint})

    def record_end(self, result: SyncResult) -> None:
        """Record the end."""
        details: dict[str, object] = {
            "event": "finished",
            **result.counts.as_dict(),
            "duration_seconds": round(result.duration_seconds, 3),
            "entities": {name: entity.as_dict() for name, entity in result.entities.items()},
            "errors": [notice.as_dict() for notice in result.errors[:MAX_NOTICES]],
            "warnings": [notice.as_dict() for notice in result.warnings[:MAX_NOTICES]],
        }
        if result.reason:
            details["reason"] = result.reason
        self._log(result.outcome, details)

    def _log(self, outcome: Outcome | None, details: Mapping[str, object]) -> None:
        operator = self._request.operator
        origin: dict[str, object] = {"host": operator.host, "pid": operator.pid}
        if operator.client:
            origin["client"] = operator.client
        if self._request.scope.dry_run:
            origin["dry_run"] = True
        action = str(self._request.action)
        self._append(_event(action, operator.name, self._run_id, outcome, {**details, **origin}))


def make_interruption_event(run: RunRecord, noticed_by: str) -> AuditEvent:
    """Make the end of a run that died, or lost its lease or MongoDB, before it could record its own end.

    ``noticed_by``: the run, or the operator and host, that found it.
    """
    details = {
        "event": "interrupted",
        "host": run.operator.host,
        "pid": run.operator.pid,
        "last_seen": run.heartbeat_at.isoformat(),
        "noticed_by": noticed_by,
    }
    if run.scope.dry_run:
        details["dry_run"] = True
    return _event(run.action, run.operator.name, run.id, Outcome.INTERRUPTED, details)


def make_drift_seen_event(operator: Operator, entity: Entity, changes: Iterable[FieldDrift]) -> AuditEvent:
    """Make the event of an operator who has seen what became of an entity's fields."""
    origin = {name: value for name, value in asdict(operator).items() if name != "name" and value is not None}
    details = {"event": DRIFT_SEEN, "entity": entity.title, "changes": list(map(str, changes)), **origin}
    return _event(DRIFT_SEEN, operator.name, None, None, details)


def make_quarantine_event(
    operator: Operator, event: str, entity: Entity, rows: Sequence[QuarantinedRow], reason: str
) -> AuditEvent:
    """Make the event of an operator who dismisses rows from the quarantine, or takes them back."""
    origin = {name: value for name, value in asdict(operator).items() if name != "name" and value is not None}
    ids = [row.odoo_id for row in rows[:MAX_NAMED_ROWS]]
    details = {"event": event, "entity": entity.title, "rows": len(rows), "ids": ids, "reason": reason, **origin}
    return _event(QUARANTINE, operator.name, None, None, details)


def _event(
    action: str, user_id: str, run_id: str | None, outcome: Outcome | None, details: Mapping[str, object]
) -> AuditEvent:
    return AuditEvent(str(uuid.uuid4()), action, user_id, datetime.now(UTC), details, run_id, outcome)
