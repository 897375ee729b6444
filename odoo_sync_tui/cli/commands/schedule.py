"""``schedule``: show what is due when, or run it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from odoo_sync_tui.cli import exit_codes
from odoo_sync_tui.cli.commands import sync
from odoo_sync_tui.cli.output.format import format_time
from odoo_sync_tui.cli.output.stdout import emit, emit_json, format_table
from odoo_sync_tui.cli.schedule_loop import describe_pause, run_on_schedule
from odoo_sync_tui.cli.session import Session
from odoo_sync_tui.core.errors import ConfigurationError
from odoo_sync_tui.core.reports.assessment import format_action
from odoo_sync_tui.core.schedule import Due, PlannedSync
from odoo_sync_tui.core.text.format import format_span
from odoo_sync_tui.runtime.cancel import CancelToken

if TYPE_CHECKING:  # the pipeline loads the drivers
    from odoo_sync_tui.pipeline.backend import Backend
    from odoo_sync_tui.pipeline.run.scheduler import Scheduler
    from odoo_sync_tui.settings.model import Settings


def run(session: Session) -> int:
    """Show what is planned, or run it: until a signal comes, or what is due now.

    Raises:
        ConfigurationError: there is no schedule to run, or the settings say that nothing is written.
        SyncError: the store cannot be read, or a run could not begin.
    """
    options = session.options
    settings = session.load_settings({} if options.user is None else {"operator": options.user})
    return _run(session, settings) if options.ask else _show(session, settings)


def _show(session: Session, settings: Settings) -> int:
    from odoo_sync_tui.pipeline.backend import open_backend

    with open_backend(settings) as backend:
        planned = backend.overview_queries.get_overview(events=1).planned
    if session.options.json:
        emit_json({"syncs": [_as_dict(each) for each in planned]})
    elif planned:
        emit(*format_table(["sync", "every", "next", "state"], _rows(planned), text_columns=4))
    else:
        emit("Nothing is scheduled or expected: the settings have no table [schedule.NAME], and no expect.every.")
    return exit_codes.SUCCESS


def _run(session: Session, settings: Settings) -> int:
    settings.ensure_writable()
    if not settings.schedule_rules:
        raise ConfigurationError(
            "The settings have no schedule.", 'Write a table [schedule.users] with every = "15m", or use sync --every.'
        )
    codes: list[int] = []

    def run_one(backend: Backend, due: Due, cancel: CancelToken) -> None:
        codes.append(exit_codes.of_result(sync.run_due(session, settings, backend, due, cancel)))

    def drive(scheduler: Scheduler, backend: Backend) -> None:
        if not once:
            scheduler.run_forever()
        elif not scheduler.run_due():
            backend.report_standing()  # what is known there may still say that a run is due

    once = session.options.once
    ended = run_on_schedule(session, settings, settings.schedule_rules, run_one, drive)
    return ended or (max(codes, default=exit_codes.SUCCESS) if once else exit_codes.SUCCESS)


def _rows(planned: Sequence[PlannedSync]) -> list[list[str]]:
    return [
        [
            format_action(each.action),
            format_span(each.every.total_seconds()) if each.every else "",
            format_time(each.due.at) if each.due else "",
            _describe(each),
        ]
        for each in planned
    ]


def _describe(planned: PlannedSync) -> str:
    if planned.pause:
        return describe_pause(planned.pause)
    kind = "every row" if planned.due and planned.due.full else ""
    return ", ".join(word for word in (planned.punctuality or "", kind) if word)


def _as_dict(planned: PlannedSync) -> dict[str, object]:
    return {
        "sync": planned.action,
        "every_seconds": planned.every and planned.every.total_seconds(),
        "due_at": planned.due and planned.due.at,
        "full": planned.due is not None and planned.due.full,
        "punctuality": planned.punctuality,
        "paused": planned.pause,
    }
