"""``check``: answer as a monitoring plug-in does, in one line and by the exit code."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from odoo_sync_tui.cli import exit_codes
from odoo_sync_tui.cli.options.sync import ACTIONS
from odoo_sync_tui.cli.output.format import format_age, format_time
from odoo_sync_tui.cli.output.stdout import emit, emit_json
from odoo_sync_tui.cli.session import Session
from odoo_sync_tui.core.actions import Action
from odoo_sync_tui.core.errors import SyncError
from odoo_sync_tui.core.reports.assessment import format_action
from odoo_sync_tui.core.reports.health import Concern, HealthLevel, IntegrationHealth
from odoo_sync_tui.core.reports.overview import Overview

EXIT_CODE_BY_LEVEL = {
    HealthLevel.IN_STEP: exit_codes.CHECK_IN_STEP,
    HealthLevel.ATTENTION: exit_codes.CHECK_ATTENTION,
    HealthLevel.WRONG: exit_codes.CHECK_WRONG,
    HealthLevel.UNKNOWN: exit_codes.CHECK_UNKNOWN,
}


def run(session: Session) -> int:
    """Print the health in one line, and return its code. What hinders the look itself is unknown, never an error."""
    action = ACTIONS.get(session.options.what)
    try:
        overview = _read(session)
    except SyncError as error:
        return answer_unknown(session, error)
    concerns = [each for each in overview.concerns if _is_about(each, action, overview)]
    level, text = _assess(overview, action, concerns, session.options.max_age)
    return _answer(session, str(level), text, EXIT_CODE_BY_LEVEL[level], concerns)


def answer_unknown(session: Session, error: SyncError) -> int:
    """Print what hinders the look, and return the code of an unknown state."""
    return _answer(session, "unknown", str(error), exit_codes.CHECK_UNKNOWN, ())


def _read(session: Session) -> Overview:
    settings = session.load_settings()
    from odoo_sync_tui.pipeline.backend import open_backend

    if session.options.tell:
        settings.ensure_writable()
    with open_backend(settings) as backend:
        if session.options.tell:
            backend.service().announce_standing(settings.operator_name)
        return backend.overview_queries.get_overview(events=1)


def _is_about(concern: Concern, action: Action | None, overview: Overview) -> bool:
    """Whether a concern is about a sync; those about no entity are about all."""
    if action is None or concern.entity is None:
        return True
    sync = next((sync for sync in overview.health.syncs if sync.action == action), None)
    return sync is not None and any(entity.id == concern.entity for entity in sync.entities)


def _assess(
    overview: Overview, action: Action | None, concerns: Iterable[Concern], max_age: timedelta | None
) -> tuple[HealthLevel, str]:
    """Return the worst level and all reasons, the worst first.

    A sync without success within ``max_age`` needs attention at least.
    """
    health = overview.health
    if action:
        sync = next((sync for sync in health.syncs if sync.action == action), None)
        health = IntegrationHealth(sync.level, sync.reason, sync.since, (sync,)) if sync else IntegrationHealth()
    if health.level is HealthLevel.UNKNOWN:
        return HealthLevel.UNKNOWN, "never synced"
    findings = [(health.level, _describe(health, overview.at))] if health.level is not HealthLevel.IN_STEP else []
    late = health.late_syncs(overview.at, max_age) if max_age is not None else ()
    if late:
        names = ", ".join(f"{format_action(sync.action)} {_last(sync.last_success, overview.at)}" for sync in late)
        findings.append((HealthLevel.ATTENTION, f"late: {names}"))
    findings += [(each.level, each.message) for each in concerns if each.message.rstrip(".") not in health.reason]
    if not findings:
        return health.level, _describe(health, overview.at)
    findings.sort(key=lambda each: EXIT_CODE_BY_LEVEL[each[0]], reverse=True)
    return findings[0][0], "; ".join(text for _, text in findings)


def _last(moment: datetime | None, now: datetime) -> str:
    return "never in step" if moment is None else f"last in step {format_age(moment, now)}"


def _describe(health: IntegrationHealth, now: datetime) -> str:
    if health.level is HealthLevel.IN_STEP:
        known = (sync for sync in health.syncs if sync.level is not HealthLevel.UNKNOWN)
        return ", ".join(f"{format_action(sync.action)} {format_age(sync.last_success, now)}" for sync in known)
    since = f", since {format_time(health.since)}" if health.since else ""
    reason, separator, more = health.reason.partition("; ")
    return f"{reason}{since}{separator}{more}"


def _answer(session: Session, word: str, text: str, code: int, concerns: Sequence[Concern]) -> int:
    if session.options.json:
        what = ACTIONS.get(session.options.what)
        emit_json({"health": word, "sync": what, "message": text, "exit_code": code, "concerns": concerns})
    else:
        emit(f"ODOO SYNC {word.upper()}: {text}")
    return code
