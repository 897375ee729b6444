"""``lease``: show who holds the lease, and free it from a run that will not come back."""

from __future__ import annotations

import sys

from odoo_sync_tui.cli import exit_codes
from odoo_sync_tui.cli.output.format import format_time
from odoo_sync_tui.cli.output.stdout import emit, emit_json
from odoo_sync_tui.cli.session import Session
from odoo_sync_tui.core.errors import ConfigurationError
from odoo_sync_tui.core.run import LeaseReport, LeaseState
from odoo_sync_tui.core.text.format import format_number
from odoo_sync_tui.core.text.sanitize import sanitize

NOBODY = "nobody"
"""What is typed to confirm where nobody holds the lease."""


def run(session: Session) -> int:
    """Show the lease, or free it; return 1 where that was not confirmed.

    Raises:
        ConfigurationError: the settings say that nothing is written, or there is nobody to confirm.
        SyncError: the store cannot be read or written, or somebody else has taken the lease meanwhile.
    """
    options = session.options
    settings = session.load_settings({} if options.user is None else {"operator": options.user})
    if options.ask:
        settings.ensure_writable()
    from odoo_sync_tui.pipeline.backend import open_backend

    with open_backend(settings) as backend:
        report = backend.overview_queries.examine_lease()
        if not options.ask:
            if options.json:
                emit_json(report)
            else:
                emit(*_describe(report))
            return exit_codes.SUCCESS
        holder = report.lease if report.lease and report.lease.live else None
        if not options.yes and not _is_confirmed(session, report, holder):
            session.progress_writer.print("Nothing was changed.")
            return exit_codes.FAILED
        fence = backend.service().free_lease(settings.operator_name, options.reason, holder)
    if options.json:
        emit_json({"freed": True, "fence": fence})
    else:
        emit(f"The lease is free. Its fence is {fence}.")
    return exit_codes.SUCCESS


def _is_confirmed(session: Session, report: LeaseReport, holder: LeaseState | None) -> bool:
    if not sys.stdin.isatty():
        raise ConfigurationError("Nobody is there to confirm it.", "Look at: odoo-sync-tui lease; then add --yes.")
    name = sanitize(holder.operator) if holder else NOBODY
    session.progress_writer.print(*_describe(report))
    session.progress_writer.print(f"The run that holds it may write nothing more then. To free it, type: {name}")
    return sys.stdin.readline().strip() == name


def _describe(report: LeaseReport) -> list[str]:
    lease = report.lease
    facts = [("lease", "free" if lease is None or not lease.live else "held")]
    if lease:
        facts += [
            ("holder" if lease.live else "last holder", f"{lease.operator} on {lease.host}"),
            ("run", lease.run_id or "none"),
            ("since", format_time(lease.since)),
            ("expires", format_time(lease.expires_at)),
            ("fence", format_number(lease.fence or None)),
        ]
    facts.append(("highest fence", format_number(report.highest_fence) + " in documents and records"))
    return [f"{name:<15}{text}" for name, text in facts] + _notices(report)


def _notices(report: LeaseReport) -> list[str]:
    notices: list[str] = []
    if report.silent_since:
        notices.append(
            f"Its holder has given no sign of life since {format_time(report.silent_since)}. If you know that this run"
            " will not come back: odoo-sync-tui lease free."
        )
    if report.odd_fields:
        notices.append(
            f"Another program has changed {', '.join(report.odd_fields)}. The next sync writes it anew: nothing to do."
        )
    if report.highest_fence > (report.lease.fence if report.lease else 0) > 0:
        notices.append(
            "Another program has written a fence above the lease's: documents with it are not written by any run."
            " Free the lease: odoo-sync-tui lease free."
        )
    return notices
