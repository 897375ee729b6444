"""``cancel``: ask a run, on any host, to stop."""

from __future__ import annotations

from odoo_sync_tui.cli import exit_codes
from odoo_sync_tui.cli.output.stdout import emit
from odoo_sync_tui.cli.session import Session
from odoo_sync_tui.core.run import RunRecord


def run(session: Session) -> int:
    """Ask the run to stop and print its name; return 1 when there is nothing to cancel.

    Raises:
        SyncError: the store cannot be read or written.
    """
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
