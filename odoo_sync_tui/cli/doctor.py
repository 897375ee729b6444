"""``doctor``: check everything that a sync depends on, with a hint for each fault."""

from __future__ import annotations

from odoo_sync_tui.cli import exit_codes
from odoo_sync_tui.cli.output import emit, json_line
from odoo_sync_tui.cli.parser import config_of
from odoo_sync_tui.cli.session import Session
from odoo_sync_tui.core.diagnosis import Check, Diagnosis, Health
from odoo_sync_tui.core.text import clean

_NAME_WIDTH = 39
_MAX_MESSAGE_LENGTH = 1000


def run(session: Session) -> int:
    """Print each check at once (or all as one object), and return the exit code of the worst one."""
    from odoo_sync_tui.pipeline.doctor import Doctor

    checks: list[Check] = []
    for check in Doctor(session.settings, config_of(session.options), session.log.path).checks():
        checks.append(check)
        if not session.options.json:
            emit(_line(check))
    diagnosis = Diagnosis(tuple(checks))
    emit(json_line(diagnosis.as_dict()) if session.options.json else _summary(diagnosis))
    return _exit_code(diagnosis)


def _line(check: Check) -> str:
    line = f"{check.health:<8}{clean(check.name):<{_NAME_WIDTH}} {clean(check.message, _MAX_MESSAGE_LENGTH)}"
    if not check.hint:
        return line
    return f"{line}\n{'':<8}{'':<{_NAME_WIDTH}} -> {clean(check.hint, _MAX_MESSAGE_LENGTH)}"


def _summary(diagnosis: Diagnosis) -> str:
    numbers = {health: sum(check.health is health for check in diagnosis.checks) for health in Health}
    return "\n" + ", ".join(f"{number} {health}" for health, number in numbers.items())


def _exit_code(diagnosis: Diagnosis) -> int:
    if diagnosis.health is not Health.FAIL:
        return exit_codes.SUCCESS
    return exit_codes.TRY_AGAIN if diagnosis.only_passing else exit_codes.USAGE
