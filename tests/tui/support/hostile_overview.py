"""An overview full of text from outside."""

from __future__ import annotations

from dataclasses import replace

from odoo_sync_tui.core.actions import Action, Outcome
from odoo_sync_tui.core.audit.events import AuditEvent
from odoo_sync_tui.core.reports.health import Decision, HealthLevel
from odoo_sync_tui.core.reports.overview import Overview
from odoo_sync_tui.core.result import Notice
from odoo_sync_tui.core.run import Operator
from tests.support.fake_backend.values import ENTITIES, NOW, busy_overview, health, overview, record, result


def everywhere(text: str, *, live: bool) -> Overview:
    """An overview that says ``text`` wherever something comes from outside."""
    who = Operator(text, text, 1)
    notice = Notice(text, text, text, text)
    ended_as = result(Outcome.PARTIAL, errors=(notice,))
    ended_as = replace(ended_as, entities={text: replace(ended_as.entities["users"], name=text)})
    event = AuditEvent("e", text, text, NOW, {text: text, "errors": [{"message": text}], "deep": {text: [text]}}, text)
    base = busy_overview() if live else overview()
    run = record(who, live=live, outcome=None if live else Outcome.PARTIAL, ended=None if live else ended_as)
    run = replace(run, action=text, cancel_requested_by=text)
    status = replace(
        base.integration,
        error_message=text,
        settings_problem=text,
        url=f"https://{text}",
        database=text,
        server_version=text,
    )
    entities = tuple(replace(counts, title=text) for counts in ENTITIES)
    lease = replace(base.lease, operator=text, host=text) if base.lease else None
    decisions = tuple(
        Decision(kind, str(Action.DATA_LAKE), text, text, text, NOW, 1)
        for kind in ("retire", "quarantine", "continue", "source")
    )
    whole = health(replace(run, live=False), decisions=decisions)
    syncs = tuple(replace(sync, level=HealthLevel.WRONG, reason=text) for sync in whole.syncs)
    return replace(
        base, health=replace(whole, syncs=syncs, reason=text), integration=status, entities=entities,
        events=(event, replace(event, id="f", details={"a": text})),
        lease=lease, live_run=run if live else None, last_run=run,
    )  # fmt: skip
