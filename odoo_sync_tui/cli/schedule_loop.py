"""Runs by a schedule in the foreground: until a signal ends them, or once for what is due."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from odoo_sync_tui.cli import exit_codes
from odoo_sync_tui.cli.output.format import format_time
from odoo_sync_tui.cli.output.stdout import emit_json
from odoo_sync_tui.cli.session import Session
from odoo_sync_tui.cli.signals import cancel_on_signal
from odoo_sync_tui.core.actions import Outcome
from odoo_sync_tui.core.errors import RunCancelled, SyncError
from odoo_sync_tui.core.reports.assessment import format_action
from odoo_sync_tui.runtime.cancel import CancelToken

if TYPE_CHECKING:  # the pipeline loads the drivers
    from odoo_sync_tui.core.actions import Action
    from odoo_sync_tui.core.schedule import Due, Pause, ScheduleRule
    from odoo_sync_tui.pipeline.backend import Backend
    from odoo_sync_tui.pipeline.run.scheduler import Scheduler
    from odoo_sync_tui.settings.model import Settings


class ScheduleToken(CancelToken):
    """A request to end the schedule, and the run that is at work. A request to stop that run ends it alone."""

    def __init__(self) -> None:
        super().__init__()
        self._run = CancelToken()

    def begin_run(self) -> CancelToken:
        """Return the token of a run that begins now."""
        self._run = CancelToken()
        if self.is_requested:
            self._run.request(self.reason)
        return self._run

    def request(self, reason: str) -> None:
        """Request the end, of the run at its next page."""
        super().request(reason)
        self._run.request(reason)


def run_on_schedule(
    session: Session,
    settings: Settings,
    rules: Mapping[Action, ScheduleRule],
    run_due: Callable[[Backend, Due, CancelToken], None],
    drive: Callable[[Scheduler, Backend], object],
) -> int:
    """Run syncs by their rules; return the exit code.

    Args:
        session: the invocation.
        settings: the settings of all runs.
        rules: the rule of each sync.
        run_due: executes one run and prints its result.
        drive: drives the scheduler, until it ends by itself or by a signal.

    Raises:
        SyncError: the store could not be opened, or the first run was refused.
    """
    from odoo_sync_tui.pipeline.backend import open_backend
    from odoo_sync_tui.pipeline.run.scheduler import ScheduleHooks, Scheduler
    from odoo_sync_tui.runtime.memory import freeze_and_enable_gc

    freeze_and_enable_gc()
    narrator, token = session.progress_writer, ScheduleToken()

    def tell_wait(due: Due | None, pauses: Mapping[Action, Pause]) -> None:
        narrator.print(*(f"{format_action(action)}: {describe_pause(pause)}" for action, pause in pauses.items()))
        if due:
            kind = ", every row" if due.full else ""
            narrator.print(f"Next: {format_action(due.action)} at {format_time(due.at)}{kind}.")

    def tell_problem(error: SyncError) -> None:
        narrator.print(str(error))
        if session.options.json:
            emit_json({"outcome": Outcome.FAILED, "error": error.message, "hint": error.hint, "kind": error.kind})

    with open_backend(settings) as backend, cancel_on_signal(token, narrator.print) as signals:
        hooks = ScheduleHooks(
            backend.schedule_queries.read_past,
            lambda due: run_due(backend, due, token.begin_run()),
            tell_wait,
            tell_problem,
            lambda: backend.service(cancel=token).announce_standing(settings.operator_name),
        )
        try:
            drive(Scheduler(rules, hooks, token), backend)
        except RunCancelled:
            if signals.received is None:
                raise
        finally:
            narrator.close()
    return exit_codes.of_signal(signals.received) if signals.received else exit_codes.SUCCESS


def describe_pause(pause: Pause) -> str:
    """Describe a pause: by whom, until when, and why."""
    until = f"until {format_time(pause.until)}" if pause.until else "until somebody resumes it"
    reason = f": {pause.reason}" if pause.reason else ""
    return f"paused {until} by {pause.by}{reason}"
