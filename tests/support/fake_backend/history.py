"""An audit history in memory: numbered events, and which of them a filter lets through."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

from odoo_sync_tui.core.actions import Outcome
from odoo_sync_tui.core.audit.events import AuditEvent, AuditQuery
from tests.support.fake_backend.values import NOW

USERS = ("anna", "bob", "svc-odoo-sync")
ACTIONS = ("sync_users", "sync_departments", "sync_data_lake")
ENDS = (Outcome.SUCCESS, None, Outcome.SUCCESS, Outcome.FAILED, Outcome.PARTIAL)


def event(number: int, **changes: object) -> AuditEvent:
    """The event of this number: the higher, the older."""
    outcome = ENDS[number % 5]
    details: dict[str, object] = {"synced": 1000 + number, "created": number % 7, "updated": 0}
    if outcome is None:
        details = {"event": "started", "scope": {"entities": ["departments"], "mode": "incremental", "filter": None}}
    if outcome is Outcome.FAILED:
        details["errors"] = [{"kind": "odoo_transient", "message": f"Odoo did not answer within {number} s."}]
    made = AuditEvent(
        f"e{number:06}", ACTIONS[number % 3], USERS[number % 3], NOW - timedelta(minutes=7 * number),
        details, f"run-{number // 2}", outcome,
    )  # fmt: skip
    return replace(made, **changes)


def history(count: int) -> tuple[AuditEvent, ...]:
    return tuple(event(number) for number in range(count))


def passes(each: AuditEvent, query: AuditQuery) -> bool:
    equal = {"user_id": query.user_id, "run_id": query.run_id, "outcome": query.outcome}
    excluded = query.exclusions
    return (
        all(value is None or getattr(each, name) == value for name, value in equal.items())
        and (not query.actions or each.action in query.actions)
        and (not query.no_outcome or each.outcome is None)
        and (query.since is None or each.timestamp >= query.since)
        and (query.until is None or each.timestamp < query.until)
        and all(text.lower() in str(each).lower() for text in query.texts)
        and not any(text.lower() in str(each).lower() for text in excluded.texts)
        and not _in(each.user_id, excluded.user_ids)
        and not _in(each.outcome, excluded.outcomes)
        and not _in(each.action, excluded.actions)
    )


def _in(value: object, values: Iterable[object]) -> bool:
    return value in tuple(values)
