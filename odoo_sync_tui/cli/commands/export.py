"""``export`` and ``history``: documents as they are or as they were at a moment, and every logged version of one."""

from __future__ import annotations

from odoo_sync_tui.cli import exit_codes
from odoo_sync_tui.cli.output.changes import format_history
from odoo_sync_tui.cli.output.stdout import emit, emit_safe_lines
from odoo_sync_tui.cli.session import Session
from odoo_sync_tui.core.changes.documents import DocumentFilter, to_csv_lines, to_json_lines
from odoo_sync_tui.core.changes.reading import to_event
from odoo_sync_tui.core.errors import ConfigurationError
from odoo_sync_tui.core.text.format import format_number

MAX_NAMED_IDS = 10


def run(session: Session) -> int:
    """Print the documents of an entity, or the versions of one.

    Raises:
        ConfigurationError: there is no such entity, document or field, or the change log does not reach back so far.
        SyncError: the store cannot be read.
    """
    return _show_history(session) if session.options.command == "history" else _export(session)


def _show_history(session: Session) -> int:
    """Print the versions, the newest last."""
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


def _export(session: Session) -> int:
    """Print the documents, one after the other."""
    options = session.options
    settings = session.load_settings()
    selection = DocumentFilter(options.where)
    from odoo_sync_tui.pipeline.backend import open_backend

    with open_backend(settings) as backend:
        export = backend.change_queries.open_export(options.entity, options.as_of)
        fields = (document.fields for document in export if selection.includes(document.fields))
        emit_safe_lines(to_csv_lines(fields) if options.format == "csv" else to_json_lines(fields))
    if selection.unseen:
        raise ConfigurationError(
            f"No document of {options.entity} has a field {', '.join(sorted(selection.unseen))}.",
            "Look at one document without --where.",
        )
    if not export.unknown_ids:
        return exit_codes.SUCCESS
    number, named = len(export.unknown_ids), ", ".join(map(str, export.unknown_ids[:MAX_NAMED_IDS]))
    more = f" and {format_number(number - MAX_NAMED_IDS)} more" if number > MAX_NAMED_IDS else ""
    session.progress_writer.print(
        f"Left out, because a later change was too large to be logged with its values: {named}{more}."
    )
    return exit_codes.FAILED
