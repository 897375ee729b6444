"""``history``: every logged version of one document."""

from __future__ import annotations

from odoo_sync_tui.cli import exit_codes
from odoo_sync_tui.cli.output.changes import format_history
from odoo_sync_tui.cli.output.stdout import emit, emit_safe_lines
from odoo_sync_tui.cli.session import Session
from odoo_sync_tui.core.changes.documents import to_json_lines
from odoo_sync_tui.core.changes.reading import to_event


def run(session: Session) -> int:
    """Print the versions, the newest last.

    Raises:
        ConfigurationError: there is no such entity or document.
        SyncError: the store cannot be read.
    """
    options = session.options
    settings = session.load_settings()
    from odoo_sync_tui.pipeline.backend import open_backend

    with open_backend(settings) as backend:
        history = backend.change_queries.get_history(options.entity, options.id)
    if options.json:
        versions = ({**to_event(each.change), "operator": each.operator} for each in history.versions)
        emit_safe_lines(to_json_lines(versions))
    else:
        emit(*format_history(history))
    return exit_codes.SUCCESS
