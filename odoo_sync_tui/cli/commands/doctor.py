"""``doctor``: check everything that a sync depends on, with a hint for each fault."""

from __future__ import annotations

from odoo_sync_tui.cli import exit_codes
from odoo_sync_tui.cli.output.stdout import emit, emit_json
from odoo_sync_tui.cli.parser import get_config_path
from odoo_sync_tui.cli.session import Session
from odoo_sync_tui.core.reports.diagnosis import Check, Diagnosis, Grade, sort_worst_first
from odoo_sync_tui.core.text.sanitize import sanitize

_NAME_WIDTH = 39
_MAX_MESSAGE_LENGTH = 1000


def run(session: Session) -> int:
    """Print all checks, failures first (or all as one object), and return the exit code of the worst one."""
    from odoo_sync_tui.pipeline.doctor.examination import Doctor

    checks: list[Check] = []
    config, log = get_config_path(session.options), session.log.path
    for check in Doctor(session.load_settings, config, log, session.load_sources).checks():
        checks.append(check)
        session.progress_writer.show_status(f"{len(checks)} checks made, the last one {check.name}")
    session.progress_writer.close()
    diagnosis = Diagnosis(tuple(checks))
    if session.options.json:
        emit_json(diagnosis.as_dict())
    else:
        emit(*(line for check in sort_worst_first(checks) for line in _lines(check)), "", _summary(diagnosis))
    return exit_codes.of_diagnosis(diagnosis)


def _lines(check: Check) -> list[str]:
    line = f"{check.health:<8}{sanitize(check.name):<{_NAME_WIDTH}} {sanitize(check.message, _MAX_MESSAGE_LENGTH)}"
    hint = f"{'':<8}{'':<{_NAME_WIDTH}} -> {sanitize(check.hint, _MAX_MESSAGE_LENGTH)}"
    return [line, hint] if check.hint else [line]


def _summary(diagnosis: Diagnosis) -> str:
    numbers = {health: sum(check.health is health for check in diagnosis.checks) for health in Grade}
    return ", ".join(f"{number} {health}" for health, number in numbers.items())
