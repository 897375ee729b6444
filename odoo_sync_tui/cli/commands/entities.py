"""``entities``: list what is synced and what is not any more, and delete what is left of the latter."""

from __future__ import annotations

import sys
from dataclasses import asdict

from odoo_sync_tui.cli import exit_codes
from odoo_sync_tui.cli.output.format import format_time
from odoo_sync_tui.cli.output.stdout import emit, emit_json, format_table
from odoo_sync_tui.cli.session import Session
from odoo_sync_tui.core.errors import ConfigurationError
from odoo_sync_tui.core.reports.overview import EntitySummary
from odoo_sync_tui.core.text.format import format_number


def run(session: Session) -> int:
    """List the entities, or drop one; return 1 where that was not confirmed.

    Raises:
        ConfigurationError: the settings say that nothing is written, the entity is none that may be dropped, or there
            is nobody to confirm.
        SyncError: the store cannot be read or written, a run is at work, or one has taken over meanwhile.
    """
    options = session.options
    if options.ask and not options.name:
        raise ConfigurationError("No entity is named.", "Name it: odoo-sync-tui entities drop NAME")
    settings = session.load_settings({} if options.user is None else {"operator": options.user})
    if options.ask:
        settings.ensure_writable()
    from odoo_sync_tui.pipeline.backend import open_backend

    with open_backend(settings) as backend:
        if not options.ask:
            _print(backend.overview_queries.list_entities(), as_json=options.json)
            return exit_codes.SUCCESS
        entity = backend.overview_queries.get_left_over(options.name)
        if not options.yes and not _is_confirmed(session, entity):
            session.progress_writer.print("Nothing was changed.")
            return exit_codes.FAILED

        def show(deleted: int) -> None:
            of_all = f"{format_number(deleted)} of {format_number(entity.documents)}"
            session.progress_writer.show_status(f"{of_all} documents deleted")

        dropped = backend.service().drop_entity(settings.operator_name, entity.name, options.reason, show)
    session.progress_writer.close()
    if options.json:
        emit_json({"dropped": dropped.name, "documents": dropped.documents, "quarantined": dropped.quarantined})
    else:
        documents, rows = format_number(dropped.documents), format_number(dropped.quarantined)
        emit(f"{dropped.name} is dropped: {documents} documents were deleted, and {rows} rows in quarantine.")
    return exit_codes.SUCCESS


def _print(entities: tuple[EntitySummary, ...], *, as_json: bool) -> None:
    if as_json:
        emit_json({"entities": [asdict(each) for each in entities]})
        return
    rows = [
        [
            each.name,
            each.model or "-",
            str(each.status),
            format_number(each.active),
            format_number(each.inactive),
            format_time(each.synced_at),
        ]
        for each in entities
    ]
    emit(*format_table(["entity", "model", "status", "active", "inactive", "synced"], rows, text_columns=3))


def _is_confirmed(session: Session, entity: EntitySummary) -> bool:
    if not sys.stdin.isatty():
        raise ConfigurationError("Nobody is there to confirm it.", "Look at: odoo-sync-tui entities; then add --yes.")
    documents = f"{format_number(entity.documents)} documents ({format_number(entity.active)} of them active)"
    session.progress_writer.print(
        f"{entity.name} has {documents}. They are deleted for good, with all that is recorded of it but the history.",
        f"To delete them, type: {entity.name}",
    )
    return sys.stdin.readline().strip() == entity.name
