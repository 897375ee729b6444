"""Which run was cut off and can be continued."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from odoo_sync_tui.core.run import RunRecord
from odoo_sync_tui.core.scope import Scope
from odoo_sync_tui.core.words import Action, Outcome
from odoo_sync_tui.store.database import Store

LOOK_BACK = 50
"""Runs among which the newest of an action is sought."""
MAX_AGE = timedelta(days=1)
"""Who starts a full sync days later wants a new one."""
CUT_OFF = frozenset({Outcome.INTERRUPTED, Outcome.CANCELLED})


def run_to_continue(store: Store, action: Action, scope: Scope, now: datetime) -> RunRecord | None:
    """The newest run of this action, if it covered the same scope and was cut off less than a day ago.

    Raises:
        StoreError: the runs cannot be read.
    """
    if scope.restart or scope.dry_run:
        return None
    runs = (run for run in store.runs.latest(LOOK_BACK) if run.action == action and not run.scope.dry_run)
    newest = next(runs, None)
    if newest is None or now - newest.heartbeat_at > MAX_AGE or _same(scope) != _same(newest.scope):
        return None
    cut_off = newest.outcome in CUT_OFF or newest.result.get("retryable") is True
    return newest if cut_off else None


def _same(scope: Scope) -> str:
    """What has to be equal; lists and tuples are, for the store knows only one of them."""
    return json.dumps([sorted(scope.entities), scope.mode, scope.domain], default=str)
