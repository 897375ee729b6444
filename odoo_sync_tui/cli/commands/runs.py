"""``runs`` and ``cancel``: list the runs with time, operator and outcome; ask the one at work, on any host, to stop."""

from __future__ import annotations

from datetime import UTC, datetime

from odoo_sync_tui.cli import exit_codes
from odoo_sync_tui.cli.output.format import format_time
from odoo_sync_tui.cli.output.progress import format_counts
from odoo_sync_tui.cli.output.stdout import emit, emit_json, format_table
from odoo_sync_tui.cli.session import Session
from odoo_sync_tui.core.result import Counts
from odoo_sync_tui.core.run import RunRecord
from odoo_sync_tui.core.text.format import format_duration
from odoo_sync_tui.core.text.redaction import redact

SHORT_ID_LENGTH = 8
"""Characters of a run's id in a table; ``cancel`` takes them."""


def run(session: Session) -> int:
    """Print the runs, or ask one to stop; return 1 when there is nothing to cancel.

    Raises:
        ConfigurationError: a run is to be stopped, and the settings say that nothing is written.
        SyncError: the store cannot be read or written.
    """
    return _cancel(session) if session.options.command == "cancel" else _list(session)


def _cancel(session: Session) -> int:
    options = session.options
    settings = session.load_settings({} if options.user is None else {"operator": options.user})
    settings.ensure_writable()
    from odoo_sync_tui.pipeline.backend import open_backend

    with open_backend(settings) as backend:
        live = backend.overview_queries.list_live_runs()
        asked = [
            run
            for run in live
            if run.id.startswith(options.run_id or "")
            and backend.overview_queries.request_cancel(run.id, settings.operator_name, options.reason.strip())
        ]
    for record in asked:
        emit(f"Asked {_describe(record)} to stop at its next page.")
    if asked:
        return exit_codes.SUCCESS
    reason = f"Run {options.run_id} is not at work." if options.run_id else "No run is at work."
    others = "".join(f" At work is {_describe(record)}." for record in live)
    session.progress_writer.print(f"{reason}{others}")
    return exit_codes.FAILED


def _describe(run: RunRecord) -> str:
    return f"run {run.id}, {run.action} by {run.operator.name} on {run.operator.host}"


def _list(session: Session) -> int:
    settings = session.load_settings()
    from odoo_sync_tui.pipeline.backend import open_backend

    with open_backend(settings) as backend:
        runs = backend.overview_queries.list_runs(session.options.limit)
    if session.options.json:
        for record in runs:
            emit_json(as_dict(record))
    elif runs:
        emit(*_report(runs, datetime.now(UTC)))
    else:
        session.progress_writer.print("There are no runs yet.")
    return exit_codes.SUCCESS


def as_dict(run: RunRecord) -> dict[str, object]:
    """Convert a run to plain data."""
    return {
        "run_id": run.id,
        "action": run.action,
        "operator": run.operator,
        "started_at": run.started_at,
        "heartbeat_at": run.heartbeat_at,
        "finished_at": run.finished_at,
        "duration_seconds": round(_seconds(run, datetime.now(UTC)), 3),
        "live": run.live,
        "outcome": _outcome(run),
        "scope": run.scope,
        "counts": get_counts(run).as_dict(),
        "continues": run.continues,
        "cancel_requested_by": run.cancel_requested_by,
        "cancel_reason": run.cancel_reason,
        "errors": [notice.as_dict() for notice in run.result.errors] if run.result else [],
        "warnings": [notice.as_dict() for notice in run.result.warnings] if run.result else [],
    }


def get_counts(run: RunRecord) -> Counts:
    """Get the counts of a run: from its result, or before there is one, from its last progress."""
    if run.result:
        return run.result.counts
    return run.progress.counts if run.progress else Counts()


def _report(runs: list[RunRecord], now: datetime) -> list[str]:
    rows = [
        [
            redact(run.id)[:SHORT_ID_LENGTH],
            run.action.removeprefix("sync_"),
            f"{run.operator.name}@{run.operator.host}",
            format_time(run.started_at),
            format_duration(_seconds(run, now)),
            _outcome(run) + (" (dry run)" if run.scope.dry_run else ""),
            format_counts(get_counts(run)) + (f"; {rows}" if (rows := run.scope.describe_rows()) else ""),
        ]
        for run in runs
    ]
    return format_table(
        ["run", "action", "operator", "started", "duration", "outcome", "figures"], rows, text_columns=7
    )


def _outcome(run: RunRecord) -> str:
    if run.outcome is not None:
        return str(run.outcome)
    return "running" if run.live else "interrupted"


def _seconds(run: RunRecord, now: datetime) -> float:
    """Compute the duration of a run: so far if live, to its last heartbeat if interrupted."""
    if run.live:
        return max(0.0, (now - run.started_at).total_seconds())
    if run.result:
        return run.result.duration_seconds
    return max(0.0, (run.heartbeat_at - run.started_at).total_seconds())
