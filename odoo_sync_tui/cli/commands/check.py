"""``check``: answer as a monitoring plug-in does, in one line and by the exit code."""

from __future__ import annotations

from datetime import datetime, timedelta

from odoo_sync_tui.cli import exit_codes
from odoo_sync_tui.cli.output.format import format_age, format_time
from odoo_sync_tui.cli.output.stdout import emit, emit_json
from odoo_sync_tui.cli.session import Session
from odoo_sync_tui.core.errors import SyncError
from odoo_sync_tui.core.reports.assessment import format_action
from odoo_sync_tui.core.reports.health import HealthLevel, IntegrationHealth
from odoo_sync_tui.core.reports.overview import Overview

EXIT_CODE_BY_LEVEL = {
    HealthLevel.IN_STEP: exit_codes.CHECK_IN_STEP,
    HealthLevel.ATTENTION: exit_codes.CHECK_ATTENTION,
    HealthLevel.WRONG: exit_codes.CHECK_WRONG,
    HealthLevel.UNKNOWN: exit_codes.CHECK_UNKNOWN,
}


def run(session: Session) -> int:
    """Print the health in one line, and return its code. What hinders the look itself is unknown, never an error."""
    try:
        overview = _read(session)
    except SyncError as error:
        return _answer(session, "unknown", str(error), exit_codes.CHECK_UNKNOWN)
    level, text = _assess(overview, session.options.max_age)
    return _answer(session, str(level), text, EXIT_CODE_BY_LEVEL[level])


def _read(session: Session) -> Overview:
    settings = session.load_settings()
    from odoo_sync_tui.pipeline.backend import open_backend

    with open_backend(settings) as backend:
        return backend.overview_queries.get_overview(events=1)


def _assess(overview: Overview, max_age: timedelta | None) -> tuple[HealthLevel, str]:
    """Return the level and the reason; a sync without success within ``max_age`` needs attention at least."""
    health = overview.health
    late = health.late_syncs(overview.at, max_age) if max_age is not None else ()
    if late and health.level is not HealthLevel.WRONG:
        names = ", ".join(f"{format_action(sync.action)} {_last(sync.last_success, overview.at)}" for sync in late)
        return HealthLevel.ATTENTION, f"late: {names}"
    return health.level, _describe(health, overview.at)


def _last(moment: datetime | None, now: datetime) -> str:
    return "never in step" if moment is None else f"last in step {format_age(moment, now)}"


def _describe(health: IntegrationHealth, now: datetime) -> str:
    if health.level is HealthLevel.UNKNOWN:
        return "never synced"
    if health.level is HealthLevel.IN_STEP:
        known = (sync for sync in health.syncs if sync.level is not HealthLevel.UNKNOWN)
        return ", ".join(f"{format_action(sync.action)} {format_age(sync.last_success, now)}" for sync in known)
    since = f", since {format_time(health.since)}" if health.since else ""
    return f"{health.reason}{since}"


def _answer(session: Session, word: str, text: str, code: int) -> int:
    if session.options.json:
        emit_json({"health": word, "message": text, "exit_code": code})
    else:
        emit(f"ODOO SYNC {word.upper()}: {text}")
    return code
