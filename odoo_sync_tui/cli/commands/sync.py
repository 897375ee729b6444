"""``sync``: execute one run without a screen, for cron and scripts."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from odoo_sync_tui.cli import detach, exit_codes
from odoo_sync_tui.cli.options.sync import ACTIONS
from odoo_sync_tui.cli.output.differences import emit_differences, open_log
from odoo_sync_tui.cli.output.stdout import StdoutClosed, emit, emit_json, format_table
from odoo_sync_tui.cli.schedule_loop import run_on_schedule
from odoo_sync_tui.cli.session import Session
from odoo_sync_tui.cli.signals import SignalReceived, cancel_on_signal
from odoo_sync_tui.core.errors import ConfigurationError, LeaseHeld, SyncError
from odoo_sync_tui.core.progress import RunProgress
from odoo_sync_tui.core.result import Counts, SyncResult
from odoo_sync_tui.core.schedule import Due, ScheduleRule, covers_whole_day
from odoo_sync_tui.core.scope import Mode, Scope, Selection
from odoo_sync_tui.core.text.format import format_duration, format_number
from odoo_sync_tui.runtime.cancel import CancelToken
from odoo_sync_tui.runtime.files import FileError

if TYPE_CHECKING:  # the pipeline loads the drivers
    from odoo_sync_tui.core.actions import Action
    from odoo_sync_tui.pipeline.backend import Backend
    from odoo_sync_tui.pipeline.run.difference_log import DifferenceLog
    from odoo_sync_tui.settings.model import Settings

_ALWAYS_SHOWN = ("synced", "created", "updated", "unchanged")


def run(session: Session) -> int:
    """Sync, print the result, and return the exit code of its outcome.

    Raises:
        SyncError: the run could not begin.
    """
    settings = session.load_settings({} if session.options.user is None else {"operator": session.options.user})
    settings.ensure_writable()
    scope = _scope(session.options, settings)
    if session.options.every:
        return _run_by_options(session, settings, scope)
    if session.options.full_at or session.options.quiet or session.options.zone:
        raise ConfigurationError(
            "--full-at, --not and --zone say when --every runs.", "Add --every, as in --every 15m."
        )
    if session.options.detach:
        return detach.run(session)
    with open_log(session.options, session.progress_writer.print) as log:
        result, received = _run_with_signals(session, settings, scope, log)
        try:
            _print(session, result, log)
        except StdoutClosed:
            if received is None:
                raise
    _tell(session, result)
    return exit_codes.of_signal(received) if received else exit_codes.of_result(result)


def run_due(session: Session, settings: Settings, backend: Backend, due: Due, cancel: CancelToken) -> SyncResult:
    """Execute one run of a schedule that covers every row, print its result, and return it.

    Raises:
        SyncError: the run could not begin.
    """
    scope = Scope(mode=Mode.FULL if due.full else Mode.INCREMENTAL)
    return execute(session, settings, scope, backend, due.action, cancel)


def _run_by_options(session: Session, settings: Settings, scope: Scope) -> int:
    """Run by the schedule of the options.

    Raises:
        ConfigurationError: an option beside them is for one run alone.
    """
    options = session.options
    if scope.selection or scope.dry_run or scope.restart or scope.confirm_retire or scope.adopt_source:
        raise ConfigurationError(
            "--every repeats a sync of all rows, and cannot be given with an option that is meant for one run.",
            "Leave out what selects rows or confirms something, or leave out --every.",
        )
    if options.detach or options.wait:
        raise ConfigurationError(
            "--every stays in the foreground, and waits for other runs by itself.",
            "Leave out --detach and --wait. To have it in the background, see: odoo-sync-tui docs operations.",
        )
    rule = ScheduleRule(options.every, options.full_at, tuple(options.quiet), options.zone or UTC)
    if covers_whole_day(rule.quiet):
        raise ConfigurationError("--not leaves no time of the day.", "Name parts of the day that leave some of it.")

    def run_one(backend: Backend, due: Due, cancel: CancelToken) -> None:
        mode = Mode.FULL if due.full else scope.mode
        execute(session, settings, replace(scope, mode=mode), backend, due.action, cancel)

    rules = {ACTIONS[options.what]: rule}
    return run_on_schedule(session, settings, rules, run_one, lambda each, _: each.run_forever())


def execute(
    session: Session, settings: Settings, scope: Scope, backend: Backend, action: Action, cancel: CancelToken
) -> SyncResult:
    """Execute one run, print its result, and return it.

    Raises:
        SyncError: the run could not begin.
    """
    service = backend.service(on_progress=session.progress_writer.show_progress, cancel=cancel)
    try:
        result = service.sync(action, settings.operator_name, scope)
    finally:
        session.progress_writer.close()
    _print(session, result, None)
    _tell(session, result)
    return result


def _tell(session: Session, result: SyncResult) -> None:
    """Tell on stderr what went wrong, and in one line how it went where stdout is for a program."""
    if session.options.json:
        session.progress_writer.print(_headline(result))
    for notice in (*result.errors, *result.warnings):
        session.progress_writer.print(str(notice))


def _print(session: Session, result: SyncResult, log: DifferenceLog | None) -> None:
    """Print the result, and what a dry run would change: in JSON before it, as text below it."""
    as_json = session.options.json
    if not as_json:
        emit(*_report(result))
    if log:
        try:
            emit_differences(log, as_json=as_json)
        except FileError as error:  # the result is known all the same
            session.progress_writer.print(str(error))
    if as_json:
        emit_json(_as_dict(result))


def _run_with_signals(
    session: Session, settings: Settings, scope: Scope, log: DifferenceLog | None
) -> tuple[SyncResult, int | None]:
    """Execute the run; return its result, and the signal that asked it to stop, if any."""
    from odoo_sync_tui.pipeline.backend import open_backend
    from odoo_sync_tui.runtime.memory import freeze_and_enable_gc

    freeze_and_enable_gc()
    narrator, cancel = session.progress_writer, CancelToken()
    # Before a private mongod is started, which would hold the pipe open.
    reporter = detach.Reporter(session.options.report_to) if session.options.report_to is not None else None
    with open_backend(settings) as backend, cancel_on_signal(cancel, narrator.print) as signals:
        try:
            result = _run_with_wait(session, settings, scope, backend, cancel, reporter, log)
        except SyncError as error:
            if signals.received is None:
                raise
            narrator.print(str(error))
            raise SignalReceived(signals.received) from error
        finally:
            narrator.close()
    return result, signals.received


def _run_with_wait(
    session: Session,
    settings: Settings,
    scope: Scope,
    backend: Backend,
    cancel: CancelToken,
    reporter: detach.Reporter | None,
    log: DifferenceLog | None,
) -> SyncResult:
    """Execute the run at once, or with ``--wait`` when the lease is free."""
    options, narrator = session.options, session.progress_writer

    def on_progress(progress: RunProgress) -> None:
        if reporter:
            reporter.report(detach.RunStarted(progress.run_id))
        narrator.show_progress(progress)

    def on_held(error: LeaseHeld) -> None:
        if reporter:
            reporter.report(detach.RunStarted(None))
        silence = f" {error.hint}" if error.silent_since else ""
        narrator.print(f"{error.message}{silence} Waiting for its end.")

    def on_selected(counts: Mapping[str, int]) -> None:
        rows = ", ".join(f"{name} {format_number(count)}" for name, count in counts.items())
        narrator.print(f"Selected: {scope.describe_rows()}. Rows in Odoo: {rows or 'they cannot be counted'}.")

    from odoo_sync_tui.pipeline.run.lease.wait_for_lease import run_when_lease_is_free

    service = backend.service(on_progress=on_progress, cancel=cancel)
    return run_when_lease_is_free(
        lambda: service.sync(
            ACTIONS[options.what],
            settings.operator_name,
            scope,
            on_selected=on_selected,
            on_difference=log.add if log else None,
        ),
        backend.overview_queries.get_lease,
        cancel,
        options.wait,
        on_held,
    )


def _scope(options: Namespace, settings: Settings) -> Scope:
    """Build the scope from the options.

    Raises:
        ConfigurationError: an unknown entity or selection, or a confirmation for more than one entity.
    """
    from odoo_sync_tui.pipeline.catalog import build_catalog

    selection, names = _selection(options), tuple(options.entity)
    if options.select is not None:
        if selection or names:
            raise ConfigurationError("--select says all by itself: no other option selects beside it.")
        named = settings.get_selection(options.select)
        selection, names = named.build(datetime.now(UTC)), (named.entity,)
    covered = build_catalog(settings).select(ACTIONS[options.what], names)
    return Scope(
        entities=names,
        mode=Mode.FULL if options.full else Mode.INCREMENTAL,
        dry_run=options.dry_run,
        confirm_retire=_confirmed_retirements(options.confirm_retire, [entity.name for entity in covered]),
        restart=options.restart,
        adopt_source=options.adopt_source,
        accept_mask_key=options.accept_mask_key,
        selection=selection,
    )


def _selection(options: Namespace) -> Selection | None:
    """Build the selection from the options; ``None`` without any of them."""
    department = options.department or ""
    selection = Selection(tuple(options.ids), options.since, options.until, options.domain, department)
    return None if selection.is_empty else selection


def _confirmed_retirements(count: int | None, covered: Sequence[str]) -> Mapping[str, int]:
    if count is None:
        return {}
    if len(covered) != 1:
        raise ConfigurationError(
            f"--confirm-retire speaks of one entity, and this run covers {', '.join(covered)}.",
            f"Name the one that you have looked at, as in --entity {covered[0]} --confirm-retire COUNT.",
        )
    return {covered[0]: count}


def _as_dict(result: SyncResult) -> dict[str, object]:
    """Convert the result to plain data, with the same ``error`` and ``hint`` as where there is no result."""
    problem = result.problem
    return {**result.as_dict(), "error": problem and problem.message, "hint": problem and problem.hint}


def _headline(result: SyncResult) -> str:
    dry = " (dry run: nothing was written)" if result.dry_run else ""
    return f"{result.action}: {result.outcome} in {format_duration(result.duration_seconds)}{dry}"


def _report(result: SyncResult) -> list[str]:
    """Format the counts of each entity; counts that are zero everywhere are left out, except the main ones."""
    figures = [name for name in Counts().as_dict() if name in _ALWAYS_SHOWN or result.counts.as_dict()[name]]
    rows = [
        [entity.name, str(entity.state), *(format_number(entity.counts.as_dict()[name]) for name in figures)]
        for entity in result.entities.values()
    ]
    if len(rows) > 1:
        rows.append(["all", "", *(format_number(result.counts.as_dict()[name]) for name in figures)])
    lines = [f"{_headline(result)}, run {result.run_id}"]
    if rows:
        lines += format_table(["entity", "state", *figures], rows, text_columns=2)
    return lines
